"""Somebody shown asks for a sentence or a photo to be taken out: out of sight at once, settled by the host or by who asked."""

import hashlib
import logging
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from hosts.models import User
from meetups import clock
from meetups.exceptions import MeetupError
from meetups.models import Contribution, Delivery, Photo, Recap, RemovalRequest
from meetups.plain import clean_line
from meetups.quiet import next_allowed
from meetups.services.delivery import enqueue
from meetups.services.touch import lock_recap, touch_recap

logger = logging.getLogger("longtable.security")
Outcome = RemovalRequest.Outcome
MOST_TOLD = 20


@dataclass(frozen=True)
class Block:
    """One thing in a recap that somebody may ask to have removed. Its name tells nothing and holds as long as it is the same."""

    name: str
    contribution: Contribution
    photo: Photo | None = None


def blocks_of(recap: Recap) -> list[Block]:
    """Return the sentences and photos everybody sees now, in the recap's order. Two queries."""
    said = Contribution.objects.public().filter(meetup=recap.meetup_id)
    shown = Photo.objects.public().filter(contribution__meetup=recap.meetup_id).select_related("contribution")
    blocks = [Block(_name(recap, words.public_words), words) for words in said]
    photos = shown.order_by("contribution__position", "contribution_id")
    return blocks + [Block(_name(recap, photo.name), photo.contribution, photo) for photo in photos]


def _name(recap: Recap, what: str) -> str:
    return hashlib.sha256(f"{recap.slug}\0{what}".encode()).hexdigest()[:16]


@transaction.atomic
def ask_for_removal(recap: Recap, *, block: str, words: str = "") -> RemovalRequest:
    """Take a sentence or a photo out of sight, tell the host and the campaign's organizers, and return the request.

    `block` is the name of one of `blocks_of`. Raises MeetupError for what is not, or not any more, in the recap: a second
    call for the same thing finds it gone already.
    """
    recap = Recap.objects.select_for_update(of=("self",)).select_related("meetup__host", "meetup__campaign").get(pk=recap.pk)
    found = next((one for one in blocks_of(recap) if one.name == block), None) if recap.is_published else None
    if found is None:
        raise MeetupError(_("That is not in the recap any more."))
    row = found.photo or found.contribution
    type(row).objects.filter(pk=row.pk).update(removal_asked_at=clock.now())
    request = RemovalRequest.objects.create(
        recap=recap, contribution=found.contribution, is_photo=found.photo is not None, words=clean_line(words)[:300]
    )
    touch_recap(recap.meetup_id)
    # It is hidden already, so whoever is told may sleep.
    words = {"meetup": recap.meetup, "context": {"removal": request.pk}, "due_at": next_allowed(clock.now(), recap.meetup.zone)}
    for user in _who_is_told(recap):
        enqueue(Delivery.Kind.REMOVAL_ASKED, key=f"{request.pk}:{user.pk}", user=user, **words)
    logger.warning("removal asked request=%s recap=%s", request.pk, recap.pk)
    return request


def _who_is_told(recap: Recap) -> list[User]:
    """Return the host and the organizers: nobody can empty recaps without somebody who sees it over all tables."""
    campaign = recap.meetup.campaign
    organizers = User.objects.filter(organizing__campaign=campaign).order_by("pk")[:MOST_TOLD] if campaign else []
    return list({user.pk: user for user in [recap.meetup.host, *organizers]}.values())


@transaction.atomic
def settle_removal(request: RemovalRequest, *, is_put_back: bool) -> RemovalRequest:
    """Write the host's word: left out for good, or shown again. A second call changes nothing, but what was left out can be
    shown again later.

    Raises MeetupError where the same thing was asked for before and put back then: it stays out.
    """
    request = _lock(request)
    is_second_thought = is_put_back and request.outcome == Outcome.LEFT_OUT
    if request.settled_at is not None and not is_second_thought:
        return request
    if is_put_back and _was_put_back(request):
        raise MeetupError(_("Somebody asks for this for the second time, so it stays out. If that is wrong, write to us."))
    return _settle(request, Outcome.PUT_BACK if is_put_back else Outcome.LEFT_OUT)


@transaction.atomic
def take_back_removal(request: RemovalRequest) -> RemovalRequest:
    """Let who asked take it back: what was out of sight is shown again. A second call, or one after the host's, does nothing."""
    request = _lock(request)
    return request if request.settled_at is not None else _settle(request, Outcome.TAKEN_BACK)


def _lock(request: RemovalRequest) -> RemovalRequest:
    lock_recap(request.recap.meetup_id)
    rows = RemovalRequest.objects.select_for_update(of=("self",)).select_related("contribution", "recap")
    return rows.get(pk=request.pk)


def _was_put_back(request: RemovalRequest) -> bool:
    same = RemovalRequest.objects.filter(contribution=request.contribution_id, is_photo=request.is_photo)
    return same.filter(outcome=Outcome.PUT_BACK).exists()


def _settle(request: RemovalRequest, outcome: str) -> RemovalRequest:
    request.outcome, request.settled_at = outcome, clock.now()
    request.save(update_fields=["outcome", "settled_at"])
    if outcome != Outcome.LEFT_OUT:
        photos = Photo.objects.filter(contribution=request.contribution_id)
        rows = photos if request.is_photo else Contribution.objects.filter(pk=request.contribution_id)
        rows.update(removal_asked_at=None)
    touch_recap(request.recap.meetup_id)
    return request
