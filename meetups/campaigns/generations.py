"""The page of the reproduction number: the summary rows that the night has written, as an organizer reads them."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hosts.models import Campaign
from meetups.campaigns.reproduction import SUMS, Factor, Reproduction, last_day_of_children, together
from meetups.models import DescentMonth
from meetups.times import clock

# The names of Reproduction.factors: what is counted, of whom.
STEPS = {
    "guests": (gettext_lazy("Guests at a table"), gettext_lazy("for each evening")),
    "asked": (gettext_lazy("Asked by email whether they could host"), gettext_lazy("of the guests")),
    "could": (gettext_lazy("Said “I could host”"), gettext_lazy("of those asked")),
    "dated": (gettext_lazy("Set a date within 60 days"), gettext_lazy("of those who said so")),
    "held": (gettext_lazy("Held it, and at least three came"), gettext_lazy("of those with a date")),
}


@dataclass(frozen=True)
class Step:
    """One step of the way from a guest to a host, in words."""

    name: str
    words: str
    of_words: str
    number: int
    rate: float
    is_leak: bool

    @property
    def rate_words(self) -> str:
        """Return the ratio as people say it: guests for each evening with one decimal, all else in per cent."""
        return f"{self.rate:.1f}" if self.name == "guests" else f"{self.rate:.0%}"


@dataclass(frozen=True)
class Generations:
    """The months of a campaign, the latest first, and those that are over taken together."""

    months: list[Reproduction]
    total: Reproduction
    counted_at: datetime | None

    @property
    def steps(self) -> list[Step]:
        leak = self.total.leak
        return [_step(factor, is_leak=factor == leak) for factor in self.total.factors]

    @property
    def verdict(self) -> str:
        """Return one sentence on whether the evenings become more, as far as their number allows one to say it."""
        low, high = self.total.interval
        if low > 1:
            return _("Each round of evenings is larger than the one before.")
        if high < 1:
            return _("Each round of evenings is smaller than the one before.")
        return _("It may grow or shrink: there are too few evenings to tell.")


def _step(factor: Factor, *, is_leak: bool) -> Step:
    words, of_words = STEPS[factor.name]
    return Step(factor.name, str(words), str(of_words), factor.number, factor.rate, is_leak)


def read_generations(campaign: Campaign, *, today: date | None = None) -> Generations:
    """Return what the night has counted of this campaign. One query."""
    today = today or clock.now().date()
    rows = list(DescentMonth.objects.filter(campaign=campaign).order_by("-month"))
    months = [
        Reproduction(
            month=row.month,
            is_open=last_day_of_children(row.month) >= today,
            **{name: getattr(row, name) for name in SUMS},
        )
        for row in rows
        if row.num_held
    ]
    return Generations(months, together(months), max((row.counted_at for row in rows), default=None))
