"""What an address gets that never agreed (R88), who wants no mail, and what the host is told when."""

from datetime import UTC, datetime, timedelta

import pytest

from meetups.access.address_hash import hash_address
from meetups.models import AddressLedger, Delivery, Suppression
from meetups.outbox.host_digest import owe_host_answers, owe_host_full
from meetups.outbox.stranger_limits import may_mail_stranger, note_stranger_mail
from meetups.outbox.suppression import is_suppressed, suppress
from meetups.times import clock
from tests.factories import make_campaign, make_guest, make_meetup, make_user

pytestmark = pytest.mark.django_db

STRANGER = "stranger@example.org"


def had(kind: str = "invitation", *, hours_ago: float = 0, days_ago: float = 0, meetup=None) -> None:
    at = clock.now() - timedelta(hours=hours_ago, days=days_ago)
    AddressLedger.objects.create(address_hash=hash_address(STRANGER), kind=kind, meetup=meetup, at=at)


def test_a_stranger_gets_one_letter_a_day():
    assert note_stranger_mail(STRANGER, kind="invitation")
    assert not note_stranger_mail(STRANGER.upper(), kind="prove_address")
    assert AddressLedger.objects.count() == 1

    AddressLedger.objects.update(at=clock.now() - timedelta(hours=24, seconds=1))
    assert note_stranger_mail(STRANGER, kind="prove_address")


def test_a_stranger_gets_three_letters_for_one_meetup():
    meetup = make_meetup()
    for days in (2, 4, 6):
        had(days_ago=days, meetup=meetup)

    assert not may_mail_stranger(STRANGER, meetup)
    assert may_mail_stranger(STRANGER, make_meetup())


def test_a_stranger_gets_six_letters_in_thirty_days_over_all():
    for days in (2, 4, 6, 8, 10, 29):
        had(days_ago=days)
    assert not may_mail_stranger(STRANGER)

    AddressLedger.objects.filter(at__lt=clock.now() - timedelta(days=28)).update(at=clock.now() - timedelta(days=31))
    assert may_mail_stranger(STRANGER)


def test_codes_have_a_limit_of_their_own_and_lock_nobody_out_at_once(late_november):
    answers = []
    for minutes in range(0, 24, 3):
        late_november(minutes=minutes)
        answers.append(note_stranger_mail(STRANGER, kind="sign_in"))

    assert answers == [True] * 3 + [False] * 5
    assert may_mail_stranger(STRANGER), "asking for codes in somebody's name keeps no invitation from them"


def test_within_two_minutes_one_code_and_one_invitation_are_all():
    codes = [note_stranger_mail(STRANGER, kind="sign_in") for _ in range(6)]
    invitations = [note_stranger_mail(STRANGER, kind="invitation") for _ in range(6)]

    assert (sum(codes), sum(invitations)) == (1, 1)


def test_days_with_codes_count_among_the_six():
    for days in (2, 3, 4, 5, 6, 7):
        had("sign_in", days_ago=days)

    assert not may_mail_stranger(STRANGER)


def test_an_address_that_agreed_to_a_host_is_not_counted_there():
    guest = make_guest(make_meetup(), email=STRANGER, address_proven_at=clock.now())
    again = make_meetup(guest.meetup.host)

    assert all(note_stranger_mail(STRANGER, kind="invitation", meetup=again) for _ in range(10))
    assert AddressLedger.objects.count() == 0


def test_an_address_that_agreed_in_a_campaign_is_not_counted_in_it():
    campaign = make_campaign()
    make_guest(make_meetup(campaign=campaign), email=STRANGER, address_proven_at=clock.now())

    assert all(note_stranger_mail(STRANGER, kind="invitation", meetup=make_meetup(campaign=campaign)) for _ in range(10))


@pytest.mark.parametrize("how", ["typed a code", "answered another host"])
def test_agreeing_elsewhere_is_no_agreement_here(how):
    if how == "typed a code":
        make_user(email=STRANGER)
    else:
        make_guest(make_meetup(), email=STRANGER, address_proven_at=clock.now())

    answers = [note_stranger_mail(STRANGER, kind="invitation", meetup=make_meetup()) for _ in range(6)]

    assert answers == [True] + [False] * 5


def test_who_signed_in_before_gets_a_code_whenever_they_ask():
    make_user(email=STRANGER)

    assert all(note_stranger_mail(STRANGER, kind="sign_in") for _ in range(10))


@pytest.mark.parametrize(
    "spelling",
    ["ST.RANGER@gmail.com", "stranger+list@gmail.com", "s.t.r.a.n.g.e.r@googlemail.com", "stran\u00adger@gmail.com"]
    + ["ｓtranger＠gmail.com", "stran\u200bger+a+b@gmail.com"],
)
def test_one_mailbox_is_counted_once_however_it_is_spelt(spelling):
    assert note_stranger_mail("stranger@gmail.com", kind="invitation")

    assert not note_stranger_mail(spelling, kind="invitation")


def test_dots_and_tags_make_other_mailboxes_where_they_do():
    assert note_stranger_mail("ana.li@example.org", kind="invitation")

    assert note_stranger_mail("anali@example.org", kind="invitation")


def test_suppressing_twice_is_one_row():
    guest = make_guest(make_meetup())

    suppress(guest.email_hash, target=f"meetup:{guest.meetup_id}")
    suppress(guest.email_hash, target=f"meetup:{guest.meetup_id}")

    assert Suppression.objects.count() == 1
    assert is_suppressed(guest)
    assert not is_suppressed(make_guest(make_meetup(), email=guest.email))


def at(monkeypatch, *moment: int) -> datetime:
    now = datetime(*moment, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: now)
    return now


def test_the_host_hears_of_answers_once_an_hour(monkeypatch):
    meetup = make_meetup()
    at(monkeypatch, 2026, 11, 5, 15, 10)
    first = owe_host_answers(meetup)
    at(monkeypatch, 2026, 11, 5, 15, 50)
    assert owe_host_answers(meetup) == first
    at(monkeypatch, 2026, 11, 5, 16, 5)
    second = owe_host_answers(meetup)

    assert first.due_at == datetime(2026, 11, 5, 16, tzinfo=UTC)
    assert first.context == {"since": "2026-11-05T15:00:00+00:00"}
    assert second.due_at == datetime(2026, 11, 5, 17, tzinfo=UTC)
    assert second.context == {"since": "2026-11-05T16:00:00+00:00"}
    assert first.user == meetup.host


def test_the_answers_of_a_night_are_one_letter_in_the_morning(monkeypatch):
    meetup = make_meetup()
    for hour in (2, 4, 9, 12):  # 21:30, 23:30, 04:30, 07:30 in Toronto
        at(monkeypatch, 2026, 11, 6, hour, 30)
        owe_host_answers(meetup)

    assert Delivery.objects.get().due_at == datetime(2026, 11, 6, 13, tzinfo=UTC)


def test_a_full_table_is_told_once_until_a_seat_comes_free():
    meetup = make_meetup()
    first = owe_host_full(meetup)

    assert owe_host_full(meetup) is None
    meetup.full_told_at = None
    meetup.save()
    assert owe_host_full(meetup).pk != first.pk


def test_answers_of_a_letter_that_failed_are_told_by_the_next(monkeypatch):
    meetup = make_meetup()
    at(monkeypatch, 2026, 11, 5, 15, 10)
    owe_host_answers(meetup)
    Delivery.objects.update(state="failed")
    at(monkeypatch, 2026, 11, 5, 16, 5)

    assert owe_host_answers(meetup).context == {"since": "2026-11-05T15:00:00+00:00"}
