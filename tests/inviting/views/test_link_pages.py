"""The host's own link: the page behind it, who comes by it, and what the host does with it."""

import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils.translation import override

from meetups.access.tokens import make_guest_token, make_link_token
from meetups.exceptions import MeetupError
from meetups.guests.services.friend import answer_as_friend, decide_on_friend, friends_for_host
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.guests.services.seat_request import ask_by_link
from meetups.inviting.services.link import look_at_link, make_link, renew_link, revoke_link
from meetups.models import Cohost, Delivery, Guest, Meetup
from meetups.planning.paper import make_order
from tests.factories import (
    DOOR,
    PARKING,
    PHONE,
    STREET,
    make_begun_meetup,
    make_draft,
    make_guest,
    make_host,
    make_meetup,
    make_user,
)
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
KIM = {"name": "Kim", "email": "kim@example.net"}
SECRETS = [STREET, DOOR, PARKING, PHONE, "M6G"]


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def meetup() -> Meetup:
    host = make_host("ana.private@example.org", shown_name="Ana")
    return make_link(make_meetup(host, visibility="private", seats=3, plan=True))


@pytest.fixture
def desk(meetup) -> Client:
    client = Client()
    client.force_login(meetup.host)
    return client


def link_of(meetup: Meetup) -> str:
    return f"/i/{make_link_token(meetup)}"


def own(guest: Guest) -> str:
    return f"/r/{make_guest_token(guest)}"


def kim() -> Guest:
    return Guest.objects.select_related("meetup__host").get(email=KIM["email"])


def ask(meetup: Meetup, **fields) -> Guest:
    ask_by_link(meetup, selector=meetup.link_selector, **KIM | fields)
    return Guest.objects.select_related("meetup__host").get(email=(KIM | fields)["email"])


# The page behind the link ---------------------------------------------------------------------------------------------


def test_the_page_shows_the_evening_and_never_where_it_is_nor_who_comes(meetup):
    make_guest(meetup, rsvp="yes", shown_name="Bo Secretive", shows_name=True)
    response = Client().get(link_of(meetup))
    page = response.content.decode()

    assert response.status_code == 200
    assert meetup.title in page
    assert [secret for secret in [*SECRETS, "Secretive", "ana.private"] if secret in page] == []
    assert "noindex" in response["X-Robots-Tag"]
    assert not response.cookies


def test_a_get_changes_nothing(meetup):
    before = all_rows()
    Client().get(link_of(meetup))

    assert all_rows() == before


def test_the_link_admits_once_the_address_is_proven(meetup):
    stranger = Client()
    page = stranger.post(link_of(meetup), KIM).content.decode()

    assert "Look in your inbox" in page
    assert meetup.get_absolute_url() not in page
    assert (kim().origin, kim().counts, kim().has_seat) == ("link", False, False)
    before = stranger.get(own(kim())).content.decode()
    assert [secret for secret in SECRETS if secret in before] == []
    assert stranger.post(own(kim()), {"rsvp": "yes"}).status_code == 303
    assert kim().has_seat
    assert STREET in stranger.get(own(kim())).content.decode()
    assert friends_for_host(meetup) == []
    assert {letter.kind for letter in Delivery.objects.filter(guest=kim())} == {"prove_address", "confirmation"}


def test_a_full_table_puts_whoever_comes_by_the_link_in_line(meetup):
    make_guest(meetup, rsvp="yes", party_size=3)

    assert record_rsvp(ask(meetup), Answer("yes")).rsvp == "waiting"


def test_every_address_gets_the_same_answer(meetup):
    make_guest(meetup, KIM["email"], rsvp="yes")
    stranger = Client()

    known, unknown = (stranger.post(link_of(meetup), KIM | {"email": at}) for at in (KIM["email"], "lou@example.net"))

    assert known.content.decode().replace(KIM["email"], "lou@example.net") == unknown.content.decode()


def test_what_was_typed_stays_after_an_error_and_another_language(meetup):
    page = Client().post(link_of(meetup), {"name": "Kim", "email": "no address"}).content.decode()

    assert 'value="Kim"' in page
    assert 'value="no address"' in page
    french = Client().post(link_of(meetup), {"name": "Kim", "email": "kim@", "speak": "fr"}).content.decode()
    assert 'value="Kim"' in french
    assert not Guest.objects.exists()


def test_the_page_speaks_the_evenings_language_to_a_browser_without_one():
    meetup = make_link(make_meetup(visibility="private", language="fr"))

    assert Client().get(link_of(meetup))["Content-Language"] == "fr"
    assert Client().get(link_of(meetup), headers={"accept-language": "es"})["Content-Language"] == "es"


def test_strangers_are_limited(meetup, monkeypatch):
    monkeypatch.setattr("meetups.guests.views.friends.ASKED", 2)
    stranger = Client()
    codes = [stranger.post(link_of(meetup), KIM | {"email": f"kim{n}@example.net"}).status_code for n in range(3)]

    assert codes == [200, 200, 429]


def test_wrong_old_and_closed_links_answer_as_every_wrong_link(meetup, desk):
    old, other = link_of(meetup), make_meetup()
    renewed = renew_link(meetup)
    new = link_of(renewed)
    wrong = [
        old,
        f"{new[:-1]}{'A' if new[-1] != 'A' else 'Q'}",
        "/i/x",
        f"/i/{make_link_token(other)}",
        "/i/%00",
        f"/i/{'a' * 43}",
    ]

    assert Client().get(new).status_code == 200
    for address in wrong:
        assert Client().get(address).status_code == 404
        assert Client().post(address, KIM).status_code == 404
    assert not Guest.objects.exists()
    # A guest's token, and a friend's, open no such page.
    assert Client().get(f"/i/{make_guest_token(make_guest(meetup))}").status_code == 404
    revoke_link(renewed)
    assert Client().get(new).status_code == 404
    assert desk.get(new).status_code == 404


def test_a_begun_or_canceled_evening_has_no_such_page(meetup):
    begun = make_begun_meetup(visibility="private")
    Meetup.objects.filter(pk=begun.pk).update(link_selector="A" * 21 + "Q")
    begun.refresh_from_db()
    Meetup.objects.filter(pk=meetup.pk).update(status="canceled")

    assert Client().get(link_of(begun)).status_code == 404
    assert Client().get(link_of(meetup)).status_code == 404


# A leaked link ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [renew_link, revoke_link, lambda meetup: look_at_link(meetup, looks=True)])
def test_who_asked_by_a_link_that_has_ended_is_looked_at(meetup, end):
    seated = record_rsvp(ask(meetup, email="sid@example.net"), Answer("yes"))
    ask(meetup)

    end(meetup)

    assert kim().awaits_host
    assert Guest.objects.get(pk=seated.pk).has_seat
    client = Client()
    assert client.post(own(kim()), {"rsvp": "yes"}).status_code == 303
    assert not kim().has_seat
    assert STREET not in client.get(own(kim())).content.decode()
    assert [guest.pk for guest in friends_for_host(meetup)] == [kim().pk]


def test_a_form_that_was_open_when_the_link_ended_asks_for_nothing(meetup):
    selector = meetup.link_selector
    renew_link(meetup)

    with override("en"), pytest.raises(MeetupError, match="takes no requests"):
        ask_by_link(meetup, selector=selector, **KIM)
    assert not Guest.objects.exists()


def test_with_a_look_first_the_host_says_yes_or_no(meetup, desk):
    look_at_link(meetup, looks=True)
    stranger = Client()
    assert "only then is Ana asked" in stranger.post(link_of(meetup), KIM).content.decode()
    assert stranger.post(own(kim()), {"rsvp": "yes", "note": "We met at the choir."}).status_code == 303

    shown = desk.get(meetup.get_desk_url()).content.decode()
    assert "by your link" in shown
    assert "We met at the choir." in shown
    assert STREET not in stranger.get(own(kim())).content.decode()
    assert decide_on_friend(kim(), is_welcome=True).has_seat
    # The host's own yes is shown, to be taken back; that of the link is not.
    assert [guest.pk for guest in friends_for_host(meetup)] == [kim().pk]


# What the host sees and does -------------------------------------------------------------------------------------------


def test_the_guest_list_says_who_came_by_the_link_and_who_asks(meetup, desk):
    record_rsvp(ask(meetup), Answer("yes"))
    look_at_link(meetup, looks=True)
    answer_as_friend(ask(meetup, name="Lou", email="lou@example.net"), comes=True)
    make_guest(meetup, name="Maria")

    page = desk.get(f"/host/{meetup.code}/guests/").content.decode()
    assert re.search(r"ask to come <span class=\"num\">1<", page)
    assert re.search(r"came by your link <span class=\"num\">1<", page)
    by_link = desk.get(f"/host/{meetup.code}/guests/?show=link")
    assert [guest.name for guest in by_link.context["company"].guests] == ["Kim"]
    asking = desk.get(f"/host/{meetup.code}/guests/?show=asking")
    assert [guest.name for guest in asking.context["friends"]] == ["Lou"]
    assert "Maria" not in asking.content.decode()
    assert "2 guests are shown." in page


def test_the_invite_page_makes_the_link_and_writes_the_message(client):
    meetup = make_meetup(visibility="private")
    client.force_login(meetup.host)
    page = client.get(f"/host/{meetup.code}/invite/")

    assert "message" not in page.context
    assert "Make a link of my own" in page.content.decode()
    made = client.post(f"/host/{meetup.code}/invite/link/", {"say": "make"}, follow=True)
    meetup.refresh_from_db()
    message = made.context["message"]
    assert message.endswith(link_of(meetup))
    assert "Soup and one question" in message
    assert "Toronto" in message
    assert [secret for secret in SECRETS if secret in message] == []
    assert made.content.decode().count(link_of(meetup)) == 1
    selector = meetup.link_selector
    client.post(f"/host/{meetup.code}/invite/link/", {"say": "make"})
    meetup.refresh_from_db()
    assert meetup.link_selector == selector


def test_the_message_speaks_the_language_of_the_evening_and_fits_each_visibility():
    host = make_user(shown_name="Ana")
    client = Client()
    client.force_login(host)
    for visibility in ("listed", "link"):
        meetup = make_meetup(host, visibility=visibility, language="fr")
        page = client.get(f"/host/{meetup.code}/invite/")
        assert page.context["message"].endswith(meetup.get_absolute_url())
        assert 'lang="fr"' in page.content.decode()
        assert "Toronto" in page.context["message"]


def test_the_host_renews_looks_and_ends_it_and_get_does_nothing(meetup, desk):
    address = f"/host/{meetup.code}/invite/link/"
    before = meetup.link_selector

    assert desk.get(address).status_code == 405
    desk.post(address, {"say": "renew"})
    meetup.refresh_from_db()
    assert meetup.link_selector not in ("", before)
    desk.post(address, {"say": "look"})
    meetup.refresh_from_db()
    assert meetup.looks_at_link
    desk.post(address, {"say": "admit"})
    desk.post(address, {"say": "nothing"})
    desk.post(address, {"say": "revoke"})
    meetup.refresh_from_db()
    assert (meetup.looks_at_link, meetup.link_selector) == (False, "")


def test_only_hosts_of_this_evening_change_the_link(meetup):
    address, before = f"/host/{meetup.code}/invite/link/", meetup.link_selector
    other, cohost = Client(), Client()
    other.force_login(make_host(shown_name="Bea"))
    finn = make_user(shown_name="Finn")
    Cohost.objects.create(meetup=meetup, user=finn)
    cohost.force_login(finn)

    assert Client().post(address, {"say": "renew"}).status_code == 302
    assert other.post(address, {"say": "renew"}).status_code == 404
    assert other.get(f"/host/{meetup.code}/invite/code/").status_code == 404
    meetup.refresh_from_db()
    assert meetup.link_selector == before
    cohost.post(address, {"say": "renew"})
    meetup.refresh_from_db()
    assert meetup.link_selector != before


def test_no_link_is_made_before_publication_or_after_the_beginning():
    for meetup in (make_draft(), make_begun_meetup()):
        client = Client()
        client.force_login(meetup.host)
        client.post(f"/host/{meetup.code}/invite/link/", {"say": "make"})
        meetup.refresh_from_db()
        assert meetup.link_selector == ""


def test_the_code_holds_the_link_and_the_paper_too(meetup, desk):
    page = desk.get(f"/host/{meetup.code}/invite/code/")

    assert page.context["link"].endswith(link_of(meetup))
    assert "<svg viewBox" in page.content.decode()
    assert STREET not in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    order = make_order(meetup, [], kinds=["invitations"], size="a4", with_street=False)
    assert link_of(meetup) in str(order)
    revoke_link(meetup)
    assert desk.get(f"/host/{meetup.code}/invite/code/")["Location"] == f"/host/{meetup.code}/invite/"
    meetup.refresh_from_db()
    assert "/i/" not in str(make_order(meetup, [], kinds=["invitations"], size="a4", with_street=False))
