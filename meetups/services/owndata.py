"""All that is kept about one person, for that person (R104): plain values that can be written as JSON. It holds nobody else's."""

import base64
from datetime import datetime

from django.conf import settings
from django.db import models

from hosts.models import User
from meetups import clock
from meetups.models import AddressLedger, Contribution, Delivery, Guest, Meetup, Photo, Recap, Suppression
from meetups.plain import shown_in_part
from meetups.tokens import hash_address
from meetups.visibility import place_for_guest

# What opens a link or finds a row: nobody's business but the site's.
# And whether a host wants to be written to is the host's affair (R111).
KEYS = {"id", "selector", "blocked_at", "link_version", "email_hash", "password", "code", "dedupe_key"}


def plain_fields(row: models.Model) -> dict:
    """Return a row's own values by name, without keys, files and other rows: those may be somebody else's."""
    fields = [field for field in row._meta.concrete_fields if not field.is_relation and not isinstance(field, models.FileField)]
    return {field.name: getattr(row, field.name) for field in fields if field.name not in KEYS}


# A guest -------------------------------------------------------------------------------------------------------------


def data_of_guest(guest: Guest) -> dict:
    """Return what is kept about a guest at one evening, for whoever holds the link: answer, words, photo, letters. The address
    in part only, and nothing of other evenings: a link may have been passed on."""
    told = _evening_data(guest)
    return _made() | told | {"you": {name: _in_part(value, guest.email) for name, value in told["you"].items()}}


def data_of_address(email_hash: str) -> dict:
    """Return all that is kept about an address at every evening, and what goes there: only for whoever reads its mail."""
    guests = Guest.objects.with_address().filter(email_hash=email_hash).select_related("meetup__host")
    return _made() | {
        "evenings": [_evening_data(guest) for guest in guests.order_by("meetup__starts_at", "pk")],
        "no_letters_of": _unsubscribed(email_hash),
        "letters_before_you_answered": _ledger(email_hash),
    }


def _made() -> dict:
    return {"made_at": clock.now(), "site": settings.SITE_NAME}


def _evening_data(guest: Guest) -> dict:
    return {
        "evening": _evening_of(guest),
        "you": plain_fields(guest),
        **_rows_of(guest),
        "letters": _letters(Delivery.objects.filter(guest=guest)),
        "your_replies_to_the_host": _replies_of(guest),
    }


def _in_part(value: object, email: str | None) -> object:
    """Return a text with the address in part: a mail server's answer holds it too."""
    return value.replace(email, shown_in_part(email)) if email and isinstance(value, str) else value


def _evening_of(guest: Guest) -> dict:
    """Return what this guest is told of the evening now; the street as the ladder of R72 has it."""
    meetup, place = guest.meetup, place_for_guest(guest)
    return {
        "title": meetup.title,
        "host": str(meetup.host),
        "starts_at": meetup.starts_at,
        "ends_at": meetup.ends_at,
        "zone": meetup.zone,
        "place": place.one_line,
    }


def _rows_of(guest: Guest) -> dict:
    """Return the rows that belong to this guest alone, by name: what was left with the table, and whatever else there is."""
    found = {}
    for relation in Guest._meta.related_objects:
        # Another guest is another person, whoever brought them along; letters are told below.
        if relation.related_model in (Guest, Delivery):
            continue
        rows = relation.related_model._default_manager.filter(**{relation.field.name: guest})
        found[relation.get_accessor_name()] = [plain_fields(row) | _photo_of(row) for row in rows]
    return found


def _photo_of(row: models.Model) -> dict:
    photo = Photo.objects.filter(contribution=row).first() if isinstance(row, Contribution) else None
    if photo is None:
        return {}
    with photo.file.open("rb") as file:
        return {"photo": plain_fields(photo) | {"jpeg_in_base64": base64.b64encode(file.read()).decode()}}


def _letters(rows: models.QuerySet) -> list[dict]:
    """Return which letters went out or will, and what became of them; what a letter said is not kept."""
    return list(rows.order_by("due_at", "pk").values("kind", "state", "due_at", "finished_at", "bounced_at", "complained_at"))


def _replies_of(guest: Guest) -> list[dict]:
    rows = Delivery.objects.filter(kind=Delivery.Kind.GUEST_WORDS, meetup=guest.meetup_id, context__guest=guest.pk)
    # Not what became of them: a host who wants no messages has them taken back, and nobody tells (R111).
    return [{"words": row.context.get("words", ""), "at": row.due_at} for row in rows.order_by("pk")]


def _unsubscribed(email_hash: str) -> list[dict]:
    if not email_hash:
        return []
    rows = Suppression.objects.filter(address_hash=email_hash).order_by("pk")
    return [{"of": row.target.partition(":")[0] or "everything", "since": row.created_at} for row in rows]


def _ledger(email_hash: str) -> list[dict]:
    if not email_hash:
        return []
    return list(AddressLedger.objects.filter(address_hash=email_hash).order_by("at", "pk").values("kind", "at"))


# Somebody with an account --------------------------------------------------------------------------------------------


def data_of_user(user: User) -> dict:
    """Return all that is kept about somebody who signs in: the person, what they host and organize, where they are a guest.

    Of guests at their tables it holds numbers only: a guest's answer is the guest's. Their own rows as a guest are found by
    the address, which they have proved.
    """
    hosted = Meetup.objects.filter(host=user).with_kit().with_guest_counts().prefetch_related("mailings").order_by("pk")
    recaps = {recap.meetup_id: recap for recap in Recap.objects.filter(meetup__host=user)}
    guests = Guest.objects.seen().filter(email=user.email).select_related("meetup__host")
    return _made() | {
        "you": plain_fields(user),
        "second_factors": list(user.authenticator_set.order_by("pk").values("type", "created_at", "last_used_at")),
        "campaigns": list(user.organizing.order_by("pk").values("campaign__name", "created_at")),
        "evenings_you_host": [_hosted(meetup, recaps.get(meetup.pk)) for meetup in hosted],
        "evenings_you_help_with": list(user.cohosting.order_by("pk").values_list("meetup__title", flat=True)),
        "letters": _letters(Delivery.objects.filter(user=user)),
        "no_letters_of": _unsubscribed(hash_address(user.email)),
        "letters_before_you_answered": _ledger(hash_address(user.email)),
        "where_you_are_a_guest": [_evening_data(guest) for guest in guests],
    }


def _hosted(meetup: Meetup, recap: Recap | None) -> dict:
    """Return an evening as its host wrote it, and how many came: no names, no addresses of guests."""
    counts = ("num_invited", "num_yes", "num_maybe", "num_no", "num_waiting", "num_came")
    return {
        "evening": plain_fields(meetup),
        "kit": plain_fields(meetup.kit),
        "book": plain_fields(meetup.kit.book) if meetup.kit.book else None,
        "letters_you_planned": [plain_fields(mailing) for mailing in meetup.mailings.all()],
        "recap": plain_fields(recap) if recap else None,
        "debrief": plain_fields(meetup.debrief) if hasattr(meetup, "debrief") else None,
        "guests": {name: getattr(meetup, name) for name in counts},
    }


def name_of_file(moment: datetime) -> str:
    """Return the name of the file: the site and the day, and nothing of the person."""
    return f"{settings.SITE_NAME.lower().replace(' ', '-')}-{moment:%Y-%m-%d}.json"
