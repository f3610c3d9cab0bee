"""The host's doors to the letters: the timeline, each letter's page, and letters of the host's own."""

from datetime import UTC, datetime, timedelta

import pytest

from meetups.access.tokens import make_guest_token
from meetups.models import Delivery, Mailing, Meetup
from meetups.times import clock
from tests.factories import STREET, make_delivery, make_draft, make_guest, make_held_meetup, make_host, make_meetup
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
PAGES_OF_ONE = ["", "body.html", "edit/", "move/", "send/"]
POSTS_OF_ONE = ["switch/", "reset/", "take-back/"]


@pytest.fixture(autouse=True)
def daytime(moved_clock):
    # A Monday at ten in Toronto: by night nothing leaves.
    moved_clock(to=datetime(2027, 4, 19, 14, tzinfo=UTC))


@pytest.fixture
def host():
    return make_host("ana@example.org")


@pytest.fixture
def door(client, host):
    client.force_login(host)
    return client


@pytest.fixture
def meetup(host):
    return make_meetup(host, in_days=14, plan=True)


def path_of(meetup, page: str = "", kind: str = "three_days") -> str:
    return f"/host/{meetup.code}/letters/{meetup.mailings.get(kind=kind).pk}/{page}"


def read(door, path: str) -> str:
    answer = door.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def own(meetup, **fields) -> Mailing:
    now = clock.now()
    words = {"subject": "Bring a chair", "words": "A folding one.", "segment": "yes", "is_planned": False, "is_off": True}
    times = {"due_at": now, "not_after": now + timedelta(days=3)}
    return Mailing.objects.create(meetup=meetup, kind="host_letter", **(words | times | fields))


# Who may come in -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [*PAGES_OF_ONE])
def test_a_stranger_is_asked_to_sign_in(client, meetup, page):
    path = path_of(meetup, page)

    assert client.get(path).url == f"/accounts/login/?next={path}"


@pytest.mark.parametrize("page", [*PAGES_OF_ONE, *POSTS_OF_ONE])
def test_another_host_finds_nothing_and_changes_nothing(client, meetup, page):
    client.force_login(make_host())
    before = all_rows()

    assert client.get(path_of(meetup, page)).status_code in {404, 405}
    answer = client.post(path_of(meetup, page), {"is_off": "yes", "subject": "Mine", "words": "Mine"})
    assert answer.status_code in {404, 405}
    assert all_rows() == before


@pytest.mark.parametrize("page", PAGES_OF_ONE)
def test_a_letter_of_another_meetup_is_not_found_by_ones_own_code(door, meetup, page):
    other = make_meetup(make_host(), in_days=14, plan=True)
    pk = other.mailings.get(kind="three_days").pk

    assert door.get(f"/host/{meetup.code}/letters/{pk}/{page}").status_code == 404


def test_looking_changes_nothing(door, meetup):
    make_guest(meetup, rsvp="yes")
    before = all_rows()

    for page in PAGES_OF_ONE:
        read(door, path_of(meetup, page))
    read(door, f"/host/{meetup.code}/letters/")
    read(door, f"/host/{meetup.code}/letters/new/")

    assert all_rows() == before


# The timeline --------------------------------------------------------------------------------------------------------


def test_the_timeline_says_when_each_letter_goes_and_to_how_many(door, meetup):
    make_guest(meetup, rsvp="yes")
    make_guest(meetup, rsvp="maybe")

    page = read(door, f"/host/{meetup.code}/letters/")

    titles = ["Can you come?", "The host&#x27;s letter", "Please confirm", "Places to lay", "The address", "Were you there?"]
    places = [page.index(f">{title}</a>") for title in titles]
    assert places == sorted(places)
    assert "to: everyone who said yes or maybe; today that is 2" in page
    assert "10:00 a.m." in page


def test_the_timeline_says_what_became_of_letters_and_why_one_did_not_arrive(door, meetup):
    mailing = meetup.mailings.get(kind="three_days")
    Mailing.objects.filter(pk=mailing.pk).update(fanned_out_at=clock.now(), num_owed=3)
    states = {"sent": {}, "queued": {}, "failed": {"last_code": 550, "last_words": "5.1.1 user unknown"}}
    for state, words in states.items():
        guest = make_guest(meetup, rsvp="yes", name=f"The {state} one", shown_name="")
        make_delivery("three_days", guest=guest, mailing=mailing, state=state, finished_at=clock.now(), **words)

    page = read(door, f"/host/{meetup.code}/letters/")

    assert "1 gone · 1 waits · 1 did not arrive" in page
    assert "The failed one</a>: There is no such address. Is it spelled right?" in page


def test_trying_again_says_how_many(door, meetup):
    guest = make_guest(meetup, rsvp="yes")
    row = make_delivery("confirmation", guest=guest, state="failed", finished_at=clock.now())

    page = door.post(f"/host/{meetup.code}/letters/try-again/", follow=True).content.decode()

    row.refresh_from_db()
    assert row.state == "queued"
    assert "1 letter is tried again." in page


@pytest.mark.parametrize("letter", ["9" * 30, "abc", "-1"])
def test_trying_a_letter_again_that_is_none_changes_nothing_bad(door, meetup, letter):
    assert door.post(f"/host/{meetup.code}/letters/try-again/", {"letter": letter}).status_code == 302


def test_the_timeline_of_a_draft_shows_what_will_be_planned(door, host):
    draft = make_draft(host, in_days=20)

    page = read(door, f"/host/{draft.code}/letters/")

    assert "These go by themselves once the evening is published." in page
    assert "Please confirm" in page


def test_the_timeline_of_a_canceled_evening_says_that_none_goes(door, host):
    meetup = make_meetup(host, in_days=14, plan=True, status=Meetup.Status.CANCELED, canceled_at=clock.now())

    assert "does not go: the evening is canceled" in read(door, f"/host/{meetup.code}/letters/")


def test_an_evening_without_letters_says_so(door, host):
    assert "No letter is planned" in read(door, f"/host/{make_held_meetup(host).code}/letters/")


def test_the_timeline_asks_the_database_as_often_for_many_as_for_one(door, meetup, django_assert_max_num_queries):
    def add(n: int) -> None:
        for _number in range(n):
            guest = make_guest(meetup, rsvp="yes")
            mailing = own(meetup, fanned_out_at=clock.now(), is_off=False)
            make_delivery("host_letter", guest=guest, mailing=mailing, state="failed", finished_at=clock.now())
            make_delivery("confirmation", guest=guest, state="failed", finished_at=clock.now())

    add(1)
    with django_assert_max_num_queries(13) as one:
        read(door, f"/host/{meetup.code}/letters/")
    add(3)
    with django_assert_max_num_queries(13) as many:
        read(door, f"/host/{meetup.code}/letters/")
    assert len(one) == len(many)


# One letter ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    ["seven_days", "three_days", "please_confirm", "places_to_lay", "address_day", "were_you_there", "debrief", "how_did_it_go"],
)
def test_every_planned_letter_can_be_read_beforehand(door, meetup, kind):
    page, body = read(door, path_of(meetup, kind=kind)), door.get(path_of(meetup, "body.html", kind=kind))

    assert "cannot be shown" not in page
    assert body.status_code == 200
    assert "'unsafe-inline'" in body["Content-Security-Policy"]
    # A sandbox without a word after it: no scripts, no forms, no way out of the frame.
    assert "sandbox" in [part.strip() for part in body["Content-Security-Policy"].split(";")]
    assert body["X-Frame-Options"] == "SAMEORIGIN"


def test_a_letter_is_shown_as_of_its_own_day_and_without_anybodys_link(door, meetup):
    guest = make_guest(meetup, rsvp="yes", name="Ben", shown_name="Ben")

    page = read(door, path_of(meetup, kind="please_confirm"))

    assert "tomorrow" in page
    assert "Dear Maria," in page
    assert make_guest_token(guest) not in page
    assert "/r/sample" in page


def test_the_frame_holds_what_the_host_typed_as_text(door, meetup):
    Mailing.objects.filter(kind="three_days").update(words="<script>alert(1)</script> https://example.net/a?b=1")

    body = read(door, path_of(meetup, "body.html"))

    assert "<script" not in body
    assert "&lt;script&gt;" in body


def test_editing_shows_the_letter_with_the_words(door, meetup):
    answer = door.post(path_of(meetup, "edit/"), {"subject": "Soup it is", "words": "I found the recipe."}, follow=True)

    page = answer.content.decode()
    assert answer.redirect_chain[-1][0] == path_of(meetup)
    assert "I found the recipe." in page and "Soup it is" in page and "changed by you" in page


def test_editing_with_a_link_is_refused_to_a_new_host_and_keeps_what_was_typed(client, meetup, host):
    host.proven_at = clock.now()
    host.save()
    client.force_login(host)

    page = client.post(path_of(meetup, "edit/"), {"subject": "", "words": "See https://example.net"}).content.decode()

    assert "<title>Error:" in page
    assert "no web address can stand in an email" in page
    assert "See https://example.net" in page


def test_moving_says_when_it_goes_and_that_nothing_leaves_at_night(door, meetup):
    day = (meetup.date - timedelta(days=2)).isoformat()

    page = door.post(path_of(meetup, "move/"), {"day": day, "clock_time": "22:00"}, follow=True).content.decode()

    assert "Nothing leaves between 9 in the evening and 8 in the morning" in page
    assert "8:00 a.m., Toronto time" in page


def test_moving_too_late_is_refused_in_words(door, meetup):
    page = door.post(path_of(meetup, "move/"), {"day": meetup.date.isoformat(), "clock_time": "18:59"}).content.decode()

    assert "<title>Error:" in page
    assert "That is too late for this letter" in page


@pytest.mark.parametrize(("day", "words"), [("0001-01-01", "That day is past"), ("9999-12-31", "more than three years ahead")])
def test_moving_to_the_end_of_time_is_refused_in_words(door, meetup, day, words):
    page = door.post(path_of(meetup, "move/"), {"day": day, "clock_time": "00:00"})

    assert page.status_code == 200
    assert words in page.content.decode()


def test_a_letter_is_switched_off_and_on_and_all_is_undone(door, meetup):
    def is_off():
        return meetup.mailings.get(kind="three_days").is_off

    door.post(path_of(meetup, "switch/"), {"is_off": "yes"})
    off = is_off()
    door.post(path_of(meetup, "switch/"), {"is_off": "no"})
    on = is_off()
    door.post(path_of(meetup, "switch/"), {"is_off": "yes"})
    door.post(path_of(meetup, "reset/"))

    assert (off, on, is_off()) == (True, False, False)


def test_sending_now_asks_first_and_says_how_many(door, meetup):
    make_guest(meetup, rsvp="yes")
    make_guest(meetup, rsvp="yes", answered_at=clock.now())

    page = read(door, path_of(meetup, "send/"))

    assert "It goes to 1 guest: everyone who said yes or maybe." in page
    assert "1 more is left out" in page
    assert not Delivery.objects.exists()


def test_sending_now_to_nobody_is_said(door, meetup):
    assert "There is nobody to send it to right now." in read(door, path_of(meetup, "send/"))


# Letters of the host's own -------------------------------------------------------------------------------------------


def test_an_own_letter_is_read_counted_and_sent(door, meetup):
    make_guest(meetup, rsvp="yes")
    words = {"segment": "yes", "subject": "Bring a chair", "words": "A folding one.", "press": "0123456789abcdef"}

    written = door.post(f"/host/{meetup.code}/letters/new/", words)
    again = door.post(f"/host/{meetup.code}/letters/new/", words)
    page = read(door, written.url)
    asked = read(door, f"{written.url}send/")
    sent = [door.post(f"{written.url}send/", follow=True) for _press in range(2)]

    assert written.url == again.url
    assert "A folding one." in page and "not sent yet" in page
    assert "It goes to 1 guest: everyone who said yes." in asked
    assert Delivery.objects.count() == 1
    assert sent[0].status_code == sent[1].status_code == 200


def test_an_own_letter_without_words_is_refused_beside_the_field(door, meetup):
    page = door.post(f"/host/{meetup.code}/letters/new/", {"segment": "yes", "subject": "Chairs"}).content.decode()

    assert "<title>Error:" in page
    assert not Mailing.objects.filter(kind="host_letter").exists()


@pytest.mark.parametrize("segment", ["host", "undecided", "\x00", "everybody"])
def test_an_own_letter_goes_to_no_segment_that_is_not_offered(door, meetup, segment):
    words = {"segment": segment, "subject": "Chairs", "words": "Bring one.", "press": "\x00'"}

    assert door.post(f"/host/{meetup.code}/letters/new/", words).status_code == 200
    assert not Mailing.objects.filter(kind="host_letter").exists()


def test_extra_fields_change_nothing_of_a_letter(door, meetup):
    before = Mailing.objects.get(kind="three_days")

    door.post(path_of(meetup, "edit/"), {"words": "Hello.", "kind": "debrief", "segment": "no_answer", "is_planned": "0"})

    after = Mailing.objects.get(pk=before.pk)
    assert (after.kind, after.segment, after.is_planned, after.words) == (before.kind, before.segment, True, "Hello.")


def test_a_draft_is_thrown_away_and_a_second_press_finds_none(door, meetup):
    draft = own(meetup)
    path = f"/host/{meetup.code}/letters/{draft.pk}/take-back/"

    first, second = door.post(path), door.post(path)

    assert (first.status_code, second.status_code) == (302, 302)
    assert not Mailing.objects.filter(pk=draft.pk).exists()


def test_what_waits_is_taken_back(door, meetup):
    mailing = own(meetup, is_off=False, fanned_out_at=clock.now(), num_owed=1)
    row = make_delivery("host_letter", guest=make_guest(meetup, rsvp="yes"), mailing=mailing)

    page = door.post(f"/host/{meetup.code}/letters/{mailing.pk}/take-back/", follow=True).content.decode()

    row.refresh_from_db()
    assert row.state == "withdrawn"
    assert "1 copy was taken back." in page


def test_no_letter_of_the_timeline_tells_the_street_but_the_two_that_may(door, meetup):
    make_guest(meetup, rsvp="yes")

    telling = {
        kind
        for kind in meetup.mailings.values_list("kind", flat=True)
        if STREET in read(door, path_of(meetup, "body.html", kind))
    }

    assert telling == {"address_day"}
