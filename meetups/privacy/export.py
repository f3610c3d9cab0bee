"""All data about one person, for that person (R104), as plain values for JSON; nothing of other people."""

import base64
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import models

from hosts.models import User
from meetups.access.address_hash import hash_address
from meetups.access.visibility import place_for_guest
from meetups.models import (
    AddressLedger,
    Announcement,
    CircleMember,
    Contribution,
    DateAnswer,
    Delivery,
    Guest,
    Helper,
    Intervention,
    Kit,
    Meetup,
    Pairing,
    Photo,
    Question,
    Recap,
    Suppression,
)
from meetups.text.clean import shown_in_part
from meetups.times import clock

# Columns of links, keys and hashes are left out, and so is whether the host blocked the guest (R111).
KEYS = {"id", "selector", "blocked_at", "link_version", "email_hash", "password", "code", "dedupe_key", "codes_spent"}


def plain_fields(row: models.Model) -> dict:
    """Return a row's values by column, without KEYS, files and foreign keys, which may refer to other people."""
    fields = [field for field in row._meta.concrete_fields if not field.is_relation and not isinstance(field, models.FileField)]
    return {field.name: getattr(row, field.name) for field in fields if field.name not in KEYS}


# A guest -------------------------------------------------------------------------------------------------------------


def data_of_guest(guest: Guest) -> dict:
    """Return what is stored about a guest at one meetup: answer, texts, photo, letters. The link may have been passed on, so
    the address is masked and other meetups are left out."""
    told = _evening_data(guest)
    return _made() | told | {"you": {name: _in_part(value, guest.email) for name, value in told["you"].items()}}


def data_of_address(email_hash: str) -> dict:
    """Return all that is stored about an address at every meetup. The caller has checked that the person reads its mail."""
    guests = Guest.objects.with_address().filter(email_hash=email_hash).select_related("meetup__host")
    return _made() | {
        "evenings": [_evening_data(guest) for guest in guests.order_by("meetup__starts_at", "pk")],
        "rows_of_evenings_you_are_asked_to": _circles_of(email_hash),
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
    """Return a text with the address masked; a mail server's answer may contain it."""
    return value.replace(email, shown_in_part(email)) if email and isinstance(value, str) else value


def _evening_of(guest: Guest) -> dict:
    """Return the meetup as this guest may see it now; of the place what R72 allows."""
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
    """Return the rows of other tables that belong to this guest, by name."""
    found = {}
    for relation in Guest._meta.related_objects:
        # Guests brought along are other people; letters are listed elsewhere.
        if relation.related_model in (Guest, Delivery):
            continue
        rows = relation.related_model._default_manager.filter(**{relation.field.name: guest})
        found[relation.get_accessor_name()] = [
            plain_fields(row) | _photo_of(row) | _day_of(row) | _without_answer(row, guest.meetup) for row in rows
        ]
    return found


def _photo_of(row: models.Model) -> dict:
    photo = Photo.objects.filter(contribution=row).first() if isinstance(row, Contribution) else None
    if photo is None:
        return {}
    with photo.file.open("rb") as file:
        return {"photo": plain_fields(photo) | {"jpeg_in_base64": base64.b64encode(file.read()).decode()}}


def _day_of(row: models.Model) -> dict:
    """Return the day and hour to which somebody said whether they could come."""
    return {"date": row.option.date, "time": row.option.time} if isinstance(row, DateAnswer) else {}


def _without_answer(row: models.Model, meetup: Meetup) -> dict:
    """Hide what a host answered while the evening is frozen: it may tell the street, which stands nowhere then (R111)."""
    return {"answer": ""} if isinstance(row, Question) and meetup.is_frozen else {}


def _letters(rows: models.QuerySet) -> list[dict]:
    """Return kind, state and moments of letters; their content is not stored."""
    return list(rows.order_by("due_at", "pk").values("kind", "state", "due_at", "finished_at", "bounced_at", "complained_at"))


def _replies_of(guest: Guest) -> list[dict]:
    rows = Delivery.objects.filter(kind=Delivery.Kind.GUEST_WORDS, meetup=guest.meetup_id, context__guest=guest.pk)
    # Without their state, which would reveal that the host blocked the guest (R111).
    return [{"words": row.context.get("words", ""), "at": row.due_at} for row in rows.order_by("pk")]


def _circles_of(email_hash: str) -> list[dict]:
    """Return the rows of evenings to each of which this address is asked, or was until it left."""
    if not email_hash:
        return []
    rows = CircleMember.objects.filter(email_hash=email_hash).select_related("circle").order_by("pk")
    return [plain_fields(row) | {"how_often": row.circle.rhythm} for row in rows]


def _unsubscribed(email_hash: str) -> list[dict]:
    if not email_hash:
        return []
    rows = Suppression.objects.filter(address_hash=email_hash).order_by("pk")
    return [{"of": row.target.partition(":")[0] or "everything", "since": row.created_at} for row in rows]


def _ledger(email_hash: str) -> list[dict]:
    if not email_hash:
        return []
    rows = AddressLedger.objects.filter(address_hash=email_hash).order_by("at", "pk")
    return [dict(row) for row in rows.values("kind", "at")]


# Somebody with an account --------------------------------------------------------------------------------------------


def data_of_user(user: User) -> dict:
    """Return all that is stored about a user: the account, what they host and organize, and where they are a guest.

    Of their guests it has numbers only. Their own rows as a guest are found by their proven address.
    """
    hosted = Meetup.objects.filter(host=user).with_kit().with_guest_counts().prefetch_related("mailings").order_by("pk")
    recaps = {recap.meetup_id: recap for recap in Recap.objects.filter(meetup__host=user)}
    guests = Guest.objects.counting().filter(email=user.email).select_related("meetup__host")
    return _made() | {
        "you": plain_fields(user),
        "second_factors": _second_factors(user),
        "campaigns": list(user.organizing.order_by("pk").values("campaign__name", "role", "created_at")),
        "what_you_did_to_evenings": list(
            Intervention.objects.filter(by=user).order_by("pk").values("meetup__title", "kind", "reason", "at", "until")
        ),
        "letters_you_wrote_to_hosts": [plain_fields(row) for row in Announcement.objects.filter(by=user).order_by("pk")],
        "api_tokens_you_made": list(
            user.api_tokens.order_by("pk").values("name", "created_at", "ends_at", "revoked_at", "last_used_at")
        ),
        "evenings_you_host": [_hosted(meetup, recaps.get(meetup.pk)) for meetup in hosted],
        "kits_you_keep": [plain_fields(kit) | {"book": str(kit.book or "")} for kit in Kit.objects.kept_by(user)],
        "evenings_you_help_with": list(user.cohosting.order_by("pk").values_list("meetup__title", flat=True)),
        "help_for_first_time_hosts": [plain_fields(helper) for helper in Helper.objects.filter(user=user)],
        "pairings": _pairings(user),
        "letters": _letters(Delivery.objects.filter(user=user)),
        "no_letters_of": _unsubscribed(hash_address(user.email)),
        "letters_before_you_answered": _ledger(hash_address(user.email)),
        "rows_of_evenings_you_are_asked_to": _circles_of(hash_address(user.email)),
        "where_you_are_a_guest": [_evening_data(guest) for guest in guests],
    }


def _pairings(user: User) -> list[dict]:
    """Return since when somebody helped this person or was helped by them, never who."""
    rows = Pairing.objects.filter(models.Q(helper=user) | models.Q(newcomer=user)).order_by("pk")
    return [{"you_helped": row.helper_id == user.pk, "since": row.made_at, "until": row.ended_at} for row in rows]


def _second_factors(user: User) -> list[dict]:
    """Return type and moments, never the secret."""
    rows = Authenticator.objects.filter(user=user).order_by("pk")
    return [dict(row) for row in rows.values("type", "created_at", "last_used_at")]


def _hosted(meetup: Meetup, recap: Recap | None) -> dict:
    """Return a meetup as its host wrote it, with numbers of guests, no names and no addresses."""
    counts = ("num_invited", "num_yes", "num_maybe", "num_no", "num_waiting", "num_came")
    return {
        "evening": plain_fields(meetup),
        "kit": plain_fields(meetup.kit),
        "book": plain_fields(meetup.kit.book) if meetup.kit.book else None,
        "letters_you_planned": [plain_fields(mailing) for mailing in meetup.mailings.all()],
        "recap": plain_fields(recap) if recap else None,
        "debrief": plain_fields(meetup.debrief) if hasattr(meetup, "debrief") else None,
        "guests": {name: getattr(meetup, name) for name in counts},
        "door_link": plain_fields(meetup.door_link) if hasattr(meetup, "door_link") else None,
        "what_others_did_to_it": list(meetup.interventions.values("kind", "reason", "at", "until", "answer", "answered_at")),
        "said_in_the_room": list(meetup.room_answers.order_by("pk").values_list("want", flat=True)),
    }


def name_of_file(moment: datetime) -> str:
    """Return a file name from the site's name and the day."""
    return f"{settings.SITE_NAME.lower().replace(' ', '-')}-{moment:%Y-%m-%d}.json"
