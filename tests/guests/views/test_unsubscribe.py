"""Unsubscribing: three scopes, one click by a mail program, and the same page for an unknown token (R43-R46)."""

import re

import pytest
from django.test import Client

from meetups.access.address_hash import hash_address
from meetups.access.tokens import make_guest_token, make_unsubscribe_token, make_user_unsubscribe_token
from meetups.dispatch.claim import claim_deliveries
from meetups.models import Delivery, Suppression
from meetups.outbox.queue import enqueue
from tests.factories import make_campaign, make_guest, make_held_meetup, make_host, make_meetup
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
UNKNOWN = ["x", "A" * 43, "x" * 3000, "%00", "é", "%E9"]


def link(guest) -> str:
    return f"/u/{make_unsubscribe_token(guest)}"


def targets(email: str) -> set[str]:
    return set(Suppression.objects.filter(address_hash=hash_address(email)).values_list("target", flat=True))


def test_get_shows_three_scopes_and_changes_nothing(client):
    guest = make_guest(make_meetup())
    before = all_rows()

    response = client.get(link(guest))

    assert response.status_code == 200
    assert re.findall(r'name="scope" value="(\w+)"', response.content.decode()) == ["meetup", "host", "everything"]
    assert not response.cookies
    assert response["Referrer-Policy"] == "no-referrer"
    assert all_rows() == before


@pytest.mark.parametrize(
    ("scope", "target"), [("meetup", "meetup:{meetup.pk}"), ("host", "host:{meetup.host_id}"), ("everything", "")]
)
def test_a_press_takes_effect_at_once_and_a_second_changes_nothing(client, scope, target):
    guest = make_guest(make_meetup())

    first = client.post(link(guest), {"scope": scope})
    once = all_rows()
    second = client.post(link(guest), {"scope": scope})

    assert (first.status_code, second.status_code) == (200, 200)
    assert "You are unsubscribed" in first.content.decode()
    assert targets(guest.email) == {target.format(meetup=guest.meetup)}
    assert all_rows() == once


@pytest.mark.parametrize("how", ["urlencoded", "multipart"])
def test_one_click_needs_no_cookie_referer_or_token_and_is_not_redirected(how):
    guest = make_guest(make_meetup(campaign=make_campaign()))
    program = Client(enforce_csrf_checks=True)
    body = {"data": ONE_CLICK}
    if how == "urlencoded":
        body = {"data": "List-Unsubscribe=One-Click", "content_type": "application/x-www-form-urlencoded"}

    response = program.post(link(guest), **body)

    assert response.status_code == 200
    assert not response.cookies
    assert targets(guest.email) == {f"host:{guest.meetup.host_id}", f"campaign:{guest.meetup.campaign_id}"}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"broken"),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        ("application/json", b"{"),
        ("", b""),
    ],
)
def test_a_body_that_cannot_be_read_is_a_click_too(client, content_type, body):
    guest = make_guest(make_meetup())

    response = client.generic("POST", link(guest), body, content_type=content_type)

    assert response.status_code == 200
    assert targets(guest.email) == {f"host:{guest.meetup.host_id}"}


def test_unknown_tokens_get_the_very_same_pages(client):
    guest = make_guest(make_meetup())
    known = client.get(link(guest)).content, client.post(link(guest), ONE_CLICK).content
    before = all_rows()

    for token in [*UNKNOWN, make_guest_token(guest)]:
        shown, done = client.get(f"/u/{token}"), client.post(f"/u/{token}", ONE_CLICK)
        assert (shown.status_code, done.status_code) == (200, 200)
        assert (shown.content, done.content) == known

    assert all_rows() == before


def test_the_link_works_long_after_the_evening_and_for_a_removed_guest(client):
    meetup = make_held_meetup(in_days=-90)
    guest = make_guest(meetup, email="maria@example.org", removed_at=meetup.ends_at)
    guest.link_version += 3
    guest.save()

    client.post(link(guest), {"scope": "everything"})

    assert targets("maria@example.org") == {""}


def test_what_has_not_left_is_taken_back_and_nobody_elses(client):
    meetup = make_meetup()
    guest, other = make_guest(meetup), make_guest(meetup)
    for row in (guest, other):
        enqueue("invitation", key=str(row.pk), guest=row)

    client.post(link(guest), ONE_CLICK)

    assert Delivery.objects.get(guest=guest).state == "withdrawn"
    assert Delivery.objects.get(guest=other).state == "queued"


def test_a_host_who_wants_no_letters_about_hosting_is_still_invited_by_others(client):
    host = make_host("ana@example.org")
    own = enqueue("host_full", key="1", user=host, meetup=make_meetup(host))
    added = enqueue("organizer_added", key="1", user=host)
    invitation = enqueue("invitation", key="1", guest=make_guest(make_meetup(), email="ana@example.org"))

    page = client.post(f"/u/{make_user_unsubscribe_token(host)}", ONE_CLICK).content.decode()

    claim_deliveries()
    assert targets("ana@example.org") == {f"host:{host.pk}"}
    assert [Delivery.objects.get(pk=row.pk).state for row in (own, added, invitation)] == ["withdrawn", "withdrawn", "sending"]
    assert "No more letters about what you host or organize come to this address." in page


def test_a_host_stops_all_letters_to_their_address(client):
    host = make_host("ana@example.org")
    path = f"/u/{make_user_unsubscribe_token(host)}"

    assert re.findall(r'name="scope" value="(\w+)"', client.get(path).content.decode()) == ["host", "everything"]
    page = client.post(path, {"scope": "everything"}).content.decode()

    assert targets("ana@example.org") == {""}
    assert "We will not write to this address any more." in page


def test_the_link_can_neither_answer_nor_show_an_address(client):
    guest = make_guest(make_meetup(), rsvp="yes", email="maria@example.org")

    html = client.get(link(guest)).content.decode()

    assert guest.meetup.street not in html
    assert "maria@example.org" not in html
    assert client.get(f"/r/{make_unsubscribe_token(guest)}").status_code == 404


@pytest.mark.parametrize("scope", ["meetup", "host", "everything"])
def test_who_pressed_by_mistake_takes_it_back_with_the_letters_it_had_stopped(client, scope):
    guest = make_guest(make_meetup(campaign=make_campaign()))
    letter = enqueue("invitation", key="one", guest=guest)
    page = client.post(link(guest), {"scope": scope}).content.decode()

    response = client.post(link(guest), {"scope": scope, "again": "1"})

    assert f'<input type="hidden" name="scope" value="{scope}">' in page
    assert response.status_code == 200 and "Letters come again" in response.content.decode()
    assert targets(guest.email) == set()
    letter.refresh_from_db()
    assert (letter.state, letter.finished_at, letter.last_words) == ("queued", None, "")
    assert [row.pk for row in claim_deliveries(10)] == [letter.pk]


def test_taking_one_back_leaves_the_others_as_they_are(client):
    guest = make_guest(make_meetup())
    client.post(link(guest), {"scope": "everything"})
    client.post(link(guest), {"scope": "meetup"})

    client.post(link(guest), {"scope": "meetup", "again": "1"})
    once = all_rows()
    client.post(link(guest), {"scope": "meetup", "again": "1"})

    assert targets(guest.email) == {""}
    assert all_rows() == once


def test_a_letter_that_is_of_no_use_any_more_does_not_come_back(client, moved_clock):
    guest = make_guest(make_meetup())
    letter = enqueue("invitation", key="one", guest=guest)
    client.post(link(guest), {"scope": "meetup"})
    moved_clock(days=15)

    client.post(link(guest), {"scope": "meetup", "again": "1"})

    letter.refresh_from_db()
    assert letter.state == Delivery.State.WITHDRAWN


@pytest.mark.parametrize("scope", ["host", "everything"])
def test_a_host_takes_it_back_too(client, scope):
    host = make_host()
    path = f"/u/{make_user_unsubscribe_token(host)}"
    client.post(path, {"scope": scope})

    client.post(path, {"scope": scope, "again": "1"})

    assert targets(host.email) == set()


def test_taking_back_says_the_same_for_a_token_nobody_knows(client):
    guest = make_guest(make_meetup())
    known, unknown = link(guest), f"/u/{'A' * 43}"

    pages = [client.post(path, {"scope": "host", "again": "1"}).content.decode().replace(path, "") for path in (known, unknown)]

    assert pages[0] == pages[1]
