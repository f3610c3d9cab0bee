"""The rule for what hosts write and we mail: one list of fields, and one function for each end of it (R89, R125)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from hosts.links import find_link, replace_links
from hosts.models import User
from meetups.exceptions import MeetupError
from meetups.times import clock

NEW_ACCOUNT_DAYS = 7
# What a new host may write at once to people who may not know the site yet.
LONGEST_WORDS_NEW = 300
# Every fact of a letter that a host has typed, by the name that its templates know it by.
BY_HOSTS = (
    *("title", "stem", "host", "area", "old_area", "address", "door", "parking", "phone"),
    *("book", "book_link", "meal", "way_in", "question", "agreements", "word", "lacks", "brings"),
    *("own_subject", "own_words", "personal", "cancel_word"),
    *("agree", "differ", "still_open"),
)
# In letters of these kinds the fact is by the host, in others by a guest.
BY_HOSTS_IN = {"host_words": ("said",), "table_taken_down": ("reason",)}


def is_new_host(user: User) -> bool:
    """Tell whether an account is too new to be trusted with many letters, long words and links in them (R88, R89)."""
    return user.proven_at is None or clock.now() - user.proven_at < timedelta(days=NEW_ACCOUNT_DAYS)


def check_words(by: User, *, words: str, subject: str = "", is_answer: bool = False) -> None:
    """Raise MeetupError for text that a new account may not send yet: links, and long words to who did not ask (R89)."""
    if not is_new_host(by):
        return
    if link := find_link(f"{subject} {words}"):
        told = _("In the first week of an account no web address can stand in an email, and “%(link)s” reads like one.")
        raise MeetupError(told % {"link": link})
    if len(words) > LONGEST_WORDS_NEW and not is_answer:
        n = LONGEST_WORDS_NEW
        raise MeetupError(_("In the first week of an account your words can be at most %(n)d characters long.") % {"n": n})


def mailed_words(by: User, words: str) -> str:
    """Return words of a host as they may leave by mail: with […] for each web address while the account is new."""
    return replace_links(words) if is_new_host(by) else words


def without_links(kind: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a letter by a new host with […] for each web address in what the host has typed.

    The last check, when the letter is written: a text may be older than the rule, or have come another way than by a form.
    """
    names = {*BY_HOSTS, *BY_HOSTS_IN.get(kind, ())} & facts.keys()
    return dict(facts) | {name: _replaced(facts[name]) for name in names}


def _replaced(value: Any) -> Any:
    if isinstance(value, str):
        return replace_links(value)
    return [_replaced(one) for one in value] if isinstance(value, list) else value
