"""The page on which a host names a guest and mends a mistyped address."""

import pytest
from django.core.cache import cache

from meetups.models import Delivery, Guest
from meetups.planning.views.guest_list import MENDING_AN_HOUR
from tests.factories import make_guest, make_held_meetup, make_host, make_meetup
from tests.hostile import HOSTILE, MARK

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_counters():
    cache.clear()


@pytest.fixture
def guest(host) -> Guest:
    return make_guest(make_meetup(host), "mraia@example.org", name="")


def path_of(guest: Guest) -> str:
    return f"/host/{guest.meetup.code}/guests/{guest.pk}/mend/"


def test_a_stranger_is_asked_to_sign_in(client, guest):
    assert client.get(path_of(guest)).url == f"/accounts/login/?next={path_of(guest)}"
    assert client.post(path_of(guest), {"name": "Eve", "email": "eve@example.org"}).status_code == 302
    guest.refresh_from_db()
    assert (guest.name, guest.removed_at) == ("", None)


def test_another_host_finds_no_guest(client, guest, host):
    client.force_login(make_host())
    own = make_meetup(make_host())

    assert client.get(path_of(guest)).status_code == 404
    assert client.post(path_of(guest), {"name": "Eve", "email": "eve@example.org"}).status_code == 404
    assert client.post(f"/host/{own.code}/guests/{guest.pk}/mend/", {"name": "Eve"}).status_code == 404
    guest.refresh_from_db()
    assert (guest.name, guest.removed_at) == ("", None)


@pytest.mark.parametrize("hidden", [{"origin": "self"}, {"origin": "friend"}])
def test_who_does_not_count_is_not_reached(door, host, hidden):
    guest = make_guest(make_meetup(host), **hidden)

    assert door.post(path_of(guest), {"name": "Eve"}).status_code == 404


def test_the_page_of_a_guest_without_a_name_says_so_and_leads_here(door, guest):
    page = door.get(guest.get_desk_url()).content.decode()

    assert "Nobody has said yet what to call this guest." in page
    assert path_of(guest) in page


def test_a_name_and_an_address_in_one_go(door, guest):
    answer = door.post(path_of(guest), {"name": "  Maria\u202e Li ", "email": "Maria@Example.org"}, follow=True)

    mended = Guest.objects.get(email="maria@example.org")
    assert (mended.called, answer.status_code) == ("Maria Li", 200)
    assert answer.request["PATH_INFO"] == mended.get_desk_url()
    assert "The old address gets nothing more, and its link opens nothing." in answer.content.decode()
    guest.refresh_from_db()
    assert guest.removed_at is not None


def test_a_name_alone_mails_nobody(door, guest):
    answer = door.post(path_of(guest), {"name": "Maria", "email": "mraia@example.org"}, follow=True)

    assert "Nobody is mailed about it." in answer.content.decode()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": "Win at casino.example.com", "email": "mraia@example.org"}, "A name cannot hold a link."),
        ({"name": "...", "email": "mraia@example.org"}, "at least one letter"),
        ({"name": "x" * 61, "email": "mraia@example.org"}, "at most 60 characters"),
        ({"name": "Maria", "email": "no address"}, "valid email address"),
    ],
)
def test_bad_input_is_refused_beside_the_field_and_stays_typed(door, guest, typed, words):
    page = door.post(path_of(guest), typed).content.decode()

    assert words in page
    assert typed["name"] in page
    assert typed["email"] in page
    guest.refresh_from_db()
    assert (guest.name, guest.removed_at) == ("", None)


def test_a_refusal_stands_beside_the_address_and_the_name_stays_typed(door, guest):
    make_guest(guest.meetup, "joan@example.org", name="Joan")

    page = door.post(path_of(guest), {"name": "Maria", "email": "joan@example.org"}).content.decode()

    assert "Joan is on your list already." in page
    assert 'value="Maria"' in page
    guest.refresh_from_db()
    assert guest.name == ""


def test_hostile_names_stay_text(door, guest):
    for text in HOSTILE[:12]:
        cache.clear()
        door.post(path_of(guest), {"name": text[:60], "email": "mraia@example.org"})
        for page in (path_of(guest), guest.get_desk_url(), guest.meetup.get_desk_url()):
            html = door.get(page).content.decode()
            assert f"<script>alert('{MARK}')" not in html
            assert f"<script>alert(/{MARK}/)" not in html
            assert f"<img src=x onerror=alert('{MARK}')" not in html


def test_who_answered_keeps_address_and_name(door, host):
    guest = make_guest(make_meetup(host), "maria@example.org", name="Maria", rsvp="yes")

    page = door.get(path_of(guest)).content.decode()
    door.post(path_of(guest), {"name": "Eve", "email": "eve@example.org"})

    assert "so that address is theirs and stays" in page
    assert 'name="email"' not in page
    guest.refresh_from_db()
    assert (guest.called, guest.email, guest.removed_at) == ("Maria", "maria@example.org", None)


def test_who_answered_without_a_name_can_be_named_and_keeps_the_address(door, host):
    guest = make_guest(make_meetup(host), "maria@example.org", name="", rsvp="yes")

    door.post(path_of(guest), {"name": "Maria", "email": "eve@example.org"})

    guest.refresh_from_db()
    assert (guest.called, guest.email) == ("Maria", "maria@example.org")


def test_afterwards_a_name_can_still_be_given(door, host):
    guest = make_guest(make_held_meetup(host), name="", rsvp="yes", said_by_host=True)

    door.post(path_of(guest), {"name": "Maria", "email": "eve@example.org"})

    guest.refresh_from_db()
    assert (guest.called, guest.removed_at) == ("Maria", None)


def test_many_changes_in_an_hour_are_refused(door, guest):
    for _n in range(MENDING_AN_HOUR):
        door.post(path_of(guest), {"name": "Maria", "email": "mraia@example.org"})

    page = door.post(path_of(guest), {"name": "Joan", "email": "mraia@example.org"}).content.decode()

    assert "Those were many changes in one hour." in page
    guest.refresh_from_db()
    assert guest.name == "Maria"
