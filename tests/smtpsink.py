"""A real SMTP server on loopback that stores what it gets, and can be told to fail in any way."""

import asyncio
import email
import email.policy
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

# Its modes; real relays do each of these.
ACCEPT = "accept"
REFUSE_RECIPIENT = "refuse recipient"  # 550 at RCPT
DEFER_RECIPIENT = "defer recipient"  # 451 at RCPT
REFUSE_SENDER = "refuse sender"  # 550 at MAIL: the relay does not want us
REFUSE_DATA = "refuse data"  # 554 after the dot
DEFER_DATA = "defer data"  # 451 after the dot
DROP_IN_BODY = "drop in body"  # the connection is gone before the dot: the letter was not taken
DROP_AFTER_DOT = "drop after dot"  # the letter is stored, the answer never comes: the ambiguous case of RFC 1047
HANG_AT_MAIL = "hang at mail"
HANG_AFTER_DOT = "hang after dot"  # the letter is not stored and no answer comes

# The stages at which one failure can be asked for, and the failures.
GREETING, HELLO, AUTH, MAIL, RCPT, DATA, BODY, DOT = "greeting", "hello", "auth", "mail", "rcpt", "data", "body", "dot"
HANG, DROP = "hang", "drop"

AN_HOUR = 3600


@dataclass(frozen=True)
class Received:
    """One message: the addresses of its envelope and the bytes between DATA and the dot."""

    mail_from: str
    recipients: tuple[str, ...]
    data: bytes
    at: float

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.data, policy=email.policy.default)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"] or "")

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def text(self) -> str:
        """The plain-text part as a person reads it."""
        part = self.message.get_body(("plain",))
        return part.get_content() if part else ""

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        return part.get_content() if part else ""


class _Smtp(SMTP):
    """aiosmtpd's server, which can also say no, hang, hang up or be slow at every stage, and in the middle of a body."""

    num_letters = 0

    @property
    def sink(self) -> "Sink":
        return self.event_handler.sink

    def connection_made(self, transport) -> None:
        self.sink.num_open += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.sink.num_open -= 1
        super().connection_lost(error)

    async def push(self, status) -> None:
        if isinstance(status, str) and status.startswith("220 "):
            if self.sink.max_open and self.sink.num_open > self.sink.max_open:
                await self._say("421 4.7.0 Too many connections")
                return
            if await self._misbehaves(GREETING):
                return
        await super().push(status)

    async def smtp_EHLO(self, hostname: str) -> None:
        if not await self._misbehaves(HELLO):
            await super().smtp_EHLO(hostname)

    async def smtp_HELO(self, hostname: str) -> None:
        if not await self._misbehaves(HELLO):
            await super().smtp_HELO(hostname)

    async def smtp_AUTH(self, arg: str) -> None:
        if not await self._misbehaves(AUTH):
            await self.push("235 2.7.0 Welcome")

    async def smtp_MAIL(self, arg: str) -> None:
        limit = self.sink.letters_for_a_connection
        if limit and self.num_letters >= limit:
            await self._say("421 4.7.0 That was enough for one connection")
            return
        self.num_letters += 1
        if not await self._misbehaves(MAIL):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str) -> None:
        if not await self._misbehaves(RCPT):
            await super().smtp_RCPT(arg)

    async def _misbehaves(self, stage: str) -> bool:
        """Do the one failure that was asked for at this stage, if any; return whether there was one."""
        if self.sink.slowness:
            await asyncio.sleep(self.sink.slowness)
        answer = self.sink.take_trouble(stage)
        if answer == HANG:
            await asyncio.sleep(AN_HOUR)
        elif answer == DROP:
            self.transport.abort()
        elif answer:
            await self._say(answer)
        return bool(answer)

    async def _say(self, answer: str) -> None:
        await super().push(answer)
        if answer.startswith("421") and self.transport is not None:
            self.transport.close()

    async def smtp_DATA(self, arg: str) -> None:
        if await self._misbehaves(DATA):
            return
        is_cut = self.sink.mode == DROP_IN_BODY or self.sink.take_trouble(BODY) == DROP
        if is_cut and self.envelope and self.envelope.rcpt_tos:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self._reader.readuntil(b"\r\n")
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Smtp(self.handler, **self.SMTP_kwargs)


class _Handler:
    def __init__(self, sink: "Sink"):
        self.sink = sink

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self.sink.greeted_as.append(hostname)
        # The first line of the EHLO answer is the greeting and names no extension.
        greeting, *words = responses
        return [greeting, *(f"250-{word}" for word in self.sink.extensions), *words]

    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        self.sink.num_named += 1
        if self.sink.mode == HANG_AT_MAIL:
            self.sink.hanging += 1
            await asyncio.sleep(AN_HOUR)
        if self.sink.mode == REFUSE_SENDER:
            return "550 5.7.1 We do not know you"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if self.sink.answers.get(address) == HANG:
            await asyncio.sleep(AN_HOUR)
        if address in self.sink.answers:
            return self.sink.answers[address]
        if self.sink.mode == REFUSE_RECIPIENT:
            return "550 5.1.1 No such person here"
        if self.sink.mode == DEFER_RECIPIENT:
            return "451 4.3.0 Come again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.sink.attempts += 1
        if self.sink.delay:
            await asyncio.sleep(self.sink.delay)
        trouble = self.sink.take_trouble(DOT)
        if trouble not in ("", HANG, DROP):
            return trouble
        if self.sink.mode == HANG_AFTER_DOT or trouble == HANG:
            await asyncio.sleep(AN_HOUR)
        if self.sink.mode == REFUSE_DATA:
            return "554 5.6.0 We do not like this letter"
        if self.sink.mode == DEFER_DATA:
            return "451 4.3.0 Come again later"
        self.sink.keep(Received(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.original_content, time.time()))
        if self.sink.mode == DROP_AFTER_DOT or trouble == DROP:
            server.transport.abort()
        return "250 OK"


class Sink:
    """A relay for tests, in a thread of its own: `with Sink() as sink: … sink.messages`.

    `mode` and `delay` (seconds between the dot and the answer) can change at any moment; `answers` maps an address to what
    is said at its RCPT, or to HANG, like `{"ana@example.org": "550 5.1.1 Gone"}`. `troubles` holds what happens instead of a good
    answer the next time that a stage is reached, in this order, each once: `sink.troubles[RCPT] = ["451 4.3.0 Later", HANG]`.
    `slowness` are seconds before every answer; `max_open` and `letters_for_a_connection` are limits that are met with a 421.
    """

    def __init__(self, mode: str = ACCEPT, delay: float = 0.0):
        self.mode = mode
        self.delay = delay
        self.answers: dict[str, str] = {}
        # Extensions announced after EHLO beside the server's own.
        self.extensions: list[str] = []
        self.troubles: dict[str, list[str]] = {}
        self.slowness = 0.0
        self.max_open = self.letters_for_a_connection = self.num_open = 0
        self.messages: list[Received] = []
        # Numbers of MAIL commands and of bodies received.
        self.num_named = self.attempts = 0
        self.hanging = 0
        # The name in each EHLO.
        self.greeted_as: list[str] = []
        self.port = free_port()
        self._controller = _Controller(_Handler(self), hostname="127.0.0.1", port=self.port)

    @property
    def url(self) -> str:
        """The EMAIL_URL of this relay."""
        return f"smtp://127.0.0.1:{self.port}"

    def __enter__(self) -> "Sink":
        self._controller.start()
        return self

    def __exit__(self, *_) -> None:
        self._controller.stop()

    def keep(self, received: Received) -> None:
        self.messages.append(received)

    def take_trouble(self, stage: str) -> str:
        """Return and forget the failure that was asked for at this stage, or ""."""
        waiting = self.troubles.get(stage)
        return waiting.pop(0) if waiting else ""

    def to(self, address: str) -> list[Received]:
        """Return the messages to one address, oldest first."""
        return [message for message in list(self.messages) if address in message.recipients]

    def wait_for(self, is_there: Callable[["Sink"], object], seconds: float = 30) -> object:
        """Return what `is_there(sink)` returns as soon as that is true of anything; fail after some seconds.

        `sink.wait_for(lambda sink: sink.to("ana@example.org"))`
        """
        deadline = time.monotonic() + seconds
        while not (found := is_there(self)):
            if time.monotonic() > deadline:
                came = [(message.recipients, message.subject) for message in self.messages]
                raise AssertionError(f"It did not come within {seconds} s. What came: {came}")
            time.sleep(0.05)
        return found


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
