"""The SMTP server of the tests fails as it is told to."""

import smtplib

import pytest

from tests import smtpsink
from tests.smtpsink import Sink

LETTER = (
    "From: meetups@example.org\r\nTo: ana@example.org\r\nMessage-ID: <one@example.org>\r\nSubject: Come\r\n\r\nHello\r\n.dot\r\n"
)


def send(sink: Sink, to: str = "ana@example.org") -> None:
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=1) as connection:
        connection.sendmail("meetups@example.org", [to], LETTER)


def test_sink_keeps_envelope_and_letter():
    with Sink() as sink:
        send(sink)
        (received,) = sink.wait_for(lambda sink: sink.to("ana@example.org"))

    assert (received.mail_from, received.recipients) == ("meetups@example.org", ("ana@example.org",))
    assert received.data == LETTER.encode()
    assert (received.message_id, received.subject) == ("<one@example.org>", "Come")
    assert received.text.splitlines() == ["Hello", ".dot"]


@pytest.mark.parametrize(
    ("mode", "error", "num_kept"),
    [
        (smtpsink.REFUSE_RECIPIENT, smtplib.SMTPRecipientsRefused, 0),
        (smtpsink.DEFER_RECIPIENT, smtplib.SMTPRecipientsRefused, 0),
        (smtpsink.REFUSE_SENDER, smtplib.SMTPSenderRefused, 0),
        (smtpsink.REFUSE_DATA, smtplib.SMTPDataError, 0),
        (smtpsink.DEFER_DATA, smtplib.SMTPDataError, 0),
        (smtpsink.DROP_IN_BODY, (smtplib.SMTPServerDisconnected, ConnectionError), 0),
        (smtpsink.DROP_AFTER_DOT, smtplib.SMTPServerDisconnected, 1),
        (smtpsink.HANG_AT_MAIL, (smtplib.SMTPServerDisconnected, TimeoutError), 0),
        (smtpsink.HANG_AFTER_DOT, (smtplib.SMTPServerDisconnected, TimeoutError), 0),
    ],
)
def test_sink_misbehaves_as_told_and_keeps_what_it_would_have_kept(mode, error, num_kept):
    with Sink(mode) as sink:
        with pytest.raises(error):
            send(sink)
        num_received = len(sink.messages)

    assert num_received == num_kept


def test_sink_answers_one_address_differently():
    with Sink() as sink:
        sink.answers["gone@example.org"] = "550 5.1.1 Gone"

        with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
            send(sink, "gone@example.org")
        send(sink)

    assert refusal.value.recipients == {"gone@example.org": (550, b"5.1.1 Gone")}
    assert [message.recipients for message in sink.messages] == [("ana@example.org",)]


def test_sink_says_every_extension_and_misbehaves_once():
    with Sink() as sink, smtplib.SMTP("127.0.0.1", sink.port, timeout=1) as connection:
        sink.extensions = ["PIPELINING"]
        sink.troubles[smtpsink.MAIL] = ["451 4.3.0 Later"]
        connection.ehlo("here")
        answers = [connection.mail("meetups@example.org")[0] for _ in range(2)]

    assert connection.has_extn("pipelining")
    assert answers == [451, 250]
