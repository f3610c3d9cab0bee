"""Requests of somebody shown to remove a sentence or a photo: hidden at once, then settled or taken back.

The host decides about the first request for something. Once it was put back, a second request hides it again, and its author or
staff decide. What they put back stays, and a third request is refused: else a stranger could hide a sentence for good by asking
twice, because nobody could bring it back.
"""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.db import transaction
from django.utils.translation import gettext as _

from hosts.models import Organizer, User
from meetups.exceptions import MeetupError
from meetups.models import Contribution, Delivery, Photo, Recap, RemovalRequest
from meetups.outbox.queue import enqueue
from meetups.recaps.services.revision import lock_recap, public_part, touch_recap
from meetups.text.clean import clean_line, cut
from meetups.times import clock
from meetups.times.quiet_hours import next_allowed

logger = logging.getLogger("longtable.security")
Outcome = RemovalRequest.Outcome
MOST_RECIPIENTS = 20


@dataclass(frozen=True)
class Block:
    """A sentence or photo of a recap. `name` is a hash of what it shows, so it is another one after a change."""

    name: str
    contribution: Contribution
    photo: Photo | None = None


def blocks_of(recap: Recap) -> list[Block]:
    """Return the sentences and photos that are public now, in the recap's order. Two queries."""
    said = Contribution.objects.public().filter(meetup=recap.meetup_id)
    shown = Photo.objects.public().filter(contribution__meetup=recap.meetup_id).select_related("contribution")
    blocks = [Block(_name(recap, words.public_words), words) for words in said]
    photos = shown.order_by("contribution__position", "contribution_id")
    return blocks + [Block(_name(recap, photo.name), photo.contribution, photo) for photo in photos]


def _name(recap: Recap, what: str) -> str:
    return hashlib.sha256(f"{recap.slug}\0{what}".encode()).hexdigest()[:16]


@transaction.atomic
def request_removal(recap: Recap, *, block: str, words: str = "") -> RemovalRequest:
    """Hide a sentence or a photo, queue letters to those who decide and to the campaign's organizers, and return the request.

    `block` is the name of one of `blocks_of`. Raises MeetupError for what is not, or not any more, in the recap: a second
    call for the same thing finds it gone already; and for what its author or staff have put back since it last changed.
    """
    recap = Recap.objects.select_for_update(of=("self",)).select_related("meetup__host", "meetup__campaign").get(pk=recap.pk)
    found = next((one for one in blocks_of(recap) if one.name == block), None) if recap.is_published else None
    if found is None:
        raise MeetupError(_("That is not in the recap any more."))
    if _is_decided(found):
        raise MeetupError(
            _(
                "This was asked for twice, and whoever left it, or the people who run this site, decided that it stays. "
                "If it must go all the same, tell the people who run this site."
            )
        )
    before = public_part(recap.meetup_id)
    row = found.photo or found.contribution
    type(row).objects.filter(pk=row.pk).update(removal_asked_at=clock.now())
    request = RemovalRequest.objects.create(
        recap=recap, contribution=found.contribution, is_photo=found.photo is not None, words=cut(clean_line(words), 300)
    )
    touch_recap(recap.meetup_id, before=before)
    # It is hidden already, so the letters respect quiet hours.
    due_at, context = next_allowed(clock.now(), recap.meetup.zone), {"removal": request.pk}
    is_repeated = is_repeated_request(request)
    kind, meetup = Delivery.Kind.REMOVAL_ASKED, recap.meetup
    for user in _recipients(recap, with_staff=is_repeated):
        enqueue(kind, key=f"{request.pk}:{user.pk}", user=user, meetup=meetup, due_at=due_at, context=context)
    if is_repeated:
        author = found.contribution.guest
        enqueue(kind, key=f"{request.pk}:author", guest=author, meetup=meetup, due_at=due_at, context=context)
    logger.warning("removal asked request=%s recap=%s", request.pk, recap.pk)
    return request


def _recipients(recap: Recap, *, with_staff: bool) -> list[User]:
    """Return the host, and the organizers, who see it when somebody tries to empty the recaps of many meetups; staff last."""
    campaign = recap.meetup.campaign
    # A helper only sees, so nobody waits for one to decide.
    leading = User.objects.filter(organizing__campaign=campaign, organizing__role__in=Organizer.LEADING)
    # Those of a campaign that has ended see totals only.
    organizers = leading.order_by("pk")[:MOST_RECIPIENTS] if campaign is not None and not campaign.has_ended else []
    staff = User.objects.filter(is_staff=True, is_active=True).order_by("pk")[:MOST_RECIPIENTS] if with_staff else []
    return list({user.pk: user for user in [recap.meetup.host, *organizers, *staff]}.values())


def repeated_requests(asked: Iterable[RemovalRequest]) -> list[RemovalRequest]:
    """Return those of the requests before which the same thing was put back, so that its author or staff decide.

    `asked` are all requests about a contribution, or about several.
    """
    put_back, repeated = set(), []
    for request in sorted(asked, key=lambda request: request.pk):
        thing = (request.contribution_id, request.is_photo)
        if thing in put_back:
            repeated.append(request)
        if request.outcome == Outcome.PUT_BACK:
            put_back.add(thing)
    return repeated


def is_repeated_request(request: RemovalRequest) -> bool:
    """Tell whether a request is one of `repeated_requests`."""
    return request in repeated_requests(RemovalRequest.objects.filter(contribution=request.contribution_id))


def open_for_author(contribution: Contribution) -> list[RemovalRequest]:
    """Return the open requests about a contribution that its author decides: at most one of the sentence and one of the photo."""
    return [request for request in repeated_requests(contribution.removals.all()) if request.settled_at is None]


def _is_decided(block: Block) -> bool:
    """Tell whether the author or staff have put this very sentence or photo back, which has not changed since."""
    changed_at = block.photo.created_at if block.photo else block.contribution.updated_at
    asked = block.contribution.removals.filter(is_photo=block.photo is not None)
    put_back = [request for request in repeated_requests(asked) if request.outcome == Outcome.PUT_BACK]
    return any(request.settled_at and request.settled_at >= changed_at for request in put_back)


@transaction.atomic
def settle_removal(request: RemovalRequest, *, is_put_back: bool, by: Literal["host", "author", "staff"]) -> RemovalRequest:
    """Write a decision: left out for good, or shown again. A second call changes nothing, except that what was left out can be
    shown again later.

    Raises MeetupError where the host would show what was asked for before and put back then, which its author or staff decide;
    and where the author would decide about a first request, which the host decides.
    """
    request = _lock(request)
    is_second_thought = is_put_back and request.outcome == Outcome.LEFT_OUT
    if request.settled_at is not None and not is_second_thought:
        return request
    is_repeated = is_repeated_request(request)
    if by == "host" and is_put_back and is_repeated:
        raise MeetupError(
            _("Somebody asks for this for the second time. Whoever left it decides now, or the people who run this site.")
        )
    if by == "author" and not is_repeated:
        raise MeetupError(_("The host decides about this first."))
    return _settle(request, Outcome.PUT_BACK if is_put_back else Outcome.LEFT_OUT)


@transaction.atomic
def take_back_removal(request: RemovalRequest) -> RemovalRequest:
    """Undo a request, as the person who made it: show it again. After a decision this does nothing."""
    request = _lock(request)
    return request if request.settled_at is not None else _settle(request, Outcome.TAKEN_BACK)


def _lock(request: RemovalRequest) -> RemovalRequest:
    lock_recap(request.recap.meetup_id)
    rows = RemovalRequest.objects.select_for_update(of=("self",)).select_related("contribution", "recap")
    return rows.get(pk=request.pk)


def _settle(request: RemovalRequest, outcome: str) -> RemovalRequest:
    before = public_part(request.recap.meetup_id)
    request.outcome, request.settled_at = outcome, clock.now()
    request.save(update_fields=["outcome", "settled_at"])
    if outcome != Outcome.LEFT_OUT:
        photos = Photo.objects.filter(contribution=request.contribution_id)
        rows = photos if request.is_photo else Contribution.objects.filter(pk=request.contribution_id)
        rows.update(removal_asked_at=None)
    touch_recap(request.recap.meetup_id, before=before)
    return request
