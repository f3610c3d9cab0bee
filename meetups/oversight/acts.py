"""What organizers and staff may do to an evening, each with a reason that its host reads: freeze it for some days, and record
whatever else they did."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from hosts.models import User
from meetups.exceptions import MeetupError
from meetups.models import Delivery, Intervention, Meetup
from meetups.outbox.free_text import check_words
from meetups.outbox.letter_kinds import FROZEN, URGENT
from meetups.outbox.queue import enqueue
from meetups.outbox.wake_worker import poke_worker
from meetups.text.clean import clean_line, clean_words, cut
from meetups.times import clock
from meetups.times.quiet_hours import next_allowed

logger = logging.getLogger("longtable.security")
Kind = Intervention.Kind

# A freeze ends by itself after so many days at most, unless it is said again.
MOST_DAYS = 7
LONGEST_REASON, LONGEST_ANSWER = 500, 1000
# The same press twice, within so short a time, is one freeze.
SECOND_PRESS = timedelta(minutes=2)
# Acts whose letter to the host is one of their own.
HAVE_A_LETTER = (Kind.TAKE_DOWN,)


def check_reason(reason: str) -> str:
    """Return the reason on one line as it is kept. Raises MeetupError for none."""
    reason = cut(clean_line(reason), LONGEST_REASON)
    if not reason:
        raise MeetupError(_("Please say why, in a sentence: the host reads it."))
    return reason


@transaction.atomic
def record(kind: str, meetup: Meetup, *, by: User, reason: str, is_staff: bool = False, until=None) -> Intervention:
    """Keep what an organizer or the staff did to a meetup, and owe its host a letter that says what, why and by whom.

    Call it in the transaction of the act, and only where the act changed something: each call is a row and a letter. Raises
    MeetupError without a reason, and for one that a new account may not send yet (R89).
    """
    reason = check_reason(reason)
    check_words(by, words=reason, is_answer=True)
    facts = {"reason": reason, "by": by, "is_by_staff": is_staff, "at": clock.now(), "until": until}
    row = Intervention.objects.create(kind=kind, meetup=meetup, **facts)
    if kind not in HAVE_A_LETTER:
        enqueue(Delivery.Kind.INTERVENED, key=str(row.pk), user=meetup.host, meetup=meetup, context={"intervention": row.pk})
    logger.info("intervention kind=%s meetup=%s by=%s staff=%s", kind, meetup.pk, by.pk, is_staff)
    return row


def _locked(meetup: Meetup) -> Meetup:
    return Meetup.objects.select_for_update(of=("self",)).select_related("host").get(pk=meetup.pk)


def last_freeze(meetup: Meetup) -> Intervention | None:
    """Return the freeze that holds now, or None. One query for a frozen meetup, none for others."""
    return meetup.interventions.freezes().select_related("by").first() if meetup.is_frozen else None


@transaction.atomic
def freeze_meetup(meetup: Meetup, *, by: User, reason: str, days: int = MOST_DAYS, is_staff: bool = False) -> Intervention:
    """Freeze a published meetup for one to seven days from now (R111): guests see its area only, and its letters wait.

    It ends by itself. Said again, with a reason, it counts from now, to a later or an earlier end; the same reason by the same
    person within two minutes is a second press and changes nothing. Raises MeetupError without a reason, for another number of
    days, and for a draft or a canceled meetup.
    """
    meetup, reason, now = _locked(meetup), check_reason(reason), clock.now()
    if not 1 <= days <= MOST_DAYS:
        raise MeetupError(_("An evening can be put on hold for one to seven days."))
    if not meetup.is_published:
        raise MeetupError(_("Only a published evening can be put on hold."))
    before = last_freeze(meetup)
    if before and before.by_id == by.pk and before.reason == reason and now - before.at < SECOND_PRESS:
        return before
    meetup.frozen_until = now + timedelta(days=days)
    meetup.save(update_fields=["frozen_until"])
    return record(Kind.FREEZE, meetup, by=by, reason=reason, is_staff=is_staff, until=meetup.frozen_until)


@transaction.atomic
def unfreeze_meetup(meetup: Meetup, *, by: User, reason: str, is_staff: bool = False) -> Intervention | None:
    """End a freeze now: the street is shown again, and the letters that waited go on. A second call changes nothing and returns
    None. Raises MeetupError without a reason."""
    meetup, reason = _locked(meetup), check_reason(reason)
    if not meetup.is_frozen:
        return None
    meetup.frozen_until = None
    meetup.save(update_fields=["frozen_until"])
    release_letters(meetup)
    return record(Kind.UNFREEZE, meetup, by=by, reason=reason, is_staff=is_staff)


def release_letters(meetup: Meetup) -> int:
    """Make the letters due again that waited for the end of a freeze, and return how many. A second call finds none.

    Answers to an act are due now, all others outside the quiet hours of the place. What is too late by then expires when it is
    claimed.
    """
    now = clock.now()
    waiting, count = Delivery.objects.filter(meetup=meetup, last_words=FROZEN), 0
    for rows, due_at in ((Q(priority__lte=URGENT), now), (Q(priority__gt=URGENT), next_allowed(now, meetup.zone))):
        count += waiting.filter(rows).pending().update(due_at=due_at, next_try_at=due_at, last_words="")
    poke_worker()
    return count


@transaction.atomic
def answer_freeze(meetup: Meetup, *, words: str, by: User) -> Intervention:
    """Keep what the host answers to the freeze that holds, and owe whoever froze it a letter with it.

    A second answer takes the place of the first and is mailed too; the same words again change nothing. Raises MeetupError for
    no words, for those that a new account may not send yet (R89), and when nothing is frozen any more.
    """
    meetup = _locked(meetup)
    row = last_freeze(meetup)
    if row is None:
        raise MeetupError(_("The evening is not on hold any more."))
    words = cut(clean_words(words), LONGEST_ANSWER)
    if not words:
        raise MeetupError(_("Please write a word or two."))
    if words == row.answer:
        return row
    check_words(by, words=words, is_answer=True)
    row.answer, row.answered_at = words, clock.now()
    row.save(update_fields=["answer", "answered_at"])
    if row.by is not None:
        key, context = f"{row.pk}:{row.answered_at.timestamp():.6f}", {"intervention": row.pk, "host": by.pk}
        enqueue(Delivery.Kind.FREEZE_ANSWERED, key=key, user=row.by, meetup=meetup, context=context)
    return row
