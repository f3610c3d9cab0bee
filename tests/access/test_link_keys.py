"""Which keys verify links, and until when (R74)."""

from datetime import UTC, datetime, timedelta

import pytest

from meetups.access.tokens import make_guest_token, make_unsubscribe_token, read_guest_token, read_unsubscribe_token
from meetups.guests.services.access_link import refuse_link, renew_link
from meetups.guests.services.guest_list import remove_guest
from meetups.models import Guest
from meetups.outbox.suppression import is_suppressed, suppress
from tests.factories import make_guest, make_meetup

pytestmark = pytest.mark.django_db
OLD, NEW = "o" * 40, "n" * 40


@pytest.fixture
def guest() -> Guest:
    return make_guest(make_meetup(), "maria@example.org", name="Maria")


def test_an_old_key_opens_links_until_its_end_and_then_none(client, guest, settings, moved_clock):
    settings.LINK_KEYS = [OLD]
    link, stop = make_guest_token(guest), make_unsubscribe_token(guest)
    settings.LINK_KEYS, settings.LINK_KEYS_UNTIL = [NEW, OLD], {OLD: datetime(2100, 1, 31, 23, 59, tzinfo=UTC)}
    assert read_guest_token(link) == guest
    assert make_guest_token(guest) != link
    assert client.post(f"/r/{link}", {"rsvp": "yes"}).status_code == 303

    settings.LINK_KEYS_UNTIL = {OLD: datetime(2020, 1, 31, 23, 59, tzinfo=UTC)}

    assert client.get(f"/r/{link}").status_code == 404
    # Unsubscribing must stay possible.
    assert read_unsubscribe_token(stop) == guest
    assert client.get(f"/r/{make_guest_token(guest)}").status_code == 200


def test_who_wants_no_letters_stays_known_after_the_keys_end(settings):
    settings.LINK_KEYS = [OLD]
    guest = make_guest(make_meetup(), "maria@example.org")
    suppress(guest.email_hash)

    settings.LINK_KEYS, settings.LINK_KEYS_UNTIL = [NEW, OLD], {OLD: datetime(2020, 1, 31, tzinfo=UTC)}
    other = make_guest(make_meetup(), "maria@example.org")

    assert is_suppressed(other)


@pytest.mark.parametrize("act", [renew_link, refuse_link, remove_guest])
def test_old_links_fail_at_once_however_they_are_ended(client, guest, act):
    link = make_guest_token(guest)
    assert client.get(f"/r/{link}").status_code == 200

    act(guest)

    answers = [client.get(f"/r/{link}{below}").status_code for below in ("", "/confirm", "/ask", "/not-me")]
    assert answers == [404] * 4
    assert client.post(f"/r/{link}", {"rsvp": "no"}).status_code == 404


def test_a_link_expires_fourteen_days_after_the_end(client, guest, moved_clock):
    link = make_guest_token(guest)
    moved_clock(to=guest.meetup.ends_at + timedelta(days=13, hours=23))
    assert client.get(f"/r/{link}").status_code == 200

    moved_clock(to=guest.meetup.ends_at + timedelta(days=14, minutes=1))

    assert client.get(f"/r/{link}").status_code == 410
    assert client.get(f"/u/{make_unsubscribe_token(guest)}").status_code == 200


@pytest.mark.usefixtures("full_window")
def test_a_right_link_opens_where_many_wrong_ones_were_tried(client, guest):
    link = make_guest_token(guest)

    codes = [client.get(f"/r/{'A' * 42}{letter}").status_code for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij"]

    assert codes[-1] == 429
    assert client.get(f"/r/{link}").status_code == 200
