"""Who counts: one rule, told by the database and by one row in the same way."""

from itertools import product
from typing import Any

import pytest
from django.db.models import Q

from meetups.campaigns.board.facts import read_facts
from meetups.campaigns.board.numbers import add_up
from meetups.models import Guest, Meetup, Question
from meetups.models.guest import COUNTING_MOMENTS, who_counts
from meetups.models.meetup import num_people
from meetups.times import clock
from tests.factories import make_campaign, make_guest, make_meetup

pytestmark = pytest.mark.django_db
EVERY_WAY = list(product(Guest.Origin.values, *[[False, True]] * len(COUNTING_MOMENTS)))


def make_guests_of_every_kind(meetup: Meetup) -> list[Guest]:
    """Return a yes of every origin with each of the moments set or not."""
    now = clock.now()
    guests = []
    for origin, *are_set in EVERY_WAY:
        moments: dict[str, Any] = {
            moment: now if is_set else None for moment, is_set in zip(COUNTING_MOMENTS, are_set, strict=True)
        }
        guests.append(make_guest(meetup, rsvp="yes", origin=origin, **moments))
    return guests


def test_the_database_and_one_row_agree_on_who_counts():
    guests = make_guests_of_every_kind(make_meetup())

    of_database = set(Guest.objects.filter(who_counts()))

    assert of_database == {guest for guest in guests if guest.counts}
    assert set(Guest.objects.counting()) == of_database
    # Of each origin half are removed; of strangers and of friends half are missing what makes them count, and of askers and of
    # those who came by the host's link three of four: they need both.
    assert len(of_database) == 4 + 2 + 2 + 1 + 1


def test_questions_and_seats_are_of_the_same_guests():
    meetup = make_meetup()
    guests = make_guests_of_every_kind(meetup)
    for guest in guests:
        Question.objects.create(guest=guest, words="Is there a stair?")

    asked = {question.guest for question in Question.objects.for_host()}
    counted = Meetup.objects.with_guest_counts().get()

    assert asked == {guest for guest in guests if guest.counts}
    assert counted.num_yes == counted.num_invited == len(asked)
    assert Meetup.objects.annotate(n=num_people(who_counts("guests__"))).get().n == len(asked)


def test_all_figures_of_a_campaign_count_the_same_guests():
    campaign = make_campaign()
    guests = make_guests_of_every_kind(make_meetup(campaign=campaign))

    numbers = add_up(read_facts(campaign, Q()), counts_canceled=False, num_next=0)

    num = sum(guest.party_size for guest in guests if guest.counts)
    assert sum(week.yes for week in numbers.weeks) == sum(area.yes for area in numbers.areas) == num
    assert numbers.totals["yes"] == sum(guest.counts for guest in guests)
