"""A row of evenings: its days, its people, and the next evening when it is time."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from meetups.circles.dates import days_of_row
from meetups.circles.people import Person, same_people
from meetups.circles.services import circle as acts
from meetups.circles.services.again import hold_again
from meetups.exceptions import MeetupError
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.models import Circle, CircleEvening, CircleMember, Delivery, Meetup
from meetups.outbox.suppression import unsubscribe
from meetups.privacy.erasure import erase_address, erase_guest
from meetups.privacy.export import data_of_address
from meetups.privacy.retention import retire
from meetups.times import clock
from tests.factories import make_draft, make_guest, make_meetup

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("America/Toronto")


@pytest.fixture
def first(host, moved_clock) -> Meetup:
    """An evening on Tuesday 6 October 2026 at seven in Toronto, a week ahead; the clocks go back on 1 November."""
    moved_clock(to=datetime(2026, 9, 29, 15, tzinfo=ZONE))
    meetup = make_meetup(host, date=date(2026, 10, 6), time=time(19), plan=True)
    for name in ("Maria", "Ben", "Cy"):
        make_guest(meetup, f"{name.lower()}@example.org", name=name, shown_name=name, rsvp="yes")
    return meetup


def start(meetup: Meetup, rhythm: str = "fortnightly", **fields) -> Circle:
    fields = {"people": same_people(meetup), "first": date(2026, 10, 20), "count": 4} | fields
    circle = acts.start_circle(meetup, rhythm=rhythm, **fields)
    meetup.refresh_from_db()
    return circle


def evenings() -> list[date]:
    return list(CircleEvening.objects.filter(skipped_at=None).values_list("date", flat=True))


def made() -> list[Meetup]:
    return list(Meetup.objects.exclude(circle=None).order_by("starts_at"))


def asked(meetup: Meetup) -> list[str]:
    return sorted(meetup.guests.values_list("name", flat=True))


def sweep_at(moved_clock, *moment: int) -> int:
    moved_clock(to=datetime(*moment, tzinfo=ZONE))
    return acts.make_due_evenings()


# Its days ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rhythm", "day", "days"),
    [
        ("weekly", date(2026, 10, 6), [date(2026, 10, 6), date(2026, 10, 13), date(2026, 10, 20)]),
        ("fortnightly", date(2026, 10, 20), [date(2026, 10, 20), date(2026, 11, 3), date(2026, 11, 17)]),
        ("monthly", date(2026, 10, 13), [date(2026, 10, 13), date(2026, 11, 10), date(2026, 12, 8)]),
        # The last Thursday: not every month has a fifth one.
        ("monthly", date(2026, 10, 29), [date(2026, 10, 29), date(2026, 11, 26), date(2026, 12, 31)]),
    ],
)
def test_the_days_follow_from_the_first(rhythm, day, days):
    assert days_of_row(rhythm, day, count=3) == days


def test_a_row_has_twelve_evenings_at_most_and_none_after_its_end():
    assert len(days_of_row("weekly", date(2026, 10, 6), count=99)) == 12
    assert days_of_row("weekly", date(2026, 10, 6), until=date(2026, 10, 20))[-1] == date(2026, 10, 20)


def test_the_hour_stays_on_the_wall_when_the_clocks_change(first, moved_clock):
    start(first, count=2)
    sweep_at(moved_clock, 2026, 10, 7, 10)
    sweep_at(moved_clock, 2026, 10, 21, 10)

    hours = [meetup.start.astimezone(ZONE).time() for meetup in made()]
    assert hours == [time(19)] * 3
    assert made()[2].start - made()[1].start == timedelta(days=14, hours=1)


# Starting ------------------------------------------------------------------------------------------------------------


def test_starting_a_row_writes_to_nobody_and_makes_no_evening(first):
    before = Delivery.objects.count()

    circle = start(first)

    first.refresh_from_db()
    assert (first.circle, first.evening_number, Meetup.objects.count()) == (circle, 1, 1)
    assert evenings() == [date(2026, 10, 6), date(2026, 10, 20), date(2026, 11, 3), date(2026, 11, 17), date(2026, 12, 1)]
    assert sorted(circle.members.values_list("name", flat=True)) == ["Ben", "Cy", "Maria"]
    assert Delivery.objects.count() == before


def test_a_second_press_makes_no_second_row(first):
    assert start(first) == start(first)
    assert Circle.objects.count() == 1


def test_a_draft_and_days_before_the_evening_make_no_row(host, first):
    for meetup, fields in [(make_draft(host), {}), (first, {"first": date(2026, 8, 1), "count": 1})]:
        with pytest.raises(MeetupError):
            start(meetup, **fields)

    assert Circle.objects.count() == 0


# The next evening ----------------------------------------------------------------------------------------------------


def test_the_next_evening_is_made_the_morning_after_the_last_and_its_people_are_asked(first, moved_clock):
    start(first)

    # Two weeks before the second one the first is not over.
    early = [sweep_at(moved_clock, 2026, 10, *moment) for moment in [(6, 12), (6, 20), (7, 8)]]
    num = sweep_at(moved_clock, 2026, 10, 7, 9, 30)

    second = made()[1]
    assert (early, num) == ([0, 0, 0], 1)
    assert (second.status, second.date, second.evening_number, second.again_of) == ("published", date(2026, 10, 20), 2, first)
    assert asked(second) == ["Ben", "Cy", "Maria"]
    assert set(second.guests.values_list("rsvp", flat=True)) == {"invited"}
    assert second.mailings.exists()


def test_one_evening_at_a_time_and_no_sweep_makes_it_twice(first, moved_clock):
    start(first)

    nums = [sweep_at(moved_clock, 2026, 10, 7, 10) for _sweep in range(3)]
    later = sweep_at(moved_clock, 2026, 10, 19, 10)

    assert (nums, later, len(made())) == ([1, 0, 0], 0, 2)
    assert Delivery.objects.filter(kind="invitation").count() == 3


def test_in_a_row_of_months_guests_are_asked_two_weeks_before(first, moved_clock):
    start(first, rhythm="monthly", first=date(2026, 11, 3), count=1)

    assert sweep_at(moved_clock, 2026, 10, 19, 12) == 0
    assert sweep_at(moved_clock, 2026, 10, 20, 10) == 1


def test_nobody_is_asked_at_night(first, moved_clock):
    start(first)

    assert sweep_at(moved_clock, 2026, 10, 7, 22) == 0
    assert sweep_at(moved_clock, 2026, 10, 8, 8) == 1


def test_each_evening_has_its_own_answers_and_the_third_knows_it_is_the_third(first, moved_clock):
    start(first)
    sweep_at(moved_clock, 2026, 10, 7, 10)
    record_rsvp(made()[1].guests.get(name="Maria"), Answer("no"))
    sweep_at(moved_clock, 2026, 10, 21, 10)

    third = made()[2]
    assert third.evening_number == 3
    assert third.guests.get(name="Maria").rsvp == "invited"
    assert first.guests.get(name="Maria").rsvp == "yes"


def test_what_cannot_be_made_is_tried_again_the_next_day_and_says_why(first, moved_clock):
    start(first)
    Meetup.objects.filter(pk=first.pk).update(street="")

    nums = [sweep_at(moved_clock, 2026, 10, 7, 10), sweep_at(moved_clock, 2026, 10, 7, 11)]
    trouble = CircleEvening.objects.get(date=date(2026, 10, 20)).trouble
    Meetup.objects.filter(pk=first.pk).update(street="1 New Road")
    nums.append(sweep_at(moved_clock, 2026, 10, 8, 11))

    assert nums == [0, 0, 1]
    assert "the street and number" in trouble
    # The try before left no draft behind.
    assert Meetup.objects.count() == 2


def test_one_that_fails_keeps_no_other_row_from_its_evening(host, first, moved_clock):
    start(first)
    Meetup.objects.filter(pk=first.pk).update(street="")
    other = make_meetup(host, date=date(2026, 10, 6), time=time(18))
    start(other)

    assert sweep_at(moved_clock, 2026, 10, 7, 10) == 1
    assert [meetup.again_of for meetup in made() if meetup.again_of] == [other]


# Changing one --------------------------------------------------------------------------------------------------------


def test_one_is_left_out_and_the_one_after_it_is_the_second(first, moved_clock):
    start(first)
    acts.skip_evening(CircleEvening.objects.get(date=date(2026, 10, 20)))

    nums = [sweep_at(moved_clock, 2026, 10, 7, 10), sweep_at(moved_clock, 2026, 10, 20, 10)]

    assert nums == [0, 1]
    assert [(meetup.date, meetup.evening_number) for meetup in made()] == [(date(2026, 10, 6), 1), (date(2026, 11, 3), 2)]


def test_one_is_moved_and_the_others_stay(first):
    start(first)
    evening = CircleEvening.objects.get(date=date(2026, 11, 3))

    acts.change_evening(evening, day=date(2026, 11, 5), hour=time(18), zone="America/Toronto")

    assert evenings() == [date(2026, 10, 6), date(2026, 10, 20), date(2026, 11, 5), date(2026, 11, 17), date(2026, 12, 1)]
    with pytest.raises(MeetupError):
        acts.change_evening(evening, day=date(2026, 11, 17), hour=time(18), zone="America/Toronto")


def test_one_that_is_published_is_changed_on_its_own_desk(first, moved_clock):
    start(first)
    sweep_at(moved_clock, 2026, 10, 7, 10)
    evening = CircleEvening.objects.get(date=date(2026, 10, 20))

    for act in (acts.skip_evening, lambda one: acts.change_evening(one, day=date(2026, 10, 22), hour=time(19), zone="UTC")):
        with pytest.raises(MeetupError):
            act(evening)


def test_a_stopped_row_makes_no_evening_until_it_goes_on(first, moved_clock):
    circle = start(first)
    acts.stop_circle(circle)

    stopped = sweep_at(moved_clock, 2026, 10, 7, 10)
    acts.go_on(circle)

    assert (stopped, acts.make_due_evenings()) == (0, 1)


def test_after_one_that_was_canceled_the_row_goes_on(first, moved_clock):
    start(first)
    Meetup.objects.filter(pk=first.pk).update(status="canceled", canceled_at=clock.now())

    assert sweep_at(moved_clock, 2026, 10, 6, 12) == 1
    # It is the first that takes place.
    assert made()[1].evening_number == 1


# Its people ----------------------------------------------------------------------------------------------------------


def test_who_left_unsubscribed_or_was_erased_is_asked_to_no_later_evening(first, moved_clock):
    for name in ("left", "unsub", "erased", "gone", "off"):
        make_guest(first, f"{name}@example.org", name=name, shown_name=name, rsvp="yes")
    circle = start(first)
    sweep_at(moved_clock, 2026, 10, 7, 10)
    here = {guest.name: guest for guest in made()[1].guests.all()}

    acts.leave_circle(here["left"])
    unsubscribe(here["unsub"], scope="meetup")
    erase_guest(here["erased"])
    erase_address(here["gone"].email_hash)
    acts.take_off(CircleMember.objects.get(name="off"))
    sweep_at(moved_clock, 2026, 10, 21, 10)
    sweep_at(moved_clock, 2026, 11, 4, 10)

    assert [asked(meetup) for meetup in made()[2:]] == [["Ben", "Cy", "Maria"]] * 2
    assert not CircleMember.objects.filter(circle=circle, email__in=["erased@example.org", "gone@example.org"]).exists()
    # Who left is known by a keyed hash alone.
    assert set(CircleMember.objects.exclude(left_at=None).values_list("email", "name")) == {("", "")}


def test_leaving_keeps_the_answer_and_can_be_taken_back(first, moved_clock):
    start(first)
    maria = first.guests.get(name="Maria")
    acts.leave_circle(maria), acts.leave_circle(maria)
    assert acts.has_left(maria)

    acts.come_back(maria)

    maria.refresh_from_db()
    assert (acts.has_left(maria), maria.rsvp) == (False, "yes")
    sweep_at(moved_clock, 2026, 10, 7, 10)
    assert "Maria" in asked(made()[1])


def test_somebody_new_to_the_row_is_asked_to_the_next_one_and_somebody_for_one_evening_to_that_one_alone(first, moved_clock):
    circle = start(first)
    make_guest(first, "once@example.org", name="Once", rsvp="yes")
    acts.add_members(circle, [Person("Di", "Di@Example.org"), Person("Maria", "maria@example.org")])

    sweep_at(moved_clock, 2026, 10, 7, 10)

    assert asked(made()[1]) == ["Ben", "Cy", "Di", "Maria"]


def test_who_left_is_not_added_again_by_the_host(first):
    circle = start(first)
    acts.leave_circle(first.guests.get(name="Maria"))

    added = acts.add_members(circle, [Person("Maria", "maria@example.org")])

    assert added == []
    assert acts.has_left(first.guests.get(name="Maria"))


def test_a_row_on_the_hosts_word_goes_on_when_the_evening_is_held_again(first, moved_clock):
    circle = start(first, rhythm="on_word")
    nothing = sweep_at(moved_clock, 2026, 10, 8, 10)
    first.refresh_from_db()

    second, _asked = hold_again(
        first, by=first.host, code="abcdefgh25", day=date(2026, 11, 12), hour=time(19), people=same_people(first)
    )

    assert (nothing, second.circle, second.evening_number) == (0, circle, 2)


# One's own data ------------------------------------------------------------------------------------------------------


def test_the_copy_of_ones_data_names_the_row(first):
    start(first)

    rows = data_of_address(first.guests.get(name="Maria").email_hash)["rows_of_evenings_you_are_asked_to"]

    assert [(row["email"], row["name"], row["how_often"]) for row in rows] == [("maria@example.org", "Maria", "fortnightly")]


def test_members_are_kept_while_the_row_goes_on_and_deleted_thirty_days_after_its_end(first, moved_clock):
    start(first, count=2)

    kept = []
    for day in (datetime(2026, 11, 25, 12, tzinfo=ZONE), datetime(2026, 12, 5, 12, tzinfo=ZONE)):
        moved_clock(to=day)
        retire()
        kept.append(CircleMember.objects.count())

    assert kept == [3, 0]


def test_members_of_a_stopped_row_are_deleted_after_thirty_days(first, moved_clock):
    circle = start(first, count=12)
    acts.stop_circle(circle)

    moved_clock(to=datetime(2026, 11, 20, 12, tzinfo=ZONE))
    retire()

    assert CircleMember.objects.count() == 0
