"""Letters about what came back: mailboxes that do not exist, a guest's reply to the host, the host's to the guest."""

from django.urls import reverse
from django.utils.translation import gettext as _

from meetups.emails.facts import guest_facts, guest_of, host_facts, public_url
from meetups.emails.letter import Letter, write_letter
from meetups.exceptions import MeetupError
from meetups.models import Delivery, Guest, Question
from meetups.plain import clean_line, clean_words, shorten
from meetups.relaywords import plain_words

MOST_ROWS = 40
LONGEST_WORDS = 4_000
LONGEST_NAME = 60


def host_bounced(delivery: Delivery) -> Letter:
    """Whose letters do not arrive, and why in plain words, so that the host can call. Raises MeetupError when all do again."""
    meetup = delivery.meetup
    guests = Guest.objects.seen().filter(meetup=meetup, undeliverable_at__isnull=False).order_by("undeliverable_at", "pk")
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
    """Return the guest whose words go to the host. Raises MeetupError when that guest is gone, or not wanted."""
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
    """What a guest asked, or answered to a letter, to the host, as plain words. Raises MeetupError when the guest is gone."""
    guest = guest_who_wrote(delivery)
    facts = host_facts(delivery) | {
        "who": shorten(clean_line(guest.called), LONGEST_NAME),
        "said": _words_of(delivery),
        "is_question": "question" in delivery.context,
        "answer_url": public_url(reverse("host_answer", args=[delivery.meetup.code, guest.pk])),
    }
    return write_letter("guest_words", facts, sender=facts["who"])


def host_words(delivery: Delivery) -> Letter:
    """What the host answered to a guest's words."""
    guest = guest_of(delivery)
    question = Question.objects.filter(pk=delivery.context.get("question"), guest=guest).first()
    asked = shorten(clean_words(question.words), LONGEST_WORDS) if question else ""
    facts = guest_facts(delivery) | {"said": _words_of(delivery), "asked": asked}
    return write_letter("host_words", facts, sender=facts["host"])
