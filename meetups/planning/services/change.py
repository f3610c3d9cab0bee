"""Changes of a published meetup: moving it, canceling it, taking a cancellation back."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError
from meetups.guests.services.seats import lock_meetup
from meetups.models import Delivery, Guest, Meetup, Webhook
from meetups.models.delivery import DeliveryQuerySet
from meetups.outbox.free_text import check_words
from meetups.outbox.letter_kinds import CANCELED_MEANWHILE, kinds_where
from meetups.outbox.plan import plan_mailings
from meetups.outbox.queue import HANDED_OVER, due_after_the_last, make_delivery, owe_many, withdraw_deliveries
from meetups.planning.services.meetup import PLACE_FIELDS, TIME_FIELDS, _set_fields
from meetups.times import clock
from meetups.webhooks.events import owe_meetup_event, withdraw_event

Letter = Delivery.Kind
# For this long a cancellation can be taken back, and edits of a move go into one letter.
SECOND_THOUGHTS = timedelta(minutes=10)
SOON = timedelta(hours=24)
WITHDRAWN_BY_CANCELING = "The evening was canceled."
# A letter that was leased to a worker at that moment is withdrawn by the worker, with the second reason.
WITHDRAWN_WHILE_CANCELED = [WITHDRAWN_BY_CANCELING, CANCELED_MEANWHILE]


# Moving --------------------------------------------------------------------------------------------------------------


@transaction.atomic
def reschedule_meetup(meetup: Meetup, **fields) -> Meetup:
    """Change time or place, plan the letters anew, and queue one letter to each guest with the old and the new values.

    The letter is due in ten minutes, so that a second edit goes into the same one; less than a day before the start it is due
    at once. Door, parking and phone change without a letter. A second call with the same values changes nothing. Raises
    MeetupError for a time that does not exist or is past, and for a meetup that has begun.
    """
    meetup = lock_meetup(meetup.pk)
    if not meetup.takes_answers:
        raise MeetupError(_("Only a published evening that has not begun can be moved."))
    old = _where_and_when(meetup)
    old_start, old_end, was_soon = meetup.starts_at, meetup.ends_at, meetup.start - clock.now() < SOON
    _set_fields(meetup, fields, allowed=TIME_FIELDS + PLACE_FIELDS)
    meetup.derive_times()
    if meetup.starts_at is None or meetup.starts_at <= clock.now():
        raise MeetupError(_("The new time is in the past. Please choose one that lies ahead."))
    if not meetup.street or not meetup.town_name:
        raise MeetupError(_("Your guests need a street and a town to come to."))
    if _where_and_when(meetup) == old and meetup.ends_at == old_end:
        meetup.save()
        return meetup
    meetup.revision += 1
    is_same_time = meetup.starts_at == old_start
    if not is_same_time:
        announced = meetup.moved_from or old_start
        meetup.moved_from = None if announced == meetup.starts_at else announced
    meetup.save()
    if not is_same_time:
        meetup.guests.update(confirmed_at=None)
    plan_mailings(meetup, is_same_time=is_same_time)
    reminders = Delivery.objects.filter(meetup=meetup, kind__in=kinds_where(lambda kind: kind.is_reminder))
    if is_same_time:
        # The time is the same, so queued reminders are still right, and their mailing does not fan out again.
        reminders.open().update(revision=meetup.revision)
    else:
        withdraw_deliveries(reminders)
    _owe_moved_letters(meetup, old, is_soon=was_soon or meetup.start - clock.now() < SOON)
    owe_meetup_event(meetup, Webhook.Event.MEETUP_MOVED, due_at=clock.now() + SECOND_THOUGHTS)
    return meetup


def _where_and_when(meetup: Meetup) -> dict[str, str]:
    """Return time and place as the context of a letter about a move has the old ones."""
    return {
        "old_starts_at": meetup.start.isoformat(),
        "old_zone": meetup.zone,
        "old_area": meetup.area,
        "old_street": meetup.street,
    }


def informed_guests(meetup: Meetup) -> list[Guest]:
    """Return the guests with an address who know of this meetup and have not declined.

    Guests whose invitation has not been sent yet are excluded: it will name the new time, or is not sent at all.
    """
    guests = Guest.objects.counting().filter(meetup=meetup).with_address().exclude(rsvp=Guest.Rsvp.NO)
    letters = Delivery.objects.filter(guest=OuterRef("pk"))
    not_sent = Exists(letters.filter(kind=Letter.INVITATION)) & ~Exists(letters.filter(state__in=HANDED_OVER))
    return list(guests.exclude(not_sent, rsvp=Guest.Rsvp.INVITED))


def guests_told_of_canceling(meetup: Meetup) -> set[int]:
    """Return the keys of the guests to whom the letter about the cancellation is gone."""
    rows = Delivery.objects.filter(meetup=meetup, kind=Letter.CANCELED, state=Delivery.State.SENT, guest__isnull=False)
    return {pk for pk in rows.values_list("guest_id", flat=True) if pk is not None}


def _owe_moved_letters(meetup: Meetup, old: dict[str, str], *, is_soon: bool) -> None:
    pending: DeliveryQuerySet = Delivery.objects.filter(meetup=meetup, kind=Letter.MOVED).pending()
    # Guests still know what an unsent letter about a move calls old. A letter about new zone rules has no "from": nothing moved.
    known = {row.guest_id: row.context.get("from", old) for row in pending}
    withdraw_deliveries(pending)
    # Shortly before the evening guests hear of it at once.
    before = Delivery.objects.filter(meetup=meetup, kind=Letter.MOVED)
    due_at = (due_after_the_last(before) or clock.now()) if is_soon else clock.now() + SECOND_THOUGHTS
    present, letters = _where_and_when(meetup), []
    for guest in informed_guests(meetup):
        was = known.get(guest.pk, old)
        if was == present:
            continue
        guest.meetup = meetup
        context = {key: was[key] for key in ("old_starts_at", "old_zone", "old_area")} | {
            # Never in the letter: it holds the old street, to notice when an evening is moved back.
            "from": was,
            "time_changed": (was["old_starts_at"], was["old_zone"]) != (present["old_starts_at"], present["old_zone"]),
            "place_changed": (was["old_area"], was["old_street"]) != (present["old_area"], present["old_street"]),
        }
        key = f"{guest.pk}:{meetup.revision}"
        letters.append(make_delivery(Letter.MOVED, key=key, guest=guest, due_at=due_at, context=context))
    owe_many(letters)


# Canceling -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def cancel_meetup(meetup: Meetup, *, word: str = "") -> Meetup:
    """Cancel, withdraw unsent letters, and queue one to each guest with the host's word. A second call changes nothing.

    The letters are due in ten minutes, in which restore_meetup undoes it all; less than a day before the start they are due at
    once. Raises MeetupError for a draft and for a meetup that is over.
    """
    meetup = lock_meetup(meetup.pk)
    if meetup.is_canceled:
        return meetup
    if meetup.is_draft or meetup.has_ended:
        raise MeetupError(_("Only a published evening that is not over can be canceled."))
    check_words(meetup.host, words=word)
    now = clock.now()
    meetup.status, meetup.canceled_at, meetup.cancel_word = Meetup.Status.CANCELED, now, word
    meetup.revision += 1
    meetup.save()
    withdraw_deliveries(Delivery.objects.filter(meetup=meetup), reason=WITHDRAWN_BY_CANCELING)
    due_at = now if meetup.start - now < SOON else now + SECOND_THOUGHTS
    letters = []
    for guest in informed_guests(meetup):
        guest.meetup = meetup
        key, context = f"{guest.pk}:{meetup.revision}", {"had_seat": guest.has_seat, "had_own_seat": guest.has_own_seat}
        letters.append(make_delivery(Letter.CANCELED, key=key, guest=guest, due_at=due_at, context=context))
    owe_many(letters)
    owe_meetup_event(meetup, Webhook.Event.MEETUP_CANCELED, due_at=due_at)
    return meetup


def can_restore(meetup: Meetup) -> bool:
    """Tell whether a cancellation can still be undone: within ten minutes, while none of its letters has been sent."""
    canceled_at = meetup.canceled_at
    if not meetup.is_canceled or canceled_at is None or clock.now() >= canceled_at + SECOND_THOUGHTS or meetup.has_started:
        return False
    letters = Delivery.objects.filter(meetup=meetup, kind=Letter.CANCELED, revision=meetup.revision)
    unsent = [Delivery.State.QUEUED, Delivery.State.WITHDRAWN]
    return meetup.start - canceled_at >= SOON and not letters.exclude(state__in=unsent).exists()


@transaction.atomic
def restore_meetup(meetup: Meetup) -> Meetup:
    """Undo a cancellation: withdraw its letters and queue those again that it had withdrawn. A second call changes nothing.

    Raises MeetupError when the ten minutes are over.
    """
    meetup = lock_meetup(meetup.pk)
    if meetup.is_published:
        return meetup
    if not can_restore(meetup):
        raise MeetupError(_("The ten minutes are over, so this cannot be taken back any more."))
    withdraw_deliveries(Delivery.objects.filter(meetup=meetup, kind=Letter.CANCELED))
    withdraw_event(meetup, Webhook.Event.MEETUP_CANCELED)
    meetup.status, meetup.cancel_word = Meetup.Status.PUBLISHED, ""
    meetup.revision += 1
    meetup.save()
    again = Delivery.objects.filter(meetup=meetup, state=Delivery.State.WITHDRAWN, last_words__in=WITHDRAWN_WHILE_CANCELED)
    again.filter(finished_at__gte=meetup.canceled_at).update(
        state=Delivery.State.QUEUED, finished_at=None, last_words="", revision=meetup.revision
    )
    # Letters that were leased to a worker during the cancellation still have the revision before it, and are right again.
    Delivery.objects.filter(meetup=meetup, revision=meetup.revision - 2).open().update(revision=meetup.revision)
    plan_mailings(meetup, is_same_time=True)
    return meetup
