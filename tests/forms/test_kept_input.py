"""What is typed survives another language, a session that ended, and a token that is not the browser's (R132)."""

import re
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from lxml import html as parser

from meetups.access.tokens import make_friend_token, make_guest_token
from meetups.models import Delivery, Guest, Meetup
from tests.access.house import address_of, make_house
from tests.access.test_roles import TABLE
from tests.factories import make_draft, make_guest, make_meetup, make_user
from tests.planning.host_pages import typed
from tests.reading import typed_in
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

OURS = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def ana():
    return make_user("ana@example.org", shown_name="Ana")


@pytest.fixture
def door(client, ana):
    client.force_login(ana)
    return client


def new_page(client: Client, query: str = "") -> str:
    """Return the address of the page of a new draft, with its key."""
    return client.get(f"/host/new/all/{query}").url


def language_of(response) -> str:
    return re.search(r'<html lang="([a-z-]+)"', response.content.decode()).group(1)


# Another language ----------------------------------------------------------------------------------------------------


def test_the_form_of_a_new_meetup_keeps_everything_in_another_language(door, ana):
    page = new_page(door)
    before = all_rows()
    fields = typed(date="2020-01-01", seats="many", visibility="listed", shows_names="")
    fields |= typed_in(door.get(page).content.decode(), having="title") | fields

    response = door.post(page, fields | {"speak": "fr"})

    sent_again = typed_in(response.content.decode(), having="title")
    assert (response.status_code, language_of(response)) == (200, "fr")
    assert {name: sent_again[name] for name in fields if name not in ("csrfmiddlewaretoken", "shows_names")} == {
        name: value for name, value in fields.items() if name not in ("csrfmiddlewaretoken", "shows_names")
    }
    assert "error-summary" not in response.content.decode()
    assert not Meetup.objects.exists() and before.keys() == all_rows().keys()
    # Kept in the browser and with the account, as a press without a form is.
    ana.refresh_from_db()
    assert ana.language == "fr" and language_of(door.get("/host/")) == "fr"


def test_a_language_pressed_on_a_form_with_errors_comes_back_to_the_page_and_saves_nothing(door):
    page = new_page(door)

    wrong = door.post(page, typed(title="", word="Bring a friend."))
    response = door.post(page, typed_in(wrong.content.decode(), having="title") | {"speak": "es"})

    assert language_of(response) == "es" and "Bring a friend." in response.content.decode()
    assert not Meetup.objects.exists()


def test_a_language_needs_the_token_of_the_form_it_is_pressed_on(ana):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ana)

    response = strict.post(new_page(strict), {"title": "Soup", "speak": "fr"})

    ana.refresh_from_db()
    assert (response.status_code, ana.language) == (403, "")


@pytest.mark.parametrize("where", ["meetup", "friend", "not-me"])
def test_somebody_who_asks_for_a_seat_keeps_name_and_address_in_another_language_without_a_cookie(client, where):
    guest = make_guest(make_meetup(visibility="listed", lets_friends=True), rsvp="yes", name="Maria")
    pages = {
        "meetup": guest.meetup.get_absolute_url(),
        "friend": f"/f/{make_friend_token(guest)}",
        "not-me": f"/r/{make_guest_token(guest)}/not-me",
    }
    button = parser.document_fromstring(client.get(pages[where]).content.decode()).xpath("//button[@value='fr']")[0]
    fields = {"name": "Lee", "email": "lee@example.org", "asked": "1:2:3"}

    response = client.post(f"{pages[where]}{button.get('formaction')}", fields | {"speak": "fr"})

    html = response.content.decode()
    assert (response.status_code, language_of(response), response.cookies) == (200, "fr", {})
    assert typed_in(html, having="email") | fields == typed_in(html, having="email")
    assert "error-summary" not in html
    assert "lang=fr" in html
    assert Guest.objects.count() == 1 and not Delivery.objects.exists()
    # Nobody else is shown what was typed.
    assert "lee@example.org" not in client.get(f"{pages[where]}?lang=fr").content.decode()


def test_a_report_keeps_its_words_in_another_language_and_is_sent_in_it(client, mailoutbox):
    words = {"what": "The recap shows my photo.\nPlease look.", "page": "/recaps/soup-x/", "email": "maria@example.org"}

    response = client.post("/report/?lang=es", words | {"speak": "es"})

    html = response.content.decode()
    assert (language_of(response), response.cookies, mailoutbox) == ("es", {}, [])
    assert typed_in(html) | words == typed_in(html)
    assert 'action="/report/?lang=es"' in html


@pytest.fixture
def house(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_house()


TEXTS = "//main//form[@method='post']//*[self::textarea or self::input[@type='text']][not(ancestor::*[@class='away'])]"


def pages_of(house):
    """Return name, client, address and parsed page of everything that a host and an organizer can read."""
    for name in TABLE:
        for role in ("host A", "organizer"):
            client, url = house["clients"][role], address_of(name, house)
            response = client.get(url, follow=True)
            if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
                url = response.redirect_chain[-1][0] if response.redirect_chain else url
                yield name, client, url, parser.document_fromstring(response.content.decode())


def test_every_page_keeps_what_is_typed_into_its_form_when_the_language_is_pressed(house):
    """A page with a form to type into has it named `typed`, the block `languages`, and a form that KeepsTyped."""
    wrong, num_kept = {}, 0
    before = all_rows()
    for name, client, url, page in pages_of(house):
        buttons = page.xpath("//nav[@class='languages']//button[@form]")
        if any(not page.xpath(f"//form[@id='{button.get('form')}']") for button in buttons):
            wrong[name] = "its buttons belong to no form"
        form = next(iter(page.xpath("//form[@id='typed']")), None)
        if form is None or not buttons:
            if page.xpath(TEXTS) and page.xpath("//nav[@class='languages']"):
                wrong[name] = "its form does not go along"
            continue
        fields = [field.get("name") for field in form.xpath(".//*[self::textarea or self::input[@type='text']]")]
        language = buttons[0].get("value")
        sent = dict(form.form_values()) | dict.fromkeys(fields, "kept7") | {"speak": language}
        target = urljoin(url, buttons[0].get("formaction"))
        after = parser.document_fromstring(client.post(target, sent).content.decode())
        shown = dict(next(iter(after.xpath("//form[@id='typed']"))).form_values())
        lost = [field for field in fields if (shown.get(field) or "").strip() != "kept7"]
        num_kept += 1
        if lost or after.get("lang") != language:
            wrong[name] = f"loses {lost}, speaks {after.get('lang')}"

    assert wrong == {}
    assert num_kept > 20
    unchanged = [label for label, rows in all_rows().items() if rows == before[label]]
    assert before.keys() - unchanged <= {"hosts.User", "meetups.Guest", "sessions.Session", "meetups.Delivery"}


# A session that ended ------------------------------------------------------------------------------------------------


def test_a_session_that_ended_in_between_leaves_the_form_filled_after_signing_in(client, ana):
    client.force_login(ana)
    page = new_page(client)
    form = typed_in(client.get(page).content.decode(), having="title")
    Session.objects.all().delete()

    refused = client.post(page, form | typed(word="Bring a friend.", zone="America/Toronto"))
    assert client.get(refused.url).status_code == 200
    client.force_login(ana)
    page = client.get(refused.url).url

    html = client.get(page).content.decode()
    assert refused.url.startswith("/accounts/login/?next=%2Fhost%2Fnew%2Fall%2F") and page.endswith("&typed=1")
    assert "You had been signed out" in html and "Bring a friend." in html
    assert not Meetup.objects.exists()
    saved = client.post(page, typed_in(html, having="title"))
    assert saved.status_code == 302
    assert Meetup.objects.get().word == "Bring a friend."


def test_a_form_that_waits_is_of_its_page_alone_and_for_an_hour(client, ana, moved_clock):
    draft = make_draft(ana, word="As saved")
    client.post(f"/host/{draft.code}/edit/all/", typed(word="Bring a friend."))
    kept = Session.objects.get()
    assert kept.expire_date < timezone.now() + timedelta(minutes=61)

    client.force_login(ana)

    assert "Bring a friend." in client.get(f"/host/{draft.code}/edit/all/?typed=1").content.decode()
    for other in [f"/host/{draft.code}/edit/all/", "/host/new/all/?typed=1", f"/host/{make_draft(ana).code}/edit/all/?typed=1"]:
        assert "Bring a friend." not in client.get(other, follow=True).content.decode()
    assert Session.objects.get(session_key=client.session.session_key).expire_date > timezone.now() + timedelta(days=50)
    session = client.session
    session["typed_signed_out"] |= {"until": 1}
    session.save()
    assert "Bring a friend." not in client.get(f"/host/{draft.code}/edit/all/?typed=1").content.decode()


def test_somebody_else_who_signs_in_sees_no_page_that_is_not_theirs(client, ana):
    draft = make_draft(ana)
    client.post(f"/host/{draft.code}/edit/all/", typed(word="Bring a friend."))
    client.force_login(make_user())

    assert client.get(f"/host/{draft.code}/edit/all/?typed=1").status_code == 404


def test_somebody_else_who_signs_in_is_not_shown_the_new_meetup_of_the_one_before(client, ana):
    client.force_login(ana)
    page = new_page(client)
    form = typed_in(client.get(page).content.decode(), having="title")
    Session.objects.all().delete()
    refused = client.post(page, form | typed(street="12 Elm Street"))
    client.force_login(make_user(shown_name="Bea"))

    shown = client.get(client.get(refused.url).url, follow=True)

    assert shown.status_code == 200 and "12 Elm Street" not in shown.content.decode()


def test_a_form_for_another_page_comes_back_to_the_page_it_was_on(client):
    draft = make_draft()

    path, pressed = f"/host/{draft.code}/guests/1/answer/", {"then": "later"}
    refused = client.post(path, pressed, headers={"Referer": f"http://testserver/host/{draft.code}/"})
    foreign = client.post(path, pressed, headers={"Referer": f"http://evil.example/host/{draft.code}/"})

    assert refused.url == f"/accounts/login/?next=%2Fhost%2F{draft.code}%2F%3Ftyped%3D1"
    assert f"%2Fhost%2F{draft.code}%2Fguests%2F1%2Fanswer%2F%3Ftyped%3D1" in foreign.url


def test_a_very_long_form_is_not_kept_by_somebody_who_is_not_signed_in(client):
    refused = client.post("/host/new/", typed(word="x" * 100_001))

    assert refused.url == "/accounts/login/?next=/host/new/"
    assert not Session.objects.exists()


# A token that is not the browser's -----------------------------------------------------------------------------------


@pytest.fixture
def strict(ana):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ana)
    return strict


def test_a_form_that_was_open_for_too_long_is_sent_again_with_one_press(strict):
    page = new_page(strict)
    old = typed(csrfmiddlewaretoken="x" * 64, word="Bring a friend.\nOr two.", zone="America/Toronto")

    refused = strict.post(page, old, headers=OURS)
    html = refused.content.decode()
    again = strict.post(page, typed_in(html), headers=OURS)

    assert refused.status_code == 403 and refused["Cache-Control"] == "no-store"
    assert "Bring a friend.<br>Or two." in html and "x" * 64 not in html
    assert f'action="{page.replace("&", "&amp;")}"' in html
    assert again.status_code == 302
    assert Meetup.objects.get().word == "Bring a friend.\nOr two."


def test_another_language_pressed_on_the_page_of_a_refused_form_keeps_the_words(strict):
    page = new_page(strict)
    old = typed_in(strict.get(page).content.decode(), having="title") | {
        "csrfmiddlewaretoken": "x" * 64,
        "word": "Bring a friend.",
    }

    refused = typed_in(strict.post(page, old, headers=OURS).content.decode())
    response = strict.post(page, refused | {"speak": "fr"}, headers=OURS)

    assert language_of(response) == "fr" and "Bring a friend." in response.content.decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://testserver"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_form_of_another_site_is_never_offered_to_be_sent(strict, headers):
    page = new_page(strict)

    refused = strict.post(page, typed(title="Come to evil.example now"), headers=headers)
    html = refused.content.decode()

    assert refused.status_code == 403
    assert "csrfmiddlewaretoken" not in html and "<form" not in html
    assert "evil.example now" not in html
    assert not Meetup.objects.exists()


def test_a_browser_that_does_not_say_where_a_form_was_shows_the_words_without_a_button(strict):
    html = strict.post(new_page(strict), typed(word="Bring a friend.")).content.decode()

    assert "Bring a friend." in html and "<form" not in html and "Open the page again" in html


def test_a_refused_form_with_a_script_in_it_is_text(strict):
    html = strict.post("/host/new/all/", {"title": '"><script>alert(1)</script>', '"><b>': "x"}, headers=OURS).content.decode()

    assert "<script" not in html.lower() and "<b>" not in html
