"""Render one claimed delivery, send it, and write what became of it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from billiard.exceptions import SoftTimeLimitExceeded

# Reasons are stored in English and translated by the page that shows them.
from django.utils.translation import gettext_noop as _

from hosts.database.errors import passing_over_locked
from meetups.dispatch.claim import LEASE, apply_verdict
from meetups.dispatch.lease_sql import begin_body
from meetups.dispatch.outcome import let_wait, put_back, settle, settle_sent, settle_unknown
from meetups.dispatch.recheck import Verdict, address_of
from meetups.dispatch.relay import FileRelay, Relay
from meetups.dispatch.relay_state import rest_relay
from meetups.dispatch.smtp import CannotSend, Envelope, NotTaken, Stage, no_next_letter
from meetups.exceptions import MeetupError
from meetups.letters import thread_of, write_message
from meetups.models import Delivery
from meetups.outbox.return_addresses import envelope_sender
from meetups.outbox.suppression import note_refusal
from meetups.times import clock

State = Delivery.State

logger = logging.getLogger(__name__)
MAX_RENDERINGS = 3

# The Message-ID of the first letter of each thread, by what `thread_of` returns.
Roots = dict[tuple[Any, ...], str]


class RelayIsDown(Exception):
    """The relay takes no letters now; all rows wait."""


class TooLate(Exception):
    """The row's `not_after` is past."""


class ConnectionLost(Exception):
    """The connection was lost during a letter, whose new state was written."""

    def __init__(self, state: str):
        super().__init__(state)
        self.state = state


@dataclass(frozen=True)
class RenderedLetter:
    """A letter ready for the relay, or in `error` why it will not be sent."""

    envelope: Envelope | None = None
    data: bytes = b""
    error: Exception | None = None


def render_ahead(row: Delivery, roots: Roots | None = None) -> RenderedLetter:
    """Render one claimed row and change nothing. Raises only what ends the worker: any other exception is in `error`."""
    if clock.now() > row.not_after:
        return RenderedLetter(error=TooLate())
    try:
        recipient, data = _render(row, roots)
        return RenderedLetter(Envelope.of(envelope_sender(row), recipient, data), data)
    except SoftTimeLimitExceeded:
        raise
    except MeetupError as error:
        return RenderedLetter(error=error)
    except Exception as error:
        logger.exception("letter %s of kind %s could not be rendered", row.pk, row.kind)
        return RenderedLetter(error=error)


def send_delivery(
    row: Delivery,
    relay: Relay | FileRelay,
    roots: Roots | None = None,
    *,
    rendered: RenderedLetter | None = None,
    next_envelope: Callable[[], Envelope | None] = no_next_letter,
) -> str:
    """Render and send one claimed row; return its new state, or "" when it was put back untouched.

    `roots` are the threads that have begun, as `find_roots` returns them; a letter that is sent may begin one more. `rendered`
    is the letter where it was rendered before, and `next_envelope` is called for the next letter while the relay thinks.
    Raises RelayIsDown when no letter can be sent now and ConnectionLost when this letter may have been the reason; the
    outcome is written before either is raised.
    """
    rendered = rendered or render_ahead(row, roots)
    if rendered.envelope is None:
        return _after_no_letter(row, rendered.error)

    def may_begin() -> bool:
        now, may_begin_now = clock.now(), False
        with passing_over_locked():
            may_begin_now = now <= row.not_after and begin_body(row, now, LEASE)
        return may_begin_now

    try:
        relay.send(
            rendered.envelope.sender,
            rendered.envelope.recipient,
            rendered.data,
            before_data=may_begin,
            next_envelope=next_envelope,
            may_be_second=row.body_begun_at is not None,
        )
    except CannotSend:
        put_back([row])
        return ""
    except NotTaken as trouble:
        return _after_trouble(row, trouble)
    settle_sent(row)
    if roots is not None:
        roots.setdefault(thread_of(row), row.message_id)
    return State.SENT


def _render(row: Delivery, roots: Roots | None) -> tuple[str, bytes]:
    """Return the envelope's recipient and the bytes of the message."""
    local, _at, domain = address_of(row).rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}", write_message(row, roots)


def _after_no_letter(row: Delivery, error: Exception | None) -> str:
    """End a row that could not be rendered, or schedule its next try; return its state."""
    if isinstance(error, TooLate):
        apply_verdict(row, Verdict(State.EXPIRED, _("It was too late for this letter.")))
        return State.EXPIRED
    if isinstance(error, MeetupError):
        # The letter has no subject any more: the offer ended, the recap was taken down.
        apply_verdict(row, Verdict(State.WITHDRAWN, str(error)))
        return State.WITHDRAWN
    return _after_bad_rendering(row)


def _after_bad_rendering(row: Delivery) -> str:
    words = _("This letter could not be written.")
    if row.attempts + 1 >= MAX_RENDERINGS:
        settle(row, State.FAILED, words)
        return State.FAILED
    return let_wait(row, words)


def _after_trouble(row: Delivery, trouble: NotTaken) -> str:
    logger.warning("letter %s: %s at %s", row.pk, trouble.code or "no answer", trouble.stage.name)
    if trouble.is_refused:
        settle(row, State.FAILED, trouble.words, code=trouble.code)
        if trouble.stage == Stage.RCPT:
            with passing_over_locked():
                note_refusal(row, trouble.words, trouble.code)
        return State.FAILED
    if trouble.refuses_us:
        # A try is counted, so that a recipient for whom alone the relay says so does not keep back the others for ever.
        rest_relay()
        let_wait(row, trouble.words, code=trouble.code)
        raise RelayIsDown from trouble
    if trouble.is_relay:
        until = rest_relay()
        settle(
            row,
            State.WAITING,
            trouble.words,
            code=trouble.code,
            next_try_at=until,
            num_attempts=0,
            body_begun_at=row.body_begun_at,
        )
        raise RelayIsDown from trouble
    state = settle_unknown(row, trouble.words) if trouble.is_unknown else let_wait(row, trouble.words, code=trouble.code)
    if trouble.code is None and trouble.stage > Stage.HELLO:
        raise ConnectionLost(state) from trouble
    return state
