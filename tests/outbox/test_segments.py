"""Segments: the database and one row agree on who is in each, for guests in any state."""

from datetime import timedelta
from random import Random

import pytest

from meetups.dispatch.claim import claim_deliveries
from meetups.models import Contribution, Guest, Mailing, Meetup, Photo
from meetups.outbox.segments import OWN_SEGMENTS, SEGMENTS, count_segments, segment_guests
from meetups.times import clock
from tests.factories import make_contribution, make_delivery, make_guest, make_held_meetup

pytestmark = pytest.mark.django_db
Segment = Mailing.Segment
NUM_GUESTS = 400


def make_guests_in_any_state(meetup: Meetup, chance: Random) -> list[Guest]:
    """Return guests in states drawn at random, some with a sentence, a photo or a promise; most of them count."""
    now = clock.now()

    def now_or_never(often: float) -> object:
        return now if chance.random() < often else None

    guests = Guest.objects.bulk_create(
        Guest(
            meetup=meetup,
            email=chance.choice([None, f"guest{number}@example.org"]),
            origin=chance.choice(Guest.Origin.values),
            rsvp=chance.choice([*Guest.Rsvp.values, "yes", "yes"]),
            attended=chance.choice([None, None, True, False]),
            said_there=chance.choice([None, True, False]),
            removed_at=now_or_never(0.1),
            address_proven_at=now_or_never(0.7),
            admitted_at=now_or_never(0.7),
            confirmed_at=now_or_never(0.5),
        )
        for number in range(NUM_GUESTS)
    )
    left = [guest for guest in guests if chance.random() < 0.6]
    contributions = Contribution.objects.bulk_create(
        Contribution(
            meetup=meetup,
            guest=guest,
            sentence=chance.choice(["", "", "I left less alone than I came."]),
            promise=chance.choice(["", "I will ask my neighbors."]),
            how_it_went=chance.choice(["", "", "They came."]),
            withdrawn_at=now_or_never(0.2),
        )
        for guest in left
    )
    # Rows without a file: nobody looks at the pictures here.
    Photo.objects.bulk_create(Photo(contribution=contribution) for contribution in contributions[::3])
    return guests


@pytest.mark.parametrize("seed", range(3))
def test_the_database_and_one_row_agree_on_who_is_in_each_segment(seed):
    meetup = make_held_meetup()
    make_guests_in_any_state(meetup, Random(seed))
    guests = list(Guest.objects.select_related("contribution__photo").filter(meetup=meetup))

    for name, segment in SEGMENTS.items():
        of_database = set(Guest.objects.filter(segment.condition))
        of_rows = {guest for guest in guests if segment.holds(guest)}

        assert of_database == of_rows == set(segment_guests(meetup, name)), name
        assert len(of_database) > 5 or name == Segment.HOST, name
        assert all(guest.counts for guest in of_database), name


def test_every_segment_has_its_rule_and_no_other_name_has_one():
    assert set(SEGMENTS) == set(Segment.values)
    assert set(OWN_SEGMENTS) < set(SEGMENTS)


def test_whoever_is_in_a_segment_that_reads_the_street_has_a_seat():
    meetup = make_held_meetup()
    guests = make_guests_in_any_state(meetup, Random(7))
    seated = {name for name, segment in SEGMENTS.items() if segment.has_seat}

    assert seated == {"yes", "confirmed", "not_confirmed"}
    for name in seated:
        assert all(guest.has_seat for guest in guests if SEGMENTS[name].holds(guest))


def test_the_numbers_beside_the_segments_are_those_of_their_guests():
    meetup = make_held_meetup()
    make_guests_in_any_state(meetup, Random(11))

    counts = count_segments(meetup)

    for name in set(Segment.values) - {"host"}:
        assert counts[name] == segment_guests(meetup, name).with_address().count(), name


@pytest.mark.parametrize(
    ("segment", "fields", "state"),
    [
        ("came", {"rsvp": "yes"}, "sending"),
        ("came", {"rsvp": "yes", "attended": False}, "withdrawn"),
        ("missed", {"rsvp": "yes", "attended": False}, "sending"),
        ("missed", {"rsvp": "yes", "attended": True}, "withdrawn"),
        ("maybe", {"rsvp": "maybe"}, "sending"),
        ("maybe", {"rsvp": "yes"}, "withdrawn"),
    ],
)
def test_a_letter_of_the_hosts_own_goes_to_who_is_still_in_its_segment(segment, fields, state):
    meetup = make_held_meetup()
    row = host_letter_to(make_guest(meetup, **fields), segment)

    claim_deliveries()

    row.refresh_from_db()
    assert row.state == state


@pytest.mark.parametrize(("is_taken_out", "state"), [(False, "sending"), (True, "withdrawn")])
def test_a_letter_to_contributors_does_not_go_to_who_took_everything_out(is_taken_out, state):
    guest = make_guest(make_held_meetup(), rsvp="yes")
    make_contribution(guest, withdrawn_at=clock.now() if is_taken_out else None)
    row = host_letter_to(guest, "contributed")

    claim_deliveries()

    row.refresh_from_db()
    assert row.state == state


def host_letter_to(guest: Guest, segment: str):
    """Return a letter of the host's own to a segment, owed to one guest and due now."""
    now = clock.now()
    times = {"due_at": now, "not_after": now + timedelta(days=1)}
    words = {"kind": "host_letter", "subject": "Chairs", "words": "Bring one.", "is_planned": False}
    mailing = Mailing.objects.create(meetup=guest.meetup, segment=segment, fanned_out_at=now, **words, **times)
    return make_delivery("host_letter", guest=guest, mailing=mailing)
