"""Acts on a meetup: draft, publish, edit, move, cancel."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.text import slugify
from django.utils.translation import gettext as _

from hosts.models import Campaign, User
from meetups import clock
from meetups.exceptions import MeetupError
from meetups.models import Book, Delivery, Guest, Kit, Meetup
from meetups.models.delivery import DeliveryQuerySet
from meetups.models.meetup import make_code
from meetups.services.delivery import make_delivery, owe_many, withdraw_deliveries
from meetups.services.guest import lock_meetup, num_seats_taken, offer_freed_seats
from meetups.services.mailing import REMINDERS, plan_mailings
from meetups.services.recheck import CANCELED_MEANWHILE

Letter = Delivery.Kind
# The host may take a cancellation back, and edits of a move are gathered, for as long as this.
SECOND_THOUGHTS = timedelta(minutes=10)
SOON = timedelta(hours=24)
WITHDRAWN_BY_CANCELING = "The evening was canceled."
# A letter that a worker had in hand at that moment was sorted out by its claim.
WITHDRAWN_WHILE_CANCELED = [WITHDRAWN_BY_CANCELING, CANCELED_MEANWHILE]
HANDED_OVER = [Delivery.State.SENDING, Delivery.State.SENT, Delivery.State.UNKNOWN]
TIME_FIELDS = ("date", "time", "fold", "duration", "zone")
PLACE_FIELDS = ("street", "town_name", "region", "postal_code", "country", "town", "door", "parking", "day_phone")
TEXT_FIELDS = ("title", "language", "word", "visibility", "seats", "max_party", "shows_names", "lets_friends")


# Kits ----------------------------------------------------------------------------------------------------------------


def find_or_add_book(*, title: str, author: str = "", isbn: str = "") -> Book | None:
    """Return the book of these words, adding it where it is not known; None without a title. Books are never edited."""
    if not title:
        return None
    book = Book.objects.filter(title=title, author=author, isbn=isbn).first()
    if book is not None:
        return book
    stem = slugify(f"{title} {author}")[:70].strip("-") or "book"
    slug, number = stem, 2
    while Book.objects.filter(slug=slug).exists():
        slug, number = f"{stem}-{number}", number + 1
    return Book.objects.get_or_create(title=title, author=author, isbn=isbn, defaults={"slug": slug})[0]


def copy_kit(kit: Kit) -> Kit:
    """Return a saved copy of a kit, without people, place, date or campaign. A second call makes a second copy."""
    return Kit.objects.create(copied_from=kit, **{name: getattr(kit, name) for name in Kit.COPIED_FIELDS})


def write_kit(kit: Kit, *, book: dict[str, str] | None = None, **fields: str) -> Kit:
    """Save a kit's words; `book` holds title, author and isbn, and an empty title takes the book away."""
    if book is not None:
        before, kit.book = kit.book_id, find_or_add_book(**book)
        # The cover was that of another book.
        kit.cover = kit.cover if kit.book_id == before else None
    for name, value in fields.items():
        if name not in Kit.COPIED_FIELDS:
            raise TypeError(f"a kit has no {name}")
        setattr(kit, name, value)
    kit.save()
    return kit


# Drafts and publishing -----------------------------------------------------------------------------------------------


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

    `kit` holds write_kit's words; parent, campaign and copied_from count for a new draft only, and so does `code`, the one a
    page gave out beforehand: a second call with it returns the meetup of the first and changes nothing. Raises MeetupError for
    a time that does not exist, or when the meetup is no draft.
    """
    if meetup is None:
        # Two presses at once: the second waits here for the first.
        User.objects.select_for_update().get(pk=host.pk)
        made = Meetup.objects.filter(host=host, code=code).first() if code else None
        if made is not None:
            return made
        own_kit = Kit.objects.create(copied_from=copied_from)
        meetup = Meetup(host=host, kit=own_kit, parent=parent, campaign=campaign, code=code or make_code())
    else:
        # It may have been published in another window since it was read: then it must not become a draft again.
        meetup = lock_meetup(meetup.pk)
        if not meetup.is_draft:
            raise MeetupError(_("This meetup is published already."))
    is_new = meetup.pk is None
    write_kit(meetup.kit, **(kit or {}))
    if is_new and copied_from is not None:
        _keep_cover(meetup.kit)
    _set_fields(meetup, fields, allowed=TIME_FIELDS + PLACE_FIELDS + TEXT_FIELDS)
    meetup.derive_times()
    meetup.save()
    return meetup


def _keep_cover(kit: Kit) -> None:
    """Let a new kit have the cover of the one it was copied from, while it is about the same book."""
    source = kit.copied_from
    if kit.book_id is not None and kit.book_id == source.book_id:
        kit.cover = source.cover
        kit.save(update_fields=["cover"])


def _set_fields(meetup: Meetup, fields: dict, *, allowed: tuple[str, ...]) -> None:
    for name, value in fields.items():
        if name not in allowed:
            raise TypeError(f"this act does not change {name}")
        setattr(meetup, name, value)


def what_is_missing(meetup: Meetup) -> list[str]:
    """Return, in words for the host, what a draft still needs before it can be published."""
    needed = [
        (meetup.title, _("a title")),
        (meetup.date, _("a date")),
        (meetup.time, _("a time")),
        # The town brings its zone along, so without one only the town is asked for.
        (meetup.zone or not meetup.town_name, _("a time zone")),
        (meetup.street, _("the street and number")),
        (meetup.town_name, _("the town")),
        (meetup.seats, _("the number of seats")),
        (meetup.host.shown_name, _("your name, as guests will see it")),
    ]
    return [words for value, words in needed if not value]


@transaction.atomic
def publish_meetup(meetup: Meetup) -> Meetup:
    """Publish a draft and plan its letters. A second call changes nothing. Raises MeetupError for what is missing."""
    meetup = lock_meetup(meetup.pk)
    if meetup.is_published:
        return meetup
    if not meetup.is_draft:
        raise MeetupError(_("A canceled meetup cannot be published again. Copy it into a new one."))
    missing = what_is_missing(meetup)
    if missing:
        raise MeetupError(_("Before it can be published it needs %(what)s.") % {"what": ", ".join(missing)})
    meetup.derive_times()
    if meetup.starts_at <= clock.now():
        raise MeetupError(_("The date is in the past. Please choose one that lies ahead."))
    meetup.status, meetup.published_at = Meetup.Status.PUBLISHED, clock.now()
    meetup.save()
    plan_mailings(meetup)
    return meetup


@transaction.atomic
def delete_draft(meetup: Meetup) -> None:
    """Delete a draft and its kit. A second call does nothing. Raises MeetupError for what is no draft."""
    meetup = Meetup.objects.select_for_update().filter(pk=meetup.pk).first()
    if meetup is None:
        return
    if not meetup.is_draft:
        raise MeetupError(_("Only a draft can be deleted. Cancel the meetup instead, so that your guests hear of it."))
    kit = meetup.kit
    meetup.delete()
    kit.delete()


@transaction.atomic
def edit_meetup(meetup: Meetup, *, kit: dict | None = None, **fields) -> Meetup:
    """Change the words of a published meetup, its seats or who sees it; nobody is mailed. Time and place: reschedule_meetup.

    Raises MeetupError when fewer seats are asked for than are taken: nobody is dropped silently (R82).
    """
    meetup = lock_meetup(meetup.pk)
    taken = num_seats_taken(meetup)
    seats = fields.get("seats", meetup.seats)
    if not meetup.is_draft and (not seats or seats < taken):
        raise MeetupError(
            _("%(n)d seats are taken. Remove guests first if there must be fewer seats than that.") % {"n": taken},
        )
    write_kit(meetup.kit, **(kit or {}))
    _set_fields(meetup, fields, allowed=TEXT_FIELDS)
    if meetup.seats and meetup.seats > taken:
        # There is a free chair again: when it is taken too, the host hears of a full table again.
        meetup.full_told_at = None
    meetup.save()
    offer_freed_seats(meetup)
    return meetup


# Moving --------------------------------------------------------------------------------------------------------------


@transaction.atomic
def reschedule_meetup(meetup: Meetup, **fields) -> Meetup:
    """Change time or place, plan the letters anew, and owe guests one letter with old and new.

    The letter waits ten minutes, so that a second edit is told in the same one; under a day before the start it leaves at
    once. Door, parking and phone are corrected without a letter. A second call with the same values changes nothing.
    Raises MeetupError for a time that does not exist or is past, and for an evening that has begun.
    """
    meetup = lock_meetup(meetup.pk)
    if not meetup.takes_answers:
        raise MeetupError(_("Only a published evening that has not begun can be moved."))
    old = _where_and_when(meetup)
    old_end, was_soon = meetup.ends_at, meetup.starts_at - clock.now() < SOON
    _set_fields(meetup, fields, allowed=TIME_FIELDS + PLACE_FIELDS)
    meetup.derive_times()
    if meetup.starts_at is None or meetup.starts_at <= clock.now():
        raise MeetupError(_("The new time is in the past. Please choose one that lies ahead."))
    if not meetup.street or not meetup.town_name:
        raise MeetupError(_("Your guests need a street and a town to come to."))
    if _where_and_when(meetup) == old and meetup.ends_at == old_end:
        meetup.save()
        return meetup
    meetup.revision += 1
    meetup.save()
    is_same_time = meetup.starts_at.isoformat() == old["old_starts_at"]
    if not is_same_time:
        meetup.guests.update(confirmed_at=None)
    plan_mailings(meetup, is_same_time=is_same_time)
    reminders = Delivery.objects.filter(meetup=meetup, kind__in=REMINDERS)
    if is_same_time:
        # The time stays, so they are as right as before, and their mailing does not come again.
        reminders.open().update(revision=meetup.revision)
    else:
        withdraw_deliveries(reminders)
    _owe_moved_letters(meetup, old, is_soon=was_soon or meetup.starts_at - clock.now() < SOON)
    return meetup


def _where_and_when(meetup: Meetup) -> dict[str, str]:
    """Return time and place as a letter about a move names the old ones."""
    return {
        "old_starts_at": meetup.starts_at.isoformat(),
        "old_zone": meetup.zone,
        "old_area": meetup.area,
        "old_street": meetup.street,
    }


def guests_who_were_told(meetup: Meetup) -> list[Guest]:
    """Return the guests with an address who know of this evening and have not declined.

    Whose invitation has not left yet knows nothing: it will name the new time, or does not leave at all.
    """
    guests = Guest.objects.seen().filter(meetup=meetup).with_address().exclude(rsvp=Guest.Rsvp.NO)
    letters = Delivery.objects.filter(guest=OuterRef("pk"))
    never_left = Exists(letters.filter(kind=Letter.INVITATION)) & ~Exists(letters.filter(state__in=HANDED_OVER))
    return list(guests.exclude(never_left, rsvp=Guest.Rsvp.INVITED))


def _owe_moved_letters(meetup: Meetup, old: dict[str, str], *, is_soon: bool) -> None:
    pending: DeliveryQuerySet = Delivery.objects.filter(meetup=meetup, kind=Letter.MOVED).pending()
    # What a letter that has not left yet called old is still what guests know; one about new rules of a zone moved nothing.
    known = {row.guest_id: row.context.get("from", old) for row in pending}
    withdraw_deliveries(pending)
    due_at = clock.now() if is_soon else clock.now() + SECOND_THOUGHTS
    present, letters = _where_and_when(meetup), []
    for guest in guests_who_were_told(meetup):
        was = known.get(guest.pk, old)
        if was == present:
            continue
        guest.meetup = meetup
        context = {key: was[key] for key in ("old_starts_at", "old_zone", "old_area")} | {
            # The old street is kept out of the letter, and needed only to notice a move back.
            "from": was,
            "time_changed": (was["old_starts_at"], was["old_zone"]) != (present["old_starts_at"], present["old_zone"]),
            "place_changed": (was["old_area"], was["old_street"]) != (present["old_area"], present["old_street"]),
        }
        key = f"{guest.pk}:{meetup.revision}"
        letters.append(make_delivery(Letter.MOVED, key=key, guest=guest, due_at=due_at, context=context))
    owe_many(letters)


# Canceling -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def cancel_meetup(meetup: Meetup, *, word: str = "") -> Meetup:
    """Cancel, withdraw every letter not yet sent, and owe each guest one with the host's word. A second call changes nothing.

    The letters wait ten minutes in which restore_meetup takes it all back; under a day before the start they leave at once.
    Raises MeetupError for a draft and for an evening that is over.
    """
    meetup = lock_meetup(meetup.pk)
    if meetup.is_canceled:
        return meetup
    if meetup.is_draft or meetup.has_ended:
        raise MeetupError(_("Only a published evening that is not over can be canceled."))
    now = clock.now()
    meetup.status, meetup.canceled_at, meetup.cancel_word = Meetup.Status.CANCELED, now, word
    meetup.revision += 1
    meetup.save()
    withdraw_deliveries(Delivery.objects.filter(meetup=meetup), reason=WITHDRAWN_BY_CANCELING)
    due_at = now if meetup.starts_at - now < SOON else now + SECOND_THOUGHTS
    letters = []
    for guest in guests_who_were_told(meetup):
        guest.meetup = meetup
        key, context = f"{guest.pk}:{meetup.revision}", {"had_seat": guest.has_seat}
        letters.append(make_delivery(Letter.CANCELED, key=key, guest=guest, due_at=due_at, context=context))
    owe_many(letters)
    return meetup


def can_restore(meetup: Meetup) -> bool:
    """Tell whether a cancellation can still be taken back: within ten minutes, while none of its letters has left."""
    if not meetup.is_canceled or clock.now() >= meetup.canceled_at + SECOND_THOUGHTS or meetup.has_started:
        return False
    gone = Delivery.objects.filter(meetup=meetup, kind=Letter.CANCELED, revision=meetup.revision)
    not_gone = [Delivery.State.QUEUED, Delivery.State.WITHDRAWN]
    return meetup.starts_at - meetup.canceled_at >= SOON and not gone.exclude(state__in=not_gone).exists()


@transaction.atomic
def restore_meetup(meetup: Meetup) -> Meetup:
    """Take a cancellation back: its letters are withdrawn, those it had withdrawn are owed again. A second call changes nothing.

    Raises MeetupError when the ten minutes are over.
    """
    meetup = lock_meetup(meetup.pk)
    if meetup.is_published:
        return meetup
    if not can_restore(meetup):
        raise MeetupError(_("The letters have left, so this cannot be taken back any more."))
    withdraw_deliveries(Delivery.objects.filter(meetup=meetup, kind=Letter.CANCELED))
    meetup.status, meetup.cancel_word = Meetup.Status.PUBLISHED, ""
    meetup.revision += 1
    meetup.save()
    again = Delivery.objects.filter(meetup=meetup, state=Delivery.State.WITHDRAWN, last_words__in=WITHDRAWN_WHILE_CANCELED)
    again.filter(finished_at__gte=meetup.canceled_at).update(
        state=Delivery.State.QUEUED, finished_at=None, last_words="", revision=meetup.revision
    )
    # What a worker had in hand all the while, or has just given back, is as right as before: canceling was one revision.
    Delivery.objects.filter(meetup=meetup, revision=meetup.revision - 2).open().update(revision=meetup.revision)
    plan_mailings(meetup, is_same_time=True)
    return meetup
