"""`manage.py staff <email>`: make somebody staff. The first one is made here, the others may be made in the admin."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from hosts.mail.addresses import canonical_address
from hosts.services import appoint_staff


class Command(BaseCommand):
    help = "Make the person of this address staff, with an account if there is none yet. Running it again changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("email")

    def handle(self, *args, email: str, **options):
        email = canonical_address(email)
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email!r} is not an email address.") from error
        is_new = appoint_staff(email)
        self.stdout.write(f"{email} is staff now." if is_new else f"{email} was staff already; nothing changed.")
        self.stdout.write(
            f"Next: sign in at {settings.PUBLIC_URL}/accounts/login/ with that address, set up a passkey or an authenticator app "
            f"at {settings.PUBLIC_URL}/accounts/2fa/ (staff need one), then open {settings.PUBLIC_URL}/staff/."
        )
