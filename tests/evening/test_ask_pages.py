"""The ask in the room: the four letters, when they open, who guesses them, and what becomes of an answer."""

import re
from datetime import time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from hosts.models import User
from meetups.access.address_hash import hash_address
from meetups.access.rate_limit import had_too_many, too_many
from meetups.access.tokens import make_hosting_token
from meetups.dispatch.send import deliver_due
from meetups.evening.services.door_link import end_link
from meetups.guests.services.next_host import decline_hosting
from meetups.guests.services.rsvp import offer_to_host
from meetups.models import AddressLedger, Delivery, Guest, Meetup, RoomAnswer, Suppression
from meetups.models.evening.door import ASK_ALPHABET, DoorLink
from meetups.privacy.retention import retire
from meetups.times import clock
from tests.evening.tables import make_door, make_evening
from tests.factories import STREET, make_delivery, make_guest, make_meetup, make_user

pytestmark = pytest.mark.django_db
KIM = "kim@example.net"


@pytest.fixture
def room():
    """An evening of three hours that ends in twenty minutes, its door link and the path of its ask."""
    host = make_user("ana@example.org", shown_name="Ana Li")
    meetup = make_evening(host, begins_in=timedelta(hours=-3, minutes=20), title="Soup of the harbor")
    link, _path = make_door(meetup)
    return meetup, link, f"/ask/{link.ask_code}"


def say(client, path: str, want: str = "host", email: str = KIM, **typed):
    return client.post(path, {"want": want, "email": email, "key": str(uuid4())} | typed)


def not_now(client, path: str, key: str = ""):
    return client.post(path, {"key": key or str(uuid4())})


def letters() -> list[Delivery]:
    return list(Delivery.objects.filter(kind="room_ask"))


def test_the_page_shows_title_and_first_name_and_nothing_else_of_the_evening(client, room):
    meetup, _link, path = room
    make_guest(meetup, name="Ben", rsvp="yes")

    page = client.get(path)

    shown = page.content.decode()
    assert "Soup of the harbor" in shown and "An evening with Ana" in shown
    for words in ("Li", STREET, "Toronto", "Ben", meetup.code, "ana@example.org"):
        assert not re.search(rf"\b{re.escape(words)}\b", shown), words
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert not page.cookies


def test_the_code_is_four_letters_without_vowels_that_no_other_evening_has():
    codes = {make_door(make_evening())[0].ask_code for _n in range(10)}

    assert len(codes) == 10
    assert all(re.fullmatch(r"[CDFGHJKMNPRTWXZ]{4}", code) for code in codes)
    assert not set("AEIOUYLIQSVB") & set(ASK_ALPHABET)


def test_small_letters_work_too_and_the_first_page_leads_on(client, room):
    _meetup, link, path = room

    answer = client.post("/ask/", {"code": f" {link.ask_code.lower()[:2]}-{link.ask_code.lower()[2:]} "})

    assert (answer.status_code, answer["Location"]) == (303, path)
    assert client.get(path.lower()).status_code == 200
    assert client.get("/ask/").status_code == 200
    assert "four letters" in client.post("/ask/", {"code": "12"}).content.decode()


@pytest.mark.parametrize(
    ("before_end", "is_open"),
    [(timedelta(minutes=31), False), (timedelta(minutes=29), True), (timedelta(hours=-1, minutes=-50), True)],
)
def test_the_code_opens_shortly_before_the_end(client, room, moved_clock, before_end, is_open):
    meetup, _link, path = room
    moved_clock(to=meetup.ends_at - before_end)

    assert client.get(path).status_code == (200 if is_open else 404)


def test_the_code_ends_at_the_next_noon(client, moved_clock):
    meetup = make_meetup(in_days=2, time=time(19), zone="America/Toronto")
    link = DoorLink.objects.create(meetup=meetup)
    noon = link.ask_closes_at.astimezone(ZoneInfo("America/Toronto"))

    assert (noon.hour, noon.minute, noon.date()) == (12, 0, meetup.date + timedelta(days=1))
    for seconds, status in [(-1, 200), (0, 404)]:
        moved_clock(to=link.ask_closes_at + timedelta(seconds=seconds))
        assert client.get(f"/ask/{link.ask_code}").status_code == status


def test_wrong_early_late_canceled_and_malformed_codes_answer_alike(client, room):
    meetup, link, path = room
    early = make_door(make_evening(begins_in=timedelta(hours=5)))[0]
    over = DoorLink.objects.create(meetup=make_evening(begins_in=timedelta(days=-4)))
    canceled = DoorLink.objects.create(meetup=make_evening(begins_in=timedelta(hours=-2, minutes=50), status="canceled"))
    wrong = next(code for code in ("CCCC", "DDDD") if code != link.ask_code)
    codes = [wrong, early.ask_code, over.ask_code, canceled.ask_code, "AAAA", "CC", "x" * 40, meetup.code]

    answers = [client.get(f"/ask/{code}") for code in codes] + [client.post(f"/ask/{wrong}", {"key": str(uuid4())})]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert not RoomAnswer.objects.exists()


def test_an_ended_door_link_leaves_the_ask_open(client, room):
    meetup, _link, path = room
    end_link(meetup)
    assert client.get(path).status_code == 200


# A thousand codes a minute ------------------------------------------------------------------------------------------


def test_one_network_that_guesses_is_refused_before_the_sixteenth_code_and_then_for_the_right_one_too(client, room, one_window):
    _meetup, _link, path = room
    guesses = [f"{first}{second}ZZ" for first in ASK_ALPHABET for second in ASK_ALPHABET]

    statuses = [client.get(f"/ask/{code}").status_code for code in guesses[:40]]

    assert (set(statuses[:15]), set(statuses[15:])) == ({404}, {429})
    assert client.get(path).status_code == 429
    # Another network is not held responsible.
    assert client.get(path, REMOTE_ADDR="198.51.100.7").status_code == 200


def test_a_thousand_codes_a_minute_from_as_many_networks_are_refused(client, room, one_window):
    _meetup, _link, path = room
    code = "ZZZZ" if path != "/ask/ZZZZ" else "XXXX"

    statuses = [client.get(f"/ask/{code}", REMOTE_ADDR=f"10.0.{n // 250}.{n % 250}").status_code for n in range(1000)]

    assert (statuses.count(404), statuses.count(429)) == (200, 800)
    assert client.get(path, REMOTE_ADDR="198.51.100.7").status_code == 429


def test_a_room_behind_one_router_is_not_a_guesser(client, room):
    _meetup, _link, path = room
    assert {not_now(client, path).status_code for _n in range(60)} == {303}


def test_looking_whether_there_were_too_many_counts_nothing(one_window):
    looked = [had_too_many("x", "me", limit=2, seconds=600) for _n in range(5)]
    counted = [too_many("x", "me", limit=2, seconds=600) for _n in range(2)]

    assert (looked, counted) == ([False] * 5, [False] * 2)
    assert had_too_many("x", "me", limit=2, seconds=600)


# Answers ------------------------------------------------------------------------------------------------------------


def test_not_now_is_a_count_and_nothing_more(client, room):
    _meetup, _link, path = room
    key = str(uuid4())

    answers = [not_now(client, path, key) for _n in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert list(RoomAnswer.objects.values_list("want", flat=True)) == ["not_now"]
    assert not Guest.objects.exists() and not Delivery.objects.exists()
    assert "Not now it is" in client.get(answers[0]["Location"]).content.decode()


def test_an_unknown_address_gets_one_letter_the_next_day_and_counts_only_after_it(client, room):
    meetup, _link, path = room

    say(client, path, name="Kim")

    guest = Guest.objects.get()
    assert (guest.counts, guest.origin, guest.attended, guest.could_host) == (False, "self", None, False)
    (letter,) = letters()
    due = letter.due_at.astimezone(ZoneInfo(meetup.zone))
    assert (due.hour, due.date()) == (10, clock.now().astimezone(ZoneInfo(meetup.zone)).date() + timedelta(days=1))
    # The host's list knows nothing of them.
    client.force_login(meetup.host)
    assert "Kim" not in client.get(f"/host/{meetup.code}/guests/").content.decode()
    assert "Kim" not in client.get(f"/host/{meetup.code}/").content.decode()


def test_the_button_behind_the_letter_makes_them_a_guest_and_the_draft(client, room):
    _meetup, _link, path = room
    say(client, path, name="Kim")
    guest = Guest.objects.get()
    link = f"/next/{make_hosting_token(guest)}"
    assert client.get(link).status_code == 200
    guest.refresh_from_db()
    assert not guest.counts

    client.post(link, {"begin": "1"})

    guest.refresh_from_db()
    assert (guest.counts, guest.said_there, guest.attended, guest.says_they_came) == (True, True, None, True)
    assert Meetup.objects.drafts().get().host == User.objects.get(email=KIM)


def test_not_now_behind_the_letter_proves_the_address_and_ends_the_asking(client, room):
    _meetup, _link, path = room
    say(client, path)
    guest = Guest.objects.get()

    client.post(f"/next/{make_hosting_token(guest)}", {"not_now": "1"})
    say(client, path)

    guest.refresh_from_db()
    assert guest.address_proven_at is not None
    assert [letter.state for letter in letters()] == ["withdrawn"]


def test_a_guest_on_the_list_types_the_address_alone_and_the_host_does_not_learn_who(client, room):
    meetup, _link, path = room
    guest = make_guest(meetup, KIM, name="Kim", rsvp="yes")
    before = Guest.objects.values().get(pk=guest.pk)

    say(client, path, "cohost")

    assert Guest.objects.values().get(pk=guest.pk) == before
    assert {(letter.guest_id, letter.context["want"]) for letter in letters()} == {(guest.pk, "cohost")}
    client.force_login(meetup.host)
    row = client.get(f"/host/{meetup.code}/guests/{guest.pk}/").content.decode()
    assert "in the room" not in row


def test_the_page_says_the_same_of_every_address(client, room):
    meetup, _link, path = room
    known, gone = make_guest(meetup, rsvp="yes"), make_guest(meetup, rsvp="yes", removed_at=clock.now())
    Suppression.objects.create(address_hash=hash_address("never@example.net"), target="")
    emails = [known.email, gone.email, "new@example.net", "never@example.net"]

    answers = [say(client, path, email=email) for email in emails]
    pages = {client.get(answer["Location"]).content for answer in answers}

    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(303, f"{path}?said=letter")}
    assert len(pages) == 1
    assert {letter.guest.email for letter in letters()} == {known.email, "new@example.net"}


def test_one_address_gets_one_letter_however_often_it_is_typed(client, room):
    _meetup, _link, path = room
    for want in ("host", "cohost", "host"):
        say(client, path, want)

    assert len(letters()) == 1


def test_a_guest_who_is_typed_three_times_stands_in_the_ledger_once(client, room):
    meetup, _link, path = room
    guest = make_guest(meetup, rsvp="yes")
    for _n in range(3):
        say(client, path, email=guest.email)

    assert (len(letters()), AddressLedger.objects.count()) == (3, 1)


def test_a_changed_mind_with_the_same_key_counts_once(client, room):
    _meetup, _link, path = room
    key = str(uuid4())
    say(client, path, "host", key=key)
    say(client, path, "cohost", key=key)

    assert list(RoomAnswer.objects.values_list("want", flat=True)) == ["cohost"]


def test_who_said_so_on_their_own_page_gets_no_second_letter_and_not_now_is_obeyed(client, room):
    meetup, _link, path = room
    said = offer_to_host(make_guest(meetup, rsvp="yes"), could_host=True)
    declined = decline_hosting(make_guest(meetup, rsvp="yes"))

    say(client, path, email=said.email)
    say(client, path, email=declined.email)

    assert letters() == []


def test_no_answer_leads_from_a_count_to_a_person(client, room):
    _meetup, _link, path = room
    say(client, path, name="Kim")

    row = RoomAnswer.objects.values().get()
    assert set(row) == {"id", "meetup_id", "key", "want"}


@pytest.mark.parametrize("typed", [{"email": "no address"}, {"name": "see casino.example.com"}, {"crumbs": "x"}, {"key": "7"}])
def test_what_is_wrong_is_said_and_nothing_is_counted(client, room, typed):
    _meetup, _link, path = room

    answer = say(client, path, **typed)

    assert answer.status_code == 200
    assert not RoomAnswer.objects.exists() and letters() == []


def test_a_forged_want_is_no_answer(client, room):
    _meetup, _link, path = room
    client.post(path, {"want": "admin", "email": KIM, "key": str(uuid4())})
    assert list(RoomAnswer.objects.values_list("want", flat=True)) == ["not_now"]
    assert letters() == []


# The letter and what is kept ----------------------------------------------------------------------------------------


def test_the_letter_goes_to_an_unproven_address_and_not_to_one_with_a_draft(client, room, moved_clock, settings, tmp_path):
    settings.MAIL_DIR = tmp_path / "mail"
    _meetup, _link, path = room
    say(client, path, name="Kim")
    say(client, path, email="dov@example.net")
    Guest.objects.filter(email="dov@example.net").update(could_host=True)
    moved_clock(to=letters()[0].due_at + timedelta(minutes=1))

    deliver_due()

    assert {letter.guest.email: letter.state for letter in letters()} == {KIM: "sent", "dov@example.net": "withdrawn"}


def days_of_letters(meetup: Meetup) -> list[int]:
    """Return after how many days each letter is due, all at ten on the wall of the place."""
    today = clock.now().astimezone(ZoneInfo(meetup.zone)).date()
    moments = Delivery.objects.filter(kind="room_ask").order_by("due_at").values_list("due_at", flat=True)
    due = [moment.astimezone(ZoneInfo(meetup.zone)) for moment in moments]
    assert {at.time() for at in due} <= {time(10)}
    return [(at.date() - today).days for at in due]


def test_a_guest_who_answered_behind_their_link_is_asked_again_after_a_week_and_a_month(client, room):
    meetup, _link, path = room
    guest = make_guest(meetup, rsvp="yes")

    say(client, path, email=guest.email)
    say(client, path, email=guest.email)

    assert days_of_letters(meetup) == [1, 8, 31]
    assert {letter.context["asks_again"] for letter in letters()} == {True}


@pytest.mark.parametrize("known", [{}, {"rsvp": "yes", "said_by_host": True}, {"origin": "self"}])
def test_an_address_whose_reader_never_said_anything_is_written_to_once(client, room, known):
    meetup, _link, path = room
    make_guest(meetup, KIM, **known)

    say(client, path)

    assert days_of_letters(meetup) == [1]


@pytest.mark.parametrize(("end", "num_sent"), [("nothing", 3), ("not now", 1), ("begin", 1), ("on their own page", 1)])
def test_the_room_asks_at_most_twice_again_and_no_more_after_not_now_or_a_draft(
    client, room, moved_clock, settings, tmp_path, end, num_sent
):
    settings.MAIL_DIR = tmp_path / "mail"
    meetup, _link, path = room
    guest = make_guest(meetup, KIM, rsvp="yes", attended=True)
    say(client, path)
    first, *later = Delivery.objects.filter(kind="room_ask").order_by("due_at")
    moved_clock(to=first.due_at + timedelta(minutes=1))
    deliver_due()

    if end in ("not now", "begin"):
        client.post(f"/next/{make_hosting_token(guest)}", {"not_now" if end == "not now" else "begin": "1"})
    elif end == "on their own page":
        offer_to_host(guest, could_host=True)
        Delivery.objects.filter(kind="could_host").delete()
    for letter in later:
        moved_clock(to=letter.due_at + timedelta(minutes=1))
        deliver_due()

    assert [letter.state for letter in letters()].count("sent") == num_sent


def test_the_draft_leaves_at_the_hour_that_the_page_said_also_beside_the_letter_of_that_morning(
    client, room, moved_clock, settings, tmp_path
):
    settings.MAIL_DIR = tmp_path / "mail"
    meetup, _link, path = room
    guest = make_guest(meetup, KIM, rsvp="yes", attended=True)
    say(client, path)
    first, second, _third = Delivery.objects.filter(kind="room_ask").order_by("due_at")
    for letter in (first, second):
        moved_clock(to=letter.due_at + timedelta(minutes=1))
        make_delivery("were_you_there", guest=guest, state="sent", finished_at=clock.now())
        deliver_due()

    # What nobody promised for an hour keeps to one letter a day.
    assert [Delivery.objects.get(pk=letter.pk).state for letter in (first, second)] == ["sent", "waiting"]


def test_an_address_from_the_room_stays_until_the_letter_is_forgotten(client, room, moved_clock):
    meetup, _link, path = room
    say(client, path, name="Kim")

    moved_clock(days=3)
    retire()
    assert Guest.objects.filter(email=KIM).exists()

    moved_clock(to=meetup.ends_at + timedelta(days=60))
    Delivery.objects.update(state="sent", finished_at=meetup.ends_at)
    retire()
    retire()
    assert not Guest.objects.filter(meetup=meetup).exists()
    assert RoomAnswer.objects.count() == 1


def test_door_links_and_taps_go_two_days_after_the_evening(room, moved_clock):
    meetup, _link, _path = room
    moved_clock(to=meetup.ends_at + timedelta(hours=47))
    assert retire()["door_links"] == 0
    moved_clock(to=meetup.ends_at + timedelta(hours=49))
    assert retire()["door_links"] == 1
    assert not DoorLink.objects.exists()


def test_one_key_does_not_write_to_more_addresses_than_sit_at_a_table(client, room, monkeypatch):
    _meetup, _link, path = room
    monkeypatch.setattr("meetups.evening.services.room_ask.MOST_ANSWERS", 2)
    for number in range(4):
        say(client, path, email=f"kim{number}@example.net", key="6f1d2c9e-0a51-4b0b-9a55-2f1c7f6f0a11")

    assert len(letters()) == 2
    assert Guest.objects.filter(email__startswith="kim").count() == 2
