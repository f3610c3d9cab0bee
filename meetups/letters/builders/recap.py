"""Letters about a recap in the making: preview, proposed excerpt, pending review, removal request, takedown."""

from django.urls import reverse
from django.utils.translation import gettext as _

from hosts.models import User
from meetups.exceptions import MeetupError
from meetups.letters.builders.follow_up import contribution_of
from meetups.letters.builders.oversight import say_who
from meetups.letters.context import guest_facts, guest_of, host_facts, meetup_of, public_url, user_of
from meetups.letters.letter import WORDS, Letter, write_letter
from meetups.models import Consent, Contribution, Delivery, Guest, Meetup, Photo, Recap, RemovalRequest
from meetups.recaps.public_view import make_broadside
from meetups.recaps.services.removal_request import is_repeated_request
from meetups.text.clean import clean_line, clean_words
from meetups.text.dishes import list_words
from meetups.times import words as when

MOST_SENTENCES = 3
MOST_NAMES = 20


def _recap_of(meetup: Meetup) -> Recap:
    recap = Recap.objects.with_meetup().filter(meetup=meetup).first()
    if recap is None:
        raise MeetupError(_("There is no recap yet."))
    return recap


def _what_is_theirs(contribution: Contribution | None) -> dict:
    """Return what of a guest's contribution will be public, and the proposed excerpt they have not answered."""
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
    """To contributors: what will be public, when, and how to approve, correct or withdraw it."""
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
    """May an excerpt of your sentence be used? Raises MeetupError when the host has changed it, or it is answered."""
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
    """To the host: what guests left once the recap was public is pending review, as are guests who say that they were there."""
    meetup = meetup_of(delivery)
    pending = Contribution.objects.pending_review().filter(meetup=meetup).select_related("guest")
    saying = Guest.objects.counting().saying_they_came().filter(meetup=meetup).order_by("pk")
    left = [clean_line(words.guest.called) for words in pending]
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
    """Somebody asks for the removal of a sentence or a photo: to the host and the campaign's organizers.

    A repeated request is also for its author, who decides it, and for staff.
    """
    removals = RemovalRequest.objects.open().select_related("recap__meetup__campaign", "recap__meetup__host", "contribution")
    request = removals.filter(pk=delivery.context.get("removal")).first()
    if request is None:
        raise MeetupError(_("This is settled already."))
    reader = "author" if delivery.guest is not None else _role_of(user_of(delivery), request)
    facts = guest_facts(delivery) if reader == "author" else host_facts(delivery)
    facts |= {
        "is_photo": request.is_photo,
        "sentence": "" if request.is_photo else clean_line(request.contribution.words_for_everyone),
        "said": clean_line(request.words),
        "question": clean_line(request.recap.question),
        "host_name": clean_line(str(request.recap.meetup.host)),
        "reader": reader,
        "is_repeated": is_repeated_request(request),
        "page": WORDS if reader == "author" else _page_about(request, reader),
    }
    return write_letter("removal_asked", facts)


def _role_of(user: User, request: RemovalRequest) -> str:
    """Return why this user is told of a request: as the host, an organizer of the campaign, or staff."""
    meetup = request.recap.meetup
    if meetup.is_hosted_by(user):
        return "host"
    is_organizer = meetup.campaign is not None and meetup.campaign.organizers.filter(user=user).exists()
    return "organizer" if is_organizer or not user.is_staff else "staff"


def _page_about(request: RemovalRequest, reader: str) -> str:
    """Return the address of the page on which this reader sees the request."""
    meetup = request.recap.meetup
    slug = meetup.campaign.slug if meetup.campaign is not None else ""
    pages: dict[str, tuple[str, list[str | int]]] = {
        "host": ("host_recap", [meetup.code]),
        "organizer": ("campaign_recap", [slug, request.recap.slug]),
        "staff": ("admin:meetups_removalrequest_changelist", []),
    }
    name, args = pages[reader]
    return public_url(reverse(name, args=args))


def _facts_of_a_takedown(recap: Recap) -> dict:
    if recap.taken_down_at is None:
        raise MeetupError(_("The recap was given back."))
    campaign = recap.meetup.campaign
    return {
        "reason": clean_line(recap.taken_down_reason),
        "question": clean_line(recap.question),
        "campaign": clean_line(campaign.name) if campaign else "",
    }


def say_taken_down(question: str, who: str) -> str:
    words = _("Your recap “%(question)s” is not public any more. %(who)s took it down, and says why:")
    return words % {"question": question, "who": who}


def recap_taken_down(delivery: Delivery) -> Letter:
    """To the host: an organizer or the staff took the recap down, and why."""
    meetup = meetup_of(delivery)
    recap = _recap_of(meetup)
    facts = host_facts(delivery) | _facts_of_a_takedown(recap)
    by = recap.taken_down_by
    is_staff = by is None or meetup.campaign is None or not meetup.campaign.organizers.filter(user=by).exists()
    facts["what"] = say_taken_down(facts["question"], say_who(by, meetup, is_staff=is_staff))
    facts["recap_url"] = public_url(reverse("host_recap", args=[meetup.code]))
    return write_letter("recap_taken_down", facts)


def table_taken_down(delivery: Delivery) -> Letter:
    """To contributors: the recap is not public any more, and why; with the link to what they contributed."""
    guest = guest_of(delivery)
    facts = guest_facts(delivery) | _facts_of_a_takedown(_recap_of(guest.meetup))
    return write_letter("table_taken_down", facts | {"words": WORDS if contribution_of(guest) else ""}, sender=facts["host"])
