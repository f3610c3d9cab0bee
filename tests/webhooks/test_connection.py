"""One POST to an address that somebody else chose: never to a private one, never longer or more than it may (R95)."""

import socket
import time

import pytest

from meetups.webhooks import connection
from meetups.webhooks.connection import NO_CONNECTION, NO_HTTP, NO_TLS, NOT_PUBLIC, REDIRECT, TOO_SLOW, is_public, post

PRIVATE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
    *("255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1"),
    # Private ones wrapped into IPv6: mapped, 6to4, NAT64.
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "2002:a00:1::", "64:ff9b::7f00:1", "64:ff9b::a00:1"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_known(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"])
def test_a_public_address_is_known(address):
    assert is_public(address)


def test_it_posts_and_says_what_came_back(receiver):
    receiver.body = b"thank\x00 you\n\xff kindly"

    answer = post(receiver.url, b'{"a":1}', {"webhook-id": "msg_1"})

    assert (answer.status, answer.is_taken) == (200, True)
    assert answer.words == "thank you � kindly"
    path, headers, body = receiver.got[0]
    assert (path, body, headers["webhook-id"]) == ("/hook?key=1", '{"a":1}', "msg_1")
    assert {"cookie", "referer", "authorization"}.isdisjoint(headers)


def test_this_machine_is_refused_but_for_the_port_of_the_tests(receiver, settings):
    url = receiver.url.replace("http://", "https://")

    assert post(url, b"", {}).words == NOT_PUBLIC
    assert post(receiver.url.replace("127.0.0.1", "localhost"), b"", {}).words == NO_TLS
    settings.WEBHOOK_TEST_PORT = 0
    assert post(receiver.url, b"", {}).words == NO_TLS
    assert receiver.got == []


@pytest.mark.parametrize("host", ["[::ffff:7f00:1]", "127.1", "2130706433", "0x7f.0.0.1", "[::1]", "0.0.0.0"])
def test_no_spelling_of_this_machine_is_let_through(receiver, host):
    answer = post(f"https://{host}:{receiver.port}/", b"", {})

    assert answer.status is None
    assert receiver.got == []


class Resolver:
    """A name server that lies: each question gets the next answer, the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, host, port, *args, **kwargs):
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in answer]


def test_a_name_is_resolved_once_and_the_connection_goes_to_what_was_looked_at(monkeypatch):
    """DNS rebinding: the second answer would be this machine."""
    resolver = Resolver(["93.184.216.34"], ["127.0.0.1"])
    tried = []

    def connect(address, timeout=None, source_address=None):
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    monkeypatch.setattr(socket, "create_connection", connect)

    assert post("https://rebind.example.org/", b"", {}).words == NO_CONNECTION
    assert (tried, resolver.asked) == ([("93.184.216.34", 443)], 1)


def test_a_name_with_one_private_address_among_its_own_is_refused(monkeypatch, receiver):
    monkeypatch.setattr(socket, "getaddrinfo", Resolver(["93.184.216.34", "127.0.0.1"]))

    assert post(f"https://both.example.org:{receiver.port}/", b"", {}).words == NOT_PUBLIC


def test_a_redirect_is_not_followed(receiver):
    receiver.status, receiver.headers = 307, {"Location": receiver.url.replace("/hook", "/elsewhere")}

    answer = post(receiver.url, b"", {})

    assert (answer.status, answer.words, answer.is_taken) == (307, REDIRECT, False)
    assert len(receiver.got) == 1


@pytest.mark.parametrize("behavior", ["hang", "drip"])
def test_who_hangs_or_drips_is_cut_off(receiver, monkeypatch, behavior):
    monkeypatch.setattr(connection, "SECONDS", 0.3)
    receiver.behave = getattr(receiver, behavior)
    began = time.monotonic()

    assert post(receiver.url, b"", {}).words == TOO_SLOW
    assert time.monotonic() - began < 3


def test_of_an_answer_without_an_end_the_first_words_are_read(receiver):
    receiver.behave = receiver.flood

    answer = post(receiver.url, b"", {})

    assert (answer.status, len(answer.words) <= 300) == (200, True)


def test_nonsense_is_no_answer(receiver):
    receiver.behave = receiver.talk_nonsense

    assert post(receiver.url, b"", {}).words == NO_HTTP


@pytest.mark.parametrize(
    ("said", "seconds"), [("120", 120), ("999999", 86_400), ("-1", 0), ("soon", 0), ("٣", 0), ("9" * 400, 0)]
)
def test_what_it_says_of_the_next_try_is_read(receiver, said, seconds):
    receiver.status, receiver.headers = 429, {"Retry-After": said} if said.isascii() else {}

    assert post(receiver.url, b"", {}).retry_after == seconds
