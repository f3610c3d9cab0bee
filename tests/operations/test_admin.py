"""What staff may look at and do."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hosts.models import User
from meetups.models import (
    Contribution,
    Delivery,
    Guest,
    Heartbeat,
    Intervention,
    Meetup,
    ReaderCount,
    Recap,
    RemovalRequest,
    SenseReport,
    Suppression,
)
from tests.factories import (
    DOOR,
    PHONE,
    STREET,
    make_campaign,
    make_contribution,
    make_delivery,
    make_guest,
    make_held_meetup,
    make_meetup,
    make_recap,
    make_user,
    sign_in_with_factor,
)

pytestmark = pytest.mark.django_db

WHY = "A neighbor wrote that the house is not hers."
LISTS = [
    "hosts/user",
    "hosts/campaign",
    "meetups/meetup",
    "meetups/guest",
    "meetups/mailing",
    "meetups/delivery",
    "meetups/recap",
    "meetups/contribution",
    "meetups/removalrequest",
    "meetups/intervention",
    "meetups/readercount",
    "meetups/sensereport",
    "meetups/suppression",
    "meetups/heartbeat",
    "meetups/town",
]


@pytest.fixture
def staff(client):
    staff = make_user("staff@example.org", shown_name="Sam", is_staff=True, is_superuser=True)
    sign_in_with_factor(client, staff)
    return staff


def make_some(number: int) -> None:
    """Make so many rows of everything."""
    for _ in range(number):
        host = make_user()
        make_campaign(host)
        meetup = make_held_meetup(host, plan=True)
        guest = make_guest(meetup, rsvp=Guest.Rsvp.YES, diet="no nuts", note="late")
        make_contribution(guest)
        recap = make_recap(meetup)
        ReaderCount.objects.create(recap=recap, day=meetup.starts_at.date(), num_readers=3)
        SenseReport.objects.create(book=meetup.kit.book, name=f"2026-11-26-{guest.pk}", frozen_by=host)
        make_delivery(Delivery.Kind.INVITATION, guest=guest, last_words=f"550 <{guest.email}> unknown")
        Suppression.objects.create(address_hash=guest.email_hash)
        Heartbeat.objects.create(name=f"beat-{guest.pk}", at=meetup.starts_at)


def press(client, path: str, action: str, *rows, reason: str = ""):
    typed = {"action": action, "_selected_action": [row.pk for row in rows], "reason": reason}
    return client.post(f"/staff/{path}/", typed, follow=True)


@pytest.mark.parametrize("path", LISTS)
def test_staff_list_shows_no_address_and_no_street(client, staff, path):
    make_some(1)

    page = client.get(f"/staff/{path}/").content.decode()

    shown = re.sub(r"\s+", " ", page)
    assert "@example.org" not in shown
    assert STREET not in shown


@pytest.mark.parametrize("path", LISTS)
def test_staff_list_takes_as_many_queries_for_three_rows_as_for_one(client, staff, path):
    counts = []
    for number in [1, 2]:
        make_some(number)
        client.get(f"/staff/{path}/")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/staff/{path}/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("path", LISTS)
def test_staff_list_is_refused_to_a_host_and_a_stranger(client, path):
    stranger = client.get(f"/staff/{path}/")
    client.force_login(make_user())
    host = client.get(f"/staff/{path}/")

    assert (stranger.status_code, host.status_code) == (302, 302)
    assert stranger.url.startswith("/staff/login/")
    assert client.get(host.url).status_code == 403


def test_staff_page_of_a_meetup_shows_neither_street_nor_door_nor_phone(client, staff):
    meetup = make_meetup()

    page = client.get(f"/staff/meetups/meetup/{meetup.pk}/change/").content.decode()

    assert meetup.title in page
    assert [secret for secret in [STREET, DOOR, PHONE] if secret in page] == []


def test_staff_page_of_a_guest_shows_no_diet_and_changes_nothing(client, staff):
    guest = make_guest(make_meetup(), diet="no nuts", note="I may be late")
    path = f"/staff/meetups/guest/{guest.pk}/change/"

    page = client.get(path).content.decode()
    posted = client.post(path, {"rsvp": "yes"})

    guest.refresh_from_db()
    assert "no nuts" not in page
    assert "I may be late" not in page
    assert (posted.status_code, guest.rsvp) == (403, Guest.Rsvp.INVITED)


@pytest.mark.parametrize("consent", ["nobody", "table", "everyone"])
def test_staff_page_of_what_a_guest_left_shows_what_is_for_everyone_alone(client, staff, consent):
    guest = make_guest(make_held_meetup(), rsvp="yes")
    kept = {"promise": "I will call my sister.", "how_it_went": "We talked till three."}
    left = make_contribution(guest, "Less alone than before.", sentence_consent=consent, **kept)

    page = client.get(f"/staff/meetups/contribution/{left.pk}/change/").content.decode()

    assert ("Less alone than before." in page) is (consent == "everyone")
    assert [words for words in kept.values() if words in page] == []


def test_staff_page_of_a_person_has_no_password(client, staff):
    page = client.get(f"/staff/hosts/user/{make_user().pk}/change/").content.decode()

    assert "password" not in page.lower()


def test_staff_cancel_a_meetup_through_its_service(client, staff):
    meetup = make_meetup()

    response = press(client, "meetups/meetup", "cancel", meetup, reason=WHY)

    meetup.refresh_from_db()
    assert meetup.status == Meetup.Status.CANCELED
    assert "Done for 1." in response.content.decode()
    assert meetup.interventions.get().reason == WHY
    assert Delivery.objects.filter(kind="intervened", user=meetup.host).count() == 1


ACTS = ["meetup freeze", "meetup cancel", "recap take_down", "contribution withdraw"]


@pytest.mark.parametrize("act", ACTS)
def test_staff_do_nothing_to_an_evening_without_a_reason(client, staff, act):
    make_some(1)
    name, action = act.split()
    rows = {"meetup": Meetup, "recap": Recap, "contribution": Contribution}[name]
    before = rows.objects.values().get()

    response = press(client, f"meetups/{name}", action, rows.objects.get())

    assert "Please say why, in a sentence: the host reads it." in response.content.decode()
    assert rows.objects.values().get() == before
    assert not Intervention.objects.exists()


def test_staff_freeze_an_evening_and_end_that(client, staff):
    meetup = make_meetup()

    press(client, "meetups/meetup", "freeze", meetup, reason=WHY)
    meetup.refresh_from_db()
    assert meetup.is_frozen
    press(client, "meetups/meetup", "unfreeze", meetup, reason="All is well.")

    meetup.refresh_from_db()
    assert not meetup.is_frozen
    assert [(row.kind, row.by, row.is_by_staff) for row in meetup.interventions.all()] == [
        ("unfreeze", staff, True),
        ("freeze", staff, True),
    ]


def test_what_staff_decide_twice_is_one_act(client, staff):
    make_some(1)
    recap = Recap.objects.get()
    removal = RemovalRequest.objects.create(recap=recap, contribution=Contribution.objects.get())

    for _press in range(2):
        press(client, "meetups/removalrequest", "leave_out", removal, reason=WHY)
        press(client, "meetups/contribution", "withdraw", Contribution.objects.get(), reason=WHY)

    assert list(recap.meetup.interventions.values_list("kind", flat=True)) == ["take_out", "take_out"]


def test_staff_hear_why_a_rule_says_no(client, staff):
    meetup = make_held_meetup()

    response = press(client, "meetups/meetup", "cancel", meetup, reason=WHY)

    meetup.refresh_from_db()
    assert meetup.status == Meetup.Status.PUBLISHED
    assert "Done for 0." in response.content.decode()


def test_staff_withdraw_a_letter_and_try_another_again(client, staff):
    guest = make_guest(make_meetup())
    waiting = make_delivery(Delivery.Kind.INVITATION, guest=guest)
    failed = make_delivery(Delivery.Kind.SEVEN_DAYS, guest=guest, state=Delivery.State.FAILED, attempts=3)

    press(client, "meetups/delivery", "withdraw", waiting)
    press(client, "meetups/delivery", "try_again", failed, waiting)

    waiting.refresh_from_db()
    failed.refresh_from_db()
    assert waiting.state == Delivery.State.WITHDRAWN
    assert (failed.state, failed.attempts, failed.finished_at) == (Delivery.State.QUEUED, 0, None)


def test_staff_take_down_a_recap_and_take_out_words(client, staff):
    make_some(1)
    recap, contribution = Recap.objects.get(), Contribution.objects.get()

    press(client, "meetups/recap", "take_down", recap, reason=WHY)
    press(client, "meetups/contribution", "withdraw", contribution, reason=WHY)

    recap.refresh_from_db()
    contribution.refresh_from_db()
    assert (recap.state, recap.taken_down_by) == (Recap.State.WITHDRAWN, staff)
    assert Delivery.objects.filter(kind="recap_taken_down").count() == 1
    press(client, "meetups/recap", "give_back", recap, reason=WHY)
    assert Recap.objects.get().taken_down_at is None
    assert contribution.withdrawn_at is not None


def test_staff_delete_an_account_but_not_one_that_guests_count_on(client, staff):
    idle, host = make_user(shown_name="Idle"), make_user(shown_name="Hanna")
    make_meetup(host, title="Soup and one question")

    response = press(client, "hosts/user", "delete_accounts", idle, host, staff)

    assert set(User.objects.all()) == {host, staff}
    assert "Hanna still hosts: Soup and one question. Cancel first." in response.content.decode()


def test_staff_sign_somebody_out_everywhere(client, staff):
    host = make_user()
    other = type(client)()
    other.force_login(host)

    press(client, "hosts/user", "end_sessions", host)

    assert other.get("/accounts/").status_code == 302


def test_staff_without_rights_may_not_act(client):
    staff = make_user(is_staff=True)
    sign_in_with_factor(client, staff)
    meetup = make_meetup()

    response = press(client, "meetups/meetup", "cancel", meetup, reason=WHY)

    meetup.refresh_from_db()
    assert response.status_code == 403
    assert meetup.status == Meetup.Status.PUBLISHED


def test_there_is_no_list_of_addresses(client, staff):
    assert client.get("/staff/account/emailaddress/").status_code == 404
