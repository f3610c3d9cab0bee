"""Which evening a first-time host came from: exact on families that are known."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meetups.campaigns import descent as counting
from meetups.campaigns.descent import count_descents
from meetups.models import Debrief, Delivery, Descent, DescentMonth, Guest, Heartbeat, Meetup
from meetups.times import clock
from tests.factories import make_campaign, make_debrief, make_delivery, make_guest, make_host, make_meetup
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    return make_campaign()


def held(days_ago: float, *, host=None, came: int = 3, **fields) -> Meetup:
    """Return an evening that ended that many days ago, with three who came unless something else is said."""
    begins = clock.now() - timedelta(days=days_ago, hours=4)
    fields |= {"date": begins.date(), "time": begins.time(), "zone": "UTC"}
    meetup = make_meetup(host, **fields)
    for _guest in range(came):
        make_guest(meetup, rsvp="yes", attended=True)
    return meetup


def found() -> set[tuple[int, int, str]]:
    return set(Descent.objects.values_list("child", "parent", "evidence"))


def test_a_link_counts_before_what_was_said_and_that_before_who_sat_where(campaign):
    linked, said, sat = (held(days, campaign=campaign) for days in (40, 30, 20))
    hosts = [make_host(f"{name}@example.org") for name in ("lea", "samir", "ines")]
    for host, tables in zip(hosts, ([linked, said, sat], [said, sat], [sat]), strict=True):
        for table in tables:
            make_guest(table, email=host.email, rsvp="yes", attended=True, could_host=table is said)
    children = [held(5, host=hosts[0], parent=linked), held(5, host=hosts[1]), held(5, host=hosts[2])]

    assert count_descents() == 6
    assert found() == {
        (children[0].pk, linked.pk, "link"),
        (children[1].pk, said.pk, "said"),
        (children[2].pk, sat.pk, "inferred"),
    }
    assert Descent.objects.get(parent=linked).num_days == 34


def test_a_host_counts_once_with_the_first_evening_that_was_held(campaign):
    parent = held(50, campaign=campaign)
    host = make_host()
    make_guest(parent, email=host.email, rsvp="yes", attended=True)
    held(40, host=host, came=2)
    first = held(30, host=host)
    held(10, host=host)

    count_descents()

    assert found() == {(first.pk, parent.pk, "inferred")}


@pytest.mark.parametrize(
    "what", ["it was long ago", "too few came to it", "it did not happen", "they stayed away", "it was their own", "it was later"]
)
def test_what_is_no_descent(campaign, what):
    host = make_host()
    parent = held(
        2 if what == "it was later" else 70 if what == "it was long ago" else 20,
        campaign=campaign,
        came=1,
        **({"host": host} if what == "it was their own" else {}),
    )
    make_debrief(parent, num_came=2 if what == "too few came to it" else 8, did_happen=what != "it did not happen")
    make_guest(parent, email=host.email, rsvp="yes", attended=what != "they stayed away", could_host=True)
    held(5, host=host, parent=parent if what == "it was their own" else None)

    count_descents()

    assert found() == set()


def test_the_same_family_with_nothing_wrong_is_one(campaign):
    host = make_host()
    parent = held(20, campaign=campaign, came=1)
    make_debrief(parent, num_came=8)
    make_guest(parent, email=host.email, rsvp="yes", attended=True, could_host=True)
    child = held(5, host=host)

    count_descents()

    assert found() == {(child.pk, parent.pk, "said")}


def make_tree(campaign, *, widths: list[int], days: int = 10) -> int:
    """Make evenings in generations, each row led to by the one before, in turn; return how many led to how many."""
    row = [held(100, campaign=campaign) for _meetup in range(widths[0])]
    for depth, width in enumerate(widths[1:], 1):
        children = []
        for number in range(width):
            host = make_host()
            make_guest(row[number % len(row)], email=host.email, rsvp="yes", attended=True, could_host=number % 2 == 0)
            children.append(held(100 - days * depth, host=host, campaign=campaign))
        row = children
    return sum(widths)


def test_r_of_a_known_tree_is_exact(campaign):
    num_held = make_tree(campaign, widths=[4, 6, 9])

    count_descents()

    months = DescentMonth.objects.filter(campaign=campaign)
    assert sum(month.num_held for month in months) == num_held == 19
    assert sum(month.num_next for month in months) == 15
    assert sum(month.num_days for month in months) == pytest.approx(15 * 10, abs=15)
    assert {row.num_days for row in Descent.objects.all()} <= {9, 10}


def test_a_month_counts_the_whole_way_from_a_guest_to_a_table(campaign):
    parent = held(30, campaign=campaign, came=4)
    month = parent.date.replace(day=1)
    hosts = [make_host(f"host{number}@example.org") for number in range(3)]
    guests = [make_guest(parent, email=host.email, rsvp="yes", attended=True, could_host=True) for host in hosts]
    for guest in [*Guest.objects.filter(meetup=parent, could_host=False)[:2], guests[0]]:
        make_delivery(Delivery.Kind.WERE_YOU_THERE, guest=guest, state="sent")
    held(10, host=hosts[0])
    make_meetup(hosts[1], in_days=3)
    make_meetup(hosts[2], in_days=3, status="canceled")

    count_descents()

    row = DescentMonth.objects.get(campaign=campaign, month=month)
    way = (row.num_held, row.num_guests, row.num_asked, row.num_could, row.num_dated, row.num_held_on, row.num_next)
    assert way == (1, 7, 5, 3, 2, 1, 1)


def test_counting_twice_changes_nothing_and_waits_for_the_next_night(campaign):
    make_tree(campaign, widths=[2, 3])
    count_descents()
    before = all_rows()

    assert count_descents() == 0
    assert all_rows() == before

    Heartbeat.objects.filter(name=counting.WHOLE).update(at=clock.now() - timedelta(days=1))
    count_descents()
    assert (set(found()), DescentMonth.objects.count()) == (found(), len({row.month for row in DescentMonth.objects.all()}))
    assert Descent.objects.count() == 3


def test_a_run_that_is_killed_goes_on_where_it_was(campaign, monkeypatch):
    make_tree(campaign, widths=[2, 3, 4])
    monkeypatch.setattr(counting, "BATCH", 2)
    write, calls = counting._write_descents, []

    def die_at_the_second(batch):
        calls.append([meetup.pk for meetup in batch])
        if len(calls) == 2:
            raise KeyboardInterrupt
        write(batch)

    monkeypatch.setattr(counting, "_write_descents", die_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        count_descents()
    assert not DescentMonth.objects.exists()
    count_descents()

    again = [pk for batch in calls[2:] for pk in batch]
    assert not set(calls[0]) & set(again)
    assert Descent.objects.count() == 7
    assert sum(month.num_next for month in DescentMonth.objects.all()) == 7


def test_without_time_left_it_stops_and_writes_no_month_that_is_not_whole(campaign):
    make_tree(campaign, widths=[2, 3])

    assert count_descents(seconds=0) == 0
    assert not DescentMonth.objects.exists()


def test_a_host_who_says_later_that_it_did_not_happen_is_taken_back(campaign):
    parent = held(20, campaign=campaign)
    host = make_host()
    make_guest(parent, email=host.email, rsvp="yes", attended=True)
    child = held(5, host=host)
    count_descents()
    assert Descent.objects.count() == 1

    Debrief.objects.create(meetup=child, did_happen=False)
    Heartbeat.objects.filter(name=counting.WHOLE).update(at=clock.now() - timedelta(days=1))
    count_descents()

    assert found() == set()
    assert sum(DescentMonth.objects.values_list("num_next", flat=True)) == 0


def test_counting_takes_as_many_queries_for_nine_evenings_as_for_two(campaign):
    counts = []
    for widths in ([1, 1], [1, 1], [3, 4]):
        make_tree(campaign, widths=widths)
        Heartbeat.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            count_descents()
        counts.append(len(queries))

    # The first writes months that the others find.
    assert counts[1] == counts[2]
