"""What a door page shows: who is expected and who is here, who brings and needs what, whom to call. Only reads.

Whoever holds the link stands at the door: the street is not here, nor any guest's email address, note or link.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from meetups.evening.acts import ref_of
from meetups.models import DoorAct, DoorLink, Guest, Needs, RoomAnswer
from meetups.text.diets import sum_diets
from meetups.text.dishes import lacks_words, list_words
from meetups.text.place_names import fold_name
from meetups.times import clock

SEATED, WALKED_IN, OTHERS = "seated", "walked_in", "others"
FEWEST_DIGITS = 5


@dataclass(frozen=True)
class Listed:
    """A guest as one button of the page; `group` says in which list it stands."""

    ref: str
    name: str
    num_people: int
    is_here: bool
    group: str

    @property
    def num_more(self) -> int:
        """Return how many come along."""
        return self.num_people - 1


@dataclass(frozen=True)
class DoorState:
    """What changes while the evening goes on: the lists, in people the counts, and how the ask in the room was answered."""

    # Milliseconds on the site's clock: of two states a phone shows the later one.
    at: int
    guests: tuple[Listed, ...]
    num_here: int
    num_expected: int
    num_seats: int
    num_hosts: int
    num_cohosts: int
    num_not_now: int

    @property
    def seated(self) -> list[Listed]:
        return [guest for guest in self.guests if guest.group == SEATED]

    @property
    def walked_in(self) -> list[Listed]:
        return [guest for guest in self.guests if guest.group == WALKED_IN]

    @property
    def others(self) -> list[Listed]:
        return [guest for guest in self.guests if guest.group == OTHERS]

    def as_json(self) -> dict:
        return asdict(self)


@dataclass(frozen=True)
class Reached:
    """A guest who shared a phone number."""

    name: str
    phone: str


@dataclass(frozen=True)
class Kitchen:
    """What does not change at the door: dishes, needs and diets of those with a seat, numbers that were shared."""

    dishes: tuple[str, ...]
    lacks: str
    diets: str
    needing: tuple[tuple[str, str], ...]
    reached: tuple[Reached, ...]


def guests_at_door(link: DoorLink) -> list[Guest]:
    """Return the guests who count, joined with their needs, in the order of their names. One query."""
    guests = Guest.objects.counting().filter(meetup=link.meetup_id).select_related("needs")
    return sorted(guests, key=lambda guest: (fold_name(guest.called), guest.pk))


def door_state(link: DoorLink, guests: Sequence[Guest]) -> DoorState:
    """Return the lists and counts of now. Two queries."""
    added = set(DoorAct.objects.filter(meetup=link.meetup_id, kind=DoorAct.Kind.WALK_IN).values_list("guest", flat=True))
    wants = list(RoomAnswer.objects.filter(meetup=link.meetup_id).values_list("want", flat=True))
    listed = [
        Listed(
            ref=ref_of(link, guest.pk),
            name=guest.called,
            num_people=guest.party_size,
            is_here=guest.attended is True,
            group=SEATED if guest.has_seat else WALKED_IN if guest.pk in added else OTHERS,
        )
        for guest in guests
    ]
    return DoorState(
        at=round(clock.now().timestamp() * 1000),
        guests=tuple(listed),
        num_here=sum(guest.num_people for guest in listed if guest.is_here),
        num_expected=sum(guest.num_people for guest in listed if guest.group == SEATED),
        num_seats=link.meetup.num_seats,
        num_hosts=wants.count(RoomAnswer.Want.HOST),
        num_cohosts=wants.count(RoomAnswer.Want.COHOST),
        num_not_now=wants.count(RoomAnswer.Want.NOT_NOW),
    )


def kitchen_of(link: DoorLink, guests: Sequence[Guest]) -> Kitchen:
    """Return what the table brings and needs. One query."""
    seated = [guest for guest in guests if guest.has_seat]
    dishes = list(link.meetup.dishes.select_related("guest").in_order())
    lacks = [(dish.kind, dish.remark) for dish in dishes if dish.guest is None]
    return Kitchen(
        dishes=tuple(f"{dish.guest.called}: {dish.line}" for dish in dishes if dish.guest is not None),
        lacks=list_words(lacks_words(lacks)),
        diets=list_words(sum_diets(guest.diets for guest in seated)),
        needing=tuple((guest.called, ", ".join(guest.own_needs.wanted)) for guest in seated if guest.own_needs.wanted),
        reached=tuple(Reached(guest.called, phone) for guest in seated if (phone := shared_phone(guest.own_needs))),
    )


def shared_phone(needs: Needs) -> str:
    """Return the phone number that a guest lets others see, or nothing: an email address is for those whom it was given to."""
    has_digits = sum(char.isdecimal() for char in needs.contact) >= FEWEST_DIGITS
    return needs.contact if needs.shares_contact and has_digits and "@" not in needs.contact else ""
