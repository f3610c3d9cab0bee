"""An invented site of any size: as many of everything as was asked for, the same for a seed, and nobody real."""

import pytest
from django.core.management import CommandError, call_command

from hosts.models import Campaign, User
from meetups.models import Contribution, Delivery, Guest, Mailing, Meetup, Recap
from meetups.operations.sweep import sweep

pytestmark = pytest.mark.django_db


def invent(**sizes: int) -> None:
    call_command("demo", **{"meetups": 60, "guests": 500} | sizes)


def test_there_are_as_many_as_asked_for_of_every_sort():
    invent(due=7)

    assert (Meetup.objects.count(), Guest.objects.count()) == (60, 500)
    assert set(Meetup.objects.values_list("visibility", flat=True)) == {"private", "link", "listed"}
    assert Meetup.objects.held().exists() and Meetup.objects.upcoming().exists()
    assert Recap.objects.public().exists() and Contribution.objects.public().exists()
    assert Mailing.objects.pending().exists()
    assert Delivery.objects.due().count() == 7
    assert not Mailing.objects.due().exists()


def test_nobody_has_an_address_that_goes_anywhere_and_no_table_is_overbooked():
    invent(guests=1500)

    emails = [*Guest.objects.values_list("email", flat=True), *User.objects.values_list("email", flat=True)]
    assert {email.rpartition("@")[2] for email in emails} == {"example.org"}
    assert [meetup for meetup in Meetup.objects.with_seat_counts() if meetup.num_yes > meetup.seats] == []
    assert Guest.objects.waiting().exists()


def test_the_same_seed_invents_the_same_site_and_another_one_another():
    names = ["code", "title", "visibility", "town_name"]
    invent(seed=4)
    first = list(Meetup.objects.order_by("pk").values_list(*names))
    for model in [Delivery, Mailing, Contribution, Guest, Recap, Meetup, Campaign, User]:
        model.objects.all().delete()
    invent(seed=4)
    again = list(Meetup.objects.order_by("pk").values_list(*names))
    invent(seed=5)

    assert again == first
    assert not set(first) & set(Meetup.objects.order_by("pk").values_list(*names)[60:])


def test_a_seed_is_good_once():
    invent()

    with pytest.raises(CommandError, match="take another"):
        invent()


def test_letters_that_are_due_leave(settings, tmp_path):
    settings.MAIL_IS_FILES, settings.MAIL_DIR = True, tmp_path / "mail"
    invent(due=5)

    assert sweep()["sent"] == 5
