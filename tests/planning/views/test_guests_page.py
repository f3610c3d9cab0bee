"""The guest list of a host: found by name, shown by what the guests said, for five and for sixty."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meetups.models import Guest, Needs
from meetups.times import clock
from tests.factories import make_delivery, make_draft, make_guest, make_host, make_meetup

pytestmark = pytest.mark.django_db


@pytest.fixture
def host():
    return make_host("host@example.org")


@pytest.fixture
def meetup(host):
    return make_meetup(host, seats=4)


def shown(door, meetup, query: str = "") -> list[str]:
    return [guest.called for guest in door.get(f"/host/{meetup.code}/guests/{query}").context["company"].guests]


def test_a_stranger_is_asked_to_sign_in_and_another_host_finds_nothing(client, door, meetup):
    path = f"/host/{make_meetup(make_host()).code}/guests/"

    assert door.get(path).status_code == 404
    client.logout()
    assert client.get(f"/host/{meetup.code}/guests/").url == f"/accounts/login/?next=/host/{meetup.code}/guests/"


def test_a_draft_has_no_guests(door, host):
    draft = make_draft(host)

    assert door.get(f"/host/{draft.code}/guests/").url == f"/host/{draft.code}/"


def test_an_empty_list_says_so(door, meetup):
    assert "Nobody is invited yet." in door.get(f"/host/{meetup.code}/guests/").content.decode()


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("jose", ["José Ñandú"]),
        ("NANDU José", ["José Ñandú"]),
        ("ben@example", ["Ben"]),
        ("Dora", ["Ben"]),
        ("example.org", ["José Ñandú", "Ben"]),
        ("nobody", []),
        ("%", ["José Ñandú", "Ben", "Cleo"]),
    ],
)
def test_a_guest_is_found_by_name_companion_or_address(door, meetup, words, names):
    make_guest(meetup, "jn@example.org", name="José Ñandú", rsvp="yes")
    make_guest(meetup, "ben@example.org", name="Ben", rsvp="maybe", party_size=2, party_names="Dora")
    make_guest(meetup, None, name="Cleo")

    assert shown(door, meetup, f"?q={words}") == names


def test_the_list_is_shown_by_what_guests_said_and_what_became_of_their_letters(door, meetup):
    for rsvp in ("yes", "waiting", "maybe", "invited", "no"):
        make_guest(meetup, name=f"Ms {rsvp}", rsvp=rsvp)
    make_guest(meetup, name="Ms sure", rsvp="yes", confirmed_at=clock.now())
    Needs.objects.create(guest=Guest.objects.get(name="Ms maybe"), wants_ride=True)
    make_delivery("invitation", guest=Guest.objects.get(name="Ms invited"), state="failed", last_code=550)

    assert shown(door, meetup) == ["Ms yes", "Ms sure", "Ms waiting", "Ms maybe", "Ms invited", "Ms no"]
    assert [shown(door, meetup, f"?show={rsvp}") for rsvp in ("yes", "no", "unconfirmed", "needs", "missed")] == [
        *(["Ms yes", "Ms sure"], ["Ms no"], ["Ms yes"], ["Ms maybe"], ["Ms invited"])
    ]
    assert shown(door, meetup, "?show=rubbish&q=%00") == shown(door, meetup)


def test_words_and_what_was_said_are_kept_together_in_the_address(door, meetup):
    make_guest(meetup, name="Ana & Li", rsvp="yes")
    make_guest(meetup, name="Ana B", rsvp="no")

    page = door.get(f"/host/{meetup.code}/guests/?q=ana+%26&show=yes").content.decode()

    assert 'href="?show=yes&amp;q=ana%20%26" aria-current="true"' in page
    assert '<input type="hidden" name="show" value="yes">' in page
    assert shown(door, meetup, "?q=ana&show=no") == ["Ana B"]


def test_the_desk_shows_a_short_list_whole_and_of_a_long_one_what_matters(door, meetup):
    guests = [make_guest(meetup, name=f"Guest {number}") for number in range(12)]
    few = door.get(f"/host/{meetup.code}/").context["listed"].guests
    last = make_guest(meetup, name="Not reached")
    make_guest(meetup, name="Beyond")
    make_delivery("invitation", guest=last, state="failed", last_code=550)
    desk = door.get(f"/host/{meetup.code}/")

    assert few == guests
    assert desk.context["listed"].guests == [*guests, last]
    assert "The list of all 14 guests" in desk.content.decode()


def test_the_number_of_queries_is_the_same_for_one_and_for_sixty(door, meetup, django_assert_num_queries):
    make_guest(meetup, rsvp="yes")
    door.get(f"/host/{meetup.code}/guests/")
    with CaptureQueriesContext(connection) as one:
        door.get(f"/host/{meetup.code}/guests/?q=example")
    for number in range(60):
        guest = make_guest(meetup, rsvp=["yes", "no", "invited"][number % 3], diet="nuts")
        Needs.objects.create(guest=guest, offers_ride=True)
        make_delivery("invitation", guest=guest, state="failed", last_code=550)

    with django_assert_num_queries(len(one)):
        page = door.get(f"/host/{meetup.code}/guests/?q=example").content.decode()

    assert page.count('<th scope="row">') == 61


def test_a_script_in_a_name_or_a_search_is_shown_as_text(door, meetup):
    make_guest(meetup, name="<script>alert(1)</script>")

    page = door.get(f"/host/{meetup.code}/guests/?q=<script>").content.decode()

    assert "<script>" not in page
