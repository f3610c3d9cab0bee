"""The connection that remembers which stage of a transaction it reached.

smtplib raises the same SMTPServerDisconnected for a connection lost in the middle of a letter, after its last dot, and for a
time-out after the dot. Only the stage tells "not delivered" from "nobody knows" (RFC 1047), so this one writes it down.
"""

import contextlib
import enum
import re
import select
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.mail.utils import DNS_NAME

from hosts.mailfiles import write_message

LETTERS_FOR_A_CONNECTION = 100
SECONDS_FOR_A_CONNECTION = 240
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
    DATA = 5  # the body may be on its way, its last dot is not
    DOT = 6  # the dot was sent: the relay may have taken the letter
    TAKEN = 7


class NotTaken(Exception):
    """A letter was not taken, or nobody knows. `code` is the relay's, or None where the connection failed."""

    def __init__(self, stage: Stage, code: int | None, words: str):
        super().__init__(f"{stage.name} {code or ''} {words}".strip())
        self.stage, self.code, self.words = stage, code, words

    @property
    def is_unknown(self) -> bool:
        """Tell whether the letter may have arrived all the same: the dot was sent and no answer came (R12)."""
        return self.stage == Stage.DOT and self.code is None

    @property
    def is_refused(self) -> bool:
        """Tell whether the relay refused this one letter for good: 5xx for its recipient, its size or its text (R11)."""
        if self.code is None or self.code < 500 or self.code == 521:
            return False
        return self.stage >= Stage.RCPT or (self.stage == Stage.MAIL and self.code == OVERFULL)

    @property
    def is_relay(self) -> bool:
        """Tell whether the trouble is the relay's or our settings', not this letter's: then all letters wait (R11, R23)."""
        if self.is_unknown or self.is_refused:
            return False
        if self.stage <= Stage.HELLO or self.code in (421, 432, 452, 521):
            return True
        return self.stage == Stage.MAIL and self.code is not None


class CannotSend(Exception):
    """The letter was withheld by the caller just before its body: somebody else has it in hand, or it is out of date."""


@dataclass(frozen=True)
class Envelope:
    """What a relay is told of a letter before its body."""

    sender: str
    recipient: str
    size: int
    is_ascii: bool

    @classmethod
    def of(cls, sender: str, recipient: str, data: bytes) -> "Envelope":
        return cls(sender, recipient, len(data), data.isascii())

    @property
    def is_plain(self) -> bool:
        """Tell whether the recipient can be written in a command of SMTP."""
        return PLAIN_ADDRESS.fullmatch(self.recipient) is not None


def nothing_follows() -> None:
    return None


class StageSMTP(smtplib.SMTP):
    """smtplib's client with `stage`: the furthest point that the present transaction reached.

    `named` is the next letter's envelope where it was said along with the last dot and the answers have not been heard yet.
    """

    stage = Stage.CONNECT
    named: Envelope | None = None

    def connect(self, *args, **kwargs):
        answer = super().connect(*args, **kwargs)
        # The body and its dot are two writes; without this the dot waits for the relay's delayed acknowledgment.
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return answer

    def say_hello(self, *, tls: ssl.SSLContext | None, user: str, password: str) -> None:
        """EHLO, STARTTLS where a context is given, AUTH where a user is."""
        self.stage = Stage.HELLO
        self.ehlo_or_helo_if_needed()
        if tls is not None:
            self.starttls(context=tls)
            self.ehlo_or_helo_if_needed()
        if user:
            self.login(user, password)

    def transact(
        self, envelope: Envelope, data: bytes, before_data: Callable[[], bool], then: Callable[[], Envelope | None]
    ) -> None:
        """Hand over one letter to one recipient. Raises NotTaken for an answer that is not a yes, CannotSend when
        `before_data`, which is asked last of all before DATA, says no; OSError and SMTPException pass through.

        `then` is asked while the relay thinks about DATA: it may return the envelope of the next letter, which is then said in
        one breath with the dot, where the relay listens to that (RFC 2920). The next call must be for that letter.
        """
        self.stage = Stage.MAIL
        if self.has_extn("pipelining"):
            self._name_in_one_breath(envelope)
        else:
            self._expect(self.mail(envelope.sender, self._options_of(envelope)), {250})
            self.stage = Stage.RCPT
            self._expect(self.rcpt(envelope.recipient), {250, 251})
        if not before_data():
            raise CannotSend
        self.stage = Stage.DATA
        self.putcmd("data")
        following = then()
        self._expect(self.getreply(), {354})
        self._send_body(data)
        self.named = following if self.has_extn("pipelining") else None
        self.send(b".\r\n" + (self._names(self.named) if self.named else b""))
        self.stage = Stage.DOT
        self._expect(self.getreply(), {250})
        self.stage = Stage.TAKEN

    def _options_of(self, envelope: Envelope) -> list[str]:
        options = [f"size={envelope.size}"] if self.has_extn("size") else []
        return options if envelope.is_ascii or not self.has_extn("8bitmime") else [*options, "body=8bitmime"]

    def _names(self, envelope: Envelope) -> bytes:
        """Return MAIL and RCPT of a letter. DATA is not said along with them: what comes before it must be answered and
        committed first, and no body can be owed to a relay that wants none of its recipients (RFC 2920 section 3.1)."""
        words = " ".join([f"mail FROM:{smtplib.quoteaddr(envelope.sender)}", *self._options_of(envelope)])
        return f"{words}\r\nrcpt TO:{smtplib.quoteaddr(envelope.recipient)}\r\n".encode("ascii")

    def _name_in_one_breath(self, envelope: Envelope) -> None:
        """Say MAIL and RCPT at once, unless that was done along with the last dot, and hear both answers."""
        if self.named is None:
            self.send(self._names(envelope))
        self.named = None
        answer = self.getreply()
        if answer[0] not in (250, 421):
            # The second answer is on its way already; the first is what counts. After a 421 the relay hangs up.
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self.getreply()
        self._expect(answer, {250})
        self.stage = Stage.RCPT
        self._expect(self.getreply(), {250, 251})

    def _send_body(self, data: bytes) -> None:
        """Send the letter with its dots doubled (RFC 5321 section 4.5.2), all but the last one."""
        body = _with_crlf(data)
        if b"\n." in body or body.startswith(b"."):
            body = DOT_AT_BEGINNING.sub(b"..", body)
        self.send(body if body.endswith(b"\r\n") else body + b"\r\n")
        # A relay that speaks or hangs up before the dot has not taken the letter: then the dot is not sent at all.
        if not isinstance(self.sock, ssl.SSLSocket) and select.select([self.sock], [], [], 0)[0]:
            code, words = self.getreply()
            raise NotTaken(Stage.DATA, _good_code(code), _read(words))

    def _expect(self, answer: tuple[int, bytes], good: set[int]) -> None:
        code, words = answer
        if code not in good:
            raise NotTaken(self.stage, _good_code(code), _read(words))


class StageSMTPS(StageSMTP, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


def _with_crlf(data: bytes) -> bytes:
    """Return the letter with every line ended by CRLF. Counting is quick, and most letters are as they should be."""
    if data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r"):
        return data
    return END_OF_LINE.sub(b"\r\n", data)


def _good_code(code: int) -> int | None:
    """Return the code, or None for the -1 by which smtplib says that it could not read the answer."""
    return code if code > 0 else None


def _read(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return " ".join(text.split())


class Relay:
    """One connection to the relay of EMAIL_URL, opened when first needed and used for many letters. Close it in the end."""

    def __init__(self) -> None:
        self._smtp: StageSMTP | None = None
        self._num_sent = 0
        self._opened_at = 0.0

    def __enter__(self) -> "Relay":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def send(
        self,
        sender: str,
        recipient: str,
        data: bytes,
        *,
        before_data: Callable[[], bool],
        then: Callable[[], Envelope | None] = nothing_follows,
    ) -> None:
        """Hand over one letter; return when the relay took it.

        Raises NotTaken, with the stage, for everything that can go wrong on the way, and CannotSend when `before_data`
        says no. A connection that was lost while it lay idle between two letters is opened again once, unnoticed.

        `then` is asked at most once, while the relay thinks about DATA: the envelope it returns is the next letter's. When the
        next letter is another one, or none, nothing is lost but the connection.
        """
        envelope = Envelope.of(sender, recipient, data)
        if not envelope.is_plain:
            raise NotTaken(Stage.RCPT, BAD_ADDRESS, "This address cannot be written in an SMTP command.")
        is_used = self._smtp is not None
        try:
            self._send(envelope, data, before_data, then)
        except NotTaken as trouble:
            if not is_used or trouble.stage > Stage.MAIL or trouble.code not in (None, 421):
                raise
            self._send(envelope, data, before_data, then)

    def look(self) -> str:
        """Connect and sign in without a letter, and return how the connection is encrypted, or "". Raises as `send` does."""
        if self._smtp is None:
            self._open()
        sock = self._smtp.sock
        return sock.version() or "" if isinstance(sock, ssl.SSLSocket) else ""

    def close(self) -> None:
        """Say goodbye, without waiting long for an answer. A second call does nothing."""
        smtp, self._smtp = self._smtp, None
        if smtp is None or smtp.sock is None:
            return
        with contextlib.suppress(OSError, smtplib.SMTPException):
            smtp.sock.settimeout(1)
            smtp.quit()
        smtp.close()

    def _send(
        self, envelope: Envelope, data: bytes, before_data: Callable[[], bool], then: Callable[[], Envelope | None]
    ) -> None:
        if self._smtp is not None and (self._is_worn() or self._smtp.named not in (None, envelope)):
            self.close()
        smtp = self._smtp or self._open()

        def following() -> Envelope | None:
            envelope = then()
            # A connection that has had its letters takes no names of a next one.
            return envelope if envelope and envelope.is_plain and not self._is_worn(1) else None

        try:
            smtp.transact(envelope, data, before_data, following)
        except CannotSend:
            self._start_over()
            raise
        except NotTaken as trouble:
            if trouble.code in (None, 421) or trouble.stage == Stage.DATA:
                self._drop()
            elif smtp.named is None:
                self._start_over()
            raise
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise NotTaken(smtp.stage, *_words_of(error)) from error
        self._num_sent += 1

    def _is_worn(self, num_more: int = 0) -> bool:
        return (
            self._num_sent + num_more >= LETTERS_FOR_A_CONNECTION or time.monotonic() - self._opened_at > SECONDS_FOR_A_CONNECTION
        )

    def _open(self) -> StageSMTP:
        """Return a new connection that has said hello. The library's own time-outs are EMAIL_TIMEOUT on every step."""
        tls = ssl.create_default_context() if settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL else None
        arguments = {"local_hostname": DNS_NAME.get_fqdn(), "timeout": settings.EMAIL_TIMEOUT}
        if settings.EMAIL_USE_SSL:
            arguments["context"] = tls
        smtp = None
        try:
            smtp = (StageSMTPS if settings.EMAIL_USE_SSL else StageSMTP)(settings.EMAIL_HOST, settings.EMAIL_PORT, **arguments)
            smtp.say_hello(
                tls=tls if settings.EMAIL_USE_TLS else None, user=settings.EMAIL_HOST_USER, password=settings.EMAIL_HOST_PASSWORD
            )
        except (OSError, smtplib.SMTPException) as error:
            if smtp is not None:
                smtp.close()
            raise NotTaken(smtp.stage if smtp else Stage.CONNECT, *_words_of(error)) from error
        self._smtp, self._num_sent, self._opened_at = smtp, 0, time.monotonic()
        return smtp

    def _start_over(self) -> None:
        """Forget the transaction and keep the connection, or drop it when that fails."""
        try:
            code, _ = self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            code = None
        if code != 250:
            self._drop()

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()


def _words_of(error: Exception) -> tuple[int | None, str]:
    """Return the relay's code, where it gave one, and what went wrong in words."""
    if isinstance(error, smtplib.SMTPResponseException):
        return _good_code(error.smtp_code), _read(error.smtp_error)
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return None, "No answer in time."
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return None, "The connection was lost."
    return None, f"{type(error).__name__}: {error}"


class Files:
    """The relay of the embedded size: each letter becomes a file in VAR_DIR/mail."""

    def __enter__(self) -> "Files":
        return self

    def __exit__(self, *_) -> None:
        return None

    def send(
        self,
        sender: str,
        recipient: str,
        data: bytes,
        *,
        before_data: Callable[[], bool],
        then: Callable[[], Envelope | None] = nothing_follows,
    ) -> None:
        """Write one letter. Raises as Relay.send does; a full disk is trouble of the relay, and all letters wait.

        A disk does not think: `then` is not asked.
        """
        if not before_data():
            raise CannotSend
        try:
            write_message(data)
        except OSError as error:
            raise NotTaken(Stage.CONNECT, None, f"The letter could not be written to disk: {error.strerror}.") from error


def open_relay() -> "Relay | Files":
    """Return what letters are handed to: the relay of EMAIL_URL, or files where there is none. Use it in a `with`."""
    return Files() if settings.MAIL_IS_FILES else Relay()
