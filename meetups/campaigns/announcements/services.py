"""An organizer's letter to hosts: written once, owed to each, and taken back within ten minutes."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from hosts.models import Campaign, User
from meetups.campaigns.announcements.readers import BATCH, readers_in
from meetups.exceptions import MeetupError
from meetups.letters import show_letter
from meetups.letters.letter import Letter
from meetups.models import Announcement, Delivery
from meetups.outbox.free_text import check_words
from meetups.outbox.queue import make_delivery, owe_many, withdraw_deliveries
from meetups.times import clock
from meetups.times.quiet_hours import next_allowed

logger = logging.getLogger("longtable.security")
Kind = Delivery.Kind

TAKE_BACK = timedelta(minutes=10)
BETWEEN = timedelta(days=1)


def context_of(campaign: Campaign, by: User) -> dict[str, int]:
    return {"campaign": campaign.pk, "by": by.pk}


def preview(campaign: Campaign, *, by: User, subject: str, words: str) -> Letter:
    """Return the letter as the organizer themselves would get it. Writes nothing. Raises MeetupError as `announce` does for words
    that a new account may not send yet."""
    check_words(by, words=words, subject=subject)
    context = context_of(campaign, by) | {"subject": subject, "words": words}
    return show_letter(Delivery(kind=Kind.CAMPAIGN_LETTER, user=by, context=context))


@transaction.atomic
def announce(campaign: Campaign, *, by: User, segment: str, subject: str, words: str) -> Announcement:
    """Owe the hosts of a segment a letter, due in ten minutes, or in the morning of their place; return its row.

    A second call within a day raises MeetupError, so that a second press writes nothing; so do words that a new account may not
    send yet, and a segment that nobody is in.
    """
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    check_words(by, words=words, subject=subject)
    now = clock.now()
    if last_announcement(campaign):
        raise MeetupError(_("Hosts of this campaign got an email like this within a day. Please wait until tomorrow."))
    due_at = now + TAKE_BACK
    facts = {"segment": segment, "subject": subject, "words": words, "at": now, "due_at": due_at}
    row = Announcement.objects.create(campaign=campaign, by=by, **facts)
    context, rows = context_of(campaign, by) | {"announcement": row.pk}, []
    for reader in readers_in(campaign, segment):
        key, due = f"{row.pk}:{reader.user.pk}", next_allowed(due_at, reader.zone) if reader.zone else due_at
        rows.append(make_delivery(Kind.CAMPAIGN_LETTER, key=key, user=reader.user, due_at=due, context=context))
    if not rows:
        raise MeetupError(_("None of these hosts wants emails, so nothing is sent."))
    for start in range(0, len(rows), BATCH):
        owe_many(rows[start : start + BATCH])
    row.num_owed = len(rows)
    row.save(update_fields=["num_owed"])
    logger.info("letter to hosts campaign=%s segment=%s num=%s by=%s", campaign.pk, segment, len(rows), by.pk)
    return row


def last_announcement(campaign: Campaign) -> Announcement | None:
    """Return the letter of the last day that was not taken back, or None."""
    lately = campaign.announcements.filter(taken_back_at=None, at__gt=clock.now() - BETWEEN)
    return lately.first()


def can_take_back(row: Announcement) -> bool:
    return row.taken_back_at is None and clock.now() < row.due_at


@transaction.atomic
def take_announcement_back(row: Announcement) -> bool:
    """Withdraw a letter whose ten minutes are not over; return whether it could be. A second call changes nothing."""
    row = Announcement.objects.select_for_update().get(pk=row.pk)
    if not can_take_back(row):
        return row.taken_back_at is not None
    row.taken_back_at = clock.now()
    row.save(update_fields=["taken_back_at"])
    owed = Delivery.objects.filter(kind=Kind.CAMPAIGN_LETTER, dedupe_key__startswith=f"{Kind.CAMPAIGN_LETTER}:{row.pk}:")
    withdraw_deliveries(owed)
    return True
