"""An evening with a door link, at the hour a test needs."""

from datetime import timedelta

from hosts.models import User
from meetups.access.tokens import make_door_token
from meetups.evening.services.door_link import make_link
from meetups.models import DoorLink, Meetup
from meetups.times import clock
from tests.factories import make_meetup


def make_evening(host: User | None = None, *, begins_in: timedelta = timedelta(hours=-1), **fields) -> Meetup:
    """Return a published evening of three hours that begins so far from now, whatever hour it is where the test runs."""
    begins = clock.now() + begins_in
    return make_meetup(host, date=begins.date(), time=begins.time(), zone="UTC", **fields)


def make_door(meetup: Meetup) -> tuple[DoorLink, str]:
    """Return the door link of an evening and its address."""
    link = make_link(meetup)
    return link, f"/e/{make_door_token(link)}/"
