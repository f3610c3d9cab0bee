"""What is typed survives in a real browser: back, another page, another language, a lost session, a photo that is too large."""

import json
import os

import pytest
from PIL import Image

from tests.browser.page_check import check_page
from tests.browsing import PHONE, TIMEOUT_MS, press
from tests.serving import Site

pytestmark = pytest.mark.slow

SEED = """
import json
from meetups.access.tokens import make_guest_token
from meetups.towns import load_towns
from tests.browser.page_states import sign_in
from tests.factories import make_guest, make_held_meetup, make_meetup, make_user
load_towns()
host = make_user("ana@example.org", shown_name="Ana")
came = [make_guest(make_held_meetup(host), name="Eva", rsvp="yes", attended=True) for _ in range(3)]
listed = make_meetup(host, visibility="listed", title="Lobster soup")
print(json.dumps({"session": sign_in(host), "after": [f"/r/{make_guest_token(one)}/after" for one in came],
                  "listed": listed.get_absolute_url(), "edit": f"/host/{listed.code}/edit/all/"}))
"""
DRAFTS = """
import json
from meetups.models import Meetup
print(json.dumps(list(Meetup.objects.filter(status="draft").order_by("pk").values_list("title", "word"))))
"""
PHOTOS = """
import json
from meetups.models import Photo
print(json.dumps(list(Photo.objects.order_by("pk").values_list("width", "height"))))
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory, browser):
    with Site(tmp_path_factory.mktemp("typed"), workers=0) as site:
        yield site, browser, json.loads(site.shell(SEED).splitlines()[-1])


@pytest.fixture
def open_page(house):
    """Open a page of the site on a phone, as the host or as nobody."""
    site, browser, facts = house
    contexts = []

    def open_it(path: str, *, is_host: bool = False, **options):
        context = browser.new_context(viewport=PHONE, locale="en-US", **options)
        context.set_default_timeout(TIMEOUT_MS)
        contexts.append(context)
        if is_host:
            context.add_cookies([{"name": "sessionid", "value": facts["session"], "url": site.url}])
        page = context.new_page()
        page.goto(site.url + path)
        return page

    yield open_it
    for context in contexts:
        context.close()


@pytest.fixture(autouse=True)
def no_drafts(house):
    house[0].shell("from meetups.models import Meetup; Meetup.objects.filter(status='draft').delete()")


def drafts(house) -> list:
    return json.loads(house[0].shell(DRAFTS))


def title(page):
    return page.get_by_label("What do you call the evening?")


@pytest.mark.parametrize("has_script", [True, False])
def test_save_back_save_makes_one_draft(house, open_page, has_script):
    page = open_page("/host/new/all/", is_host=True, java_script_enabled=has_script)
    title(page).fill("Soup")
    press(page.get_by_role("button", name="Save the draft"))

    page.go_back()
    title(page).fill("Soup and bread")
    press(page.get_by_role("button", name="Save the draft"))

    assert drafts(house) == [["Soup and bread", ""]]


def test_a_new_meetup_that_is_left_is_a_draft_and_says_so(house, open_page):
    page = open_page("/host/new/all/", is_host=True)
    title(page).fill("Soup of the harbor")
    page.get_by_label("A word to your guests").fill("Bring a friend.")
    says = page.locator("[data-autosave-says]")
    says.filter(has_text="saved as a draft").wait_for()
    found = check_page(page)

    page.goto(f"{house[0].url}/host/")

    assert found == []
    assert drafts(house) == [["Soup of the harbor", "Bring a friend."]]
    assert "Soup of the harbor" in page.inner_text("main")


def test_a_step_that_is_left_while_typing_is_kept_from_the_first_word(house, open_page):
    page = open_page("/host/new/", is_host=True)
    says = page.locator("[data-autosave-says]")
    title(page).fill("Soup of the harbor")
    says.filter(has_text="saved as a draft").wait_for()
    found = check_page(page)
    press(page.get_by_role("button", name="Next: when and where"))
    page.get_by_label("Street and number").fill("12 Elm Street")
    says.filter(has_text="saved as a draft").wait_for()
    page.goto(f"{house[0].url}/host/")
    press(page.get_by_role("link", name="Soup of the harbor").first)
    press(page.get_by_role("link", name="Fill it in"))

    assert found == []
    assert page.get_by_label("Street and number").input_value() == "12 Elm Street"
    assert drafts(house) == [["Soup of the harbor", ""]]


@pytest.mark.parametrize("has_script", [True, False])
def test_back_in_the_steps_loses_nothing(house, open_page, has_script):
    page = open_page("/host/new/", is_host=True, java_script_enabled=has_script)
    title(page).fill("Soup")
    press(page.get_by_role("button", name="Next: when and where"))
    page.get_by_label("Street and number").fill("12 Elm Street")
    press(page.get_by_role("button", name="Back"))
    title(page).fill("Soup and bread")
    press(page.get_by_role("button", name="Next: when and where"))
    street = page.get_by_label("Street and number").input_value()
    press(page.get_by_role("button", name="Next: who"))
    page.go_back()

    assert (street, page.get_by_label("Street and number").input_value()) == ("12 Elm Street", "12 Elm Street")
    assert drafts(house) == [["Soup and bread", ""]]


def test_what_could_not_be_saved_of_a_new_meetup_is_there_after_a_reload(house, open_page):
    page = open_page("/host/new/all/", is_host=True)
    title(page).fill("Soup of the harbor")
    page.get_by_label("Street and number").fill("12 Elm Street")
    page.get_by_label("A word to your guests").fill("Come to 12 Elm Street.")
    page.locator("[data-autosave-says]").filter(has_text="Not all of it is saved").wait_for()

    page.reload()

    assert drafts(house) == [["Soup of the harbor", ""]]
    assert page.url.endswith("/edit/all/") and page.input_value("[name=word]") == "Come to 12 Elm Street."
    assert title(page).input_value() == "Soup of the harbor"


def test_words_for_a_published_evening_that_are_left_come_back_unless_they_are_given_up(house, open_page):
    page = open_page(house[2]["edit"], is_host=True)
    word, says = page.locator("[name=word]"), page.locator("[data-autosave-says]")
    word.fill("Bring a friend.")
    page.goto(f"{house[0].url}/host/")
    page.goto(house[0].url + house[2]["edit"])
    back, said = word.input_value(), says.inner_text()
    page.get_by_role("link", name="Leave it as it was").click()
    page.wait_for_url("**/host/*/")
    page.goto(house[0].url + house[2]["edit"])

    assert (back, said) == ("Bring a friend.", "What you typed here before is back; it is not saved yet.")
    assert (word.input_value(), says.inner_text()) == ("", "")


def test_a_form_whose_session_and_token_are_gone_is_sent_again_with_one_press(house, open_page):
    page = open_page("/host/new/all/", is_host=True, java_script_enabled=False)
    title(page).fill("Soup of the harbor")
    page.context.clear_cookies(name="csrftoken")
    press(page.get_by_role("button", name="Save the draft"))
    refused, found = page.inner_text("h1"), check_page(page, with_axe=False)

    press(page.get_by_role("button", name="Send it again"))

    assert (refused, found) == ("Please send that once more", [])
    assert drafts(house) == [["Soup of the harbor", ""]]


def test_a_session_that_ended_is_signed_in_again_to_the_filled_form(house, open_page):
    page = open_page("/host/new/all/", is_host=True, java_script_enabled=False)
    session = next(one for one in page.context.cookies() if one["name"] == "sessionid")
    title(page).fill("Soup of the harbor")
    page.context.clear_cookies(name="sessionid")
    press(page.get_by_role("button", name="Save the draft"))
    address = page.url

    page.get_by_label("Your email address").fill("ana@example.org")
    press(page.get_by_role("button", name="Mail me a code"))
    page.get_by_label("The six digits").fill(code_mailed(house[0]))
    press(page.locator("main button.button").first)

    assert "/accounts/login/" in address and session
    assert title(page).input_value() == "Soup of the harbor"
    assert "You had been signed out" in page.inner_text("main")
    press(page.get_by_role("button", name="Save the draft"))
    assert drafts(house) == [["Soup of the harbor", ""]]


def code_mailed(site: Site) -> str:
    """Return the six digits of the newest letter."""
    newest = max((site.var_dir / "mail").glob("*"), key=os.path.getmtime)
    return next(line.strip() for line in newest.read_text().splitlines() if line.strip().isdigit() and len(line.strip()) == 6)


@pytest.mark.parametrize("has_script", [True, False])
def test_a_report_and_a_seat_keep_their_words_in_another_language(house, open_page, has_script):
    report = open_page("/report/", java_script_enabled=has_script)
    report.get_by_label("What is wrong?").fill("The recap shows my photo.")
    press(report.get_by_role("button", name="Français"))
    seat = open_page(house[2]["listed"], java_script_enabled=has_script)
    seat.get_by_label("Your name").fill("Lee")
    seat.get_by_label("Your email address").fill("lee@example.org")
    press(seat.get_by_role("button", name="Español"))

    assert (report.get_attribute("html", "lang"), seat.get_attribute("html", "lang")) == ("fr", "es")
    assert report.input_value("[name=what]") == "The recap shows my photo."
    assert (seat.input_value("[name=name]"), seat.input_value("[name=email]")) == ("Lee", "lee@example.org")
    assert report.context.cookies() == seat.context.cookies() == []


def test_a_report_that_is_left_is_there_again_and_one_that_is_sent_is_not(house, open_page):
    page = open_page("/report/")
    page.get_by_label("What is wrong?").fill("The recap shows my photo.")

    page.goto(f"{house[0].url}/privacy/")
    page.goto(f"{house[0].url}/report/")
    back, says = page.input_value("[name=what]"), page.inner_text("[data-autosave-says]")
    press(page.get_by_role("button", name="Send it"))
    page.goto(f"{house[0].url}/report/")

    assert (back, says) == ("The recap shows my photo.", "What you typed here before is back; it is not sent yet.")
    assert page.input_value("[name=what]") == ""


@pytest.fixture(scope="module")
def large_photo(tmp_path_factory):
    """Return a photo of twenty megabytes, as a telephone makes them, with the place in it."""
    path = tmp_path_factory.mktemp("photo") / "photo.png"
    Image.frombytes("RGB", (3000, 2300), os.urandom(3000 * 2300 * 3)).save(path, compress_level=0)
    assert path.stat().st_size > 20_000_000
    return path


def leave_photo(page, path) -> None:
    page.locator("[name=sentence]").fill("I left less alone than I came.")
    page.locator("[name=sentence_consent][value=table]").check()
    page.get_by_text("Add a photo").click()
    page.set_input_files("[name=photo]", path)
    page.locator("[name=photo_consent][value=nobody]").check()
    press(page.get_by_role("button", name="Leave it with the table"))


def test_a_photo_that_is_too_large_is_made_smaller_where_there_is_script(house, open_page, large_photo):
    page = open_page(house[2]["after"][0])
    sent = []
    page.on("request", lambda request: sent.append(request.headers.get("content-length")) if request.method == "POST" else None)

    leave_photo(page, large_photo)

    assert "I left less alone than I came." in page.inner_text("main")
    assert page.locator("main figure img").count() == 1
    assert json.loads(house[0].shell(PHOTOS)) == [[1600, 1227]]


def test_a_file_that_no_browser_can_make_smaller_is_refused_beside_its_field_before_it_is_sent(house, open_page, tmp_path):
    page = open_page(house[2]["after"][2])
    (tmp_path / "raw.jpg").write_bytes(b"\xff\xd8\xff" + bytes(11_000_000))
    page.locator("[name=sentence]").fill("I left less alone than I came.")
    page.get_by_text("Add a photo").click()

    page.set_input_files("[name=photo]", tmp_path / "raw.jpg")

    page.get_by_role("alert").filter(has_text="larger than 10 MB").wait_for()
    assert page.evaluate("document.querySelector('[name=photo]').files.length") == 0
    assert check_page(page) == []


def test_a_photo_that_is_too_large_leaves_the_sentence_where_there_is_none(house, open_page, large_photo):
    page = open_page(house[2]["after"][1], java_script_enabled=False)

    leave_photo(page, large_photo)

    assert "This photo is larger than 10 MB" in page.inner_text("main")
    assert page.input_value("[name=sentence]") == "I left less alone than I came."
    assert page.locator("[name=sentence_consent][value=table]").is_checked()
