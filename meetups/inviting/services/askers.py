"""What happens when a host does not look at who asks: one reminder, and in time a letter to whoever asked."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q

from meetups.guests.services.friend import AWAITING, asking, awaiting_at
from meetups.guests.services.seats import lock_meetup
from meetups.models import Delivery, Meetup
from meetups.outbox.host_digest import owe_host_answers
from meetups.outbox.queue import enqueue
from meetups.times import clock

# The host is reminded once of everybody who has waited this long.
REMIND_AFTER = timedelta(hours=48)
# So long before the start whoever still waits hears that it did not come about; who asked just now waits a little longer, but
# never until the last hours.
CLOSE_BEFORE, TIME_TO_LOOK, LAST_HOURS = timedelta(hours=24), timedelta(hours=12), timedelta(hours=2)
# A host may take a cancellation back for ten minutes.
AFTER_CANCELING = timedelta(minutes=10)
MOST_AT_ONCE = 200


def remind_of_askers() -> int:
    """Owe the host the letter about answers where somebody has waited two days for their yes or no; return at how many meetups.

    Each asker leads to one reminder at most, so a second call owes nothing.
    """
    now = clock.now()
    late = asking().filter(AWAITING, answered_at__lte=now - REMIND_AFTER, meetup__starts_at__gt=now)
    late = late.filter(meetup__status=Meetup.Status.PUBLISHED, meetup__friend_asked_at__isnull=False)
    unsaid = Q(meetup__reminded_of_askers_at=None) | Q(meetup__reminded_of_askers_at__lt=F("answered_at"))
    meetups = list(late.filter(unsaid).order_by("meetup").values_list("meetup", flat=True).distinct()[:MOST_AT_ONCE])
    for pk in meetups:
        with transaction.atomic():
            meetup = lock_meetup(pk)
            meetup.reminded_of_askers_at = now
            meetup.save(update_fields=["reminded_of_askers_at"])
            owe_host_answers(meetup)
    return len(meetups)


def close_requests() -> int:
    """Tell those whom the host never looked at that it did not come about; return how many.

    A day before the evening, or once it is canceled. Until the letter leaves, and after it, the host may still say yes. A second
    call finds nobody.
    """
    now = clock.now()
    is_near = Q(meetup__starts_at__lte=now + CLOSE_BEFORE, answered_at__lte=now - TIME_TO_LOOK)
    is_last = Q(meetup__starts_at__lte=now + LAST_HOURS)
    is_on = Q(meetup__status=Meetup.Status.PUBLISHED) & (is_near | is_last)
    is_off = Q(meetup__status=Meetup.Status.CANCELED, meetup__canceled_at__lte=now - AFTER_CANCELING)
    # So that no meetup is locked for nothing; under its lock the guests are asked for once more.
    due = asking().filter(AWAITING, is_on | is_off, meetup__starts_at__gt=now)
    meetups = list(due.order_by("meetup").values_list("meetup", flat=True).distinct()[:MOST_AT_ONCE])
    return sum(map(_close_requests_of, meetups))


@transaction.atomic
def _close_requests_of(meetup_pk: int) -> int:
    meetup, now = lock_meetup(meetup_pk), clock.now()
    if meetup.has_started or meetup.is_draft:
        return 0
    waiting = awaiting_at(meetup).select_for_update(of=("self",)).order_by("pk")
    if not meetup.is_canceled and meetup.start > now + LAST_HOURS:
        waiting = waiting.filter(answered_at__lte=now - TIME_TO_LOOK)
    guests = list(waiting)
    for guest in guests:
        guest.meetup, guest.refused_at = meetup, now
        guest.num_answers += 1
        guest.save(update_fields=["refused_at", "num_answers"])
        because = {"because": "canceled" if meetup.is_canceled else "unseen"}
        enqueue(Delivery.Kind.FRIEND_NO, key=f"{guest.pk}:{guest.num_answers}", guest=guest, context=because)
    return len(guests)
