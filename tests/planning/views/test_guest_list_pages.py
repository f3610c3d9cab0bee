"""A host's doors to the guests: invite, somebody phoned, remove, a new link."""

from datetime import timedelta
from typing import Any

import pytest

from meetups.access.address_hash import hash_address
from meetups.models import Delivery, Guest, Suppression
from meetups.times import clock
from tests.factories import make_draft, make_guest, make_held_meetup, make_host, make_meetup

pytestmark = pytest.mark.django_db
LIST = "Ana Li <ana@example.org>, ben@example.org; BEN@example.org\nnot an address"


@pytest.fixture
def host():
    return make_host("host@example.org")


@pytest.fixture
def meetup(host):
    return make_meetup(host, seats=4)


def look(door, meetup, **fields):
    return door.post(f"/host/{meetup.code}/invite/", {"addresses": LIST, "personal": ""} | fields)


def send(door, meetup, **fields):
    seen = look(door, meetup, **{name: value for name, value in fields.items() if name == "addresses"})
    fields = {"looked_at": seen.context["looked_at"], "to": ["ana@example.org", "ben@example.org"], "knows": "on"} | fields
    return look(door, meetup, send="1", **fields)


def answers(**fields) -> dict:
    return {"name": "Maria", "rsvp": "yes", "party_size": "1", "email": "", "note": ""} | fields


# Who may come in -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["", "remove/"])
def test_a_stranger_is_asked_to_sign_in(client, meetup, page):
    path = f"/host/{meetup.code}/guests/{make_guest(meetup).pk}/{page}"

    assert client.get(path).url == f"/accounts/login/?next={path}"
    assert client.post(path).status_code == 302
    assert Guest.objects.get().removed_at is None


@pytest.mark.parametrize("page", ["", "remove/", "new-link/"])
def test_another_host_finds_no_guest(door, page):
    guest = make_guest(make_meetup(make_host()))

    assert door.post(f"/host/{guest.meetup.code}/guests/{guest.pk}/{page}", answers(rsvp="no")).status_code == 404
    guest.refresh_from_db()
    assert (guest.rsvp, guest.removed_at, guest.link_version) == ("invited", None, 0)


@pytest.mark.parametrize("page", ["", "remove/", "new-link/"])
def test_a_guest_of_another_meetup_is_not_reached_through_ones_own(door, meetup, page):
    guest = make_guest(make_meetup(make_host()))

    assert door.post(f"/host/{meetup.code}/guests/{guest.pk}/{page}", answers(rsvp="no")).status_code == 404
    assert Delivery.objects.count() == 0


def test_a_stranger_who_never_proved_the_address_is_not_reached(door, meetup):
    guest = make_guest(meetup, origin=Guest.Origin.SELF)

    assert door.get(f"/host/{meetup.code}/guests/{guest.pk}/").status_code == 404
    assert door.post(f"/host/{meetup.code}/guests/{guest.pk}/remove/").status_code == 404


# Invite --------------------------------------------------------------------------------------------------------------


def test_the_first_step_shows_what_was_understood_and_sends_nothing(door, meetup):
    make_guest(meetup, "cleo@example.org")

    answer = look(door, meetup, addresses=f"{LIST}\ncleo@example.org", personal="See you soon")
    page = answer.content.decode()

    assert answer.context["new"] == [("Ana Li", "ana@example.org", True), ("", "ben@example.org", True)]
    assert answer.context["there"] == ["cleo@example.org"]
    assert "Line 2: <b>not an address</b> There is no address in it." in page
    assert 'aria-describedby="id_addresses_helptext not-understood"' in page
    assert "Stood there twice, and is written to once: ben@example.org" in page
    assert "See you soon" in page
    assert "Ana Li &lt;ana@example.org&gt;" in page
    assert (Guest.objects.count(), Delivery.objects.count()) == (1, 0)


def test_the_second_step_sends_to_those_who_are_ticked(door, meetup, host):
    answer = send(door, meetup, to=["ana@example.org"], personal="See you soon")

    assert "1 invitation is due now" in answer.content.decode()
    letter = Delivery.objects.get(kind="invitation")
    assert (letter.guest.email, letter.context) == ("ana@example.org", {"personal": "See you soon"})
    assert Delivery.objects.exclude(kind="invitation").get().kind == "invitation_again"
    assert (letter.guest.name, letter.guest.invited_by) == ("Ana Li", host)


def test_sending_twice_writes_to_nobody_twice(door, meetup):
    send(door, meetup)
    again = send(door, meetup)

    assert Delivery.objects.filter(kind="invitation").count() == 2
    assert Delivery.objects.filter(kind="invitation_again").count() == 2
    assert Guest.objects.count() == 2
    assert "Nobody was written to" in again.content.decode()


def test_sending_without_the_tick_is_refused_and_keeps_who_was_unticked(door, meetup):
    seen = look(door, meetup)
    answer = look(door, meetup, send="1", looked_at=seen.context["looked_at"], to=["ben@example.org"], personal="Soup")

    assert list(answer.context["form"].errors) == ["knows"]
    assert answer.context["new"] == [("Ana Li", "ana@example.org", False), ("", "ben@example.org", True)]
    assert "Soup" in answer.content.decode()
    assert Delivery.objects.count() == 0


def test_a_list_that_was_changed_is_looked_at_again_before_it_is_sent(door, meetup):
    seen = look(door, meetup)
    changed = look(
        door,
        meetup,
        addresses="eve@example.org",
        send="1",
        looked_at=seen.context["looked_at"],
        to=["eve@example.org"],
        knows="on",
    )

    assert "please look at it again" in changed.content.decode()
    assert Delivery.objects.count() == 0


def test_sending_at_once_without_a_look_sends_nothing(door, meetup):
    look(door, meetup, send="1", to=["ana@example.org"], knows="on")

    assert Delivery.objects.count() == 0


@pytest.mark.parametrize("personal", ["See https://spam.example", "x" * 301])
def test_a_personal_line_with_a_link_or_too_long_is_refused_and_kept(door, meetup, personal):
    answer = send(door, meetup, personal=personal)

    assert list(answer.context["form"].errors) == ["personal"]
    assert personal in answer.content.decode()
    assert Delivery.objects.count() == 0


def test_who_asked_for_no_letters_is_not_written_to_and_the_host_sees_it(door, meetup):
    Suppression.objects.create(address_hash=hash_address("ana@example.org"), target="")

    page = send(door, meetup).content.decode()

    assert "asked not to get such letters" in page
    assert set(Delivery.objects.values_list("guest__email", flat=True)) == {"ben@example.org"}


def test_a_paste_of_ten_thousand_characters_is_read(door, meetup):
    answer = look(door, meetup, addresses="no address here, " * 600)

    assert answer.status_code == 200
    assert "There is nobody new to write to." in answer.content.decode()


def test_three_hundred_are_sent_or_said_to_leave_later(door, meetup, host):
    meetup.date = (clock.now() + timedelta(days=60)).date()
    meetup.derive_times()
    meetup.save()
    emails = [f"guest{number}@example.org" for number in range(300)]

    answer = send(door, meetup, addresses="\n".join(emails), to=emails)

    invited = answer.context["invited"]
    assert (len(invited.sent), len(invited.later)) == (200, 100)


def test_a_script_in_a_name_is_shown_as_text(door, meetup):
    page = look(door, meetup, addresses='"<script>alert(1)</script>" <ana@example.org>', personal="<script>").content.decode()

    assert "<script" not in page


def test_a_draft_is_published_before_anybody_is_invited(door, host):
    draft = make_draft(host)

    answer = look(door, draft)

    assert answer.url == f"/host/{draft.code}/publish/"


def test_nobody_is_invited_to_an_evening_that_is_over(door, host):
    held = make_held_meetup(host)

    assert look(door, held).url == f"/host/{held.code}/"


def test_inviting_all_day_long_is_slowed_down(door, meetup):
    for number in range(30):
        send(door, meetup, addresses=f"g{number}@example.org", to=[f"g{number}@example.org"])

    answer = send(door, meetup, addresses="last@example.org", to=["last@example.org"])

    assert "a lot of inviting in one hour" in answer.content.decode()
    assert not Guest.objects.filter(email="last@example.org").exists()


# Who asked to be asked again -----------------------------------------------------------------------------------------


def asked_again(host, **fields) -> Guest:
    facts: dict[str, Any] = {"name": "Ada", "asks_again": True} | fields
    return make_guest(make_held_meetup(host), rsvp="no", **facts)


def test_who_asked_to_be_asked_again_is_suggested_by_name_and_written_to_after_a_look_and_the_tick(door, meetup, host):
    ada = asked_again(host, email="ada@example.org")

    page = door.get(f"/host/{meetup.code}/invite/").content.decode()
    seen = look(door, meetup, addresses="", again=[str(ada.pk)])
    sent = look(
        door,
        meetup,
        addresses="",
        again=[str(ada.pk)],
        send="1",
        looked_at=seen.context["looked_at"],
        to=["ada@example.org"],
        knows="on",
    )

    assert "not this time, but ask me again" in page
    assert "ada@example.org" not in page
    assert seen.context["new"] == [("Ada", "ada@example.org", True)]
    assert "1 invitation is due now" in sent.content.decode()
    assert meetup.guests.get().email == "ada@example.org"
    assert "not this time" not in door.get(f"/host/{meetup.code}/invite/").content.decode()


def test_ticking_somebody_else_after_the_look_needs_another_look(door, meetup, host):
    ada, bo = asked_again(host, email="ada@example.org"), asked_again(host, email="bo@example.org", name="Bo")
    seen = look(door, meetup, addresses="", again=[str(ada.pk)])

    look(
        door,
        meetup,
        addresses="",
        again=[str(bo.pk)],
        send="1",
        looked_at=seen.context["looked_at"],
        to=["bo@example.org"],
        knows="on",
    )

    assert not Delivery.objects.exists()


def test_nobody_is_suggested_who_did_not_ask_this_host_or_wants_no_letters_or_answered_since(door, meetup, host):
    asked_again(host, name="Plain Paul", asks_again=False)
    asked_again(make_host(), name="Elsewhere Ede")
    asked_again(host, name="Phoned Pia", email=None)
    Suppression.objects.create(address_hash=asked_again(host, name="Silent Sue").email_hash, target=f"host:{host.pk}")
    since = asked_again(host, name="Since Sam", email="sam@example.org")
    make_guest(make_meetup(host), "sam@example.org", rsvp="no", answered_at=since.answered_at + timedelta(hours=1))
    here = asked_again(host, name="Here Hal", email="hal@example.org")
    make_guest(meetup, here.email)

    page = door.get(f"/host/{meetup.code}/invite/").content.decode()

    assert "ask me again" not in page
    assert not any(name in page for name in ("Paul", "Ede", "Pia", "Sue", "Sam", "Hal"))


# Somebody phoned -----------------------------------------------------------------------------------------------------


def test_somebody_who_phoned_has_a_seat_with_a_name_and_one_press(door, meetup):
    page = door.get(f"/host/{meetup.code}/guests/add/")
    answer = door.post(f"/host/{meetup.code}/guests/add/", answers(party_size="2"), follow=True)

    assert page.context["form"]["rsvp"].value() == "yes"
    guest = Guest.objects.get()
    assert (guest.name, guest.rsvp, guest.party_size, guest.email) == ("Maria", "yes", 2, None)
    assert "Maria has 2 seats." in answer.content.decode()
    assert Delivery.objects.count() == 0


def test_adding_pressed_twice_adds_one(door, meetup):
    key = door.get(f"/host/{meetup.code}/guests/add/").context["idempotency_key"]

    door.post(f"/host/{meetup.code}/guests/add/", answers(press=key))
    second = door.post(f"/host/{meetup.code}/guests/add/", answers(press=key))

    assert second.url == f"/host/{meetup.code}/"
    assert Guest.objects.count() == 1


def test_somebody_with_an_address_gets_the_confirmation(door, meetup):
    door.post(f"/host/{meetup.code}/guests/add/", answers(email="Maria@Example.org"))

    assert [(row.kind, row.guest.email) for row in Delivery.objects.all()] == [("confirmation", "maria@example.org")]


def test_somebody_who_finds_no_seat_waits(door, meetup):
    for _seat in range(4):
        make_guest(meetup, rsvp="yes")

    page = door.post(f"/host/{meetup.code}/guests/add/", answers(), follow=True).content.decode()

    assert "Maria waits in line" in page


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"name": "\u202e\x00"}, "name"),
        ({"name": "www.spam.example"}, "name"),
        ({"name": "x" * 10_000}, "name"),
        ({"email": "maria@example"}, "email"),
        ({"rsvp": "waiting"}, "rsvp"),
        ({"party_size": "3"}, "party_size"),
        ({"party_size": "0"}, "party_size"),
        ({"note": "x" * 10_000}, "note"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_kept(door, meetup, fields, wrong):
    answer = door.post(f"/host/{meetup.code}/guests/add/", answers(**({"note": "by the phone"} | fields)))

    assert list(answer.context["form"].errors) == [wrong]
    assert ("by the phone" in answer.content.decode()) is (wrong != "note")
    assert Guest.objects.count() == 0


def test_somebody_on_the_list_already_is_not_added_again(door, meetup):
    make_guest(meetup, "maria@example.org", name="Maria")

    answer = door.post(f"/host/{meetup.code}/guests/add/", answers(email="maria@example.org"))

    assert "Maria is on your list already." in answer.content.decode()
    assert Guest.objects.count() == 1


def test_adding_takes_nothing_it_does_not_ask_for(door, meetup):
    other = make_meetup(make_host())

    door.post(
        f"/host/{meetup.code}/guests/add/", answers(meetup=other.pk, attended="1", confirmed_at="2020-01-01", could_host="on")
    )

    guest = Guest.objects.get()
    assert (guest.meetup, guest.attended, guest.confirmed_at, guest.could_host) == (meetup, None, None, False)


# One guest -----------------------------------------------------------------------------------------------------------


def test_the_answer_of_somebody_who_told_the_host_is_written_down(door, meetup):
    guest = make_guest(meetup, name="Maria")

    page = door.post(f"/host/{meetup.code}/guests/{guest.pk}/", answers(diet="nuts", note="by the phone"), follow=True)

    guest.refresh_from_db()
    assert (guest.rsvp, guest.diet, guest.note) == ("yes", "nuts", "by the phone")
    assert "Maria has a seat." in page.content.decode()
    assert list(Delivery.objects.values_list("kind", flat=True)) == ["confirmation"]


def test_writing_the_same_answer_twice_owes_one_letter(door, meetup):
    guest = make_guest(meetup)

    for _press in range(2):
        door.post(f"/host/{meetup.code}/guests/{guest.pk}/", answers())

    assert Delivery.objects.count() == 1


def test_an_answer_cannot_be_flipped_all_day_long(door, meetup):
    guest = make_guest(meetup)

    for number in range(12):
        door.post(f"/host/{meetup.code}/guests/{guest.pk}/", answers(rsvp=["yes", "no"][number % 2]))

    assert Delivery.objects.filter(guest=guest).count() == 10


def test_removing_asks_first_and_frees_the_seat_once(door, meetup):
    guest = make_guest(meetup, name="Maria", rsvp="yes")
    path = f"/host/{meetup.code}/guests/{guest.pk}/remove/"

    assert "Remove Maria?" in door.get(path).content.decode()
    guest.refresh_from_db()
    assert guest.removed_at is None

    first, second = door.post(path), door.post(path)
    guest.refresh_from_db()
    assert guest.removed_at is not None
    assert (first.url, second.url) == (meetup.get_desk_url(), meetup.get_desk_url())
    assert Delivery.objects.filter(kind="removed").count() == 1


def test_a_new_link_makes_the_old_ones_fail_and_is_mailed_once(door, meetup):
    guest = make_guest(meetup)
    path = f"/host/{meetup.code}/guests/{guest.pk}/new-link/"

    assert door.get(path).status_code == 405
    door.post(path)
    again = door.post(path, follow=True)

    guest.refresh_from_db()
    assert guest.link_version == 1
    assert list(Delivery.objects.values_list("kind", flat=True)) == ["new_link"]
    assert "A new link was asked for just before. It is due now." in again.content.decode()


def test_a_guest_without_an_address_gets_no_link(door, meetup):
    guest = make_guest(meetup, None)

    page = door.post(f"/host/{meetup.code}/guests/{guest.pk}/new-link/", follow=True).content.decode()

    assert "There is no address to send a link to." in page
    guest.refresh_from_db()
    assert guest.link_version == 0


def test_an_invitation_that_holds_the_street_is_not_sent(door, meetup):
    answer = send(door, meetup, personal=f"Come to {meetup.street.upper()}!")

    assert "Your line holds the street." in answer.content.decode()
    assert not Delivery.objects.exists()
