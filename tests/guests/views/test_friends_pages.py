"""The pages of a guest's friend: the passed-on invitation, the friend's page, the host's decision; and "I am not Maria"."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meetups.access.tokens import make_friend_token, make_guest_token, make_unsubscribe_token
from meetups.guests.services.access_link import refuse_link
from meetups.guests.services.friend import answer_as_friend, decide_on_friend
from meetups.guests.services.question import block_guest
from meetups.guests.services.seat_request import ask_as_friend
from meetups.models import Contribution, Delivery, Guest, Meetup
from meetups.times import clock
from tests.factories import STREET, make_guest, make_host, make_meetup, make_user
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
KIM = {"name": "Kim", "email": "kim@example.net"}


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def maria() -> Guest:
    meetup = make_meetup(
        make_host("ana.private@example.org", shown_name="Ana"), visibility="private", lets_friends=True, plan=True
    )
    return make_guest(meetup, "maria.private@example.org", name="Maria", rsvp="yes", address_proven_at=clock.now())


@pytest.fixture
def kim(maria) -> Guest:
    ask_as_friend(maria, **KIM)
    return Guest.objects.get(email=KIM["email"])


@pytest.fixture
def desk(maria) -> Client:
    client = Client()
    client.force_login(maria.meetup.host)
    return client


def own(guest: Guest) -> str:
    return f"/r/{make_guest_token(guest)}"


def passed_on(guest: Guest) -> str:
    return f"/f/{make_friend_token(guest)}"


def words_of(response) -> str:
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode().partition("<main")[2]).split())


# The invitation that is passed on


def test_a_guest_with_a_yes_finds_an_invitation_to_pass_on_that_is_not_their_own_link(client, maria):
    page = client.get(own(maria)).content.decode()

    assert passed_on(maria) in page
    assert make_friend_token(maria) != make_guest_token(maria)
    for fields in ({"rsvp": "maybe"}, {"rsvp": "no"}, {}):
        assert "/f/" not in client.get(own(make_guest(maria.meetup, **fields))).content.decode()


def test_a_friend_sees_the_evening_and_never_the_street_an_address_or_a_cookie(client, maria):
    response = client.get(passed_on(maria))

    source = response.content.decode()
    assert "Maria passed this invitation on to you." in words_of(response)
    assert maria.meetup.title in source
    for secret in (STREET, "maria.private", "ana.private", make_guest_token(maria), "Lindenblossom"):
        assert secret not in source
    assert (response["Cache-Control"], response["X-Robots-Tag"]) == ("no-store", "noindex, nofollow, noarchive")
    assert not response.cookies


def test_a_friend_reads_in_their_own_language_and_not_in_that_of_who_passed_it_on(client, maria):
    Guest.objects.filter(pk=maria.pk).update(language="es")

    page = client.get(passed_on(maria), headers={"accept-language": "fr"})
    client.post(passed_on(maria), KIM, headers={"accept-language": "fr"})

    assert page["Content-Language"] == "fr"
    assert Guest.objects.get(email=KIM["email"]).language == "fr"
    assert Guest.objects.get(pk=maria.pk).language == "es"


def test_a_friend_asks_and_every_address_gets_the_same_answer(client, maria):
    make_guest(maria.meetup, "bo@example.org", name="Bo", address_proven_at=clock.now())
    pages = [
        words_of(client.post(passed_on(maria), {"name": "Kim", "email": email}))
        for email in ("kim@example.net", "bo@example.org")
    ]

    assert pages[0].replace("kim@example.net", "") == pages[1].replace("bo@example.org", "")
    assert sorted(Delivery.objects.values_list("kind", flat=True)) == ["new_link", "prove_address"]


def test_a_machine_and_a_bad_address_ask_nothing(client, maria):
    client.post(passed_on(maria), KIM | {"crumbs": "x"})
    response = client.post(passed_on(maria), {"name": "https://x.example", "email": "kim"})

    assert "<title>Error:" in response.content.decode()
    assert Guest.objects.count() == 1


def test_the_invitation_is_not_there_when_it_may_not_be_used(client, maria):
    page = passed_on(maria)
    for change, back in (
        ({"lets_friends": False}, {"lets_friends": True}),
        ({"status": "canceled"}, {"status": "published"}),
        ({"starts_at": clock.now() - timedelta(hours=1)}, {"starts_at": maria.meetup.starts_at}),
    ):
        Meetup.objects.update(**change)
        assert client.get(page).status_code == client.post(page, KIM).status_code == 404
        Meetup.objects.update(**back)
    block_guest(maria, is_blocked=True)
    assert client.get(page).status_code == 404
    Guest.objects.update(blocked_at=None, removed_at=clock.now())
    assert client.get(page).status_code == 404
    assert Guest.objects.count() == 1


def test_no_other_token_opens_the_invitation_and_it_opens_nothing_else(client, maria):
    wrong = [make_guest_token(maria), make_unsubscribe_token(maria), "A" * 43, "%00", "x" * 3000]
    token = make_friend_token(maria)

    assert [client.get(f"/f/{other}").status_code for other in wrong] == [404] * 5
    assert [client.get(f"/{door}/{token}").status_code for door in ("r", "w", "mine")] == [404] * 3


def test_a_new_link_of_the_guest_ends_the_invitations_passed_on_before(client, maria):
    old, others = passed_on(maria), passed_on(make_guest(maria.meetup, rsvp="yes"))
    assert client.get(old).status_code == 200

    refuse_link(maria)

    maria.refresh_from_db()
    assert [client.get(path).status_code for path in (old, passed_on(maria), others)] == [404, 200, 200]
    assert client.post(old, KIM).status_code == 404
    assert not Guest.objects.filter(email=KIM["email"]).exists()
    assert passed_on(maria) in client.get(own(maria)).content.decode()


def test_the_invitation_takes_as_many_queries_for_many_guests_as_for_one(client, maria, django_assert_num_queries):
    with django_assert_num_queries(2):
        client.get(passed_on(maria))
    for _ in range(3):
        make_guest(maria.meetup, rsvp="yes", shows_name=True)
    with django_assert_num_queries(2):
        client.get(passed_on(maria))


# The friend's own page


def test_a_look_asks_nobody_and_a_press_asks_the_host(client, kim):
    before = all_rows()
    assert "Shall we ask Ana?" in words_of(client.get(own(kim) + "?rsvp=yes"))
    assert all_rows() == before

    response = client.post(own(kim), {"rsvp": "yes", "note": "I can bring a salad."})

    assert (response.status_code, response["Location"]) == (303, own(kim))
    page = client.get(own(kim))
    assert "Ana is asked" in words_of(page)
    assert STREET not in page.content.decode()
    kim.refresh_from_db()
    assert (kim.rsvp, kim.note, kim.has_seat) == ("invited", "I can bring a salad.", False)


def test_a_friend_says_no_and_yes_again_through_the_same_link(client, kim):
    client.post(own(kim), {"rsvp": "yes"})
    client.post(own(kim), {"rsvp": "no"})
    assert "You said no" in words_of(client.get(own(kim)))

    client.post(own(kim), {"rsvp": "yes"})

    assert "Ana is asked" in words_of(client.get(own(kim)))


@pytest.mark.parametrize("data", [{}, {"rsvp": "perhaps"}, {"rsvp": "maybe"}])
def test_a_press_without_a_word_is_told_so(client, kim, data):
    assert "<title>Error:" in client.post(own(kim), data).content.decode()
    kim.refresh_from_db()
    assert kim.address_proven_at is None


@pytest.mark.parametrize("state", ["new", "asked", "refused", "admitted"])
def test_nothing_below_a_waiting_friends_link_tells_the_street_and_nothing_breaks(client, kim, state):
    if state != "new":
        answer_as_friend(kim, comes=True)
    if state == "refused":
        decide_on_friend(kim, is_welcome=False)
    if state == "admitted":
        assert STREET in client.get(own(decide_on_friend(kim, is_welcome=True))).content.decode()
        return
    for below in (
        "",
        "/confirm",
        "/table",
        "/ask",
        "/after",
        "/not-me",
        "/data",
        "/leave",
        "/meetup.ics",
        "/calendar",
        "/map",
        "/here",
    ):
        for response in (client.get(own(kim) + below), client.post(own(kim) + below, {"coming": "yes", "words": "Hello"})):
            assert response.status_code in (200, 303, 404), below
            assert STREET not in response.content.decode()
        kim = Guest.objects.get(pk=kim.pk)


@pytest.mark.parametrize("state", ["new", "asked", "refused"])
def test_whom_the_host_did_not_let_in_leaves_nothing_with_the_table(client, kim, moved_clock, state):
    if state != "new":
        answer_as_friend(kim, comes=True)
    if state == "refused":
        decide_on_friend(kim, is_welcome=False)
    moved_clock(days=16)
    assert Guest.objects.get(pk=kim.pk).meetup.has_started

    for below, data in (("/here", {"here": "yes"}), ("/after", {"attended": "yes"}), ("/after", {"sentence": "I was there."})):
        response = client.post(own(kim) + below, data)
        assert (response.status_code, response["Location"]) == (303, own(kim))

    kim.refresh_from_db()
    assert kim.attended is None
    assert not Contribution.objects.exists()


def test_a_friend_changes_the_word_to_the_host_and_takes_it_away(client, kim):
    notes = []
    # After the host was asked the form has only a button.
    for data in ({"rsvp": "yes", "note": "I sing."}, {"rsvp": "no"}, {"rsvp": "yes", "note": ""}):
        client.post(own(kim), data)
        kim.refresh_from_db()
        notes.append(kim.note)

    assert notes == ["I sing.", "I sing.", ""]


def test_a_refused_friend_reads_it_kindly(client, kim):
    decide_on_friend(answer_as_friend(kim, comes=True), is_welcome=False)

    assert "It says nothing about you" in words_of(client.get(own(kim)))


def test_the_guest_learns_how_many_asked_and_come_and_no_names(client, maria, kim):
    answer_as_friend(kim, comes=True)
    assert "One person has asked to come by it." in words_of(client.get(own(maria)))

    decide_on_friend(kim, is_welcome=True)

    said = words_of(client.get(own(maria)))
    assert "One of them comes." in said
    assert "Kim" not in said


# At a listed table


def test_at_a_listed_table_every_page_says_that_anybody_may_come_and_a_press_gives_a_seat(client, maria):
    Meetup.objects.update(visibility="listed")

    pages = [words_of(client.get(path)) for path in (own(maria), passed_on(maria), f"{own(maria)}/not-me")]
    asked = words_of(client.post(passed_on(maria), KIM))
    friend = Guest.objects.get(email=KIM["email"])
    before = client.get(own(friend)).content.decode()
    client.post(own(friend), {"rsvp": "yes"})

    expected = ["takes a seat as anybody may", "Anybody may come to this table", "anybody may come to this table"]
    assert [words in page for words, page in zip(expected, pages, strict=True)] == [True] * 3
    assert not any("says yes or no" in page for page in pages)
    assert "only then is a seat yours" in asked
    assert STREET not in before
    assert STREET in client.get(own(friend)).content.decode()
    assert "One of them comes." in words_of(client.get(own(maria)))


def test_at_a_table_that_is_not_listed_every_page_names_the_host(client, maria):
    pages = [words_of(client.get(path)) for path in (own(maria), passed_on(maria), f"{own(maria)}/not-me")]

    assert ["Ana says yes or no" in page for page in pages] == [True] * 3
    assert not any("nybody may" in page for page in pages)


# The host's decision


def test_the_desk_shows_a_friend_and_one_press_each_says_yes_no_or_takes_it_back(desk, maria, kim):
    answer_as_friend(kim, comes=True, note="I can bring a salad.")
    url = f"/host/{maria.meetup.code}/friends/{kim.pk}/"

    said = words_of(desk.get(maria.meetup.get_desk_url()))
    assert "Kim, a friend of a guest, would like to come." in said
    assert "brought by Maria" in said
    assert "I can bring a salad." in said
    states = []
    for say in ("yes", "undo", "no", "undo", "yes"):
        assert desk.post(url, {"say": say}).status_code == 302
        kim.refresh_from_db()
        states.append((kim.rsvp, kim.admitted_at is not None, kim.refused_at is not None))
    assert states == [
        ("yes", True, False),
        ("invited", False, False),
        ("invited", False, True),
        ("invited", False, False),
        ("yes", True, False),
    ]
    assert "brought by Maria" in words_of(desk.get(maria.meetup.get_desk_url()))


def test_an_unproven_friend_is_not_on_the_desk_and_cannot_be_let_in(desk, maria, kim):
    assert "Kim" not in words_of(desk.get(maria.meetup.get_desk_url()))
    assert desk.post(f"/host/{maria.meetup.code}/friends/{kim.pk}/", {"say": "yes"}).status_code == 404
    assert desk.get(kim.get_desk_url()).status_code == 404


def test_a_stranger_another_host_and_a_get_decide_nothing(client, desk, maria, kim):
    answer_as_friend(kim, comes=True)
    other = Client()
    other.force_login(make_user(shown_name="Oda"))
    url = f"/host/{maria.meetup.code}/friends/{kim.pk}/"

    assert client.post(url, {"say": "yes"}).status_code == 302
    assert other.post(url, {"say": "yes"}).status_code == 404
    assert desk.get(url).status_code == 405
    assert desk.post(f"/host/{maria.meetup.code}/friends/{maria.pk}/", {"say": "no"}).status_code == 404
    desk.post(url, {"say": "perhaps"})
    kim.refresh_from_db()
    assert kim.admitted_at is None


def test_the_desk_takes_as_many_queries_for_three_friends_as_for_one(desk, maria, kim, django_assert_num_queries):
    answer_as_friend(kim, comes=True)
    desk.get(maria.meetup.get_desk_url())
    with CaptureQueriesContext(connection) as one:
        desk.get(maria.meetup.get_desk_url())
    for number in range(2):
        ask_as_friend(maria, name=f"Lee {number}", email=f"lee{number}@example.net")
        answer_as_friend(Guest.objects.get(email=f"lee{number}@example.net"), comes=True)
    with django_assert_num_queries(len(one)):
        desk.get(maria.meetup.get_desk_url())


def test_the_host_says_in_the_form_whether_guests_bring_friends(desk, maria):
    meetup = maria.meetup
    page = f"/host/{meetup.code}/edit/all/"
    assert '<option value="yes" selected>' in desk.get(page).content.decode()
    data = {"title": meetup.title, "seats": 10, "max_party": 2, "visibility": "private", "shows_names": "on"}

    saved = []
    for said in ("no", "yes", ""):
        assert desk.post(page, data | {"lets_friends": said}).status_code == 302
        meetup.refresh_from_db()
        saved.append(meetup.lets_friends)

    assert saved == [False, True, None]


# I am not Maria


def test_not_me_offers_two_choices_and_asking_does_not_end_the_link(client, maria):
    page = own(maria) + "/not-me"
    source = client.get(page).content.decode()
    assert "End this link" in source
    assert "Ask for my own invitation" in source
    assert "maria.private" not in source

    response = client.post(page, KIM | {"ask": "1"})

    assert "Look in your inbox" in words_of(response)
    kim = Guest.objects.get(email=KIM["email"])
    assert (kim.origin, kim.brought_by) == ("friend", maria)
    assert client.get(own(maria)).status_code == 200


def test_a_mistake_in_asking_ends_nothing(client, maria):
    response = client.post(own(maria) + "/not-me", {"name": "Kim", "email": "kim", "ask": "1"})

    assert "<title>Error:" in response.content.decode()
    assert client.get(own(maria)).status_code == 200


def test_ending_the_link_asks_for_nobody(client, maria):
    response = client.post(own(maria) + "/not-me", {"end": "1", "sure": "on"})

    assert "opens nothing any more" in words_of(response)
    assert client.get(own(maria)).status_code == 404
    assert Guest.objects.count() == 1


def test_where_no_friends_are_taken_not_me_only_ends_the_link(client, maria):
    Meetup.objects.update(lets_friends=False)
    page = own(maria) + "/not-me"

    assert "Ask for my own invitation" not in client.get(page).content.decode()
    response = client.post(page, KIM | {"ask": "1"})

    assert response.status_code == 200
    assert Guest.objects.count() == 1
    assert client.get(own(maria)).status_code == 200
