"""What stands on the papers of an evening, in its language, and the PDF of them. Only reads."""

import json
import os
import subprocess
import sys
from collections.abc import Collection
from dataclasses import asdict

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from meetups.access.visibility import exact_place, public_place
from meetups.drawing.paper import Agenda, Head, Invitations, NameTags, Order, SignIn, TableCards
from meetups.exceptions import MeetupError
from meetups.inviting.message import link_to_give
from meetups.models import Guest, Meetup
from meetups.text.place_names import country_code, fold_name
from meetups.times import words
from meetups.times.zone_table import country_of_zone

PROGRAM = "meetups.drawing.paper_program"
SECONDS = 60
# The only variables that the program gets: no key, no database.
ENVIRONMENT = ("PATH", "HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# Lines of the list at the door beside those for known guests.
BLANK_LINES = 6
# Where paper is Letter (Unicode CLDR, supplemental data on measurement); everywhere else it is A4.
LETTER_COUNTRIES = {"BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"}


def size_of_place(meetup: Meetup) -> str:
    """Return which paper a printer at the evening's place has: "letter" or "a4"."""
    country = country_code(meetup.country) or country_of_zone(meetup.zone)
    return "letter" if country in LETTER_COUNTRIES else "a4"


def seated_guests(meetup: Meetup) -> list[Guest]:
    """Return the guests with a seat, in the order of their names, whatever the accents."""
    guests = Guest.objects.counting().yes().filter(meetup=meetup)
    return sorted(guests, key=lambda guest: (fold_name(guest.shown_name or guest.name), guest.pk))


def names_of(guests: list[Guest]) -> tuple[list[str], int]:
    """Return the names of guests and companions as far as they are known, and how many people have none."""
    names: list[str] = []
    num_nameless = 0
    for guest in guests:
        known = [name for name in (guest.shown_name or guest.name, *guest.companions) if name]
        names += known
        num_nameless += max(guest.party_size - len(known), 0)
    return names, num_nameless


def make_order(meetup: Meetup, guests: list[Guest], *, kinds: Collection[str], size: str, with_street: bool = False) -> Order:
    """Return what to draw for a meetup: those of its papers whose names are in `kinds`, which are the fields of Order.

    The street is on the invitations alone, and only when the host says so: they are passed on. Nothing else that a guest told the
    host is on any paper but their name.
    """
    names, num_nameless = names_of(guests)
    with translation.override(meetup.spoken_language):
        head = _head(meetup)
        people = (meetup.host.shown_name, *names, *[""] * num_nameless)
        return Order(
            size=size,
            language=meetup.spoken_language,
            title=meetup.title,
            sign_in=_sign_in(meetup, head, tuple(names), num_nameless) if "sign_in" in kinds else None,
            agenda=_agenda(meetup, head) if "agenda" in kinds else None,
            name_tags=NameTags(people, meetup.title) if "name_tags" in kinds else None,
            table_cards=TableCards(people, meetup.title) if "table_cards" in kinds else None,
            invitations=_invitations(meetup, head, with_street=with_street) if "invitations" in kinds else None,
        )


def _head(meetup: Meetup) -> Head:
    when = f"{words.full_day(meetup.start, meetup.zone)}, {words.clock_words(meetup.start, meetup.zone)}"
    return Head(_("An evening with %(host)s") % {"host": meetup.host}, meetup.title, when)


def _sign_in(meetup: Meetup, head: Head, names: tuple[str, ...], num_nameless: int) -> SignIn:
    note = _("Everybody at the table can read this list; %(host)s keeps it.") % {"host": meetup.host}
    return SignIn(
        head=head,
        names=names,
        num_blank=num_nameless + BLANK_LINES,
        name_label=_("Your name; tick it if it is here"),
        reach_label=_("Email or phone, if %(host)s may write to you") % {"host": meetup.host},
        could_host=_("I could host"),
        note=note,
    )


def _agenda(meetup: Meetup, head: Head) -> Agenda:
    kit = meetup.kit
    run = [line.strip() for line in kit.run.splitlines() if line.strip()]
    parts = [
        (_("The evening"), tuple(run), False),
        (_("Questions"), tuple(kit.question_list), True),
        (_("How we talk with each other"), tuple(kit.agreement_list), False),
    ]
    return Agenda(head, tuple(part for part in parts if part[1]))


def _invitations(meetup: Meetup, head: Head, *, with_street: bool) -> Invitations:
    book = meetup.kit.book
    place = exact_place(meetup) if with_street and meetup.street and not meetup.is_frozen else public_place(meetup)
    by = _("%(title)s by %(author)s") % {"title": book.title, "author": book.author} if book and book.author else ""
    if link := link_to_give(meetup):
        link_words = _("Say here whether you can come. You need no account.")
    else:
        # The page of a private evening is closed to whoever holds only its address, and its host has made no link.
        link_words = _("Tell %(host)s whether you can come.") % {"host": meetup.host}
    return Invitations(
        head=head,
        where=place.lines or (place.area,),
        book=by or (book.title if book else ""),
        question=meetup.kit.first_question,
        link=link,
        link_words=link_words,
        for_whom=_("For"),
    )


def print_papers(order: Order) -> bytes:
    """Return the PDF. Raises MeetupError where it takes longer than a minute or cannot be drawn."""
    environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    try:
        drawn = subprocess.run(
            [sys.executable, "-m", PROGRAM],
            input=json.dumps(asdict(order)).encode(),
            stdout=subprocess.PIPE,
            cwd=settings.BASE_DIR,
            env=environment,
            timeout=SECONDS,
            check=True,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        raise MeetupError(_("The paper could not be drawn just now. Choose fewer things, or try again in a minute.")) from error
    return drawn.stdout
