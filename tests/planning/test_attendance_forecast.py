"""Places to lay and people to invite: one sum, and what its range claims, checked by simulation."""

import itertools
import math
import random
from datetime import timedelta

import pytest

from meetups.letters import build_message
from meetups.models import Guest, SiteForecast
from meetups.planning.attendance_forecast import (
    AT_FIRST,
    CHANCES,
    CLAIM,
    EXACT_PARTIES,
    SEATED,
    Forecast,
    Rates,
    forecast,
    said_by,
    shares_of,
)
from meetups.times import clock
from tests.factories import make_delivery, make_guest, make_host, make_meetup, make_meetup_in_a_day

SEED = 20261129


def test_nobody_invited_is_nobody():
    assert forecast([], seats=8) == Forecast(0, 0, 0, to_invite=32)
    assert forecast([], seats=0) == Forecast(0, 0, 0, to_invite=0)


def test_six_yeses_are_one_to_five_people():
    assert forecast([("yes", 1)] * 6, seats=8) == Forecast(low=1, likely=3, high=5, to_invite=20)


def test_for_eight_at_the_table_with_five_yeses_invite_twenty_two_more():
    assert forecast([("yes", 1)] * 5, seats=8).to_invite == 22


def test_who_was_just_asked_counts_so_that_the_sum_does_not_ask_again():
    asked = [("yes", 1)] * 5 + [("asked", 1)] * 22

    assert forecast(asked, seats=8).to_invite == 0
    assert forecast(asked, seats=8).high <= 8


def test_a_full_table_needs_nobody_more():
    assert forecast([("yes", 1)] * 8, seats=8) == Forecast(low=2, likely=4, high=6, to_invite=0)
    assert forecast([("yes", 2)] * 4, seats=8).to_invite == 0


def test_nobody_is_laid_for_beyond_the_seats():
    crowd = [("yes", 1)] * 4 + [("maybe", 2)] * 30

    assert forecast(crowd, seats=6).high <= 6


def test_who_has_no_seat_fills_free_seats_only():
    full = [("yes", 1)] * 8

    assert forecast(full + [("maybe", 1)] * 20, seats=8) == forecast(full, seats=8)


def test_forecast_weighs_what_each_said():
    parties = [("confirmed", 1)] * 5 + [("yes", 1)] * 6 + [("maybe", 1)] * 4 + [("invited", 1)] * 20 + [("no", 1)] * 9

    assert forecast(parties, seats=40) == Forecast(low=6, likely=9, high=12, to_invite=124)


def test_party_sizes_count_and_large_ones_are_less_certain():
    alone = forecast([("yes", 1)] * 8, seats=10)
    together = forecast([("yes", 4)] * 2, seats=10)

    assert alone.likely == together.likely == 4
    assert (together.low, together.high) == (0, 8)
    assert (alone.low, alone.high) == (2, 6)


def test_those_who_said_no_or_wait_are_not_laid_for():
    said_no = forecast([("no", 2), ("waiting", 3)], seats=8)

    assert (said_no.low, said_no.likely, said_no.high) == (0, 0, 0)


@pytest.mark.django_db
def test_an_invitation_counts_as_asked_for_a_week_and_until_three_days_before():
    now = clock.now()
    far, near = make_meetup(in_days=20), make_meetup(in_days=2)
    fresh, old = now - timedelta(days=6), now - timedelta(days=8)

    said = [said_by(make_guest(meetup, invited_at=at), now=now) for meetup in (far, near) for at in (fresh, old, None)]

    assert said == ["asked", "invited", "invited", "invited", "invited", "invited"]


@pytest.mark.django_db
def test_what_a_row_says():
    meetup, now = make_meetup(), clock.now()
    rows = [{"rsvp": "yes"}, {"rsvp": "yes", "confirmed_at": now}, {"rsvp": "maybe"}, {"rsvp": "no"}, {"rsvp": "waiting"}]

    assert [said_by(make_guest(meetup, **row), now=now) for row in rows] == ["yes", "confirmed", "maybe", "no", "waiting"]
    # On the last day everybody was asked to confirm.
    soon = make_meetup_in_a_day()
    assert [said_by(make_guest(soon, **row), now=now) for row in rows[:2]] == ["unconfirmed", "confirmed"]
    assert Guest.Rsvp.NO not in CHANCES and Guest.Rsvp.WAITING not in CHANCES


@pytest.mark.django_db
def test_desk_invitations_sheet_and_letter_say_one_sum(client):
    host = make_host()
    meetup = make_meetup(host, seats=8)
    for _n in range(5):
        make_guest(meetup, rsvp="yes")
    make_guest(meetup, rsvp="waiting", party_size=4)
    client.force_login(host)

    pages = {name: client.get(f"/host/{meetup.code}/{name}").content.decode() for name in ("", "print/", "invite/")}
    letter = str(build_message(make_delivery("places_to_lay", user=host, meetup=meetup)).body)

    laid = forecast([("yes", 1)] * 5, seats=8)
    assert (laid.low, laid.high) == (1, 4)
    for page in pages.values():
        assert "Lay for 4 guests. On four evenings out of five between 1 and 4 come." in " ".join(page.split())
    for page in (pages[""], pages["invite/"]):
        assert "For 8 at the table invite 22 more" in page
    assert "Lay the table for 4 guests, besides yourselves. On four evenings out of five between 1 and 4 come." in " ".join(
        letter.split()
    )


@pytest.mark.django_db
def test_desk_sheet_invitations_and_letter_say_what_the_site_has_learned(client):
    host = make_host()
    meetup = make_meetup(host, seats=8)
    for _n in range(5):
        make_guest(meetup, rsvp="yes")
    counts = {"yes": [400, 380], "asked": [400, 300]}
    SiteForecast.objects.create(counts=counts, likeness=0.0, num_evenings=90, learned_at=clock.now())
    client.force_login(host)

    pages = [client.get(f"/host/{meetup.code}/{name}").content.decode() for name in ("", "print/", "invite/")]
    letter = str(build_message(make_delivery("places_to_lay", user=host, meetup=meetup)).body)

    laid = forecast([("yes", 1)] * 5, seats=8, rates=Rates(counts, 0.0))
    assert laid == Forecast(low=4, likely=5, high=5, to_invite=5)
    for words in (*pages, letter):
        assert "On four evenings out of five between 4 and 5 come." in " ".join(words.split())


# The sum ---------------------------------------------------------------------------------------------------------------


def test_parties_of_one_are_the_beta_binomial_distribution():
    # Six of Beta(1, 1): every number is as likely.
    even = Rates({"yes": (-18, -9)}, likeness=0.0)

    assert even.of_evening("yes") == pytest.approx((1, 1))
    assert shares_of([("yes", 1)] * 6, seats=6, rates=even) == pytest.approx([1 / 7] * 7)


def test_parties_of_many_sizes_are_counted_exactly():
    sizes, rates = [1, 1, 2, 3, 3, 5], Rates(likeness=0.1)
    come, stay = rates.of_evening("maybe")
    shares = [0.0] * (sum(sizes) + 1)
    for chosen in itertools.product((0, 1), repeat=len(sizes)):
        num, log_beta = sum(chosen), lambda a, b: math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
        likely = math.exp(log_beta(come + num, stay + len(sizes) - num) - log_beta(come, stay))
        shares[sum(size for size, is_in in zip(sizes, chosen, strict=True) if is_in)] += likely

    assert shares_of([("maybe", size) for size in sizes], seats=99, rates=rates) == pytest.approx(shares)


def test_very_many_parties_of_many_sizes_are_as_many_people():
    parties = [("maybe", size) for size in (1, 2, 4, 9) for _n in range(EXACT_PARTIES)]

    shares = shares_of(parties, seats=2000)

    assert sum(shares) == pytest.approx(1)
    assert sum(num * share for num, share in enumerate(shares)) == pytest.approx(CHANCES["maybe"] * 16 * EXACT_PARTIES)


def test_three_thousand_invitations_are_a_sum_all_the_same():
    shares = shares_of([("invited", 1)] * 3000, seats=5000)

    assert sum(shares) == pytest.approx(1)
    assert sum(num * share for num, share in enumerate(shares)) == pytest.approx(150)


def test_counts_move_a_rate_by_their_number():
    few, many = Rates({"yes": (5, 5)}), Rates({"yes": (500, 500)})

    assert AT_FIRST.chance("yes") < few.chance("yes") < many.chance("yes") < 1
    # Fifteen of twenty-five, with the twenty of the start.
    assert few.chance("yes") == 15 / 25
    assert many.chance("yes") == pytest.approx(0.98, abs=0.005)


# What the range claims -------------------------------------------------------------------------------------------------


def some_table(chance: random.Random) -> tuple[list[tuple[str, int]], int]:
    """Return the parties and the seats of an invented evening, as hosts have them: some confirmed, some silent."""
    seats = chance.randint(4, 20)
    parties, taken = [], 0
    for _n in range(chance.randint(2, 40)):
        said = chance.choices(list(CHANCES), weights=[3, 3, 1, 2, 4, 4])[0]
        size = chance.choices([1, 2, 3], weights=[6, 3, 1])[0]
        if said in SEATED and taken + size > seats:
            said = "waiting"
        taken += size if said in SEATED else 0
        parties.append((said, size))
    return parties, seats


def evening(parties: list[tuple[str, int]], seats: int, chance: random.Random) -> int:
    """Return how many come on one evening: each party or nobody of it; who has no seat, on the free ones. Evenings and sites
    differ as much as the numbers at first say that they do."""
    free = seats - sum(size for said, size in parties if said in SEATED)
    share = {said: chance.betavariate(*AT_FIRST.of_evening(said)) for said in CHANCES}
    came = [(said, size) for said, size in parties if chance.random() < share.get(said, 0)]
    others = sum(size for said, size in came if said not in SEATED)
    return sum(size for said, size in came if said in SEATED) + min(others, free)


def test_the_share_of_evenings_inside_the_range_is_what_it_claims():
    chance, inside, widths = random.Random(SEED), [], []
    for _table in range(400):
        parties, seats = some_table(chance)
        laid = forecast(parties, seats=seats)
        widths.append(laid.high - laid.low)
        inside += [laid.low <= evening(parties, seats, chance) <= laid.high for _n in range(50)]

    share = sum(inside) / len(inside)

    # People are whole, so the range holds a little more than it claims. A range that is always right would say nothing.
    assert CLAIM <= share <= CLAIM + 0.1
    assert sum(widths) / len(widths) < 6


def test_where_it_says_seven_to_eleven_it_is_seven_to_eleven():
    chance, inside, num_tables = random.Random(SEED), [], 0
    while num_tables < 40:
        parties, seats = some_table(chance)
        laid = forecast(parties, seats=seats)
        if (laid.low, laid.high) == (7, 11):
            num_tables += 1
            inside += [7 <= evening(parties, seats, chance) <= 11 for _n in range(100)]

    assert CLAIM <= sum(inside) / len(inside) <= CLAIM + 0.1


def test_inviting_as_many_as_it_says_brings_the_table_together():
    chance, parties = random.Random(SEED), [("yes", 1)] * 5 + [("maybe", 2)] * 3
    invited = [("asked", 1)] * forecast(parties, seats=12).to_invite

    # With a chair for each who comes: at a full table the last ones wait.
    evenings = [evening(parties + invited, 200, chance) for _n in range(4000)]

    assert abs(sum(evenings) / len(evenings) - 12) < 0.3
