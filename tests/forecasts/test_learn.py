"""The worker counts evenings and learns from them: in batches, resumable, and never anything about one person."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meetups.forecasts import learn as learning
from meetups.forecasts.learn import count_evenings, learn
from meetups.models import EveningCount, Guest, Meetup, SiteForecast
from meetups.outbox.wake_worker import never
from meetups.planning.attendance_forecast import learned_rates
from meetups.times import clock
from tests.factories import make_debrief, make_guest, make_held_meetup, make_host, make_meetup

pytestmark = pytest.mark.django_db


def make_evening(**fields) -> Meetup:
    """Return an evening that was held, of which it is known who came: 3 of 4 with a yes, 1 of 2 maybes, 0 of 3 silent."""
    meetup = make_held_meetup(**fields)
    at = clock.now() - timedelta(days=20)
    for attended, confirmed_at in [(True, at), (True, None), (False, None)]:
        make_guest(meetup, rsvp="yes", attended=attended, confirmed_at=confirmed_at, invited_at=at)
    make_guest(meetup, rsvp="yes", attended=True, confirmed_at=at, party_size=2, origin="self", address_proven_at=at)
    make_guest(meetup, rsvp="maybe", attended=True, invited_at=at)
    make_guest(meetup, rsvp="maybe", invited_at=at)
    for _n in range(3):
        make_guest(meetup, invited_at=at)
    make_guest(meetup, rsvp="no", invited_at=at)
    return meetup


COUNTED = {"confirmed": [2, 2], "unconfirmed": [2, 1], "yes": [4, 3], "maybe": [2, 1], "invited": [3, 0], "asked": [9, 3]}


def test_an_evening_is_counted_by_what_was_said():
    meetup = make_evening()

    learn()

    row = EveningCount.objects.get()
    assert (row.meetup, row.is_known, row.counts, row.num_came) == (meetup, True, COUNTED, 5)
    site = SiteForecast.objects.get()
    assert site.num_evenings == 1
    rates = learned_rates()
    assert (rates.counts, rates.likeness) == (site.counts, site.likeness)
    assert 0.5 < rates.chance("yes") < 0.6


def test_what_is_kept_are_numbers_of_evenings_and_of_the_site():
    make_evening()
    learn()

    for model in (EveningCount, SiteForecast):
        related = {field.related_model for field in model._meta.get_fields() if field.is_relation}
        assert related <= {Meetup}
    assert Guest not in {
        field.related_model for field in Meetup._meta.get_field("evening_count").related_model._meta.get_fields()
    }


def test_who_does_not_count_is_not_counted():
    meetup = make_evening()
    make_guest(meetup, rsvp="yes", attended=True, removed_at=clock.now())
    make_guest(meetup, rsvp="yes", attended=True, origin="self", address_proven_at=None)

    learn()

    assert EveningCount.objects.get().counts == COUNTED


@pytest.mark.parametrize("why", ["untold", "failed", "nobody", "canceled", "to come", "draft"])
def test_an_evening_of_which_it_is_not_known_who_came_teaches_nothing(why):
    meetup = make_meetup() if why == "to come" else make_held_meetup()
    make_guest(meetup, rsvp="no" if why == "nobody" else "yes", attended=None if why == "untold" else True)
    if why == "untold":
        make_guest(meetup, rsvp="yes", attended=True)
    if why == "failed":
        make_debrief(meetup, did_happen=False)
    if why in ("canceled", "draft"):
        Meetup.objects.filter(pk=meetup.pk).update(status=why)

    learn()

    assert not EveningCount.objects.filter(is_known=True).exists()
    assert SiteForecast.objects.get().num_evenings == 0


def test_a_second_call_on_the_same_night_changes_nothing():
    make_evening()
    learn()
    before = list(SiteForecast.objects.values()), list(EveningCount.objects.values())

    assert learn() is None

    assert (list(SiteForecast.objects.values()), list(EveningCount.objects.values())) == before


def test_what_a_host_says_later_is_learned_the_next_night(moved_clock):
    meetup = make_evening()
    learn()
    meetup.guests.filter(rsvp="yes").update(attended=False)

    moved_clock(days=1)
    learn()

    assert EveningCount.objects.get().counts["yes"] == [4, 0]
    assert SiteForecast.objects.get().counts["yes"][1] == 0


def test_what_was_counted_long_ago_stays_when_nothing_is_said_any_more(moved_clock):
    meetup = make_evening()
    learn()

    moved_clock(days=60)
    meetup.guests.update(attended=None)
    learn()

    assert EveningCount.objects.get().counts == COUNTED


def test_evenings_of_three_years_ago_say_nothing_about_now(moved_clock):
    make_evening()
    learn()
    assert SiteForecast.objects.get().num_evenings == 1

    moved_clock(days=3 * 365)
    learn()

    assert SiteForecast.objects.get().num_evenings == 0


def test_a_call_that_was_stopped_goes_on_with_the_rest(monkeypatch):
    monkeypatch.setattr(learning, "BATCH", 2)
    evenings = [make_evening() for _n in range(5)]
    stops = iter([False, False, True])
    assert not count_evenings(clock.now(), should_stop=lambda: next(stops))
    assert EveningCount.objects.count() == 4
    assert not SiteForecast.objects.exists()
    counted = dict(EveningCount.objects.values_list("meetup", "counted_at"))

    learn()

    assert EveningCount.objects.count() == len(evenings)
    assert counted.items() <= dict(EveningCount.objects.values_list("meetup", "counted_at")).items()
    assert SiteForecast.objects.get().num_evenings == 5


def test_no_time_at_all_pools_nothing():
    make_evening()

    assert learn(seconds=-1) is None
    assert not SiteForecast.objects.exists()


def test_two_workers_at_once_count_each_evening_once(moved_clock):
    make_evening()
    now = clock.now()

    for _worker in range(2):
        learning._count_batch(list(Meetup.objects.values_list("pk", flat=True)), now)

    assert EveningCount.objects.count() == 1


def test_the_number_of_queries_does_not_grow_with_the_evenings():
    host = make_host()
    make_evening(host=host)
    now = clock.now()
    with CaptureQueriesContext(connection) as one:
        count_evenings(now, should_stop=never)
    for _n in range(4):
        make_evening(host=host)
    EveningCount.objects.all().delete()

    with CaptureQueriesContext(connection) as five:
        count_evenings(now, should_stop=never)

    assert len(five) == len(one)
    assert EveningCount.objects.count() == 5
