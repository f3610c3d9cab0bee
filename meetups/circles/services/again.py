"""Hold an evening again: a copy of it on another day, and the same people invited. Nothing of what guests said is copied."""

from collections.abc import Sequence
from datetime import date, time

from django.db import transaction
from django.utils.translation import gettext as _

from hosts.models import User
from meetups.circles.people import Person
from meetups.exceptions import MeetupError
from meetups.guests.services.dish import copy_table
from meetups.guests.services.invitation import Invited, invite_guests
from meetups.models import Circle, Cohost, Guest, Meetup
from meetups.planning.services.fork import kit_words
from meetups.planning.services.meetup import PLACE_FIELDS, TEXT_FIELDS, publish_meetup, save_draft, what_is_missing

COPIED = (*PLACE_FIELDS, *TEXT_FIELDS, "duration", "zone")
SOME_DAY, SOME_HOUR = date(2000, 1, 1), time(19)


def may_hold_again(meetup: Meetup) -> bool:
    """Tell whether an evening can be held again: it has begun, was held, or was canceled."""
    return meetup.is_canceled or (meetup.is_published and meetup.has_started)


def what_is_missing_but_the_day(meetup: Meetup) -> list[str]:
    """Return, in words for the host, what an evening lacks besides day and hour: the place is forgotten some weeks after it."""
    copied = Meetup(host=meetup.host, date=SOME_DAY, time=SOME_HOUR, **{name: getattr(meetup, name) for name in COPIED})
    return what_is_missing(copied)


def next_number(meetup: Meetup) -> int | None:
    """Return the how-manieth evening with the same people the next one is; one that was canceled does not count."""
    if meetup.is_canceled:
        return meetup.evening_number
    return (meetup.evening_number or 1) + 1


@transaction.atomic
def copy_evening(
    source: Meetup, *, code: str = "", day: date | None = None, hour: time | None = None, circle: Circle | None = None
) -> tuple[Meetup, bool]:
    """Make a draft like this evening, for the same hosts: kit, place, seats, who sees it, the dishes that were asked for, a word
    to the guests; no people.

    Return it, and whether it is new: a second call with the same `code` returns what the first one made, also when it is
    published already, and changes nothing. Raises MeetupError for a time that does not exist.
    """
    # A row lock, so that of two requests with the same code the second finds what the first one made.
    User.objects.select_for_update().get(pk=source.host_id)
    made = Meetup.objects.filter(host=source.host_id, code=code).first() if code else None
    if made is not None:
        return made, False
    words = kit_words(source.kit) | {"shelf": source.kit.shelf}
    draft = save_draft(
        source.host,
        code=code,
        kit=words,
        campaign=source.campaign,
        copied_from=source.kit,
        date=day,
        time=hour,
        **{name: getattr(source, name) for name in COPIED},
    )
    draft.again_of, draft.circle, draft.evening_number = source, circle, next_number(source)
    draft.save(update_fields=["again_of", "circle", "evening_number"])
    copy_table(source, to=draft)
    helping = Cohost.objects.filter(meetup=source).values_list("user", flat=True)
    Cohost.objects.bulk_create([Cohost(meetup=draft, user_id=user) for user in helping])
    return draft, True


def circle_going_on(meetup: Meetup) -> Circle | None:
    """Return the row of an evening to which another one would belong; None without one, and once it was stopped."""
    return meetup.circle if meetup.circle is not None and not meetup.circle.is_stopped else None


@transaction.atomic
def hold_again(
    source: Meetup,
    *,
    by: User,
    code: str,
    day: date,
    hour: time,
    people: Sequence[Person],
    personal: str = "",
) -> tuple[Meetup, Invited]:
    """Copy an evening to another day, publish it and invite these people; return it, and what became of each of them.

    A second call with the same `code` returns the same evening and invites nobody. Raises MeetupError, with nothing made, for
    an evening that is still to come, a time that is past or does not exist, what is missing, and words that tell of the place.
    """
    if not may_hold_again(source):
        raise MeetupError(_("This evening is still to come. It can be held again once it has begun."))
    meetup, is_new = copy_evening(source, code=code, day=day, hour=hour, circle=circle_going_on(source))
    if not is_new:
        return meetup, Invited()
    meetup = publish_meetup(meetup)
    return meetup, invite_people(meetup, people, by=by, personal=personal)


def invite_people(meetup: Meetup, people: Sequence[Person], *, by: User, personal: str = "", **how) -> Invited:
    """Invite people of an evening before, each in their own language; return what became of each. A second call invites nobody.

    `how` is what invite_guests takes beside. Raises MeetupError as it does.
    """
    if not people:
        return Invited()
    addresses = [(person.name, person.email) for person in people]
    invited = invite_guests(meetup, addresses=addresses, by=by, personal=personal, is_again=True, **how)
    languages = {person.email_hash: person.language for person in people if person.language}
    speaking = [guest for guest in (*invited.sent, *invited.later) if guest.email_hash in languages and not guest.language]
    for guest in speaking:
        guest.language = languages[guest.email_hash]
    Guest.objects.bulk_update(speaking, ["language"])
    return invited
