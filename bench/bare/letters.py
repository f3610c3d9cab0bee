"""The ceilings of letters: what Django, and what smtplib alone, do with the same words."""

import smtplib
import threading
import time
from collections.abc import Iterable

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import connection
from django.template.loader import render_to_string

from meetups import tokens
from meetups.emails import build_message
from meetups.emails.facts import guest_facts, public_url
from meetups.models import Delivery, Meetup
from meetups.services.fanout import RANDOM_HEX


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


def send_ready(row: Delivery, number: int, *, connections: int = 1) -> float:
    """Send the finished bytes of one letter so many times over so many connections with smtplib; return letters a second."""
    data = build_message(row).message().as_bytes(linesep="\r\n")

    def work() -> None:
        with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as client:
            for _ in range(number // connections):
                client.sendmail(settings.MAIL_FROM, [row.guest.email], data)

    threads = [threading.Thread(target=work) for _ in range(connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (number // connections) * connections / (time.perf_counter() - started)


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
