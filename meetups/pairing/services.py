"""Pair a host who has done this with a guest who said "I could host" and begins a draft. Both tick; each gets one letter.

Of the other nobody learns more than a first name and a region or country before both have ticked, and after that the address of
their mail, because a reply goes to it. Nobody is paired twice as a newcomer.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from hosts.models import User
from meetups.access.address_hash import hash_address
from meetups.access.tokens import PairingSide
from meetups.exceptions import MeetupError
from meetups.guests.services.next_host import said_could_host
from meetups.models import Delivery, Helper, Meetup, Pairing, Suppression
from meetups.models.delivery import DeliveryQuerySet
from meetups.outbox.queue import HANDED_OVER, make_delivery, owe_many, withdraw_deliveries
from meetups.times import clock
from meetups.times.quiet_hours import next_allowed

# For so long it can be taken back without anybody hearing of it.
SECOND_THOUGHTS = timedelta(minutes=10)
# Of the nearest helpers so many are looked at, for one who still gets letters.
LOOKED_AT = 10


@dataclass(frozen=True)
class Offer:
    """A helper whom a newcomer may accept: a first name, and how near, coarsely."""

    helper: Helper
    area: str

    @property
    def name(self) -> str:
        return first_name(self.helper.user)


def first_name(user: User) -> str:
    """Return the first word of the name that somebody shows, or "Someone"."""
    return str(user).split()[0]


def has_held(user: User) -> bool:
    """Tell whether this person has held an evening, so that they can help others."""
    return Meetup.objects.held().filter(host=user).exists()


@transaction.atomic
def set_helping(user: User, *, helps: bool, most: int | None = None) -> Helper:
    """Record whether a host helps first-time hosts, and how many at a time. Without the tick those who are helped are let go.

    A second call changes nothing. Raises MeetupError for somebody who has not held an evening.
    """
    if helps and not has_held(user):
        raise MeetupError(_("You can help once you have held an evening."))
    helper, _is_new = Helper.objects.select_for_update().get_or_create(user=user, defaults={"helps": helps})
    helper.helps, helper.most = helps, most or helper.most
    helper.save(update_fields=["helps", "most"])
    if not helps:
        for pairing in Pairing.objects.open().filter(helper=user):
            end_pairing(pairing, by_helper=True)
    return helper


def offer_for(draft: Meetup, *, newcomer: User) -> Offer | None:
    """Return the helper to offer on a draft, or None.

    The draft is the newcomer's own, begun behind "I could host"; they have proved their address, have a name, held no evening yet
    and were never paired. The helper speaks the draft's language, has room, and still gets letters; the nearest by region or
    country comes first, and of these who was not asked for the longest time.
    """
    if not draft.is_draft or draft.host_id != newcomer.pk or not (newcomer.proven_at and newcomer.shown_name):
        return None
    if not said_could_host(draft) or has_held(newcomer) or Pairing.objects.filter(newcomer=newcomer).exists():
        return None
    if _gets_no_letters([newcomer]):
        return None
    found = list(_helpers_for(draft).exclude(user=newcomer)[:LOOKED_AT])
    silent = _gets_no_letters([helper.user for helper in found])
    return next((Offer(one, _area_of(one.nearness, draft)) for one in found if one.user_id not in silent), None)  # type: ignore[attr-defined]


def _place_of(draft: Meetup) -> tuple[str, str]:
    """Return region and country of the draft, else of the table it comes from: the newcomer sat there."""
    place = draft if draft.country or draft.parent is None else draft.parent
    return place.region, place.country


def _helpers_for(draft: Meetup) -> QuerySet[Helper]:
    """Return the helpers who have room and held an evening in the draft's language, the nearest first."""
    region, country = _place_of(draft)
    language = draft.spoken_language
    spoken = Q(language=language) | Q(language="", host__language=language)
    if language == settings.LANGUAGE_CODE:
        spoken |= Q(language="", host__language="")
    held = Meetup.objects.order_by().published().filter(spoken, ends_at__lte=clock.now(), host=OuterRef("user"))
    in_country = held.filter(country__iexact=country)
    near = [When(Exists(in_country.filter(region__iexact=region)), then=Value(2))] if region and country else []
    near += [When(Exists(in_country), then=Value(1))] if country else []
    nearness = Case(*near, default=Value(0), output_field=IntegerField()) if near else Value(0)
    able = Helper.objects.with_room().filter(Exists(held), user__is_active=True).exclude(user__shown_name="")
    return (
        able.annotate(nearness=nearness).select_related("user").order_by("-nearness", F("asked_at").asc(nulls_first=True), "pk")
    )


def _area_of(nearness: int, draft: Meetup) -> str:
    region, country = _place_of(draft)
    return {2: region, 1: country}.get(nearness, "")


def _gets_no_letters(users: list[User]) -> set[int]:
    """Return which of these want no letters at all, or none about hosting. One query."""
    by_hash = {hash_address(user.email): user.pk for user in users}
    rows = Suppression.objects.filter(address_hash__in=by_hash).values_list("address_hash", "target")
    return {by_hash[known] for known, target in rows if target in ("", f"host:{by_hash[known]}")}


@dataclass(frozen=True)
class OnDraft:
    """What the page of a draft says of pairing: an offer, or a tick that can still be taken back."""

    offer: Offer | None = None
    name: str = ""
    can_take_back: bool = False


def pairing_on(draft: Meetup, user: User) -> OnDraft | None:
    """Return what to say on the page of a draft to this person, or None."""
    if draft.host_id != user.pk:
        return None
    if pairing := Pairing.objects.open().select_related("helper").filter(newcomer=user).first():
        return OnDraft(name=first_name(pairing.helper), can_take_back=can_take_back(pairing))
    offer = offer_for(draft, newcomer=user)
    return OnDraft(offer=offer) if offer else None


@transaction.atomic
def pair(draft: Meetup, *, newcomer: User, helper: int) -> Pairing:
    """Record a newcomer's tick for the helper of this primary key, and owe each of the two one letter, in ten minutes.

    A second call returns the same pairing and owes nothing. Raises MeetupError where this is not the one who is offered now: so
    nobody is chosen from a list, and a helper is never asked by more than they said.
    """
    known = Pairing.objects.select_for_update().filter(newcomer=newcomer).first()
    if known is not None:
        return known
    # Whoever is paired with this helper at the same time waits here, and is counted after.
    Helper.objects.select_for_update().filter(pk=helper).first()
    offer = offer_for(draft, newcomer=newcomer)
    if offer is None or offer.helper.pk != helper:
        raise MeetupError(_("That host has no room just now. Nobody was written to."))
    pairing, is_new = Pairing.objects.get_or_create(
        newcomer=newcomer, defaults={"helper": offer.helper.user, "made_at": clock.now()}
    )
    if is_new:
        Helper.objects.filter(pk=helper).update(asked_at=clock.now())
        _owe_letters(pairing, zone=draft.zone or (draft.parent.zone if draft.parent else ""))
    return pairing


def _owe_letters(pairing: Pairing, *, zone: str) -> None:
    due_at = next_allowed(clock.now() + SECOND_THOUGHTS, zone)
    sides = (PairingSide(pairing, is_helper) for is_helper in (True, False))
    owe_many(
        [
            make_delivery(Delivery.Kind.PAIRED, key=_key(side), user=side.user, due_at=due_at, context={"pairing": pairing.pk})
            for side in sides
        ]
    )


def _key(side: PairingSide) -> str:
    return f"{side.pairing.pk}:{'helper' if side.is_helper else 'newcomer'}"


def letters_of(pairing: Pairing) -> DeliveryQuerySet:
    """Return the two letters of a pairing."""
    keys = [f"{Delivery.Kind.PAIRED}:{_key(PairingSide(pairing, is_helper))}" for is_helper in (True, False)]
    return Delivery.objects.filter(dedupe_key__in=keys)


def can_take_back(pairing: Pairing) -> bool:
    """Tell whether neither has been written to yet."""
    return pairing.is_open and not letters_of(pairing).filter(state__in=HANDED_OVER).exists()


@transaction.atomic
def take_back(pairing: Pairing) -> bool:
    """Undo a newcomer's tick as if it had never been; True where nobody heard of it. Else the pairing is ended.

    A second call finds nothing to do. What a worker has taken to the relay meanwhile cannot be taken back.
    """
    found = Pairing.objects.select_for_update().filter(pk=pairing.pk).first()
    if found is None:
        return True
    withdraw_deliveries(letters_of(found))
    if letters_of(found).filter(state__in=HANDED_OVER).exists():
        end_pairing(found, by_helper=False)
        return False
    found.delete()
    return True


@transaction.atomic
def end_pairing(pairing: Pairing, *, by_helper: bool) -> Pairing:
    """End a pairing: no letter about it leaves any more, and the helper has room for another. A second call changes nothing."""
    withdraw_deliveries(letters_of(pairing))
    Pairing.objects.filter(pk=pairing.pk, ended_at=None).update(ended_at=clock.now(), ended_by_helper=by_helper)
    pairing.refresh_from_db(fields=["ended_at", "ended_by_helper"])
    return pairing


@transaction.atomic
def leave(side: PairingSide) -> None:
    """End a pairing for who has this link; a helper is given nobody else either. A second call changes nothing."""
    end_pairing(side.pairing, by_helper=side.is_helper)
    if side.is_helper:
        set_helping(side.user, helps=False)


@transaction.atomic
def come_back(side: PairingSide) -> None:
    """Undo one's own `leave`: the pairing stands again, and a helper helps again. No letter is sent a second time; what the other
    ended stays ended."""
    Pairing.objects.filter(pk=side.pairing.pk, ended_by_helper=side.is_helper).update(ended_at=None, ended_by_helper=None)
    if side.is_helper and has_held(side.user):
        set_helping(side.user, helps=True)
