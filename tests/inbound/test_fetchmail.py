"""The mailbox that incoming mail is fetched from."""

import pytest
from django.core.management import CommandError, call_command

from meetups import tasks
from meetups.inbound.handle import fetch_mail
from meetups.models import Delivery
from meetups.outbox.return_addresses import envelope_sender, reply_addresses
from tests import returned, smtpsink
from tests.factories import make_guest, make_meetup
from tests.imapbox import ImapBox
from tests.inbound.sent import sent_letter

pytestmark = pytest.mark.django_db


def test_fetchmail_takes_in_what_is_unread_and_removes_what_was_acted_on(settings, capsys):
    row = sent_letter()
    with ImapBox({7: returned.bounce(envelope_sender(row)), 9: b"Subject: spam\n\nbuy"}) as box:
        settings.INBOUND_IMAP_URL = box.url

        call_command("fetchmail", "--once")
        call_command("fetchmail", "--once")

        assert (list(box.messages), box.seen) == ([9], {7, 9})
    assert capsys.readouterr().out.splitlines() == ["1 bounce, 1 nothing", "nothing came"]
    row.refresh_from_db()
    assert row.state == "failed"


def test_the_worker_says_that_the_mailbox_does_not_answer_and_goes_on(settings, caplog):
    settings.INBOUND_IMAP_URL = f"imap://box:s3cret@127.0.0.1:{smtpsink.free_port()}/INBOX"

    tasks.fetch_mail()

    assert "The mailbox does not answer: ConnectionRefusedError." in caplog.text


def test_a_mailbox_read_by_two_workers_at_once_is_taken_in_once(settings):
    row = sent_letter(make_guest(make_meetup(), rsvp="yes"))
    [to] = reply_addresses(row.guest)
    messages = {1: returned.bounce(envelope_sender(row)), 2: returned.words(to)}
    for _worker in range(2):
        with ImapBox(messages) as box:
            settings.INBOUND_IMAP_URL = box.url
            fetch_mail()

    assert Delivery.objects.filter(kind="guest_words").count() == 1
    assert Delivery.objects.filter(kind="host_bounced").count() == 1


def test_fetchmail_says_what_is_wrong_and_never_the_password(settings):
    with ImapBox({}) as box:
        settings.INBOUND_IMAP_URL = box.url.replace("s3cret", "wr0ng")
        with pytest.raises(CommandError, match="does not let us in") as error:
            call_command("fetchmail", "--once")
        assert "wr0ng" not in str(error.value)
    with pytest.raises(CommandError, match="The mailbox does not answer"):
        call_command("fetchmail", "--once")
    settings.INBOUND_IMAP_URL = ""
    with pytest.raises(CommandError, match="INBOUND_IMAP_URL is not set"):
        call_command("fetchmail", "--once")
