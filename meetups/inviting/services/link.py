"""The host's own link to a meetup: whoever has it may ask for a seat. Made, renewed and revoked by the host."""

from django.db import transaction
from django.utils.translation import gettext as _

from hosts.models import make_selector
from meetups.exceptions import MeetupError
from meetups.guests.services.friend import look_at_unproven
from meetups.guests.services.seats import lock_meetup
from meetups.models import Guest, Meetup


@transaction.atomic
def make_link(meetup: Meetup) -> Meetup:
    """Give a meetup its own link and return it; one that has a link keeps it. Raises MeetupError where nobody can answer."""
    meetup = lock_meetup(meetup.pk)
    _check_open(meetup)
    if not meetup.link_selector:
        meetup.link_selector = make_selector()
        meetup.save(update_fields=["link_selector"])
    return meetup


@transaction.atomic
def renew_link(meetup: Meetup) -> Meetup:
    """Give a meetup another link in place of the one it has, which ends. Raises MeetupError where nobody can answer."""
    meetup = lock_meetup(meetup.pk)
    _check_open(meetup)
    _end_link(meetup)
    meetup.link_selector = make_selector()
    meetup.save(update_fields=["link_selector"])
    return meetup


@transaction.atomic
def revoke_link(meetup: Meetup) -> Meetup:
    """End the link of a meetup. A second call changes nothing."""
    meetup = lock_meetup(meetup.pk)
    _end_link(meetup)
    meetup.save(update_fields=["link_selector"])
    return meetup


@transaction.atomic
def look_at_link(meetup: Meetup, *, looks: bool) -> Meetup:
    """Let the host look first at who comes by the link, or let the link admit them; of an evening by link this holds for its
    page too. A second call changes nothing.

    Whoever has a seat keeps it; whoever asked and has not proved the address yet is looked at too.
    """
    meetup = lock_meetup(meetup.pk)
    meetup.looks_at_link = looks
    meetup.save(update_fields=["looks_at_link"])
    if looks:
        _admit_nobody_unproven(meetup)
        look_at_unproven(meetup)
    return meetup


def _end_link(meetup: Meetup) -> None:
    meetup.link_selector = ""
    _admit_nobody_unproven(meetup)


def _admit_nobody_unproven(meetup: Meetup) -> None:
    """Let the host look at those who asked by the link and have not proved their address: it may be the wrong people's by now."""
    Guest.objects.filter(meetup=meetup, origin=Guest.Origin.LINK, address_proven_at=None).update(admitted_at=None)


def _check_open(meetup: Meetup) -> None:
    if not meetup.takes_answers:
        raise MeetupError(_("The evening has such a link from publication until it begins."))
