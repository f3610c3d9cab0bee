"""What a refusal is about: the address, us, or this letter. From the SMTP code, the enhanced status and the words (RFC 3463)."""

import re

STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?!\d|\.\d)")
# There is no such mailbox or domain, or it was closed.
NO_SUCH_ADDRESS = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"}
# A status that says no more than "failed": then the words count.
VAGUE = {"", "5.0.0", "5.1.0"}
SENDER_STATUSES = {"5.1.7", "5.1.8"}
# Bad command or sequence, HELO, authentication: a client can get these for every recipient alike.
CODES_ABOUT_US = {500, 502, 503, 504, 530, 534, 535, 538}
MAILBOX_FULL = 552
ABOUT_US = re.compile(
    r"relay(?:ing)? (?:access )?(?:is )?(?:denied|prohibited|not (?:permitted|allowed))"
    r"|(?:not (?:allowed|permitted)|unable) to relay|we do not relay|rcpthosts|\b(?:helo|ehlo)\b"
    r"|sender (?:address |domain )?(?:is )?(?:rejected|refused|denied|not allowed)"
    r"|not owned by|permissions? to send as|client host .{0,80}?(?:rejected|blocked|denied)"
    r"|must (?:first )?(?:authenticate|issue (?:a )?starttls)|authentication (?:is )?required|not authenticated",
    re.IGNORECASE,
)
ABOUT_THE_RECIPIENT = re.compile(r"recipient (?:address )?rejected", re.IGNORECASE)
NOBODY_THERE = re.compile(
    r"(?:no such|unknown|invalid|non-?existent) (?:local )?(?:user|mailbox|recipient|address|account|person)"
    r"|(?:user|mailbox|recipient|address|account|person)\b.{0,60}?"
    r"(?:unknown|not found|does(?: not|n't) exist|no longer (?:exists|valid|active)|is invalid)",
    re.IGNORECASE,
)
OTHER_REASONS = re.compile(
    r"spam|polic(?:y|ies)|block(?:ed| ?list)|blacklist|reputation|dmarc|\bspf\b|dkim|quota|\bfull\b|\bsize\b|too (?:big|large)"
    r"|expired|timed? out|rate limit|relay",
    re.IGNORECASE,
)


def status_of(words: str) -> str:
    """Return the enhanced status that a relay's words begin with, or ""."""
    found = STATUS.match(words)
    return found.group(1) if found else ""


def refuses_us(code: int, words: str) -> bool:
    """Tell whether a 5xx for a recipient is about us: our HELO, our right to relay, our sender, our login (R128).

    Then every letter would be refused, and none of the recipients is to blame.
    """
    if ABOUT_US.search(words) or status_of(words) in SENDER_STATUSES:
        return not ABOUT_THE_RECIPIENT.search(words) or "relay" in words.lower()
    return code in CODES_ABOUT_US and not ABOUT_THE_RECIPIENT.search(words)


def says_no_such_address(code: int | None, words: str, status: str = "") -> bool:
    """Tell whether a refusal or a bounce is about the address itself, for good.

    A refusal for policy, DMARC, a block list, size, a full mailbox or expiry is not (R128). `status` is given where a report has
    it in a field of its own.
    """
    status = status or status_of(words)
    if status in NO_SUCH_ADDRESS:
        return code != MAILBOX_FULL
    return (
        status in VAGUE
        and (code is None or (code >= 500 and code != MAILBOX_FULL))
        and bool(NOBODY_THERE.search(words))
        and not names_another_reason(words)
    )


def names_another_reason(words: str) -> bool:
    """Tell whether the words give a reason that has nothing to do with the address."""
    return bool(OTHER_REASONS.search(words))
