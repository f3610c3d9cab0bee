"""manage.py rotate_factor_keys: encrypt the secrets of second factors and webhooks with the first key of FACTOR_KEYS."""

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand
from django.db import transaction

from hosts.hooks import account_hooks
from hosts.signin.factor_secrets import encrypt_anew, with_secrets


class Command(BaseCommand):
    help = "Encrypt the secrets of all second factors with the first key of FACTOR_KEYS; then older keys can be removed from it."

    def handle(self, *args, **options) -> None:
        count = 0
        for pk in Authenticator.objects.order_by("pk").values_list("pk", flat=True).iterator(500):
            with transaction.atomic():
                # The row is locked, because the mask of used recovery codes is in the same column.
                row = Authenticator.objects.select_for_update().filter(pk=pk).first()
                if row is None:
                    continue
                row.data = with_secrets(row.data, encrypt_anew)
                row.save(update_fields=["data"])
                count += 1
        self.stdout.write(f"{count} second factors are encrypted with the first key.")
        if others := account_hooks().change_secrets(encrypt_anew):
            self.stdout.write(f"{others} webhooks are, too.")
