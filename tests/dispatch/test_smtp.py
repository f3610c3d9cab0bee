"""The connection that knows how far it came, against a real relay on loopback that misbehaves as told."""

import socket
import sys
import threading
import time

import pytest

from meetups.dispatch import relay as relays
from meetups.dispatch.relay import FileRelay, Relay
from meetups.dispatch.smtp import CannotSend, Envelope, NotTaken, Stage
from tests import smtpsink

LETTER = b"From: <a@example.org>\r\nTo: <b@example.org>\r\nSubject: soup\r\n\r\n.first\r\nsecond line\n..third\r\n"


def yes() -> bool:
    return True


@pytest.fixture(params=[[], ["PIPELINING"]], ids=["one by one", "pipelined"])
def sink(settings, request):
    with smtpsink.Sink() as sink:
        sink.extensions = request.param
        point_at(settings, sink.port)
        yield sink


@pytest.fixture
def relay():
    with Relay() as relay:
        yield relay


def point_at(settings, port: int, *, timeout: int = 2) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, timeout
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""


def send(relay: Relay, recipient: str = "b@example.org", data: bytes = LETTER, before_data=yes) -> None:
    relay.send("a@example.org", recipient, data, before_data=before_data)


def trouble_of(relay: Relay, **arguments) -> NotTaken:
    with pytest.raises(NotTaken) as caught:
        send(relay, **arguments)
    return caught.value


def test_a_letter_arrives_with_its_dots_and_whole_lines(sink, relay):
    send(relay)

    [received] = sink.messages
    assert received.recipients == ("b@example.org",)
    assert received.data == LETTER.replace(b"line\n", b"line\r\n")


def test_the_relay_is_greeted_with_the_name_of_the_site(settings, sink, relay):
    settings.EHLO_NAME = "tables.example.org"

    send(relay)

    assert sink.greeted_as == ["tables.example.org"]


def test_one_connection_carries_many_letters(sink, relay):
    peers = set()

    def note_connection() -> bool:
        peers.add(relay._smtp.sock.getsockname())
        return True

    for _ in range(5):
        send(relay, before_data=note_connection)

    assert len(sink.messages) == 5
    assert len(peers) == 1


@pytest.mark.parametrize(
    ("mode", "stage", "code", "kind"),
    [
        (smtpsink.REFUSE_RECIPIENT, Stage.RCPT, 550, "refused"),
        (smtpsink.DEFER_RECIPIENT, Stage.RCPT, 451, "later"),
        (smtpsink.REFUSE_SENDER, Stage.MAIL, 550, "relay"),
        (smtpsink.REFUSE_DATA, Stage.DOT, 554, "refused"),
        (smtpsink.DEFER_DATA, Stage.DOT, 451, "later"),
        (smtpsink.DROP_AFTER_DOT, Stage.DOT, None, "unknown"),
        (smtpsink.HANG_AFTER_DOT, Stage.DOT, None, "unknown"),
        (smtpsink.HANG_AT_MAIL, Stage.MAIL, None, "later"),
    ],
)
def test_each_trouble_is_told_by_its_stage(sink, relay, settings, mode, stage, code, kind):
    settings.EMAIL_TIMEOUT = 1
    sink.mode = mode

    trouble = trouble_of(relay)

    kinds = {"refused": trouble.is_refused, "unknown": trouble.is_unknown, "relay": trouble.is_relay}
    assert (trouble.stage, trouble.code) == (stage, code)
    assert [name for name, is_it in kinds.items() if is_it] == ([] if kind == "later" else [kind])


def test_after_a_refused_recipient_the_same_connection_goes_on(sink, relay):
    sink.answers["gone@example.org"] = "550 5.1.1 Gone"

    assert trouble_of(relay, recipient="gone@example.org").words == "5.1.1 Gone"
    before = relay._smtp
    send(relay)

    assert relay._smtp is before
    assert [message.recipients for message in sink.messages] == [("b@example.org",)]


def test_a_no_before_data_leaves_the_relay_without_the_letter(sink, relay):
    with pytest.raises(CannotSend):
        send(relay, before_data=lambda: False)
    send(relay, recipient="c@example.org")

    assert [message.recipients for message in sink.messages] == [("c@example.org",)]


def test_a_connection_lost_while_idle_is_opened_again(sink, relay):
    send(relay)
    relay._smtp.sock.shutdown(socket.SHUT_RDWR)
    send(relay)

    assert len(sink.messages) == 2


@pytest.fixture
def pipelining(sink):
    """A relay that supports PIPELINING."""
    sink.extensions = ["PIPELINING"]
    return sink


def envelope_to(recipient: str) -> Envelope:
    return Envelope.of("a@example.org", recipient, LETTER)


def send_and_announce(relay: Relay, following: str, **arguments) -> None:
    relay.send(
        "a@example.org", "b@example.org", LETTER, before_data=yes, next_envelope=lambda: envelope_to(following), **arguments
    )


def test_the_next_letter_is_announced_with_the_dot_and_not_again(pipelining, relay):
    send_and_announce(relay, "c@example.org")
    pipelining.wait_for(lambda sink: sink.num_named == 2)
    send(relay, recipient="c@example.org")

    assert [message.recipients for message in pipelining.messages] == [("b@example.org",), ("c@example.org",)]
    assert pipelining.num_named == 2


def test_a_letter_that_was_announced_and_is_not_sent_leaves_nothing_behind(pipelining, relay):
    send_and_announce(relay, "c@example.org")
    send(relay, recipient="d@example.org")

    assert [message.recipients for message in pipelining.messages] == [("b@example.org",), ("d@example.org",)]


@pytest.mark.parametrize("answer", ["451 4.3.0 Later", "554 5.7.1 Spam"])
def test_a_letter_refused_after_its_dot_does_not_cancel_the_announced_next_one(pipelining, relay, answer):
    pipelining.troubles[smtpsink.DOT] = [answer]

    with pytest.raises(NotTaken) as caught:
        send_and_announce(relay, "c@example.org")
    send(relay, recipient="c@example.org")

    assert (caught.value.stage, caught.value.code) == (Stage.DOT, int(answer[:3]))
    assert [message.recipients for message in pipelining.messages] == [("c@example.org",)]
    assert pipelining.num_named == 2


def test_the_last_letter_of_a_connection_announces_no_next_one(pipelining, relay, monkeypatch):
    monkeypatch.setattr(relays, "LETTERS_FOR_A_CONNECTION", 1)
    send_and_announce(relay, "c@example.org")
    send(relay, recipient="c@example.org")

    assert (len(pipelining.messages), pipelining.num_named) == (2, 2)


def test_a_next_letter_whose_address_cannot_be_written_is_not_announced(pipelining, relay):
    send_and_announce(relay, "c@example.org>\r\nRCPT TO:<evil@example.org")
    send(relay, recipient="d@example.org")

    assert [message.recipients for message in pipelining.messages] == [("b@example.org",), ("d@example.org",)]
    assert pipelining.num_named == 2


def test_nobody_listening_is_the_relays_trouble(settings, relay):
    point_at(settings, smtpsink.free_port())

    trouble = trouble_of(relay)

    assert (trouble.stage, trouble.code, trouble.is_relay) == (Stage.CONNECT, None, True)


def test_a_name_that_does_not_exist_is_the_relays_trouble(settings, relay):
    point_at(settings, 25)
    settings.EMAIL_HOST = "relay.invalid"

    assert trouble_of(relay).is_relay


def test_a_relay_without_tls_gets_no_letter_when_tls_is_asked_for(settings, sink, relay):
    settings.EMAIL_USE_TLS = True

    trouble = trouble_of(relay)

    assert (trouble.stage, trouble.is_relay, sink.messages) == (Stage.HELLO, True, [])


def test_a_line_break_in_an_address_never_reaches_the_relay(sink, relay):
    trouble = trouble_of(relay, recipient="b@example.org>\r\nRCPT TO:<evil@example.org")

    assert trouble.is_refused
    assert sink.messages == []


def raw_relay(play, buffer: int = 0) -> int:
    """Return the port of a relay that says yes until DATA and then does what `play(connection, lines)` does.

    `buffer` is how many bytes its system takes that it has not read yet.
    """
    server = socket.socket()
    if buffer:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    server.bind(("127.0.0.1", 0))
    server.listen()

    def serve():
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 hello\r\n")
            for line in lines:
                if line.lower().startswith(b"data"):
                    connection.sendall(b"354 go on\r\n")
                    play(connection, lines)
                    return
                connection.sendall(b"250 yes\r\n")

    threading.Thread(target=serve, daemon=True).start()
    return server.getsockname()[1]


def test_a_connection_lost_in_the_middle_of_a_long_letter_is_not_unknown(settings, relay):
    def read_a_little(connection, lines):
        lines.read(1000)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    point_at(settings, raw_relay(read_a_little))

    trouble = trouble_of(relay, data=LETTER + b"and so on\r\n" * 2_000_000)

    assert (trouble.stage, trouble.is_unknown, trouble.is_relay) == (Stage.DATA, False, False)


@pytest.mark.parametrize("end", ["reset", "silence"])
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux says what the other side has acknowledged")
def test_a_dot_that_the_relay_has_not_acknowledged_is_not_unknown(settings, relay, end):
    """The whole letter fits into our own buffer and is sent at once; the relay reads its first bytes and no more."""
    is_over = threading.Event()

    def read_a_little(connection, lines):
        lines.read(100)
        if end == "silence":
            is_over.wait(10)
        time.sleep(0.3)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    point_at(settings, raw_relay(read_a_little, buffer=4096), timeout=1)

    trouble = trouble_of(relay, data=LETTER + b"and so on\r\n" * 10_000)
    is_over.set()

    assert (trouble.stage, trouble.code) == (Stage.DATA, None)
    assert not trouble.is_unknown
    assert not trouble.is_relay


def test_an_answer_that_cannot_be_read_after_the_dot_is_unknown(settings, relay):
    def babble(connection, lines):
        while lines.readline() != b".\r\n":
            pass
        connection.sendall(b"what?\r\n")

    point_at(settings, raw_relay(babble))

    assert trouble_of(relay).is_unknown


def test_files_are_written_whole_and_a_full_disk_lets_letters_wait(settings, tmp_path):
    settings.MAIL_DIR = tmp_path / "mail"
    send(FileRelay())
    [file] = settings.MAIL_DIR.iterdir()
    assert file.read_bytes() == LETTER

    settings.MAIL_DIR = file / "not a folder"
    assert trouble_of(FileRelay()).is_relay
