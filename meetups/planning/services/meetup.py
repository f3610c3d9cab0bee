"""Acts on a meetup: draft, publish, edit."""

from django.db import transaction
from django.utils.translation import gettext as _

from hosts.models import Campaign, User
from meetups.exceptions import MeetupError
from meetups.guests.services.friend import look_at_unproven
from meetups.guests.services.seats import lock_meetup, num_seats_taken, offer_freed_seats
from meetups.models import Delivery, Kit, Meetup, Webhook
from meetups.models.meetup import make_code
from meetups.outbox.plan import plan_mailings
from meetups.planning.services.kit import keep_cover, write_kit
from meetups.text.dishes import list_words
from meetups.times import clock
from meetups.webhooks.events import owe_host_began, owe_meetup_event

Letter = Delivery.Kind
TIME_FIELDS = ("date", "time", "fold", "duration", "zone")
PLACE_FIELDS = ("street", "town_name", "region", "postal_code", "country", "town", "door", "parking", "day_phone")
TEXT_FIELDS = ("title", "language", "word", "visibility", "seats", "max_party", "shows_names", "lets_friends", "looks_first")


@transaction.atomic
def save_draft(
    host: User,
    *,
    meetup: Meetup | None = None,
    code: str = "",
    kit: dict | None = None,
    parent: Meetup | None = None,
    campaign: Campaign | None = None,
    copied_from: Kit | None = None,
    **fields,
) -> Meetup:
    """Write a draft, a new one or the one given, and return it. Anything but the title may be missing.

    `kit` is what write_kit takes. parent, campaign, copied_from and `code` are used for a new draft only. `code` is also the
    idempotency key: a second call with it returns the meetup of the first and changes nothing. A campaign that has ended takes
    no new evening, so the draft is the host's alone. Raises MeetupError for a time
    that does not exist, or when the meetup is not a draft.
    """
    if meetup is None:
        # A row lock, so that of two requests with the same code the second finds the draft of the first.
        User.objects.select_for_update().get(pk=host.pk)
        made = Meetup.objects.filter(host=host, code=code).first() if code else None
        if made is not None:
            return made
        if campaign is not None and campaign.has_ended:
            campaign = None
        own_kit = Kit.objects.create(
            copied_from=copied_from, copied_version=copied_from.version_to_copy if copied_from is not None else None
        )
        meetup = Meetup(host=host, kit=own_kit, parent=parent, campaign=campaign, code=code or make_code())
    else:
        # It may have been published since it was read, and must not become a draft again.
        meetup = lock_meetup(meetup.pk)
        if not meetup.is_draft:
            raise MeetupError(_("This meetup is published already."))
    is_new = meetup.pk is None
    write_kit(meetup.kit, **(kit or {}))
    if is_new and copied_from is not None:
        keep_cover(meetup.kit, source=copied_from)
    _set_fields(meetup, fields, allowed=TIME_FIELDS + PLACE_FIELDS + TEXT_FIELDS)
    meetup.derive_times()
    meetup.save()
    if is_new:
        owe_host_began(meetup)
    return meetup


def _set_fields(meetup: Meetup, fields: dict, *, allowed: tuple[str, ...]) -> None:
    for name, value in fields.items():
        if name not in allowed:
            raise TypeError(f"this act does not change {name}")
        setattr(meetup, name, value)


def lacks_of(meetup: Meetup) -> list[tuple[str, str]]:
    """Return what a draft still needs before it can be published: for each the step where it is filled in, and words for the
    host. The host's own name is of no step."""
    needed = [
        (meetup.title, "what", _("a title")),
        (meetup.date, "when", _("a date")),
        (meetup.time, "when", _("a time")),
        # The zone comes with the town, so it is asked for only where the town is set.
        (meetup.zone or not meetup.town_name, "when", _("a time zone")),
        (meetup.street, "when", _("the street and number")),
        (meetup.town_name, "when", _("the town")),
        (meetup.seats, "who", _("the number of seats")),
        (meetup.host.shown_name, "", _("your name, as guests will see it")),
    ]
    return [(step, words) for value, step, words in needed if not value]


def what_is_missing(meetup: Meetup) -> list[str]:
    """Return, in words for the host, what a draft still needs before it can be published."""
    return [words for _step, words in lacks_of(meetup)]


@transaction.atomic
def publish_meetup(meetup: Meetup) -> Meetup:
    """Publish a draft and plan its letters. A second call changes nothing. Raises MeetupError for what is missing.

    Where its campaign has ended in between, the evening is the host's alone.
    """
    meetup = lock_meetup(meetup.pk)
    if meetup.is_published:
        return meetup
    if not meetup.is_draft:
        raise MeetupError(_("A canceled meetup cannot be published again. Copy it into a new one."))
    missing = what_is_missing(meetup)
    if missing:
        raise MeetupError(_("Before it can be published it needs %(what)s.") % {"what": list_words(missing)})
    meetup.derive_times()
    if meetup.start <= clock.now():
        raise MeetupError(_("The date is in the past. Please choose one that lies ahead."))
    meetup.status, meetup.published_at = Meetup.Status.PUBLISHED, clock.now()
    if meetup.campaign is not None and meetup.campaign.has_ended:
        meetup.campaign = None
    meetup.save()
    plan_mailings(meetup)
    owe_meetup_event(meetup, Webhook.Event.MEETUP_PUBLISHED)
    return meetup


@transaction.atomic
def delete_draft(meetup: Meetup) -> None:
    """Delete a draft and its kit. A second call does nothing. Raises MeetupError for what is no draft."""
    draft = Meetup.objects.select_for_update().filter(pk=meetup.pk).first()
    if draft is None:
        return
    if not draft.is_draft:
        raise MeetupError(_("Only a draft can be deleted. Cancel the meetup instead, so that your guests hear of it."))
    kit = draft.kit
    draft.delete()
    kit.delete()


class SeatsTaken(MeetupError):
    """Fewer seats were typed than are taken; the host has to choose who moves to the waiting list."""


@transaction.atomic
def edit_meetup(meetup: Meetup, *, kit: dict | None = None, **fields) -> Meetup:
    """Change the texts of a published meetup, its seats or who sees it; nobody is mailed. Time and place: reschedule_meetup.

    A second call changes nothing. Raises SeatsTaken for fewer seats than are taken: nobody is dropped silently (R82), and
    `lower_seats` says who moves.
    """
    meetup = lock_meetup(meetup.pk)
    taken = num_seats_taken(meetup)
    seats = fields.get("seats", meetup.seats)
    if not meetup.is_draft and (not seats or seats < taken):
        raise SeatsTaken(
            _("%(n)d seats are taken. Remove guests first if there must be fewer seats than that.") % {"n": taken},
        )
    write_kit(meetup.kit, **(kit or {}))
    _set_fields(meetup, fields, allowed=TEXT_FIELDS)
    if meetup.seats and meetup.seats > taken:
        # A seat is free, so the host gets the letter about a full table again once it is taken.
        meetup.full_told_at = None
    meetup.save()
    look_at_unproven(meetup)
    offer_freed_seats(meetup)
    return meetup
