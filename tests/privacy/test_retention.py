"""What is forgotten, and when: with a moved clock."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from hosts.mail.files import message_names, write_message
from hosts.models import Organizer, User
from meetups.access.address_hash import hash_address
from meetups.circles.services.date_poll import choose_date
from meetups.guests.services.question import ask_host
from meetups.models import (
    AddressLedger,
    DateAnswer,
    DatePoll,
    Delivery,
    Guest,
    Intervention,
    Kit,
    Meetup,
    RemovalRequest,
    Suppression,
)
from meetups.oversight.acts import answer_freeze, freeze_meetup
from meetups.planning.services.next_host import begin_draft
from meetups.privacy import retention
from meetups.privacy.retention import retire
from meetups.times import clock
from tests.circles.polls import make_polled, options_of, say
from tests.factories import (
    make_campaign,
    make_contribution,
    make_delivery,
    make_dish,
    make_draft,
    make_guest,
    make_held_meetup,
    make_meetup,
    make_recap,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mail_dir(settings, tmp_path):
    settings.MAIL_DIR = tmp_path / "mail"


@pytest.fixture
def after(moved_clock):
    """Set the clock to so many days after the end of an evening."""

    def move(meetup: Meetup, **delta):
        moved_clock(to=meetup.end + timedelta(**delta))

    return move


def place_of(meetup: Meetup) -> list[str]:
    meetup.refresh_from_db()
    return [meetup.street, meetup.postal_code, meetup.door, meetup.parking, meetup.day_phone]


def test_retire_finds_nothing_on_a_young_site():
    make_guest(make_meetup())

    assert set(retire().values()) == {0}


def test_questions_to_the_host_go_with_the_guests_notes(after):
    guest = make_guest(make_meetup(), rsvp="yes")
    ask_host(guest, words="Is there a stair to climb?")

    after(guest.meetup, days=29, hours=23)
    retire()
    assert guest.questions.count() == 1

    after(guest.meetup, days=30, hours=1)
    assert retire()["questions"] == 1
    assert guest.questions.count() == 0


def test_why_an_evening_was_on_hold_and_the_answer_go_and_that_it_was_stays(after):
    olga = make_user("olga@example.org")
    meetup = make_meetup(campaign=make_campaign(olga))
    row = freeze_meetup(meetup, by=olga, reason="A neighbor wrote that the house is not hers.")
    answer_freeze(meetup, words="It is, and he knows it.", by=meetup.host)
    taken_down = Intervention.objects.create(kind="take_down", meetup=meetup, reason="Names.", at=meetup.end + timedelta(days=20))

    after(meetup, days=29, hours=23)
    retire()
    row.refresh_from_db()
    assert (row.reason[:10], row.answer[:5]) == ("A neighbor", "It is")

    after(meetup, days=30, hours=1)
    assert retire()["interventions"] == 1
    row.refresh_from_db()
    assert (row.kind, row.by, row.reason, row.answer) == ("freeze", olga, "", "")
    taken_down.refresh_from_db()
    assert taken_down.reason == "Names."


def test_place_stays_until_thirty_days_after_the_end_and_goes_then(after):
    meetup = make_meetup()
    before = place_of(meetup)

    after(meetup, days=29, hours=23)
    retire()
    still = place_of(meetup)
    after(meetup, days=30, seconds=5)
    counts = retire()

    assert still == before
    assert place_of(meetup) == ["", "", "", "", ""]
    assert meetup.purged_at is not None
    assert meetup.area == "Toronto, Ontario"
    assert counts["places"] == 1


def test_place_of_a_canceled_evening_goes_thirty_days_after_its_planned_end(after):
    meetup = make_meetup(status=Meetup.Status.CANCELED, canceled_at=clock.now())

    after(meetup, days=29)
    retire()
    still = place_of(meetup)
    after(meetup, days=30, seconds=5)
    retire()

    assert still[0] != ""
    assert place_of(meetup)[0] == ""


def test_draft_is_the_hosts_own_and_stays(after):
    draft = make_draft()

    after(draft, days=100)
    retire()

    assert place_of(draft)[0] != ""


def test_address_of_somebody_who_never_answered_goes_and_its_hash_stays(after):
    meetup = make_meetup()
    guest = make_guest(meetup, "maria@example.org")
    Suppression.objects.create(address_hash=guest.email_hash)

    after(meetup, days=30, seconds=5)
    counts = retire()

    guest.refresh_from_db()
    assert (guest.email, guest.name, guest.shown_name) == (None, "", "")
    assert guest.email_hash == hash_address("maria@example.org")
    assert Suppression.objects.count() == 1
    assert counts["contacts"] == 1


@pytest.mark.parametrize("rsvp", [Guest.Rsvp.YES, Guest.Rsvp.MAYBE, Guest.Rsvp.NO, Guest.Rsvp.WAITING])
def test_contact_of_somebody_who_did_not_come_goes_after_thirty_days(after, rsvp):
    meetup = make_meetup()
    guest = make_guest(meetup, rsvp=rsvp, attended=False)

    after(meetup, days=30, seconds=5)
    retire()

    guest.refresh_from_db()
    assert (guest.email, guest.name, guest.shown_name, guest.rsvp) == (None, "", "", rsvp)


def test_contact_of_somebody_who_came_stays_forty_five_days(after):
    meetup = make_meetup()
    guest = make_guest(meetup, "maria@example.org", rsvp=Guest.Rsvp.YES, attended=True)

    after(meetup, days=44)
    retire()
    guest.refresh_from_db()
    still = guest.email
    after(meetup, days=45, seconds=5)
    retire()
    guest.refresh_from_db()

    assert still == "maria@example.org"
    assert (guest.email, guest.name, guest.attended) == (None, "", True)


def test_diet_and_note_go_after_thirty_days_even_of_those_who_came(after):
    meetup = make_meetup()
    guest = make_guest(meetup, rsvp=Guest.Rsvp.YES, attended=True, diets="vegan", diet="no nuts", note="I may be late")

    after(meetup, days=30, seconds=5)
    retire()

    guest.refresh_from_db()
    assert (guest.diets, guest.diet, guest.note) == ("", "", "")
    assert guest.email is not None


def test_what_was_written_about_a_dish_goes_after_thirty_days_and_what_it_was_stays(after):
    meetup = make_meetup()
    guest = make_guest(meetup, rsvp=Guest.Rsvp.YES, attended=True)
    dish = make_dish(meetup, "dessert", guest=guest, words="Plum cake of my aunt Rosa", remark="no nuts, for Hugo", feeds=6)

    after(meetup, days=29)
    retire()
    dish.refresh_from_db()
    still = dish.words
    after(meetup, days=30, seconds=5)
    counts = retire()
    dish.refresh_from_db()

    assert still == "Plum cake of my aunt Rosa"
    assert (dish.kind, dish.feeds, dish.words, dish.remark) == ("dessert", 6, "", "")
    assert counts["dishes"] == 1


def test_sentence_that_a_guest_left_for_everyone_stays(after):
    meetup = make_meetup()
    contribution = make_contribution(make_guest(meetup, rsvp=Guest.Rsvp.YES, attended=True))

    after(meetup, days=100)
    retire()

    contribution.refresh_from_db()
    assert (contribution.sentence, contribution.shown_as) == ("I left less alone than I came.", "Maria, Toronto")


def test_what_somebody_wrote_who_asked_for_removal_goes_after_thirty_days(moved_clock):
    meetup = make_held_meetup()
    left = make_contribution(make_guest(meetup, rsvp="yes"))
    RemovalRequest.objects.create(recap=make_recap(meetup), contribution=left, words="That is me.", created_at=clock.now())

    moved_clock(days=29)
    retire()
    assert RemovalRequest.objects.get().words == "That is me."

    moved_clock(days=31)
    retire()
    assert (RemovalRequest.objects.get().words, RemovalRequest.objects.get().outcome) == ("", "")


def test_what_a_finished_letter_said_goes_after_thirty_days_and_its_row_stays_while_the_evening_is_ahead(moved_clock):
    meetup = make_meetup(in_days=90)
    letter = make_delivery(
        Delivery.Kind.INVITATION,
        guest=make_guest(meetup),
        state=Delivery.State.SENT,
        finished_at=clock.now(),
        context={"personal": "Do come, Maria"},
        last_words="250 ok <maria@example.org>",
    )

    moved_clock(days=29)
    retire()
    letter.refresh_from_db()
    before = letter.context
    moved_clock(days=31)
    retire()
    letter.refresh_from_db()

    assert before == {"personal": "Do come, Maria"}
    assert (letter.context, letter.last_words) == ({}, "")


def test_row_of_a_finished_letter_goes_thirty_days_after_the_evening(after):
    meetup = make_meetup()
    make_delivery(Delivery.Kind.INVITATION, guest=make_guest(meetup), state=Delivery.State.SENT, finished_at=clock.now())
    waiting = make_delivery(Delivery.Kind.ORGANIZER_ADDED, user=make_user())

    after(meetup, days=31)
    counts = retire()

    assert counts["letters"] == 1
    assert list(Delivery.objects.all()) == [waiting]


def test_stranger_who_did_not_prove_the_address_goes_after_a_day(moved_clock):
    meetup = make_meetup()
    proven = make_guest(meetup, origin=Guest.Origin.SELF, address_proven_at=clock.now())
    invited = make_guest(meetup)
    make_guest(meetup, origin=Guest.Origin.SELF)

    moved_clock(hours=23)
    early = retire()["strangers"]
    moved_clock(hours=24, seconds=5)
    late = retire()["strangers"]

    assert (early, late) == (0, 1)
    assert set(Guest.objects.all()) == {proven, invited}


def test_account_that_nobody_proved_goes_after_a_day_but_not_an_organizers(moved_clock):
    ana = make_user()
    organizer = make_user(proven_at=None)
    Organizer.objects.create(campaign=make_campaign(), user=organizer)
    make_user(proven_at=None)

    moved_clock(hours=24, seconds=5)
    counts = retire()

    assert counts["users"] == 1
    assert set(User.objects.all()) == {ana, organizer}


def test_ledger_sessions_and_files_go_in_their_time(moved_clock):
    AddressLedger.objects.create(address_hash="x" * 64, kind="sign_in", at=clock.now())
    Session.objects.create(session_key="a", session_data="", expire_date=clock.now() + timedelta(days=3))
    write_message(b"Subject: x\r\n\r\nx")

    moved_clock(days=29)
    early = retire()
    moved_clock(days=30, seconds=5)
    late = retire()

    assert (early["sessions"], early["ledger"], early["files"]) == (1, 0, 0)
    assert (late["sessions"], late["ledger"], late["files"]) == (0, 1, 1)
    assert message_names() == []


def test_files_are_left_alone_where_mail_leaves_the_machine(moved_clock, settings):
    write_message(b"Subject: x\r\n\r\nx")
    settings.MAIL_IS_FILES = False

    moved_clock(days=40)
    counts = retire()

    assert "files" not in counts
    assert len(message_names()) == 1


def test_retire_twice_finds_nothing_the_second_time(after):
    meetup = make_meetup()
    for _ in range(3):
        make_guest(meetup, rsvp=Guest.Rsvp.YES, attended=True, diet="no nuts")

    after(meetup, days=60)
    retire()

    assert set(retire().values()) == {0}


def test_retire_works_in_batches(after, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    meetup = make_meetup()
    for _ in range(5):
        make_guest(meetup)

    after(meetup, days=31)

    assert retire()["contacts"] == 5
    assert Guest.objects.with_address().count() == 0


def test_a_draft_that_nobody_opened_goes_with_its_user_and_one_that_was_opened_stays(moved_clock):
    held = make_held_meetup()
    left, opened = (begin_draft(make_guest(held, email, rsvp="yes")) for email in ("maria@example.org", "bo@example.org"))
    User.objects.filter(pk=opened.host_id).update(proven_at=clock.now())

    moved_clock(days=29)
    assert retire()["drafts"] == 0
    moved_clock(days=31)
    counts = retire()

    assert (counts["drafts"], counts["users"]) == (1, 1)
    assert list(Meetup.objects.drafts()) == [opened]
    assert not User.objects.filter(pk=left.host_id).exists()
    assert not Kit.objects.filter(pk=left.kit_id).exists()


def test_what_guests_said_to_days_is_deleted_thirty_days_after_them(moved_clock):
    decided, open_one = make_polled(None, "Maria"), make_polled(None, "Ben")
    say("Maria", "yes"), say("Ben", "yes")
    option = options_of(decided)[0]
    choose_date(decided, day=option.date, hour=option.time, by=decided.host)

    moved_clock(days=40)
    retire()
    early = (DatePoll.objects.count(), Guest.objects.filter(name="Ben").count())
    moved_clock(days=46)
    retire()

    assert early == (2, 1)
    assert (DatePoll.objects.count(), DateAnswer.objects.count()) == (0, 0)
    # A draft that never had its day has no guests any more; its host keeps it.
    assert not Guest.objects.filter(meetup=open_one).exists()
    assert Meetup.objects.filter(pk=open_one.pk).exists()
