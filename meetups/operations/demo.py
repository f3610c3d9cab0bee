"""The small demo: one true evening with invented guests, and two more meetups that came from it.

About ten people met at a friend's house over a simple meal to talk about "Transforming Power" by Judy Rebick. Its author was
there and opened the discussion; nothing she said is quoted here. Everybody else is invented, at example.org.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from hosts.models import Campaign, User
from meetups.access.address_hash import hash_address
from meetups.campaigns.services import open_campaign
from meetups.guests.services.dish import lay_table, take_dish
from meetups.guests.services.invitation import invite_guests
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.models import Consent, Contribution, Debrief, Guest, Kit, Meetup, Recap, Town
from meetups.planning.services.kit import copy_kit
from meetups.planning.services.meetup import publish_meetup, save_draft
from meetups.recaps.services.recap import make_recap_slug
from meetups.text.dishes import suggestion
from meetups.times import clock

KIT = {
    "book": {"title": "Transforming Power: From the Personal to the Political", "author": "Judy Rebick", "isbn": ""},
    "way_in": "Read any one chapter about a place you know nothing of. Or think of one time you saw "
    "people change something together, however small. Bring that.",
    "questions": "Where have you seen people change something together, without waiting for a leader?\n"
    "What would change if we organized from the bottom up, and from the heart?\n"
    "What is one thing we could do differently on our own street?",
    "run": "19:00 Shoes off, soup on\n19:45 Somebody who knows the book opens, ten minutes\n"
    "20:00 The first question, once around the table\n"
    "21:00 Bread, cheese, the other two questions\n21:45 Who opens their door next?",
    "meal": "A pot of lentil soup and good bread. Bring something to drink, or fruit.",
    "agreements": "Everybody speaks once before anybody speaks twice.\nWe ask before we answer.\n"
    "What is told here stays here, unless its owner says otherwise.",
}
GUESTS = [
    # name, came, sentence, consent
    ("Samir", True, "I came for the book and stayed for the neighbors I had never met.", Consent.EVERYONE),
    ("Joëlle", True, "Nobody at the table was an expert, and after an hour everybody was.", Consent.EVERYONE),
    ("Priya", True, "I had forgotten that a kitchen is a meeting place.", Consent.EVERYONE),
    ("Tom", True, "We disagreed about almost everything but the soup, and nobody left.", Consent.EVERYONE),
    ("Wanda", True, "My mother organized like this and never called it that.", Consent.EVERYONE),
    ("Luis", True, "I am going to knock on the door across the hall.", Consent.TABLE),
    ("Beatriz", True, "", Consent.NOBODY),
    ("Henry", True, "", Consent.NOBODY),
    ("Mei", True, "What stayed with me is how long we listened.", Consent.EVERYONE),
    ("Oksana", False, "", Consent.NOBODY),
    ("Ravi", None, "", Consent.NOBODY),
]
RECAP = {
    "question": "Where have you seen people change something together, without waiting for a leader?",
    "text": "About ten of us sat around a table meant for eight. Judy Rebick was with us and opened the discussion.\n\n"
    "We went once around with the first question. A tenants' meeting, a school kitchen, a strike, a choir. Nobody had thought "
    "of their story as politics before. By the bread and cheese we had stopped talking about the book and were talking about "
    "our street.",
    "agree": "Change that lasts begins among people who eat together.",
    "differ": "Whether you must win elections, or can do without them for a while.",
    "still_open": "How a table of ten speaks with a city of three million.",
}


@transaction.atomic
def load_demo() -> bool:
    """Write the demo and return True; on a database that has a user do nothing and return False."""
    if User.objects.exists():
        return False
    ana = _person("Ana")
    campaign = open_campaign(
        ana,
        name="Transforming Power, table by table",
        call="One book, one meal, a dozen people at a time. Open your door for an evening and ask where change begins.",
        kit=KIT,
    )
    held = _held_evening(ana, campaign)
    _upcoming(_person("Samir"), held, "Hamilton", "Ontario", days=9, seats=8, title="Transforming Power in Hamilton", num_yes=8)
    _upcoming(_person("Joëlle"), held, "Montréal", "Quebec", days=16, seats=10, title="Le pouvoir, autour d’une soupe", num_yes=6)
    return True


def _address(name: str) -> str:
    return f"{name.lower().replace('ë', 'e')}@example.org"


def _person(name: str) -> User:
    return User.objects.create_user(_address(name), shown_name=name, proven_at=clock.now() - timedelta(days=60))


def _place(town: str, region: str) -> dict[str, Any]:
    row = Town.objects.named(town).filter(country="CA").first()
    streets = {"Toronto": "214 Howland Avenue, the yellow door", "Hamilton": "31 Locke Row", "Montréal": "4075, rue des Tilleuls"}
    return {
        "street": streets[town],
        "town_name": town,
        "region": region,
        "country": "Canada",
        "town": row,
        "zone": row.zone if row else "America/Toronto",
        "door": "Second bell from the top; it sticks.",
        "parking": "Ten minutes on foot from the subway or the bus.",
        "day_phone": "+1 555 0100",
    }


def _held_evening(host: User, campaign: Campaign) -> Meetup:
    """Return the evening of some weeks ago, with its guests, the debrief and the published recap."""
    kit = copy_kit(campaign.kits.get())
    words = {"title": "Transforming Power, at a friend’s table", "seats": 10, "visibility": Meetup.Visibility.LISTED}
    meetup = Meetup(host=host, kit=kit, campaign=campaign, **words, **_place("Toronto", "Ontario"))
    meetup.date, meetup.time = _date_in(-25), time(19)
    meetup.derive_times()
    starts_at, ends_at = _hours_of(meetup)
    meetup.status, meetup.published_at = Meetup.Status.PUBLISHED, starts_at - timedelta(days=21)
    meetup.save()
    for name, came, sentence, consent in GUESTS:
        _past_guest(meetup, name, came, sentence, consent)
    parts = {name: RECAP[name] for name in ("agree", "differ", "still_open")}
    Debrief.objects.create(meetup=meetup, did_happen=True, num_came=9, next_time="A second pot of soup.", **parts)
    told_at = ends_at + timedelta(days=4)
    state = {"state": Recap.State.PUBLISHED, "published_at": told_at, "letters_sent_at": told_at}
    Recap.objects.create(meetup=meetup, slug=make_recap_slug(meetup), **state, **RECAP)
    return meetup


def _hours_of(meetup: Meetup) -> tuple[datetime, datetime]:
    """Return start and end of a meetup whose times are set."""
    if meetup.starts_at is None or meetup.ends_at is None:
        raise ValueError("this meetup has no date")
    return meetup.starts_at, meetup.ends_at


def _date_in(days: int) -> date:
    return (clock.now() + timedelta(days=days)).date()


def _past_guest(meetup: Meetup, name: str, came: bool | None, sentence: str, consent: str) -> Guest:
    rsvp = Guest.Rsvp.NO if came is None else Guest.Rsvp.YES
    answered_at = _hours_of(meetup)[0] - timedelta(days=10)
    guest = Guest.objects.create(
        meetup=meetup,
        email=_address(name),
        email_hash=hash_address(_address(name)),
        name=name,
        shown_name=name,
        rsvp=rsvp,
        attended=came,
        shows_name=True,
        invited_by=meetup.host,
        invited_at=answered_at - timedelta(days=8),
        answered_at=answered_at,
        address_proven_at=answered_at,
        could_host=name in {"Samir", "Joëlle"},
        num_answers=1,
    )
    if sentence:
        words = {"sentence": sentence, "sentence_consent": consent, "shown_as": name}
        Contribution.objects.create(meetup=meetup, guest=guest, **words)
    return guest


def _upcoming(host: User, parent: Meetup, town: str, region: str, *, days: int, seats: int, title: str, num_yes: int) -> Meetup:
    """Return a meetup that was forked from the first one, made through the same services as a host's and guests' own."""
    kit: Kit = parent.kit
    parts = {name: getattr(kit, name) for name in ("way_in", "questions", "run", "meal", "agreements")} | {"book": KIT["book"]}
    draft = save_draft(
        host,
        kit=parts,
        parent=parent,
        campaign=parent.campaign,
        copied_from=kit,
        title=title,
        word="I sat at the first of these tables and could not stop thinking about it. Come and think with me.",
        date=_date_in(days),
        time=time(19),
        seats=seats,
        visibility=Meetup.Visibility.LISTED,
        **_place(town, region),
    )
    meetup = publish_meetup(draft)
    names = ["Priya", "Tom", "Wanda", "Luis", "Mei", "Henry", "Beatriz", "Ravi", "Oksana", "Farah", "Nils"]
    people = [(name, f"{_address(name).partition('@')[0]}.{host.shown_name[0].lower()}@example.org") for name in names]
    invited = invite_guests(meetup, addresses=people, by=host, personal="It is the book I told you about.")
    for guest in invited.sent[:num_yes]:
        record_rsvp(guest, Answer(Guest.Rsvp.YES, shown_name=guest.name, shows_name=True))
    for guest, rsvp in zip(invited.sent[num_yes:], [Guest.Rsvp.YES, Guest.Rsvp.NO], strict=False):
        record_rsvp(guest, Answer(rsvp if num_yes == seats else Guest.Rsvp.MAYBE, shown_name=guest.name))
    dishes = lay_table(meetup, counts=suggestion(6))
    for guest, dish, words in zip(invited.sent, dishes, ["Lentils with lemon", "", "Rye bread"], strict=False):
        take_dish(guest, dish=dish, words=words)
    return meetup
