"""The shelf and a kit's page: public, without a session, in the reader's language."""

import pytest

from meetups.planning.services.kit import keep_kit
from meetups.shelf.kits import read_shelf
from tests.factories import make_host, make_meetup

pytestmark = pytest.mark.django_db


def test_the_shelf_shows_each_kit_by_cover_title_and_line(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/kits/")

    page = answer.content.decode()
    assert page.count('<svg class="cover"') == len(read_shelf())
    assert all(f'href="/kits/{kit.slug}/"' in page for kit in read_shelf())
    assert "Who lives behind the next door?" in page
    assert answer.cookies == {}


def test_the_shelf_and_a_kit_speak_french_when_asked(client):
    shelf = client.get("/kits/?lang=fr").content.decode()
    page = client.get("/kits/neighbors/?lang=fr").content.decode()

    assert 'href="/kits/neighbors/?lang=fr"' in shelf
    assert "Qui habite la porte à côté\xa0?" in shelf
    assert "Vieux, râleur et suicidaire" in page
    assert 'href="/host/new/?kit=neighbors&amp;lang=fr"' in page


def test_a_kits_page_has_everything_the_evening_needs(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/kits/money/")

    page = answer.content.decode()
    for words in (
        "Debt: The First 5,000 Years",
        "David Graeber, 2011",
        "9781933633862",
        "could be forgiven tomorrow",
        "Beans, rice",
    ):
        assert words in page
    assert "Nobody has to name a sum." in page
    assert "20 minutes: we eat" in page
    assert 'href="/host/new/?kit=money"' in page
    assert answer.cookies == {}


def test_a_film_is_called_a_film(client):
    assert "<h2>The film</h2>" in client.get("/kits/film/").content.decode()


@pytest.mark.parametrize("path", ["/kits/nothing/", "/kits/neighbors.toml/", "/kits/1/"])
def test_a_kit_that_is_not_there_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_a_post_to_the_shelf_is_refused(client):
    assert (client.post("/kits/").status_code, client.post("/kits/money/").status_code) == (405, 405)


def test_a_host_sees_their_own_kits_beside_and_nobody_elses(client, django_assert_num_queries):
    ana = make_host()
    keep_kit(make_meetup(ana, title="Ana's question"), owner=ana)
    bea = make_host()
    keep_kit(make_meetup(bea, title="Bea's question"), owner=bea)
    client.force_login(ana)

    def read() -> str:
        # The session, its user, their kits.
        with django_assert_num_queries(3):
            return client.get("/kits/").content.decode()

    page = read()
    assert "Ana&#x27;s question" in page
    assert "Bea" not in page
    keep_kit(make_meetup(ana, title="Another"), owner=ana)
    keep_kit(make_meetup(ana, title="A third"), owner=ana)
    assert "A third" in read()
