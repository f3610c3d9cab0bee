"""The page behind a door link: who may open it and when, what it shows and never shows, taps and walk-ins without a script."""

from datetime import timedelta
from uuid import uuid4

import pytest

from meetups.access.tokens import make_door_token, make_guest_token
from meetups.evening.services.door_link import end_link, make_link, renew_link
from meetups.models import DoorAct, DoorLink, Guest, Meetup, Needs
from meetups.outbox.stranger_limits import write_in_ledger
from tests.evening.tables import make_door, make_evening
from tests.factories import DOOR, STREET, make_dish, make_guest, make_meetup
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def table():
    meetup = make_evening(seats=8)
    names = {name: make_guest(meetup, name=name, rsvp="yes", note="a secret word") for name in ("Ben", "Chandra")}
    names["Dov"] = make_guest(meetup, name="Dov", rsvp="maybe")
    return meetup, names


def refs_of(page) -> dict[str, str]:
    return {guest.name: guest.ref for guest in page.context["state"].guests}


def test_the_page_shows_who_is_expected_what_they_bring_and_need_and_whom_to_call(client, table):
    meetup, guests = table
    make_dish(meetup, "dessert", guest=guests["Ben"], words="Plum cake")
    Needs.objects.create(guest=guests["Ben"], wants_ride=True, contact="+1 416 555 0199", shares_contact=True)
    Needs.objects.create(guest=guests["Chandra"], wants_step_free=True, contact="416 555 0111", shares_contact=False)
    _link, path = make_door(meetup)

    page = client.get(path)

    shown = page.content.decode()
    state = page.context["state"]
    assert (state.num_here, state.num_expected, state.num_seats) == (0, 2, 8)
    assert [guest.name for guest in state.seated] == ["Ben", "Chandra"]
    assert [guest.name for guest in state.others] == ["Dov"]
    for words in ("Plum cake", "a ride", "+1 416 555 0199", "Where have you seen people change something together?"):
        assert words in shown
    # Not shared, or nobody's business at a door.
    for words in ("416 555 0111", STREET, DOOR, "a secret word", guests["Ben"].email, guests["Ben"].selector, "@"):
        assert words not in shown


def test_an_email_address_that_was_shared_as_a_contact_stays_out(client, table):
    meetup, guests = table
    Needs.objects.create(guest=guests["Ben"], wants_ride=True, contact="ben12345@example.net", shares_contact=True)

    page = client.get(make_door(meetup)[1])

    assert "ben12345" not in page.content.decode()


def test_no_cache_keeps_the_page_and_it_sets_no_cookie(client, table):
    page = client.get(make_door(table[0])[1])

    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "noindex" in page["X-Robots-Tag"]
    assert not page.cookies and "Set-Cookie" not in page


@pytest.mark.parametrize("part", ["", "sync", "worker.js"])
def test_a_stranger_with_another_token_gets_the_same_404_everywhere(client, table, part):
    meetup, guests = table
    link, path = make_door(meetup)
    forged = [path[3:-2] + ("A" if path[-2] != "A" else "B"), "x" * 43, "short", make_guest_token(guests["Ben"])]

    answers = [client.get(f"/e/{token}/{part}") for token in forged]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert len({answer.content for answer in answers}) == 1
    assert client.get(f"/r/{path[3:-1]}").status_code == 404


def test_a_network_that_tries_many_tokens_is_refused(client, one_window):
    statuses = [client.get(f"/e/{number:043d}/").status_code for number in range(31)]

    assert (set(statuses[:30]), statuses[30]) == ({404}, 429)


@pytest.mark.parametrize("act", [renew_link, end_link])
def test_a_link_that_was_renewed_or_ended_is_dead_at_once_and_says_so(client, table, act):
    meetup, _guests = table
    _link, path = make_door(meetup)
    act(meetup)
    before = all_rows()

    answers = [client.get(path), client.get(f"{path}sync"), client.post(f"{path}sync", "{}", content_type="application/json")]

    assert [answer.status_code for answer in answers] == [410] * 3
    assert "The host has ended this link" in answers[0].content.decode()
    assert "Ben" not in answers[0].content.decode()
    assert all_rows() == before


def test_the_new_link_works_and_the_same_link_comes_when_nothing_was_renewed(client, table):
    meetup, _guests = table
    first, again = make_link(meetup), make_link(meetup)
    renewed = renew_link(meetup)

    assert make_door_token(first) == make_door_token(again) != make_door_token(renewed)
    assert client.get(f"/e/{make_door_token(renewed)}/").status_code == 200


def test_an_ended_link_that_is_made_again_has_another_token(client, table):
    meetup, _guests = table
    _link, old = make_door(meetup)
    end_link(meetup)
    _link, new = make_door(meetup)

    assert old != new
    assert [client.get(path).status_code for path in (old, new)] == [410, 200]


@pytest.mark.parametrize(
    ("begins_in", "status"),
    [
        (timedelta(hours=25), 403),
        (timedelta(hours=23), 200),
        (timedelta(hours=-26), 200),
        (timedelta(hours=-28), 410),
    ],
)
def test_the_page_is_open_from_the_day_before_until_the_day_after(client, begins_in, status, moved_clock):
    meetup = make_evening(duration=180)
    make_guest(meetup, name="Ben", rsvp="yes")
    _link, path = make_door(meetup)
    moved_clock(to=meetup.starts_at - begins_in)

    page = client.get(path)

    assert page.status_code == status
    assert ("Ben" in page.content.decode()) == (status == 200)


def test_a_canceled_evening_closes_its_page(client, table):
    meetup, _guests = table
    _link, path = make_door(meetup)
    Meetup.objects.filter(pk=meetup.pk).update(status="canceled")

    page = client.get(path)

    assert page.status_code == 410
    assert "canceled" in page.content.decode()


def test_a_name_is_tapped_and_tapped_again_without_a_script(client, table):
    meetup, guests = table
    _link, path = make_door(meetup)
    ref = refs_of(client.get(path))["Ben"]

    answer = client.post(path, {"here": ref})
    guests["Ben"].refresh_from_db()
    assert (answer.status_code, answer["Location"], guests["Ben"].attended) == (303, path, True)
    assert client.get(path).context["state"].num_here == 1

    client.post(path, {"not_here": ref})
    guests["Ben"].refresh_from_db()
    assert guests["Ben"].attended is None


def test_a_guest_of_another_evening_cannot_be_tapped(client, table):
    meetup, _guests = table
    stranger = make_guest(make_evening(), name="Eve", rsvp="yes")
    _link, other = make_door(stranger.meetup)
    ref = refs_of(client.get(other))["Eve"]
    _link, path = make_door(meetup)

    refused = [client.post(path, {"here": name}) for name in (ref, str(stranger.pk), stranger.selector, "")]

    assert [answer.status_code for answer in refused] == [400] * 4
    assert not DoorAct.objects.exists()


def test_nobody_can_be_here_hours_before_the_evening(client):
    meetup = make_evening(begins_in=timedelta(hours=3))
    guest = make_guest(meetup, name="Ben", rsvp="yes")
    _link, path = make_door(meetup)

    page = client.post(path, {"here": refs_of(client.get(path))["Ben"]})

    guest.refresh_from_db()
    assert (page.status_code, guest.attended) == (400, None)
    assert "It is too early" in page.content.decode()


def walk_in(**typed) -> dict[str, str]:
    return {"name": "Kim", "key": str(uuid4())} | typed


def test_a_walk_in_is_added_once_however_often_the_form_is_sent(client, table):
    meetup, _guests = table
    _link, path = make_door(meetup)
    typed = walk_in()

    for _n in range(2):
        assert client.post(path, typed).status_code == 303

    kim = Guest.objects.get(name="Kim")
    assert (kim.attended, kim.email, kim.rsvp, kim.origin) == (True, None, "invited", "host")
    assert [guest.name for guest in client.get(path).context["state"].walked_in] == ["Kim"]


def test_an_address_is_kept_only_with_a_yes_to_letters(client, table):
    meetup, _guests = table
    _link, path = make_door(meetup)

    without = client.post(path, walk_in(email="kim@example.net"))
    assert without.status_code == 400
    assert "Please ask them first" in without.content.decode()
    assert not Guest.objects.filter(name="Kim").exists()

    client.post(path, walk_in(email="Kim@Example.net", may_write="on"))
    assert Guest.objects.get(name="Kim").email == "kim@example.net"
    assert "kim@example.net" not in client.get(path).content.decode()


def test_the_address_of_a_guest_on_the_list_checks_that_guest_in(client, table):
    meetup, guests = table
    _link, path = make_door(meetup)

    client.post(path, walk_in(email=guests["Dov"].email, may_write="on"))

    guests["Dov"].refresh_from_db()
    assert (guests["Dov"].attended, meetup.guests.count()) == (True, 3)


def test_the_address_of_somebody_who_left_is_not_taken_up_again(client, table):
    meetup, guests = table
    Guest.objects.filter(pk=guests["Dov"].pk).update(removed_at=meetup.starts_at)
    _link, path = make_door(meetup)

    client.post(path, walk_in(email=guests["Dov"].email, may_write="on"))

    guests["Dov"].refresh_from_db()
    assert (guests["Dov"].attended, Guest.objects.get(name="Kim").email) == (None, None)


def test_an_address_that_had_its_letters_is_not_kept_and_the_page_says_so_to_a_phone(client, table):
    meetup, _guests = table
    other = make_meetup()
    write_in_ledger("kim@example.net", kind="invitation", meetup=other)
    _link, path = make_door(meetup)
    key = str(uuid4())
    taps = [{"key": key, "kind": "walk_in", "name": "Kim", "email": "kim@example.net", "may_write": True, "age": 0}]

    answer = client.post(f"{path}sync", {"taps": taps}, content_type="application/json")

    assert "not kept" in answer.json()["done"][key]
    assert Guest.objects.get(name="Kim").email is None


def test_the_number_of_queries_does_not_grow_with_the_guests(client, django_assert_num_queries):
    meetup = make_evening(seats=40)
    _link, path = make_door(meetup)

    def add(number: int) -> None:
        for _n in range(number):
            guest = make_guest(meetup, rsvp="yes")
            Needs.objects.create(guest=guest, wants_ride=True)
            make_dish(meetup, guest=guest, words="Rye")

    add(1)
    with django_assert_num_queries(5):
        client.get(path)
    add(20)
    with django_assert_num_queries(5):
        client.get(path)


def test_many_presses_of_one_link_are_refused(client, table, one_window):
    meetup, _guests = table
    _link, path = make_door(meetup)
    statuses = {client.post(f"{path}sync", "{}", content_type="application/json").status_code for _n in range(600)}
    assert statuses == {400}

    assert client.post(f"{path}sync", "{}", content_type="application/json").status_code == 429


def test_the_worker_stands_below_the_link_and_answers_for_nothing_else(client, table):
    _link, path = make_door(table[0])

    answer = client.get(f"{path}worker.js")

    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-store"
    assert "Service-Worker-Allowed" not in answer
    assert client.post(f"{path}worker.js").status_code == 405


def test_a_door_link_is_one_row_for_each_evening(table):
    make_link(table[0])
    make_link(table[0])

    assert DoorLink.objects.count() == 1
