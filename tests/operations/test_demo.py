"""The small demo: what somebody sees who starts the site for the first time."""

import pytest
from django.core.management import call_command

from meetups.guests.services.seats import num_seats_free
from meetups.models import Delivery, Guest, Meetup, Recap

pytestmark = pytest.mark.django_db


def test_the_demo_tells_one_evening_and_the_two_that_came_from_it():
    call_command("demo")

    held = Meetup.objects.held().get()
    full, free = Meetup.objects.upcoming()
    assert (full.parent, free.parent) == (held, held)
    assert (num_seats_free(full), num_seats_free(free)) == (0, 4)
    assert full.guests.waiting().count() == 1
    assert Recap.objects.public().get().meetup == held
    assert {meetup.town_name for meetup in (held, full, free)} == {"Toronto", "Hamilton", "Montréal"}


def test_all_invented_people_have_addresses_that_go_nowhere():
    call_command("demo")

    addresses = Guest.objects.values_list("email", flat=True)
    assert {address.rpartition("@")[2] for address in addresses} == {"example.org"}


def test_the_demo_owes_letters_as_any_meetup_does():
    call_command("demo")

    assert Delivery.objects.filter(kind="invitation").count() == 22


def test_a_second_demo_changes_nothing():
    call_command("demo")

    call_command("demo")

    assert Meetup.objects.count() == 3
