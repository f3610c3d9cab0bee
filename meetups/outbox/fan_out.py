"""Fan-out: a due mailing becomes deliveries, one for each guest of its segment."""

import logging

from billiard.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet

from hosts.database.errors import passing_over_locked
from hosts.database.insert_new import column_value, columns_of, insert_into, unless_there
from meetups.models import Delivery, Guest, Mailing, Meetup
from meetups.outbox.queue import enqueue, make_delivery
from meetups.outbox.segments import guests_to_mail, leave_at
from meetups.outbox.wake_worker import poke_worker
from meetups.times import clock

Segment = Mailing.Segment
logger = logging.getLogger(__name__)

# SQL for the random part of a Message-ID, as in make_message_id.
RANDOM_HEX = {"postgresql": "replace(gen_random_uuid()::text, '-', '')", "sqlite": "lower(hex(randomblob(16)))"}


def owe_to_all(guests: QuerySet[Guest], example: Delivery, *, key: tuple[str, str]) -> int:
    """Owe one letter like `example` to each of these guests, in the caller's transaction, and return how many are new.

    `key` is what precedes and follows the guest's primary key in the dedupe key, after the kind: a guest who has a letter of
    that key already gets no second one. It is one INSERT ... SELECT. Call `poke_worker()` afterwards.
    """
    own: dict[str, tuple[str, list[str]]] = {
        "guest_id": ("reader.id", []),
        "dedupe_key": ("%s || reader.id || %s", [f"{example.kind}:{key[0]}", key[1]]),
        "message_id": (f"'<' || {RANDOM_HEX[connection.vendor]} || %s", [f"@{settings.MAIL_DOMAIN}>"]),
    }
    values = [own.get(field.attname) or ("%s", [column_value(field, example)]) for field in columns_of(Delivery)]
    try:
        readers, words = guests.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return 0
    statement = (
        f"{insert_into(Delivery)} WITH reader (id) AS ({readers})"  # noqa: S608 (names of our own)
        # Without the WHERE, SQLite would read ON as the beginning of a join's condition.
        f" SELECT {', '.join(sql for sql, _words in values)} FROM reader WHERE true{unless_there(Delivery, ['dedupe_key'])}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*words, *(word for _sql, words_of_one in values for word in words_of_one)])
        return int(cursor.rowcount)


@transaction.atomic
def fan_out_mailing(mailing: Mailing, *, skip_locked: bool = False) -> int:
    """Make the deliveries of one due mailing and return how many; 0 when it is past its time.

    A second call, also at the same time, makes none: the row is locked, and every delivery has a unique key. The meetup's row
    is locked first, as in services that move or cancel it, and both are read under the lock: a letter that was moved to
    another day meanwhile is not due any more.
    """
    meetups = Meetup.objects.select_for_update(of=("self",), no_key=True, skip_locked=skip_locked).select_related("host")
    meetup = meetups.filter(pk=mailing.meetup_id).first()
    row = Mailing.objects.select_for_update(skip_locked=skip_locked).filter(pk=mailing.pk).first()
    if meetup is None or row is None:
        return 0
    mailing, now = row, clock.now()
    mailing.meetup = meetup
    if mailing.fanned_out_at is not None or mailing.is_off or mailing.due_at > now or not meetup.is_published:
        return 0
    if meetup.is_frozen:
        # Fanned out when that ends, to whoever is in the segment then, if it is of use then.
        return 0
    mailing.fanned_out_at = now
    if now <= mailing.not_after:
        mailing.num_owed = _owe_to_host(mailing) if mailing.segment == Segment.HOST else _owe_to_guests(mailing)
    mailing.save(update_fields=["fanned_out_at", "num_owed"])
    return mailing.num_owed


def _owe_to_host(mailing: Mailing) -> int:
    meetup = mailing.meetup
    row = enqueue(
        mailing.kind,
        key=f"{meetup.pk}:{meetup.revision}",
        user=meetup.host,
        meetup=meetup,
        mailing=mailing,
        due_at=leave_at(mailing),
        not_after=mailing.not_after,
    )
    return 1 if row else 0


def _owe_to_guests(mailing: Mailing) -> int:
    meetup = mailing.meetup
    example = make_delivery(
        mailing.kind, key="", meetup=meetup, mailing=mailing, due_at=leave_at(mailing), not_after=mailing.not_after
    )
    key = (f"{mailing.pk}:", "") if mailing.is_own else ("", f":{meetup.revision}")
    num_owed = owe_to_all(guests_to_mail(mailing), example, key=key)
    poke_worker()
    return num_owed


def fan_out_due(limit: int = 200) -> int:
    """Fan out the mailings that are due and return the number of deliveries made. Safe to run many times at once."""
    # The latest first: after an outage, the newer of two due letters says what matters now.
    frozen = Meetup.objects.filter(frozen_until__gt=clock.now())
    due = Mailing.objects.due().filter(meetup__status=Meetup.Status.PUBLISHED).exclude(meetup__in=frozen).order_by("-due_at")
    return sum(_fan_out_or_log(mailing) for mailing in due[:limit])


def _fan_out_or_log(mailing: Mailing) -> int:
    try:
        # What somebody else has locked is left to the next sweep, so that it delays no other meetup (R127).
        with passing_over_locked():
            return fan_out_mailing(mailing, skip_locked=True)
        return 0
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        # One mailing that cannot be fanned out must not block the others (R14).
        logger.exception("mailing %s could not be fanned out", mailing.pk)
        return 0
