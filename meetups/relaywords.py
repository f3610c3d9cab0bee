"""What a relay said, in words for a host. Pure."""

import re

from django.utils.translation import gettext as _

ENHANCED = re.compile(r"\b([45])\.(\d{1,3})\.(\d{1,3})\b")


def plain_words(code: int | None, words: str) -> str:
    """Return in one sentence why a letter did not arrive, from the SMTP code and the relay's last words (RFC 3463)."""
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
    if subject == 7:
        return _("The other side does not take our letters. Please tell them another way.")
    if code == 550:
        return _("The other side refused the letter. The address may be wrong.")
    return _("The letter could not be handed over. Please tell them another way.")
