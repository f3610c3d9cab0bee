"""The evening on a phone and the ask in the room, in each of their states."""

import json
from datetime import timedelta
from uuid import uuid4

from hosts.models import User
from meetups.evening.acts import WalkIn
from meetups.evening.services.check_in import add_walk_in
from meetups.evening.services.door_link import end_link
from meetups.models import Guest, Kit, Meetup, Needs, RoomAnswer
from meetups.times import clock
from tests.evening.tables import make_door, make_evening
from tests.factories import make_dish, make_guest, make_host

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 3


def make_evening_states(host: User) -> dict[str, str]:
    """Write the rows and return the path of each page by name."""
    ending = {"begins_in": timedelta(hours=-3, minutes=5)}
    evenings = {
        "empty": make_evening(host, title="Nobody yet", kit=Kit.objects.create(), day_phone=""),
        "one": make_evening(host, title="One guest", begins_in=timedelta(hours=5)),
        "many": _full_table(host, **ending),
        "long": make_evening(host, title=LONG[:120], seats=8, **ending),
        "early": make_evening(host, title="In days", begins_in=timedelta(days=4)),
        "ended": make_evening(host, title="Ended"),
    }
    make_guest(evenings["one"], name="Ben", rsvp="yes")
    guest = make_guest(evenings["long"], name=LONG[:80], shown_name=LONG[:60], rsvp="yes", party_size=2, attended=True)
    Needs.objects.create(guest=guest, wants_interpreter=LONG[:60], contact=f"0123456789{LONG}"[:120], shares_contact=True)
    make_dish(evenings["long"], "main", guest=guest, words=LONG[:120])
    doors = {name: make_door(meetup) for name, meetup in evenings.items()}
    end_link(evenings["ended"])
    paths = {f"door_{name}": path for name, (_link, path) in doors.items()}
    paths |= {f"evening_{name}": f"/host/{meetup.code}/evening/" for name, meetup in evenings.items()}
    paths |= {"ask_many": f"/ask/{doors['many'][0].ask_code}", "ask_long": f"/ask/{doors['long'][0].ask_code}"}
    return paths | {"evening_none": f"/host/{make_evening(host, title='No link').code}/evening/"}


def _full_table(host: User, **fields) -> Meetup:
    meetup = make_evening(host, title="Soup of the harbor", seats=12, **fields)
    names = ["Ben Okafor", "Chandra", "Dov", "Esther", "Farid", "Gudrun"]
    guests = [make_guest(meetup, name=name, rsvp="yes", diets="vegetarian") for name in names]
    Guest.objects.filter(pk__in=[guest.pk for guest in guests[:3]]).update(attended=True)
    Guest.objects.filter(pk=guests[1].pk).update(party_size=3)
    make_guest(meetup, name="Hana", rsvp="maybe")
    make_dish(meetup, "dessert", guest=guests[0], words="Plum cake", feeds=6)
    make_dish(meetup, "bread", feeds=6)
    Needs.objects.create(guest=guests[1], wants_ride=True, contact="+1 416 555 0101", shares_contact=True)
    Needs.objects.create(guest=guests[2], wants_step_free=True)
    Kit.objects.filter(pk=meetup.kit_id).update(agreements="Everybody speaks once before anybody speaks twice.")
    link, _path = make_door(meetup)
    add_walk_in(link, WalkIn(uuid4(), "Kim", "", clock.now()))
    for want in ("host", "host", "cohost", "not_now", "not_now", "not_now"):
        RoomAnswer.objects.create(meetup=meetup, key=uuid4(), want=want)
    return meetup


def print_states() -> None:
    """Write the rows of a host and print the paths as JSON."""
    print(json.dumps(make_evening_states(make_host(shown_name="Ana"))))
