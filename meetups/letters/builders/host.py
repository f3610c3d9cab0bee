"""Letters to hosts and organizers, in the name of the site."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from meetups.access.matching import count_readers, meetings_of
from meetups.exceptions import MeetupError
from meetups.guests.services.friend import awaiting_at
from meetups.guests.services.seats import find_idle_seats
from meetups.letters.context import host_dish_facts, host_facts, meetup_of, public_url
from meetups.letters.letter import Letter, write_letter
from meetups.models import Contribution, Delivery, Guest, Meetup, Needs, Recap
from meetups.planning.attendance_forecast import forecast_of
from meetups.planning.seat_words import say_idle_seats
from meetups.text.clean import clean_line, shorten
from meetups.text.dishes import list_words
from meetups.times import clock

MOST_ROWS = 40
LONGEST_NOTE = 200


def _counting(meetup: Meetup):
    return Guest.objects.counting().filter(meetup=meetup)


def _counts(meetup: Meetup) -> dict:
    """Return people, not rows: how many said what."""
    counting = _counting(meetup)
    return {
        "num_yes": counting.yes().num_people(),
        "num_maybe": counting.filter(rsvp=Guest.Rsvp.MAYBE).num_people(),
        "num_waiting": counting.waiting().num_people(),
        "num_no": counting.filter(rsvp=Guest.Rsvp.NO).count(),
        "seats": meetup.seats,
    }


def places_to_lay(delivery: Delivery) -> Letter:
    """The day before: how many places to lay, who has not confirmed, diets, and who brings what."""
    meetup, facts = meetup_of(delivery), host_facts(delivery)
    guests = list(_counting(meetup).select_related("needs").order_by("answered_at", "pk"))
    for guest in guests:
        guest.meetup = meetup
    coming = [guest for guest in guests if guest.rsvp == Guest.Rsvp.YES]
    unconfirmed = [clean_line(guest.called) for guest in coming if guest.confirmed_at is None]
    eaters = [guest for guest in coming if guest.diet_words]
    diets = [{"name": clean_line(guest.called), "diet": shorten(clean_line(guest.diet_words), LONGEST_NOTE)} for guest in eaters]
    places = forecast_of(meetup, guests, now=clock.now())
    facts |= _counts(meetup) | {
        "low": places.low,
        "high": places.high,
        "num_confirmed": sum(guest.party_size for guest in coming if guest.confirmed_at),
        "unconfirmed": unconfirmed[:MOST_ROWS],
        "num_more_unconfirmed": max(0, len(unconfirmed) - MOST_ROWS),
        "diets": diets[:MOST_ROWS],
        "num_more_diets": max(0, len(diets) - MOST_ROWS),
    }
    facts |= host_dish_facts(meetup) | _party_facts(coming) | _needs_facts(coming)
    return write_letter("places_to_lay", facts)


def _party_facts(coming: list[Guest]) -> dict:
    """Return who comes along with whom, how many are children, and how many have read the book, without names."""
    brought = [guest for guest in coming if guest.companions or guest.num_children]
    parties = [
        {
            "name": clean_line(guest.called),
            "others": list_words([clean_line(name) for name in guest.companions]),
            "num_children": guest.num_children,
        }
        for guest in brought
    ]
    return {
        "num_children": sum(guest.num_children for guest in coming),
        "parties": parties[:MOST_ROWS],
        "num_more_parties": max(0, len(parties) - MOST_ROWS),
        "read": [str(words) for words in count_readers(coming)],
    }


def _name_of(row: Needs) -> str:
    return clean_line(row.guest.called)


def _needs_row(row: Needs) -> dict:
    wants, offers = clean_line(", ".join(row.wanted)), clean_line(", ".join(row.offered))
    return {"name": _name_of(row), "wants": wants, "offers": offers}


def _needs_facts(coming: list[Guest]) -> dict:
    """Return what those who come need and offer, and whose offer meets whose need (R108: the body of this letter alone)."""
    needs = [guest.own_needs for guest in coming if not guest.own_needs.is_empty]
    rows = [_needs_row(row) for row in needs]
    pairs = [
        {"what": meeting.title, "wants": _name_of(meeting.wants), "offers": _name_of(meeting.offers)}
        for meeting in meetings_of(needs)
    ]
    return {
        "needs": rows[:MOST_ROWS],
        "num_more_needs": max(0, len(rows) - MOST_ROWS),
        "pairs": pairs[:MOST_ROWS],
        "num_more_pairs": max(0, len(pairs) - MOST_ROWS),
    }


def debrief(delivery: Delivery) -> Letter:
    """Six short questions after the evening, with links to the draft of the recap."""
    meetup = meetup_of(delivery)
    urls = {page: public_url(reverse(f"host_{page}", args=[meetup.code])) for page in ["debrief", "recap", "came"]}
    num_sentences = Contribution.objects.standing().of_table().filter(meetup=meetup).exclude(sentence="").count()
    facts = host_facts(delivery) | {f"{page}_url": url for page, url in urls.items()} | {"num_sentences": num_sentences}
    return write_letter("debrief", facts)


def _answer_row(guest: Guest) -> dict:
    return {
        "name": clean_line(guest.called),
        "rsvp": guest.rsvp,
        "party_size": guest.party_size,
        "note": shorten(clean_line(guest.note_for_host), LONGEST_NOTE),
        "asks_again": guest.asks_again,
        "could_host": guest.rsvp == Guest.Rsvp.NO and guest.could_host,
        "wants": clean_line(", ".join(guest.own_needs.wanted)),
    }


def _friends_to_admit(meetup: Meetup) -> list[dict]:
    """Return those who asked and about whom the host has not decided yet, whenever they asked."""
    rows = awaiting_at(meetup).select_related("brought_by").order_by("answered_at", "pk")
    return [{"by": clean_line(row.brought_by.called) if row.brought_by else ""} | _answer_row(row) for row in rows]


def host_answers(delivery: Delivery) -> Letter:
    """Who answered what in the last hour, whose sentence came for the recap, that it became public, seats that stay free although
    people wait, and the numbers now. Raises MeetupError where there is nothing of all that."""
    meetup, since = meetup_of(delivery), delivery.context.get("since")
    answered = _counting(meetup).filter(answered_at__isnull=False).exclude(rsvp=Guest.Rsvp.INVITED)
    if since:
        answered = answered.filter(answered_at__gte=datetime.fromisoformat(since))
    rows = [_answer_row(guest) for guest in answered.select_related("needs").order_by("answered_at", "pk")]
    friends = _friends_to_admit(meetup)
    idle = _idle_seats(meetup)
    told = _told_since(meetup, since)
    if not rows and not friends and not idle and not any(told.values()):
        raise MeetupError(_("Nobody has answered since."))
    facts = host_facts(delivery) | _counts(meetup) | told | {"idle": idle, "is_over": meetup.has_ended}
    facts |= {"rows": rows[:MOST_ROWS], "num_more": max(0, len(rows) - MOST_ROWS), "num_answers": len(rows)}
    facts |= {"friends": friends[:MOST_ROWS], "num_friends": len(friends), "are_friends": all(row["by"] for row in friends)}
    return write_letter("host_answers", facts)


def _told_since(meetup: Meetup, since: str | None) -> dict:
    """Return who left a sentence for the recap since then, with the page to read it on, and the address of a recap that became
    public since. Sentences that the host has to look at have a letter of their own."""
    if not since or not meetup.has_started:
        return {"num_sentences": 0, "sentences_of": "", "recap_page": "", "public_recap": ""}
    moment = datetime.fromisoformat(since)
    left = Contribution.objects.standing().of_table().filter(meetup=meetup, created_at__gte=moment, waits_since=None)
    names = [
        clean_line(row.guest.called) for row in left.exclude(sentence="").select_related("guest").order_by("created_at", "pk")
    ]
    recap = Recap.objects.public().filter(meetup=meetup, published_at__gte=moment).first()
    return {
        "num_sentences": len(names),
        "sentences_of": list_words(names[:MOST_ROWS]),
        "recap_page": public_url(reverse("host_recap", args=[meetup.code])) if names else "",
        "public_recap": public_url(recap.get_absolute_url()) if recap else "",
    }


def _idle_seats(meetup: Meetup) -> str:
    guests = list(_counting(meetup).filter(rsvp__in=[Guest.Rsvp.YES, Guest.Rsvp.WAITING]).order_by("waiting_since", "pk"))
    for guest in guests:
        guest.meetup = meetup
    idle = find_idle_seats(meetup, guests)
    return say_idle_seats(idle) if idle and idle.passed else ""


def host_full(delivery: Delivery) -> Letter:
    """The table is full, and how many people are on the waiting list."""
    return write_letter("host_full", host_facts(delivery) | _counts(meetup_of(delivery)))


def cohost_added(delivery: Delivery) -> Letter:
    """Somebody asks this person to host an evening together, or to take it over."""
    by = clean_line(str(delivery.context.get("by") or ""))
    facts = host_facts(delivery) | {"by": by, "is_offer": bool(delivery.context.get("is_offer"))}
    facts["hosts_page"] = public_url(reverse("host_cohosts", args=[meetup_of(delivery).code]))
    return write_letter("cohost_added", facts, sender=by)
