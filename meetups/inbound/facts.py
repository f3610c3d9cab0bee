"""What a message can be: a bounce, a complaint, a calendar reply, or a person's words. Plain values, nothing is parsed here."""

import re
from dataclasses import dataclass, field

from hosts.mail.refusals import says_no_such_address
from meetups.inbound.own_words import Sent, words_of

STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
SMTP_CODE = re.compile(r"\b([45]\d\d)\b")
MAX_DIAGNOSTIC = 200
COMPLAINTS = {"abuse", "fraud", "opt-out", "opt-out-list", "virus", "miscategorized"}


@dataclass(frozen=True)
class Bounce:
    """A delivery status notification (RFC 3464): the enhanced status, and the remote server's words without addresses."""

    status: str
    words: str
    code: int | None = None

    @property
    def says_no_such_address(self) -> bool:
        """Tell whether the address is dead; a refusal for policy, size, a full mailbox or expiry does not say so (R128)."""
        return self.status.startswith("5.") and says_no_such_address(self.code, self.words, self.status)


@dataclass(frozen=True)
class Complaint:
    """A feedback report (RFC 5965), and the parts of it in which the letter may be named."""

    kind: str
    traces: str

    @property
    def is_about_us(self) -> bool:
        return self.kind in COMPLAINTS


@dataclass(frozen=True)
class CalendarReply:
    """A METHOD:REPLY or COUNTER (RFC 5546 section 3.2): the UID, the PARTSTAT of each attendee by address in lower case, and
    the words that were sent with it."""

    uid: str
    sequence: int
    stamped_at: object
    answers: dict[str, str] = field(default_factory=dict)
    # A COUNTER proposes another time and answers nothing.
    is_counter: bool = False
    comment: str = ""


@dataclass(frozen=True)
class InMail:
    """A parsed message. At most one of bounce, complaint and calendar is set; only without any of them are there texts."""

    message_id: str = ""
    addressed_to: str = ""
    # Addresses of the From line, and all under which its sender may be known, as they stand there.
    senders: tuple[str, ...] = ()
    sender_addresses: frozenset[str] = frozenset()
    is_automatic: bool = False
    is_report: bool = False
    bounce: Bounce | None = None
    # A bounce in another form than RFC 3464: it counts only at a letter's own bounce address.
    failure: Bounce | None = None
    complaint: Complaint | None = None
    calendar: CalendarReply | None = None
    # A calendar wrote it, whether or not what it says is understood.
    is_calendars: bool = False
    # What was written, as plain text and as the HTML has it, with all that it quotes.
    texts: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What the person wrote, as far as that shows without knowing what they answer."""
        return words_of(self.texts, Sent())
