"""Feedback reports: the address is suppressed for everything."""

import pytest

from meetups.access.address_hash import hash_address
from meetups.inbound.handle import take_in
from meetups.models import Suppression
from meetups.outbox.return_addresses import envelope_sender
from tests import returned
from tests.factories import make_delivery, make_guest, make_meetup
from tests.inbound.sent import sent_letter

pytestmark = pytest.mark.django_db


def test_a_complaint_keeps_everything_from_the_address_at_once(caplog):
    guest = make_guest(make_meetup(), "maria@example.org")
    elsewhere = make_guest(make_meetup(), "maria@example.org")
    owed = make_delivery("seven_days", guest=elsewhere)
    row = sent_letter(guest)

    assert take_in(returned.complaint(mail_from=envelope_sender(row))) == "complaint"

    owed.refresh_from_db()
    assert Suppression.objects.get().address_hash == hash_address("maria@example.org")
    assert Suppression.objects.get().target == ""
    assert owed.state == "withdrawn"
    assert f"complaint about letter {row.pk}" in caplog.text
    assert "maria@" not in caplog.text


def test_a_complaint_may_name_the_letter_by_its_message_id_and_counts_once():
    row = sent_letter()

    assert take_in(returned.complaint(message_id=row.message_id)) == "complaint"
    assert take_in(returned.complaint(message_id=row.message_id)) == "nothing"


def test_who_says_that_it_is_no_spam_does_not_complain():
    row = sent_letter()

    assert take_in(returned.complaint(message_id=row.message_id, kind="not-spam")) == "nothing"
    assert not Suppression.objects.exists()


def test_a_complaint_about_no_letter_of_ours_is_logged(caplog):
    assert take_in(returned.complaint(message_id="<" + "0" * 32 + "@localhost>")) == "nothing"
    assert "names no letter of ours" in caplog.text
