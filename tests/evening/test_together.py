"""Several phones at once: each tap is done once, and all are done."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from meetups.evening.acts import Tap, WalkIn, ref_of
from meetups.evening.services.check_in import add_walk_in, record_tap
from meetups.models import DoorAct, DoorLink, Guest
from meetups.times import clock
from tests.evening.tables import make_door, make_evening
from tests.factories import make_guest

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time"),
]
NUM_PHONES = 6


def all_at_once(acts: list) -> list[BaseException]:
    """Do the acts in as many threads, and return what went wrong."""
    wrong: list[BaseException] = []
    start = threading.Barrier(len(acts))

    def do(act) -> None:
        try:
            start.wait()
            act()
        except BaseException as error:  # noqa: BLE001 (the test fails with whatever it was)
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def test_one_walk_in_sent_by_several_tabs_at_once_is_one_person():
    link, _path = make_door(make_evening())
    walk_in = WalkIn(uuid4(), "Kim", "", clock.now())

    def send() -> None:
        add_walk_in(DoorLink.objects.select_related("meetup").get(pk=link.pk), walk_in)

    assert all_at_once([send] * NUM_PHONES) == []
    assert (Guest.objects.count(), DoorAct.objects.count()) == (1, 1)


def test_taps_of_several_phones_at_once_are_all_done_and_the_latest_counts():
    meetup = make_evening()
    guest = make_guest(meetup, name="Ben", rsvp="yes")
    link, _path = make_door(meetup)
    now = clock.now()
    # The latest of them says: here.
    taps = [
        Tap(uuid4(), ref_of(link, guest.pk), number % 2 == 0, now - timedelta(minutes=number)) for number in range(NUM_PHONES)
    ]

    def sender(tap: Tap):
        return lambda: record_tap(DoorLink.objects.select_related("meetup").get(pk=link.pk), tap)

    assert all_at_once([sender(tap) for tap in taps]) == []
    guest.refresh_from_db()
    assert (guest.attended, DoorAct.objects.count()) == (True, NUM_PHONES)
