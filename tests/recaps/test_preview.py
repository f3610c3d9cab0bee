"""A recap is shown to its table, and becomes public on the day that was said."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from meetups.dispatch.send import deliver_due
from meetups.exceptions import MeetupError
from meetups.letters import build_message
from meetups.models import Contribution, Delivery, Mailing, Recap
from meetups.outbox.fan_out import fan_out_due
from meetups.recaps.services import preview
from meetups.recaps.services.contribution import contribute, withdraw_contribution
from meetups.recaps.services.debrief import record_debrief, record_not_held
from meetups.recaps.services.recap import publish_recap, take_down_recap
from meetups.times import clock
from tests.factories import make_contribution, make_guest, make_meetup, make_others_speak, make_recap

pytestmark = pytest.mark.django_db
# The evening: Tuesday 15 December 2026, 19:00 to 22:00 in Toronto.
EVENING = date(2026, 12, 15)
NEXT_NOON = datetime(2026, 12, 16, 17, tzinfo=UTC)
THIRD_MORNING = datetime(2026, 12, 18, 15, tzinfo=UTC)  # Friday, 10:00 on the wall
PUBLIC = datetime(2026, 12, 21, 14, tzinfo=UTC)  # Monday, 09:00 on the wall


@pytest.fixture
def recap(moved_clock) -> Recap:
    """A draft, told by three, at noon of the day after."""
    meetup = make_meetup(date=EVENING)
    moved_clock(to=NEXT_NOON)
    make_contribution(make_guest(meetup, "maria@example.org", name="Maria", rsvp="yes", attended=True), position=1)
    make_others_speak(meetup)
    return make_recap(meetup, state="draft")


def letters_leave() -> int:
    """Do what a worker does; return how many letters mailings owed."""
    num_owed = fan_out_due()
    deliver_due()
    return num_owed


def test_the_table_reads_it_on_the_third_morning_and_everybody_two_days_later(recap):
    shown = preview.start_preview(recap)

    mailing = Mailing.objects.get(kind="recap_preview")
    assert (mailing.due_at, mailing.segment, mailing.not_after) == (THIRD_MORNING, "contributed", PUBLIC)
    assert (shown.public_at, shown.state) == (PUBLIC, "draft")


def test_who_shows_it_later_lets_the_letter_go_at_once(recap, moved_clock):
    moved_clock(to=THIRD_MORNING + timedelta(days=1, hours=1))

    shown = preview.start_preview(recap)

    assert abs(Mailing.objects.get().due_at - clock.now()) < timedelta(minutes=1)
    assert shown.public_at == PUBLIC + timedelta(days=1)


def test_a_second_press_changes_nothing(recap):
    first = preview.start_preview(recap)

    second = preview.start_preview(Recap.objects.get())

    assert (second.public_at, second.shown_at) == (first.public_at, first.shown_at)
    assert Mailing.objects.count() == 1


def test_on_the_day_it_is_public_by_itself_and_once(recap, moved_clock):
    preview.start_preview(recap)
    moved_clock(to=THIRD_MORNING + timedelta(minutes=1))
    assert (preview.publish_due(), letters_leave()) == (0, 3)

    moved_clock(to=PUBLIC + timedelta(minutes=1))
    assert [preview.publish_due(), preview.publish_due(), preview.publish_due()] == [1, 0, 0]

    told = Recap.objects.get()
    assert (told.state, told.public_at) == ("published", None)
    assert Mailing.objects.filter(kind__in=["recap_came", "recap_missed", "recap_declined"]).count() == 3


def test_a_worker_that_dies_between_publication_and_commit_leaves_it_to_the_next(recap, moved_clock, monkeypatch):
    preview.start_preview(recap)
    moved_clock(to=THIRD_MORNING)
    letters_leave()
    moved_clock(to=PUBLIC)

    def die_after(recap):
        publish_recap(recap)
        raise KeyboardInterrupt

    with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):
        dying.setattr(preview, "publish_recap", die_after)
        preview.publish_due()
    assert (Recap.objects.get().state, Mailing.objects.filter(kind="recap_came").count()) == ("draft", 0)

    assert preview.publish_due() == 1
    assert Mailing.objects.filter(kind="recap_came").count() == 1


def test_while_letters_did_not_leave_the_day_is_put_off(recap, moved_clock):
    preview.start_preview(recap)
    moved_clock(to=PUBLIC + timedelta(minutes=5))

    assert preview.publish_due() == 0

    later = Recap.objects.get()
    assert (later.state, later.public_at) == ("draft", PUBLIC + timedelta(days=3))
    assert fan_out_due() == 3


@pytest.mark.parametrize("state", ["queued", "waiting", "expired"])
def test_while_its_letters_are_owed_and_not_gone_the_day_is_put_off_and_they_leave(recap, moved_clock, state):
    preview.start_preview(recap)
    moved_clock(to=THIRD_MORNING)
    fan_out_due()
    Delivery.objects.filter(kind="recap_preview").update(state=state)
    moved_clock(to=PUBLIC + timedelta(minutes=1))

    assert preview.publish_due() == 0

    assert Recap.objects.get().public_at == PUBLIC + timedelta(days=3)
    deliver_due()
    assert set(Delivery.objects.filter(kind="recap_preview").values_list("state", flat=True)) == {"sent"}
    moved_clock(to=PUBLIC + timedelta(days=3, minutes=1))
    assert preview.publish_due() == 1


def test_letters_that_cannot_reach_anybody_put_nothing_off(recap, moved_clock):
    preview.start_preview(recap)
    moved_clock(to=THIRD_MORNING)
    fan_out_due()
    Delivery.objects.filter(kind="recap_preview").update(state="failed")
    moved_clock(to=PUBLIC + timedelta(minutes=1))

    assert preview.publish_due() == 1


def test_what_somebody_takes_out_is_held_back_and_the_rest_is_public(recap, moved_clock):
    make_others_speak(recap.meetup, 1)
    preview.start_preview(recap)
    moved_clock(to=THIRD_MORNING)
    letters_leave()
    withdraw_contribution(Contribution.objects.get(guest__email="maria@example.org"))
    moved_clock(to=PUBLIC)

    preview.publish_due()

    assert Recap.objects.get().is_published
    assert [words.sentence for words in Contribution.objects.public()] == [
        "Another word, number 0.",
        "Another word, number 1.",
        "Another word, number 0.",
    ]


def test_the_letter_shows_the_recap_the_readers_own_words_and_the_day(recap, moved_clock):
    preview.start_preview(recap)
    moved_clock(to=THIRD_MORNING)
    fan_out_due()

    body = build_message(Delivery.objects.get(guest__email="maria@example.org")).body

    flat = " ".join(body.split())
    assert "It becomes public on Monday 21 December, 9:00 a.m., unless somebody objects." in flat
    assert "These words of yours will stand there, under the name Maria, Toronto: I left less alone than I came." in flat
    assert "/w/" in body


def test_who_left_nothing_for_everyone_reads_that_nothing_of_theirs_is_public(recap, moved_clock):
    guest = make_guest(recap.meetup, "bo@example.org", rsvp="yes")
    make_contribution(guest, "For our table.", sentence_consent="table")
    preview.start_preview(recap)
    moved_clock(to=THIRD_MORNING)
    fan_out_due()

    body = build_message(Delivery.objects.get(guest=guest)).body

    assert "Nothing of yours will be public" in body
    assert "For our table." not in body


def test_a_stopped_recap_stays_a_draft_and_its_letter_here(recap, moved_clock):
    preview.start_preview(recap)

    preview.stop_recap(Recap.objects.get())
    preview.stop_recap(Recap.objects.get())

    moved_clock(to=PUBLIC + timedelta(days=1))
    assert (preview.publish_due(), fan_out_due()) == (0, 0)
    assert Recap.objects.get().state == "draft"


def test_letters_on_their_way_are_taken_back_when_it_is_stopped(recap, moved_clock):
    preview.start_preview(recap)
    moved_clock(to=THIRD_MORNING)
    fan_out_due()

    preview.stop_recap(Recap.objects.get())

    assert set(Delivery.objects.values_list("state", flat=True)) == {"withdrawn"}


def test_shown_again_after_a_stop_nobody_gets_a_second_letter(recap, moved_clock):
    preview.start_preview(recap)
    moved_clock(to=THIRD_MORNING)
    assert fan_out_due() == 3
    preview.stop_recap(Recap.objects.get())
    contribute(make_guest(recap.meetup, rsvp="yes", attended=True), sentence="Later.", sentence_consent="everyone")

    preview.start_preview(Recap.objects.get())

    assert fan_out_due() == 1
    assert Delivery.objects.filter(kind="recap_preview").count() == 4


def test_it_can_be_moved_on_but_not_before_what_the_table_was_told(recap, moved_clock):
    preview.start_preview(recap)
    moved_clock(to=THIRD_MORNING)
    fan_out_due()

    moved = preview.move_recap(Recap.objects.get(), day=date(2026, 12, 24))
    with pytest.raises(MeetupError) as sooner:
        preview.move_recap(Recap.objects.get(), day=date(2026, 12, 20))
    with pytest.raises(MeetupError):
        preview.move_recap(Recap.objects.get(), day=date(2027, 3, 1))

    assert moved.public_at == PUBLIC + timedelta(days=3)
    assert "Not before Thursday 24 December" in str(sooner.value)
    moved_clock(to=PUBLIC + timedelta(hours=1))
    assert preview.publish_due() == 0


def test_the_host_may_publish_sooner_and_then_the_day_is_over(recap):
    preview.start_preview(recap)

    publish_recap(Recap.objects.get())

    assert (Recap.objects.get().state, Recap.objects.get().public_at) == ("published", None)
    with pytest.raises(MeetupError):
        preview.start_preview(Recap.objects.get())


def test_nothing_is_shown_where_nobody_left_anything(moved_clock):
    recap = make_recap(make_meetup(in_days=-2), state="draft")

    with pytest.raises(MeetupError) as refused:
        preview.start_preview(recap)

    assert "You can publish it yourself." in str(refused.value)
    assert not Mailing.objects.exists()


def test_an_evening_that_did_not_happen_after_all_is_not_told(recap, moved_clock):
    preview.start_preview(recap)
    record_debrief(recap.meetup, did_happen=True, num_came=4)

    record_not_held(recap.meetup)

    moved_clock(to=PUBLIC)
    assert preview.publish_due() == 0
    assert Recap.objects.get().state == "draft"


def test_a_recap_taken_down_can_be_shown_to_the_table_and_come_back(recap, moved_clock):
    take_down_recap(publish_recap(recap))

    preview.start_preview(Recap.objects.get())
    moved_clock(to=THIRD_MORNING)
    letters_leave()
    moved_clock(to=PUBLIC)

    assert preview.publish_due() == 1


def test_fine_is_said_once_and_ends_with_other_words(recap):
    left = Contribution.objects.get(guest__email="maria@example.org")
    preview.say_fine(left)
    preview.say_fine(left)
    left.refresh_from_db()
    assert left.fine_at is not None

    contribute(left.guest, sentence="Other words.", sentence_consent="everyone")

    left.refresh_from_db()
    assert left.fine_at is None


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_the_same_moment_publish_it_once():
    if connection.vendor == "sqlite":
        pytest.skip("one writer at a time is SQLite's own rule; the tests' database in memory has no queue for it")
    meetup = make_meetup(in_days=-9)
    make_recap(meetup, state="draft", public_at=clock.now())

    def work(_number: int) -> int:
        try:
            return preview.publish_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        counts = list(workers.map(work, range(4)))

    assert sum(counts) == 1
    assert Mailing.objects.filter(kind="recap_came").count() == 1
