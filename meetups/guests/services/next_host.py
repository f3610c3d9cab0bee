"""Who could host: the letters with a draft that are owed when a guest says so, and their "not now"."""

from datetime import time

from django.db import transaction
from django.utils.crypto import salted_hmac

from hosts.models import User
from meetups.models import Delivery, Guest, Meetup, Suppression
from meetups.models.meetup import CODE_ALPHABET
from meetups.outbox.queue import make_delivery, owe_many, withdraw_deliveries
from meetups.outbox.suppression import HOSTING, suppress
from meetups.times import clock, wall_time

# The next day, a week after that, and a month after that, at ten on the wall of the place.
DAYS_LATER = (1, 8, 31)
AT = time(10)


def owe_drafts(guest: Guest) -> None:
    """Owe a guest who could host the letter with the draft, and twice the question again, in the caller's transaction.

    The claim withdraws what is not wanted any more: taken back, "not now", an evening of their own. A second call owes nothing,
    and so does a guest without an address.
    """
    if not guest.email:
        return
    now, zone = clock.now(), guest.meetup.zone
    owe_many(
        [
            make_delivery(
                Delivery.Kind.COULD_HOST,
                key=f"{guest.pk}:{ask}",
                guest=guest,
                due_at=wall_time.days_before_at(now, zone, -days, AT),
                context={"ask": ask},
            )
            for ask, days in enumerate(DAYS_LATER)
        ]
    )


def owe_draft_from_room(guest: Guest, *, want: str) -> bool:
    """Owe the letters with a draft to the address that somebody typed at the ask in the room; return False where they are owed
    already. In the caller's transaction.

    A guest who answered behind their own link is asked as often as one who said so on it. Any other address gets one letter: that
    it was typed does not prove whose it is. `want` is "host" or "cohost".
    """
    if Delivery.objects.filter(guest=guest, kind=Delivery.Kind.ROOM_ASK).exists():
        return False
    is_known = guest.counts and guest.address_proven_at is not None
    now, zone = clock.now(), guest.meetup.zone
    owe_many(
        [
            make_delivery(
                Delivery.Kind.ROOM_ASK,
                key=f"{guest.pk}:{ask}",
                guest=guest,
                due_at=wall_time.days_before_at(now, zone, -days, AT),
                # The page says that the first one leaves at ten, so it waits for no other letter of that day.
                context={"want": want, "ask": ask, "asks_again": is_known, "is_promised": ask == 0},
            )
            for ask, days in enumerate(DAYS_LATER if is_known else DAYS_LATER[:1])
        ]
    )
    return True


def prove_from_room(guest: Guest) -> None:
    """Let a guest who is known from the ask in the room alone count: they pressed a button behind the letter it brought.

    They say that they were there, which the host confirms. A second call, or one for another guest, changes nothing.
    """
    if guest.origin != Guest.Origin.SELF or guest.address_proven_at is not None:
        return
    if Delivery.objects.filter(guest=guest, kind=Delivery.Kind.ROOM_ASK).exists():
        guest.address_proven_at, guest.said_there = clock.now(), True
        guest.save(update_fields=["address_proven_at", "said_there"])


def code_for(guest: Guest, host: User) -> str:
    """Return the code of the draft that this person makes from this table: always the same one, and not to be guessed."""
    digest = salted_hmac("meetups.next_host", f"{guest.selector}:{host.pk}", algorithm="sha256").digest()
    return "".join(CODE_ALPHABET[byte % len(CODE_ALPHABET)] for byte in digest[:10])


def said_could_host(draft: Meetup) -> bool:
    """Tell whether this draft was begun by a guest who said "I could host", from the table they were asked to."""
    if draft.parent_id is None:
        return False
    guests = Guest.objects.counting().filter(meetup=draft.parent_id, could_host=True).only("selector")
    return any(code_for(guest, draft.host) == draft.code for guest in guests)


def says_not_now(guest: Guest) -> bool:
    """Tell whether this address said "not now" to hosting, at this table or another."""
    return Suppression.objects.filter(address_hash=guest.email_hash, target=HOSTING).exists() if guest.email_hash else False


@transaction.atomic
def decline_hosting(guest: Guest) -> Guest:
    """Record a guest's "not now": no letter about hosting is sent to this address any more. A second call changes nothing."""
    guest.could_host = False
    guest.save(update_fields=["could_host"])
    if guest.email_hash:
        suppress(guest.email_hash, target=HOSTING)
    stop_asking(guest)
    return guest


def stop_asking(guest: Guest) -> None:
    """Withdraw the letters about hosting that this guest has not got yet."""
    about_hosting = [Delivery.Kind.COULD_HOST, Delivery.Kind.ROOM_ASK]
    withdraw_deliveries(Delivery.objects.filter(guest=guest, kind__in=about_hosting))
