"""Make the rows that tests need, with invented people at example.org."""

from datetime import date, time, timedelta
from itertools import count
from typing import Any

from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from hosts.models import Campaign, Organizer, User
from hosts.signin.factor_secrets import encrypt
from hosts.signin.session_factor import SESSION_KEY
from meetups.access.address_hash import hash_address
from meetups.models import Book, Contribution, Debrief, Delivery, Dish, Guest, Kit, Meetup, Photo, Recap
from meetups.outbox.plan import plan_mailings
from meetups.times import clock

numbers = count(1)
STREET = "12 Lindenblossom Street"
DOOR = "bell Marlowe, third floor"
PARKING = "behind the bakery"
PHONE = "+1 416 555 0142"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def make_user(email: str = "", shown_name: str = "Ana", **fields) -> User:
    """Return a person who has proved the address."""
    fields.setdefault("proven_at", timezone.now() - timedelta(days=30))
    return User.objects.create_user(email or f"person{next(numbers)}@example.org", shown_name=shown_name, **fields)


make_host = make_user


def make_campaign(organizer: User | None = None, name: str = "Read Together", **fields) -> Campaign:
    """Return a campaign; `organizer` is its owner."""
    fields.setdefault("slug", f"campaign-{next(numbers)}")
    fields.setdefault("call", "Read one book this autumn, at a table.")
    campaign = Campaign.objects.create(name=name, **fields)
    if organizer:
        add_role(campaign, organizer, "owner")
    return campaign


def add_role(campaign: Campaign, user: User, role: str = "organizer") -> Organizer:
    return Organizer.objects.create(campaign=campaign, user=user, role=role)


def make_book(title: str = "Transforming Power", author: str = "Judy Rebick", **fields) -> Book:
    fields.setdefault("slug", f"book-{next(numbers)}")
    return Book.objects.get_or_create(title=title, author=author, isbn=fields.pop("isbn", ""), defaults=fields)[0]


def make_kit(**fields) -> Kit:
    fields.setdefault("book", make_book())
    fields.setdefault("way_in", "Read the first chapter, or just its last page.")
    fields.setdefault("questions", "Where have you seen people change something together?\nWhat would you try here?")
    fields.setdefault("run", "7:00 soup\n8:00 the question\n9:30 who does what")
    fields.setdefault("meal", "Soup and bread; bring something to drink.")
    return Kit.objects.create(**fields)


def make_meetup(host: User | None = None, *, in_days: float = 14, plan: bool = False, **fields) -> Meetup:
    """Return a published meetup in Toronto, at 19:00 on the wall that many days ahead (negative: held) unless date is given."""
    fields.setdefault("title", "Soup and one question")
    fields.setdefault("zone", "America/Toronto")
    fields.setdefault("status", Meetup.Status.PUBLISHED)
    fields.setdefault("time", time(19))
    if "date" not in fields:
        fields["date"] = (clock.now() + timedelta(days=in_days)).date()
    fields.setdefault("seats", 10)
    # As meetups from before a host could look first; tests of the look say so.
    fields.setdefault("looks_first", False)
    place = {"street": STREET, "town_name": "Toronto", "region": "Ontario", "postal_code": "M6G 1A1", "country": "Canada"}
    place |= {"door": DOOR, "parking": PARKING, "day_phone": PHONE}
    meetup = Meetup(host=host or make_host(), kit=fields.pop("kit", None) or make_kit(), **(place | fields))
    meetup.derive_times()
    if meetup.status != Meetup.Status.DRAFT:
        meetup.published_at = meetup.published_at or clock.now()
    meetup.save()
    if plan:
        plan_mailings(meetup)
    return meetup


def make_draft(host: User | None = None, **fields) -> Meetup:
    return make_meetup(host, status=Meetup.Status.DRAFT, **fields)


def make_held_meetup(host: User | None = None, **fields) -> Meetup:
    """Return a published meetup that ended some days ago."""
    fields.setdefault("in_days", -3)
    return make_meetup(host, **fields)


def make_begun_meetup(host: User | None = None, **fields) -> Meetup:
    """Return a published meetup that began an hour ago, whatever hour it is where the test runs."""
    began = clock.now() - timedelta(hours=1)
    return make_meetup(host, date=began.date(), time=began.time(), zone="UTC", **fields)


def make_meetup_in_a_day(**fields) -> Meetup:
    """Return a published meetup that begins 23 hours from now, whatever hour it is where the test runs."""
    begins = clock.now() + timedelta(hours=23)
    return make_meetup(date=begins.date(), time=begins.time(), zone="UTC", **fields)


def make_guest(meetup: Meetup, email: str | None = "", **fields) -> Guest:
    """Return a guest; without an email argument one is invented, with None there is none."""
    number = next(numbers)
    if email == "":
        email = f"guest{number}@example.org"
    fields.setdefault("name", f"Guest {number}")
    fields.setdefault("shown_name", fields["name"])
    if fields.get("rsvp", "invited") != "invited":
        fields.setdefault("answered_at", clock.now() - timedelta(days=2))
        if email and not fields.get("said_by_host") and fields.get("origin", "host") == "host":
            # They answered behind their link, as guests do.
            fields.setdefault("address_proven_at", fields["answered_at"])
    if fields.get("rsvp") == "waiting":
        fields.setdefault("waiting_since", clock.now())
    return Guest.objects.create(meetup=meetup, email=email, email_hash=hash_address(email) if email else "", **fields)


def make_dish(meetup: Meetup, kind: str = "bread", **fields) -> Dish:
    """Return a dish the host asked for; with `guest`, one that is taken."""
    if fields.get("guest"):
        fields.setdefault("taken_at", clock.now())
    return Dish.objects.create(meetup=meetup, kind=kind, **fields)


def make_full_evening(host: User | None = None) -> Guest:
    """Return a guest with a seat, at a table of twelve guests, six dishes and a word from the host."""
    meetup = make_meetup(host, seats=12, word="Come as you are and bring one thought.\n\nThe stairs are steep, the dog is kind.")
    shown: dict[str, Any] = {"shows_name": True, "diet": "no nuts"}
    guests = [make_guest(meetup, rsvp="yes", shown_name=f"Guest {letter}", **shown) for letter in "ABCDEFGHIJKL"]
    for guest, kind, words in zip(guests, ["dessert", "main", "side"], ["Plum cake", "Lentils", "Beans"], strict=False):
        make_dish(meetup, kind, guest=guest, words=words, feeds=6)
    for kind in ("main", "bread", "drink"):
        make_dish(meetup, kind, feeds=6)
    return guests[0]


def make_factor(user: User, kind: str = "totp") -> Authenticator:
    """Return a second factor, an authenticator app or "recovery_codes", with its secret encrypted as the site does it."""
    data = {"secret": encrypt(TOTP_SECRET)} if kind == "totp" else {"seed": encrypt("c" * 40), "used_mask": 0}
    return Authenticator.objects.create(user=user, type=kind, data=data)


def sign_in_with_factor(client: Client, user: User) -> None:
    """Sign somebody in as after a code by mail and one of their authenticator app, which they get where they have none."""
    factor = Authenticator.objects.filter(user=user, type="totp").first() or make_factor(user)
    client.force_login(user)
    session = client.session
    session[SESSION_KEY] = [user.pk, factor.pk]
    session.save()


def make_delivery(kind: str, *, guest: Guest | None = None, user: User | None = None, **fields) -> Delivery:
    """Return a queued delivery that is due now."""
    now = clock.now()
    meetup = fields.pop("meetup", guest.meetup if guest else None)
    times = {"due_at": now, "next_try_at": now, "not_after": now + timedelta(days=7)}
    fields.setdefault("dedupe_key", f"{kind}:test:{next(numbers)}")
    return Delivery.objects.create(kind=kind, guest=guest, user=user, meetup=meetup, **(times | fields))


def make_debrief(meetup: Meetup, **fields) -> Debrief:
    fields.setdefault("did_happen", True)
    fields.setdefault("num_came", 8)
    fields.setdefault("agree", "People change things together or not at all.")
    fields.setdefault("differ", "Whether to begin with the city or the street.")
    fields.setdefault("still_open", "Who calls the next one?")
    return Debrief.objects.create(meetup=meetup, **fields)


def make_contribution(guest: Guest, sentence: str = "I left less alone than I came.", **fields) -> Contribution:
    fields.setdefault("sentence_consent", "everyone")
    fields.setdefault("shown_as", "Maria, Toronto")
    return Contribution.objects.create(meetup=guest.meetup, guest=guest, sentence=sentence, **fields)


def make_others_speak(meetup: Meetup, number: int = 2) -> list[Contribution]:
    """Add public sentences of that many other guests: from three voices on they are shown."""
    guests = [make_guest(meetup, rsvp="yes", attended=True) for _n in range(number)]
    facts = {"shown_as": "", "position": 50}
    return [make_contribution(guest, f"Another word, number {n}.", **facts) for n, guest in enumerate(guests)]


def let_all_stand(meetup: Meetup) -> None:
    """Let the host show whatever is pending review."""
    Contribution.objects.filter(meetup=meetup).update(waits_since=None)
    Photo.objects.filter(contribution__meetup=meetup).update(waits_since=None)


def make_recap(meetup: Meetup, **fields) -> Recap:
    """Return a published recap."""
    fields.setdefault("slug", f"transforming-power-{next(numbers)}")
    fields.setdefault("state", Recap.State.PUBLISHED)
    fields.setdefault("question", "Where have you seen people change something together?")
    fields.setdefault("text", "Eight of us sat down to soup.")
    fields.setdefault("agree", "People change things together or not at all.")
    if fields["state"] == Recap.State.PUBLISHED:
        fields.setdefault("published_at", clock.now())
    return Recap.objects.create(meetup=meetup, **fields)


def day(text: str) -> date:
    """Return the date of an ISO text."""
    return date.fromisoformat(text)
