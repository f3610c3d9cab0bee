"""The language of somebody with a session: pressed once, kept in the browser and with the account."""

import pytest

from hosts.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(client):
    ana = make_user("ana@example.org")
    client.force_login(ana)
    return ana


def test_a_press_keeps_the_language_and_comes_back_to_the_page(client, ana):
    response = client.post("/accounts/language/", {"language": "fr", "next": "/accounts/?lang=es&page=2"})

    assert (response.status_code, response.url) == (303, "/accounts/?page=2")
    assert '<html lang="fr"' in client.get("/accounts/").content.decode()
    ana.refresh_from_db()
    assert ana.language == "fr"


@pytest.mark.parametrize("next_page", ["https://example.org/", "//example.org", "javascript:alert(1)", ""])
def test_a_press_never_leads_to_another_site(client, ana, next_page):
    assert client.post("/accounts/language/", {"language": "fr", "next": next_page}).url == "/"


def test_a_language_nobody_speaks_here_changes_nothing(client, ana):
    response = client.post("/accounts/language/", {"language": "<xx>"})

    ana.refresh_from_db()
    assert (response.status_code, ana.language, list(response.cookies)) == (303, "", [])


def test_somebody_at_the_door_chooses_without_an_account(client):
    client.post("/accounts/language/", {"language": "es", "next": "/accounts/login/"})

    assert '<html lang="es"' in client.get("/accounts/login/").content.decode()


def test_the_first_sign_in_keeps_the_browsers_language_and_a_later_one_follows_the_account(client, ask, code_in, type_in):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "fr"
    ask("new@example.org")
    type_in(code_in("new@example.org"))
    client.post("/accounts/logout/")
    client.cookies.clear()
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "es"
    ask("new@example.org")
    type_in(code_in("new@example.org"))

    assert User.objects.get(email="new@example.org").language == "fr"
    assert '<html lang="fr"' in client.get("/accounts/name/").content.decode()
