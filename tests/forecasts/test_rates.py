"""What the site learns from its evenings, by simulation: where it says 7 to 11, the share inside is what it claims, whatever the
site's true rates are, also when evenings differ and one host reports that three hundred came."""

import random
from dataclasses import dataclass

import pytest

from meetups.forecasts.rates import APART, Counts, interval, pool, weight_of
from meetups.planning.attendance_forecast import (
    AT_FIRST,
    CHANCES,
    CLAIM,
    LIKENESS,
    SEATED,
    Rates,
    forecast,
    shares_of,
    shortest_range,
)

SEED = 20261130
# Sites whose guests keep their word, or do not, and one like the manuals; `likeness` is how much evenings differ.
RELIABLE = {"confirmed": 0.93, "unconfirmed": 0.72, "maybe": 0.45, "invited": 0.12}
FICKLE = {"confirmed": 0.6, "unconfirmed": 0.25, "maybe": 0.1, "invited": 0.02}
USUAL = {said: CHANCES[said] for said in APART}
EVERYBODY_CAME = {said: (300, 300) for said in CHANCES}


@dataclass
class Site:
    """An invented site on which evenings are held."""

    rates: dict[str, float]
    likeness: float
    chance: random.Random

    def table(self) -> tuple[list[tuple[str, int]], int]:
        """Return the parties of an evening as they stand the day before, and its seats."""
        seats, parties, taken = self.chance.randint(4, 20), [], 0
        for _n in range(self.chance.randint(2, 40)):
            said = self.chance.choices(APART, weights=[3, 4, 2, 4])[0]
            size = self.chance.choices([1, 2, 3], weights=[6, 3, 1])[0]
            if said not in SEATED or taken + size <= seats:
                taken += size if said in SEATED else 0
                parties.append((said, size))
        return parties, seats

    def hold(self, parties: list[tuple[str, int]], seats: int) -> tuple[int, Counts]:
        """Return how many people come on one evening, and the count of it."""
        share = dict(self.rates)
        if self.likeness:
            size = 1 / self.likeness - 1
            share = {said: self.chance.betavariate(rate * size, (1 - rate) * size) for said, rate in self.rates.items()}
        came = [(said, size, self.chance.random() < share[said]) for said, size in parties]
        free = seats - sum(size for said, size in parties if said in SEATED)
        people = sum(size for said, size, is_there in came if is_there and said in SEATED)
        people += min(free, sum(size for said, size, is_there in came if is_there and said not in SEATED))
        counts = {said: [is_there for says, _size, is_there in came if says == said] for said in APART}
        return people, {said: (len(there), sum(there)) for said, there in counts.items()}

    def past(self, num_evenings: int, *, per_host: int = 3) -> list[tuple[int, Counts]]:
        return [(number // per_host, self.hold(*self.table())[1]) for number in range(num_evenings)]

    def share_inside(self, rates: Rates, *, said: tuple[int, int] | None = None, num_tables: int = 200) -> float:
        """Return on which share of evenings to come the range holds; of those alone for which it is `said`."""
        inside: list[bool] = []
        for _table in range(60 * num_tables):
            if len(inside) == num_tables * 10:
                break
            parties, seats = self.table()
            laid = forecast(parties, seats=seats, rates=rates)
            if said is None or (laid.low, laid.high) == said:
                inside += [laid.low <= self.hold(parties, seats)[0] <= laid.high for _n in range(10)]
        assert len(inside) >= num_tables * 5
        return sum(inside) / len(inside)


def make_site(rates: dict[str, float], likeness: float = LIKENESS, seed: int = SEED) -> Site:
    return Site(rates, likeness, random.Random(seed))


@pytest.mark.parametrize("likeness", [0.0, 0.05, 0.15])
@pytest.mark.parametrize("truth", [RELIABLE, FICKLE, USUAL], ids=["reliable", "fickle", "usual"])
def test_after_two_hundred_evenings_the_range_holds_as_often_as_it_claims(truth, likeness):
    site = make_site(truth, likeness)
    rates, num_evenings = pool(site.past(200))

    assert num_evenings == 200
    for said in APART:
        assert rates.chance(said) == pytest.approx(truth[said], abs=0.06)
    assert CLAIM - 0.03 <= site.share_inside(rates) <= CLAIM + 0.1


@pytest.mark.parametrize("likeness", [0.05, 0.1])
def test_where_it_says_seven_to_eleven_it_is_seven_to_eleven(likeness):
    site = make_site(RELIABLE, likeness)
    rates, _num = pool(site.past(200))

    assert CLAIM - 0.03 <= site.share_inside(rates, said=(7, 11), num_tables=30) <= CLAIM + 0.1


def test_it_learns_what_the_manuals_do_not_know():
    site = make_site(FICKLE)

    before, after = site.share_inside(AT_FIRST), site.share_inside(pool(site.past(60))[0])

    assert before < CLAIM - 0.1
    assert CLAIM - 0.04 <= after <= CLAIM + 0.1


def test_it_sees_that_evenings_differ():
    together, apart = pool(make_site(USUAL, 0.2).past(200))[0], pool(make_site(USUAL, 0.0).past(200))[0]

    assert apart.likeness < LIKENESS < together.likeness
    party = [("unconfirmed", 1)] * 12
    widths = [forecast(party, seats=20, rates=rates) for rates in (apart, together)]
    assert widths[0].high - widths[0].low < widths[1].high - widths[1].low


def test_rain_that_keeps_all_at_home_is_in_the_range_too():
    site = make_site(USUAL, 0.0)

    def hold_in_weather() -> tuple[int, Counts, tuple]:
        rain = site.chance.choice([0.6, 1.0, 1.15, 1.2])
        wet = Site({said: min(1.0, rate * rain) for said, rate in USUAL.items()}, 0.0, site.chance)
        table = site.table()
        return *wet.hold(*table), table

    rates, _num = pool([(number, hold_in_weather()[1]) for number in range(200)])
    inside = []
    for _n in range(1000):
        people, _counts, (parties, seats) = hold_in_weather()
        laid = forecast(parties, seats=seats, rates=rates)
        inside.append(laid.low <= people <= laid.high)

    assert CLAIM - 0.04 <= sum(inside) / len(inside) <= CLAIM + 0.1


# Nobody alone ----------------------------------------------------------------------------------------------------------


def test_a_host_who_reports_that_three_hundred_came_moves_little():
    site = make_site(USUAL)
    past = site.past(60)

    honest, misled = pool(past)[0], pool([(999, EVERYBODY_CAME), *past])[0]

    for said in APART:
        assert abs(misled.chance(said) - honest.chance(said)) < 0.12
    assert misled.likeness < 0.15
    assert CLAIM - 0.05 <= site.share_inside(misled) <= CLAIM + 0.12


def test_a_host_of_hundreds_of_invented_evenings_counts_twice_as_much_as_others_at_most():
    site = make_site(USUAL)
    past = site.past(60)

    once, often = (pool([(999, EVERYBODY_CAME)] * number + past) for number in (6, 500))

    assert often == once
    assert often[1] == 66


def test_the_only_host_of_a_site_teaches_it_all_the_same():
    site = make_site(RELIABLE)

    rates, num_evenings = pool(site.past(100, per_host=100))

    assert num_evenings == 100
    assert rates.chance("confirmed") == pytest.approx(0.93, abs=0.05)


@pytest.mark.parametrize("counts", [{"yes": (5, 900)}, {"yes": (-5, 3)}, {"yes": (0, 7)}, {}, {"nonsense": (4, 4)}])
def test_counts_that_cannot_be_keep_every_rate_between_none_and_all(counts):
    rates, _num = pool([(1, counts)])

    for said in CHANCES:
        assert 0 < rates.chance(said) < 1
        come, stay = rates.of_site(said)
        assert come > 0 and stay > 0
    assert sum(shares_of([("yes", 1)] * 4, seats=4, rates=rates)) == pytest.approx(1)


def test_no_evening_at_all_is_the_start():
    rates, num_evenings = pool([])

    assert num_evenings == 0
    assert [rates.chance(said) for said in CHANCES] == [AT_FIRST.chance(said) for said in CHANCES]
    assert rates.likeness == LIKENESS


def test_a_large_evening_weighs_as_ten_parties_at_most():
    assert [round(weight_of(number), 1) for number in (0, 1, 2, 8, 60, 300, 10**6)] == [0, 1, 1.8, 4.7, 8.7, 9.7, 10]


# Intervals and levels --------------------------------------------------------------------------------------------------


def test_the_interval_of_a_rate_holds_its_share():
    chance = random.Random(SEED)
    for come, stay in [(16, 4), (1, 19), (300, 100), (0.7, 3)]:
        low, high = interval(come, stay, claim=0.8)

        drawn = [chance.betavariate(come, stay) for _n in range(8000)]

        assert sum(low <= one <= high for one in drawn) / len(drawn) == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_every_level_holds_what_it_says(level):
    site = make_site(USUAL)
    rates, _num = pool(site.past(200))
    inside, claimed = [], []
    for _n in range(1000):
        parties, seats = site.table()
        shares = shares_of(parties, seats=seats, rates=rates)
        low, high = shortest_range(shares, level)
        inside.append(low <= site.hold(parties, seats)[0] <= high)
        claimed.append(sum(shares[low : high + 1]))

    assert sum(inside) / len(inside) == pytest.approx(sum(claimed) / len(claimed), abs=0.05)
