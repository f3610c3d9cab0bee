"""Acts on the recap: draft, write, arrange, publish, take down."""

import secrets
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError
from meetups.models import Debrief, Delivery, Mailing, Meetup, Photo, Recap, Webhook
from meetups.outbox.host_digest import owe_host_answers
from meetups.outbox.letter_kinds import RECAP_LETTERS, audience_of
from meetups.outbox.plan import owe_recap_letters
from meetups.outbox.queue import withdraw_deliveries
from meetups.outbox.segments import segment_guests
from meetups.recaps.services.contribution import refuse_address
from meetups.recaps.services.debrief import DEBRIEF_PARTS, check_begun
from meetups.recaps.services.excerpt import propose_cut
from meetups.recaps.services.moderation import send_absent_to_review
from meetups.recaps.services.revision import public_part, touch_recap
from meetups.text.clean import cut
from meetups.times import clock
from meetups.webhooks.events import owe_recap_event

RECAP_WORDS = ("question", "text", "agree", "differ", "still_open")
MONTHS = "january february march april may june july august september october november december".split()


def make_recap_slug(meetup: Meetup) -> str:
    """Return a new slug: the book (or the question), the month, a random tail; never day, code, town or street."""
    local = meetup.start.astimezone(ZoneInfo(meetup.zone))
    named = slugify(meetup.kit.book.title) if meetup.kit.book else slugify(meetup.kit.first_question)
    stem = named[:70].rpartition("-")[0] if len(named) > 70 else named
    return f"{stem or 'an-evening'}-{MONTHS[local.month - 1]}-{local.year}-{secrets.token_hex(4)}"


def draft_recap(meetup: Meetup) -> Recap:
    """Return the recap as it is, or an unsaved draft filled from the debrief and the kit. Writes nothing."""
    recap = Recap.objects.filter(meetup=meetup).first()
    if recap is not None:
        recap.meetup = meetup
        return recap
    debrief = Debrief.objects.filter(meetup=meetup).first() or Debrief()
    parts = {name: getattr(debrief, name) for name in DEBRIEF_PARTS}
    return Recap(meetup=meetup, slug=make_recap_slug(meetup), question=cut(meetup.kit.first_question, 300), **parts)


@transaction.atomic
def open_recap(meetup: Meetup) -> Recap:
    """Return the meetup's recap, drafted from debrief and kit by the first call; later ones change nothing the host wrote.

    Raises MeetupError before the evening has begun.
    """
    check_begun(meetup)
    # FOR NO KEY UPDATE: a contribution that is inserted meanwhile references the meetup and is not blocked by it.
    Meetup.objects.select_for_update(of=("self",), no_key=True).get(pk=meetup.pk)
    recap = draft_recap(meetup)
    if recap.pk is None:
        recap.save()
    return recap


@transaction.atomic
def edit_recap(recap: Recap, **words: str) -> Recap:
    """Write the host's words: question, text, agree, differ, still_open. A published recap shows them at once.

    Raises MeetupError for words that hold the street address, and for a published recap that would lose its question.
    """
    recap = Recap.objects.select_for_update(of=("self",)).select_related("meetup").get(pk=recap.pk)
    before = {name: getattr(recap, name, None) for name in words}
    for name, value in words.items():
        if name not in RECAP_WORDS:
            raise TypeError(f"a recap has no {name}")
        setattr(recap, name, value)
    refuse_address(recap.meetup, *words.values())
    if recap.is_published or recap.public_at is not None:
        _check_readable(recap)
    # The same words again are no news for feeds.
    if any(getattr(recap, name) != before[name] for name in words):
        recap.card_version += 1
        recap.save()
    return recap


@transaction.atomic
def arrange_contributions(meetup: Meetup, places: dict[int, dict]) -> None:
    """Order, hide and show what guests left: {contribution id: {"position": 1, "is_hidden": False, "photo_is_hidden": False}}.

    Words and consents do not change. Ids of other meetups are ignored. A second call changes nothing.
    """
    before = public_part(meetup.pk)
    for contribution in meetup.contributions.standing().filter(pk__in=places).select_related("photo"):
        place = places[contribution.pk]
        contribution.position = place.get("position", contribution.position)
        contribution.is_hidden = place.get("is_hidden", contribution.is_hidden)
        contribution.save(update_fields=["position", "is_hidden", "updated_at"])
        is_hidden = place.get("photo_is_hidden")
        if is_hidden is not None:
            Photo.objects.filter(contribution=contribution).update(is_hidden=is_hidden)
    touch_recap(meetup, before=before)


@transaction.atomic
def write_recap(meetup: Meetup, *, words: dict[str, str], places: dict[int, dict], cuts: dict[int, str] | None = None) -> Recap:
    """Create the recap if there is none, write the host's words, arrange what guests left and propose cuts, in one transaction.

    `cuts` is {contribution id: the cut, or empty for the whole sentence}. Raises MeetupError as open_recap, edit_recap and
    propose_cut do.
    """
    recap = edit_recap(open_recap(meetup), **words)
    arrange_contributions(meetup, places)
    cuts = cuts or {}
    for contribution in meetup.contributions.standing().filter(pk__in=cuts):
        propose_cut(contribution, cut=cuts[contribution.pk])
    return recap


def num_recap_letters(meetup: Meetup) -> list[tuple[str, int]]:
    """Return (kind of letter, how many guests would get it today) for the three letters of a recap."""
    return [(kind, segment_guests(meetup, audience_of(kind)).with_address().count()) for kind in RECAP_LETTERS]


@transaction.atomic
def publish_recap(recap: Recap) -> Recap:
    """Make a recap public. The first call queues the three letters, and the host hears of it in the hourly one; publishing again
    after a take-down queues none.

    It shows only what guests agreed to show to everyone. Raises MeetupError as check_publishable does.
    """
    recap = Recap.objects.select_for_update(of=("self",)).select_related("meetup__kit__book", "meetup__host").get(pk=recap.pk)
    meetup = recap.meetup
    check_publishable(recap)
    if recap.is_published:
        return recap
    send_absent_to_review(meetup)
    recap.state, recap.public_at = Recap.State.PUBLISHED, None
    recap.published_at = recap.published_at or clock.now()
    recap.card_version += 1
    if recap.letters_sent_at is None:
        recap.letters_sent_at = clock.now()
        owe_recap_letters(meetup)
        owe_host_answers(meetup)
    else:
        _recap_mailings(meetup).filter(fanned_out_at=None).update(is_off=False)
    recap.save()
    owe_recap_event(recap, Webhook.Event.RECAP_PUBLISHED)
    return recap


@transaction.atomic
def take_down_recap(recap: Recap) -> Recap:
    """Make a published recap private at once and withdraw unsent letters about it. A second call does nothing."""
    recap = Recap.objects.select_for_update(of=("self",)).select_related("meetup").get(pk=recap.pk)
    if not recap.is_published:
        return recap
    recap.state, recap.public_at = Recap.State.WITHDRAWN, None
    recap.card_version += 1
    recap.save()
    _recap_mailings(recap.meetup).filter(fanned_out_at=None).update(is_off=True)
    withdraw_deliveries(Delivery.objects.filter(meetup=recap.meetup, kind__in=RECAP_LETTERS))
    owe_recap_event(recap, Webhook.Event.RECAP_TAKEN_DOWN)
    return recap


def _recap_mailings(meetup: Meetup) -> QuerySet[Mailing]:
    return Mailing.objects.planned().filter(meetup=meetup, kind__in=RECAP_LETTERS)


def _check_readable(recap: Recap) -> None:
    if not recap.question.strip():
        raise MeetupError(_("A recap needs its headline: the question you talked about."))


def check_publishable(recap: Recap) -> None:
    """Raise MeetupError before the end, for a meetup that did not happen, for a recap without a question or with the address
    in it, and for one that an organizer or staff took down."""
    meetup = recap.meetup
    if not meetup.is_held:
        raise MeetupError(_("A recap can be published once the evening is over."))
    if recap.taken_down_at is not None:
        raise MeetupError(_("This recap was taken down by others than you. It can be published again once they give it back."))
    if Debrief.objects.filter(meetup=meetup, did_happen=False).exists():
        raise MeetupError(_("You said that this evening did not happen, so there is nothing to tell."))
    _check_readable(recap)
    refuse_address(meetup, *(getattr(recap, name) for name in RECAP_WORDS))
