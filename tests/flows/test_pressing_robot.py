"""A mail scanner that presses every button it finds, with whatever the forms hold: nobody is erased by it (R67)."""

from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from django.core.cache import cache
from django.test import Client

from meetups.models import Contribution, Guest
from meetups.tokens import make_guest_token, make_unsubscribe_token
from tests.factories import make_guest, make_held_meetup, make_meetup

pytestmark = pytest.mark.django_db
MARIA = "maria@example.net"


class Forms(HTMLParser):
    """The forms of a page, each as (action, method, fields as they stand, buttons)."""

    def __init__(self, html: str):
        super().__init__()
        self.forms: dict[str, dict] = {}
        self.current, self.select = "", ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        facts = dict(attrs)
        if tag == "form":
            self.current = facts.get("id") or f"form {len(self.forms)}"
            self._form(self.current).update(action=facts.get("action") or "", method=facts.get("method", "get").lower())
        form = self._form(facts.get("form") or self.current)
        if tag == "button":
            form["buttons"].append((facts.get("name"), facts.get("value", ""), facts.get("formaction")))
        elif tag == "input" and facts.get("name"):
            is_tick = facts.get("type") in ("checkbox", "radio")
            if not is_tick or "checked" in facts:
                form["fields"][facts["name"]] = facts.get("value", "on" if is_tick else "")
        elif tag == "select":
            self.select = facts.get("name", "")
        elif tag == "option" and "selected" in facts:
            form["fields"][self.select] = facts.get("value", "")
        elif tag == "textarea":
            form["fields"][facts.get("name", "")] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.current = ""

    def _form(self, name: str) -> dict:
        return self.forms.setdefault(name, {"action": "", "method": "get", "fields": {}, "buttons": []})


def press_everything(client: Client, path: str, depth: int = 2) -> int:
    """Press each button of a page, and of the pages that come of it; return how many presses there were."""
    return press_all_on(client, path, client.get(path).content.decode(), depth)


def press_all_on(client: Client, path: str, html: str, depth: int) -> int:
    count = 0
    for form in Forms(html).forms.values():
        for name, value, action in form["buttons"] if form["method"] == "post" else []:
            # The limit on presses is for another test.
            cache.clear()
            data = form["fields"] | ({name: value} if name else {})
            answer = client.post(urljoin(path, action or form["action"]), data)
            assert answer.status_code < 500
            count += 1
            if depth > 1 and answer.status_code == 200:
                count += press_all_on(client, urljoin(path, action or form["action"]), answer.content.decode(), depth - 1)
    return count


@pytest.mark.parametrize("make", [make_meetup, make_held_meetup])
def test_a_robot_that_presses_every_button_erases_nobody(make):
    guest = make_guest(make(), MARIA, name="Maria", rsvp="yes")
    token = make_guest_token(guest)
    client = Client()

    count = sum(press_everything(client, f"/r/{token}{page}") for page in ["", "/leave", "/data", "/confirm", "/table", "/ask"])
    count += press_everything(client, f"/u/{make_unsubscribe_token(guest)}")

    guest.refresh_from_db()
    assert count > 20
    assert (guest.email, guest.name, guest.removed_at) == (MARIA, "Maria", None)
    assert client.get(f"/r/{token}").status_code == 200


def test_what_it_changed_the_guest_changes_back():
    guest = make_guest(make_meetup(), MARIA, name="Maria", rsvp="yes")
    page, client = f"/r/{make_guest_token(guest)}", Client()
    press_everything(client, page)
    cache.clear()

    client.post(page, {"rsvp": "yes"})
    client.post(page, {"speak": "en"})

    guest.refresh_from_db()
    assert (guest.rsvp, guest.language) == ("yes", "en")
    assert not Contribution.objects.exists() and Guest.objects.count() == 1
