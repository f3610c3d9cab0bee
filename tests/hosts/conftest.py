"""What the tests of people share."""

import re
from dataclasses import replace

import pytest
from django.core.cache import cache

from hosts.hooks import StrangerLedger, account_hooks, connect


@pytest.fixture(autouse=True)
def empty_cache():
    """Forget what earlier tests asked for: the limits count in the cache."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def ask(client):
    """Ask for a code on the sign-in page, as a person would."""

    def ask_for(email: str, **fields):
        return client.post("/accounts/login/", {"email": email, **fields})

    return ask_for


@pytest.fixture
def ledger():
    """Put another ledger of letters to strangers in place of the outbox's until the test ends."""
    before = account_hooks()

    def use(may_mail_stranger: StrangerLedger) -> None:
        connect(replace(before, may_mail_stranger=may_mail_stranger))

    yield use
    connect(before)


@pytest.fixture
def code_in(mailoutbox):
    """Return the six digits of the newest letter to an address."""

    def read(email: str) -> str:
        letters = [letter for letter in mailoutbox if letter.to == [email]]
        (code,) = re.findall(r"^(\d{6})$", letters[-1].body, re.MULTILINE)
        return code

    return read


@pytest.fixture
def type_in(client):
    """Type a code on its page."""

    def type_code(code: str, **fields):
        return client.post("/accounts/login/code/confirm/", {"code": code, **fields})

    return type_code
