"""The page behind the letter to a guest who could host: the draft is made by a press, opened by a code, and never asked twice."""

import pytest
from django.core.cache import cache

from hosts.models import User
from meetups.access.tokens import make_guest_token, make_hosting_token
from meetups.guests.services.next_host import says_not_now
from meetups.guests.services.rsvp import offer_to_host
from meetups.models import Delivery, Guest, Meetup, Suppression
from meetups.planning.services.next_host import begin_draft
from tests.factories import (
    DOOR,
    PHONE,
    STREET,
    make_campaign,
    make_guest,
    make_held_meetup,
    make_host,
    make_kit,
    make_meetup,
    make_user,
)
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def guest() -> Guest:
    meetup = make_held_meetup(make_host(shown_name="Ana"), campaign=make_campaign(), language="fr")
    guest = make_guest(meetup, "maria@example.org", name="Maria", shown_name="Maria", rsvp="yes", attended=True)
    return offer_to_host(guest, could_host=True)


def path(guest: Guest) -> str:
    return f"/next/{make_hosting_token(guest)}?lang=en"


def test_the_page_shows_what_the_draft_will_hold_and_nothing_of_the_place(client, guest):
    before = all_rows()
    answer = client.get(path(guest))

    page = answer.content.decode()
    assert "You said that you could host an evening." in page
    assert guest.meetup.kit.question_list[0] in page
    assert [secret for secret in (STREET, DOOR, PHONE, guest.email) if secret in page] == []
    assert answer.cookies == {}
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")
    # Robots follow the links of letters.
    assert all_rows() == before


def test_a_press_makes_the_draft_and_mails_a_code_to_the_guest(client, guest, mailoutbox):
    answer = client.post(path(guest), {"begin": "1"})

    draft = Meetup.objects.get(parent=guest.meetup)
    assert (answer.status_code, answer.url) == (
        303,
        f"/accounts/login/code/confirm/?next=%2Fhost%2F{draft.code}%2Fedit%2Fwhen%2F",
    )
    assert [letter.to for letter in mailoutbox] == [["maria@example.org"]]
    assert (draft.host.email, draft.host.shown_name, draft.host.proven_at) == ("maria@example.org", "Maria", None)
    assert draft.is_draft
    # Title, kit, campaign and language of the table; no people, no place, no date.
    parent = guest.meetup
    assert (draft.title, draft.campaign, draft.language, draft.kit.copied_from) == (
        parent.title,
        parent.campaign,
        "fr",
        parent.kit,
    )
    for name in ("book", "way_in", "questions", "run", "meal", "agreements"):
        assert getattr(draft.kit, name) == getattr(parent.kit, name)
    assert (draft.date, draft.time, draft.seats, draft.street, draft.town_name, draft.day_phone, draft.word) == (
        None, None, None, "", "", "", "",
    )  # fmt: skip
    assert not draft.guests.exists()
    assert {row.state for row in Delivery.objects.filter(kind="could_host")} == {"withdrawn"}


def test_the_draft_is_closed_to_whoever_holds_the_link_without_the_code(client, guest, mailoutbox):
    client.post(path(guest), {"begin": "1"})
    draft = Meetup.objects.get(parent=guest.meetup)

    assert client.get(draft.get_desk_url()).url == f"/accounts/login/?next=/host/{draft.code}/"


def test_a_second_press_makes_no_second_draft(client, guest, mailoutbox):
    for _press in range(3):
        client.post(path(guest), {"begin": "1"})

    assert Meetup.objects.filter(parent=guest.meetup).count() == 1
    assert User.objects.filter(email="maria@example.org").count() == 1


def test_somebody_who_is_signed_in_under_another_address_gets_it_there_and_no_code(client, guest, mailoutbox):
    maria = make_user("maria.at.home@example.org", shown_name="Maria")
    client.force_login(maria)

    answer = client.post(path(guest), {"begin": "1"})

    draft = Meetup.objects.get(parent=guest.meetup)
    assert (draft.host, answer.url, mailoutbox) == (maria, f"{draft.get_desk_url()}edit/when/", [])
    assert not User.objects.filter(email="maria@example.org").exists()


def test_a_host_who_has_an_account_keeps_their_name(guest):
    mia = make_user("maria@example.org", shown_name="Mia")

    assert begin_draft(guest).host == mia
    mia.refresh_from_db()
    assert mia.shown_name == "Mia"


def test_not_now_is_written_down_and_said_back(client, guest):
    answer = client.post(path(guest), {"not_now": "1"}, follow=True)

    assert "We will not ask you again" in answer.content.decode()
    assert says_not_now(guest)
    assert not Meetup.objects.filter(parent=guest.meetup).exists()
    # Whoever thinks better of it can still begin.
    client.post(path(guest), {"begin": "1"})
    assert Meetup.objects.filter(parent=guest.meetup).count() == 1


def test_a_press_without_a_word_changes_nothing(client, guest):
    before = all_rows()

    assert client.post(path(guest), {"host": "1", "campaign": "1", "status": "published"}).status_code == 200
    assert all_rows() == before


def test_the_link_outlives_that_of_the_evening(client, guest, moved_clock):
    moved_clock(days=32)

    assert client.get(f"/r/{make_guest_token(guest)}").status_code == 410
    assert client.get(path(guest)).status_code == 200


@pytest.mark.parametrize("wrong", ["guest", "other", "odd", "revoked", "removed"])
def test_a_wrong_link_is_none(client, guest, wrong):
    token = make_hosting_token(guest)
    if wrong == "guest":
        token = make_guest_token(guest)
    elif wrong == "other":
        token = make_hosting_token(guest)[:-4] + "AAAA"
    elif wrong == "odd":
        token = "nobody-knows-this"
    elif wrong == "revoked":
        Guest.objects.filter(pk=guest.pk).update(link_version=1)
    else:
        Guest.objects.filter(pk=guest.pk).update(removed_at=guest.created_at)

    for answer in (client.get(f"/next/{token}"), client.post(f"/next/{token}", {"begin": "1"})):
        assert answer.status_code == 404
    assert not Meetup.objects.filter(parent=guest.meetup).exists()
    assert not Suppression.objects.exists()


def test_that_link_opens_no_other_page(client, guest):
    assert client.get(f"/r/{make_hosting_token(guest)}").status_code == 404


def test_many_codes_are_too_many_and_the_draft_is_there_all_the_same(client, guest, mailoutbox):
    answers = [client.post(path(guest), {"begin": "1"}, REMOTE_ADDR="10.1.2.3") for _press in range(12)]

    assert answers[-1].status_code in (200, 303)
    assert len(mailoutbox) <= 3
    assert Meetup.objects.filter(parent=guest.meetup).count() == 1


def test_a_guest_whose_address_was_forgotten_begins_as_anybody_does(client, guest):
    Guest.objects.filter(pk=guest.pk).update(email=None, name="")

    assert client.post(path(guest), {"begin": "1"}).url == "/host/new/"


def test_the_page_asks_the_database_the_same_whatever_the_table(client, guest, django_assert_num_queries):
    for _guest in range(3):
        make_guest(guest.meetup, rsvp="yes")

    # The guest with the evening, and the "not now".
    with django_assert_num_queries(2):
        client.get(path(guest))


def test_the_evening_that_comes_of_it_counts_as_a_child_of_the_table(client, guest):
    draft = begin_draft(guest)

    assert list(guest.meetup.children.all()) == [draft]


def test_a_private_evenings_kit_goes_along_and_its_place_does_not(guest):
    meetup = make_meetup(visibility="private", kit=make_kit(meal="Soup, and no cake."))
    draft = begin_draft(make_guest(meetup, rsvp="no", could_host=True))

    assert draft.kit.meal == "Soup, and no cake."
    assert (draft.street, draft.town_name, draft.visibility) == ("", "", "private")
