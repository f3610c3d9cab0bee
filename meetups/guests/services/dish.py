"""The shared table: the host asks for dishes, guests take, bring and give back."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meetups.access.visibility import find_place_in, say_secret
from meetups.exceptions import MeetupError
from meetups.guests.services.seats import lock_meetup
from meetups.models import Dish, Guest, Meetup
from meetups.text.dishes import feeds_each
from meetups.times import clock

Kind = Dish.Kind
# Dishes that a host may ask for at one table, and things that one guest may bring unasked.
MOST_DISHES = 100
MOST_OWN = 3


# What the host asks for ----------------------------------------------------------------------------------------------


def _check_laid(meetup: Meetup) -> None:
    """Raise MeetupError for a meetup that is canceled or has begun, whose dishes cannot be changed."""
    if meetup.is_canceled:
        raise MeetupError(_("This evening was canceled."))
    if meetup.has_started:
        raise MeetupError(_("The evening has begun; the table stands as it is."))


def _check_remark(meetup: Meetup, remark: str) -> None:
    """Raise MeetupError for a remark that tells where the house is: those without a seat read it too."""
    if part := find_place_in(meetup, remark):
        street = _("Your line holds the street. It comes with a yes that has a seat, so please leave it out.")
        raise MeetupError(street if part == "street" else say_secret(part))


def _check_room(meetup: Meetup, num_more: int) -> None:
    """Raise MeetupError where the host would ask for more than MOST_DISHES. What guests bring unasked is not counted."""
    if meetup.dishes.filter(is_asked=True).count() + num_more > MOST_DISHES:
        words = ngettext("%(n)d dish is the most for one table.", "%(n)d dishes are the most for one table.", MOST_DISHES)
        raise MeetupError(words % {"n": MOST_DISHES})


@transaction.atomic
def lay_table(meetup: Meetup, *, counts: Mapping[str, int]) -> list[Dish]:
    """Ask for a number of dishes of each kind, each to feed its share of the seats; return them. A second call asks for more."""
    meetup = lock_meetup(meetup.pk)
    _check_laid(meetup)
    _check_room(meetup, sum(counts.values()))
    dishes = [
        Dish(meetup=meetup, kind=kind, feeds=feeds_each(kind, num=num, num_people=meetup.num_seats))
        for kind, num in counts.items()
        for _one in range(num)
    ]
    return Dish.objects.bulk_create(dishes)


def copy_table(source: Meetup, *, to: Meetup) -> list[Dish]:
    """Ask at another evening, which nobody knows of yet, for what was asked for at this one; return the dishes.

    Who brought what is not copied, nor what guests brought unasked. A second call asks for all of it again.
    """
    asked = Dish.objects.filter(meetup=source, is_asked=True).order_by("pk")[:MOST_DISHES]
    return Dish.objects.bulk_create([Dish(meetup=to, kind=dish.kind, feeds=dish.feeds, remark=dish.remark) for dish in asked])


@transaction.atomic
def ask_for_dish(
    meetup: Meetup, *, kind: str, feeds: int | None = None, remark: str = "", guest: Guest | None = None, words: str = ""
) -> Dish:
    """Ask for one dish; `guest` is who brings it already. A second call asks for another."""
    meetup = lock_meetup(meetup.pk)
    _check_laid(meetup)
    _check_room(meetup, 1)
    _check_remark(meetup, remark)
    dish = Dish.objects.create(meetup=meetup, kind=kind, feeds=feeds, remark=remark)
    return take_dish(guest, dish=dish, words=words) if guest else dish


@transaction.atomic
def edit_dish(dish: Dish, *, kind: str, feeds: int | None, remark: str, guest: Guest | None, words: str = "") -> Dish:
    """Change what is asked for, and who brings it. A second call changes nothing."""
    meetup = lock_meetup(dish.meetup_id)
    _check_laid(meetup)
    _check_remark(meetup, remark)
    if guest is not None:
        # Guests are locked before dishes everywhere, so that two transactions cannot deadlock.
        _lock_bringer(guest)
    row = Dish.objects.filter(pk=dish.pk)
    row.update(kind=kind, feeds=feeds, remark=remark)
    row.exclude(guest=guest).give_back()
    if guest is not None and row.exists():
        return take_dish(guest, dish=dish, words=words)
    return row.first() or dish


@transaction.atomic
def remove_dish(dish: Dish) -> None:
    """Delete a dish. A second call does nothing. Raises MeetupError while somebody brings it."""
    lock_meetup(dish.meetup_id)
    row = Dish.objects.select_related("guest").filter(pk=dish.pk).first()
    if row is None:
        return
    if row.guest is not None:
        raise MeetupError(_("%(name)s brings this. Tell them first, then give it back here.") % {"name": row.guest.called})
    row.delete()


# What guests bring ---------------------------------------------------------------------------------------------------


def _lock_bringer(guest: Guest) -> Guest:
    """Lock the guest's row, so that a no at the same moment waits or is seen here. Raises MeetupError without a seat."""
    guest = Guest.objects.select_for_update(of=("self",)).select_related("meetup").get(pk=guest.pk)
    _check_laid(guest.meetup)
    if not guest.has_seat:
        raise MeetupError(_("Only those with a seat bring something. Please answer yes first."))
    return guest


@transaction.atomic
def take_dish(guest: Guest, *, dish: Dish, words: str | None = None) -> Dish:
    """Save that the guest brings this dish, with their words. A second call changes the words, or nothing without any.

    Of two who press for the last one the database lets one through; the other gets a MeetupError with a sentence.
    """
    guest = _lock_bringer(guest)
    row = Dish.objects.filter(pk=dish.pk, meetup=guest.meetup_id)
    # Whether the dish is free is decided by the UPDATE's condition and its row count, so no two guests get one dish.
    is_taken_now = row.free().update(guest=guest, words=words or "", taken_at=clock.now(), given_back_at=None)
    said = {} if words is None else {"words": words}
    if not is_taken_now and not row.filter(guest=guest).update(guest=guest, **said):
        raise MeetupError(_("Somebody else has just taken that. This is what the table still lacks."))
    return row.get()


@transaction.atomic
def bring_dish(guest: Guest, *, words: str, kind: str = Kind.OTHER, feeds: int | None = None) -> Dish:
    """Save something that the guest brings unasked. A second call with the same words changes nothing.

    Raises MeetupError for a guest without a seat, and for a fourth such thing.
    """
    guest = _lock_bringer(guest)
    own = Dish.objects.filter(guest=guest, is_asked=False)
    if (dish := own.filter(words=words).first()) is not None:
        return dish
    if own.count() >= MOST_OWN:
        raise MeetupError(_("You bring three things of your own already. Give one back first."))
    now = clock.now()
    return Dish.objects.create(
        meetup=guest.meetup, guest=guest, kind=kind, feeds=feeds, words=words, is_asked=False, taken_at=now
    )


@transaction.atomic
def give_back_dish(guest: Guest, *, dish: Dish) -> None:
    """Save that the guest does not bring this after all, so that others may. A second call changes nothing."""
    Dish.objects.filter(pk=dish.pk, guest=guest).give_back()
