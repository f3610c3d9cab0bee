"""Explain an SMTP failure to a host."""

import re

from django.utils.translation import gettext as _

from meetups.text.clean import AN_ADDRESS

ENHANCED = re.compile(r"\b([45])\.(\d{1,3})\.(\d{1,3})\b")


def plain_words(code: int | None, words: str) -> str:
    """Return in one sentence why a letter did not arrive, from the SMTP code and the relay's reply (RFC 3463)."""
    found = ENHANCED.search(words)
    subject, detail = (int(found.group(2)), int(found.group(3))) if found else (0, 0)
    lowered = words.lower()
    if (subject, detail) in {(1, 1), (1, 10), (1, 3), (1, 6)} or "user unknown" in lowered or "no such user" in lowered:
        return _("There is no such address. Is it spelled right?")
    if (subject, detail) in {(1, 2), (4, 4), (4, 3)} or "domain not found" in lowered:
        return _("The part after the @ does not exist. Is it spelled right?")
    if (subject, detail) == (2, 2) or code == 552:
        return _("The mailbox is full.")
    if (subject, detail) == (2, 1):
        return _("The mailbox is switched off.")
    return _vague_words(code, subject)


def _vague_words(code: int | None, subject: int) -> str:
    if subject == 7:
        return _("The other side does not take our letters. Please tell them another way.")
    if code == 550:
        return _("The other side refused the letter. The address may be wrong.")
    return _("The letter could not be handed over. Please tell them another way.")


def is_vague(code: int | None, words: str) -> bool:
    """Tell whether `plain_words` does not say what is wrong, so that the words of the relay help."""
    found = ENHANCED.search(words)
    return plain_words(code, words) == _vague_words(code, int(found.group(2)) if found else 0)


def words_of_relay(code: int | None, words: str) -> str:
    """Return the reply of the relay, with its code and without addresses, or nothing where the words are not a relay's."""
    return " ".join([str(code), *AN_ADDRESS.sub("", words).split()]) if code is not None and words else ""
