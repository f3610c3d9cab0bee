"""Hundreds of clients that send half a request, or read no answer, keep nobody else from a site without a proxy."""

import contextlib
import http.client
import socket
import time
from collections.abc import Iterator

import pytest

from tests.serving import Site

pytestmark = pytest.mark.slow
PAGE = "/accounts/login/"
NUM_SLOW = 200
QUICKLY = 2.0
NOTHING = b""
HALF_A_HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Half: "
HALF_A_BODY = (
    b"POST /report/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 4000\r\n\r\nwhat=half+of+it"
)
# Answers that nobody reads, of 95 kB each: more than the buffers of a connection hold.
UNREAD = b"GET /static/fonts/cards/LongtableSerif-SemiBold.ttf HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("slow"), workers=0) as running:
        yield running


@contextlib.contextmanager
def slow_clients(site: Site, number: int, sent: bytes) -> Iterator[list[socket.socket]]:
    """Open so many connections, each of which sends this and then waits."""
    with contextlib.ExitStack() as opened:
        clients = []
        for _ in range(number):
            client = opened.enter_context(socket.create_connection(("127.0.0.1", site.port), timeout=10))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(sent)
            clients.append(client)
        # As long as the server may take to have read it all.
        time.sleep(0.5)
        yield clients


def seconds_of_page(site: Site) -> float:
    """Return how long the page takes on a connection of its own."""
    started = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    try:
        connection.request("GET", PAGE, headers={"Host": "localhost"})
        response = connection.getresponse()
        assert response.status == 200
        response.read()
    finally:
        connection.close()
    return time.perf_counter() - started


def is_closed(client: socket.socket) -> bool:
    """Tell whether the server has closed the connection, whatever it sent before."""
    client.settimeout(0.2)
    with contextlib.suppress(TimeoutError):
        try:
            while client.recv(65_536):
                pass
        except ConnectionError:
            return True
        return True
    return False


@pytest.mark.parametrize("sent", [NOTHING, HALF_A_HEAD, HALF_A_BODY, UNREAD], ids=["nothing", "head", "body", "unread"])
def test_a_page_answers_quickly_beside_two_hundred_slow_clients(site, sent):
    with slow_clients(site, NUM_SLOW, sent):
        # The first also waits for what the others asked for.
        _first, *seconds = [seconds_of_page(site) for _ in range(6)]

    assert max(seconds) < QUICKLY


def test_more_slow_clients_than_a_process_has_connections_end_by_themselves(site):
    with slow_clients(site, 1200, HALF_A_HEAD) as clients:
        assert seconds_of_page(site) < 30
        is_over = [is_closed(client) for client in clients[:20]]

    assert all(is_over)
    assert seconds_of_page(site) < QUICKLY


def test_a_request_that_arrives_byte_by_byte_ends_though_it_is_never_silent(site):
    with slow_clients(site, 1, HALF_A_HEAD) as [client]:
        deadline, began = time.monotonic() + 40, time.monotonic()
        with pytest.raises(ConnectionError):
            while time.monotonic() < deadline:
                client.sendall(b"x")
                time.sleep(0.5)

    assert 15 < time.monotonic() - began < 35


def test_a_whole_request_in_two_halves_is_answered(site):
    with slow_clients(site, 1, HALF_A_HEAD) as [client]:
        time.sleep(3)
        client.sendall(b"done\r\nConnection: close\r\n\r\n")
        answer = client.recv(65_536)

    assert answer.startswith(b"HTTP/1.1 200 OK")


def test_a_body_over_the_limit_is_refused_before_it_is_sent(site):
    head = b"POST /report/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 34000000\r\n\r\n"

    with slow_clients(site, 1, head) as [client]:
        answer = client.recv(65_536)

    assert answer.startswith(b"HTTP/1.1 413 ")
