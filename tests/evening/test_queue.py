"""The queue of a phone: sent twice, late, out of order, from two phones; and what the host says afterwards."""

from datetime import timedelta
from uuid import uuid4

import pytest

from meetups.evening.acts import ref_of
from meetups.models import DoorAct, DoorLink, Guest
from meetups.privacy.erasure import erase_guest
from meetups.recaps.services.attendance import confirm_attendance, record_attendance
from meetups.recaps.services.debrief import record_came
from meetups.times import clock
from tests.evening.tables import make_door, make_evening
from tests.factories import make_contribution, make_guest, make_others_speak, make_recap

pytestmark = pytest.mark.django_db
MINUTE = 60_000


@pytest.fixture
def phone(client):
    """A door page of an evening that began an hour ago, with Ben on the list."""
    meetup = make_evening(seats=8)
    guest = make_guest(meetup, name="Ben", rsvp="yes", party_size=2)
    link, path = make_door(meetup)

    def send(*taps: dict) -> dict:
        answer = client.post(f"{path}sync", {"taps": list(taps)}, content_type="application/json")
        assert answer.status_code == 200
        return answer.json()

    send.link, send.guest, send.path, send.ref = link, guest, path, ref_of(link, guest.pk)
    return send


def tap(ref: str, *, is_here: bool = True, age: float = 0, key: str = "") -> dict:
    return {"key": key or str(uuid4()), "kind": "here" if is_here else "not_here", "ref": ref, "age": age}


def walk_in(name: str = "Kim", *, age: float = 0) -> dict:
    return {"key": str(uuid4()), "kind": "walk_in", "name": name, "email": "", "may_write": False, "age": age}


def attended(guest: Guest) -> bool | None:
    return Guest.objects.get(pk=guest.pk).attended


def test_a_tap_is_done_and_the_answer_says_how_the_table_stands(phone):
    sent = tap(phone.ref)

    told = phone(sent)

    assert told["done"] == {sent["key"]: ""}
    assert (told["state"]["num_here"], told["state"]["num_expected"]) == (2, 2)
    assert told["state"]["guests"] == [
        {"ref": phone.ref, "name": "Ben", "num_people": 2, "is_here": True, "group": "seated"},
    ]


def test_what_is_sent_twice_is_done_once(phone):
    first, undone = tap(phone.ref, age=5), tap(phone.ref, is_here=False)
    added = walk_in()

    phone(first, added)
    phone(undone)
    again = phone(first, added, undone)

    assert attended(phone.guest) is None
    assert (DoorAct.objects.count(), Guest.objects.filter(name="Kim").count()) == (3, 1)
    assert again["done"] == {one["key"]: "" for one in (first, added, undone)}


def test_of_two_phones_the_later_tap_counts_whichever_arrives_first(phone):
    phone(tap(phone.ref, is_here=False, age=1 * MINUTE))
    # Another phone was without network, and its tap is older.
    told = phone(tap(phone.ref, is_here=True, age=5 * MINUTE))
    assert (attended(phone.guest), told["state"]["num_here"]) == (None, 0)

    phone(tap(phone.ref, is_here=True, age=0))
    assert attended(phone.guest) is True


def test_taps_of_one_phone_keep_their_order(phone):
    phone(*[tap(phone.ref, is_here=number % 2 == 0, age=100 - number) for number in range(10)])
    assert attended(phone.guest) is None


def test_a_phone_whose_clock_was_set_back_cannot_tap_in_the_future_or_before_the_evening(phone):
    odd = [-5, None, "x", True, 10**30, float("1e12")]
    phone(*[tap(phone.ref) | {"age": age} for age in odd])

    begins = phone.link.checks_in_from
    assert all(begins <= act.at <= clock.now() for act in DoorAct.objects.all())
    assert DoorAct.objects.count() == len(odd)


def test_what_the_host_says_afterwards_stays_although_a_phone_sends_later(phone):
    record_came(phone.link.meetup, [])
    assert attended(phone.guest) is False

    told = phone(tap(phone.ref, age=5 * MINUTE))

    assert (attended(phone.guest), told["state"]["num_here"]) == (False, 0)


def test_what_a_guest_says_of_themselves_later_stays(phone):
    guest = Guest.objects.select_related("meetup__host").get(pk=phone.guest.pk)
    record_attendance(guest, attended=False)
    phone(tap(phone.ref, age=MINUTE))
    assert attended(guest) is False

    Guest.objects.filter(pk=guest.pk).update(said_there=True)
    confirm_attendance(guest, attended=False)
    phone(tap(phone.ref, age=MINUTE))
    assert attended(guest) is False


def test_who_was_tapped_is_ticked_when_the_host_says_who_came(phone, client):
    phone(tap(phone.ref), walk_in())
    client.force_login(phone.link.meetup.host)

    form = client.get(f"/host/{phone.link.meetup.code}/came/").context["form"]

    kim = Guest.objects.get(name="Kim")
    assert (form["yes"].value(), form["also"].value()) == ([phone.guest.pk], [kim.pk])


def test_a_walk_in_who_was_added_without_network_can_be_tapped_by_their_key(phone):
    added = walk_in(age=10)
    told = phone(added, tap(added["key"], is_here=False))

    assert set(told["done"].values()) == {""}
    assert attended(Guest.objects.get(name="Kim")) is None


def test_two_walk_ins_of_one_name_are_two_people(phone):
    phone(walk_in(), walk_in())
    assert Guest.objects.filter(name="Kim").count() == 2


@pytest.mark.parametrize(
    "body",
    [
        *("", "[]", "{}", '{"taps": 7}', '{"taps": [7]}', '{"taps": null}', "\x00", '{"taps": {"a": 1}}', "[[[["),
        pytest.param("[" * 50_000, id="deep"),
    ],
)
def test_what_is_no_queue_is_refused_and_changes_nothing(phone, client, body):
    answer = client.post(f"{phone.path}sync", body, content_type="application/json")

    assert answer.status_code == 400
    assert not DoorAct.objects.exists()


def test_what_cannot_be_done_is_said_and_does_not_hold_up_the_rest(phone):
    bad = [
        tap("nobody"),
        {"key": str(uuid4()), "kind": "delete", "ref": phone.ref},
        walk_in("see casino.example.com"),
        walk_in("") | {"email": "no address"},
        {"key": "no key", "kind": "here", "ref": phone.ref},
        {"key": str(uuid4()), "kind": "here", "ref": 7},
        walk_in() | {"email": "kim@example.net"},
    ]
    good = tap(phone.ref)

    told = phone(*bad, good)

    assert all(told["done"][str(one["key"])] for one in bad)
    assert told["done"][good["key"]] == ""
    assert attended(phone.guest) is True
    assert Guest.objects.count() == 1


def test_nobody_adds_a_hundred_walk_ins(phone):
    for _n in range(6):
        phone(*[walk_in(f"Guest {number}") for number in range(10)])

    told = phone(walk_in("One more"))

    assert "more people than" in next(iter(told["done"].values()))
    assert not Guest.objects.filter(name="One more").exists()


def test_a_get_changes_nothing(phone, client):
    answer = client.get(f"{phone.path}sync")

    assert answer.json()["state"]["num_here"] == 0
    assert not DoorAct.objects.exists()


def test_a_tap_moves_what_a_public_recap_shows(phone):
    """A sentence of somebody who was not there is not shown; the version of the recap's pages rises with it."""
    meetup = phone.link.meetup
    make_contribution(phone.guest, "I was there, really.")
    make_others_speak(meetup, 3)
    record_came(meetup, list(Guest.objects.exclude(pk=phone.guest.pk).values_list("pk", flat=True)))
    recap = make_recap(meetup)

    phone(tap(phone.ref))

    version = recap.card_version
    recap.refresh_from_db()
    assert recap.card_version == version + 1


def test_the_taps_of_a_guest_go_with_the_guest(phone):
    phone(tap(phone.ref))
    erase_guest(Guest.objects.select_related("meetup").get(pk=phone.guest.pk))
    assert not DoorAct.objects.exists()


def test_nothing_is_taken_once_the_link_has_closed(phone, client, moved_clock):
    moved_clock(to=phone.link.closes_at + timedelta(seconds=1))

    answer = client.post(f"{phone.path}sync", {"taps": [tap(phone.ref)]}, content_type="application/json")

    assert answer.status_code == 410
    assert attended(phone.guest) is None


def test_a_link_row_keeps_no_names(phone):
    phone(walk_in())
    assert "Kim" not in str(DoorLink.objects.values().get()) + str(DoorAct.objects.values().get())
