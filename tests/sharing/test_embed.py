"""The card on other people's pages, and oEmbed, asked as other people's programs ask."""

import re
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import micawber
import pytest
from django.core.cache import cache

from meetups.access.public_url import full_url
from meetups.models import Contribution, Recap
from meetups.recaps.services.contribution import withdraw_contribution
from meetups.recaps.services.recap import take_down_recap
from meetups.times import clock
from tests.factories import make_campaign, make_contribution, make_guest, make_held_meetup, make_recap, make_user

pytestmark = pytest.mark.django_db
SENTENCE = "I left less alone than I came."


@pytest.fixture(autouse=True)
def clean_cache():
    cache.clear()


@pytest.fixture
def recap():
    meetup = make_held_meetup(make_user("ana.rebelo@example.org", shown_name="Ana"))
    for number, words in enumerate([SENTENCE, "Somebody has to ask first.", "We began with the street."], start=1):
        make_contribution(make_guest(meetup, rsvp="yes"), words, shown_as=f"Voice {number}", position=number)
    return make_recap(meetup, slug="transforming-power-k3x9")


def ask(client, recap, **more):
    return client.get("/oembed/", {"url": full_url(recap.get_absolute_url())} | more)


class Links(HTMLParser):
    """The links of a page's head, as a consumer looks for them."""

    def __init__(self, page: str):
        super().__init__()
        self.found: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        if tag == "link" and facts.get("rel") == "alternate":
            self.found[facts["type"]] = facts["href"]


def test_card_may_be_framed_anywhere_and_needs_neither_script_nor_cookie(client, recap):
    response = client.get(f"{recap.get_absolute_url()}embed/")

    page = response.content.decode()
    assert response.status_code == 200 and not response.cookies
    assert "frame-ancestors *" in response["Content-Security-Policy"]
    assert "X-Frame-Options" not in response
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "<script" not in page and "<form" not in page
    assert recap.question in page and SENTENCE in page and "Voice 1" in page
    links = re.findall(r'<a href="([^"]+)" target="_blank" rel="noopener', page)
    assert {urlsplit(link)._replace(query="").geturl() for link in links} >= {full_url(recap.get_absolute_url())}


@pytest.mark.parametrize("path", ["/", "/find/", "/recaps/transforming-power-k3x9/", "/books/{book}/", "/oembed/?url=x"])
def test_nothing_else_may_be_framed(client, recap, path):
    response = client.get(path.format(book=recap.meetup.kit.book.slug))

    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_card_of_what_is_not_public_says_so_in_the_frame(client, recap, state):
    Recap.objects.update(state=state)

    response = client.get(f"{recap.get_absolute_url()}embed/")

    assert response.status_code == 404
    assert "frame-ancestors *" in response["Content-Security-Policy"]
    assert recap.question not in response.content.decode() and SENTENCE not in response.content.decode()
    assert client.get("/recaps/nothing/embed/").status_code == 404


def test_recap_leads_a_program_to_both_formats(client, recap):
    found = Links(client.get(recap.get_absolute_url()).content.decode()).found

    for kind, form in (("application/json+oembed", "json"), ("text/xml+oembed", "xml")):
        asked = parse_qs(urlsplit(found[kind]).query)
        assert asked == {"format": [form], "url": [full_url(recap.get_absolute_url())]}
        assert client.get(found[kind].removeprefix(full_url(""))).status_code == 200


def test_json_is_a_rich_card_with_what_the_standard_asks_for(client, recap, settings):
    response = ask(client, recap)

    facts = response.json()
    assert response["Content-Type"] == "application/json; charset=utf-8"
    assert facts.keys() == {
        *("type", "version", "title", "provider_name", "provider_url", "cache_age", "html", "width", "height"),
        *("author_name", "thumbnail_url", "thumbnail_width", "thumbnail_height"),
    }
    assert (facts["type"], facts["version"], facts["title"]) == ("rich", "1.0", recap.question)
    assert facts["author_name"] == "Ana" and facts["provider_name"] == "Longtable"
    assert f'<iframe src="{settings.PUBLIC_URL}/recaps/{recap.slug}/embed/" width="480" height="320"' in facts["html"]


def test_xml_says_the_same(client, recap):
    response = ask(client, recap, format="xml")

    root = ElementTree.fromstring(response.content)  # noqa: S314
    assert response["Content-Type"] == "text/xml; charset=utf-8"
    assert root.tag == "oembed"
    assert {node.tag: node.text for node in root} == {name: str(value) for name, value in ask(client, recap).json().items()}


@pytest.mark.parametrize(
    ("asked", "width", "height"),
    [({"maxwidth": "300"}, 300, 320), ({"maxheight": "200", "maxwidth": "9000"}, 480, 200), ({"maxwidth": "-1"}, 480, 320)]
    + [({"maxwidth": "wide"}, 480, 320), ({"maxwidth": "9" * 90}, 480, 320), ({"maxheight": "٣٣"}, 480, 320)],
)
def test_card_is_never_larger_than_asked_for(client, recap, asked, width, height):
    facts = ask(client, recap, **asked).json()

    assert (facts["width"], facts["height"]) == (width, height)
    assert f'width="{width}" height="{height}"' in facts["html"]
    is_small = any(value.isascii() and value.isdecimal() and int(value) < 630 for value in asked.values())
    assert ("thumbnail_url" in facts) is not is_small


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/recaps/{slug}/",
        "{own}/recaps/nothing/",
        "{own}/",
        "{own}/host/new/",
        "{slug}",
        "//[",
        "{own}@x/",
    ]
    + ["javascript:alert(1)", "{own}/recaps/%00/", "{own}/recaps/{slug}/card.png"],
)
def test_what_is_no_public_recap_of_this_site_is_not_found(client, recap, settings, url):
    asked = url.format(own=settings.PUBLIC_URL, slug=recap.slug)

    assert client.get("/oembed/", {"url": asked}).status_code == 404


def test_other_formats_are_not_implemented_and_an_address_is_needed(client, recap):
    assert ask(client, recap, format="yaml").status_code == 501
    assert client.get("/oembed/").status_code == 400
    assert client.post("/oembed/").status_code == 405


@pytest.mark.parametrize("tail", ["", "?utm_source=x", "#voices", "embed/"])
def test_the_address_may_be_written_as_people_write_it(client, recap, tail):
    assert client.get("/oembed/", {"url": full_url(recap.get_absolute_url()) + tail}).status_code == 200
    assert client.get("/oembed/", {"url": full_url(recap.get_absolute_url()).rstrip("/")}).status_code == 200


def test_hostile_words_stay_words_in_the_frame_others_put_into_their_page(client, recap):
    Recap.objects.update(question='"><script>alert(1)</script>')

    html = ask(client, recap).json()["html"]

    assert "<script" not in html and html.count("<") == 2


def test_what_is_taken_back_is_gone_from_both(client, recap):
    card, asked = f"{recap.get_absolute_url()}embed/", {"url": full_url(recap.get_absolute_url())}
    tags = client.get(card)["ETag"], client.get("/oembed/", asked)["ETag"]
    assert client.get(card, headers={"If-None-Match": tags[0]}).status_code == 304
    assert client.get("/oembed/", asked, headers={"If-None-Match": tags[1]}).status_code == 304

    withdraw_contribution(Contribution.objects.get(sentence=SENTENCE))
    after = client.get(card, headers={"If-None-Match": tags[0]})
    take_down_recap(recap)

    assert after.status_code == 200 and SENTENCE not in after.content.decode()
    assert client.get(card, headers={"If-None-Match": tags[0]}).status_code == 404
    assert client.get("/oembed/", asked, headers={"If-None-Match": tags[1]}).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_consumers_library_finds_the_card_on_a_running_site(live_server, settings):
    settings.PUBLIC_URL = live_server.url
    recap = make_recap(make_held_meetup(), slug="transforming-power-k3x9")
    url = f"{live_server.url}/recaps/{recap.slug}/"
    registry = micawber.ProviderRegistry()
    registry.register(rf"{re.escape(live_server.url)}/recaps/\S*", micawber.Provider(f"{live_server.url}/oembed/", timeout=20))

    facts = registry.request(url, maxwidth=400)
    words = micawber.parse_text(f"We talked:\n{url}\nand ate.", registry)

    assert (facts["type"], facts["width"], facts["title"]) == ("rich", 400, recap.question)
    assert f'<iframe src="{url}embed/"' in words
    with pytest.raises(micawber.ProviderException):
        registry.request(f"{live_server.url}/recaps/nothing/")


def test_the_card_of_a_campaign_may_be_framed_and_leads_to_its_page_and_to_a_door(client):
    campaign = make_campaign(slug="read", name="Read Together", call="Open your door. " * 40)

    response = client.get("/c/read/embed/")
    page = response.content.decode()

    assert "frame-ancestors *" in response["Content-Security-Policy"]
    assert "X-Frame-Options" not in response
    assert not response.cookies
    assert f'href="{full_url("/c/read/")}"' in page
    assert "/host/new/?campaign=read" in page
    assert "<script" not in page
    assert len(page) < 2_500

    campaign.ends_at = clock.now()
    campaign.save()
    assert "/host/new/" not in client.get("/c/read/embed/").content.decode()
    assert client.get("/c/nothing/embed/").status_code == 404
