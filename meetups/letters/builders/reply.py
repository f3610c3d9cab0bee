"""Letters about incoming mail: bounces, and forwarded replies between guest and host."""

from django.urls import reverse
from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError
from meetups.letters.context import guest_facts, guest_of, host_facts, meetup_of, public_url
from meetups.letters.letter import Letter, write_letter
from meetups.models import Delivery, Guest, Question
from meetups.outbox.failure_text import plain_words
from meetups.text.clean import clean_line, clean_words, shorten

MOST_ROWS = 40
LONGEST_WORDS = 4_000
LONGEST_NAME = 60


def host_bounced(delivery: Delivery) -> Letter:
    """Whose letters bounce, and why, so that the host can call them. Raises MeetupError when none bounces any more."""
    meetup = meetup_of(delivery)
    guests = Guest.objects.counting().filter(meetup=meetup, undeliverable_at__isnull=False).order_by("undeliverable_at", "pk")
    rows = [
        {"name": clean_line(guest.called), "email": guest.email or "", "why": plain_words(None, guest.undeliverable_words)}
        for guest in guests
    ]
    if not rows:
        raise MeetupError(_("All letters arrive again."))
    facts = host_facts(delivery) | {
        "rows": rows[:MOST_ROWS],
        "num_more": max(0, len(rows) - MOST_ROWS),
        "num_rows": len(rows),
        "first": shorten(rows[0]["name"], LONGEST_NAME),
    }
    return write_letter("host_bounced", facts)


def guest_who_wrote(delivery: Delivery) -> Guest:
    """Return the guest whose text is forwarded to the host. Raises MeetupError when that guest was removed or blocked."""
    guests = Guest.objects.filter(meetup=delivery.meetup_id, removed_at=None, blocked_at=None)
    guest = guests.filter(pk=delivery.context.get("guest")).first()
    if guest is None:
        raise MeetupError(_("The guest was removed."))
    return guest


def _words_of(delivery: Delivery) -> str:
    words = shorten(clean_words(str(delivery.context.get("words", ""))), LONGEST_WORDS)
    if not words:
        raise MeetupError(_("There are no words in this letter."))
    return words


def guest_words(delivery: Delivery) -> Letter:
    """A guest's question or reply, forwarded to the host as plain text. Raises MeetupError when the guest was removed."""
    guest = guest_who_wrote(delivery)
    facts = host_facts(delivery) | {
        "who": shorten(clean_line(guest.called), LONGEST_NAME),
        "said": _words_of(delivery),
        "is_question": "question" in delivery.context,
        "is_from_elsewhere": bool(delivery.context.get("from_elsewhere")),
        "answer_url": public_url(reverse("host_answer", args=[meetup_of(delivery).code, guest.pk])),
    }
    return write_letter("guest_words", facts, sender=facts["who"])


def host_words(delivery: Delivery) -> Letter:
    """The host's answer to a guest."""
    guest = guest_of(delivery)
    question = Question.objects.filter(pk=delivery.context.get("question"), guest=guest).first()
    asked = shorten(clean_words(question.words), LONGEST_WORDS) if question else ""
    is_from_elsewhere = bool(delivery.context.get("from_elsewhere"))
    facts = guest_facts(delivery) | {"said": _words_of(delivery), "asked": asked, "is_from_elsewhere": is_from_elsewhere}
    return write_letter("host_words", facts, sender=facts["host"])
