"""Letters to guests after the evening: were you there, and three letters with the recap."""

from django.utils.translation import gettext as _

from meetups.broadside import make_broadside
from meetups.emails.facts import guest_facts, guest_of, public_url
from meetups.emails.letter import WORDS, Letter, write_letter
from meetups.exceptions import MeetupError
from meetups.models import Contribution, Delivery, Guest, Recap
from meetups.plain import clean_line, clean_words
from meetups.telling import hold_url

MOST_SENTENCES = 3


def contribution_of(guest: Guest) -> Contribution | None:
    """Return what a guest left in the recap and did not take out again."""
    return Contribution.objects.standing().filter(guest=guest).first() if guest.pk else None


def were_you_there(delivery: Delivery) -> Letter:
    """Were you there? One sentence, one photo, "I could host"."""
    facts = guest_facts(delivery)
    return write_letter("were_you_there", facts, sender=facts["host"])


def _recap_facts(delivery: Delivery) -> dict:
    """Return what everybody may read of the recap. Raises MeetupError while it is not published."""
    guest = guest_of(delivery)
    recap = Recap.objects.with_meetup().filter(meetup=guest.meetup).first()
    if recap is None or not recap.is_published:
        raise MeetupError(_("The recap is not public, so nobody is written to about it."))
    said = [voice for voice in make_broadside(recap).voices if voice.sentence][:MOST_SENTENCES]
    return guest_facts(delivery) | {
        "question": clean_line(recap.question),
        "agree": clean_words(recap.agree),
        "differ": clean_words(recap.differ),
        "still_open": clean_words(recap.still_open),
        "sentences": [{"words": clean_line(voice.sentence), "name": clean_line(voice.name)} for voice in said],
        "recap": public_url(recap.get_absolute_url()),
        "fork": hold_url(recap),
        "words": WORDS if contribution_of(guest) else "",
    }


def recap_came(delivery: Delivery) -> Letter:
    """To those at the table: what was written about their evening, and the way to take their own words out."""
    facts = _recap_facts(delivery)
    return write_letter("recap_came", facts, sender=facts["host"])


def recap_missed(delivery: Delivery) -> Letter:
    """To those whose chair stayed empty: what the others said."""
    facts = _recap_facts(delivery)
    return write_letter("recap_missed", facts, sender=facts["host"])


def recap_declined(delivery: Delivery) -> Letter:
    """To those who had said no: the evening in a few lines, without the voices."""
    facts = _recap_facts(delivery) | {"sentences": []}
    return write_letter("recap_declined", facts, sender=facts["host"])


def how_did_it_go(delivery: Delivery) -> Letter:
    """Thirty days on, to somebody who promised something. Raises MeetupError when the promise was taken back."""
    contribution = contribution_of(guest_of(delivery))
    promise = contribution.promise if contribution else delivery.context.get("promise", "")
    if not promise:
        raise MeetupError(_("There is no promise any more."))
    # The guest's own link is closed by now, and the words have one that does not expire (R73).
    facts = guest_facts(delivery) | {"promise": clean_line(promise), "words": WORDS, "has_link": False}
    return write_letter("how_did_it_go", facts, sender=facts["host"])
