"""What the site relies on of its web server: whose headers it passes on, and how it stops."""

import http.client
import os
import signal
import socket
from collections.abc import Iterator

import pytest

from tests.serving import Site

pytestmark = pytest.mark.slow
FORM = b"what=Something+is+wrong&page=&email=&crumbs="


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    with Site(tmp_path, workers=0) as running:
        yield running


def ask(site: Site, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    connection.request("GET", path, headers={"Host": f"localhost:{site.port}"} | headers)
    response = connection.getresponse()
    response.read()
    return response


def test_headers_of_a_proxy_reach_django_and_lookalikes_do_not(site):
    mailbox = "/mailbox/"

    assert ask(site, mailbox).status == 200
    # Through a proxy the reader may be on another machine, where nobody may read this machine's mail.
    assert ask(site, mailbox, **{"X-Forwarded-For": "127.0.0.1"}).status == 404
    assert ask(site, mailbox, **{"X_Forwarded_For": "203.0.113.9"}).status == 200


def test_no_answer_names_the_server(site):
    assert ask(site, "/accounts/login/").headers["Server"] is None


def test_a_request_that_has_begun_is_answered_while_the_server_stops(site):
    head = f"POST /report/ HTTP/1.1\r\nHost: localhost:{site.port}\r\nContent-Length: {len(FORM)}\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as client:
        client.sendall(head.encode() + FORM[:10])
        ask(site, "/readyz")

        assert site.web
        os.kill(site.web.pid, signal.SIGTERM)
        with pytest.raises(OSError):
            while ask(site, "/readyz"):
                pass
        client.sendall(FORM[10:])
        answer = client.recv(65_536)

    assert answer.startswith(b"HTTP/1.1 302 ")
    assert site.web.wait(20) == 0
