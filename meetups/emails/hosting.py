"""Letters to hosts and organizers. The site writes them in its own name."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from hosts.models import Campaign
from meetups.emails.facts import host_dish_facts, host_facts, public_url, user_facts
from meetups.emails.letter import Letter, write_letter
from meetups.exceptions import MeetupError
from meetups.forecast import Forecast, forecast
from meetups.matching import count_readers, meetings_of
from meetups.models import Contribution, Delivery, Guest, Meetup, Needs
from meetups.plain import clean_line, shorten
from meetups.potluck import list_words

MOST_ROWS = 40
LONGEST_NOTE = 200


def _seen(meetup: Meetup):
    return Guest.objects.seen().filter(meetup=meetup)


def _counts(meetup: Meetup) -> dict:
    """Return people, not rows: how many said what."""
    seen = _seen(meetup)
    return {
        "num_yes": seen.yes().num_people(),
        "num_maybe": seen.filter(rsvp=Guest.Rsvp.MAYBE).num_people(),
        "num_waiting": seen.waiting().num_people(),
        "num_no": seen.filter(rsvp=Guest.Rsvp.NO).count(),
        "seats": meetup.seats,
    }


def _forecast(meetup: Meetup) -> Forecast:
    parties = []
    for guest in _seen(meetup).filter(rsvp__in=[Guest.Rsvp.YES, Guest.Rsvp.MAYBE]).only("rsvp", "party_size", "confirmed_at"):
        is_confirmed = guest.rsvp == Guest.Rsvp.YES and guest.confirmed_at is not None
        parties.append(("confirmed" if is_confirmed else guest.rsvp, guest.party_size))
    return forecast(parties)


def places_to_lay(delivery: Delivery) -> Letter:
    """The day before, to the host: how many to lay for, who has not confirmed, who does not eat what, who brings what."""
    facts = host_facts(delivery)
    coming = list(_seen(delivery.meetup).yes().select_related("needs").order_by("answered_at", "pk"))
    unconfirmed = [clean_line(guest.called) for guest in coming if guest.confirmed_at is None]
    eaters = [guest for guest in coming if guest.diet]
    diets = [{"name": clean_line(guest.called), "diet": shorten(clean_line(guest.diet), LONGEST_NOTE)} for guest in eaters]
    places = _forecast(delivery.meetup)
    facts |= _counts(delivery.meetup) | {
        "low": places.low,
        "likely": places.likely,
        "high": places.high,
        "num_confirmed": sum(guest.party_size for guest in coming if guest.confirmed_at),
        "unconfirmed": unconfirmed[:MOST_ROWS],
        "num_more_unconfirmed": max(0, len(unconfirmed) - MOST_ROWS),
        "diets": diets[:MOST_ROWS],
        "num_more_diets": max(0, len(diets) - MOST_ROWS),
    }
    facts |= host_dish_facts(delivery.meetup) | _party_facts(coming) | _needs_facts(coming)
    return write_letter("places_to_lay", facts)


def _party_facts(coming: list[Guest]) -> dict:
    """Return who comes along with whom, how many are children, and how many have read the book: by whom, nobody is told."""
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
    """Six short questions; the recap's draft is already there."""
    meetup = delivery.meetup
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


def _asking(meetup: Meetup) -> list[dict]:
    """Return the friends of guests who wait for the host's yes or no, whenever they asked."""
    rows = Guest.objects.filter(meetup=meetup, origin=Guest.Origin.FRIEND, removed_at=None, admitted_at=None, refused_at=None)
    rows = rows.filter(rsvp=Guest.Rsvp.INVITED, address_proven_at__isnull=False, brought_by__blocked_at=None)
    return [
        {"by": clean_line(row.brought_by.called) if row.brought_by else ""} | _answer_row(row)
        for row in rows.select_related("brought_by").order_by("answered_at", "pk")
    ]


def host_answers(delivery: Delivery) -> Letter:
    """Who answered what in the last hour, and how things stand now. Raises MeetupError when nobody did."""
    since = delivery.context.get("since")
    answered = _seen(delivery.meetup).filter(answered_at__isnull=False).exclude(rsvp=Guest.Rsvp.INVITED)
    if since:
        answered = answered.filter(answered_at__gte=datetime.fromisoformat(since))
    rows = [_answer_row(guest) for guest in answered.select_related("needs").order_by("answered_at", "pk")]
    asking = _asking(delivery.meetup)
    if not rows and not asking:
        raise MeetupError(_("Nobody has answered since."))
    facts = host_facts(delivery) | _counts(delivery.meetup)
    facts |= {"rows": rows[:MOST_ROWS], "num_more": max(0, len(rows) - MOST_ROWS), "num_answers": len(rows)}
    facts |= {"asking": asking[:MOST_ROWS], "num_asking": len(asking)}
    return write_letter("host_answers", facts)


def host_full(delivery: Delivery) -> Letter:
    """The table is full, and how many wait."""
    return write_letter("host_full", host_facts(delivery) | _counts(delivery.meetup))


def organizer_added(delivery: Delivery) -> Letter:
    """Somebody made this person an organizer of a campaign. Raises MeetupError when the campaign is gone."""
    campaign = Campaign.objects.filter(pk=delivery.context.get("campaign")).first()
    if campaign is None:
        raise MeetupError(_("This campaign does not exist any more."))
    by = clean_line(str(delivery.context.get("by") or ""))
    facts = user_facts(delivery) | {
        "campaign": clean_line(campaign.name),
        "campaign_in_subject": shorten(clean_line(campaign.name), 60),
        "by": by,
        "campaign_url": public_url(campaign.get_absolute_url()),
        "is_to_organizer": True,
        "dashboard": public_url(reverse("dashboard", args=[campaign.slug])),
    }
    return write_letter("organizer_added", facts, sender=by)
