"""How allauth.mfa behaves here: secrets are encrypted at rest."""

from allauth.mfa.adapter import DefaultMFAAdapter

from hosts.signin import factor_secrets


class MFAAdapter(DefaultMFAAdapter):
    """The adapter of allauth.mfa."""

    def encrypt(self, text: str) -> str:
        return factor_secrets.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return factor_secrets.decrypt(encrypted_text)
