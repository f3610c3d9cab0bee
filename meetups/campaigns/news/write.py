"""News for organizers: who began and what went live, one letter a day at most; once a week numbers and who needs a hand.

Beat calls `write_news` each hour. Each letter is owed under the key of its campaign, reader and day, so no run writes one twice;
what it covers begins where the last one ended, so a day without a worker is in the next letter.
"""

import logging
from datetime import datetime, time, timedelta

from django.db import DatabaseError, transaction
from django.db.models import Sum
from django.utils import translation

from hosts.language import spoken
from hosts.models import Campaign, Organizer
from meetups.campaigns.care import find_needs
from meetups.models import Contribution, Delivery, Guest, Meetup, Recap
from meetups.outbox.queue import enqueue
from meetups.times import clock, wall_time

logger = logging.getLogger(__name__)
Kind, News = Delivery.Kind, Organizer.News

A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)
# A row is seen so long after the moment that it carries, at the latest: transactions end later than they begin.
SLOWEST = timedelta(minutes=2)
# On the wall of the campaign's newest evening: from eight in the morning, and not late in the day.
FROM, UNTIL = time(8), time(20)
MONDAY = 0
MOST_LINES, MOST_NEEDS = 10, 3


def write_news() -> int:
    """Owe the news of every campaign whose morning it is, and return how many letters are new. A second call owes none.

    A campaign that has ended has no news. One that fails is logged and does not keep the others from their news.
    """
    number = 0
    wanting = Organizer.objects.exclude(news=News.NONE).filter(user__is_active=True, user__proven_at__isnull=False)
    campaigns = Campaign.objects.filter(pk__in=wanting.values("campaign")).exclude(ends_at__lte=clock.now())
    for campaign in campaigns.order_by("pk").iterator(200):
        try:
            number += write_campaign_news(campaign)
        except DatabaseError:
            logger.exception("news of campaign %s could not be written", campaign.pk)
    return number


def zone_of(campaign: Campaign) -> str:
    """Return the zone of the campaign's newest evening that has one, or UTC."""
    zones = Meetup.objects.order_by("-pk").filter(campaign=campaign).exclude(zone="").values_list("zone", flat=True)
    return zones.first() or "UTC"


def write_campaign_news(campaign: Campaign) -> int:
    """Owe the letters of one campaign of this day, where its hour has come; return how many are new."""
    now, zone = clock.now(), zone_of(campaign)
    today = wall_time.local_date(now, zone)
    if not wall_time.nearest_utc(today, FROM, zone) <= now < wall_time.nearest_utc(today, UNTIL, zone):
        return 0
    is_monday = today.weekday() == MONDAY
    organizers = campaign.organizers.exclude(news=News.NONE).select_related("user")
    if not is_monday:
        organizers = organizers.filter(news=News.DAILY)
    reading = [row for row in organizers if row.user.is_active and row.user.proven_at]
    keys = {f"{campaign.pk}:{row.user_id}:{today:%Y%m%d}": row for row in reading}
    owed = Delivery.objects.filter(dedupe_key__in=[f"{Kind.ORGANIZER_NEWS}:{key}" for key in keys])
    there = set(owed.values_list("dedupe_key", flat=True))
    number = 0
    for key, organizer in keys.items():
        if f"{Kind.ORGANIZER_NEWS}:{key}" not in there:
            number += _write(campaign, organizer, key=key, now=now, is_weekly=is_monday)
    return number


@transaction.atomic
def _write(campaign: Campaign, organizer: Organizer, *, key: str, now: datetime, is_weekly: bool) -> int:
    until = now - SLOWEST
    context: dict = {"campaign": campaign.pk, "until": until.isoformat()}
    context |= _begun_and_live(campaign, _told_until(campaign, organizer, now), until)
    has_news = bool(context["begun"] or context["live"])
    if is_weekly:
        if not Meetup.objects.filter(campaign=campaign).exists():
            return 0
        with translation.override(spoken(organizer.user.language) or None):
            context |= _week(campaign, now)
    elif not has_news:
        return 0
    enqueue(Kind.ORGANIZER_NEWS, key=key, user=organizer.user, context=context)
    return 1


def _told_until(campaign: Campaign, organizer: Organizer, now: datetime) -> datetime:
    """Return where this reader's last news ended: a week ago at most, and a day ago where there was none."""
    last = (
        Delivery.objects.filter(kind=Kind.ORGANIZER_NEWS, user=organizer.user_id, context__campaign=campaign.pk)
        .order_by("-due_at")
        .values_list("context", flat=True)
        .first()
    )
    until = datetime.fromisoformat(last["until"]) if last and "until" in last else now - A_DAY
    return max(min(until, now), now - A_WEEK, organizer.created_at)


def _begun_and_live(campaign: Campaign, since: datetime, until: datetime) -> dict:
    own = Meetup.objects.order_by("pk").filter(campaign=campaign)
    begun = own.filter(created_at__gt=since, created_at__lte=until, status=Meetup.Status.DRAFT)
    live = own.published().filter(published_at__gt=since, published_at__lte=until)
    found: dict[str, list[int] | int] = {}
    for name, rows in (("begun", begun), ("live", live)):
        pks = list(rows.values_list("pk", flat=True))
        found |= {name: pks[:MOST_LINES], f"num_more_{name}": max(0, len(pks) - MOST_LINES)}
    return found


def _week(campaign: Campaign, now: datetime) -> dict:
    """Return five numbers, three evenings that need a hand, and a public sentence, of the last seven days."""
    since = now - A_WEEK
    own = Meetup.objects.order_by().filter(campaign=campaign)
    held = own.published().filter(ends_at__gt=since, ends_at__lte=now)
    began = own.filter(created_at__gt=since).values("host").distinct().count()
    came = Guest.objects.order_by().counting().filter(meetup__in=held, attended=True).aggregate(n=Sum("party_size"))["n"] or 0
    live = own.published().filter(published_at__gt=since).count()
    recaps = Recap.objects.public().order_by().filter(meetup__campaign=campaign, published_at__gt=since)
    num_held, num_recaps = held.count(), recaps.count()
    said = Contribution.objects.public().filter(meetup__in=recaps.values("meetup")).order_by("-created_at", "-pk").first()
    return {
        "numbers": [began, live, num_held, came, num_recaps],
        "needs": [(need.meetup.pk, need.why) for need in find_needs(campaign)[:MOST_NEEDS]],
        "quote": said.pk if said else None,
    }
