"""Too many invitations over the whole site wait until staff has looked; everything else leaves (R88)."""

import logging
from datetime import timedelta

import pytest
from django.core.cache import cache

from meetups.dispatch.health import outbox_health
from meetups.dispatch.relay_state import resume_outbox
from meetups.models import AddressLedger
from meetups.operations.sweep import sweep
from meetups.times import clock
from tests.factories import make_delivery, make_guest, make_meetup

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def three_an_hour(settings, tmp_path):
    settings.MAIL_IS_FILES, settings.MAIL_DIR = True, tmp_path / "mail"
    settings.INVITATIONS_PER_HOUR = 3


def look() -> dict:
    """Let the worker look around a minute later; return how many letters left."""
    cache.delete("invitations_watched")
    return {state: number for state, number in sweep().items() if state == "sent"}


def note(number: int, *, minutes_ago: int = 10) -> None:
    at = clock.now() - timedelta(minutes=minutes_ago)
    AddressLedger.objects.bulk_create(AddressLedger(address_hash=f"{n:064}", kind="invitation", at=at) for n in range(number))


def test_as_many_as_ever_leave(caplog):
    note(3)
    note(9, minutes_ago=70)
    make_delivery("invitation", guest=make_guest(make_meetup()))

    assert look() == {"sent": 1}
    assert not outbox_health().held


def test_too_many_wait_for_staff_and_a_cancellation_does_not(caplog):
    caplog.set_level(logging.ERROR)
    note(4)
    invitation = make_delivery("invitation", guest=make_guest(make_meetup()))
    make_delivery("canceled", guest=make_guest(make_meetup(status="canceled"), rsvp="yes"))

    assert look() == {"sent": 1}
    assert look() == {}

    invitation.refresh_from_db()
    assert (invitation.state, outbox_health().held) == ("queued", True)
    assert caplog.text.count("invitations are paused: 4 letters to strangers in an hour") == 1


def test_what_staff_let_go_leaves_and_is_counted_anew():
    note(4)
    make_delivery("invitation", guest=make_guest(make_meetup()))
    look()

    resume_outbox()

    assert look() == {"sent": 1}
    assert not outbox_health().held
    note(4, minutes_ago=0)
    look()
    assert outbox_health().held
