"""What is done at the door, as the services take it; and the names by which a door page calls guests."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.crypto import salted_hmac

from meetups.models import DoorLink, Guest


@dataclass(frozen=True)
class Tap:
    """A guest is here, or is not. `ref` is the guest's `ref_of`, or the key of the walk-in that added them."""

    key: UUID
    ref: str
    is_here: bool
    at: datetime


@dataclass(frozen=True)
class WalkIn:
    """Somebody came who is not on the list. An address stands here only where they agreed to letters about the evening."""

    key: UUID
    name: str
    email: str
    at: datetime


def ref_of(link: DoorLink, guest_pk: int) -> str:
    """Return what a door page calls a guest: it says nothing about the row, and means nothing on another page."""
    return salted_hmac("meetups.door", f"{link.selector}:{guest_pk}", algorithm="sha256").hexdigest()[:16]


def find_by_ref(link: DoorLink, refs: Iterable[str]) -> dict[str, int]:
    """Return the primary keys of the guests of this meetup who count, by what the page calls them; unknown ones are left out."""
    wanted = set(refs)
    pks = Guest.objects.counting().filter(meetup=link.meetup_id).values_list("pk", flat=True) if wanted else ()
    return {ref: pk for pk in pks if (ref := ref_of(link, pk)) in wanted}
