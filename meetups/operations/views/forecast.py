"""View for the operator: what the forecast has learned from this site's evenings, and whether its ranges hold."""

import math
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hosts.permissions import staff_required
from meetups.forecasts.keep import Calibration, calibrations
from meetups.forecasts.rates import interval
from meetups.models import KeptForecast, SiteForecast
from meetups.planning.attendance_forecast import AT_FIRST, CLAIM, LIKENESS, PRIOR_PARTIES, Rates

# So many evenings before a share says anything.
ENOUGH = 20
# How many standard deviations the share may lie from what is claimed before a sentence calls that wrong.
BY_CHANCE = 2.0
# What each rate is of, in the order of the page.
SAID = {
    "asked": gettext_lazy("asked, in the first week"),
    "invited": gettext_lazy("asked, no answer for a week"),
    "maybe": gettext_lazy("maybe"),
    "yes": gettext_lazy("yes, more than a day before"),
    "unconfirmed": gettext_lazy("yes, not confirmed on the last day"),
    "confirmed": gettext_lazy("yes and confirmed"),
}


@dataclass(frozen=True)
class RateRow:
    """One rate: what it started at, what the site's evenings say, and between which values it lies; in percent."""

    said: str
    at_first: int
    counted: int
    now: int
    low: int
    high: int


@dataclass(frozen=True)
class HeldRow:
    """How often the ranges of one moment and level held."""

    moment: str
    level: int
    found: Calibration

    @property
    def held(self) -> int:
        return percent(self.found.num_inside / self.found.num_evenings)

    @property
    def claimed(self) -> int:
        return percent(self.found.claimed)

    @property
    def verdict(self) -> str:
        return verdict_on(self.found)


def percent(share: float) -> int:
    return math.floor(100 * share + 0.5)


def verdict_on(found: Calibration) -> str:
    """Say in words whether ranges held as often as they claim, as far as that can be told from so many evenings."""
    if found.num_evenings < ENOUGH:
        return _("not enough yet")
    by_chance = BY_CHANCE * math.sqrt(found.claimed * (1 - found.claimed) / found.num_evenings)
    over = found.num_inside / found.num_evenings - found.claimed
    if over < -by_chance:
        return _("too narrow: less often than claimed")
    if over > by_chance:
        return _("too wide: more often than claimed")
    return _("as often as claimed")


def rate_rows(rates: Rates) -> list[RateRow]:
    rows = []
    for said, words in SAID.items():
        low, high = interval(*rates.of_site(said), claim=CLAIM)
        numbers = (percent(number) for number in (rates.chance(said), low, high))
        counted = math.floor(rates.counts.get(said, (0, 0))[0] + 0.5)
        rows.append(RateRow(str(words), percent(AT_FIRST.chance(said)), counted, *numbers))
    return rows


def summary_of(rows: list[HeldRow]) -> str:
    """Return in a sentence how often the range that hosts see held, from the last moment of which anything is known."""
    shown = [row for row in rows if row.level == percent(CLAIM)]
    if not shown:
        return _("No evening has been held yet of which a forecast was kept and of which the host said who came.")
    found = shown[-1].found
    words = ngettext(
        "Of %(n)d evening the range held on %(inside)d, %(when)s: fewer came on %(fewer)d, more on %(more)d.",
        "Of %(n)d evenings the range held on %(inside)d, %(when)s: fewer came on %(fewer)d, more on %(more)d.",
        found.num_evenings,
    )
    facts = {"n": found.num_evenings, "inside": found.num_inside, "fewer": found.num_fewer, "more": found.num_more}
    said = words % (facts | {"when": shown[-1].moment})
    if found.num_evenings < ENOUGH:
        return " ".join([said, _("That is not enough yet to say whether it is right.")])
    claimed = _("It claims %(claimed)d percent, and held on %(held)d percent (%(verdict)s).")
    verdict = {"claimed": shown[-1].claimed, "held": shown[-1].held, "verdict": shown[-1].verdict}
    return f"{said} {claimed % verdict}"


@never_cache
@require_safe
@staff_required
def forecast(request: HttpRequest) -> HttpResponse:
    """Show the rates that were learned against those at first, and how often the kept ranges held. Numbers of the site only."""
    site = SiteForecast.objects.first()
    rates = Rates(site.counts, site.likeness) if site else AT_FIRST
    moments = dict(KeptForecast.Moment.choices)
    held = [HeldRow(str(moments[found.moment]), found.level, found) for found in calibrations()]
    context = {
        "site": site,
        "num_evenings": site.num_evenings if site else 0,
        "rates": rate_rows(rates),
        "held": held,
        "summary": summary_of(held),
        "prior_parties": PRIOR_PARTIES,
        "claim": percent(CLAIM),
        "likeness": f"{rates.likeness:.2f}",
        "likeness_at_first": f"{LIKENESS:.2f}",
        "enough": ENOUGH,
    }
    return render(request, "operations/forecast.html", context)
