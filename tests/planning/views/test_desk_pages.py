"""The desk of a host."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from meetups.models import Guest, Needs
from meetups.times import clock
from tests.factories import (
    make_debrief,
    make_delivery,
    make_dish,
    make_draft,
    make_guest,
    make_held_meetup,
    make_meetup,
    make_recap,
)
from tests.planning.host_pages import step

pytestmark = pytest.mark.django_db


# The desk ------------------------------------------------------------------------------------------------------------


def test_step_names_what_the_table_lacks_once_its_seats_are_taken(door, host):
    full = make_meetup(host, seats=1, in_days=9)
    make_guest(full, rsvp="yes")
    make_dish(full, "bread")
    make_dish(full, "dessert", given_back_at=clock.now())

    html = door.get(full.get_desk_url()).content.decode()

    assert step(door, full) == "Your table is full. It still lacks bread and a dessert."
    assert f'href="/host/{full.code}/table/"' in html
    assert "0 of 2 dishes are taken." in html
    assert "one was given back" in html


def test_the_desk_says_what_is_best_done_next(door, host):
    draft, ready = make_draft(host, street=""), make_draft(host)
    empty, begun = make_meetup(host), make_meetup(host)
    make_guest(begun)
    full = make_meetup(host, seats=1)
    make_guest(full, rsvp="yes")
    held, told, drafted, public = (make_held_meetup(host) for _number in range(4))
    make_guest(held, rsvp="yes")
    make_guest(told, rsvp="yes", attended=True)
    make_debrief(drafted)
    make_recap(public)

    assert step(door, draft) == "Before you can publish it, it needs the street and number."
    assert step(door, ready) == "All is there. Look it over and publish it."
    assert step(door, empty).startswith("It is published. Now invite your guests")
    assert step(door, begun).startswith("10 seats are free. For 10 at the table invite 40 more.")
    assert step(door, full).startswith("Your table is full.")
    assert step(door, held) == "How was it? First tick who came."
    assert step(door, told).startswith("Six short questions")
    assert step(door, drafted).startswith("The recap is drafted.")
    assert step(door, public).startswith("The recap is out.")


def test_the_desk_names_who_has_not_confirmed_the_day_before(door, host, moved_clock):
    meetup = make_meetup(host)
    moved_clock(to=meetup.starts_at - timedelta(hours=20))
    make_guest(meetup, name="Maria", rsvp="yes")
    make_guest(meetup, name="Omar", rsvp="yes", confirmed_at=clock.now())

    assert step(door, meetup) == "Call those who have not confirmed: Maria. A call brings more guests than any letter."


def test_the_desk_shows_answers_words_and_diets_and_nobody_unseen(door, host):
    meetup = make_meetup(host, seats=10)
    make_guest(meetup, name="Maria", rsvp="yes", party_size=2, diet="nuts", note="I bring my flute")
    make_guest(meetup, name="Waiting Will", rsvp="waiting", party_size=2)
    make_guest(meetup, name="Unproven Una", origin=Guest.Origin.SELF)
    make_guest(meetup, name="Removed Rob", rsvp="yes", removed_at=clock.now())

    page = door.get(meetup.get_desk_url()).content.decode()

    assert "2 of 10 seats taken, 2 waiting" in page
    assert "Does not eat: nuts" in page
    assert "I bring my flute" in page
    assert "Waiting Will" in page
    assert "Una" not in page
    assert "Rob" not in page


@pytest.mark.parametrize(
    ("num_guests", "words"),
    [
        (1, "Lay for 1 guest. On four evenings out of five between 0 and 1 come."),
        (6, "Lay for 5 guests. On four evenings out of five between 1 and 5 come."),
    ],
)
def test_the_desk_says_how_many_places_to_lay(door, host, num_guests, words):
    meetup = make_meetup(host)
    for _ in range(num_guests):
        make_guest(meetup, rsvp="yes")

    assert words in " ".join(door.get(meetup.get_desk_url()).content.decode().split())


def test_the_desk_says_in_plain_words_what_did_not_arrive(door, host):
    meetup = make_meetup(host)
    lost, found = make_guest(meetup, name="Maria"), make_guest(meetup, name="Omar")
    earlier, later = clock.now() - timedelta(hours=2), clock.now()
    failed = {"state": "failed", "last_code": 550, "last_words": "5.1.1 user unknown", "finished_at": earlier}
    make_delivery("invitation", guest=lost, **failed)
    make_delivery("invitation", guest=found, **failed)
    make_delivery("seven_days", guest=found, state="sent", finished_at=later)

    page = door.get(meetup.get_desk_url())

    assert {pk: letter.why for pk, letter in page.context["missed"].items()} == {
        lost.pk: "There is no such address. Is it spelled right?"
    }
    assert "The last letter to one guest did not arrive" in page.content.decode()


def test_the_desk_shows_letters_gone_and_to_come(door, host):
    meetup = make_meetup(host, in_days=10, plan=True)
    gone = meetup.mailings.get(kind="seven_days")
    gone.fanned_out_at, gone.num_owed = clock.now(), 4
    gone.save()
    for _number in range(4):
        make_delivery("seven_days", guest=make_guest(meetup), mailing=gone, state="sent", finished_at=clock.now())

    rows = door.get(meetup.get_desk_url()).context["letters"]

    assert [(row.title, row.css) for row in rows[:3]] == [
        ("Can you come?", "is-done"), ("The host's letter", "is-next"), ("Please confirm", ""),
    ]  # fmt: skip
    assert rows[0].to == "gone, 4 letters, to no answer yet, or maybe"
    assert rows[1].to == "everyone who said yes or maybe; today that is 0"


@pytest.mark.parametrize(("visibility", "is_shown"), [("private", False), ("link", True), ("listed", True)])
def test_the_desk_shows_a_link_to_share_unless_it_is_private(door, host, visibility, is_shown, settings):
    meetup = make_meetup(host, visibility=visibility)

    page = door.get(meetup.get_desk_url()).content.decode()

    assert (f"{settings.PUBLIC_URL}/m/{meetup.code}/" in page) is is_shown


def test_the_desk_asks_the_database_as_often_for_three_guests_as_for_one(door, host, django_assert_num_queries):
    meetup = make_meetup(host, plan=True, in_days=20)

    def add(name: str):
        guest = make_guest(meetup, name=name, rsvp="yes")
        make_guest(meetup, rsvp="waiting")
        make_delivery("invitation", guest=guest, state="failed", finished_at=clock.now())

    add("one")
    with django_assert_num_queries(10):
        door.get(meetup.get_desk_url())
    add("two")
    add("three")
    with django_assert_num_queries(10):
        door.get(meetup.get_desk_url())


def test_a_held_meetup_leads_to_what_comes_after(door, host):
    meetup = make_held_meetup(host)

    page = door.get(meetup.get_desk_url()).content.decode()

    for name in ["host_came", "host_debrief", "host_recap"]:
        assert reverse(name, args=[meetup.code]) in page
    assert reverse("host_invite", args=[meetup.code]) not in page


def test_no_page_of_the_host_carries_inline_style_or_script(door, host):
    meetup, draft = make_meetup(host, plan=True), make_draft(host)
    make_guest(meetup, rsvp="yes")
    paths = ["/host/", "/host/new/", f"/host/{draft.code}/publish/", f"/host/{draft.code}/edit/", f"/host/{draft.code}/delete/"]
    paths += [f"/host/{meetup.code}/{page}" for page in ["", "edit/", "move/", "cancel/", "invite/", "guests/add/"]]

    for path in paths:
        page = door.get(path, follow=True).content.decode()
        assert page.count("<h1") == 1, path
        assert " style=" not in page, path
        assert not re.search(r"<script(?! src=\"/static/js/\w+\.\w*\.?js\" defer></script>)", page), path


# Who comes along, and what they need -------------------------------------------------------------------------------


def test_the_desk_shows_who_comes_along_what_they_need_and_how_many_have_read(door, host):
    meetup = make_meetup(host, seats=8)
    maria = make_guest(meetup, name="Maria", rsvp="yes", party_size=3, party_names="Ilse", num_children=1, has_read="fully")
    ben = make_guest(meetup, name="Ben", rsvp="yes", has_read="not_yet")
    make_guest(meetup, name="Ada", rsvp="no", asks_again=True)
    Needs.objects.create(guest=maria, wants_ride=True, wants_step_free=True, contact="416 555 0101")
    Needs.objects.create(guest=ben, offers_ride=True, ride_seats=3)

    said = " ".join(re.sub(r"<[^>]+>", " ", door.get(meetup.get_desk_url()).content.decode()).split())

    assert "1 child comes along. 1 would like to be asked again. The book: 1 has read all of it and 1 not yet." in said
    assert "With Ilse, 1 child" in said
    assert "needs a ride, a way in without steps 416 555 0101" in said
    assert "offers a ride, 3 seats" in said
    assert "A ride: Ben for Maria" in said
    # Who has read the book is told of nobody.
    assert "fully" not in said and said.count("all of it") == 1
