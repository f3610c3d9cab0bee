"""Feeds, the sitemap and robots.txt, read by the programs they are for."""

import json
import re
from datetime import timedelta
from xml.etree import ElementTree

import feedparser
import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meetups.access.tokens import (
    make_contribution_token,
    make_friend_token,
    make_guest_token,
    make_mine_token,
    make_removal_token,
    make_unsubscribe_token,
)
from meetups.models import Contribution, Recap, RemovalRequest
from meetups.recaps.services.contribution import withdraw_contribution
from meetups.recaps.services.recap import take_down_recap
from meetups.sharing.views import feeds
from meetups.times import clock
from meetups.urls import urlpatterns
from tests.factories import (
    STREET,
    make_book,
    make_campaign,
    make_contribution,
    make_delivery,
    make_draft,
    make_guest,
    make_held_meetup,
    make_kit,
    make_meetup,
    make_recap,
    make_user,
)
from tests.hostile import HOSTILE
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
SENTENCE = "I left less alone than I came."


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    cache.clear()


def told(host=None, *, question: str = "Where have you seen people change something together?", **fields) -> Recap:
    """Return a published recap in which three guests speak."""
    meetup = make_held_meetup(host or make_user("ana.rebelo@example.org", shown_name="Ana"), **fields)
    recap = make_recap(meetup, question=question, differ="City or street.\nNow or later.")
    for number, words in enumerate([SENTENCE, "Somebody has to ask first.", "We began with the street."], start=1):
        make_contribution(make_guest(meetup, rsvp="yes"), words, shown_as=f"Voice {number}", position=number)
    return recap


def atom_of(client, path: str = "/feed.atom"):
    """Read an Atom feed as a feed reader does."""
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = feedparser.parse(response.content)
    assert not feed.bozo
    return feed


def json_of(client, path: str = "/feed.json") -> dict:
    response = client.get(path)
    assert response["Content-Type"] == "application/feed+json; charset=utf-8"
    return response.json()


def test_atom_tells_a_recap_to_a_feed_reader(client, settings):
    recap = told()

    feed = atom_of(client)

    assert feed.version == "atom10"
    assert feed.feed.title == "What tables said · Longtable"
    assert feed.feed.link == settings.PUBLIC_URL + "/"
    assert [link.href for link in feed.feed.links if link.rel == "self"] == [settings.PUBLIC_URL + "/feed.atom"]
    [entry] = feed.entries
    assert entry.title == recap.question
    assert entry.id == entry.link == settings.PUBLIC_URL + recap.get_absolute_url()
    assert entry.author == "Ana"
    assert [tag.term for tag in entry.tags] == ["Transforming Power"]
    assert SENTENCE in entry.summary and "Voice 1" in entry.summary
    assert "<li>City or street.</li><li>Now or later.</li>" in entry.summary
    assert entry.published_parsed and entry.updated_parsed


def test_json_feed_has_an_allow_list_of_fields(client, settings):
    recap = told()

    feed = json_of(client)

    assert feed.keys() == {"version", "title", "home_page_url", "feed_url", "language", "authors", "items"}
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == settings.PUBLIC_URL + "/feed.json"
    [item] = feed["items"]
    assert item.keys() == {
        *("id", "url", "title", "summary", "content_html", "image", "date_published", "date_modified", "language"),
        *("authors", "tags"),
    }
    assert item["id"] == item["url"] == settings.PUBLIC_URL + recap.get_absolute_url()
    assert item["authors"] == [{"name": "Ana"}]
    assert SENTENCE in item["content_html"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*\+00:00", item["date_published"])


def test_feeds_hold_the_latest_first_and_no_more_than_twenty(client):
    for days in range(22):
        recap = told(make_user(), question=f"Question {days}?")
        Recap.objects.filter(pk=recap.pk).update(published_at=clock.now() - timedelta(days=days))

    titles = [entry.title for entry in atom_of(client).entries]

    assert titles == [f"Question {days}?" for days in range(20)]
    assert [item["title"] for item in json_of(client)["items"]] == titles


def test_each_feed_has_what_it_is_of(client):
    campaign = make_campaign(name="Read Together", slug="read-together")
    kit = make_kit(book=make_book("Small Gods", "", slug="small-gods"))
    told(make_user(), question="Of the campaign?", campaign=campaign)
    told(make_user(), question="Of the book?", kit=kit)
    told(make_user(), question="Of Leeds?", town_name="Leeds")

    titles = {
        path: {entry.title for entry in atom_of(client, path).entries}
        for path in ("/c/read-together/feed.atom", "/books/small-gods/feed.atom", "/find/feed.atom?town=leeds")
    }

    assert titles == {
        "/c/read-together/feed.atom": {"Of the campaign?"},
        "/books/small-gods/feed.atom": {"Of the book?"},
        "/find/feed.atom?town=leeds": {"Of Leeds?"},
    }
    assert json_of(client, "/find/feed.json?town=leeds")["title"] == "Tables in leeds"
    assert json_of(client, "/c/read-together/feed.json")["title"] == "Read Together"
    assert json_of(client, "/books/small-gods/feed.json")["title"] == "Small Gods"


def test_a_feed_of_nothing_is_empty_and_of_nobody_is_not_there(client):
    make_campaign(slug="quiet")
    secret = make_draft(kit=make_kit(book=make_book("A Secret", slug="a-secret")))

    assert atom_of(client).entries == []
    assert client.get("/feed.atom").content == client.get("/feed.atom").content
    assert json_of(client, "/c/quiet/feed.json")["items"] == []
    for path in ("/c/nobody/feed.atom", "/books/nothing/feed.atom", "/books/a-secret/feed.atom", "/find/feed.atom", "/feed.rss"):
        assert client.get(path).status_code == 404, path
    assert secret.kit.book.slug == "a-secret"


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
@pytest.mark.parametrize("path", ["/feed.atom", "/feed.json"])
def test_what_is_not_published_is_in_no_feed(client, path, state):
    recap = told()
    Recap.objects.filter(pk=recap.pk).update(state=state)

    assert recap.question not in client.get(path).content.decode()


@pytest.mark.parametrize("path", ["/feed.atom", "/feed.json"])
def test_feed_tells_no_street_no_address_no_photo_and_no_day(client, path):
    told(date=clock.now().date() - timedelta(days=40))

    words = client.get(path).content.decode()

    assert STREET not in words and "ana.rebelo" not in words and "<img" not in words


@pytest.mark.parametrize("path", ["/feed.atom", "/feed.json"])
def test_a_copy_of_a_feed_is_asked_about_each_minute_and_wrong_as_soon_as_words_are_taken_back(client, path):
    recap = told()
    first = client.get(path)
    etag = first["ETag"]
    same = client.get(path, headers={"If-None-Match": etag})

    withdraw_contribution(Contribution.objects.get(sentence=SENTENCE))
    after = client.get(path, headers={"If-None-Match": etag})
    take_down_recap(recap)
    gone = client.get(path, headers={"If-None-Match": after["ETag"]})

    assert first["Cache-Control"] == "public, max-age=60"
    assert "Last-Modified" not in first and not first.cookies
    assert (same.status_code, same.content) == (304, b"")
    assert after.status_code == 200 and SENTENCE not in after.content.decode()
    assert gone.status_code == 200 and recap.question not in gone.content.decode()


def test_hostile_words_stay_words_in_both_feeds(client):
    recap = told()
    for words in HOSTILE:
        Recap.objects.filter(pk=recap.pk).update(question=words[:300] or "?", text=words, agree=words[:600])
        Contribution.objects.filter(sentence=SENTENCE).update(sentence=words[:280] or SENTENCE)

        feed = feedparser.parse(client.get("/feed.atom").content)
        html = json.loads(client.get("/feed.json").content)["items"][0]["content_html"]

        assert not feed.bozo, words
        assert not re.search(r"<(script|img|svg|iframe|a href=.javascript)", html, re.IGNORECASE), words
        Contribution.objects.filter(sentence=words[:280]).update(sentence=SENTENCE)


@pytest.mark.parametrize("path", ["/feed.atom", "/feed.json", "/sitemap.xml"])
def test_queries_do_not_grow_with_the_number_of_recaps(client, path):
    told()
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get(path)
    for _ in range(3):
        told(make_user())
    with CaptureQueriesContext(connection) as many:
        client.get(path)

    assert len(many) == len(one)


@pytest.mark.parametrize(
    ("page", "feed"),
    [("/", "/feed"), ("/c/read-together/", "/c/read-together/feed"), ("/find/?town=Leeds", "/find/feed")],
)
def test_page_leads_a_feed_reader_to_its_feed(client, settings, page, feed):
    make_campaign(slug="read-together")

    words = client.get(page).content.decode()

    links = re.findall(r'<link rel="alternate" type="([^"]+)" title="[^"]+" href="([^"]+)">', words)
    assert [kind for kind, _ in links] == ["application/atom+xml", "application/feed+json"]
    for _kind, link in links:
        assert link.startswith(f"{settings.PUBLIC_URL}{feed}.")
        assert client.get(link.removeprefix(settings.PUBLIC_URL)).status_code == 200


# For search engines --------------------------------------------------------------------------------------------------


def addresses(client, path: str = "/sitemap.xml") -> set[str]:
    response = client.get(path)
    assert response.status_code == 200 and response["Content-Type"] == "application/xml"
    return {node.text or "" for node in ElementTree.fromstring(response.content).iter() if node.tag.endswith("}loc")}  # noqa: S314


def test_sitemap_names_what_is_public_and_nothing_private(client, settings):
    recap = told()
    listed = make_meetup(visibility="listed")
    make_campaign(slug="read-together")
    hidden = [make_meetup(visibility="link"), make_meetup(visibility="private"), make_draft(visibility="listed")]
    hidden += [make_meetup(visibility="listed", status="canceled"), make_held_meetup(visibility="listed")]
    make_draft(kit=make_kit(book=make_book("A Secret", slug="a-secret")))
    draft = make_recap(hidden[-1], state="draft")

    found = addresses(client)

    own = [recap.get_absolute_url(), listed.get_absolute_url(), recap.meetup.kit.book.get_absolute_url(), "/c/read-together/"]
    assert found == {settings.PUBLIC_URL + path for path in ["/", "/find/", "/privacy/", *own]}
    assert not any(meetup.code in " ".join(found) for meetup in hidden)
    assert draft.slug not in " ".join(found)


def test_sitemap_names_its_own_host_and_not_the_one_that_was_asked(client, settings):
    told()
    settings.PUBLIC_URL = "https://tables.example.org"

    assert {link[:27] for link in addresses(client)} == {"https://tables.example.org/"}


def test_a_long_sitemap_is_a_list_of_parts(client, settings, monkeypatch):
    monkeypatch.setattr(feeds.PublicPages, "limit", 2)
    recaps = [told(make_user()) for _ in range(3)]

    parts = addresses(client)
    found = set().union(*(addresses(client, part.removeprefix(settings.PUBLIC_URL)) for part in parts))

    assert f"{settings.PUBLIC_URL}/sitemap-recaps.xml?p=2" in parts
    assert {settings.PUBLIC_URL + recap.get_absolute_url() for recap in recaps} <= found
    assert client.get("/sitemap-nothing.xml").status_code == 404


def doors_behind_tokens() -> list[str]:
    """Return the address of every door whose way in is a secret in the address, with one that is not good."""
    secret = re.compile(r"<str:(token|secret)>")
    routes = [str(entry.pattern) for entry in urlpatterns]
    return ["/" + secret.sub("wrong", route) for route in routes if secret.search(route)]


def test_robots_are_kept_out_of_what_belongs_to_one_person(client, settings):
    words = client.get("/robots.txt").content.decode()

    closed = re.findall(r"Disallow: (\S+)", words)
    doors = doors_behind_tokens()
    assert {"/r/wrong", "/u/wrong", "/w/wrong", "/f/wrong", "/out/wrong", "/mine/wrong"} <= set(doors)
    assert [door for door in [*doors, "/host/", "/mailbox/"] if not door.startswith(tuple(closed))] == []
    assert f"Sitemap: {settings.PUBLIC_URL}/sitemap.xml" in words


def test_every_door_behind_a_token_tells_robots_to_keep_nothing(client):
    meetup = make_held_meetup()
    recap = make_recap(meetup)
    guest = make_guest(meetup, rsvp="yes")
    left = make_contribution(guest)
    asked = RemovalRequest.objects.create(recap=recap, contribution=left)
    letter = make_delivery("my_meetups", guest=guest, context={"address": guest.email_hash})
    open_ones = {
        f"/r/{make_guest_token(guest)}/after",
        f"/u/{make_unsubscribe_token(guest)}",
        f"/w/{make_contribution_token(left)}",
        f"/f/{make_friend_token(guest)}",
        f"/out/{make_removal_token(asked)}",
        f"/mine/{make_mine_token(letter)}",
    }
    wrong = {door for door in doors_behind_tokens() if not door.startswith("/inbound/")}

    answers = {door: client.get(door) for door in open_ones | wrong}

    assert {answers[door].status_code for door in open_ones} <= {200, 404}
    assert [door for door, answer in answers.items() if "noindex" not in answer.get("X-Robots-Tag", "")] == []


def test_reading_changes_nothing(client):
    told()
    before = all_rows()

    for path in ("/feed.atom", "/feed.json", "/sitemap.xml", "/robots.txt"):
        client.get(path)
        assert client.post(path).status_code == 405

    assert all_rows() == before
