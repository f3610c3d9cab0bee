"""Nothing listens at the relay: the pages of a host say that letters wait, and why, until they are gone (R126)."""

import pytest

from meetups.dispatch.send import deliver_due
from meetups.models import Delivery
from tests import smtpsink
from tests.factories import make_delivery, make_guest, make_host, make_meetup

pytestmark = pytest.mark.django_db


@pytest.fixture
def relay(settings):
    """An address at which nothing listens, until somebody starts it."""
    relay = smtpsink.Sink()
    settings.MAIL_IS_FILES = False
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", relay.port, 1
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    return relay


def test_a_dead_relay_is_said_on_every_page_of_the_host_until_the_letters_are_gone(client, relay, moved_clock):
    meetup = make_meetup(make_host(), seats=300)
    client.force_login(meetup.host)
    guest = make_guest(meetup)
    rows = [make_delivery("invitation", guest=guest), make_delivery("invitation", guest=make_guest(meetup))]
    pages = [meetup.get_desk_url(), f"/host/{meetup.code}/letters/", f"/host/{meetup.code}/guests/{guest.pk}/"]

    deliver_due()
    moved_clock(minutes=11)
    deliver_due()
    moved_clock(minutes=13)
    deliver_due()
    dead = [client.get(page).content.decode() for page in pages]
    with relay:
        moved_clock(minutes=16)
        deliver_due()
    well = [client.get(page).content.decode() for page in pages]

    assert all("Our mail server does not answer." in page and "The next try comes by itself (" in page for page in dead)
    assert "2 letters should have left and wait." in dead[0]
    assert "2 wait" in dead[1]
    assert [row.state for row in Delivery.objects.filter(pk__in=[row.pk for row in rows])] == ["sent", "sent"]
    assert not any("does not answer" in page for page in well)
    assert "2 gone" in well[1]
    assert "Gone: the mail server took it (" in well[2]
