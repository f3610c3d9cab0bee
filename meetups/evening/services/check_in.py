"""What is tapped at the door: who is here, and who came without being on the list. Each tap has a key and is done once.

Taps may arrive late and in any order, from several phones. Of two about one guest the one that was tapped later counts, by
`record_seen`; so all phones agree once everything has arrived.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from hosts.mail.addresses import canonical_address
from meetups.access.address_hash import hash_address
from meetups.evening.acts import Tap, WalkIn, find_by_ref
from meetups.exceptions import MeetupError
from meetups.guests.services.guest_limit import has_room_for_guests
from meetups.guests.services.seats import lock_meetup
from meetups.models import AddressLedger, DoorAct, DoorLink, Guest, Meetup
from meetups.outbox.stranger_limits import lock_addresses, may_mail_stranger, write_in_ledger
from meetups.recaps.services.attendance import record_seen
from meetups.times import clock

# More people than that do not come to a table unasked.
MOST_WALK_INS = 60


@transaction.atomic
def record_tap(link: DoorLink, tap: Tap) -> None:
    """Record that a guest is here, or that they are not after all. A second call with the same key changes nothing.

    Raises MeetupError before check-in begins, after the link has closed, and for a guest who is not on the list.
    """
    meetup = _open_meetup(link)
    if DoorAct.objects.filter(meetup=meetup, key=tap.key).exists():
        return
    guest = _find_guest(link, tap.ref)
    if guest is None:
        raise MeetupError(_("This guest is not on the list any more."))
    kind = DoorAct.Kind.HERE if tap.is_here else DoorAct.Kind.NOT_HERE
    _write_down(meetup, guest, key=tap.key, kind=kind, at=tap.at, is_here=tap.is_here)


@transaction.atomic
def add_walk_in(link: DoorLink, walk_in: WalkIn) -> str:
    """Add somebody who came without being on the list, as here; return a sentence about their address, or nothing.

    A second call with the same key adds nobody. Where the address is that of a guest on the list, that guest is here, and nobody
    is added. It is kept only where a letter may go to it (R88). Raises MeetupError as `record_tap` does, and beyond
    MOST_WALK_INS.
    """
    meetup = _open_meetup(link)
    acts = DoorAct.objects.filter(meetup=meetup)
    if acts.filter(key=walk_in.key).exists():
        return ""
    if acts.filter(kind=DoorAct.Kind.WALK_IN).count() >= MOST_WALK_INS:
        raise MeetupError(_("That is more people than can be added at the door. The host can add them afterwards."))
    email = canonical_address(walk_in.email) if walk_in.email else ""
    guest = meetup.guests.filter(email=email).first() if email else None
    words = ""
    if guest is None or not guest.counts:
        kept = email if guest is None and email and _may_keep(email, meetup) else ""
        words = _("The address was not kept: no letter may go to it just now.") if email and not kept else ""
        guest = _add_guest(meetup, name=walk_in.name, email=kept)
    _write_down(meetup, guest, key=walk_in.key, kind=DoorAct.Kind.WALK_IN, at=walk_in.at, is_here=True)
    return words


def _open_meetup(link: DoorLink) -> Meetup:
    """Lock the meetup and return it, with the link as it stands now. Raises MeetupError where nobody can be checked in."""
    link.meetup = lock_meetup(link.meetup_id)
    if not link.is_open:
        raise MeetupError(_("This page is over."))
    if clock.now() < link.checks_in_from:
        raise MeetupError(_("It is too early: nobody can be here yet."))
    return link.meetup


def _find_guest(link: DoorLink, ref: str) -> Guest | None:
    pk = find_by_ref(link, [ref]).get(ref)
    if pk is None:
        added = DoorAct.objects.filter(meetup=link.meetup, kind=DoorAct.Kind.WALK_IN)
        # A phone without network knows a walk-in by the key alone.
        pk = next((act.guest_id for act in added if str(act.key) == ref), None)
    return Guest.objects.counting().filter(pk=pk, meetup=link.meetup).first() if pk is not None else None


def _may_keep(email: str, meetup: Meetup) -> bool:
    """Tell whether an address that was said at the door may get letters, and enter it in the ledger."""
    lock_addresses([email])
    if not has_room_for_guests(meetup) or not may_mail_stranger(email, meetup):
        return False
    write_in_ledger(email, kind=AddressLedger.Kind.INVITATION, meetup=meetup)
    return True


def _add_guest(meetup: Meetup, *, name: str, email: str) -> Guest:
    guest = Guest(meetup=meetup, name=name, shown_name=name[:60], invited_by=meetup.host)
    if email:
        guest.email, guest.email_hash = email, hash_address(email)
    guest.save()
    return guest


def _write_down(meetup: Meetup, guest: Guest, *, is_here: bool, **act) -> None:
    """Write a tap down, and what follows from it. It cannot have been before the meetup's check-in, nor later than now."""
    begins = DoorLink(meetup=meetup).checks_in_from
    act["at"] = min(max(act["at"], begins), clock.now())
    DoorAct.objects.create(meetup=meetup, guest=guest, **act)
    record_seen(guest, is_here=is_here, at=act["at"])
