"""allauth in our house: numeric six-digit codes, one door for new and known addresses."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """How sign-in behaves and what it says."""
