"""The relay that letters are handed to: one connection to the server of EMAIL_URL, or files."""

import contextlib
import smtplib
import ssl
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings

from hosts.mail.files import write_message
from meetups.dispatch.smtp import (
    BAD_ADDRESS,
    CannotSend,
    Envelope,
    NotTaken,
    Stage,
    StageSMTP,
    StageSMTPS,
    no_next_letter,
    words_of,
)

LETTERS_FOR_A_CONNECTION = 100
SECONDS_FOR_A_CONNECTION = 240
SECONDS_BEFORE_SECOND_DOT = 1


class Relay:
    """One connection to the relay of EMAIL_URL, opened when first needed and used for many letters. Use it in a `with`."""

    def __init__(self) -> None:
        self._smtp: StageSMTP | None = None
        self._num_sent = 0
        self._opened_at = 0.0

    def __enter__(self) -> "Relay":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(
        self,
        sender: str,
        recipient: str,
        data: bytes,
        *,
        before_data: Callable[[], bool],
        next_envelope: Callable[[], Envelope | None] = no_next_letter,
        may_be_second: bool = False,
    ) -> None:
        """Send one letter; return when the relay took it.

        Raises NotTaken, with the stage, for everything that can go wrong, and CannotSend when `before_data` returns false. A
        connection that was lost between two letters is opened again once.

        `next_envelope` is called at most once, while the relay thinks about DATA: the envelope it returns is the next
        letter's. When the next letter is another one, or none, only the connection is lost.

        A letter that `may_be_second` once was without an answer after its dot. This time the dot waits a second, so that a
        relay that hangs up on the body is told from one that hangs up after the dot.
        """
        seconds_before_dot = SECONDS_BEFORE_SECOND_DOT if may_be_second else 0
        envelope = Envelope.of(sender, recipient, data)
        if not envelope.is_plain:
            raise NotTaken(Stage.RCPT, BAD_ADDRESS, "This address cannot be written in an SMTP command.")
        is_used = self._smtp is not None
        try:
            self._send(envelope, data, before_data, next_envelope, seconds_before_dot)
        except NotTaken as trouble:
            if not is_used or trouble.stage > Stage.MAIL or trouble.code not in (None, 421):
                raise
            self._send(envelope, data, before_data, next_envelope, seconds_before_dot)

    def probe(self) -> str:
        """Connect and sign in without a letter, and return the version of TLS, or "". Raises as `send` does."""
        sock = (self._smtp or self._open()).sock
        return sock.version() or "" if isinstance(sock, ssl.SSLSocket) else ""

    def close(self) -> None:
        """Send QUIT, and wait a second at most for the answer. A second call does nothing."""
        smtp, self._smtp = self._smtp, None
        if smtp is None or smtp.sock is None:
            return
        with contextlib.suppress(OSError, smtplib.SMTPException):
            smtp.sock.settimeout(1)
            smtp.quit()
        smtp.close()

    def _send(
        self,
        envelope: Envelope,
        data: bytes,
        before_data: Callable[[], bool],
        next_envelope: Callable[[], Envelope | None],
        seconds_before_dot: float,
    ) -> None:
        if self._smtp is not None and (self._is_worn() or self._smtp.announced not in (None, envelope)):
            self.close()
        smtp = self._smtp or self._open()

        def following() -> Envelope | None:
            envelope = next_envelope()
            # Nothing is announced over a connection that is closed after this letter.
            return envelope if envelope and envelope.is_plain and not self._is_worn(1) else None

        try:
            smtp.transact(envelope, data, before_data, following, seconds_before_dot)
        except CannotSend:
            self._start_over()
            raise
        except NotTaken as trouble:
            if trouble.code in (None, 421) or trouble.stage == Stage.DATA:
                self._drop()
            elif smtp.announced is None:
                self._start_over()
            raise
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            is_cut = smtp.stage == Stage.DOT and not smtp.dot_arrived
            raise NotTaken(Stage.DATA if is_cut else smtp.stage, *words_of(error)) from error
        self._num_sent += 1

    def _is_worn(self, num_more: int = 0) -> bool:
        return (
            self._num_sent + num_more >= LETTERS_FOR_A_CONNECTION or time.monotonic() - self._opened_at > SECONDS_FOR_A_CONNECTION
        )

    def _open(self) -> StageSMTP:
        """Return a new connection after EHLO, TLS and AUTH. EMAIL_TIMEOUT holds for every step."""
        tls = ssl.create_default_context() if settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL else None
        arguments: dict[str, Any] = {"local_hostname": settings.EHLO_NAME, "timeout": settings.EMAIL_TIMEOUT}
        if settings.EMAIL_USE_SSL:
            arguments["context"] = tls
        client = StageSMTPS if settings.EMAIL_USE_SSL else StageSMTP
        smtp = None
        try:
            smtp = client(str(settings.EMAIL_HOST), settings.EMAIL_PORT, **arguments)
            smtp.say_hello(
                tls=tls if settings.EMAIL_USE_TLS else None, user=settings.EMAIL_HOST_USER, password=settings.EMAIL_HOST_PASSWORD
            )
        except (OSError, smtplib.SMTPException) as error:
            if smtp is not None:
                smtp.close()
            raise NotTaken(smtp.stage if smtp else Stage.CONNECT, *words_of(error)) from error
        self._smtp, self._num_sent, self._opened_at = smtp, 0, time.monotonic()
        return smtp

    def _start_over(self) -> None:
        """Reset the transaction and keep the connection, or drop it when that fails."""
        code = 0
        with contextlib.suppress(OSError, smtplib.SMTPException):
            code = self._smtp.rset()[0] if self._smtp else 0
        if code != 250:
            self._drop()

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()


class FileRelay:
    """The relay of the embedded size: each letter is written to a file in VAR_DIR/mail."""

    def __enter__(self) -> "FileRelay":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def send(
        self,
        sender: str,
        recipient: str,
        data: bytes,
        *,
        before_data: Callable[[], bool],
        next_envelope: Callable[[], Envelope | None] = no_next_letter,
        may_be_second: bool = False,
    ) -> None:
        """Write one letter. Raises as Relay.send does; a full disk is an error of the relay, and all letters wait.

        `next_envelope` is not called: a disk takes no time to answer.
        """
        if not before_data():
            raise CannotSend
        try:
            write_message(data)
        except OSError as error:
            raise NotTaken(Stage.CONNECT, None, f"The letter could not be written to disk: {error.strerror}.") from error


def open_relay() -> "Relay | FileRelay":
    """Return the relay of EMAIL_URL, or files where none is set. Use it in a `with`."""
    return FileRelay() if settings.MAIL_IS_FILES else Relay()
