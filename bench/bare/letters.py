"""The ceilings of letters: what Django, and what smtplib alone, do with the same words."""

import smtplib
import socket
import threading
import time
from collections.abc import Iterable

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import connection
from django.template.loader import render_to_string

from meetups.access import tokens
from meetups.letters import build_message
from meetups.letters.context import guest_facts, public_url
from meetups.models import Delivery, Meetup
from meetups.outbox.fan_out import RANDOM_HEX


def send_with_django(rows: Iterable[Delivery]) -> float:
    """Render, build and send one by one over a connection that stays open, as Django's manual says; return letters a second.

    What is the same for all (the evening, the host, the site) is worked out once; there is no outbox and no commit.
    """
    rows = list(rows)
    facts = guest_facts(rows[0])
    started = time.perf_counter()
    with get_connection() as connection:
        for row in rows:
            guest = row.guest
            words = facts | {
                "guest": guest.name,
                "link": public_url(f"/r/{tokens.make_guest_token(guest)}"),
                "stop": public_url(f"/u/{tokens.make_unsubscribe_token(guest)}"),
                "lang": "en",
            }
            message = EmailMultiAlternatives(
                subject=render_to_string(f"emails/{row.kind}/subject.txt", words).strip(),
                body=render_to_string(f"emails/{row.kind}/body.txt", words),
                to=[guest.email],
                headers={"Message-ID": row.message_id, "List-Unsubscribe": f"<{words['stop']}>"},
            )
            message.attach_alternative(render_to_string(f"emails/{row.kind}/body.html", words), "text/html")
            connection.send_messages([message])
    return len(rows) / (time.perf_counter() - started)


def send_ready(row: Delivery, number: int, *, connections: int = 1, in_one_breath: bool = False) -> float:
    """Send the finished bytes of one letter so many times over so many connections with smtplib; return letters a second.

    `in_one_breath` names each next letter along with the dot of the one before, as the outbox does: nothing is quicker.
    """
    data, each = build_message(row).message().as_bytes(linesep="\r\n"), number // connections
    hand_over = _hand_over_in_one_breath if in_one_breath else _hand_over

    def work() -> None:
        with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as client:
            hand_over(client, row.guest.email, data, each)

    threads = [threading.Thread(target=work) for _ in range(connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return each * connections / (time.perf_counter() - started)


def _hand_over(client: smtplib.SMTP, recipient: str, data: bytes, number: int) -> None:
    for _ in range(number):
        client.sendmail(settings.MAIL_FROM, [recipient], data)


def _hand_over_in_one_breath(client: smtplib.SMTP, recipient: str, data: bytes, number: int) -> None:
    client.ehlo()
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    names = f"mail FROM:<{settings.MAIL_FROM}> size={len(data)}\r\nrcpt TO:<{recipient}>\r\n".encode()
    client.send(names)
    for left in reversed(range(number)):
        codes = [client.getreply()[0], client.getreply()[0], client.docmd("data")[0]]
        client.send(data + b".\r\n" + (names if left else b""))
        assert [*codes, client.getreply()[0]] == [250, 250, 354, 250]


def insert_bare(meetup: Meetup, key: str) -> int:
    """Write one row of the outbox for each guest of a meetup by the least that SQL can do; return how many."""
    constants = {
        "kind": "'bare'",
        "context": "'{}'",
        "revision": "0",
        "priority": "5",
        "state": "'queued'",
        "attempts": "0",
        "num_leases": "0",
        "lease_token": "''",
        "last_words": "''",
        **dict.fromkeys(["due_at", "not_after", "next_try_at", "created_at"], "CURRENT_TIMESTAMP"),
        "meetup_id": "meetup_id",
        "guest_id": "id",
        "dedupe_key": "%s || id",
        "message_id": RANDOM_HEX[connection.vendor],
    }
    statement = (
        f"INSERT INTO meetups_delivery ({', '.join(constants)}) SELECT {', '.join(constants.values())}"  # noqa: S608
        " FROM meetups_guest WHERE meetup_id = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [key, meetup.pk])
        return cursor.rowcount
