"""A backup that is restored sends nothing by itself: what it owes may have left since it was made (R118)."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from meetups.dispatch.relay_state import resume_outbox
from meetups.dispatch.send import deliver_due
from meetups.models import Delivery
from meetups.operations.restore import MAY_HAVE_LEFT
from meetups.operations.sweep import sweep
from meetups.times import clock
from tests.factories import make_delivery, make_guest, make_meetup

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MAIL_IS_FILES, settings.MAIL_DIR = True, tmp_path / "mail"


def hold(capsys, *arguments: str) -> str:
    call_command("hold_letters", *arguments)
    return capsys.readouterr().out


def test_nothing_overdue_leaves_after_a_restore_until_staff_says_so(capsys):
    meetup = make_meetup()
    overdue = make_delivery("invitation", guest=make_guest(meetup))
    later = make_delivery("invitation", guest=make_guest(meetup), next_try_at=clock.now() + timedelta(hours=1))

    assert "1 letters are overdue" in hold(capsys)
    sweep()

    overdue.refresh_from_db(), later.refresh_from_db()
    assert (overdue.state, overdue.last_words) == ("queued", MAY_HAVE_LEFT)
    assert (later.state, later.last_words) == ("queued", "")
    resume_outbox()
    assert deliver_due() == {"sent": 1}


def test_what_was_leased_when_the_backup_was_made_is_marked_too(capsys):
    meetup = make_meetup()
    lease = {"state": "sending", "lease_token": "of a worker", "lease_until": clock.now() + timedelta(minutes=4)}
    make_delivery("invitation", guest=make_guest(meetup), **lease)
    make_delivery("invitation", guest=make_guest(meetup), body_begun_at=clock.now(), **lease)

    assert "2 letters are overdue" in hold(capsys)

    assert set(Delivery.objects.values_list("state", "last_words")) == {("waiting", MAY_HAVE_LEFT)}


def test_what_a_mailing_owes_by_now_is_held_by_night_too(capsys, late_november):
    meetup = make_meetup(in_days=10, plan=True)
    make_guest(meetup, rsvp="yes", answered_at=clock.now() - timedelta(days=3))
    late_november(to=meetup.mailings.get(kind="three_days").due_at + timedelta(hours=13))

    assert "1 letters are overdue" in hold(capsys)

    assert Delivery.objects.get(kind="three_days").next_try_at > clock.now()
    assert hold(capsys, "--withdraw").startswith("1 letters were taken back")


def test_what_a_mailing_owes_by_now_is_held_too_and_can_be_taken_back(capsys, moved_clock):
    meetup = make_meetup(plan=True)
    make_guest(meetup, rsvp="yes", answered_at=clock.now() - timedelta(days=3))
    moved_clock(to=meetup.mailings.get(kind="three_days").due_at + timedelta(minutes=1))

    hold(capsys)
    said = hold(capsys, "--withdraw")
    resume_outbox()
    sweep()

    assert said.startswith("1 letters were taken back")
    assert list(Delivery.objects.filter(kind="three_days").values_list("state", "last_words")) == [("withdrawn", MAY_HAVE_LEFT)]
    assert "0 letters" in hold(capsys, "--withdraw")
