"""Letters while a recap comes to be, and when it is taken back: shown before it is public, cut, asked about, taken down."""

from django.urls import reverse
from django.utils.translation import gettext as _

from meetups import when
from meetups.broadside import make_broadside
from meetups.emails.after import contribution_of
from meetups.emails.facts import guest_facts, guest_of, host_facts, public_url
from meetups.emails.letter import WORDS, Letter, write_letter
from meetups.exceptions import MeetupError
from meetups.models import Consent, Contribution, Delivery, Guest, Meetup, Photo, Recap, RemovalRequest
from meetups.plain import clean_line, clean_words
from meetups.potluck import list_words

MOST_SENTENCES = 3
MOST_NAMES = 20


def _recap_of(meetup: Meetup) -> Recap:
    recap = Recap.objects.with_meetup().filter(meetup=meetup).first()
    if recap is None:
        raise MeetupError(_("There is no recap yet."))
    return recap


def _what_is_theirs(contribution: Contribution | None) -> dict:
    """Return what of a guest's own may become public, and the cut that waits for their answer."""
    if contribution is None:
        return {"mine": "", "mine_as": "", "my_photo": False, "cut": ""}
    is_for_all = contribution.sentence_consent == Consent.EVERYONE
    is_asked = contribution.cut and not contribution.cut_agreed_at and not contribution.cut_refused_at
    return {
        "mine": clean_line(contribution.public_words) if is_for_all else "",
        "mine_as": clean_line(contribution.shown_as),
        "my_photo": Photo.objects.filter(contribution=contribution, consent=Consent.EVERYONE).exists(),
        "cut": clean_line(contribution.cut) if is_for_all and is_asked else "",
    }


def recap_preview(delivery: Delivery) -> Letter:
    """To those who left something: what will be public, when, and how to say fine, correct it or take it out."""
    guest = guest_of(delivery)
    recap, contribution = _recap_of(guest.meetup), contribution_of(guest)
    if recap.is_published or recap.public_at is None:
        raise MeetupError(_("The recap does not become public by itself."))
    if guest.pk and contribution is None:
        raise MeetupError(_("The guest has taken everything out."))
    voices = [voice for voice in make_broadside(recap).voices if voice.sentence][:MOST_SENTENCES]
    facts = guest_facts(delivery) | _what_is_theirs(contribution)
    facts |= {
        "question": clean_line(recap.question),
        "agree": clean_words(recap.agree),
        "differ": clean_words(recap.differ),
        "still_open": clean_words(recap.still_open),
        "sentences": [{"words": clean_line(voice.sentence), "name": clean_line(voice.name)} for voice in voices],
        "public_day": when.day_words(recap.public_at, recap.meetup.zone),
        "public_hour": when.clock_words(recap.public_at, recap.meetup.zone),
        "words": WORDS,
    }
    return write_letter("recap_preview", facts, sender=facts["host"])


def cut_asked(delivery: Delivery) -> Letter:
    """May your words stand with some left out? Raises MeetupError when the host has changed that, or it is answered."""
    contribution = contribution_of(guest_of(delivery))
    asked = delivery.context.get("cut", "")
    if (
        contribution is None
        or not asked
        or contribution.cut != asked
        or contribution.cut_agreed_at
        or contribution.cut_refused_at
    ):
        raise MeetupError(_("Nobody asks for this cut any more."))
    facts = guest_facts(delivery) | {
        "sentence": clean_line(contribution.sentence),
        "cut": clean_line(asked),
        "words": WORDS,
    }
    return write_letter("cut_asked", facts, sender=facts["host"])


def words_wait(delivery: Delivery) -> Letter:
    """To the host: what guests left once the recap was public waits, and so do those who say that they were there."""
    meetup = delivery.meetup
    waiting = Contribution.objects.waiting().filter(meetup=meetup).select_related("guest")
    saying = Guest.objects.seen().saying_they_came().filter(meetup=meetup).order_by("pk")
    left = [clean_line(words.guest.called) for words in waiting]
    says = [clean_line(guest.called) for guest in saying]
    if not left and not says:
        raise MeetupError(_("Nothing waits for the host any more."))
    facts = host_facts(delivery) | {
        "left": list_words(left[:MOST_NAMES]),
        "num_left": len(left),
        "says": list_words(says[:MOST_NAMES]),
        "num_says": len(says),
        "recap_url": public_url(reverse("host_recap", args=[meetup.code])),
    }
    return write_letter("words_wait", facts)


def removal_asked(delivery: Delivery) -> Letter:
    """To the host, and to the campaign's organizers: somebody shown asks for a sentence or a photo to go."""
    removals = RemovalRequest.objects.open().select_related("recap", "contribution")
    request = removals.filter(pk=delivery.context.get("removal")).first()
    if request is None:
        raise MeetupError(_("This is settled already."))
    meetup = delivery.meetup
    is_host = meetup.is_hosted_by(delivery.user)
    page = ("host_recap", [meetup.code]) if is_host else ("campaign_recap", [meetup.campaign.slug, request.recap.slug])
    facts = host_facts(delivery) | {
        "is_photo": request.is_photo,
        "sentence": "" if request.is_photo else clean_line(request.contribution.words_for_everyone),
        "said": clean_line(request.words),
        "question": clean_line(request.recap.question),
        "page": public_url(reverse(page[0], args=page[1])),
        "is_to_host": is_host,
        "is_to_organizer": not is_host,
    }
    return write_letter("removal_asked", facts)


def _facts_of_a_takedown(recap: Recap) -> dict:
    if recap.taken_down_at is None:
        raise MeetupError(_("The recap was given back."))
    campaign = recap.meetup.campaign
    return {
        "reason": clean_line(recap.taken_down_reason),
        "question": clean_line(recap.question),
        "campaign": clean_line(campaign.name) if campaign else "",
    }


def recap_taken_down(delivery: Delivery) -> Letter:
    """To the host: an organizer or the staff took the recap down, and why."""
    meetup = delivery.meetup
    facts = host_facts(delivery) | _facts_of_a_takedown(_recap_of(meetup))
    facts["recap_url"] = public_url(reverse("host_recap", args=[meetup.code]))
    return write_letter("recap_taken_down", facts)


def table_taken_down(delivery: Delivery) -> Letter:
    """To those who left something: the recap is not public any more, and why; their words are still theirs."""
    guest = guest_of(delivery)
    facts = guest_facts(delivery) | _facts_of_a_takedown(_recap_of(guest.meetup))
    return write_letter("table_taken_down", facts | {"words": WORDS if contribution_of(guest) else ""}, sender=facts["host"])
