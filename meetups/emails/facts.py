"""What letters may say: an allow-list of clean strings. Templates never see a row."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from meetups import clock, when
from meetups.emails.letter import LINK, NAME, STOP
from meetups.exceptions import MeetupError
from meetups.models import Delivery, Dish, Guest, Meetup
from meetups.plain import clean_line, clean_words, shorten
from meetups.potluck import lacks_words
from meetups.visibility import guest_sees_address, names_for_guest, place_for_guest, share_out

TITLE_IN_SUBJECT = 60
LONGEST_NAME = 60
# Lists end with "and 7 more", so that no letter grows past what mail programs show (R48).
MOST_NAMES = 40


def public_url(path: str) -> str:
    """Return an absolute link; the host in it is the site's own, never a request's (R50)."""
    return f"{settings.PUBLIC_URL}{path}"


@lru_cache
def _around(page: str) -> tuple[str, str]:
    """Return the path of a page before and behind its token: working it out takes longer than the token."""
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
    """Return what all subjects of a meetup have in common: title, shortened, and day."""
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


def book_words(meetup: Meetup) -> str:
    """Return "Title by Author", the title alone, or nothing."""
    book = meetup.kit.book
    if book is None:
        return ""
    title, author = clean_line(book.title), clean_line(book.author)
    return _("%(title)s by %(author)s") % {"title": title, "author": author} if author else title


_told: ContextVar[dict | None] = ContextVar("what was told of each meetup", default=None)


@contextmanager
def sharing_facts() -> Iterator[None]:
    """Within this block what is told of one Meetup object is worked out once. Whoever opens it changes no meetup in it."""
    token = _told.set({})
    try:
        yield
    finally:
        _told.reset(token)


def _lasting_facts(meetup: Meetup) -> dict:
    return {
        "title": clean_line(meetup.title),
        "stem": stem_of(meetup),
        "host": clean_line(str(meetup.host)),
        "when": when.full_moment(meetup.starts_at, meetup.zone),
        "full_day": when.full_day(meetup.starts_at, meetup.zone),
        "length": length_words(meetup.duration),
        "area": clean_line(meetup.area),
        "book": book_words(meetup),
        "meal": clean_words(meetup.kit.meal),
    }


def meetup_facts(meetup: Meetup, *, read_at: datetime | None = None) -> dict:
    """Return what every letter about a meetup may say: nothing here is nearer to the place than its area.

    `read_at` is the moment from which "tomorrow" counts: now, or when a letter that is only looked at will be due.
    """
    if meetup.starts_at is None:
        raise MeetupError(_("This meetup has no date yet, so no letter about it can be written."))
    in_words = when.relative_day(meetup.starts_at, meetup.zone, read_at or clock.now())
    told, key = _told.get(), (id(meetup), get_language())
    if told is None:
        return _lasting_facts(meetup) | {"in_words": in_words}
    if key not in told:
        told[key] = meetup, _lasting_facts(meetup)
    return told[key][1] | {"in_words": in_words}


def site_facts() -> dict:
    """Return who writes, for the foot of every letter."""
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


def name_of(delivery: Delivery) -> str:
    """Return what the reader is called in the first line, or nothing."""
    if delivery.user is not None:
        return shorten(clean_line(delivery.user.shown_name), LONGEST_NAME)
    # A stranger's name is not repeated to an address that nobody has proven: it could be anything.
    if delivery.guest.is_unproven:
        return ""
    return shorten(clean_line(delivery.guest.shown_name or delivery.guest.name), LONGEST_NAME)


def read_at(delivery: Delivery) -> datetime:
    """Return when a letter is read: now, or when it will be due, where a host looks at it beforehand."""
    return max(clock.now(), delivery.due_at) if delivery.due_at else clock.now()


def own_facts(delivery: Delivery) -> dict:
    """Return what the host changed about a planned letter: another subject, own words at the top."""
    mailing = delivery.mailing
    if mailing is None:
        return {"own_subject": "", "own_words": ""}
    return {"own_subject": clean_line(mailing.subject), "own_words": clean_words(mailing.words)}


def guest_facts(delivery: Delivery) -> dict:
    """Return what a letter to a guest may say: the meetup, the guest's own name, number and answer, and the link."""
    guest = guest_of(delivery)
    return (
        site_facts()
        | meetup_facts(guest.meetup, read_at=read_at(delivery))
        | own_facts(delivery)
        | {
            "guest": NAME if name_of(delivery) else "",
            "is_invited": guest.origin == Guest.Origin.HOST,
            "party_size": guest.party_size,
            "answer": guest.rsvp,
            "link": LINK,
            "has_link": guest.removed_at is None,
        }
    )


def address_facts(guest: Guest) -> dict:
    """Return the address as this guest may know it now: visibility.py decides. Only two letters ask for it."""
    place = place_for_guest(guest)
    return {
        "has_address": guest_sees_address(guest),
        "street": clean_line(place.street),
        "town": clean_line(" ".join(filter(None, [place.postal_code, place.area]))),
        "country": clean_line(place.country),
        "door": clean_line(place.door),
        "parking": clean_line(place.parking),
        "phone": clean_line(place.phone),
    }


def table_facts(guest: Guest) -> dict:
    """Return what the host's letter tells: who comes and agreed to be named, the host's word, the way in, a first question."""
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
    """Return what the shared table still lacks, and what this guest brings; what others bring stands on the page alone."""
    table = share_out(_dishes_of(guest.meetup), guest)
    lacks, brings = [clean_line(words) for words in table.lacks], [clean_line(dish.line) for dish in table.mine]
    return {"lacks": lacks[:MOST_NAMES], "brings": brings[:MOST_NAMES]}


def host_dish_facts(meetup: Meetup) -> dict:
    """Return who brings what and what the shared table lacks, for the host's eyes only."""
    dishes = _dishes_of(meetup)
    taken = [{"name": clean_line(dish.guest.called), "dish": clean_line(dish.line)} for dish in dishes if dish.guest_id]
    lacks = [clean_line(words) for words in lacks_words((dish.kind, dish.remark) for dish in dishes if not dish.guest_id)]
    return {"dishes": taken[:MOST_NAMES], "num_more_dishes": max(0, len(taken) - MOST_NAMES), "lacks": lacks[:MOST_NAMES]}


def _dishes_of(meetup: Meetup) -> list[Dish]:
    """Return the dishes of a meetup, each with its guest; read once for all letters that share their facts."""
    if "dishes" in getattr(meetup, "_prefetched_objects_cache", {}):
        return list(meetup.dishes.all())
    told, key = _told.get(), (id(meetup), "dishes")
    if told is not None and key in told:
        return told[key][1]
    dishes = list(Dish.objects.filter(meetup=meetup).select_related("guest").in_order())
    if told is not None:
        told[key] = meetup, dishes
    return dishes


def user_facts(delivery: Delivery) -> dict:
    """Return what a letter to a host or an organizer begins with."""
    return site_facts() | {"guest": NAME if name_of(delivery) else "", "has_link": False}


def host_facts(delivery: Delivery) -> dict:
    """Return what a letter to a host may say of the meetup, with the link to the desk."""
    meetup = delivery.meetup
    facts = user_facts(delivery) | meetup_facts(meetup, read_at=read_at(delivery))
    return facts | {"desk": public_url(meetup.get_desk_url()), "is_to_host": True}
