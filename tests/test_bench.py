"""Each benchmark runs, prints its figures, and finds counts and answers right. No test asserts a speed."""

import json
import os
import subprocess
import sys

import pytest

from meetups.guests.services.rsvp import Answer, record_rsvp
from tests.factories import make_guest, make_meetup
from tests.serving import ROOT

COMMON = {
    *("bench", "database", "broker", "repeats", "is_pinned", "python"),
    *("per_second", "per_second_spread", "bare_per_second", "bare_per_second_spread", "ratio", "ratio_spread", "p99_ms"),
    *("queries", "bare_queries"),
}
PAGE = {"html_bytes", "bare_html_bytes", "cold_per_second", "cold_per_second_spread", "cold_ratio", "cold_ratio_spread"}
STORM = {"p50_ms", "storms", "over", "lost"}


def run_bench(name: str) -> dict:
    command = [sys.executable, "-m", f"bench.{name}"]
    env = os.environ | {"BENCH_QUICK": "1"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    return json.loads(done.stdout)


@pytest.mark.slow
def test_the_benchmark_of_the_meetups_page_prints_one_line_of_json():
    facts = run_bench("p1_meetup_page")

    assert set(facts) == COMMON | PAGE
    assert facts["html_bytes"] <= 20_000
    assert facts["queries"] <= 3


@pytest.mark.slow
def test_the_benchmark_of_the_guests_page_prints_one_line_of_json():
    facts = run_bench("p2_guest_page")

    table = {name.replace("cold", "table") for name in PAGE if name.startswith("cold")}
    assert set(facts) == COMMON | PAGE | table
    assert facts["html_bytes"] <= 25_000
    assert facts["queries"] <= 4


@pytest.mark.slow
def test_the_benchmark_of_the_storm_prints_one_line_of_json_and_finds_seats_and_letters_right():
    facts = run_bench("p3_rsvp_storm")

    assert set(facts) == COMMON | STORM
    assert (facts["over"], facts["lost"], facts["storms"]) == (0, 0, 3)
    assert facts["queries"] <= 4


@pytest.mark.django_db
def test_one_yes_after_another_of_the_hour_takes_at_most_three_queries(django_assert_max_num_queries):
    meetup = make_meetup()
    first, second = make_guest(meetup), make_guest(meetup)
    record_rsvp(first, Answer("yes"))

    # Two more for the savepoint and its release, which stand for BEGIN and COMMIT in a test.
    with django_assert_max_num_queries(3 + 2):
        record_rsvp(second, Answer("yes"))


PAIRS = {"per_second", "per_second_spread", "bare_per_second", "bare_per_second_spread", "ratio", "ratio_spread"}
MACHINE = {"bench", "database", "broker", "repeats", "is_pinned", "python"}


@pytest.mark.slow
def test_the_benchmark_of_letters_sends_each_once_with_few_statements():
    facts = run_bench("p5_letters")

    assert facts.keys() >= MACHINE | PAIRS | {"large_ratio", "ready_ratio", "processor_ratio"}
    assert facts["statements_of_a_letter"] <= 2.6


@pytest.mark.slow
def test_the_benchmark_of_a_slow_relay_prints_one_line_of_json():
    beside = {"connections", "ms_for_each_answer", "smtplib_per_second", "smtplib_ratio"}

    assert run_bench("p6_slow_relay").keys() == MACHINE | PAIRS | beside


@pytest.mark.slow
def test_the_benchmark_of_growth_prints_one_line_of_json():
    ratios = {"idle_ratio", "idle_ratio_spread", "letter_ratio", "letter_ratio_spread"}

    assert run_bench("p8_growth").keys() == MACHINE | ratios | {"meetups", "idle_ms", "letter_ms"}


@pytest.mark.slow
def test_the_benchmark_of_the_fan_out_prints_one_line_of_json():
    assert run_bench("p9_fan_out").keys() == MACHINE | PAIRS | {"guests", "memory_grew_mb"}


@pytest.mark.slow
def test_the_benchmark_of_the_first_view_prints_one_line_of_json_within_the_bars(chromium_path):
    facts = run_bench("p11_first_view")

    figures = {
        f"{page}_{name}" for page in ("meetup", "guest", "recap") for name in ("kb", "requests", "lcp_ms", "lcp_spread", "cls")
    }
    assert facts.keys() == MACHINE | figures
    # Bytes, requests and layout shift do not depend on the machine.
    assert (facts["meetup_kb"] <= 55, facts["guest_kb"] <= 60, facts["recap_kb"] <= 90) == (True, True, True)
    assert max(facts[f"{page}_requests"] for page in ("meetup", "guest", "recap")) <= 6
    assert [facts[f"{page}_cls"] for page in ("meetup", "guest", "recap")] == [0, 0, 0]


@pytest.mark.slow
def test_the_benchmark_of_memory_prints_one_line_of_json():
    assert run_bench("p10_memory").keys() == MACHINE | {"letters", "pss_mb", "grew_mb"}


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("DATABASE_URL"), reason="its rows are written by PostgreSQL's own series")
def test_the_benchmark_of_the_dashboard_prints_one_line_of_json_with_few_queries():
    facts = run_bench("p7_dashboard")

    assert max(facts["queries"]) <= facts["query_bar"] == 12
    assert facts["times_bare_bar"] == 15
    assert {name: export["bytes"] > 10_000 for name, export in facts["exports"].items()} == {
        "dashboard.csv": True,
        "dashboard.xlsx": True,
    }
