"""Forecast how many guests will come, and how many more to invite: one sum, which desk, invitations, kitchen sheet and the letter
of the day before all show.

How often somebody comes who said this or that is a rate of the whole site: it starts at the numbers of organizers' manuals and
learns from this site's own evenings (meetups/forecasts). Nothing is known of any one person but their present answer.

Weighed: scipy.stats.betabinom and beta.ppf say the same, and are 35 MB and a compiler's work for the size without Redis. Tables
are small, so the sums here are exact, by math.lgamma; numpy would save nothing at forty parties. A normal approximation is wrong
just where it matters, at four chairs.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from meetups.models import Guest, Meetup, SiteForecast

# The chance that somebody comes, by what they last said: from counted check-ins at free events (median of no-shows 28 %,
# organizers' manuals 40 to 60 %), until a site has numbers of its own. Of those who are asked half say yes, and of these half
# come: invite 50, about 25 say yes, 10 to 15 come. An invitation that lies unanswered for a week is nearly a no.
CHANCES = {"confirmed": 0.8, "yes": 0.5, "unconfirmed": 0.5, "maybe": 0.25, "asked": 0.25, "invited": 0.05}
# They weigh as much as this many parties of the site's own.
PRIOR_PARTIES = 20
# How alike the guests of one evening are (rain keeps all of them at home): the correlation of two of them, to begin with.
LIKENESS = 0.05
SEATED = ("confirmed", "yes", "unconfirmed")
ASKED_FOR, ASKED_UNTIL = timedelta(days=7), timedelta(days=3)
# The day before, those with a seat are asked to confirm it. So long before the start a yes without that says less.
CONFIRMED_UNTIL = timedelta(hours=24)
# The share of evenings on which the number is within the range.
CLAIM = 0.8
ALMOST = 1e-9
# Up to here every size of party is counted for itself.
EXACT_PARTIES = 40


@dataclass(frozen=True)
class Rates:
    """How often parties come, by what they said: a Beta distribution for each, from CHANCES and what the site counted.

    `counts` holds, by what was said, how many parties and how many of them came; both may be fractions.
    """

    counts: Mapping[str, Sequence[float]] = field(default_factory=dict)
    likeness: float = LIKENESS

    def of_site(self, said: str) -> tuple[float, float]:
        """Return the Beta distribution of the site's rate: what is known of the share that comes over many evenings."""
        parties, came = self.counts.get(said, (0, 0))
        chance = CHANCES[said]
        return chance * PRIOR_PARTIES + came, (1 - chance) * PRIOR_PARTIES + parties - came

    def chance(self, said: str) -> float:
        come, stay = self.of_site(said)
        return come / (come + stay)

    def of_evening(self, said: str) -> tuple[float, float]:
        """Return the Beta distribution of one evening's share, which varies by what is not known of the rate, and by evening."""
        come, stay = self.of_site(said)
        unknown = 1 / (come + stay + 1)
        spread = unknown + (1 - unknown) * self.likeness
        size = 1 / spread - 1
        return self.chance(said) * size, (1 - self.chance(said)) * size


AT_FIRST = Rates()


@dataclass(frozen=True)
class Forecast:
    """How many guests come, without the host: the likely number, and the shortest range that holds on four evenings of five.

    Lay for `high`. `to_invite` more would bring as many people to the table as it has seats.
    """

    low: int
    likely: int
    high: int
    to_invite: int = 0


def learned_rates() -> Rates:
    """Return the site's rates as they were learned last; those of organizers' manuals before. One query."""
    row = SiteForecast.objects.first()
    return Rates(row.counts, row.likeness) if row is not None else AT_FIRST


def said_by(guest: Guest, *, now: datetime) -> str:
    """Return what a guest's row says for the forecast: a key of CHANCES, or something that is none for who does not come."""
    start = guest.meetup.starts_at
    if guest.rsvp == Guest.Rsvp.YES:
        if guest.confirmed_at:
            return "confirmed"
        return "unconfirmed" if start is not None and now >= start - CONFIRMED_UNTIL else "yes"
    if guest.rsvp != Guest.Rsvp.INVITED:
        return str(guest.rsvp)
    is_fresh = guest.invited_at is not None and now < guest.invited_at + ASKED_FOR
    return "asked" if is_fresh and (start is None or now < start - ASKED_UNTIL) else "invited"


def parties_of(guests: Iterable[Guest], *, now: datetime) -> list[tuple[str, int]]:
    """Return what `forecast` reads of the rows of all guests who count, each with its `meetup`."""
    return [(said_by(guest, now=now), guest.party_size) for guest in guests]


def forecast_of(meetup: Meetup, guests: Iterable[Guest], *, now: datetime) -> Forecast:
    """Return the forecast for a meetup from the rows of all its guests who count, each with its `meetup`. One query."""
    return forecast(parties_of(guests, now=now), seats=meetup.num_seats, rates=learned_rates())


def forecast(parties: Iterable[tuple[str, int]], *, seats: int, rates: Rates = AT_FIRST) -> Forecast:
    """Return a forecast from parties: what each said (a key of CHANCES; others do not come) and how many people it is.

    A party comes or stays away together, so large ones widen the range. Who has no seat yet can come on the free ones only.
    """
    known = [(said, size) for said, size in parties if said in CHANCES]
    shares = shares_of(known, seats=seats, rates=rates)
    low, high = shortest_range(shares, CLAIM)
    mean = sum(num * share for num, share in enumerate(shares))
    coming = sum(rates.chance(said) * size for said, size in known)
    is_full = seats <= sum(size for said, size in known if said in SEATED)
    to_invite = 0 if is_full else max(0, math.ceil((seats - coming) / rates.chance("asked") - ALMOST))
    return Forecast(low, min(max(math.floor(mean + 0.5), low), high), high, to_invite)


def shares_of(parties: Iterable[tuple[str, int]], *, seats: int, rates: Rates = AT_FIRST) -> list[float]:
    """Return on which share of evenings 0, 1, 2 … people come: the beta-binomial of each answer, added up."""
    known = [(said, size) for said, size in parties if said in CHANCES]
    num_seated = sum(size for said, size in known if said in SEATED)
    free = max(0, seats - num_seated)
    seated = _coming([party for party in known if party[0] in SEATED], rates, most=num_seated)
    return _added(seated, _coming([party for party in known if party[0] not in SEATED], rates, most=free))


def shortest_range(shares: Sequence[float], claim: float) -> tuple[int, int]:
    """Return the shortest range that holds at least the share `claim`; of two as short the surer one, and of these the higher."""
    upto = [0.0]
    for share in shares:
        upto.append(upto[-1] + share)
    for width in range(len(shares)):
        held = [(round(upto[low + width + 1] - upto[low], 9), low) for low in range(len(shares) - width)]
        share, low = max(held)
        if share >= claim - ALMOST:
            return low, low + width
    return 0, len(shares) - 1


def _coming(parties: list[tuple[str, int]], rates: Rates, *, most: int) -> list[float]:
    """Return on which share of evenings 0, 1, 2 … people of these parties come; more than `most` count as `most`."""
    shares = [1.0]
    for said in CHANCES:
        sizes = Counter(size for says, size in parties if says == said)
        if sizes:
            shares = _added(shares, _beta_binomial(sizes, rates.of_evening(said)), most=most)
    return shares


def _added(shares: Sequence[float], others: Sequence[float], *, most: int | None = None) -> list[float]:
    """Return the shares of the sum of two numbers that do not depend on each other; more than `most` count as `most`."""
    longest = len(shares) + len(others) - 2
    longest = longest if most is None else min(longest, most)
    added = [0.0] * (longest + 1)
    for num, share in enumerate(shares):
        for more, chance in enumerate(others):
            added[min(num + more, longest)] += share * chance
    return added


def _beta_binomial(sizes: Mapping[int, int], evening: tuple[float, float]) -> list[float]:
    """Return on which share of evenings 0, 1, 2 … people come of so many parties of each size, who all said the same.

    With all of size one this is the beta-binomial distribution. Of larger ones it counts in how many ways so many parties can be
    so many people: which parties come is as likely for all.
    """
    come, stay = evening
    num_parties, num_people = sum(sizes.values()), sum(size * num for size, num in sizes.items())
    shares = [0.0] * (num_people + 1)
    for parties, people, log_ways in _ways(sizes):
        likely = _log_beta(come + parties, stay + num_parties - parties) - _log_beta(come, stay)
        shares[people] += math.exp(log_ways + likely)
    return shares


def _ways(sizes: Mapping[int, int]) -> Iterator[tuple[int, int, float]]:
    """Return how many parties may come, how many people these are, and the logarithm of the number of ways to choose them."""
    if len(sizes) == 1:
        ((size, num),) = sizes.items()
        yield from (
            (parties, parties * size, -_log_beta(parties + 1, num - parties + 1) - math.log(num + 1))
            for parties in range(num + 1)
        )
        return
    ways = Counter({(0, 0): 1})
    for size, num in _evened(sizes).items():
        grown: Counter[tuple[int, int]] = Counter()
        for (parties, people), count in ways.items():
            for more in range(num + 1):
                grown[parties + more, people + more * size] += count * math.comb(num, more)
        ways = grown
    yield from ((parties, people, math.log(count)) for (parties, people), count in ways.items())


def _evened(sizes: Mapping[int, int]) -> Mapping[int, int]:
    """Return parties of two sizes at most where they are many: as many of them, and as many people. For a hundred parties of ten
    sizes that moves the range by a chair and saves seconds."""
    num_parties = sum(sizes.values())
    if len(sizes) <= 2 or num_parties <= EXACT_PARTIES:
        return sizes
    size, num_larger = divmod(sum(size * num for size, num in sizes.items()), num_parties)
    return {size: num_parties - num_larger, size + 1: num_larger}


def _log_beta(come: float, stay: float) -> float:
    return math.lgamma(come) + math.lgamma(stay) - math.lgamma(come + stay)
