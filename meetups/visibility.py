"""What a viewer may see of a place and of other people. Every channel asks here: page, letter, calendar file, metadata,
feed, export, picture. The ladder is R72."""

from dataclasses import dataclass
from datetime import timedelta

from meetups import clock
from meetups.matching import Meeting, meetings_of
from meetups.models import Consent, Contribution, Dish, Guest, Meetup, Needs, Photo
from meetups.potluck import lacks_words
from meetups.prepared import Prepared

SHOWN_AFTER_END = timedelta(hours=24)
LINK_AFTER_END = timedelta(days=14)
KINDS = Dish.Kind.values


@dataclass(frozen=True)
class Place:
    """A place as one viewer may see it. Without the right to the address everything but the area is empty."""

    area: str
    street: str = ""
    postal_code: str = ""
    country: str = ""
    door: str = ""
    parking: str = ""
    phone: str = ""

    @property
    def is_exact(self) -> bool:
        return bool(self.street)

    @property
    def one_line(self) -> str:
        """Return the place on one line, as exact as this viewer may know it: for calendar files and maps."""
        return ", ".join(
            part for part in [self.street, " ".join(filter(None, [self.postal_code, self.area])), self.country] if part
        )


def guest_sees_address(guest: Guest) -> bool:
    """Tell whether a guest may know the street now: a seat, a published meetup, and not a day past the end."""
    meetup = guest.meetup
    if not guest.has_seat or not meetup.is_published or meetup.purged_at is not None:
        return False
    return clock.now() < meetup.ends_at + SHOWN_AFTER_END


def exact_place(meetup: Meetup) -> Place:
    """Return the place in full. Only for the host's own eyes and for what `place_for_guest` has allowed."""
    return Place(
        area=meetup.area,
        street=meetup.street,
        postal_code=meetup.postal_code,
        country=meetup.country,
        door=meetup.door,
        parking=meetup.parking,
        phone=meetup.day_phone,
    )


def public_place(meetup: Meetup) -> Place:
    """Return the place as a stranger, a feed, a preview picture or an organizer may see it: the area."""
    return Place(area=meetup.area)


def place_for_guest(guest: Guest) -> Place:
    """Return the place as this guest may see it now."""
    return exact_place(guest.meetup) if guest_sees_address(guest) else public_place(guest.meetup)


def place_for_user(meetup: Meetup, user) -> Place:
    """Return the place as somebody signed in may see it: hosts and co-hosts all of it, anybody else the area."""
    return exact_place(meetup) if meetup.is_hosted_by(user) else public_place(meetup)


_HELD_FACTS = ("pk", "rsvp", "party_size", "offer_expires_at", "shows_name", "shown_name")
_HELD = Prepared(
    lambda meetup: (
        Guest.objects.seen()
        .filter(meetup=meetup, rsvp__in=[Guest.Rsvp.YES, Guest.Rsvp.WAITING])
        .order_by("answered_at", "pk")
        .values_list(*_HELD_FACTS)
    ),
    sample=-1,
)
_DISHES = Prepared(lambda meetup: Dish.objects.filter(meetup=meetup).order_by("pk").with_bringers(), sample=-1)


@dataclass(frozen=True)
class Company:
    """How many chairs are taken and how many people wait, and the names of others at the table. A seat on offer is taken."""

    taken: int
    waiting: int
    names: list[str]


def company_for_guest(guest: Guest) -> Company:
    """Return who is at the table as this guest may see it, in one query.

    Names are of other guests with a seat who agreed to be shown, to a guest with a seat, if the host chose so.
    """
    sees_names, now = guest.meetup.shows_names and guest.has_seat, clock.now()
    taken, waiting, names = 0, 0, []
    for pk, rsvp, size, offer_ends, shows_name, name in _HELD.rows(guest.meetup_id):
        if rsvp == Guest.Rsvp.YES or (offer_ends is not None and offer_ends > now):
            taken += size
        else:
            waiting += size
        if sees_names and rsvp == Guest.Rsvp.YES and shows_name and name and pk != guest.pk:
            names.append(name)
    return Company(taken, waiting, names)


def names_for_guest(guest: Guest) -> list[str]:
    """Return the names of others at the table, as this guest may see them; see `company_for_guest`."""
    return company_for_guest(guest).names if guest.meetup.shows_names and guest.has_seat else []


@dataclass(frozen=True)
class ShownDish:
    """A dish as one guest may see it. `who` is empty for somebody who did not agree to be named."""

    code: str
    kind: str
    remark: str
    line: str
    words: str = ""
    who: str = ""


@dataclass(frozen=True)
class SharedTable:
    """What the table lacks, what this guest brings, and what others bring."""

    free: tuple[ShownDish, ...] = ()
    mine: tuple[ShownDish, ...] = ()
    others: tuple[ShownDish, ...] = ()
    may_bring: bool = False

    @property
    def lacks(self) -> list[str]:
        """Return what is lacking, kind by kind, in words."""
        return lacks_words((dish.kind, dish.remark) for dish in self.free)


def shared_table(guest: Guest) -> SharedTable:
    """Return the shared table as this guest may see it, in one query: what it lacks, to anybody who may still come; what is
    brought, to guests with a seat only. Names as in `names_for_guest`. Nothing of it once the evening is over.
    """
    meetup = guest.meetup
    is_asked = guest.rsvp != Guest.Rsvp.NO and guest.removed_at is None and not guest.is_unproven
    if not meetup.is_published or meetup.has_ended or not is_asked:
        return SharedTable()
    return share_out(_DISHES.all(meetup.pk), guest)


def share_out(dishes: list[Dish], guest: Guest) -> SharedTable:
    """Return the dishes of a meetup, each with its guest, as this guest may see them, in the order in which they are eaten."""
    free, mine, others = [], [], []
    for dish in sorted(dishes, key=lambda dish: KINDS.index(dish.kind)):
        if dish.guest_id is None:
            free.append(_shown_dish(dish))
        elif dish.guest_id == guest.pk:
            mine.append(_shown_dish(dish))
        elif guest.has_seat:
            others.append(_shown_dish(dish, who=_named(dish.guest, guest.meetup)))
    may_bring = guest.has_seat and guest.meetup.takes_answers
    return SharedTable(tuple(free), tuple(mine), tuple(others), may_bring)


def _named(other: Guest, meetup: Meetup) -> str:
    return other.shown_name if meetup.shows_names and other.shows_name and other.has_seat else ""


def _shown_dish(dish: Dish, who: str = "") -> ShownDish:
    return ShownDish(dish.code, dish.kind, dish.remark, dish.line, dish.words, who)


@dataclass(frozen=True)
class Match:
    """Somebody at the table whose offer meets a guest's need, or the other way around, as that guest may see them."""

    title: str
    is_offer: bool
    name: str
    num_seats: int
    num_people: int
    language: str
    contact: str


def needs_at(meetup: Meetup) -> list[Needs]:
    """Return the needs and offers of those who have a seat, joined with their guests. For the host, and for what is below."""
    seated = Guest.objects.seen().yes().filter(meetup=meetup)
    return list(Needs.objects.filter(guest__in=seated).select_related("guest").order_by("pk"))


def matches_for_guest(guest: Guest) -> list[Match]:
    """Return who meets this guest's needs and offers: both have a seat and ticked it. A way to reach them only if both agreed."""
    if not guest_sees_address(guest) or guest.own_needs.is_empty:
        return []
    return [_match(guest, meeting) for meeting in meetings_of(needs_at(guest.meetup)) if guest.pk in meeting.guest_ids]


def _match(guest: Guest, meeting: Meeting) -> Match:
    other, is_offer = meeting.other(guest), meeting.wants.guest_id == guest.pk
    return Match(
        title=meeting.title,
        is_offer=is_offer,
        name=other.guest.shown_name,
        num_seats=other.ride_seats if meeting.kind == "ride" and is_offer else 0,
        num_people=other.guest.party_size,
        language=other.offers_interpreter if is_offer and meeting.kind == "interpreter" else "",
        contact=other.contact if meeting.shares_contacts else "",
    )


@dataclass(frozen=True)
class TableVoice:
    """What one guest left for those who were at the table."""

    sentence: str
    name: str
    photo: Photo | None


def table_voices(guest: Guest) -> list[TableVoice]:
    """Return what the others left for their table or for everyone; nothing to a guest who was not there, as far as is known."""
    if not reads_table(guest):
        return []
    for_table = (Consent.EVERYONE, Consent.TABLE)
    left = Contribution.objects.standing().of_table().filter(meetup=guest.meetup_id).exclude(guest=guest).select_related("photo")
    voices = []
    for words in left:
        photo = getattr(words, "photo", None)
        is_shown = photo is not None and photo.consent in for_table and not _is_kept_back(photo)
        is_said = words.sentence_consent in for_table and not _is_kept_back(words)
        sentence = words.sentence if is_said else ""
        voices.append(TableVoice(sentence, words.shown_as, photo if is_shown else None))
    return [voice for voice in voices if voice.sentence or voice.photo]


def _is_kept_back(row: Contribution | Photo) -> bool:
    """Tell whether the host left something out, or has not seen it yet, or somebody asks for it to go."""
    return bool(row.is_hidden or row.waits_since or row.removal_asked_at)


def table_promises(guest: Guest) -> list[tuple[str, str]]:
    """Return (name shown, "I will …") of the others at the table who let it read them; nothing to one who was not there."""
    if not reads_table(guest):
        return []
    made = Contribution.objects.promised().of_table().filter(meetup=guest.meetup_id, promise_for_table=True).exclude(guest=guest)
    return list(made.order_by("position", "pk").values_list("shown_as", "promise"))


def reads_table(guest: Guest) -> bool:
    """Tell whether a guest may read what was left for the table: who was at it, and is still on the list."""
    return guest.was_at_table and guest.removed_at is None


def may_write(guest: Guest) -> bool:
    """Tell whether a guest may leave something: who was at the table, or says so; then it waits for the host's word."""
    return guest.removed_at is None and (guest.was_at_table or guest.says_they_came)


def may_bring_friends(guest: Guest) -> bool:
    """Tell whether a guest may pass an invitation on now: who said yes, at a table whose host allows it."""
    says_yes = guest.rsvp in (Guest.Rsvp.YES, Guest.Rsvp.WAITING) and guest.removed_at is None and not guest.is_unproven
    # Of whoever the host wants no messages of, nobody else comes either.
    return says_yes and guest.blocked_at is None and guest.meetup.takes_friends


def link_is_open(guest: Guest) -> bool:
    """Tell whether the guest's link still shows the meetup: until fourteen days after the end (R73)."""
    return guest.meetup.ends_at is not None and clock.now() < guest.meetup.ends_at + LINK_AFTER_END
