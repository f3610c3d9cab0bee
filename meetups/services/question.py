"""A guest asks the host something and is answered. It goes by mail, and neither sees the other's address (R40)."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from meetups import clock
from meetups.exceptions import MeetupError
from meetups.models import Delivery, Guest, Question
from meetups.plain import shorten
from meetups.services.delivery import INVITING, URGENT, enqueue, withdraw_deliveries

Letter = Delivery.Kind
# More than a conversation needs, and too few to be a nuisance (R87).
QUESTIONS_AN_HOUR, QUESTIONS_A_DAY = 4, 12
# So near the evening a question does not wait for the morning.
SOON = timedelta(hours=12)


def _lock(guest: Guest) -> Guest:
    return Guest.objects.select_for_update(of=("self",)).select_related("meetup__host").get(pk=guest.pk)


@transaction.atomic
def ask_host(guest: Guest, *, words: str) -> Question:
    """Keep a guest's question, owe the host a letter with it, and return it. The same words, not yet answered, are asked once.

    What a guest asks whose messages the host does not want is kept for the guest alone, who is not told (R111). Raises
    MeetupError before the address is proven, and beyond the number of questions of an hour or a day.
    """
    guest = _lock(guest)
    if guest.removed_at is not None or guest.is_unproven:
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
    is_soon = meetup.starts_at - SOON < now < meetup.ends_at
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
    """Write the host's answer beside the last open question of this guest; those before it count as answered with it.

    Return that question, or None when none is open: a second call finds none. Owes no letter.
    """
    guest = _lock(guest)
    asked = list(guest.questions.open())
    if not asked:
        return None
    now = clock.now()
    guest.questions.filter(pk__in=[question.pk for question in asked]).update(answered_at=now)
    last = asked[-1]
    last.answer, last.answered_at = shorten(words, Question._meta.get_field("answer").max_length), now
    last.save(update_fields=["answer", "answered_at"])
    return last


@transaction.atomic
def answer_guest(guest: Guest, *, words: str) -> Question:
    """Answer the open questions of a guest, owe the letter that says so, and return the question it stands beside.

    Raises MeetupError when nothing is open: somebody with the same desk, or a reply by mail, was quicker.
    """
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
    """Let a guest's messages reach the host no more, or again. The guest is not told, and the seat stays. Safe to repeat.

    What was on its way to the host is taken back.
    """
    guest = _lock(guest)
    if is_blocked != (guest.blocked_at is not None):
        guest.blocked_at = clock.now() if is_blocked else None
        guest.save(update_fields=["blocked_at"])
    if is_blocked:
        owed = Delivery.objects.filter(kind=Letter.GUEST_WORDS, meetup=guest.meetup_id, context__guest=guest.pk)
        withdraw_deliveries(owed, reason="The host wants no messages of this guest.")
    return guest
