"""What a viewer may see of a place and of other people (R72). Every channel decides by these functions: page, letter,
calendar file, metadata, feed, export, picture."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from meetups.access.matching import Meeting, meetings_of
from meetups.caching.prepared_query import Prepared
from meetups.models import Consent, Contribution, Dish, Guest, Meetup, Needs, Photo
from meetups.text.addresses import address_lines
from meetups.text.dishes import lacks_words
from meetups.text.place_check import PlaceSecrets, find_secret
from meetups.text.place_names import country_code
from meetups.times import clock
from meetups.times.zone_table import country_of_zone

SHOWN_AFTER_END = timedelta(hours=24)
LINK_AFTER_END = timedelta(days=14)
KINDS = Dish.Kind.values


@dataclass(frozen=True)
class Place:
    """A place as one viewer may see it. For a viewer who may not know the address only the area is set.

    `lines` are the whole address, the street among them, in the order of its country and without its name.
    """

    area: str
    street: str = ""
    lines: tuple[str, ...] = ()
    country: str = ""
    door: str = ""
    parking: str = ""
    phone: str = ""

    @property
    def is_exact(self) -> bool:
        return bool(self.street)

    @property
    def one_line(self) -> str:
        """Return what this viewer may know of the place on one line, for calendar files and maps."""
        return ", ".join(filter(None, [*(self.lines or [self.area]), self.country]))


def guest_sees_address(guest: Guest) -> bool:
    """Tell whether a guest may know the street now: with a seat at a published meetup that is not frozen, until a day after its
    end."""
    meetup = guest.meetup
    if not guest.has_seat or not meetup.is_published or meetup.purged_at is not None or meetup.is_frozen:
        return False
    return clock.now() < meetup.end + SHOWN_AFTER_END


def _lines_of(meetup: Meetup) -> list[str]:
    """Return street, town and postal code as the country of the evening writes them; where none is named, that of its clock."""
    parts = {"street": meetup.street, "town": meetup.town_name, "region": meetup.region, "postal_code": meetup.postal_code}
    return address_lines(**parts, country=country_code(meetup.country) or country_of_zone(meetup.zone))


def exact_place(meetup: Meetup) -> Place:
    """Return the whole place. Only for the host, and where `guest_sees_address` holds."""
    return Place(
        area=meetup.area,
        street=meetup.street,
        lines=tuple(_lines_of(meetup)),
        country=meetup.country,
        door=meetup.door,
        parking=meetup.parking,
        phone=meetup.day_phone,
    )


def place_secrets(meetup: Meetup) -> PlaceSecrets:
    """Return what no text may hold that people without a seat read; `find_secret` looks for it."""
    return PlaceSecrets(
        street=meetup.street,
        postal_code=meetup.postal_code,
        door=meetup.door,
        parking=meetup.parking,
        phone=meetup.day_phone,
        town=meetup.town_name,
        host=meetup.host.shown_name,
    )


def find_place_in(meetup: Meetup, *texts: str) -> str:
    """Return which part of the place the texts hold that only guests with a seat may know (R72), or an empty text."""
    return find_secret(" ".join(texts), place_secrets(meetup))


def say_secret(part: str) -> str:
    """Return why a text that people without a seat read is refused; `part` is that of `find_secret`."""
    if part == "street":
        return _("This holds the street, which only guests with a seat may know. Please leave it out.")
    return _(
        "This holds the door, the parking, the postal code or the phone number, which only guests with a seat may know."
        " Please leave it out."
    )


def public_place(meetup: Meetup) -> Place:
    """Return the place for strangers, feeds, preview pictures and organizers: the area."""
    return Place(area=meetup.area)


def place_for_guest(guest: Guest) -> Place:
    """Return the place as this guest may see it now."""
    return exact_place(guest.meetup) if guest_sees_address(guest) else public_place(guest.meetup)


_TAKEN_COLUMNS = ("pk", "rsvp", "party_size", "offer_expires_at", "shows_name", "shown_name")
_TAKEN_BY = Prepared(
    lambda meetup: (
        Guest.objects.counting()
        .filter(meetup=meetup, rsvp__in=[Guest.Rsvp.YES, Guest.Rsvp.WAITING])
        .order_by("answered_at", "pk")
        .values_list(*_TAKEN_COLUMNS)
    ),
    sample=-1,
)
_DISHES = Prepared(lambda meetup: Dish.objects.filter(meetup=meetup).order_by("pk").with_bringers(), sample=-1)


@dataclass(frozen=True)
class Company:
    """How many seats are taken, how many people wait, and the names of others at the table. A seat on offer is taken."""

    taken: int
    waiting: int
    names: list[str]


def company_for_guest(guest: Guest) -> Company:
    """Return who is at the table as this guest may see it, in one query.

    Guests with a seat see the names of others with a seat who agreed to it, where the host allows names.
    """
    sees_names, now = guest.meetup.shows_names and guest.has_seat, clock.now()
    taken, waiting, names = 0, 0, []
    for pk, rsvp, size, offer_ends, shows_name, name in _TAKEN_BY.rows(guest.meetup_id):
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
    """Return the shared table as this guest may see it, in one query.

    What it lacks is shown to guests who may still come, what is brought to guests with a seat, names as in `names_for_guest`.
    Empty once the meetup is over.
    """
    meetup = guest.meetup
    is_asked = guest.rsvp != Guest.Rsvp.NO and guest.counts
    if not meetup.is_published or meetup.has_ended or not is_asked:
        return SharedTable()
    return share_out(_DISHES.all(meetup.pk), guest)


def share_out(dishes: list[Dish], guest: Guest) -> SharedTable:
    """Return the dishes of a meetup, each joined with its guest, as this guest may see them, in the order of a meal."""
    free, mine, others = [], [], []
    for dish in sorted(dishes, key=lambda dish: KINDS.index(dish.kind)):
        if dish.guest is None:
            free.append(_shown_dish(dish))
        elif dish.guest.pk == guest.pk:
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
    """Another guest whose offer matches a guest's need, or the reverse, as that guest may see them."""

    title: str
    is_offer: bool
    name: str
    num_seats: int
    num_people: int
    language: str
    contact: str


def needs_at(meetup: Meetup) -> list[Needs]:
    """Return the needs and offers of the guests with a seat, joined with the guests. For the host and for `matches_for_guest`."""
    seated = Guest.objects.counting().yes().filter(meetup=meetup)
    return list(Needs.objects.filter(guest__in=seated).select_related("guest").order_by("pk"))


def matches_for_guest(guest: Guest) -> list[Match]:
    """Return the matches of this guest's needs and offers among guests with a seat; with a contact only if both agreed."""
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
    """A sentence or photo that one guest left for those who were at the table."""

    sentence: str
    name: str
    photo: Photo | None


def table_voices(guest: Guest) -> list[TableVoice]:
    """Return what the others left for the table or for everyone; nothing for a guest who was not there."""
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
    """Tell whether the host hid something or has it pending review, or its removal is requested."""
    return bool(row.is_hidden or row.waits_since or row.removal_asked_at)


def table_promises(guest: Guest) -> list[tuple[str, str]]:
    """Return (shown name, "I will …") of the others who show it to the table; nothing for a guest who was not there."""
    if not reads_table(guest):
        return []
    made = Contribution.objects.promised().of_table().filter(meetup=guest.meetup_id, promise_for_table=True).exclude(guest=guest)
    return list(made.order_by("position", "pk").values_list("shown_as", "promise"))


def reads_table(guest: Guest) -> bool:
    """Tell whether a guest may read what was left for the table: one who was there and is not removed."""
    return guest.was_at_table and guest.removed_at is None


def may_write(guest: Guest) -> bool:
    """Tell whether a guest may leave something: one who was at the table or says so; the host reviews the latter."""
    return guest.removed_at is None and (guest.was_at_table or guest.says_they_came)


def may_bring_friends(guest: Guest) -> bool:
    """Tell whether a guest may pass an invitation on: one who said yes, where the host allows it."""
    says_yes = guest.rsvp in (Guest.Rsvp.YES, Guest.Rsvp.WAITING) and guest.counts
    # A guest whose messages the host has blocked brings nobody.
    return says_yes and guest.blocked_at is None and guest.meetup.takes_friends


def link_is_open(guest: Guest) -> bool:
    """Tell whether the guest's link still shows the meetup, which it does until fourteen days after the end (R73).

    From then on its page says why it is closed, and leads to the recap.
    """
    return guest.meetup.ends_at is not None and clock.now() < guest.meetup.ends_at + LINK_AFTER_END
