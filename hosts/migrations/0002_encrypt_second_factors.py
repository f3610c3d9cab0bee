"""Encrypt the secrets of second factors that were stored in the clear; in reverse, decrypt them."""

from cryptography.fernet import InvalidToken
from django.db import migrations

from hosts.signin.factor_secrets import decrypt, encrypt, with_secrets

BATCH = 500


def _is_encrypted(text):
    try:
        decrypt(text)
    except InvalidToken:
        return False
    return True


def _change_all(apps, change):
    authenticators, last = apps.get_model("mfa", "Authenticator").objects.order_by("pk"), 0
    while rows := list(authenticators.filter(pk__gt=last)[:BATCH]):
        for row in rows:
            row.data = with_secrets(row.data, change)
            row.save(update_fields=["data"])
        last = rows[-1].pk


def encrypt_all(apps, schema_editor):
    _change_all(apps, lambda text: text if _is_encrypted(text) else encrypt(text))


def decrypt_all(apps, schema_editor):
    _change_all(apps, lambda text: decrypt(text) if _is_encrypted(text) else text)


class Migration(migrations.Migration):
    dependencies = [
        ("hosts", "0001_people"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunPython(encrypt_all, decrypt_all)]
