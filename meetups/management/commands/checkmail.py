"""Check the mail set-up before the first letter, and send a test letter where an address is given (R52)."""

from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from meetups.dispatch.relay import open_relay
from meetups.dispatch.smtp import NotTaken
from meetups.operations.dns_check import BAD, UNKNOWN, Names, check_all

MARKS = {BAD: "not well", UNKNOWN: "unknown"}


class Command(BaseCommand):
    """`checkmail` says whether SPF, DKIM, DMARC, PTR and TLS look right; `checkmail you@example.org` sends a letter too."""

    help = "Say whether SPF, DKIM, DMARC, PTR and TLS look right, and send a test letter."

    def add_arguments(self, parser):
        parser.add_argument("address", nargs="?", default="", help="where a test letter goes")
        parser.add_argument("--selector", default="", help="the name of the relay's DKIM key (default: DKIM_SELECTOR)")
        parser.add_argument("--dns", default="", metavar="SERVER", help="ask this name server: address or address:port")

    def handle(self, *args, address: str, selector: str, dns: str, **options):
        if address:
            check_address(address)
        try:
            names = Names(dns)
        except ValueError as error:
            raise CommandError(f"{dns!r} is no name server: write its address, or address:port.") from error
        self.stdout.write(f"Letters come from {settings.MAIL_FROM}.")
        num_bad = 0
        for finding in check_all(names, selector=selector or settings.DKIM_SELECTOR):
            self.stdout.write(f"{finding.what}: {MARKS.get(finding.verdict, 'well')}. {finding.words}")
            num_bad += finding.verdict == BAD
        if address:
            self.send(address)
        if num_bad:
            raise CommandError(f"{num_bad} of these need your hand. docs/deploy.md says what each is for.")

    def send(self, address: str) -> None:
        """Send one test letter without the outbox, so that the relay's own words are shown."""
        message = EmailMessage()
        message["From"], message["To"] = settings.DEFAULT_FROM_EMAIL, address
        message["Subject"] = _("A test letter from %(site)s") % {"site": settings.SITE_NAME}
        message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=settings.MAIL_DOMAIN)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(
            _("If you read this, letters arrive. Look at its source: SPF, DKIM and DMARC should say pass.") + "\n"
        )
        try:
            with open_relay() as relay:
                relay.send(settings.MAIL_FROM, address, message.as_bytes(), before_data=lambda: True)
        except NotTaken as trouble:
            raise CommandError(f"The test letter was not taken: {trouble}") from trouble
        where = f"in {settings.MAIL_DIR}" if settings.MAIL_IS_FILES else f"with {settings.EMAIL_HOST}"
        self.stdout.write(f"The test letter is {where}. Look whether it arrives, and not among the spam.")


def check_address(address: str) -> None:
    """Raise CommandError for a string that is no address."""
    try:
        validate_email(address)
    except ValidationError as error:
        raise CommandError(f"{address!r} is not an email address.") from error
