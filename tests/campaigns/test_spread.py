"""From nothing to the first host: starting a campaign with a kit, and what is sent around."""

import pytest
from django.urls import reverse
from lxml import html as parser

from hosts.models import Campaign
from meetups.access.public_url import full_url
from meetups.campaigns.lead.spread import SHORTEST, make_texts
from meetups.sharing.share_texts import x_length
from meetups.shelf.kits import read_shelf
from tests.factories import make_campaign, make_user

pytestmark = pytest.mark.django_db


def test_the_home_page_leads_to_starting_a_campaign(client):
    assert f'href="{reverse("campaign_new")}"' in client.get("/").content.decode()


def test_a_campaign_starts_with_a_kit_of_the_shelf_and_its_own_words_win(client, organizer):
    shelf = read_shelf()[0]
    words = shelf.in_language("en")

    response = client.post(
        "/c/new/", {"name": "Read", "call": "Meet.", "choose": shelf.slug, "meal": "Only soup", "color": "plum"}
    )

    campaign = Campaign.objects.get()
    kit = campaign.kits.get()
    assert response["Location"] == "/c/read/spread/"
    assert (kit.title, kit.shelf, kit.meal) == (words.title, shelf.slug, "Only soup")
    assert kit.questions.splitlines() == list(words.questions)
    assert campaign.color == "plum"
    assert words.title in client.get("/host/new/?campaign=read", follow=True).content.decode()


def test_a_kit_that_is_none_keeps_what_was_typed(client, organizer):
    page = client.post("/c/new/", {"name": "Read", "call": "Meet.", "choose": "nothing-like-it"}).content.decode()

    assert not Campaign.objects.exists()
    assert 'value="Read"' in page


def test_the_page_has_link_texts_and_poster(client, campaign):
    page = client.get("/c/read/spread/").content.decode()

    assert page.count(full_url("/c/read/")) >= 4
    assert "/c/read/poster-a4.pdf" in page
    assert "mailto:?subject=Read%20Together" in page


def test_the_page_has_a_card_for_other_sites_with_any_name(client, campaign):
    campaign.name = '</textarea> "Read"'
    campaign.save()

    page = parser.document_fromstring(client.get("/c/read/spread/").content)
    [frame] = parser.fragments_fromstring(page.get_element_by_id("share-embed").text)

    assert (frame.tag, frame.get("src")) == ("iframe", full_url("/c/read/embed/"))
    assert frame.get("title") == '</textarea> "Read"'


@pytest.mark.parametrize("call", ["Meet.", "We read one book this autumn, and eat. " * 40, "読む" * 400])
def test_the_text_for_networks_fits_the_shortest_and_keeps_the_link(call):
    campaign = make_campaign(make_user(), call=call, slug="read", name="Read Together " * 8)

    text = next(text for text in make_texts(campaign) if text.key == "post")

    assert x_length(text.text) == text.length <= SHORTEST
    assert text.text.endswith("/c/read/")


@pytest.mark.parametrize("size", ["a4", "letter"])
def test_the_poster_is_one_page_that_leads_to_the_campaign(client, campaign, size):
    response = client.get(f"/c/read/poster-{size}.pdf")

    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF")
    assert response.content.count(b"/Type /Page\n") == 1
    assert b"/c/read/" in response.content


def test_a_poster_of_another_size_is_not_found(client, campaign):
    assert client.get("/c/read/poster-a0.pdf").status_code == 404


def test_the_campaigns_preview_has_a_picture(client, campaign):
    page = client.get("/c/read/").content.decode()

    assert '/c/read/card.png">' in page
    picture = client.get("/c/read/card.png")
    assert picture["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
