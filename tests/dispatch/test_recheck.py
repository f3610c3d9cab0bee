"""A letter is asked once more, when it is claimed, whether anybody still wants it."""

from datetime import UTC, datetime, timedelta

import pytest

from meetups.dispatch.claim import claim_deliveries
from meetups.dispatch.recheck import address_hash_of
from meetups.models import AddressLedger, Delivery, Meetup, Recap
from meetups.outbox.suppression import suppress
from meetups.times import clock
from tests.factories import make_begun_meetup, make_delivery, make_guest, make_held_meetup, make_meetup, make_recap, make_user
from tests.letters.letters import NOW, READ_AT, make_evening, make_letter, make_table

pytestmark = pytest.mark.django_db

State = Delivery.State
# Answers to what that person just did, and news of an evening they hold a seat at (R46).
MUST_BE_SAID = {"confirmation", "waiting", "seat_offered", "prove_address", "friend_no", "moved", "removed", "canceled"}
# What somebody else did to a host's evening.
MUST_BE_SAID |= {"intervened"}


def outcome(row: Delivery) -> tuple[str, str]:
    """Claim what is due and return the state and the words of this row."""
    claim_deliveries()
    row.refresh_from_db()
    return row.state, row.last_words


def test_a_letter_past_its_time_expires():
    row = make_delivery("three_days", guest=make_guest(make_meetup(), rsvp="yes"), not_after=clock.now() - timedelta(seconds=1))

    assert outcome(row) == ("expired", "It was too late for this letter.")
    assert row.finished_at is not None


@pytest.mark.parametrize(
    ("kind", "state"), [("canceled", "sending"), ("removed", "withdrawn"), ("address_day", "withdrawn"), ("moved", "withdrawn")]
)
def test_of_a_canceled_meetup_only_the_cancellation_leaves(kind, state):
    meetup = make_meetup(status=Meetup.Status.CANCELED)

    assert outcome(make_delivery(kind, guest=make_guest(meetup, rsvp="yes")))[0] == state


@pytest.mark.parametrize("kind", ["confirmation", "waiting", "moved", "invitation_again", "address_day", "host_full"])
def test_what_was_owed_for_a_later_day_does_not_leave_once_the_evening_began(kind):
    meetup = make_begun_meetup()
    guest = make_guest(meetup, rsvp={"waiting": "waiting", "invitation_again": "invited"}.get(kind, "yes"))
    whom = {"user": meetup.host, "meetup": meetup} if kind == "host_full" else {"guest": guest}

    assert outcome(make_delivery(kind, **whom)) == ("withdrawn", "The evening has begun.")


def test_a_cancellation_that_was_taken_back_is_not_sent():
    row = make_delivery("canceled", guest=make_guest(make_meetup(), rsvp="yes"))

    assert outcome(row) == ("withdrawn", "The cancellation was taken back.")


@pytest.mark.parametrize(("kind", "state"), [("address_day", "withdrawn"), ("moved", "withdrawn"), ("confirmation", "sending")])
def test_a_letter_about_an_older_time_is_not_sent(kind, state):
    guest = make_guest(make_meetup(revision=2), rsvp="yes")

    assert outcome(make_delivery(kind, guest=guest, revision=1))[0] == state


def test_a_removed_guest_hears_of_that_and_of_nothing_else():
    guest = make_guest(make_meetup(), rsvp="yes", removed_at=clock.now())

    assert outcome(make_delivery("removed", guest=guest))[0] == "sending"
    assert outcome(make_delivery("address_day", guest=guest)) == ("withdrawn", "The guest was removed.")


def test_an_unproved_stranger_is_only_asked_to_prove_the_address():
    guest = make_guest(make_meetup(), origin="self", rsvp="yes")

    assert outcome(make_delivery("prove_address", guest=guest))[0] == "sending"
    assert outcome(make_delivery("confirmation", guest=guest)) == ("withdrawn", "The address was not proved.")


@pytest.mark.parametrize(
    ("kind", "rsvp", "context", "state"),
    [
        ("confirmation", "yes", {"rsvp": "yes"}, "sending"),
        ("confirmation", "no", {"rsvp": "yes"}, "withdrawn"),
        ("invitation", "invited", {}, "sending"),
        ("invitation", "yes", {}, "withdrawn"),
        ("waiting", "yes", {}, "withdrawn"),
        ("waiting", "waiting", {}, "sending"),
        ("seat_offered", "waiting", {}, "withdrawn"),
        ("seven_days", "invited", {}, "sending"),
        ("seven_days", "maybe", {}, "sending"),
        ("seven_days", "yes", {}, "withdrawn"),
        ("three_days", "maybe", {}, "sending"),
        ("three_days", "invited", {}, "withdrawn"),
        ("please_confirm", "yes", {}, "sending"),
        ("please_confirm", "waiting", {}, "withdrawn"),
        ("address_day", "yes", {}, "sending"),
        ("address_day", "maybe", {}, "withdrawn"),
    ],
)
def test_a_letter_about_another_answer_is_not_sent(kind, rsvp, context, state):
    guest = make_guest(make_meetup(), rsvp=rsvp)

    assert outcome(make_delivery(kind, guest=guest, context=context))[0] == state


def test_a_seat_is_offered_while_the_offer_stands():
    guest = make_guest(make_meetup(), rsvp="waiting", offer_expires_at=clock.now() + timedelta(hours=1))

    assert outcome(make_delivery("seat_offered", guest=guest))[0] == "sending"


@pytest.mark.parametrize("target", ["", "meetup", "host"])
@pytest.mark.parametrize(
    ("kind", "context", "state"),
    [
        ("three_days", {}, "withdrawn"),
        ("new_link", {}, "withdrawn"),
        ("confirmation", {"rsvp": "yes"}, "sending"),
    ],
)
def test_a_suppressed_address_gets_only_answers_to_an_act(target, kind, context, state):
    guest = make_guest(make_meetup(), rsvp="yes")
    targets = {"": "", "meetup": f"meetup:{guest.meetup_id}", "host": f"host:{guest.meetup.host_id}"}
    suppress(guest.email_hash, target=targets[target])

    assert outcome(make_delivery(kind, guest=guest, context=context))[0] == state


@pytest.mark.parametrize("kind", Delivery.Kind.values)
def test_who_wants_no_letters_at_all_gets_of_all_kinds_only_what_must_be_said(kind, late_november):
    late_november(to=READ_AT.get(kind, NOW))
    meetup = make_evening()
    make_table(meetup)
    row = make_letter(kind, meetup=meetup, context={"link_version": 0})
    Recap.objects.update(state="published")
    if kind != "date_poll":
        # The guests of a draft are asked for a day; all other letters are about what is published.
        Meetup.objects.filter(pk=meetup.pk).update(status="canceled" if kind == "canceled" else "published")
    suppress(address_hash_of(row))

    state, words = outcome(row)

    expected = ("sending", "") if kind in MUST_BE_SAID else ("withdrawn", "This address asked not to get such letters.")
    assert (state, words) == expected


@pytest.mark.parametrize(("had_own_seat", "state"), [(True, "sending"), (False, "withdrawn")])
def test_a_suppressed_address_hears_that_its_evening_is_canceled(had_own_seat, state):
    guest = make_guest(make_meetup(status=Meetup.Status.CANCELED), rsvp="yes")
    suppress(guest.email_hash, target="")
    context = {"had_seat": True, "had_own_seat": had_own_seat}

    assert outcome(make_delivery("canceled", guest=guest, context=context))[0] == state


def test_a_seat_that_the_host_wrote_down_overrules_no_suppression():
    guest = make_guest(make_meetup(), rsvp="yes", said_by_host=True)
    suppress(guest.email_hash, target="")

    assert outcome(make_delivery("moved", guest=guest))[0] == "withdrawn"


@pytest.mark.parametrize(("rsvp", "state"), [("yes", "sending"), ("maybe", "withdrawn")])
def test_whoever_holds_a_seat_hears_of_a_move_whatever_else_they_do_not_want(rsvp, state):
    guest = make_guest(make_meetup(), rsvp=rsvp)
    suppress(guest.email_hash, target="")

    assert outcome(make_delivery("moved", guest=guest))[0] == state


def test_a_letter_that_cannot_be_asked_about_does_not_jam_the_others():
    broken, fine = make_guest(make_meetup(), rsvp="yes"), make_guest(make_meetup(), rsvp="yes")
    row = make_delivery("three_days", guest=broken)
    other = make_delivery("three_days", guest=fine)
    Meetup.objects.filter(pk=broken.meetup_id).update(zone="Nowhere/Atlantis")

    claimed = claim_deliveries()

    row.refresh_from_db()
    assert claimed == [other]
    assert row.state == "failed"


def test_another_meetups_suppression_keeps_nothing():
    guest = make_guest(make_meetup(), rsvp="yes")
    suppress(guest.email_hash, target=f"meetup:{make_meetup().pk}")

    assert outcome(make_delivery("three_days", guest=guest))[0] == "sending"


def test_a_recap_is_mailed_while_it_is_published_and_only_to_who_answered():
    meetup = make_held_meetup()
    came, silent = make_guest(meetup, rsvp="yes", attended=True), make_guest(meetup)
    early = make_delivery("recap_came", guest=came)
    assert outcome(early) == ("withdrawn", "The recap is not published.")

    make_recap(meetup)

    assert outcome(make_delivery("recap_came", guest=came))[0] == "sending"
    assert outcome(make_delivery("recap_declined", guest=silent))[0] == "withdrawn"


def test_a_host_who_handed_the_meetup_over_hears_no_more_of_it():
    meetup = make_meetup()

    assert outcome(make_delivery("host_full", user=meetup.host, meetup=meetup))[0] == "sending"
    assert outcome(make_delivery("host_full", user=make_user(), meetup=meetup))[0] == "withdrawn"


def test_a_letter_held_up_into_the_night_leaves_in_the_morning(monkeypatch):
    meetup = make_meetup(date=datetime(2027, 3, 20).date())
    due_at = datetime(2027, 3, 17, 15, tzinfo=UTC)
    times = {"due_at": due_at, "next_try_at": due_at, "not_after": meetup.starts_at}
    row = make_delivery("three_days", guest=make_guest(meetup, rsvp="yes"), **times)
    urgent = make_delivery("confirmation", guest=make_guest(meetup, rsvp="yes"), priority=0, **times)
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 3, 18, 3, tzinfo=UTC))  # 23:00 in Toronto

    assert outcome(row) == ("waiting", "It is night at the meetup; this leaves in the morning.")
    assert row.next_try_at == datetime(2027, 3, 18, 12, tzinfo=UTC)
    assert outcome(urgent)[0] == "sending"


def test_can_you_come_waits_for_an_address_that_had_its_letter_today():
    guest = make_guest(make_meetup())
    AddressLedger.objects.create(address_hash=guest.email_hash, kind="invitation", at=clock.now() - timedelta(hours=1))
    row = make_delivery("seven_days", guest=guest)

    state, words = outcome(row)

    assert (state, words) == ("waiting", "This address had its share of letters; tomorrow it may get another.")
    assert row.next_try_at > clock.now() + timedelta(hours=23)


def test_claiming_many_letters_takes_few_queries(django_assert_max_num_queries):
    meetup = make_meetup()
    for _ in range(30):
        make_delivery("three_days", guest=make_guest(meetup, rsvp="yes"))

    with django_assert_max_num_queries(9):
        rows = claim_deliveries()
        assert len({id(row.guest.meetup) for row in rows}) == 1
    assert len(rows) == 30
