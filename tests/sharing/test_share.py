"""The share kit of a recap: texts and pictures for anybody, and a sentence that is taken out is gone from both at once."""

import io
import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from meetups.models import Contribution, Recap
from meetups.recaps.services.contribution import contribute, withdraw_contribution
from meetups.recaps.services.recap import arrange_contributions, take_down_recap
from tests.factories import (
    STREET,
    day,
    let_all_stand,
    make_contribution,
    make_guest,
    make_held_meetup,
    make_meetup,
    make_others_speak,
    make_recap,
    make_user,
)

pytestmark = pytest.mark.django_db
OTHERS = 3
SENTENCE = "I left less alone than I came."


@pytest.fixture(autouse=True)
def fresh_cache():
    cache.clear()


@pytest.fixture
def recap() -> Recap:
    """Return a published recap at whose table three others have spoken: from three on a table does."""
    recap = make_recap(make_held_meetup(make_user(shown_name="Ana"), date=day("2025-11-21")))
    make_others_speak(recap.meetup, OTHERS)
    return recap


def page_of(client, recap: Recap) -> str:
    return client.get(f"{recap.get_absolute_url()}share/").content.decode()


def quotes_on(page: str) -> list[str]:
    """Return the addresses of the quote pictures on a page."""
    return re.findall(r'href="(/recaps/\S+/quotes/\w+\.png)"', page)


def test_page_has_a_text_for_each_network_with_its_length(client, recap):
    contribute(make_guest(recap.meetup, rsvp="yes"), sentence=SENTENCE, sentence_consent="everyone")
    let_all_stand(recap.meetup)

    page = page_of(client, recap)

    for network in ("Mastodon", "Bluesky", "X", "Facebook", "LinkedIn", "WhatsApp", "Email"):
        assert f">{network}</label>" in page
    assert f"“{SENTENCE}”" in page
    assert re.search(r"\d+ of 280\s*<", page)
    assert f"http://localhost:8000{recap.get_absolute_url()}" in page or recap.get_absolute_url() in page
    assert 'href="mailto:?subject=' in page


def test_page_asks_no_other_site_and_needs_no_cookie(client, recap):
    response = client.get(f"{recap.get_absolute_url()}share/")

    page = response.content.decode()
    assert not response.cookies
    assert response["Cache-Control"] == "public, no-cache"
    assert response["X-Robots-Tag"] == "noindex"
    assert re.findall(r'(?:src|action)="(?:https?:)?//', page) == []
    assert client.get(f"{recap.get_absolute_url()}share/", headers={"if-none-match": response["ETag"]}).status_code == 304


@pytest.mark.parametrize(("name", "size"), [("card", (1200, 630)), ("square", (1080, 1080)), ("story", (1080, 1920))])
def test_each_picture_is_there_and_asked_for_again(client, recap, name, size):
    response = client.get(f"{recap.get_absolute_url()}{name}.png")

    assert Image.open(io.BytesIO(response.content)).size == size
    assert response["Cache-Control"] == "public, no-cache"
    again = client.get(f"{recap.get_absolute_url()}{name}.png", headers={"if-none-match": response["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("consent", ["everyone", "table", "nobody"])
@pytest.mark.parametrize("is_hidden", [False, True])
def test_only_a_sentence_for_everyone_is_in_the_kit(client, recap, consent, is_hidden):
    make_contribution(make_guest(recap.meetup, rsvp="yes"), SENTENCE, sentence_consent=consent, is_hidden=is_hidden)

    page = page_of(client, recap)

    is_public = consent == "everyone" and not is_hidden
    assert (SENTENCE in page) is is_public
    assert len(quotes_on(page)) == OTHERS + is_public


def test_picture_of_a_sentence_is_gone_the_moment_it_is_taken_out(client, recap):
    left = contribute(make_guest(recap.meetup, rsvp="yes"), sentence=SENTENCE, sentence_consent="everyone")
    let_all_stand(recap.meetup)
    Contribution.objects.filter(pk=left.pk).update(position=0)
    address = quotes_on(page_of(client, recap))[0]
    first = client.get(address)
    assert Image.open(io.BytesIO(first.content)).size == (1080, 1080)

    withdraw_contribution(left)

    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 404
    assert SENTENCE not in page_of(client, recap)


def test_picture_of_a_sentence_that_was_hidden_narrowed_or_changed_is_gone(client, recap):
    guests = [make_guest(recap.meetup, rsvp="yes") for _ in range(3)]
    left = [contribute(guest, sentence=f"Word {n}.", sentence_consent="everyone") for n, guest in enumerate(guests)]
    let_all_stand(recap.meetup)
    Contribution.objects.filter(pk__in=[row.pk for row in left]).update(position=0)
    before = quotes_on(page_of(client, recap))[:3]

    arrange_contributions(recap.meetup, {left[0].pk: {"is_hidden": True}})
    contribute(guests[1], sentence="Word 1.", sentence_consent="table")
    contribute(guests[2], sentence="Another word.", sentence_consent="everyone")

    assert [client.get(address).status_code for address in before] == [404, 404, 404]
    assert len(quotes_on(page_of(client, recap))) == OTHERS
    let_all_stand(recap.meetup)
    assert len(quotes_on(page_of(client, recap))) == OTHERS + 1


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_kit_of_a_recap_that_is_not_public_is_not_here(client, recap, state):
    contribute(make_guest(recap.meetup, rsvp="yes"), sentence=SENTENCE, sentence_consent="everyone")
    let_all_stand(recap.meetup)
    quotes = quotes_on(page_of(client, recap))
    Recap.objects.update(state=state)

    below = [f"{recap.get_absolute_url()}{name}" for name in ("share/", "card.png", "square.png", "story.png")]

    assert [client.get(address).status_code for address in [*below, *quotes]] == [404] * 8


def test_recap_taken_down_takes_its_pictures_from_those_who_have_them(client, recap):
    url = f"{recap.get_absolute_url()}story.png"
    known = client.get(url)["ETag"]

    take_down_recap(recap)

    assert client.get(url, headers={"if-none-match": known}).status_code == 404


@pytest.mark.parametrize("key", ["0123456789abcdef", "nothing", "a" * 300])
def test_unknown_quote_is_not_here(client, recap, key):
    assert client.get(f"{recap.get_absolute_url()}quotes/{key}.png").status_code == 404


def test_names_are_on_no_text(client, recap):
    for number in range(3):
        make_contribution(make_guest(recap.meetup, rsvp="yes"), f"Word {number}.", shown_as=f"Maria {number}", position=0)

    fields = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page_of(client, recap), re.DOTALL)

    assert len(fields) == 7
    assert not any("Maria" in field or "Ana" in field for field in fields)


def test_hostile_words_stay_text(client, recap):
    bad = '"><script>alert(1)</script></textarea>'
    Recap.objects.update(question=bad)
    make_contribution(make_guest(recap.meetup, rsvp="yes"), bad, position=0)

    page = page_of(client, recap)

    assert "<script>alert" not in page
    assert page.count("</textarea>") == 7


@pytest.mark.parametrize("number", [1, 12])
def test_page_takes_the_same_few_queries_however_many_spoke(client, recap, number):
    for place in range(number):
        make_contribution(make_guest(recap.meetup, rsvp="yes"), f"Word {place}.", position=place)

    with CaptureQueriesContext(connection) as queries:
        page_of(client, recap)

    assert len(queries) == 3


def test_recap_and_hosts_page_lead_to_the_kit(client, recap):
    assert f"{recap.get_absolute_url()}share/" in client.get(recap.get_absolute_url()).content.decode()

    client.force_login(recap.meetup.host)
    assert f"{recap.get_absolute_url()}share/" in client.get(f"/host/{recap.meetup.code}/recap/publish/").content.decode()


# The picture of an evening -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"visibility": "listed"}, 200),
        ({"visibility": "link"}, 200),
        ({"visibility": "listed", "status": "canceled"}, 200),
        ({"visibility": "private"}, 404),
        ({"visibility": "listed", "status": "draft"}, 404),
    ],
)
def test_picture_of_an_evening_is_there_where_its_page_is_there_for_anybody(client, fields, status):
    meetup = make_meetup(**fields)

    assert client.get(f"{meetup.get_absolute_url()}card.png").status_code == status
    client.force_login(meetup.host)
    assert client.get(f"{meetup.get_absolute_url()}card.png").status_code == status


def test_public_page_names_its_picture_and_stays_light(client):
    meetup = make_meetup(visibility="listed")

    page = client.get(meetup.get_absolute_url()).content.decode()

    image = re.search(r'property="og:image" content="([^"]+)"', page)[1]
    assert image.partition("?v=")[0].endswith(f"{meetup.get_absolute_url()}card.png")
    assert image.startswith("http")
    assert STREET not in page
    assert len(page) < 20_000


def test_picture_of_an_evening_by_link_is_kept_from_search_engines(client):
    meetup = make_meetup(visibility="link")

    assert "noindex" in client.get(f"{meetup.get_absolute_url()}card.png")["X-Robots-Tag"]


def test_picture_of_an_evening_follows_its_seats(client):
    meetup = make_meetup(visibility="listed")
    before = client.get(f"{meetup.get_absolute_url()}card.png")["ETag"]

    make_guest(meetup, rsvp="yes")

    assert client.get(f"{meetup.get_absolute_url()}card.png", headers={"if-none-match": before}).status_code == 200
