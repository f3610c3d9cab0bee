"""Letters to guests after the evening: "were you there?", the recap, and what became of a promise."""

from django.utils.translation import gettext as _

from meetups.access.tokens import make_hosting_token
from meetups.access.visibility import link_is_open
from meetups.exceptions import MeetupError
from meetups.letters.context import guest_facts, guest_of, link_to, public_url
from meetups.letters.letter import WORDS, Letter, write_letter
from meetups.models import Contribution, Delivery, Guest, Recap
from meetups.recaps.public_view import make_broadside
from meetups.sharing.metadata import fork_url
from meetups.text.clean import clean_line, clean_words

MOST_SENTENCES = 3


def contribution_of(guest: Guest) -> Contribution | None:
    """Return a guest's contribution to the recap, unless it was withdrawn."""
    return Contribution.objects.standing().filter(guest=guest).first() if guest.pk else None


def were_you_there(delivery: Delivery) -> Letter:
    """Ask who came for one sentence, one photo, and whether they could host."""
    facts = guest_facts(delivery)
    return write_letter("were_you_there", facts, sender=facts["host"])


def _recap_facts(delivery: Delivery) -> dict:
    """Return the public content of the recap. Raises MeetupError while it is not published."""
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
        "fork": fork_url(recap),
        "words": WORDS if contribution_of(guest) else "",
    }


def recap_came(delivery: Delivery) -> Letter:
    """To those who came: the recap, and how to take their own words out."""
    facts = _recap_facts(delivery)
    return write_letter("recap_came", facts, sender=facts["host"])


def recap_missed(delivery: Delivery) -> Letter:
    """To those who could not come: what the others said."""
    facts = _recap_facts(delivery)
    return write_letter("recap_missed", facts, sender=facts["host"])


def recap_declined(delivery: Delivery) -> Letter:
    """To those who said no: the recap without what guests said."""
    facts = _recap_facts(delivery) | {"sentences": []}
    return write_letter("recap_declined", facts, sender=facts["host"])


def how_did_it_go(delivery: Delivery) -> Letter:
    """After thirty days, to a guest who promised something. Raises MeetupError when the promise was taken back."""
    contribution = contribution_of(guest_of(delivery))
    promise = contribution.promise if contribution else delivery.context.get("promise", "")
    if not promise:
        raise MeetupError(_("There is no promise any more."))
    # The guest's link has expired by now; that of the contribution does not expire (R73).
    facts = guest_facts(delivery) | {"promise": clean_line(promise), "words": WORDS, "has_link": False}
    return write_letter("how_did_it_go", facts, sender=facts["host"])


def could_host(delivery: Delivery) -> Letter:
    """To a guest who said that they could host: a draft with this table's kit behind one link. `ask` counts from 0 to 2."""
    guest = guest_of(delivery)
    facts = guest_facts(delivery) | {
        "ask": delivery.context.get("ask", 0),
        "draft": link_to("next_host", make_hosting_token(guest)),
        "question": clean_line(guest.meetup.kit.first_question),
        # It expires before the last of these letters.
        "has_link": link_is_open(guest),
    }
    return write_letter("could_host", facts, sender=facts["host"])


def room_ask(delivery: Delivery) -> Letter:
    """To an address that was typed at the ask in the room: a draft behind one link. `want` is "host" or "cohost"; `ask` counts
    from 0 to 2, and is 0 where the letter goes once."""
    guest = guest_of(delivery)
    facts = guest_facts(delivery) | {
        "want": delivery.context.get("want", "host"),
        "ask": delivery.context.get("ask", 0),
        "asks_again": delivery.context.get("asks_again", False),
        "draft": link_to("next_host", make_hosting_token(guest)),
        "question": clean_line(guest.meetup.kit.first_question),
        # A page of the evening is not theirs before they have shown that they read this.
        "has_link": False,
        "is_from_room": True,
    }
    return write_letter("room_ask", facts, sender=facts["host"])
