"""A scanner that also presses every button and sends every form behind a guest's links, once (R67). It ticks nothing, and sends
what stands in a form as it stands.

What it changes can be undone through the guest's link, the guest is told by a letter, and nothing is lost for good.
"""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from django.core.cache import cache
from django.test import Client

from meetups.access.tokens import make_contribution_token, make_friend_token, make_guest_token, make_unsubscribe_token
from meetups.guests.services.friend import answer_as_friend
from meetups.guests.services.seat_request import ask_as_friend
from meetups.letters import build_message
from meetups.models import Contribution, Delivery, Guest, Question, Suppression
from meetups.times import clock
from tests.factories import make_contribution, make_dish, make_guest, make_held_meetup, make_meetup, make_recap
from tests.flows.test_robot import links_of
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
FILLER = {"email": "robot@example.net", "name": "A robot", "contact": "robot@example.net"}
WORDS = "Filled in by a machine"
# Pages behind a token, each in one language only.
IS_OURS = re.compile(r"/[rufw]/[^?]*$")
# These may end the link, so they are visited last.
LAST = ("/not-me", "/leave")


class Forms(HTMLParser):
    """The forms of a page: where each goes, what it sends, and what its buttons add."""

    def __init__(self, page: str):
        super().__init__()
        self.forms: list[dict] = []
        self.select = self.textarea = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        name, kind = facts.get("name", ""), facts.get("type", "text")
        if tag == "form":
            goes = {"action": facts.get("action", ""), "method": facts.get("method", "get")}
            self.forms.append(goes | {"data": {}, "buttons": [], "checked": set()})
        if not self.forms:
            return
        form = self.forms[-1]
        if tag == "button":
            form["buttons"].append({name: facts.get("value", "")} if name else {})
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select:
            form["data"].setdefault(self.select, facts.get("value", ""))
            if "selected" in facts:
                form["data"][self.select] = facts.get("value", "")
        elif tag == "textarea":
            form["data"][name], self.textarea = "", name
        elif tag == "input" and kind == "radio":
            if name not in form["checked"]:
                form["data"][name] = facts.get("value", "")
            if "checked" in facts:
                form["checked"].add(name)
        elif tag == "input" and kind not in ("checkbox", "file", "submit") and name:
            form["data"][name] = facts.get("value") or FILLER.get(name, WORDS)

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.forms[-1]["data"][self.textarea] += data.strip()

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""
        elif tag == "textarea" and self.textarea:
            data = self.forms[-1]["data"]
            data[self.textarea] = data[self.textarea] or FILLER.get(self.textarea, WORDS)
            self.textarea = ""


def press_all(client: Client, start: set[str], own: str) -> list[tuple[str, dict, int]]:
    """Open these links and what they lead to, send every form with each of its buttons, and return what was answered."""
    pages = set(start)
    for page in start:
        pages |= {link for link in links_of(client.get(page).content.decode(errors="replace"), page, own) if IS_OURS.match(link)}
    pages = sorted(pages, key=lambda page: (page.partition("?")[0].endswith(LAST), page))
    pressed = []
    for page in pages:
        pressed += _press_page(client, page, client.get(page).content.decode(errors="replace"), depth=0)
    return pressed


def _press_page(client: Client, page: str, source: str, *, depth: int) -> list[tuple[str, dict, int]]:
    pressed = []
    for form in Forms(source).forms:
        if form["method"].lower() != "post":
            continue
        for button in form["buttons"] or [{}]:
            cache.clear()
            url, data = urljoin(page, form["action"]).partition("#")[0], form["data"] | button
            answer = client.post(url, data)
            pressed.append((url, data, answer.status_code))
            # A form that comes back with another one behind it is pressed too: "do you mean it?"
            if answer.status_code == 200 and depth == 0 and (url.endswith(LAST) or "take_out" in button):
                pressed += _press_page(client, url, answer.content.decode(), depth=1)
    return pressed


@pytest.fixture
def table() -> dict:
    """A table with everything to press, two who only sit there, and a held evening with words left."""
    meetup = make_meetup(visibility="link", seats=20, plan=True)
    for kind in ("main", "dessert"):
        make_dish(meetup, kind, feeds=6)
    bystanders = [make_guest(meetup, rsvp=rsvp, address_proven_at=clock.now()) for rsvp in ("yes", "invited")]
    return {"meetup": meetup, "bystanders": bystanders}


STATES = {
    "invited": {},
    "yes": {"rsvp": "yes", "party_size": 2},
    "unproven": {"origin": "self"},
}


def of_guest(guest: Guest) -> set[str]:
    return {f"/r/{make_guest_token(guest)}", f"/u/{make_unsubscribe_token(guest)}"}


@pytest.mark.parametrize("state", STATES)
def test_what_a_robot_presses_is_told_and_can_be_undone_through_the_guests_link(client, table, settings, state):
    guest = make_guest(table["meetup"], "maria@example.org", name="Maria", **STATES[state])
    still = [Guest.objects.filter(pk=row.pk).values().get() for row in table["bystanders"]]

    pressed = press_all(client, of_guest(guest), settings.PUBLIC_URL)

    assert {status for _url, _data, status in pressed} <= {200, 303, 404, 429}
    assert len({url.partition("?")[0] for url, _data, status in pressed if status in (200, 303)}) > 3
    # Nobody was erased or removed, and nobody else was touched.
    guest = Guest.objects.get(pk=guest.pk)
    assert (guest.email, guest.name, guest.removed_at) == ("maria@example.org", "Maria", None)
    # Its link ends for nobody who ticks nothing: it would end the next one too, and the next.
    assert (guest.link_version, Delivery.objects.filter(kind="new_link").count()) == (0, 0)
    assert [Guest.objects.filter(pk=row.pk).values().get() for row in table["bystanders"]] == still
    # The guest is told by a letter, which leads to where it is changed.
    letters = Delivery.objects.filter(guest=guest).exclude(state="withdrawn").order_by("pk")
    assert Question.objects.filter(guest=guest).count() <= 1
    told = [letter for letter in letters if letter.kind in ("confirmation", "waiting")]
    assert told or Guest.objects.get(pk=guest.pk).num_answers == 0
    # And there all of it is undone.
    before = STATES[state] | ({"rsvp": "yes"} if state in ("invited", "unproven") else {})
    path = f"/r/{make_guest_token(guest)}"
    answer = client.post(path, {"rsvp": before["rsvp"], "party_size": before.get("party_size", 1)})
    assert answer.status_code == 303
    for dish in guest.dishes.all():
        client.post(f"{path}/table", {"give_back": dish.code})
    guest.refresh_from_db()
    assert (guest.rsvp, guest.party_size) == (before["rsvp"], before.get("party_size", 1))
    for scope in ("meetup", "host", "everything"):
        client.post(f"/u/{make_unsubscribe_token(guest)}", {"scope": scope, "again": "1"})
    assert not Suppression.objects.exists()


def test_the_confirmation_says_what_to_do_if_it_was_somebody_else(client, table, settings):
    guest = make_guest(table["meetup"], "maria@example.org", name="Maria")
    client.post(f"/r/{make_guest_token(guest)}", {"rsvp": "yes"})

    assert "If this was not you" in build_message(Delivery.objects.get(kind="confirmation")).body


def test_a_robot_behind_a_passed_on_invitation_asks_for_a_letter_and_no_more(client, table, settings):
    by = table["bystanders"][0]

    pressed = press_all(client, {f"/f/{make_friend_token(by)}"}, settings.PUBLIC_URL)

    assert {status for _url, _data, status in pressed} <= {200, 303, 404}
    assert Guest.objects.counting().count() == 2
    assert Delivery.objects.exclude(kind="prove_address").exists() is False


def test_a_robot_behind_a_friends_link_seats_nobody(client, table, settings):
    ask_as_friend(table["bystanders"][0], name="Kim", email="kim@example.net")
    kim = answer_as_friend(Guest.objects.get(email="kim@example.net"), comes=True)

    press_all(client, of_guest(kim), settings.PUBLIC_URL)

    kim.refresh_from_db()
    assert (kim.awaits_host, kim.email, kim.removed_at) == (True, "kim@example.net", None)
    client.post(f"/r/{make_guest_token(kim)}", {"rsvp": "yes"})
    kim.refresh_from_db()
    assert kim.rsvp == "invited"


def test_after_the_evening_a_robot_makes_nothing_public(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    guest = make_guest(make_held_meetup(), "maria@example.org", name="Maria", rsvp="yes")

    press_all(client, of_guest(guest), settings.PUBLIC_URL)

    guest.refresh_from_db()
    assert guest.removed_at is None
    assert not Contribution.objects.public().exists()


def test_a_robot_behind_the_link_of_somebodys_words_takes_nothing_out(client, settings):
    guest = make_guest(make_held_meetup(), "maria@example.org", name="Maria", rsvp="yes", attended=True)
    words = make_contribution(guest, promise="Ask my neighbors.")
    before = Contribution.objects.filter(pk=words.pk).values("sentence", "sentence_consent", "promise", "withdrawn_at").get()

    pressed = press_all(client, {f"/w/{make_contribution_token(words)}"}, settings.PUBLIC_URL)

    assert {status for _url, _data, status in pressed} <= {200, 303}
    assert any("really" in data for _url, data, _status in pressed)
    assert Contribution.objects.filter(pk=words.pk).values(*before).get() == before


def test_a_robot_behind_a_recap_before_it_is_public_says_neither_yes_nor_fine(client, settings):
    meetup = make_held_meetup()
    words = make_contribution(make_guest(meetup, rsvp="yes"), cut="I left […] than I came.")
    make_recap(meetup, state="draft", public_at=clock.now())
    link = f"/w/{make_contribution_token(words)}"

    pressed = press_all(client, {link}, settings.PUBLIC_URL)

    said = {name for _url, data, _status in pressed for name in ("fine", "agrees") if name in data}
    assert said == {"fine", "agrees"}
    words.refresh_from_db()
    assert (words.fine_at, words.cut_agreed_at, words.cut_refused_at) == (None, None, None)
    # A person ticks what they have read.
    client.post(link, {"agrees": "yes", "cut": words.cut, "read": "on"})
    client.post(link, {"fine": "1", "read": "on"})
    words.refresh_from_db()
    assert None not in (words.fine_at, words.cut_agreed_at)


def test_the_robot_sends_what_a_person_would(client):
    page = (
        '<form method="post" action="/x"><input type="hidden" name="a" value="1"><textarea name="b"></textarea>'
        '<input type="checkbox" name="sure"><button name="c" value="2">Go</button><button>Stop</button></form>'
        '<form method="post"><textarea name="b">\nMine.</textarea><input type="radio" name="d" value="1" checked>'
        '<input type="radio" name="d" value="2"><button>Go</button></form>'
    )

    first, second = Forms(page).forms
    assert (first["action"], first["data"], first["buttons"]) == ("/x", {"a": "1", "b": WORDS}, [{"c": "2"}, {}])
    assert (second["action"], second["data"], second["buttons"]) == ("", {"b": "Mine.", "d": "1"}, [{}])
    assert all_rows()
