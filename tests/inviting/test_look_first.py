"""A host who looks first at who asks: what the asker is, what each channel tells them, and what the host decides."""

import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from meetups.access.tokens import make_guest_token, make_unsubscribe_token
from meetups.access.visibility import company_for_guest, guest_sees_address, place_for_guest, shared_table
from meetups.caching.meetup_page import meetup_page_key
from meetups.exceptions import MeetupError
from meetups.guests.services.friend import answer_as_friend, decide_on_friend, friends_for_host, reconsider_friend
from meetups.guests.services.invitation import invite_guests
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.guests.services.seat_request import ask_for_seat
from meetups.guests.services.seats import num_seats_taken
from meetups.letters import build_message
from meetups.models import Delivery, Guest, Meetup, Suppression
from meetups.outbox.segments import SEGMENTS
from meetups.planning.attendance_forecast import forecast_of
from meetups.planning.desk import company_of, friends_of
from meetups.planning.services.meetup import edit_meetup, save_draft
from meetups.planning.steps.next_step import next_step
from meetups.privacy.export import data_of_guest
from meetups.times import clock
from tests.factories import DOOR, PARKING, PHONE, STREET, make_guest, make_host, make_meetup, make_user

pytestmark = pytest.mark.django_db
KIM = {"name": "Kim", "email": "kim@example.net"}
SECRETS = [STREET, STREET.split(" ", 1)[1], DOOR, PARKING, PHONE, "M6G"]


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def meetup() -> Meetup:
    host = make_host("ana.private@example.org", shown_name="Ana")
    return make_meetup(host, visibility="listed", looks_first=True, seats=3, plan=True)


def ask(meetup: Meetup, **fields) -> Guest:
    ask_for_seat(meetup, **KIM | fields)
    return Guest.objects.select_related("meetup__host").get(email=fields.get("email", KIM["email"]))


@pytest.fixture
def kim(meetup) -> Guest:
    """Return somebody who asked on the public page, proved the address and awaits the host."""
    return answer_as_friend(ask(meetup), comes=True, note="I can bring a salad.")


@pytest.fixture
def desk(meetup) -> Client:
    client = Client()
    client.force_login(meetup.host)
    return client


def own(guest: Guest) -> str:
    return f"/r/{make_guest_token(guest)}"


def assert_no_place(text: str) -> None:
    assert [secret for secret in SECRETS if secret in text] == []


# What an asker is -----------------------------------------------------------------------------------------------------


def test_a_new_listed_evening_looks_first_and_one_tick_ends_it():
    host = make_user()
    made = save_draft(host, title="Soup", visibility="listed")

    assert made.looks_at_strangers
    assert not save_draft(host, title="Soup", visibility="private").looks_at_strangers
    made.status = "published"
    assert not made.seats_anybody
    made.looks_first = False
    assert not made.looks_at_strangers


def test_the_tick_of_the_form_is_on_and_is_saved(client):
    host = make_user()
    client.force_login(host)
    page = client.get("/host/new/all/", follow=True)
    typed = {"title": "Soup", "max_party": "2", "duration": "180", "visibility": "listed", "language": "en"}

    assert page.context["form"]["looks_first"].value() is True
    address = page.redirect_chain[-1][0]
    assert client.post(address, typed | {"looks_first": "on"}).status_code == 302
    draft = Meetup.objects.get(host=host)
    assert draft.looks_first
    assert client.get(f"/host/{draft.code}/edit/all/").context["form"]["looks_first"].value() is True
    assert client.post(f"/host/{draft.code}/edit/all/", typed).status_code == 302
    draft.refresh_from_db()
    assert not draft.looks_first

    client.post(f"/host/{draft.code}/edit/guests/", {"looks_first": "on", "max_party": "2"})
    draft.refresh_from_db()
    assert draft.looks_first


def test_a_stranger_asks_and_holds_no_seat(meetup, kim):
    counted = Meetup.objects.with_guest_counts().get(pk=meetup.pk)

    assert (kim.origin, kim.rsvp, kim.awaits_host, kim.has_seat) == ("asker", "invited", True, False)
    assert num_seats_taken(meetup) == 0
    assert (counted.num_taken, counted.num_invited, counted.num_unanswered, counted.num_waiting) == (0, 0, 0, 0)
    assert not Guest.objects.counting().exists()
    assert [name for name, segment in SEGMENTS.items() if segment.holds(kim)] == []
    company = company_of(meetup)
    assert (company.guests, company.num_taken) == ([], 0)
    assert forecast_of(meetup, company.guests, now=clock.now()).high == 0
    with pytest.raises(MeetupError):
        record_rsvp(kim, Answer("yes"))


def test_nobody_whom_the_host_invited_is_looked_at(meetup):
    invite_guests(meetup, addresses=[("Maria", "maria@example.org")], by=meetup.host)
    maria = Guest.objects.get()
    ask(meetup, name="Maria", email="maria@example.org")

    assert record_rsvp(maria, Answer("yes")).has_seat


def test_an_asker_whom_the_host_invites_needs_no_yes(meetup, kim):
    invite_guests(meetup, addresses=[("Kim", KIM["email"])], by=meetup.host)
    kim.refresh_from_db()

    assert (kim.origin, kim.awaits_host) == ("host", False)
    assert record_rsvp(kim, Answer("yes")).has_seat


def test_a_table_that_does_not_look_first_gives_the_seat_at_once(meetup):
    edit_meetup(meetup, looks_first=False)
    kim = ask(meetup)

    assert kim.origin == "self"
    assert record_rsvp(kim, Answer("yes")).has_seat


def test_who_asked_before_the_host_looked_first_is_looked_at_until_they_proved_the_address(meetup):
    edit_meetup(meetup, looks_first=False)
    seated = record_rsvp(ask(meetup, email="sid@example.net"), Answer("yes"))
    kim = ask(meetup)

    edit_meetup(meetup, looks_first=True)

    kim.refresh_from_db()
    assert kim.awaits_host
    assert Guest.objects.get(pk=seated.pk).has_seat


def test_a_friend_of_a_guest_is_looked_at_too(meetup):
    assert not meetup.seats_anybody
    page = Client().get(meetup.get_absolute_url()).content.decode()
    assert "Ana looks at who asks first" in page


# No street in any channel ----------------------------------------------------------------------------------------------


def test_no_channel_tells_an_asker_where_it_is(meetup, kim):
    make_guest(meetup, rsvp="yes", shown_name="Bo Secretive", shows_name=True)
    link, client = own(kim), Client()
    kim = Guest.objects.select_related("meetup__host").get(pk=kim.pk)

    assert not guest_sees_address(kim)
    assert (place_for_guest(kim).street, place_for_guest(kim).lines, company_for_guest(kim).names) == ("", (), [])
    assert not shared_table(kim).may_bring
    assert client.get(f"{link}/meetup.ics").status_code == 404
    for page in ["", "/data", "/ask", "/table", "/map", "/calendar", "/confirm", "/after", "/not-me", "/leave", "/everything"]:
        response = client.get(link + page)
        assert response.status_code in (200, 302, 303, 404), page
        assert_no_place(response.content.decode() + str(response.headers))
        assert "Secretive" not in response.content.decode()
    assert_no_place(json.dumps(data_of_guest(kim), default=str))
    assert_no_place(client.get(f"/u/{make_unsubscribe_token(kim)}").content.decode())
    for page in [meetup.get_absolute_url(), "/find/?town=Toronto", "/feed.json", "/feed.atom", "/find/feed.json?town=Toronto"]:
        assert_no_place(client.get(page).content.decode())
    decide_on_friend(kim, is_welcome=False)
    for letter in Delivery.objects.filter(guest=kim):
        message = build_message(letter)
        assert_no_place("\n".join([message.subject, message.body, *(str(part) for part, _kind in message.alternatives)]))
        assert not message.attachments


def test_the_page_changes_with_the_hosts_word_and_back(kim):
    client, link = Client(), own(kim)
    asked = client.get(link).content.decode()

    assert "Ana looks at who asks first, and you hear by mail either way." in asked
    kim = decide_on_friend(kim, is_welcome=True)
    assert STREET in client.get(link).content.decode()
    assert client.get(f"{link}/meetup.ics").status_code == 200
    reconsider_friend(kim)
    assert_no_place(client.get(link).content.decode())
    assert client.get(f"{link}/meetup.ics").status_code == 404


def test_the_cached_public_page_knows_a_seat_given_to_an_asker(meetup, kim):
    before = meetup_page_key(meetup.code)
    decide_on_friend(kim, is_welcome=True)

    assert meetup_page_key(meetup.code) != before


# The way of an asker ---------------------------------------------------------------------------------------------------


def test_the_whole_way_by_the_pages(meetup, desk):
    stranger = Client()
    page = stranger.post(meetup.get_absolute_url(), KIM).content.decode()
    kim = Guest.objects.get()

    assert "only then is Ana asked" in page
    assert "Then Ana is asked" in build_message(Delivery.objects.get(guest=kim)).body
    before = stranger.get(own(kim)).content.decode()
    assert "then Ana, who looks at who asks first, is asked" in before
    assert stranger.post(own(kim), {"rsvp": "yes", "note": "We met at the choir."}).status_code == 303
    shown = desk.get(meetup.get_desk_url()).content.decode()
    assert "Kim asks for a seat." in shown
    assert "We met at the choir." in shown
    assert "by the page of the evening" in shown
    assert desk.post(f"/host/{meetup.code}/friends/{kim.pk}/", {"say": "yes"}).status_code == 302
    assert STREET in stranger.get(own(kim)).content.decode()
    letter = Delivery.objects.get(guest=kim, kind="confirmation")
    assert "Ana says yes: you are welcome" in build_message(letter).body


def test_the_host_hears_within_the_hour(kim):
    letter = build_message(Delivery.objects.get(kind="host_answers"))

    assert "Somebody asks for a seat, and sees no street before your yes." in letter.body
    assert "- Kim\n      I can bring a salad." in letter.body
    assert "one person asks for a seat" in letter.subject
    assert KIM["email"] not in letter.body


def test_a_yes_counts_seats_when_it_is_said(meetup, kim):
    for _n in range(3):
        make_guest(meetup, rsvp="yes")

    assert decide_on_friend(kim, is_welcome=True).rsvp == "waiting"


@pytest.mark.usefixtures("late_november")
def test_a_no_names_no_reason_leads_to_other_tables_and_can_be_taken_back(meetup, kim, desk):
    desk.post(f"/host/{meetup.code}/friends/{kim.pk}/", {"say": "no"})
    letter = Delivery.objects.get(guest=kim, kind="friend_no")
    text = " ".join(build_message(letter).body.split())

    assert "the table is full as it is" in text
    assert "/find/" in text
    assert timedelta(minutes=9) < letter.due_at - clock.now() <= timedelta(minutes=10)
    assert "Not this time" in Client().get(own(kim)).content.decode()
    desk.post(f"/host/{meetup.code}/friends/{kim.pk}/", {"say": "undo"})
    letter.refresh_from_db()
    assert letter.state == "withdrawn"
    assert [guest.pk for guest in friends_for_host(meetup)] == [kim.pk]
    assert decide_on_friend(Guest.objects.get(pk=kim.pk), is_welcome=True).has_seat


def test_only_the_hosts_of_the_evening_decide(meetup, kim):
    address, other = f"/host/{meetup.code}/friends/{kim.pk}/", Client()
    other.force_login(make_host(shown_name="Bea"))

    assert Client().post(address, {"say": "yes"}).status_code == 302
    assert other.post(address, {"say": "yes"}).status_code == 404
    kim.refresh_from_db()
    assert kim.awaits_host


def test_who_takes_the_request_back_is_not_on_the_desk(meetup, kim):
    answer_as_friend(kim, comes=False)

    assert friends_for_host(meetup) == []
    with pytest.raises(MeetupError):
        decide_on_friend(kim, is_welcome=True)


def test_the_next_step_of_the_desk_names_who_asks(meetup, kim):
    answer_as_friend(ask(meetup, name="Lou", email="lou@example.net"), comes=True)
    meetup.refresh_from_db()

    step = next_step(meetup, company_of(meetup), friends=friends_of(meetup))

    assert step.words == "2 people ask for a seat: Kim, Lou."
    assert step.url == f"{meetup.get_desk_url()}#friends"


def test_an_address_that_wants_no_letters_is_not_written_to(meetup):
    kim = ask(meetup)
    Suppression.objects.create(address_hash=kim.email_hash, target="")
    Delivery.objects.all().delete()

    assert not ask_for_seat(meetup, **KIM)
    assert not Delivery.objects.exists()


# By link --------------------------------------------------------------------------------------------------------------


def test_an_evening_by_link_gives_seats_at_once_until_the_host_looks_first_and_again_after(meetup, desk):
    by_link = make_meetup(meetup.host, visibility="link", looks_first=True, seats=3)
    address = f"{by_link.get_desk_url()}invite/"
    assert record_rsvp(ask(by_link, email="sid@example.net"), Answer("yes")).has_seat
    unproven = ask(by_link, email="una@example.net")

    assert "Whoever asks on the page has a free seat at once" in desk.get(address).content.decode()
    desk.post(f"{address}link/", {"say": "look"})

    assert "You look first: nobody who asks on the page has a seat" in desk.get(address).content.decode()
    assert "Ana looks at who asks first." in Client().get(by_link.get_absolute_url()).content.decode()
    unproven.refresh_from_db()
    by_link.refresh_from_db()
    kim = ask(by_link)
    assert (unproven.awaits_host, kim.origin, kim.awaits_host) == (True, "asker", True)
    assert_no_place(Client().get(own(kim)).content.decode())

    desk.post(f"{address}link/", {"say": "admit"})
    by_link.refresh_from_db()
    assert record_rsvp(ask(by_link, email="tom@example.net"), Answer("yes")).has_seat
    kim.refresh_from_db()
    assert kim.awaits_host


def test_only_the_host_of_an_evening_by_link_changes_who_looks(meetup):
    by_link = make_meetup(meetup.host, visibility="link")
    other = Client()
    other.force_login(make_user())

    assert other.post(f"{by_link.get_desk_url()}invite/link/", {"say": "look"}).status_code == 404
    by_link.refresh_from_db()
    assert not by_link.looks_at_link
