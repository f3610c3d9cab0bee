"""What templates of letters may show: an allow-list of cleaned strings. They never get a model instance."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from hosts.models import User
from meetups.access.visibility import guest_sees_address, names_for_guest, place_for_guest, share_out
from meetups.exceptions import MeetupError
from meetups.letters.letter import LINK, NAME, STOP
from meetups.models import Delivery, Dish, Guest, Meetup
from meetups.outbox.free_text import is_new_host
from meetups.text.clean import clean_line, clean_words, shorten
from meetups.text.dishes import lacks_words
from meetups.times import clock
from meetups.times import words as when

TITLE_IN_SUBJECT = 60
LONGEST_NAME = 60
# Longer lists end with "and 7 more": mail programs cut long messages (R48).
MOST_NAMES = 40


def public_url(path: str) -> str:
    """Return an absolute link on the configured host, never on that of a request (R50)."""
    return f"{settings.PUBLIC_URL}{path}"


@lru_cache
def _around(page: str) -> tuple[str, str]:
    """Return the path of a page before and behind its token. Cached: reverse() takes longer than making the token."""
    before, _sample, behind = reverse(page, args=["sample"]).partition("sample")
    return before, behind


def link_to(page: str, token: str) -> str:
    """Return the absolute link to one of the pages whose address is a token."""
    before, behind = _around(page)
    return public_url(f"{before}{token}{behind}")


@lru_cache
def _path_to(page: str) -> str:
    return reverse(page)


def stem_of(meetup: Meetup) -> str:
    """Return what all subjects of a meetup have in common: the shortened title and the day."""
    title = shorten(clean_line(meetup.title), TITLE_IN_SUBJECT)
    if meetup.starts_at is None:
        return title
    return _("%(title)s, %(day)s") % {"title": title, "day": when.day_words(meetup.starts_at, meetup.zone)}


def length_words(minutes: int) -> str:
    """Return "about 3 hours", to the next half hour."""
    halves = -(-minutes // 30)
    if halves % 2 and halves > 1:
        return _("about %(hours)d and a half hours") % {"hours": halves // 2}
    if halves == 1:
        return _("about half an hour")
    return ngettext("about %(hours)d hour", "about %(hours)d hours", halves // 2) % {"hours": halves // 2}


def nth_evening(number: int | None) -> str:
    """Return "the third evening with the same people", or nothing for a first one."""
    if number is None or number < 2:
        return ""
    words = {
        2: _("the second evening with the same people"),
        3: _("the third evening with the same people"),
        4: _("the fourth evening with the same people"),
        5: _("the fifth evening with the same people"),
        6: _("the sixth evening with the same people"),
        7: _("the seventh evening with the same people"),
        8: _("the eighth evening with the same people"),
        9: _("the ninth evening with the same people"),
        10: _("the tenth evening with the same people"),
        11: _("the eleventh evening with the same people"),
        12: _("the twelfth evening with the same people"),
    }
    return words.get(number) or _("evening %(n)d with the same people") % {"n": number}


def book_words(meetup: Meetup) -> str:
    """Return "Title by Author", the title alone, or nothing."""
    book = meetup.kit.book
    if book is None:
        return ""
    title, author = clean_line(book.title), clean_line(book.author)
    return _("%(title)s by %(author)s") % {"title": title, "author": author} if author else title


_shared: ContextVar[dict | None] = ContextVar("facts of meetups that several letters share", default=None)


@contextmanager
def sharing_facts() -> Iterator[None]:
    """Within this block the facts of one Meetup object are computed once. No meetup may change inside it."""
    token = _shared.set({})
    try:
        yield
    finally:
        _shared.reset(token)


def undated_facts(meetup: Meetup) -> dict:
    """Return what a letter may say of a meetup whose day is not chosen yet; of the place only the area."""
    return {
        "title": clean_line(meetup.title),
        "stem": stem_of(meetup),
        "host": clean_line(str(meetup.host)),
        "host_is_new": is_new_host(meetup.host),
        "length": length_words(meetup.duration),
        "area": clean_line(meetup.area),
        "book": book_words(meetup),
        "meal": clean_words(meetup.kit.meal),
        "nth": nth_evening(meetup.evening_number),
        "in_circle": meetup.circle_id is not None,
    }


def _lasting_facts(meetup: Meetup) -> dict:
    return undated_facts(meetup) | {
        "when": when.full_moment(meetup.start, meetup.zone),
        "full_day": when.full_day(meetup.start, meetup.zone),
    }


def meetup_facts(meetup: Meetup, *, read_at: datetime | None = None) -> dict:
    """Return what every letter about a meetup may say; of the place only the area.

    `read_at` is the moment from which "tomorrow" counts: now, or for a preview when the letter will be due.
    """
    if meetup.starts_at is None:
        raise MeetupError(_("This meetup has no date yet, so no letter about it can be written."))
    in_words = when.relative_day(meetup.starts_at, meetup.zone, read_at or clock.now())
    shared, key = _shared.get(), (id(meetup), get_language())
    if shared is None:
        return _lasting_facts(meetup) | {"in_words": in_words}
    if key not in shared:
        # The meetup is stored too, so that no other object gets its id meanwhile.
        shared[key] = meetup, _lasting_facts(meetup)
    return shared[key][1] | {"in_words": in_words}


def site_facts() -> dict:
    """Return the facts about the site for the footer of every letter."""
    return {
        "site": settings.SITE_NAME,
        "postal": clean_line(settings.POSTAL_ADDRESS),
        "report": public_url(_path_to("report")),
        "stop": STOP,
        "can_reply": settings.INBOUND_IS_SET_UP,
    }


def guest_of(delivery: Delivery) -> Guest:
    """Return the guest a letter is for. Raises MeetupError when there is none with an address."""
    if delivery.guest is None or not delivery.guest.email:
        raise MeetupError(_("There is no address for this letter."))
    return delivery.guest


def user_of(delivery: Delivery) -> User:
    """Return the host or organizer a letter is for. Raises MeetupError for a letter to a guest."""
    if delivery.user is None:
        raise MeetupError(_("There is no address for this letter."))
    return delivery.user


def meetup_of(delivery: Delivery) -> Meetup:
    """Return the meetup a letter is about. Raises MeetupError when there is none."""
    if delivery.meetup is None:
        raise MeetupError(_("This letter belongs to no meetup."))
    return delivery.meetup


def name_of(delivery: Delivery) -> str:
    """Return the reader's name for the first line, or ""."""
    if delivery.user is not None:
        return shorten(clean_line(delivery.user.shown_name), LONGEST_NAME)
    guest = delivery.guest
    # The name of an unproven stranger is not written to the address: it could be any text.
    if guest is None or guest.is_unproven:
        return ""
    return shorten(clean_line(guest.shown_name or guest.name), LONGEST_NAME)


def read_at(delivery: Delivery) -> datetime:
    """Return when a letter is read: now, or for a preview when it will be due."""
    return max(clock.now(), delivery.due_at) if delivery.due_at else clock.now()


def own_facts(delivery: Delivery) -> dict:
    """Return what the host changed about a planned letter: the subject, and their own words at the top."""
    mailing = delivery.mailing
    if mailing is None:
        return {"own_subject": "", "own_words": ""}
    return {"own_subject": clean_line(mailing.subject), "own_words": clean_words(mailing.words)}


def guest_facts(delivery: Delivery) -> dict:
    """Return what a letter to a guest may say: the meetup, the guest's own name, number and answer, and the link."""
    guest = guest_of(delivery)
    return site_facts() | meetup_facts(guest.meetup, read_at=read_at(delivery)) | own_facts(delivery) | reader_facts(delivery)


def reader_facts(delivery: Delivery) -> dict:
    """Return what a letter to a guest may say of its reader: name, number and answer, and the link."""
    guest = guest_of(delivery)
    return {
        "guest": NAME if name_of(delivery) else "",
        "is_invited": guest.origin == Guest.Origin.HOST,
        "party_size": guest.party_size,
        "answer": guest.rsvp,
        "link": LINK,
        "has_link": guest.removed_at is None,
    }


def address_facts(guest: Guest) -> dict:
    """Return the street address as visibility.py allows this guest to see it now. Only three letters use it."""
    place = place_for_guest(guest)
    return {
        "has_address": guest_sees_address(guest),
        "address": [clean_line(line) for line in [*place.lines, place.country] if line],
        "door": clean_line(place.door),
        "parking": clean_line(place.parking),
        "phone": clean_line(place.phone),
    }


def table_facts(guest: Guest) -> dict:
    """Return the content of the host's letter: guests who agreed to be named, the host's word, the way in, a first question."""
    kit = guest.meetup.kit
    names = [clean_line(name) for name in names_for_guest(guest)]
    return {
        "names": names[:MOST_NAMES],
        "num_more_names": max(0, len(names) - MOST_NAMES),
        "word": clean_words(guest.meetup.word),
        "way_in": clean_words(kit.way_in),
        "question": clean_line(kit.first_question),
        "book_link": clean_line(kit.book_link),
        "agreements": [clean_line(agreement) for agreement in kit.agreement_list][:MOST_NAMES],
    }


def dish_facts(guest: Guest) -> dict:
    """Return what the shared table still lacks, and what this guest brings; what others bring is only on the page."""
    table = share_out(_dishes_of(guest.meetup), guest)
    lacks, brings = [clean_line(words) for words in table.lacks], [clean_line(dish.line) for dish in table.mine]
    return {"lacks": lacks[:MOST_NAMES], "brings": brings[:MOST_NAMES]}


def host_dish_facts(meetup: Meetup) -> dict:
    """Return who brings what and what the shared table lacks, for the host only."""
    dishes = _dishes_of(meetup)
    taken = [{"name": clean_line(dish.guest.called), "dish": clean_line(dish.line)} for dish in dishes if dish.guest]
    lacks = [clean_line(words) for words in lacks_words((dish.kind, dish.remark) for dish in dishes if not dish.guest_id)]
    return {"dishes": taken[:MOST_NAMES], "num_more_dishes": max(0, len(taken) - MOST_NAMES), "lacks": lacks[:MOST_NAMES]}


def _dishes_of(meetup: Meetup) -> list[Dish]:
    """Return the dishes of a meetup, each with its guest; one query for all letters within `sharing_facts`."""
    if (read_ahead := getattr(meetup, "dishes_read_ahead", None)) is not None:
        return read_ahead
    shared, key = _shared.get(), (id(meetup), "dishes")
    if shared is not None and key in shared:
        return shared[key][1]
    dishes = list(Dish.objects.filter(meetup=meetup).select_related("guest").in_order())
    if shared is not None:
        shared[key] = meetup, dishes
    return dishes


def user_facts(delivery: Delivery) -> dict:
    """Return what a letter to a host or an organizer begins with."""
    return site_facts() | {"guest": NAME if name_of(delivery) else "", "has_link": False}


def host_facts(delivery: Delivery) -> dict:
    """Return what a letter to a host may say of the meetup, with the link to the desk."""
    meetup = meetup_of(delivery)
    facts = user_facts(delivery) | meetup_facts(meetup, read_at=read_at(delivery))
    return facts | {"desk": public_url(meetup.get_desk_url()), "is_to_host": True}
