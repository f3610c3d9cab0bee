"""Rows for the benchmarks, made and checked inside the site that is measured."""

import secrets
from collections import Counter
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.bare.models import Answer, Evening
from hosts.models import User
from meetups.access.address_hash import hash_address
from meetups.access.tokens import make_guest_token
from meetups.models import Delivery, Guest, Meetup
from tests.factories import make_contribution, make_full_evening, make_guest, make_held_meetup, make_meetup, make_recap, make_user

WORD = "Come as you are and bring one thought.\n\nThere is soup for everybody; the cat is friendly. We begin at seven sharp."


def make_host() -> User:
    """Make a host nobody else has made: each call from outside is a process of its own, whose counters begin anew."""
    return make_user(f"host-{secrets.token_hex(8)}@example.org")


def make_evening(code: str, *, seats: int) -> str:
    """Make a row for the ceilings; return its code."""
    starts_at = timezone.now() + timedelta(days=14)
    return Evening.objects.create(code=code, title="Soup and one question", starts_at=starts_at, seats=seats).code


def count_answers(code: str) -> tuple[int, int]:
    """Return (answers with a seat, all answers) of the bare storm."""
    answers = Answer.objects.filter(evening__code=code)
    return answers.filter(rsvp="yes").count(), answers.count()


def make_open_table() -> str:
    """Make a listed meetup with a word, six answers of yes, two in line, three open; return the path of its page."""
    meetup = make_meetup(make_host(), visibility="listed", word=WORD)
    for rsvp in ["yes"] * 6 + ["waiting"] * 2 + ["invited"] * 3 + ["no"]:
        make_guest(meetup, rsvp=rsvp)
    return meetup.get_absolute_url()


def make_seated_guest() -> str:
    """Make a guest with a seat at a table of twelve; return the path of the link."""
    meetup = make_meetup(make_host(), seats=14, word=WORD, plan=True)
    guests = [make_guest(meetup, rsvp="yes", shows_name=True) for _ in range(12)]
    return f"/r/{make_guest_token(guests[0])}"


def make_told_recap() -> str:
    """Make a recap of twelve sentences without a photo; return its path."""
    meetup = make_held_meetup(make_host())
    for number in range(12):
        words = f"Sentence {number}: I came for the soup and left with a question that I had not brought."
        make_contribution(make_guest(meetup, rsvp="yes", attended=True), words, shown_as=f"Guest {number}", position=number)
    said = "We agree that it begins at a table.\nAnd that somebody has to ask first."
    return make_recap(meetup, text=WORD, agree=said, differ="City or street.", still_open="Who is next?").get_absolute_url()


def make_full_table() -> str:
    """Make a table of twelve guests and six dishes; return the path of the link of one with a seat."""
    return f"/r/{make_guest_token(make_full_evening(make_host()))}"


def make_table_links() -> list[str]:
    """Make a table of twelve guests and six dishes; return the paths of all their links."""
    return [f"/r/{make_guest_token(guest)}" for guest in make_full_evening(make_host()).meetup.guests.order_by("pk")]


def make_hot_table(num_guests: int, *, seats: int) -> tuple[int, list[str]]:
    """Make a meetup with that many invited guests; return its number and the paths of their links."""
    meetup = make_meetup(make_host(), seats=seats, plan=True)
    emails = [f"hot{meetup.pk}-{number}@example.org" for number in range(num_guests)]
    guests = [Guest(meetup=meetup, email=email, email_hash=hash_address(email), name="Guest") for email in emails]
    Guest.objects.bulk_create(guests)
    return meetup.pk, [f"/r/{make_guest_token(guest)}" for guest in guests]


def count_page_queries(path: str) -> int:
    """Return how many queries one GET makes; a first one warms what a process asks once."""
    client = Client(headers={"host": "localhost"})
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def count_answer_queries() -> int:
    """Return how many statements one yes makes that is not the first of the hour, BEGIN and COMMIT left out."""
    client = Client(headers={"host": "localhost"})
    _pk, paths = make_hot_table(3, seats=50)
    client.post(paths[0], {"rsvp": "yes", "party_size": "1"})
    client.post(paths[1], {"rsvp": "yes", "party_size": "1"})
    with CaptureQueriesContext(connection) as queries:
        assert client.post(paths[2], {"rsvp": "yes", "party_size": "1"}).status_code == 303
    return sum(not query["sql"].startswith(("BEGIN", "COMMIT")) for query in queries.captured_queries)


def check_storm(pk: int) -> tuple[int, int]:
    """Return (people beyond the seats, answers or letters that are missing, doubled or wrong) of a storm of yes."""
    meetup = Meetup.objects.get(pk=pk)
    guests = meetup.guests.all()
    taken = guests.yes().num_people()
    letters = {guest.pk: Counter() for guest in guests}
    for guest_id, kind in Delivery.objects.filter(meetup=meetup, guest__isnull=False).values_list("guest", "kind"):
        letters[guest_id][kind] += 1
    expected = {"yes": {Delivery.Kind.CONFIRMATION: 1}, "waiting": {Delivery.Kind.WAITING: 1}}
    wrong = sum(letters[guest.pk] != expected.get(guest.rsvp) for guest in guests)
    empty = max(0, min(meetup.seats, len(guests)) - taken)
    told = Delivery.objects.filter(meetup=meetup, kind=Delivery.Kind.HOST_FULL).count()
    return max(0, taken - meetup.seats), wrong + empty + (told != (taken >= meetup.seats))
