"""How free the hosts of a campaign are, in numbers that anybody may read: no person, and no number below five (R108)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, DurationField, Exists, ExpressionWrapper, F, OuterRef, Q
from django.utils.translation import gettext as _

from hosts.models import Campaign
from meetups.models import Descent, Intervention, Meetup

FEWEST = 5


def say_count(number: int) -> str:
    """Return a number as anybody may see it: "none", "< 5", or the number."""
    if number == 0:
        return _("none")
    return str(number) if number >= FEWEST else _("< 5")


@dataclass(frozen=True)
class Share:
    """A part of a whole, of which neither is told exactly while it is small."""

    part: int
    whole: int

    @property
    def is_known(self) -> bool:
        return self.whole >= FEWEST

    @property
    def words(self) -> str:
        """Return the share in per cent; "at least 96%" or "at most 4%" where the exact one would tell a number below five."""
        if not self.is_known:
            return "–"
        rest = self.whole - self.part
        if 0 < rest < FEWEST:
            if self.part < FEWEST:
                return "–"
            return _("at least %(n)d%%") % {"n": 100 * (self.whole - FEWEST) // self.whole}
        if 0 < self.part < FEWEST:
            return _("at most %(n)d%%") % {"n": -(-100 * FEWEST // self.whole)}
        return _("%(n)d%%") % {"n": 100 * self.part // self.whole}


@dataclass(frozen=True)
class Openness:
    """The numbers of one campaign. `minutes` from the first word of a draft to its publication, the median; None below five."""

    num_meetups: int
    untouched: Share
    minutes: int | None
    grown: Share
    acts: list[tuple[str, str]]

    @property
    def is_known(self) -> bool:
        return self.num_meetups >= FEWEST


def read_openness(campaign: Campaign) -> Openness:
    """Return the numbers of a campaign as they are now. Four queries, whatever its size."""
    touched = Exists(Intervention.objects.filter(meetup=OuterRef("pk")))
    descended = Exists(Descent.objects.filter(child__host=OuterRef("host")))
    live = Meetup.objects.order_by().filter(campaign=campaign, published_at__isnull=False).exclude(status=Meetup.Status.DRAFT)
    sums = live.annotate(**{"touched": touched, "descended": descended}).aggregate(
        meetups=Count("pk"),
        num_touched=Count("pk", filter=Q(touched=True)),
        hosts=Count("host", distinct=True),
        num_grown=Count("host", filter=Q(descended=True), distinct=True),
    )
    counted = Intervention.objects.of_campaign(campaign).order_by().values_list("kind").annotate(n=Count("pk"))
    num_of: dict[Any, int] = dict(counted)
    acts = [(str(kind.label), say_count(num_of[kind.value])) for kind in Intervention.Kind if kind.value in num_of]
    return Openness(
        num_meetups=sums["meetups"],
        untouched=Share(sums["meetups"] - sums["num_touched"], sums["meetups"]),
        minutes=_median_minutes(live),
        grown=Share(sums["num_grown"], sums["hosts"]),
        acts=acts,
    )


def _median_minutes(live) -> int | None:
    """Return the median of the minutes from create to live. Evenings of a row are made by the worker and do not count."""
    took = ExpressionWrapper(F("published_at") - F("created_at"), output_field=DurationField())
    made = live.filter(again_of=None, published_at__gte=F("created_at")).annotate(took=took)
    count = made.count()
    if count < FEWEST:
        return None
    median: timedelta = made.order_by("took").values_list("took", flat=True)[count // 2]
    return round(median.total_seconds() / 60)
