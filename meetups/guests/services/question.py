"""A guest's questions to the host, and the answers. Both go by mail, and neither sees the other's address (R40)."""

from datetime import timedelta
from typing import cast

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError
from meetups.models import Delivery, Guest, Question
from meetups.outbox.free_text import check_words
from meetups.outbox.letter_kinds import INVITING, URGENT
from meetups.outbox.queue import enqueue, withdraw_deliveries
from meetups.text.clean import shorten
from meetups.times import clock

Letter = Delivery.Kind
# Questions of one guest (R87).
QUESTIONS_AN_HOUR, QUESTIONS_A_DAY = 4, 12
MOST_ANSWERED = cast(int, Question._meta.get_field("answer").max_length)
# A question this near to the start is mailed at night too.
SOON = timedelta(hours=12)


def _lock(guest: Guest) -> Guest:
    return Guest.objects.select_for_update(of=("self",)).select_related("meetup__host").get(pk=guest.pk)


@transaction.atomic
def ask_host(guest: Guest, *, words: str) -> Question:
    """Save a guest's question, owe the host a letter with it, and return it. The same words again return the open question.

    No letter is owed for a guest whom the host has blocked, who is not told (R111). Raises MeetupError before the address is
    proven, and beyond the number of questions in an hour or a day.
    """
    guest = _lock(guest)
    if not guest.counts:
        raise MeetupError(_("Please answer first: then we know that the address is yours."))
    asked = guest.questions.all()
    same = asked.open().filter(words=words).first()
    if same is not None:
        return same
    now = clock.now()
    num_hour = asked.filter(asked_at__gt=now - timedelta(hours=1)).count()
    if num_hour >= QUESTIONS_AN_HOUR or asked.filter(asked_at__gt=now - timedelta(days=1)).count() >= QUESTIONS_A_DAY:
        raise MeetupError(_("Those were several questions in a short while. Please wait for an answer, or ask again later."))
    question = Question.objects.create(guest=guest, words=words, asked_at=now)
    guest.asked_at = now
    guest.save(update_fields=["asked_at"])
    if guest.blocked_at is None:
        _owe_question(question, guest)
    return question


def _owe_question(question: Question, guest: Guest) -> None:
    meetup, now = guest.meetup, question.asked_at
    is_soon = meetup.start - SOON < now < meetup.end
    enqueue(
        Letter.GUEST_WORDS,
        key=f"{guest.pk}:q{question.pk}",
        user=meetup.host,
        meetup=meetup,
        not_after=now + timedelta(days=settings.RETAIN_OUTBOX_DAYS),
        priority=URGENT if is_soon else INVITING,
        context={"words": question.words, "guest": guest.pk, "question": question.pk},
    )


@transaction.atomic
def note_answer(guest: Guest, *, words: str) -> Question | None:
    """Save the host's answer with the last open question of this guest; all open questions count as answered.

    Return that question, or None when none is open: a second call finds none. Owes no letter.
    """
    guest = _lock(guest)
    asked = list(guest.questions.open())
    if not asked:
        return None
    now = clock.now()
    guest.questions.filter(pk__in=[question.pk for question in asked]).update(answered_at=now)
    last = asked[-1]
    last.answer, last.answered_at = shorten(words, MOST_ANSWERED), now
    last.save(update_fields=["answer", "answered_at"])
    return last


@transaction.atomic
def answer_guest(guest: Guest, *, words: str) -> Question:
    """Answer the open questions of a guest, owe the letter with the answer, and return the question it is saved with.

    Raises MeetupError when nothing is open, as after an answer by a co-host or by mail.
    """
    check_words(guest.meetup.host, words=words, is_answer=True)
    question = note_answer(guest, words=words)
    if question is None:
        raise MeetupError(_("This is answered already."))
    enqueue(
        Letter.HOST_WORDS,
        key=f"{guest.pk}:q{question.pk}",
        guest=guest,
        not_after=clock.now() + timedelta(days=settings.RETAIN_OUTBOX_DAYS),
        priority=URGENT,
        context={"words": words, "guest": guest.pk, "question": question.pk},
    )
    return question


@transaction.atomic
def block_guest(guest: Guest, *, is_blocked: bool) -> Guest:
    """Block a guest's messages to the host, or allow them again. The guest is not told and keeps the seat. Safe to repeat.

    Messages that have not left are withdrawn.
    """
    guest = _lock(guest)
    if is_blocked != (guest.blocked_at is not None):
        guest.blocked_at = clock.now() if is_blocked else None
        guest.save(update_fields=["blocked_at"])
    if is_blocked:
        owed = Delivery.objects.filter(kind=Letter.GUEST_WORDS, meetup=guest.meetup_id, context__guest=guest.pk)
        withdraw_deliveries(owed, reason="The host wants no messages of this guest.")
    return guest
