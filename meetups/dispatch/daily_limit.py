"""One automatic letter a day to one reader.

Before the evening `segments.guests_to_mail` sees to that when a mailing fans out. After it, what falls on one day depends on
what people do, so it is decided at the claim. Answers to an act, what one person writes to another, moves and cancellations
neither count nor wait.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django.db.models import Q

# Reasons are stored in English and translated by the page that shows them.
from django.utils.translation import gettext_noop as _

from meetups.dispatch.recheck import Verdict
from meetups.models import Delivery
from meetups.outbox.letter_kinds import kind_of, kinds_where
from meetups.times import clock, wall_time
from meetups.times.quiet_hours import next_allowed

State = Delivery.State

AUTOMATIC = kinds_where(lambda kind: kind.is_automatic)
GONE = (State.SENT, State.UNKNOWN, State.SENDING)


class OneADay:
    """Decides which of some claimed letters wait for another day. One query for all; none where no letter is of such a kind."""

    def __init__(self, rows: Iterable[Delivery]) -> None:
        self._now = clock.now()
        rows = list(rows)
        waiting = [row for row in rows if _waits(row)]
        self._others = list(self._letters_beside(waiting, rows)) if waiting else []

    def leaves(self, row: Delivery) -> None:
        """Count a letter of this claim that is sent now."""
        if kind_of(row).is_automatic:
            self._others.append(row)

    def why_not(self, row: Delivery) -> Verdict | None:
        """Return when to check again a letter whose reader has one today, or None when it may be sent.

        Call it in the order of the claim, the most urgent first, and `leaves` for each row that is sent. A letter that would
        be too late tomorrow expires, unless it is more urgent than all that were sent today.
        """
        # A letter whose body was begun may itself be the one of today.
        if not _waits(row) or row.meetup is None or row.body_begun_at is not None:
            return None
        zone = row.meetup.zone
        others = [other for other in self._others if _reader(other) == _reader(row) and self._is_before(other, row, zone)]
        if not others:
            return None
        tomorrow = self._tomorrow(zone)
        if tomorrow <= row.not_after:
            return Verdict(State.WAITING, _("Another letter is today's; one a day is enough."), tomorrow)
        if all(other.priority > row.priority for other in others):
            return None
        return Verdict(State.EXPIRED, _("Another letter was that day's, and the day after it was too late for this one."))

    def _letters_beside(self, waiting: list[Delivery], rows: list[Delivery]) -> Iterable[Delivery]:
        """Return what was sent within a day or is still to be sent to the same readers; `_is_before` compares the days."""
        readers = Q(guest__in=[row.guest_id for row in waiting if row.guest_id])
        for row in waiting:
            if row.user_id:
                readers |= Q(user=row.user_id, meetup=row.meetup_id)
        a_day_ago, a_day_on = self._now - timedelta(hours=25), self._now + timedelta(hours=25)
        is_near = (
            Q(state__in=[State.SENT, State.UNKNOWN], finished_at__gt=a_day_ago)
            | Q(state=State.SENDING)
            | Q(state__in=[State.QUEUED, State.WAITING], next_try_at__lt=a_day_on)
        )
        mine = [row.pk for row in rows]
        return Delivery.objects.filter(readers, is_near, kind__in=AUTOMATIC).exclude(pk__in=mine)

    def _is_before(self, other: Delivery, row: Delivery, zone: str) -> bool:
        """Tell whether the other letter is the one of this day: it was sent, or it is due today and is more urgent."""
        day = wall_time.local_date(self._now, zone)
        if other.state in GONE:
            return wall_time.local_date(other.finished_at or self._now, zone) == day
        is_today = wall_time.local_date(max(other.next_try_at, self._now), zone) == day
        return is_today and other.priority < row.priority

    def _tomorrow(self, zone: str) -> datetime:
        return next_allowed(wall_time.days_before_at(self._now, zone, -1, time(0)), zone)


def _waits(row: Delivery) -> bool:
    """Tell whether a letter is delayed for another one: not where a page has promised its reader the hour."""
    return kind_of(row).waits_its_turn and row.meetup is not None and not row.context.get("is_promised")


def _reader(row: Delivery) -> tuple[int | None, int | None, int | None]:
    return row.guest_id, row.user_id, row.meetup_id
