"""The addresses that letters are sent from and answered to."""

import pytest

from meetups.access.mail_tags import make_bounce_tag, read_bounce_tag
from meetups.dispatch.send import deliver_due
from meetups.guests.ical import calendar_uid
from meetups.inbound.handle import take_in
from meetups.outbox.return_addresses import envelope_sender, reply_addresses
from meetups.times import clock
from tests import returned
from tests.factories import make_delivery, make_guest, make_meetup
from tests.inbound.sent import later, sent_letter

pytestmark = pytest.mark.django_db


def test_every_letter_leaves_from_an_address_of_its_own(sink):
    row, other = (make_delivery("invitation", guest=make_guest(make_meetup())) for _ in range(2))

    deliver_due()

    came = {received.message_id: received.mail_from for received in sink.messages}
    assert came[row.message_id] == envelope_sender(row) != came[other.message_id]
    local = came[row.message_id].partition("@")[0]
    assert local.startswith("bounce+") and len(local) <= 64


def test_without_inbound_mail_letters_leave_from_the_sites_address_and_are_answered_by_nobody(sink, settings):
    settings.INBOUND_IS_SET_UP = False
    make_delivery("confirmation", guest=make_guest(make_meetup(), rsvp="yes"), context={"rsvp": "yes"})

    deliver_due()

    [received] = sink.messages
    assert received.mail_from == settings.MAIL_FROM
    assert received.message["Reply-To"] is None
    assert f"ORGANIZER;CN=Ana:mailto:{settings.MAIL_FROM}" in received.data.decode().replace("\r\n ", "")


def test_bounce_tag_survives_lower_and_upper_case():
    row = sent_letter()
    tag = make_bounce_tag(row)

    assert read_bounce_tag(tag.lower()) == row
    assert read_bounce_tag(tag.upper()) == row


def test_bounce_tag_holds_for_thirty_days(monkeypatch):
    row = sent_letter()
    tag = make_bounce_tag(row)

    later(monkeypatch, days=29)
    assert read_bounce_tag(tag) == row
    later(monkeypatch, days=3)
    assert read_bounce_tag(tag) is None


@pytest.mark.parametrize("place", [0, 20, 27, 30, 54])
def test_bounce_tag_cannot_be_changed(place):
    tag = make_bounce_tag(sent_letter())
    changed = tag[:place] + ("a" if tag[place] != "a" else "b") + tag[place + 1 :]

    assert read_bounce_tag(changed) is None


def test_tag_of_one_purpose_opens_no_other():
    guest = make_guest(make_meetup(), rsvp="yes")
    [reply] = reply_addresses(guest)
    as_calendar = reply.replace("reply+", "rsvp+")
    raw = returned.calendar_reply(
        as_calendar, attendee=guest.email, uid=calendar_uid(guest.meetup), stamp=clock.now(), partstat="DECLINED"
    )

    assert take_in(raw, as_calendar) == "nothing"
