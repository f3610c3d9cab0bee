"""The pages of the last day behind a guest's link: confirming, being there, and matches of needs and offers."""

import re

import pytest
from django.core.cache import cache

from meetups.access.tokens import make_hosting_token
from meetups.guests.services import rsvp as acts
from meetups.models import Guest, Needs
from tests.factories import STREET, make_begun_meetup, make_guest, make_host, make_meetup, make_meetup_in_a_day
from tests.guests.views.reading import heading, link, page, words_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def seated() -> Guest:
    return make_guest(make_meetup_in_a_day(seats=4), name="Maria", rsvp="yes")


def fresh(guest: Guest) -> Guest:
    return Guest.objects.select_related("needs").get(pk=guest.pk)


# Other ways to say no


def test_not_this_time_but_ask_me_again_is_one_press(client):
    guest = make_guest(make_meetup(), name="Maria")

    response = client.post(link(guest), {"rsvp": "again"})

    assert response.status_code == 303
    assert (fresh(guest).rsvp, fresh(guest).asks_again) == ("no", True)
    html = page(client, link(guest))
    assert heading(html) == "You said not this time"
    assert "Ana sees that you would like to be asked again" in words_of(html)


def test_i_could_host_is_one_press_and_leads_to_a_draft_for_ones_own_table(client):
    guest = make_guest(make_meetup(), name="Maria")

    client.post(link(guest), {"rsvp": "host"})

    assert (fresh(guest).rsvp, fresh(guest).could_host) == ("no", True)
    html = page(client, link(guest))
    assert heading(html) == "You said no"
    assert f'href="{link(guest)}/next"' in html
    assert client.get(f"{link(guest)}/next").url == f"/next/{make_hosting_token(guest)}"


def test_the_last_kind_of_no_counts(client):
    guest = make_guest(make_meetup())

    for rsvp in ("host", "again", "no"):
        client.post(link(guest), {"rsvp": rsvp})

    assert (fresh(guest).asks_again, fresh(guest).could_host) == (False, False)


def test_a_letter_chooses_ask_me_again_and_one_press_is_needed(client):
    guest = make_guest(make_meetup())

    html = page(client, link(guest) + "?rsvp=again")

    assert re.findall(r'<button class="(answer[^"]*)" name="rsvp" value="(\w+)">', html)[0] == ("answer is-yes", "again")
    assert fresh(guest).rsvp == "invited"


# Who comes along, and what they need


def test_an_answer_takes_the_party_the_book_and_the_needs(client):
    guest = make_guest(make_meetup(max_party=4), name="Maria")
    typed = {"rsvp": "yes", "party_size": "4", "party_names": " Ilse \n\nJon", "num_children": "1", "has_read": "partly"}
    typed |= {"shown_name": "Maria", "wants_ride": "on", "offers_interpreter": "French", "contact": "416 555 0101"}

    assert client.post(link(guest), typed).status_code == 303

    row = fresh(guest)
    assert (row.companions, row.num_children, row.has_read) == (["Ilse", "Jon"], 1, "partly")
    assert (row.needs.wants_ride, row.needs.offers_interpreter, row.needs.shares_contact) == (True, "French", False)
    html = page(client, link(guest))
    assert "Ilse\nJon" in html
    assert "416 555 0101" in html


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"party_size": "1", "party_names": "Ilse"}, "You come as 1, so nobody else can be named."),
        ({"party_size": "2", "party_names": "Ilse\nJon"}, "there are more names here than people"),
        ({"party_size": "2", "party_names": "", "num_children": "2"}, "not that many can be children"),
        ({"party_size": "1", "party_names": "", "num_children": "1"}, "so no child can be among you"),
        ({"party_size": "3", "party_names": "x" * 61}, "sixty characters at most"),
        ({"party_size": "2", "party_names": "https://example.org"}, "web address"),
        ({"contact": "", "offers_ride": "on"}, "How many seats are free?"),
        ({"contact": "", "wants_ride": "on", "shares_contact": "on"}, "Say how they reach you"),
        ({"contact": "", "ride_seats": "99"}, "99"),
        ({"has_read": "by heart"}, "by heart"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field_and_kept(client, typed, said):
    guest = make_guest(make_meetup(max_party=3))
    before = all_rows()

    html = client.post(link(guest), {"rsvp": "yes", "note": "We bring bread"} | typed).content.decode()

    assert said in html
    assert "<title>Error: " in html
    assert "We bring bread" in html
    assert all_rows() == before


def test_a_table_of_one_seat_each_asks_for_no_party(client):
    html = page(client, link(make_guest(make_meetup(max_party=1))))

    assert "party_names" not in html
    assert "num_children" not in html


def test_a_ride_is_shown_to_the_two_whom_it_concerns(client):
    meetup = make_meetup()
    maria, ben, otto = (make_guest(meetup, name=name, rsvp="yes") for name in ("Maria", "Ben", "Otto"))
    Needs.objects.create(guest=maria, wants_ride=True, contact="416 555 0101", shares_contact=True)
    Needs.objects.create(guest=ben, offers_ride=True, ride_seats=3, contact="ben@example.org")

    assert "Ben has 3 free seats." in words_of(page(client, link(maria)))
    assert "ben@example.org" not in page(client, link(maria))
    assert "Maria needs it." in words_of(page(client, link(ben)))
    assert "416 555 0101" not in page(client, link(ben))
    assert "Who can help whom" not in page(client, link(otto))


# Are you coming?


def test_the_page_of_the_last_day_has_four_answers_and_the_guests_page_too(client, seated):
    for path in (link(seated), link(seated) + "/confirm"):
        buttons = re.findall(r'name="coming" value="(\w+)"', page(client, path))
        assert sorted(buttons) == ["more", "no", "ride", "yes"]


@pytest.mark.parametrize("say", ["more", "ride"])
def test_what_the_letter_asked_for_stands_first_and_needs_a_press(client, seated, say):
    before = all_rows()

    html = page(client, f"{link(seated)}/confirm?say={say}")

    assert re.findall(r'name="coming" value="(\w+)"', html)[0] == say
    assert all_rows() == before


def test_one_more_pressed_twice_adds_one(client, seated):
    size = re.search(r'name="party_size" value="(\d)"', page(client, link(seated) + "/confirm"))[1]

    answers = [client.post(link(seated) + "/confirm", {"coming": "more", "party_size": size}) for _press in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert (fresh(seated).party_size, fresh(seated).confirmed_at is not None) == (2, True)
    assert "up to 2 seats here, so nobody can be added" in words_of(page(client, link(seated) + "/confirm"))


@pytest.mark.parametrize("size", ["", "x", "-1", "9" * 400, "²", "9"])
def test_one_more_says_no_in_words_to_what_cannot_be(client, seated, size):
    response = client.post(link(seated) + "/confirm", {"coming": "more", "party_size": size})

    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()
    assert fresh(seated).party_size == 1


def test_one_more_at_a_full_table_is_not_offered(client):
    seated = make_guest(make_meetup_in_a_day(seats=1), rsvp="yes")

    html = page(client, link(seated) + "/confirm")

    assert 'value="more"' not in html
    assert "Every seat is taken, so nobody can be added." in words_of(html)


def test_a_ride_wanted_is_kept_and_the_button_goes(client, seated):
    client.post(link(seated) + "/confirm", {"coming": "ride"})

    html = page(client, link(seated) + "/confirm")
    assert fresh(seated).needs.wants_ride
    assert 'value="ride"' not in html
    assert "Ana knows that you need a ride." in words_of(html)


# I am here


def test_one_press_says_i_am_here_and_another_takes_it_back(client):
    guest = make_guest(make_begun_meetup(), rsvp="yes")

    assert ">I am here<" in page(client, link(guest))
    response = client.post(link(guest) + "/here", {"here": "yes"})
    assert (response.status_code, response["Location"]) == (303, link(guest))
    assert fresh(guest).attended is True
    assert heading(page(client, link(guest))) == "You are here"
    client.post(link(guest) + "/here", {"here": "undo"})

    assert fresh(guest).attended is None


def test_looking_at_the_door_of_i_am_here_changes_nothing_and_it_is_shut_before_the_start(client):
    begun, ahead = make_guest(make_begun_meetup(), rsvp="yes"), make_guest(make_meetup(), rsvp="yes")
    before = all_rows()

    assert client.get(link(begun) + "/here").status_code == 303
    client.post(link(ahead) + "/here", {"here": "yes"})
    client.post(f"/r/{'A' * 43}/here", {"here": "yes"})

    assert all_rows() == before


def test_somebody_without_a_seat_is_not_asked_whether_they_are_here(client):
    guest = make_guest(make_begun_meetup(), rsvp="maybe")

    html = page(client, link(guest))
    assert "I am here" not in html
    assert STREET not in html


# Agreements


def test_agreements_stand_on_the_guests_page_and_on_the_public_one(client):
    meetup = make_meetup(visibility="listed")
    meetup.kit.agreements = "Everybody speaks once first.\n\nWe ask before we answer."
    meetup.kit.save()

    for path in (link(make_guest(meetup)), meetup.get_absolute_url()):
        assert "How we talk with each other Everybody speaks once first. We ask before we answer." in words_of(page(client, path))


def test_a_yes_at_a_table_with_the_limit_lowered_since_keeps_its_people(client):
    guest = acts.record_rsvp(make_guest(make_meetup(max_party=3)), acts.Answer("yes", party_size=3, party_names="Ilse\nJon"))
    guest.meetup.max_party = 1
    guest.meetup.save()

    assert "Ilse\nJon" in page(client, link(guest))


def test_who_invited_is_named_where_it_was_a_cohost(client):
    meetup = make_meetup()
    by_host, by_cohost = (make_guest(meetup, invited_by=by) for by in (meetup.host, make_host(shown_name="Finn")))

    assert "invited by" not in page(client, link(by_host))
    assert "An evening with Ana , invited by Finn" in words_of(page(client, link(by_cohost))).replace("Ana,", "Ana ,")
