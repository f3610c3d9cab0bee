"""Places to lay."""

from meetups.forecast import Forecast, forecast


def test_nobody_invited_is_nobody():
    assert forecast([]) == Forecast(0, 0, 0)


def test_forecast_weighs_what_each_said():
    parties = [("confirmed", 1)] * 5 + [("yes", 1)] * 6 + [("maybe", 1)] * 4 + [("invited", 1)] * 20 + [("no", 1)] * 9

    assert forecast(parties) == Forecast(low=6, likely=9, high=12)


def test_party_sizes_count_and_large_ones_are_less_certain():
    alone = forecast([("yes", 1)] * 8)
    together = forecast([("yes", 4)] * 2)

    assert alone.likely == together.likely == 4
    assert (together.low, together.high) == (0, 8)
    assert (alone.low, alone.high) == (2, 6)


def test_those_who_said_no_or_wait_are_not_laid_for():
    assert forecast([("no", 2), ("waiting", 3)]) == Forecast(0, 0, 0)
