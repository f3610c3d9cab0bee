"""What a host does to letters, and what stays of it when the evening moves or the workers were away."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from meetups import clock
from meetups.emails import build_message
from meetups.exceptions import MeetupError
from meetups.models import Delivery, Guest, Mailing
from meetups.services.delivery import suppress
from meetups.services.guest import invite_guests, record_rsvp, refuse_link
from meetups.services.letters import (
    edit_letter,
    move_letter,
    reset_letter,
    retry_letters,
    send_letter_now,
    switch_letter,
    take_back_letter,
    write_host_letter,
)
from meetups.services.mailing import fan_out_due, guests_to_mail, plan_mailings, segment_guests
from meetups.services.meetup import cancel_meetup, reschedule_meetup, restore_meetup
from meetups.services.sending import claim_deliveries
from tests.factories import STREET, make_contribution, make_delivery, make_guest, make_held_meetup, make_host, make_meetup

pytestmark = pytest.mark.django_db

TORONTO = ZoneInfo("America/Toronto")
# A Monday at ten in Toronto, three weeks before the evening.
NOW = datetime(2027, 4, 19, 14, tzinfo=UTC)
EVENING = date(2027, 5, 10)
State = Delivery.State


@pytest.fixture(autouse=True)
def a_monday(moved_clock):
    moved_clock(to=NOW)
    return moved_clock


@pytest.fixture
def host():
    return make_host("ana@example.org")


@pytest.fixture
def meetup(host):
    return make_meetup(host, date=EVENING, plan=True)


def letter(meetup, kind: str = "three_days") -> Mailing:
    return meetup.mailings.get(kind=kind)


def wall(moment: datetime) -> str:
    return f"{moment.astimezone(TORONTO):%Y-%m-%d %H:%M}"


def at(day: int, hour: int, minute: int = 0, month: int = 5) -> datetime:
    return datetime(2027, month, day, hour, minute, tzinfo=TORONTO).astimezone(UTC)


def sweep() -> list[Delivery]:
    """Do what the worker does, say that what was claimed is sent, and return it."""
    fan_out_due()
    claimed = claim_deliveries()
    Delivery.objects.filter(pk__in=[row.pk for row in claimed]).update(state=State.SENT, finished_at=clock.now(), lease_token="")
    return claimed


def own(meetup, host, segment: str = "yes", **words) -> Mailing:
    words = {"subject": "Bring a chair", "words": "A folding one, if you have it."} | words
    return write_host_letter(meetup, by=host, segment=segment, **words)


# Editing and moving --------------------------------------------------------------------------------------------------


def test_an_edited_letter_says_the_hosts_words_on_top_and_the_rest_as_it_was(meetup, host, a_monday):
    guest = make_guest(meetup, rsvp="yes", name="Maria", shown_name="Maria")

    edit_letter(letter(meetup), by=host, subject="Soup it is", words="I found the recipe.")
    a_monday(to=letter(meetup).due_at + timedelta(minutes=1))
    [row] = [row for row in sweep() if row.guest_id == guest.pk]
    message = build_message(row)

    assert message.subject == "Soup it is"
    assert message.body.index("I found the recipe.") < message.body.index("Ana is getting ready for")
    assert "I found the recipe." in message.alternatives[0].content


def test_a_moved_letter_keeps_its_place_when_the_evening_moves(meetup, host):
    move_letter(letter(meetup), day=date(2027, 5, 8), clock_time=time(17, 30))
    edit_letter(letter(meetup), by=host, subject="Soup it is", words="Yes.")

    reschedule_meetup(meetup, date=date(2027, 5, 17))

    moved = letter(meetup)
    assert wall(moved.due_at) == "2027-05-15 17:30"
    assert (moved.subject, moved.words) == ("Soup it is", "Yes.")


def test_a_moved_letter_keeps_the_wall_clock_over_a_change_of_clocks(host):
    meetup = make_meetup(host, date=date(2027, 11, 1), plan=True)
    move_letter(letter(meetup), day=date(2027, 10, 31), clock_time=time(9))

    reschedule_meetup(meetup, date=date(2027, 11, 8))

    assert wall(letter(meetup).due_at) == "2027-11-07 09:00"


def test_a_letter_whose_place_makes_no_sense_any_more_goes_at_its_usual_hour(meetup):
    move_letter(letter(meetup, "address_day"), day=EVENING, clock_time=time(16))

    reschedule_meetup(meetup, time=time(12))

    assert wall(letter(meetup, "address_day").due_at) == "2027-05-10 08:00"


def test_a_letter_moved_into_the_night_waits_for_the_morning(meetup):
    moved = move_letter(letter(meetup), day=date(2027, 5, 7), clock_time=time(22))

    assert wall(moved.due_at) == "2027-05-08 08:00"


@pytest.mark.parametrize(
    ("kind", "day", "hour", "words"),
    [
        ("three_days", date(2027, 4, 18), 10, "That moment is past."),
        ("three_days", date(2027, 5, 10), 10, "That is too late for this letter: it is of use until Sunday 9 May 2027"),
        ("were_you_there", date(2027, 5, 9), 10, "This letter can only go once the evening is over."),
        ("how_did_it_go", date(2027, 7, 1), 10, "That is too late for this letter"),
    ],
)
def test_a_letter_is_not_moved_beyond_its_bounds(meetup, kind, day, hour, words):
    with pytest.raises(MeetupError, match=words):
        move_letter(letter(meetup, kind), day=day, clock_time=time(hour))


def test_undo_brings_a_letter_back_to_how_it_was_planned(meetup, host):
    before = letter(meetup)
    move_letter(before, day=date(2027, 5, 8), clock_time=time(17))
    edit_letter(before, by=host, subject="Soup", words="Yes.")
    switch_letter(before, is_off=True)

    reset_letter(before)

    after = letter(meetup)
    assert (after.due_at, after.subject, after.words, after.is_off) == (before.due_at, "", "", False)
    assert not after.is_changed


def test_a_letter_switched_off_does_not_go_and_stays_off_when_the_evening_moves(meetup, a_monday):
    make_guest(meetup, rsvp="yes")
    switch_letter(letter(meetup), is_off=True)

    moved = reschedule_meetup(meetup, date=date(2027, 5, 17))
    a_monday(to=letter(moved).due_at + timedelta(hours=1))
    fan_out_due()

    assert not Delivery.objects.filter(kind="three_days").exists()


def test_a_letter_that_is_gone_cannot_be_changed(meetup, host, a_monday):
    make_guest(meetup, rsvp="yes")
    a_monday(to=letter(meetup).due_at)
    fan_out_due()

    for change in (
        lambda mailing: edit_letter(mailing, by=host, subject="", words="Too late."),
        lambda mailing: move_letter(mailing, day=EVENING, clock_time=time(9)),
        lambda mailing: switch_letter(mailing, is_off=True),
        reset_letter,
    ):
        with pytest.raises(MeetupError, match="This letter is gone already"):
            change(letter(meetup))


def test_a_new_host_writes_briefly_and_without_links(meetup, host):
    host.proven_at = clock.now() - timedelta(days=2)
    host.save()

    with pytest.raises(MeetupError, match="no web address"):
        edit_letter(letter(meetup), by=host, subject="", words="See https://example.net")
    with pytest.raises(MeetupError, match="at most 300 characters"):
        edit_letter(letter(meetup), by=host, subject="", words="word " * 70)
    assert edit_letter(letter(meetup), by=host, subject="", words="w" * 300).words == "w" * 300


# Sending now ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "is_read_without_a_seat"), [("seven_days", True), ("three_days", True), ("address_day", False)])
def test_words_on_a_letter_that_guests_without_a_seat_read_do_not_hold_the_street(meetup, host, kind, is_read_without_a_seat):
    words = {"subject": "", "words": f"Come to {STREET.upper()}."}

    if is_read_without_a_seat:
        with pytest.raises(MeetupError, match="holds the street"):
            edit_letter(letter(meetup, kind), by=host, **words)
    else:
        assert edit_letter(letter(meetup, kind), by=host, **words).words == words["words"]


def test_an_own_letter_holds_the_street_only_for_those_with_a_seat(meetup, host):
    words = f"The door at {STREET} sticks."
    to_guests = own(meetup, host, "yes", words=words)

    with pytest.raises(MeetupError, match="holds the street"):
        own(meetup, host, "maybe", words=words)
    with pytest.raises(MeetupError, match="holds the street"):
        edit_letter(to_guests, by=host, subject="The door", words=words, segment="no_answer")
    make_guest(meetup, rsvp="maybe")
    about_another = own(meetup, host, "maybe", words="3 Elm Street is too small.")
    reschedule_meetup(meetup, street="3 Elm Street")
    with pytest.raises(MeetupError, match="holds the street"):
        send_letter_now(about_another)


def test_a_letter_sent_now_goes_once_and_not_again_at_its_hour(meetup, a_monday):
    make_guest(meetup, rsvp="yes")
    hour = letter(meetup).due_at

    first = send_letter_now(letter(meetup))
    second = send_letter_now(letter(meetup))
    a_monday(to=hour + timedelta(minutes=1))
    fan_out_due()

    assert (first.num_owed, second.num_owed) == (1, 1)
    assert Delivery.objects.filter(kind="three_days").count() == 1


def test_a_letter_sent_now_stays_gone_when_a_cancellation_is_taken_back(meetup):
    make_guest(meetup, rsvp="yes")
    send_letter_now(letter(meetup))

    restore_meetup(cancel_meetup(meetup))

    assert letter(meetup).is_gone
    assert Delivery.objects.filter(kind="three_days").count() == 1


def test_a_letter_sent_now_stays_gone_when_only_the_place_changes(meetup):
    make_guest(meetup, rsvp="yes")
    send_letter_now(letter(meetup))

    reschedule_meetup(meetup, street="3 Elm Street")

    assert letter(meetup).is_gone
    reschedule_meetup(meetup, date=EVENING + timedelta(days=7))
    assert not letter(meetup).is_gone


def test_a_letter_sent_now_at_night_leaves_in_the_morning(meetup, a_monday):
    make_guest(meetup, rsvp="yes")
    a_monday(to=at(19, 23, month=4))

    sent = send_letter_now(letter(meetup))

    assert not sent.is_gone
    assert wall(sent.due_at) == "2027-04-20 08:00"


def test_a_letter_to_nobody_is_not_sent(meetup):
    with pytest.raises(MeetupError, match="nobody to send it to"):
        send_letter_now(letter(meetup))


def test_what_asks_about_the_evening_is_not_sent_before_its_end(meetup):
    make_guest(meetup, rsvp="yes")

    with pytest.raises(MeetupError, match="once the evening is over"):
        send_letter_now(letter(meetup, "were_you_there"))


def test_trying_again_puts_failed_letters_into_the_line_once(meetup):
    guest = make_guest(meetup, rsvp="yes")
    row = make_delivery("three_days", guest=guest, mailing=letter(meetup), state=State.FAILED, finished_at=clock.now())

    assert (retry_letters(meetup, letter(meetup)), retry_letters(meetup)) == (1, 0)
    row.refresh_from_db()
    assert row.state == State.QUEUED


# Letters of the host's own -------------------------------------------------------------------------------------------


def test_an_own_letter_goes_to_its_segment_and_to_nobody_who_wants_none(meetup, host):
    guests = [make_guest(meetup, rsvp="yes"), make_guest(meetup, rsvp="yes")]
    make_guest(meetup, rsvp="no")
    make_guest(meetup, None, rsvp="yes")
    suppress(guests[1].email_hash)

    sent = send_letter_now(own(meetup, host))
    [row] = sweep()

    assert (sent.num_owed, row.guest_id) == (1, guests[0].pk)
    message = build_message(row)
    assert message.subject == "Bring a chair"
    assert "A folding one, if you have it." in message.body


def test_two_own_letters_reach_the_same_guest(meetup, host):
    make_guest(meetup, rsvp="yes")

    send_letter_now(own(meetup, host))
    send_letter_now(own(meetup, host, subject="And a cup"))

    assert Delivery.objects.filter(kind="host_letter").count() == 2


def test_pressing_twice_writes_and_sends_one_letter(meetup, host):
    make_guest(meetup, rsvp="yes")

    letters = [own(meetup, host, press="0123456789abcdef") for _press in range(2)]
    for mailing in letters:
        send_letter_now(mailing)

    assert letters[0].pk == letters[1].pk
    assert Delivery.objects.count() == 1


def test_a_fourth_own_letter_waits_for_another_day(meetup, host):
    make_guest(meetup, rsvp="yes")
    for number in range(3):
        send_letter_now(own(meetup, host, subject=f"Number {number}"))
    fourth = own(meetup, host, subject="Number four")

    with pytest.raises(MeetupError, match="At most 3 letters of your own a day"):
        send_letter_now(fourth)
    with pytest.raises(MeetupError, match="At most 3 letters of your own a day"):
        move_letter(fourth, day=date(2027, 4, 19), clock_time=time(18))
    assert move_letter(fourth, day=date(2027, 4, 20), clock_time=time(9)).is_off is False


def test_an_own_letter_planned_for_later_goes_then_and_moves_along(meetup, host, a_monday):
    make_guest(meetup, rsvp="yes")
    move_letter(own(meetup, host), day=date(2027, 5, 9), clock_time=time(18))

    reschedule_meetup(meetup, date=date(2027, 5, 17))

    mailing = meetup.mailings.get(kind="host_letter")
    assert (wall(mailing.due_at), mailing.is_off) == ("2027-05-16 18:00", False)
    a_monday(to=mailing.due_at)
    assert "host_letter" in [row.kind for row in sweep()]


def test_an_own_letter_whose_hour_went_by_through_a_move_is_a_draft_again(meetup, host):
    move_letter(own(meetup, host), day=date(2027, 4, 25), clock_time=time(18))

    reschedule_meetup(meetup, date=date(2027, 4, 30))

    assert meetup.mailings.get(kind="host_letter").is_draft


def test_taking_back_stops_what_has_not_left_and_only_that(meetup, host):
    gone, waits = make_guest(meetup, rsvp="yes"), make_guest(meetup, rsvp="yes")
    mailing = send_letter_now(own(meetup, host))
    Delivery.objects.filter(guest=gone).update(state=State.SENT, finished_at=clock.now())

    assert (take_back_letter(mailing), take_back_letter(mailing)) == (1, 0)

    assert Delivery.objects.get(guest=waits).last_words == "The host took this letter back."
    assert Delivery.objects.get(guest=gone).state == State.SENT


def test_a_letter_taken_back_while_a_worker_looks_is_not_sent(meetup, host):
    make_guest(meetup, rsvp="yes")
    mailing = send_letter_now(own(meetup, host))
    Mailing.objects.filter(pk=mailing.pk).update(is_off=True)

    assert claim_deliveries() == []
    assert Delivery.objects.get().state == State.WITHDRAWN


def test_a_guest_who_confirmed_since_is_not_asked_to(meetup, host):
    guest = make_guest(meetup, rsvp="yes")
    send_letter_now(own(meetup, host, "not_confirmed"))
    Guest.objects.filter(pk=guest.pk).update(confirmed_at=clock.now())

    assert claim_deliveries() == []


def test_who_came_is_not_written_to_before_the_evening(meetup, host):
    make_guest(meetup, rsvp="yes")

    with pytest.raises(MeetupError, match="not known before the evening is over"):
        send_letter_now(own(meetup, host, "came"))
    assert wall(move_letter(own(meetup, host, "came"), day=date(2027, 5, 11), clock_time=time(12)).due_at) == "2027-05-11 12:00"


def test_a_letter_planned_for_before_the_evening_does_not_become_one_to_those_who_came(meetup, host):
    planned = move_letter(own(meetup, host), day=date(2027, 5, 9), clock_time=time(18))

    with pytest.raises(MeetupError, match="not known before the evening is over"):
        edit_letter(planned, by=host, subject="Thank you", words="It was good.", segment="came")
    draft = own(meetup, host)
    assert edit_letter(draft, by=host, subject="Thank you", words="It was good.", segment="came").segment == "came"


def test_a_letter_to_those_who_came_is_a_draft_again_where_the_evening_became_longer_than_that(meetup, host):
    move_letter(own(meetup, host, "came"), day=date(2027, 5, 11), clock_time=time(8))

    reschedule_meetup(meetup, duration=14 * 60)

    assert meetup.mailings.get(kind="host_letter").is_draft


def test_an_own_letter_after_the_evening_has_no_link_that_is_closing(host, a_monday):
    meetup = make_held_meetup(host)
    contributed = make_guest(meetup, rsvp="yes", attended=True)
    make_guest(meetup, rsvp="yes", attended=True)
    make_contribution(contributed)

    send_letter_now(own(meetup, host, "contributed"))
    [row] = sweep()

    assert row.guest_id == contributed.pk
    assert "This is about the evening of" in build_message(row).body


@pytest.mark.parametrize("segment", ["host", "yes_maybe", "everybody", ""])
def test_an_own_letter_goes_to_a_segment_that_is_offered(meetup, host, segment):
    with pytest.raises(MeetupError, match="to whom"):
        own(meetup, host, segment)


def test_segments_hold_whom_they_name(meetup):
    made = {rsvp: make_guest(meetup, rsvp=rsvp) for rsvp in ["invited", "yes", "maybe", "no", "waiting"]}
    confirmed = make_guest(meetup, rsvp="yes", confirmed_at=clock.now())

    def held(segment):
        return set(segment_guests(meetup, segment))

    assert held("yes") == {made["yes"], confirmed}
    assert held("confirmed") == {confirmed}
    assert held("not_confirmed") == {made["yes"]}
    assert held("maybe") == {made["maybe"]}
    assert held("no_answer") == {made["invited"]}
    assert held("waiting") == {made["waiting"]}
    assert held("declined") == {made["no"]}
    assert held("contributed") == set()


# The invitation once more --------------------------------------------------------------------------------------------


def invite(meetup, host, *emails: str) -> None:
    invite_guests(meetup, addresses=[("Maria", email) for email in emails], by=host)
    sweep()


def test_an_invitation_nobody_answered_goes_once_more_after_three_days(meetup, host, a_monday):
    invite(meetup, host, "maria@example.org")

    a_monday(to=NOW + timedelta(hours=71))
    early = sweep()
    a_monday(to=NOW + timedelta(hours=72, minutes=1))
    [row] = sweep()
    a_monday(to=NOW + timedelta(days=10))
    later = sweep()

    assert (early, later) == ([], [])
    assert row.kind == "invitation_again"
    message = build_message(row)
    assert message.subject == "Soup and one question, Monday 10 May: Ana asks once more"
    assert "Monday 10 May 2027, 7:00 p.m., Toronto time" in message.body


def test_the_second_invitation_leaves_by_day(meetup, host, a_monday):
    a_monday(to=at(19, 22, month=4))
    invite(meetup, host, "maria@example.org")

    assert wall(Delivery.objects.get(kind="invitation_again").due_at) == "2027-04-23 08:00"


@pytest.mark.parametrize("answer", ["yes", "maybe", "no", "not me"])
def test_who_answered_or_pressed_gets_no_second_invitation(meetup, host, a_monday, answer):
    invite(meetup, host, "maria@example.org")
    guest = Guest.objects.get()
    if answer == "not me":
        refuse_link(guest)
    else:
        record_rsvp(guest, rsvp=answer)
    sweep()

    a_monday(to=NOW + timedelta(days=5))
    sweep()

    assert Delivery.objects.get(kind="invitation_again").state == State.WITHDRAWN


def test_the_second_invitation_steps_back_behind_the_letter_of_the_week_before(host, a_monday):
    # Invited on a Friday evening eight days before; the workers were away over the weekend.
    meetup = make_meetup(host, date=date(2027, 4, 27), plan=True)
    invite(meetup, host, "maria@example.org")
    a_monday(to=NOW + timedelta(days=4))

    fanned = [row.kind for row in sweep()]

    assert fanned == ["seven_days"]
    assert Delivery.objects.get(kind="invitation_again").state == State.WITHDRAWN


def test_no_second_invitation_is_owed_on_the_day_of_the_other_letter_nor_on_the_last_day(host):
    same_day = make_meetup(host, date=date(2027, 4, 29), plan=True)
    too_near = make_meetup(host, date=date(2027, 4, 22), plan=True)

    invite(same_day, host, "maria@example.org")
    invite(too_near, host, "ben@example.org")

    assert not Delivery.objects.filter(kind="invitation_again").exists()


def test_second_invitations_are_switched_off_and_on_for_all(meetup, host, a_monday):
    invite(meetup, host, "maria@example.org", "ben@example.org")

    switch_letter(letter(meetup, "invitation_again"), is_off=True)
    withdrawn = Delivery.objects.filter(kind="invitation_again", state=State.WITHDRAWN).count()
    invite(meetup, host, "chandra@example.org")
    switch_letter(letter(meetup, "invitation_again"), is_off=False)
    a_monday(to=NOW + timedelta(hours=73))

    assert withdrawn == 2
    assert sorted(row.guest.email for row in sweep()) == ["ben@example.org", "maria@example.org"]


def test_words_of_the_host_stand_in_the_second_invitation(meetup, host, a_monday):
    invite(meetup, host, "maria@example.org")
    edit_letter(letter(meetup, "invitation_again"), by=host, subject="", words="I kept you the chair by the stove.")
    a_monday(to=NOW + timedelta(hours=73))

    [row] = sweep()

    assert "I kept you the chair by the stove." in build_message(row).body


def test_who_never_answers_gets_three_letters_in_all(meetup, host, a_monday):
    invite(meetup, host, "maria@example.org")
    a_monday(to=NOW + timedelta(hours=73))
    sweep()
    a_monday(to=letter(meetup, "seven_days").due_at + timedelta(minutes=1))
    sweep()

    with pytest.raises(MeetupError, match="nobody to send it to"):
        send_letter_now(own(meetup, host, "no_answer"))
    for days in range(1, 60):
        a_monday(to=letter(meetup, "seven_days").due_at + timedelta(days=days))
        sweep()

    sent = Delivery.objects.filter(guest__email="maria@example.org", state=State.SENT).order_by("finished_at")
    assert [row.kind for row in sent] == ["invitation", "invitation_again", "seven_days"]


def test_a_fourth_letter_that_was_owed_already_is_not_sent(meetup, host, a_monday):
    guest = make_guest(meetup)
    for kind in ("invitation", "invitation_again", "seven_days"):
        make_delivery(kind, guest=guest, state=State.SENT, finished_at=clock.now())
    mailing = own(meetup, host, "no_answer")
    row = make_delivery("host_letter", guest=guest, mailing=mailing)
    Mailing.objects.filter(pk=mailing.pk).update(is_off=False)

    claim_deliveries()

    row.refresh_from_db()
    assert (row.state, row.last_words) == (State.WITHDRAWN, "Three letters went to this guest, who has not answered.")


# The letter at thirty days -------------------------------------------------------------------------------------------


def test_a_promise_is_asked_about_after_thirty_days(meetup, a_monday):
    promised, silent = (make_guest(meetup, rsvp="yes", attended=True) for _guest in range(2))
    make_contribution(silent)
    make_contribution(promised, promise="Ask my neighbors.")
    told = make_guest(meetup, rsvp="yes", attended=True)
    make_contribution(told, promise="Call the school.", how_it_went="They said yes.")

    Mailing.objects.exclude(kind="how_did_it_go").update(is_off=True)
    a_monday(to=letter(meetup, "how_did_it_go").due_at)
    [row] = sweep()

    assert wall(letter(meetup, "how_did_it_go").due_at) == "2027-06-09 10:00"
    assert row.guest_id == promised.pk
    message = build_message(row)
    assert "Ask my neighbors." in message.body
    assert "/w/" in message.body and "/r/" not in message.body


# After an outage -----------------------------------------------------------------------------------------------------


def test_after_six_hours_without_workers_the_reminder_says_the_right_day(meetup, a_monday):
    guest = make_guest(meetup, rsvp="yes")
    a_monday(to=letter(meetup, "please_confirm").due_at + timedelta(hours=6))

    rows = sweep()

    [row] = [row for row in rows if row.guest_id == guest.pk]
    assert row.kind == "please_confirm"
    body = build_message(row).body
    assert "tomorrow" in body
    assert "Monday 10 May 2027, 7:00 p.m., Toronto time" in body


def test_a_letter_caught_up_on_at_night_waits_for_the_morning(meetup, a_monday):
    make_guest(meetup, rsvp="yes")
    a_monday(to=at(9, 22, 30))

    at_night = sweep()
    a_monday(to=at(10, 8, 1))
    in_the_morning = [row.kind for row in sweep() if row.guest_id]

    assert [row for row in at_night if row.guest_id] == []
    # One letter a day: the question of yesterday is of use this morning, and the address follows on the guest's page.
    assert in_the_morning == ["please_confirm"]


def test_planning_again_keeps_every_change(meetup, host):
    edit_letter(letter(meetup), by=host, subject="Soup", words="Yes.")
    move_letter(letter(meetup, "seven_days"), day=date(2027, 5, 2), clock_time=time(12))

    plan_mailings(meetup)

    assert letter(meetup).subject == "Soup"
    assert wall(letter(meetup, "seven_days").due_at) == "2027-05-02 12:00"


def test_guests_to_mail_leaves_out_whoever_had_a_letter_today(meetup, a_monday):
    make_guest(meetup, rsvp="maybe")
    a_monday(to=letter(meetup, "seven_days").due_at)
    sweep()

    assert guests_to_mail(letter(meetup)).count() == 0
