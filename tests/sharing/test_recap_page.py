"""The public recap: what anybody reads, and everything that nobody may."""

import gzip
import io
import json
import re
from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from meetups.models import Contribution, Photo, Recap
from meetups.recaps.public_view import make_broadside
from meetups.recaps.services.contribution import contribute, withdraw_contribution
from meetups.recaps.services.recap import arrange_contributions, edit_recap, take_down_recap
from meetups.sharing.share_cards import make_card
from tests.factories import (
    DOOR,
    PARKING,
    PHONE,
    STREET,
    day,
    let_all_stand,
    make_book,
    make_campaign,
    make_contribution,
    make_debrief,
    make_guest,
    make_held_meetup,
    make_recap,
    make_user,
)

pytestmark = pytest.mark.django_db
SENTENCE = "I left less alone than I came."


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    cache.clear()


def add_photo(contribution: Contribution, **fields) -> Photo:
    written = io.BytesIO()
    Image.new("RGB", (80, 60), "teal").save(written, "JPEG")
    fields.setdefault("consent", "everyone")
    fields.setdefault("alt", "Six bowls")
    photo = Photo(contribution=contribution, **fields)
    photo.file.save("photo.jpg", ContentFile(written.getvalue(), name="photo.jpg"), save=True)
    return photo


def held(**fields):
    host = make_user("ana.rebelo@example.org", shown_name="Ana")
    return make_held_meetup(host, date=day("2025-11-21"), **fields)


def others_speak(meetup, number: int = 2) -> None:
    """Let as many others speak as it takes for names to stand."""
    for place in range(number):
        make_contribution(
            make_guest(meetup, rsvp="yes"), f"Word {place} of somebody else.", shown_as=f"Other {place}", position=50 + place
        )


def page_of(client, recap: Recap) -> str:
    response = client.get(recap.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("consent", ["everyone", "table", "nobody"])
@pytest.mark.parametrize("is_hidden", [False, True])
@pytest.mark.parametrize("is_withdrawn", [False, True])
def test_sentence_is_public_only_with_an_explicit_yes(client, consent, is_hidden, is_withdrawn):
    meetup = held()
    recap = make_recap(meetup)
    others_speak(meetup, 3)
    left = make_contribution(
        make_guest(meetup, rsvp="yes"),
        SENTENCE,
        sentence_consent=consent,
        is_hidden=is_hidden,
        shown_as="Maria, Toronto",
        position=1,
    )
    if is_withdrawn:
        Contribution.objects.filter(pk=left.pk).update(withdrawn_at=meetup.ends_at)

    page = page_of(client, recap)

    is_public = consent == "everyone" and not is_hidden and not is_withdrawn
    assert (SENTENCE in page) is is_public
    assert ("Maria" in page) is is_public
    assert (make_card(recap).words == SENTENCE) is is_public


@pytest.mark.parametrize("consent", ["everyone", "table", "nobody"])
@pytest.mark.parametrize("is_hidden", [False, True])
@pytest.mark.parametrize("is_withdrawn", [False, True])
@pytest.mark.parametrize("state", ["published", "draft", "withdrawn"])
def test_photo_is_public_only_with_an_explicit_yes_in_a_published_recap(client, consent, is_hidden, is_withdrawn, state):
    meetup = held()
    recap = make_recap(meetup, state=state)
    left = make_contribution(make_guest(meetup, rsvp="yes"), sentence_consent="nobody")
    photo = add_photo(left, consent=consent, is_hidden=is_hidden)
    others_speak(meetup, 3)
    if is_withdrawn:
        Contribution.objects.filter(pk=left.pk).update(withdrawn_at=meetup.ends_at)

    response = client.get(photo.get_absolute_url())

    is_public = consent == "everyone" and not is_hidden and not is_withdrawn
    assert response.status_code == (200 if is_public and state == "published" else 404)
    assert any(voice.photo for voice in make_broadside(recap).voices) is is_public


def test_photo_is_served_as_nothing_but_a_jpeg(client):
    meetup = held()
    make_recap(meetup)
    photo = add_photo(make_contribution(make_guest(meetup, rsvp="yes")))
    others_speak(meetup)

    response = client.get(photo.get_absolute_url())

    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Content-Disposition"] == f'inline; filename="{photo.name}.jpg"'
    assert response["Cache-Control"] == "public, no-cache"
    assert not response.cookies
    assert client.get(photo.get_absolute_url(), headers={"if-none-match": response["ETag"]}).status_code == 304


@pytest.mark.parametrize("name", ["nothing", "..%2f..%2fdb", "a" * 300])
def test_unknown_photo_is_not_here(client, name):
    assert client.get(f"/media/photos/{name}.jpg").status_code == 404


def test_photo_whose_file_is_lost_is_not_here(client):
    meetup = held()
    make_recap(meetup)
    photo = add_photo(make_contribution(make_guest(meetup, rsvp="yes")))
    photo.file.storage.delete(photo.file.name)

    assert client.get(photo.get_absolute_url()).status_code == 404


def test_page_tells_question_words_parts_book_town_and_month(client):
    meetup = held(campaign=make_campaign(name="Read Together"))
    recap = make_recap(meetup, differ="Where to begin", still_open="Who calls the next one?")
    others_speak(meetup, 3)

    page = page_of(client, recap)

    for words in (
        "Where have you seen people change something together?",
        "Eight of us sat down to soup.",
        "People change things together or not at all.",
        "Where to begin",
        "Who calls the next one?",
        "A table in Toronto, Ontario, November 2025",
        "Told by Ana, whose table it was.",
        "Judy Rebick",
        "Read Together",
        "Other 0",
        "Hold this conversation at your table",
        f"/recaps/{recap.slug}/hold/",
    ):
        assert words in page


def test_nothing_that_leads_to_the_house_or_a_guest_is_on_the_page_or_in_its_metadata(client):
    meetup = held()
    recap = make_recap(meetup)
    make_debrief(meetup, next_time="Buy more bread, and no wine for Theo")
    guest = make_guest(
        meetup, "maria.lindqvist@example.org", name="Maria Lindqvist", shown_name="Maria L", diet="no nuts", rsvp="yes"
    )
    make_contribution(guest, shown_as="Maria, Toronto")
    others_speak(meetup)

    page = page_of(client, recap)

    for secret in (
        STREET, DOOR, PARKING, PHONE, "M6G", "Lindqvist", "Maria L", "maria.lindqvist", "ana.rebelo", "example.org", "no nuts",
        "bread", "Theo", meetup.code, meetup.title, "19:00", "7:00", "7 p.m.", "21 November", "November 21", "2025-11-21",
        "20251121", "Friday", "2025-11-22",
    ):  # fmt: skip
        assert secret not in page


def test_while_fewer_than_three_guests_speak_the_hosts_words_are_all_there_is(client):
    meetup = held()
    recap = make_recap(meetup)
    left = make_contribution(make_guest(meetup, rsvp="yes"), SENTENCE, shown_as="Maria, Toronto")
    others_speak(meetup, 1)

    photo = add_photo(left)
    page = page_of(client, recap)
    assert "Eight of us sat down to soup." in page
    assert SENTENCE not in page and "Maria" not in page and "Other 0" not in page
    assert make_card(recap).words == recap.question
    assert client.get(photo.get_absolute_url()).status_code == 404

    others_speak(meetup, 1)
    page = page_of(client, recap)
    assert SENTENCE in page and "Maria, Toronto" in page
    assert client.get(photo.get_absolute_url()).status_code == 200

    withdraw_contribution(left)
    page = page_of(client, recap)
    assert SENTENCE not in page and "Other 0" not in page


def test_what_the_host_orders_and_a_guest_takes_out_shows_at_once(client):
    meetup = held()
    recap = make_recap(meetup)
    left = [contribute(make_guest(meetup, rsvp="yes"), sentence=f"Word {n}.", sentence_consent="everyone") for n in range(3)]
    let_all_stand(meetup)
    others_speak(meetup)
    arrange_contributions(meetup, {left[2].pk: {"position": 0}, left[0].pk: {"is_hidden": True}})
    first = client.get(recap.get_absolute_url())
    assert re.findall(r"Word \d\.", first.content.decode().partition("<article")[2]) == ["Word 2.", "Word 1."]
    assert client.get(recap.get_absolute_url(), headers={"if-none-match": first["ETag"]}).status_code == 304

    withdraw_contribution(left[2])

    second = client.get(recap.get_absolute_url(), headers={"if-none-match": first["ETag"]})
    assert second.status_code == 200
    assert "Word 2." not in second.content.decode()


def test_picture_shows_a_withdrawn_sentence_to_nobody_from_that_moment(client):
    meetup = held()
    recap = make_recap(meetup)
    left = contribute(make_guest(meetup, rsvp="yes"), sentence=SENTENCE, sentence_consent="everyone")
    let_all_stand(meetup)
    others_speak(meetup, 3)
    url = f"{recap.get_absolute_url()}card.png"
    first = client.get(url)
    assert first["Content-Type"] == "image/png"
    assert client.get(url, headers={"if-none-match": first["ETag"]}).status_code == 304

    withdraw_contribution(left)

    second = client.get(url, headers={"if-none-match": first["ETag"]})
    assert second.status_code == 200
    assert second.content != first.content
    assert make_card(Recap.objects.with_meetup().get()).words == "Word 0 of somebody else."


def test_changed_picture_has_another_address_in_the_metadata(client, settings):
    meetup = held()
    recap = make_recap(meetup)
    before = re.search(r'og:image" content="([^"]+)', page_of(client, recap))[1]

    edit_recap(recap, question="Who decides here?")

    after = re.search(r'og:image" content="([^"]+)', page_of(client, recap))[1]
    assert before != after
    assert after.startswith(f"{settings.PUBLIC_URL}/recaps/")


def test_picture_whose_book_or_area_changed_has_another_address_and_the_old_one_still_answers(client, settings):
    meetup = held()
    recap = make_recap(meetup)
    addresses = [re.search(r'og:image" content="([^"]+)', page_of(client, recap))[1]]

    meetup.kit.book = make_book(title="Another book")
    meetup.kit.save()
    addresses.append(re.search(r'og:image" content="([^"]+)', page_of(client, recap))[1])
    type(meetup).objects.filter(pk=meetup.pk).update(town_name="Elsewhere")
    addresses.append(re.search(r'og:image" content="([^"]+)', page_of(client, recap))[1])

    assert len(set(addresses)) == 3
    assert {client.get(address.removeprefix(settings.PUBLIC_URL)).status_code for address in addresses} == {200}


def test_month_of_publication_is_that_on_the_wall_of_the_table(client):
    late = datetime(2027, 1, 1, 3, tzinfo=UTC)
    recap = make_recap(held(), published_at=late)

    facts = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page_of(client, recap))[1])

    assert facts["datePublished"] == "2026-12"


def test_metadata_is_complete_and_its_json_is_an_allow_list(client, settings):
    meetup = held()
    recap = make_recap(meetup, question="Who </script><script>alert(1)</script> decides?", published_at=meetup.ends_at)

    page = page_of(client, recap)

    facts = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page)[1])
    assert set(facts) == {
        "@context", "@type", "headline", "description", "datePublished", "image", "url", "author", "publisher", "about",
    }  # fmt: skip
    assert facts["headline"] == recap.question
    assert facts["datePublished"] == "2025-11"
    assert facts["author"] == {"@type": "Person", "name": "Ana"}
    assert "alert(1)</script>" not in page
    assert f'<link rel="canonical" href="{settings.PUBLIC_URL}{recap.get_absolute_url()}">' in page
    assert 'name="twitter:card" content="summary_large_image"' in page
    assert '<html lang="en"' in page


def test_host_whose_account_is_gone_is_not_named(client):
    meetup = held()
    recap = make_recap(meetup)
    type(meetup.host).objects.update(shown_name="")

    page = page_of(client, recap)

    assert "Told by" not in page
    assert '"author": {"@type": "Person"' not in page


def test_script_in_every_field_shows_as_text(client):
    bad = "<script>alert(1)</script>"
    meetup = held()
    recap = make_recap(meetup, question=bad, text=bad, agree=bad, differ=bad, still_open=bad)
    for _number in range(3):
        add_photo(make_contribution(make_guest(meetup, rsvp="yes"), bad, shown_as=bad), alt='"><script>alert(1)</script>')

    assert "<script>alert" not in page_of(client, recap)


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_recap_that_is_not_published_is_not_here(client, state):
    recap = make_recap(held(), state=state)

    response = client.get(recap.get_absolute_url())
    assert response.status_code == (410 if state == "withdrawn" else 404)
    assert recap.question not in response.content.decode()
    assert client.get(f"{recap.get_absolute_url()}card.png").status_code == 404


def test_recap_taken_down_is_gone_even_for_who_has_it_cached(client):
    recap = make_recap(held())
    first = client.get(recap.get_absolute_url())

    take_down_recap(recap)

    again = client.get(recap.get_absolute_url(), headers={"if-none-match": first["ETag"]})
    assert again.status_code == 410
    assert "This recap is taken down" in again.content.decode()


def test_wrong_address_and_wrong_method_are_refused(client):
    recap = make_recap(held())

    assert client.get("/recaps/transforming-power-november-2025-00000000/").status_code == 404
    assert client.get(f"/recaps/{recap.meetup.code}/").status_code == 404
    assert client.post(recap.get_absolute_url()).status_code == 405


def test_page_sets_no_cookie_and_is_asked_for_again(client):
    response = client.get(make_recap(held()).get_absolute_url())

    assert not response.cookies
    assert response["Cache-Control"] == "public, no-cache"
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.parametrize("number", [1, 12])
def test_page_takes_at_most_four_queries(client, number):
    meetup = held(campaign=make_campaign())
    recap = make_recap(meetup)
    others_speak(meetup, number)
    for left in meetup.contributions.all():
        add_photo(left)

    with CaptureQueriesContext(connection) as queries:
        page_of(client, recap)

    assert len(queries) == 3


def test_page_of_twelve_guests_is_light(client):
    meetup = held(campaign=make_campaign())
    recap = make_recap(meetup, text="Eight of us sat down to soup. " * 40)
    others_speak(meetup, 12)

    page = gzip.compress(client.get(recap.get_absolute_url()).content)

    # With the two fonts and the style sheet, some 45 kB, the first view stays far below ninety.
    assert len(page) < 20_000


@pytest.mark.parametrize("state", ["published", "draft", "withdrawn"])
def test_a_recap_names_the_table_it_came_from_where_that_has_a_public_recap(client, state):
    parent = make_recap(make_held_meetup(town_name="Leeds", region=""), question="Who asks first?", state=state)
    recap = make_recap(make_held_meetup(parent=parent.meetup))

    page = client.get(recap.get_absolute_url()).content.decode()

    assert (f'<a href="{parent.get_absolute_url()}">Who asks first?</a>' in page) == (state == "published")
    assert ("This conversation came from a table in Leeds" in page) == (state == "published")
