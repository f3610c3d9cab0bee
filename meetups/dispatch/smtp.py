"""An SMTP client that records which stage of a transaction it reached.

smtplib raises the same SMTPServerDisconnected for a connection lost in the middle of a letter, after its last dot, and for a
time-out after the dot. Only the stage tells "not delivered" from "unknown" (RFC 1047), so this client records it.
"""

import contextlib
import enum
import fcntl
import re
import select
import smtplib
import socket
import ssl
import struct
import termios
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hosts.mail.refusals import refuses_us

OVERFULL = 552
BAD_ADDRESS = 553
END_OF_LINE = re.compile(rb"\r\n|\n|\r")
# What may stand between the angle brackets: nothing that ends them or the line.
PLAIN_ADDRESS = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")
DOT_AT_BEGINNING = re.compile(rb"(?m)^\.")


class Stage(enum.IntEnum):
    """How far a transaction came."""

    CONNECT = 1
    HELLO = 2  # EHLO, STARTTLS, AUTH
    MAIL = 3
    RCPT = 4
    DATA = 5  # the body may have been sent, its last dot was not
    DOT = 6  # the dot was sent: the relay may have taken the letter
    TAKEN = 7


class NotTaken(Exception):
    """A letter was not taken, or it is unknown whether it was. `code` is the relay's, or None where the connection failed."""

    def __init__(self, stage: Stage, code: int | None, words: str):
        super().__init__(f"{stage.name} {code or ''} {words}".strip())
        self.stage, self.code, self.words = stage, code, words

    @property
    def is_unknown(self) -> bool:
        """Tell whether the letter may have arrived: the dot was sent and no answer came (R12)."""
        return self.stage == Stage.DOT and self.code is None

    @property
    def refuses_us(self) -> bool:
        """Tell whether the relay refused us and named the recipient: our HELO, our right to relay, our sender (R128)."""
        is_named = self.stage in (Stage.RCPT, Stage.DATA) and self.code is not None and self.code >= 500
        return is_named and refuses_us(self.code or 0, self.words)

    @property
    def is_refused(self) -> bool:
        """Tell whether the relay refused this letter permanently: 5xx for its recipient, its size or its text (R11)."""
        if self.code is None or self.code < 500 or self.code == 521 or self.refuses_us:
            return False
        return self.stage >= Stage.RCPT or (self.stage == Stage.MAIL and self.code == OVERFULL)

    @property
    def is_relay(self) -> bool:
        """Tell whether the error is the relay's or our settings', not this letter's: then all letters wait (R11, R23)."""
        if self.is_unknown or self.is_refused:
            return False
        if self.stage <= Stage.HELLO or self.code in (421, 432, 452, 521) or self.refuses_us:
            return True
        return self.stage == Stage.MAIL and self.code is not None


class CannotSend(Exception):
    """The caller withheld the letter just before its body: its lease is lost, or it is out of date."""


@dataclass(frozen=True)
class Envelope:
    """What the relay is told about a letter before its body."""

    sender: str
    recipient: str
    size: int
    is_ascii: bool

    @classmethod
    def of(cls, sender: str, recipient: str, data: bytes) -> "Envelope":
        return cls(sender, recipient, len(data), data.isascii())

    @property
    def is_plain(self) -> bool:
        """Tell whether the recipient can be written in an SMTP command."""
        return PLAIN_ADDRESS.fullmatch(self.recipient) is not None


def no_next_letter() -> None:
    return None


def num_unacknowledged(sock: socket.socket) -> int:
    """Return how many bytes of what was sent the other system has not acknowledged; 0 where this system cannot tell."""
    try:
        (number,) = struct.unpack("i", fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0"))
    except (OSError, ValueError):
        return 0
    return int(number)


class StageSMTP(smtplib.SMTP):
    """smtplib's client with `stage`: the furthest point that the present transaction reached.

    `announced` is the next letter's envelope where it was sent along with the last dot and its answers are still to be read.
    """

    stage = Stage.CONNECT
    announced: Envelope | None = None
    # Bytes that were sent behind the last dot, and those that the relay had not acknowledged when the connection was closed.
    _num_behind_dot = _num_unacknowledged = 0
    has_tls = False

    def connect(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        answer = super().connect(*args, **kwargs)
        # The body and its dot are two writes; without this the dot waits for the relay's delayed acknowledgment.
        self.connected_socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return answer

    @property
    def connected_socket(self) -> socket.socket:
        """The socket, or SMTPServerDisconnected where the connection is gone."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("please run connect() first")
        return self.sock

    def say_hello(self, *, tls: ssl.SSLContext | None, user: str, password: str) -> None:
        """EHLO, STARTTLS where a context is given, AUTH where a user is."""
        self.stage = Stage.HELLO
        self.ehlo_or_helo_if_needed()
        if tls is not None:
            self.starttls(context=tls)
            self.has_tls = True
            self.ehlo_or_helo_if_needed()
        if user:
            self.login(user, password)

    def transact(
        self,
        envelope: Envelope,
        data: bytes,
        before_data: Callable[[], bool],
        next_envelope: Callable[[], Envelope | None],
        seconds_before_dot: float,
    ) -> None:
        """Send one letter to one recipient. Raises NotTaken for a negative answer and CannotSend when `before_data`, which is
        called last before DATA, returns false; OSError and SMTPException pass through.

        `next_envelope` is called while the relay thinks about DATA: it may return the envelope of the next letter, which is
        pipelined with the dot where the relay supports that (RFC 2920). The next call must be for that letter. For so long as
        `seconds_before_dot` the relay may hang up on the body, before the dot is sent.
        """
        self.stage = Stage.MAIL
        if self.has_extn("pipelining"):
            self._pipeline_envelope(envelope)
        else:
            self._expect(self.mail(envelope.sender, self._options_of(envelope)), {250})
            self.stage = Stage.RCPT
            self._expect(self.rcpt(envelope.recipient), {250, 251})
        if not before_data():
            raise CannotSend
        self.stage = Stage.DATA
        self.putcmd("data")
        following = next_envelope()
        self._expect(self.getreply(), {354})
        self._send_body(data, seconds_before_dot)
        self.announced = following if self.has_extn("pipelining") else None
        behind_dot = self._envelope_commands(self.announced) if self.announced else b""
        self._num_behind_dot = len(behind_dot)
        self.send(b".\r\n" + behind_dot)
        self.stage = Stage.DOT
        self._expect(self.getreply(), {250})
        self.stage = Stage.TAKEN

    def close(self) -> None:
        """Close the connection; `dot_arrived` can be asked afterwards."""
        if self.sock is not None:
            self._num_unacknowledged = num_unacknowledged(self.sock)
        super().close()

    @property
    def dot_arrived(self) -> bool:
        """Tell whether the relay may have the last dot of a letter whose connection was closed without an answer.

        False only where its system has not acknowledged all bytes up to the dot. A record of TLS cannot be read without its end.
        """
        is_tls = isinstance(self, smtplib.SMTP_SSL) or self.has_tls
        return self._num_unacknowledged <= (0 if is_tls else self._num_behind_dot)

    def _options_of(self, envelope: Envelope) -> list[str]:
        options = [f"size={envelope.size}"] if self.has_extn("size") else []
        return options if envelope.is_ascii or not self.has_extn("8bitmime") else [*options, "body=8bitmime"]

    def _envelope_commands(self, envelope: Envelope) -> bytes:
        """Return MAIL and RCPT of a letter. DATA is not pipelined with them: `before_data` must be answered and committed
        first, and a relay that refused the recipient must not be sent a body (RFC 2920 section 3.1)."""
        words = " ".join([f"mail FROM:{smtplib.quoteaddr(envelope.sender)}", *self._options_of(envelope)])
        return f"{words}\r\nrcpt TO:{smtplib.quoteaddr(envelope.recipient)}\r\n".encode("ascii")

    def _pipeline_envelope(self, envelope: Envelope) -> None:
        """Send MAIL and RCPT at once, unless they were sent with the last dot, and read both answers."""
        if self.announced is None:
            self.send(self._envelope_commands(envelope))
        self.announced = None
        answer = self.getreply()
        if answer[0] not in (250, 421):
            # The answer to RCPT comes too and must be read; the first one counts. After a 421 the relay hangs up.
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self.getreply()
        self._expect(answer, {250})
        self.stage = Stage.RCPT
        self._expect(self.getreply(), {250, 251})

    def _send_body(self, data: bytes, seconds_before_dot: float) -> None:
        """Send the letter with its leading dots doubled (RFC 5321 section 4.5.2), without the final dot."""
        body = _with_crlf(data)
        if b"\n." in body or body.startswith(b"."):
            body = DOT_AT_BEGINNING.sub(b"..", body)
        self.send(body if body.endswith(b"\r\n") else body + b"\r\n")
        # A relay that answers or hangs up before the dot has not taken the letter: then the dot is not sent.
        sock = self.connected_socket
        events = select.POLLERR | select.POLLHUP | getattr(select, "POLLRDHUP", 0)
        # What can be read over TLS may be no answer.
        events |= 0 if isinstance(sock, ssl.SSLSocket) else select.POLLIN
        watch = select.poll()
        watch.register(sock, events)
        if watch.poll(1000 * seconds_before_dot):
            code, words = self.getreply()
            raise NotTaken(Stage.DATA, good_code(code), read_words(words))

    def _expect(self, answer: tuple[int, bytes], good: set[int]) -> None:
        code, words = answer
        if code not in good:
            raise NotTaken(self.stage, good_code(code), read_words(words))


class StageSMTPS(StageSMTP, smtplib.SMTP_SSL):
    """StageSMTP with TLS from the first byte."""


def _with_crlf(data: bytes) -> bytes:
    """Return the letter with every line ended by CRLF. Most letters are so already, which counting shows quickly."""
    if data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r"):
        return data
    return END_OF_LINE.sub(b"\r\n", data)


def good_code(code: int) -> int | None:
    """Return the code, or None for the -1 by which smtplib says that it could not read the answer."""
    return code if code > 0 else None


def read_words(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return " ".join(text.split())


def words_of(error: Exception) -> tuple[int | None, str]:
    """Return the relay's code, where it gave one, and the error in words."""
    if isinstance(error, smtplib.SMTPResponseException):
        return good_code(error.smtp_code), read_words(error.smtp_error)
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return None, "No answer in time."
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return None, "The connection was lost."
    return None, f"{type(error).__name__}: {error}"
