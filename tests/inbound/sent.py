"""What the tests of incoming mail share."""

from datetime import timedelta

from meetups.models import Delivery, Guest
from meetups.times import clock
from tests.factories import make_delivery, make_guest, make_meetup

LOGIN = "ana.private.login@example.org"


def sent_letter(guest: Guest | None = None, kind: str = "invitation", **fields) -> Delivery:
    return make_delivery(kind, guest=guest or make_guest(make_meetup()), state="sent", finished_at=clock.now(), **fields)


def kinds_owed(meetup) -> list[str]:
    return sorted(Delivery.objects.filter(meetup=meetup, state="queued").values_list("kind", flat=True))


def later(monkeypatch, **span) -> None:
    now, moved = clock.now, timedelta(**span)
    monkeypatch.setattr(clock, "now", lambda: now() + moved)
