"""The host's hourly letter about what came from guests, and the letter that the table is full."""

from datetime import datetime, timedelta

from django.db import transaction

from meetups.models import Delivery, Meetup
from meetups.outbox.queue import enqueue
from meetups.times import clock
from meetups.times.quiet_hours import next_allowed

Kind = Delivery.Kind


def owe_host_answers(meetup: Meetup) -> Delivery | None:
    """Owe the host one letter about the answers of this hour, due when the hour ends, or at 08:00 after the quiet hours.

    Call it in the transaction of each answer, of a sentence for the recap, and of its publication: all calls with the same due
    time share one row. When the letter is rendered, it lists what came since `context["since"]`: the last such letter, or the
    beginning of this hour.
    """
    hour, due_at = _this_hour(), _answers_due_at(meetup)
    told = Delivery.objects.filter(kind=Kind.HOST_ANSWERS, meetup=meetup, due_at__lte=due_at)
    before = told.order_by("-due_at").first()
    if before is not None and before.dedupe_key == host_answers_dedupe_key(meetup):
        # An answer of this hour was here already.
        return before
    return enqueue(
        Kind.HOST_ANSWERS,
        key=_answers_key(meetup),
        user=meetup.host,
        meetup=meetup,
        due_at=due_at,
        context={"since": _answers_told_until(before) or hour.isoformat()},
    )


def host_answers_dedupe_key(meetup: Meetup) -> str:
    """Return the dedupe_key of the letter about the answers of this hour. Where it exists `owe_host_answers` changes nothing."""
    return f"{Kind.HOST_ANSWERS}:{_answers_key(meetup)}"


def _answers_key(meetup: Meetup) -> str:
    return f"{meetup.pk}:{_answers_due_at(meetup):%Y%m%dT%H%MZ}"


def _answers_due_at(meetup: Meetup) -> datetime:
    return next_allowed(_this_hour() + timedelta(hours=1), meetup.zone)


def _this_hour() -> datetime:
    return clock.now().replace(minute=0, second=0, microsecond=0)


def _answers_told_until(letter: Delivery | None) -> str:
    """Return the time up to which this letter covered the answers. One that was not sent covered none."""
    if letter is None:
        return ""
    has_ended_badly = letter.state in (Delivery.State.FAILED, Delivery.State.EXPIRED, Delivery.State.WITHDRAWN)
    return letter.context["since"] if has_ended_badly else letter.due_at.isoformat()


@transaction.atomic
def owe_host_full(meetup: Meetup) -> Delivery | None:
    """Owe the host a letter that the table is full, once each time it fills; return the row, or None when one was owed already.

    Sets `full_told_at`, which the service that frees a seat clears. Call it under the lock of the meetup's row. In the quiet
    hours of the meetup the letter is due in the morning.
    """
    now = clock.now()
    if not Meetup.objects.filter(pk=meetup.pk, full_told_at=None).update(full_told_at=now):
        return None
    meetup.full_told_at = now
    return enqueue(
        Kind.HOST_FULL,
        key=f"{meetup.pk}:{now:%Y%m%dT%H%M%S.%fZ}",
        user=meetup.host,
        meetup=meetup,
        due_at=next_allowed(now, meetup.zone),
    )
