"""The language of a page: the guest's own, else the browser's, else the evening's; switched without losing link or form."""

import re
from pathlib import Path

import pytest

from meetups.access.tokens import make_contribution_token, make_guest_token, make_unsubscribe_token
from meetups.models import Guest, Meetup
from meetups.planning.services.meetup import edit_meetup
from tests.factories import make_contribution, make_guest, make_held_meetup, make_meetup, make_user
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest():
    return make_guest(make_meetup(visibility="listed"), name="Maria")


def link(guest: Guest) -> str:
    return f"/r/{make_guest_token(guest)}"


def language_of(response) -> str:
    """Return the language of page and header, which must be the same."""
    (lang,) = re.findall(r'<html lang="([a-z-]+)"', response.content.decode())
    assert response["Content-Language"] == lang
    return lang


def test_a_guest_who_chose_reads_that_language_whatever_the_browser_asks_for(client, guest):
    Guest.objects.filter(pk=guest.pk).update(language="fr")

    assert language_of(client.get(link(guest), headers={"Accept-Language": "es"})) == "fr"


def test_a_guest_who_never_chose_reads_what_the_browser_asks_for_then_the_evenings(client, guest):
    edit_meetup(guest.meetup, language="es")

    assert language_of(client.get(link(guest), headers={"Accept-Language": "xx, fr-CA;q=0.9"})) == "fr"
    assert language_of(client.get(link(guest), headers={"Accept-Language": "xx"})) == "es"
    assert language_of(client.get(link(guest))) == "es"


def test_a_hosts_language_is_the_evenings_until_another_is_chosen(client):
    meetup = make_meetup(make_user(language="fr"))
    guest = make_guest(meetup)

    assert language_of(client.get(link(guest))) == "fr"
    assert Meetup.objects.get(pk=meetup.pk).language == ""


def test_the_address_shows_a_language_and_changes_nothing(client, guest):
    before = all_rows()

    response = client.get(f"{link(guest)}?lang=fr")

    assert language_of(response) == "fr"
    assert f'action="{link(guest)}?lang=fr"' in response.content.decode()
    assert all_rows() == before
    assert not response.cookies


def test_an_answer_given_in_a_language_keeps_it_for_the_letters(client, guest):
    client.post(f"{link(guest)}?lang=fr", {"rsvp": "yes"})

    guest.refresh_from_db()
    assert (guest.language, guest.rsvp) == ("fr", "yes")


def test_an_answer_keeps_the_browsers_language_with_a_guest_who_never_chose(client, guest):
    client.post(link(guest), {"rsvp": "maybe"}, headers={"Accept-Language": "es"})
    client.post(link(guest), {"rsvp": "no"}, headers={"Accept-Language": "fr"})

    guest.refresh_from_db()
    assert guest.language == "es"


def test_a_press_that_does_nothing_keeps_no_language(client, guest):
    before = all_rows()

    client.post(link(guest), {"rsvp": "perhaps"}, headers={"Accept-Language": "es"})

    assert all_rows() == before


def test_a_press_of_a_language_keeps_it_and_what_was_typed_and_answers_nothing(client, guest):
    typed = {"speak": "fr", "shown_name": "Maria L.", "note": "We bring bread.", "diet": "nuts", "party_size": "2"}

    response = client.post(link(guest), typed)

    html = response.content.decode()
    assert (response.status_code, language_of(response)) == (200, "fr")
    assert "We bring bread." in html and 'value="Maria L."' in html and 'value="2" selected' in html
    assert "error-summary" not in html
    assert re.search(r"<details[^>]* open>", html)
    guest.refresh_from_db()
    assert (guest.language, guest.rsvp, guest.note) == ("fr", "invited", "")


def test_the_buttons_of_languages_send_the_form_that_is_typed_into(client, guest):
    html = client.get(link(guest)).content.decode()

    assert '<button class="button-link" form="typed"' in html
    assert 'id="typed"' in html
    assert html.index('name="speak"') > html.index("</main>")


def test_a_press_of_a_language_nobody_speaks_here_is_no_answer_and_no_error(client, guest):
    before = all_rows()

    assert client.post(link(guest), {"speak": "xx"}).status_code == 200
    assert all_rows() == before


def test_words_typed_after_the_evening_stay_when_the_language_is_pressed(client):
    guest = make_guest(make_held_meetup(), rsvp="yes")
    words = make_contribution(guest)

    after = client.post(f"{link(guest)}/after", {"speak": "es", "sentence": "Soup helps.", "sentence_consent": "table"})
    contribution = client.post(f"/w/{make_contribution_token(words)}", {"speak": "es", "sentence": "Soup helps."})

    assert language_of(after) == language_of(contribution) == "es"
    assert "Soup helps." in after.content.decode() and "Soup helps." in contribution.content.decode()
    words.refresh_from_db()
    assert words.sentence == "I left less alone than I came."


def test_somebody_who_is_not_the_guest_keeps_no_language_for_them(client, guest):
    client.post(f"{link(guest)}/not-me", headers={"Accept-Language": "fr"})

    guest.refresh_from_db()
    assert guest.language == ""


def test_unsubscribing_is_read_in_the_guests_language_and_keeps_nothing(client, guest):
    Guest.objects.filter(pk=guest.pk).update(language="fr")
    url = f"/u/{make_unsubscribe_token(guest)}"

    assert language_of(client.get(url)) == "fr"
    assert language_of(client.get(f"{url}?lang=es")) == "es"
    assert language_of(client.post(f"{url}?lang=es", {"scope": "meetup"})) == "es"
    guest.refresh_from_db()
    assert guest.language == "fr"


def test_a_wrong_link_is_answered_in_the_readers_language(client):
    response = client.get(f"/r/{'x' * 43}", headers={"Accept-Language": "fr"})

    assert (response.status_code, language_of(response)) == (404, "fr")


@pytest.mark.parametrize("path", ["/", "/find/", "/privacy/", "/report/"])
def test_public_pages_speak_what_the_browser_asks_for_or_the_address_says(client, path):
    asked = client.get(path, headers={"Accept-Language": "fr"})
    chosen = client.get(f"{path}?lang=es", headers={"Accept-Language": "fr"})

    assert (language_of(asked), language_of(chosen)) == ("fr", "es")
    assert "Accept-Language" in asked["Vary"]
    assert not asked.cookies and not chosen.cookies
    assert 'href="/find/?lang=es"' in chosen.content.decode()
    assert "?lang=fr" in chosen.content.decode()


def test_an_evenings_page_is_kept_for_each_language_and_not_for_a_chosen_one(client, guest):
    page = guest.meetup.get_absolute_url()

    read = [client.get(page, headers={"Accept-Language": "fr"}) for _ in range(2)] + [
        client.get(page),
        client.get(f"{page}?lang=fr"),
    ]

    assert [language_of(response) for response in read] == ["fr", "fr", "en", "fr"]
    assert f'action="{page}#answer"' in read[1].content.decode()
    assert f'action="{page}?lang=fr#answer"' in read[3].content.decode()


def test_a_strangers_language_goes_into_the_letter_that_proves_the_address(client, guest):
    client.post(f"{guest.meetup.get_absolute_url()}?lang=es", {"name": "Lee", "email": "lee@example.org"})

    assert Guest.objects.get(email="lee@example.org").language == "es"


@pytest.mark.parametrize("hostile", ["<script>", "fr%00", "x" * 3000, "../../fr", "fr\n", "%E2%80%AE", "عربي"])
def test_a_language_that_is_none_is_passed_over(client, guest, hostile):
    response = client.get(link(guest), {"lang": hostile})

    assert (response.status_code, language_of(response)) == (200, "en")
    assert "<script>" not in response.content.decode().partition("</main>")[2]


def test_a_host_chooses_the_language_of_an_evening_and_of_one_guest(client):
    host = make_user()
    meetup = make_meetup(host)
    client.force_login(host)

    client.post(f"/host/{meetup.code}/guests/add/", {"name": "Rosa", "rsvp": "yes", "party_size": "1", "language": "es"})
    client.post(f"/host/{meetup.code}/guests/add/", {"name": "Bo", "rsvp": "yes", "party_size": "1"})
    edit_meetup(meetup, language="fr")

    languages = {guest.name: guest.letters_language for guest in Guest.objects.filter(meetup=meetup)}
    assert languages == {"Rosa": "es", "Bo": "fr"}


@pytest.mark.parametrize("path", [link, lambda guest: guest.meetup.get_absolute_url()])
def test_the_hosts_words_keep_their_language_on_a_page_in_another(client, guest, path):
    edit_meetup(guest.meetup, language="es", word="Venid con hambre.")

    french = client.get(path(guest), headers={"Accept-Language": "fr"}).content.decode()
    spanish = client.get(path(guest), headers={"Accept-Language": "es"}).content.decode()

    assert '<div class="prose" lang="es"><p>Venid con hambre.' in french
    assert re.search(r'<h[12] lang="es">Soup and one question', french)
    assert '<div class="prose"><p>Venid con hambre.' in spanish


def test_words_whose_language_nobody_told_claim_none(client, guest):
    html = client.get(link(guest), headers={"Accept-Language": "fr"}).content.decode()

    assert 'lang="en">Soup' not in html


@pytest.mark.parametrize("page", ["ask", "table"])
def test_words_on_the_smaller_pages_stay_too_when_the_language_is_pressed(client, page):
    guest = make_guest(make_meetup(), rsvp="yes")
    before = client.get(f"{link(guest)}/{page}").content.decode()

    response = client.post(f"{link(guest)}/{page}", {"speak": "fr", "words": "Is the dog kind?"})

    assert 'id="typed"' in before and 'form="typed"' in before
    assert (response.status_code, language_of(response)) == (200, "fr")
    assert "Is the dog kind?" in response.content.decode() and "error-summary" not in response.content.decode()


def test_every_page_behind_a_link_keeps_what_is_typed_into_its_largest_form():
    """A new page needs `id="typed"` on its form, the block `languages`, and a form that KeepsTyped; a tick is no text."""
    without = {"leave_page.html", "mine_leave.html", "take_out_page.html", "not_me_page.html", "mine_ask.html", "_fields.html"}
    pages = {path.name: path.read_text() for path in Path("templates/guest").glob("*.html")}
    typed_into = {name for name, text in pages.items() if "as_field_group" in text or "{{ form }}" in text}

    assert {name for name in typed_into - without if 'id="typed"' not in pages[name]} == set()
