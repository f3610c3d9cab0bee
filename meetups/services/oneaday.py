"""One automatic letter a day to one reader, after the evening too: there it is not a plan that decides what falls on one day,
but what people do.

Before the evening `mailing.guests_to_mail` sees to it. What answers an act, what one person writes to another, and what changes
or cancels an evening neither counts nor waits.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django.db.models import Q

# The reason is kept in English and translated by whoever shows it.
from django.utils.translation import gettext_noop as _

from meetups import clock, walltime
from meetups.models import Delivery
from meetups.quiet import next_allowed
from meetups.services.recheck import REMINDERS, Verdict

Kind, State = Delivery.Kind, Delivery.State

WAITING_THEIR_TURN = {
    *(Kind.WERE_YOU_THERE, Kind.DEBRIEF, Kind.CUT_ASKED, Kind.HOW_DID_IT_GO, Kind.LED_TO),
    *(Kind.RECAP_CAME, Kind.RECAP_MISSED, Kind.RECAP_DECLINED),
}
# A day to object hangs on the preview: it counts as the letter of its day and does not wait for another.
AUTOMATIC = WAITING_THEIR_TURN | REMINDERS | {Kind.INVITATION_AGAIN, Kind.RECAP_PREVIEW}
GONE = (State.SENT, State.UNKNOWN, State.SENDING)


class OneADay:
    """Which of some claimed letters wait for another day. One query for all of them; none where no letter is of that kind."""

    def __init__(self, rows: Iterable[Delivery]) -> None:
        self._now = clock.now()
        rows = list(rows)
        waiting = [row for row in rows if row.kind in WAITING_THEIR_TURN and row.meetup is not None]
        self._others = list(self._letters_beside(waiting, rows)) if waiting else []

    def leaves(self, row: Delivery) -> None:
        """Count a letter of this claim that leaves now."""
        if row.kind in AUTOMATIC:
            self._others.append(row)

    def why_not(self, row: Delivery) -> Verdict | None:
        """Return when to look again at a letter whose reader has one today, or None when it may leave.

        Call it in the order of the claim, with `leaves` for each that does: the more urgent is asked first. What would be too
        late tomorrow expires, unless it is more urgent than all that left today.
        """
        # Begun once, it may be the letter of today itself.
        if row.kind not in WAITING_THEIR_TURN or row.meetup is None or row.body_begun_at is not None:
            return None
        others = [other for other in self._others if _reader(other) == _reader(row) and self._is_before(other, row)]
        if not others:
            return None
        tomorrow = self._tomorrow(row)
        if tomorrow <= row.not_after:
            return Verdict(State.WAITING, _("Another letter is today's; one a day is enough."), tomorrow)
        if all(other.priority > row.priority for other in others):
            return None
        return Verdict(State.EXPIRED, _("Another letter was that day's, and the day after it was too late for this one."))

    def _letters_beside(self, waiting: list[Delivery], rows: list[Delivery]) -> Iterable[Delivery]:
        """Return what left within a day or is still to leave, to the same readers; `_is_before` looks at the day."""
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

    def _is_before(self, other: Delivery, row: Delivery) -> bool:
        """Tell whether the other letter is the one of this day: it left, or it is to leave and is more urgent."""
        day = walltime.local_date(self._now, row.meetup.zone)
        if other.state in GONE:
            return walltime.local_date(other.finished_at or self._now, row.meetup.zone) == day
        is_today = walltime.local_date(max(other.next_try_at, self._now), row.meetup.zone) == day
        return is_today and other.priority < row.priority

    def _tomorrow(self, row: Delivery) -> datetime:
        midnight = walltime.days_before_at(self._now, row.meetup.zone, -1, time(0))
        return next_allowed(midnight, row.meetup.zone)


def _reader(row: Delivery) -> tuple:
    return row.guest_id, row.user_id, row.meetup_id
