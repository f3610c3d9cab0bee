"""Review by the host of what guests leave or change once the recap was public: nothing becomes public unseen."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError
from meetups.models import Consent, Contribution, Delivery, Meetup, Photo, Recap, RemovalRequest
from meetups.outbox.queue import enqueue
from meetups.recaps.services.revision import lock_recap, public_part, touch_recap
from meetups.times import clock
from meetups.times.quiet_hours import next_allowed

Outcome = RemovalRequest.Outcome
REACH = [Consent.NOBODY, Consent.TABLE, Consent.EVERYONE]
# Contributions of one hour go into one letter, and there is at most one letter a day.
GATHERED, LETTER_EVERY = timedelta(hours=1), timedelta(days=1)


def pending_review_since(
    recap: Recap | None, *, was: Consent, is_now: Consent, is_same: bool, waits_since: datetime | None, was_asked_out: bool
) -> datetime | None:
    """Return since when a sentence or photo is pending review, or None where it needs no review.

    `was` and `is_now` are the consents; `is_same` says that the content has nothing new; `waits_since` is the row's value so
    far; `was_asked_out` says that somebody asked to remove the guest's former one. Before the recap was public for the first
    time nothing is pending, because the host reads all of it then. Less consent never needs a review.
    """
    is_late = recap is not None and recap.published_at is not None
    if is_now == Consent.NOBODY or not (was_asked_out or (is_late and is_now == Consent.EVERYONE)):
        return None
    if is_same and REACH.index(is_now) <= REACH.index(was):
        return waits_since
    return clock.now()


def send_absent_to_review(meetup: Meetup) -> None:
    """Mark as pending review what guests who did not come, as far as is known, left for everyone: the host does not see it in
    the recap that becomes public now. A second call changes nothing more."""
    at_table = Contribution.objects.of_table().filter(meetup=meetup).values("pk")
    absent = meetup.contributions.standing().exclude(pk__in=at_table)
    now = clock.now()
    Photo.objects.filter(contribution__in=absent, consent=Consent.EVERYONE, waits_since=None).update(waits_since=now)
    late = meetup.contributions.filter(sentence_consent=Consent.EVERYONE, waits_since=None).exclude(sentence="")
    late.exclude(pk__in=at_table).update(waits_since=now)


@transaction.atomic
def review_contribution(contribution: Contribution, *, is_photo: bool, seen: str, is_shown: bool) -> None:
    """Write the host's decision about a sentence, or a photo, that is pending review: shown, or hidden.

    `seen` is the `version_of` what the host read. A second call does nothing. Raises MeetupError where the guest has changed it
    since, and while a request to remove it is open.
    """
    lock_recap(contribution.meetup_id)
    row = _lock(contribution, is_photo=is_photo)
    if row is None or row.waits_since is None:
        return
    if version_of(row) != seen:
        raise MeetupError(_("The guest has changed it meanwhile. Please look at it again."))
    asked = RemovalRequest.objects.filter(contribution=contribution, is_photo=is_photo)
    if is_shown and asked.open().exists():
        raise MeetupError(_("Somebody asks for it to be taken out. Decide about that first."))
    before = public_part(contribution.meetup_id)
    row.waits_since, row.is_hidden = None, not is_shown
    if is_shown:
        row.removal_asked_at = None
        asked.filter(outcome=Outcome.LEFT_OUT).update(outcome=Outcome.PUT_BACK)
    row.save()
    touch_recap(contribution.meetup_id, before=before)


def _lock(contribution: Contribution, *, is_photo: bool) -> Contribution | Photo | None:
    if is_photo:
        return Photo.objects.select_for_update(of=("self",)).filter(contribution=contribution).first()
    return Contribution.objects.select_for_update(of=("self",)).standing().filter(pk=contribution.pk).first()


def version_of(row: Contribution | Photo) -> str:
    """Return a value that differs after each change of something that is pending review."""
    return row.waits_since.isoformat() if row.waits_since else ""


def enqueue_review_letter(meetup: Meetup) -> Delivery | None:
    """Queue one letter to the host about everything pending review, due in an hour; at most one a day.

    Returns None while an unsent one exists: it is rendered when it is sent, with everything pending then.
    """
    letters = Delivery.objects.filter(kind=Delivery.Kind.WORDS_WAIT, meetup=meetup)
    if letters.pending().exists():
        return None
    due_at = clock.now() + GATHERED
    last = letters.exclude(state=Delivery.State.WITHDRAWN).order_by("-due_at").first()
    if last is not None:
        due_at = max(due_at, last.due_at + LETTER_EVERY)
    return enqueue(
        Delivery.Kind.WORDS_WAIT,
        key=f"{meetup.pk}:{due_at:%Y%m%d}:{letters.count()}",
        user=meetup.host,
        meetup=meetup,
        due_at=next_allowed(due_at, meetup.zone),
    )
