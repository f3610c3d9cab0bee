"""What a guest leaves or changes once the recap was public waits until the host has seen it: nothing is public unseen."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from meetups import clock
from meetups.exceptions import MeetupError
from meetups.models import Consent, Contribution, Delivery, Meetup, Photo, Recap, RemovalRequest
from meetups.quiet import next_allowed
from meetups.services.delivery import enqueue
from meetups.services.touch import lock_recap, touch_recap

Outcome = RemovalRequest.Outcome
REACH = [Consent.NOBODY, Consent.TABLE, Consent.EVERYONE]
# Guests who write within the hour are one letter, and there is one a day.
GATHERED, LETTER_EVERY = timedelta(hours=1), timedelta(days=1)


def waits_from(
    recap: Recap | None, *, was: Consent, is_now: Consent, is_same: bool, waits_since: datetime | None, was_asked_out: bool
) -> datetime | None:
    """Return since when something a guest leaves now waits for the host, or None where it may stand at once.

    `was` and `is_now` are for whom, `is_same` says that nothing is in it that was not before, `waits_since` is what the row
    said, and `was_asked_out` that somebody asked for the guest's last one to go. Before the recap was public for the first
    time the host reads all of it anyway. To show it to fewer, or to nobody, is never a matter of the host's.
    """
    is_late = recap is not None and recap.published_at is not None
    if is_now == Consent.NOBODY or not (was_asked_out or (is_late and is_now == Consent.EVERYONE)):
        return None
    if is_same and REACH.index(is_now) <= REACH.index(was):
        return waits_since
    return clock.now()


def hold_back_absent(meetup: Meetup) -> None:
    """Let what those left for everyone wait who are not at the table, as far as is known when the recap becomes public: the
    host has not read it there. A second call changes nothing more."""
    at_table = Contribution.objects.of_table().filter(meetup=meetup).values("pk")
    absent = meetup.contributions.standing().exclude(pk__in=at_table)
    now = clock.now()
    Photo.objects.filter(contribution__in=absent, consent=Consent.EVERYONE, waits_since=None).update(waits_since=now)
    late = meetup.contributions.filter(sentence_consent=Consent.EVERYONE, waits_since=None).exclude(sentence="")
    late.exclude(pk__in=at_table).update(waits_since=now)


@transaction.atomic
def let_stand(contribution: Contribution, *, is_photo: bool, seen: str, is_shown: bool) -> None:
    """Write the host's word about a sentence, or a photo, that waits: shown, or left out as the host leaves anything out.

    `seen` says which one the host read (`version_of`). A second call does nothing. Raises MeetupError where the guest has
    changed it meanwhile, and while somebody asks for it to be taken out.
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
    row.waits_since, row.is_hidden = None, not is_shown
    if is_shown:
        row.removal_asked_at = None
        asked.filter(outcome=Outcome.LEFT_OUT).update(outcome=Outcome.PUT_BACK)
    row.save()
    touch_recap(contribution.meetup_id)


def _lock(contribution: Contribution, *, is_photo: bool) -> Contribution | Photo | None:
    if is_photo:
        return Photo.objects.select_for_update(of=("self",)).filter(contribution=contribution).first()
    return Contribution.objects.select_for_update(of=("self",)).standing().filter(pk=contribution.pk).first()


def version_of(row: Contribution | Photo) -> str:
    """Return what tells this state of something that waits from the next one."""
    return row.waits_since.isoformat() if row.waits_since else ""


def owe_words_wait(meetup: Meetup) -> Delivery | None:
    """Owe the host one letter about all that waits, an hour from now, in the caller's transaction; at most one a day.

    A letter that has not left yet says it all when it is written, so then none is owed.
    """
    told = Delivery.objects.filter(kind=Delivery.Kind.WORDS_WAIT, meetup=meetup)
    if told.pending().exists():
        return None
    due_at = clock.now() + GATHERED
    last = told.exclude(state=Delivery.State.WITHDRAWN).order_by("-due_at").first()
    if last is not None:
        due_at = max(due_at, last.due_at + LETTER_EVERY)
    return enqueue(
        Delivery.Kind.WORDS_WAIT,
        key=f"{meetup.pk}:{due_at:%Y%m%d}:{told.count()}",
        user=meetup.host,
        meetup=meetup,
        due_at=next_allowed(due_at, meetup.zone),
    )
