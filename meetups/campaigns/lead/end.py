"""The end of a campaign: it takes no new evenings, its organizers keep totals, its hosts keep their people."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hosts.models import Campaign, User
from meetups.exceptions import MeetupError

logger = logging.getLogger("longtable.security")
FURTHEST = timedelta(days=3 * 366)


@transaction.atomic
def end_campaign(campaign: Campaign, *, at: datetime | None, by: User) -> Campaign:
    """Let the campaign end at this moment, or now for None; nobody is mailed. A second call sets another moment.

    Raises MeetupError where it has ended already, and for a moment in the past or years ahead.
    """
    row = Campaign.objects.select_for_update().get(pk=campaign.pk)
    now = timezone.now()
    if row.has_ended:
        raise MeetupError(_("This campaign has ended already."))
    if at is not None and at <= now:
        raise MeetupError(_("This day is over. Please choose one that lies ahead, or end the campaign now."))
    if at is not None and at > now + FURTHEST:
        raise MeetupError(_("Please choose a day within the next three years."))
    _set_end(campaign, at or now, by=by)
    return campaign


@transaction.atomic
def take_end_back(campaign: Campaign, *, by: User) -> Campaign:
    """Let the campaign go on: an end that lies ahead at any time, one that is past within a week. A second call changes nothing.

    Raises MeetupError later than that.
    """
    row = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if row.end_is_final:
        raise MeetupError(_("The week in which the end could be taken back is over."))
    if row.ends_at is not None:
        _set_end(campaign, None, by=by)
    return campaign


def _set_end(campaign: Campaign, at: datetime | None, *, by: User) -> None:
    campaign.ends_at = at
    campaign.save(update_fields=["ends_at"])
    logger.info("campaign end=%s campaign=%s by=%s", at.isoformat() if at else None, campaign.pk, by.pk)
