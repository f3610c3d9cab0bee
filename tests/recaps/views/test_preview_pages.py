"""What somebody who left words reads before the recap is public: the words and the photos that will be, and no others."""

from typing import Any

import pytest

from meetups.access.tokens import make_contribution_token, make_guest_token
from meetups.models import Contribution, Recap
from meetups.recaps.services.contribution import withdraw_contribution
from meetups.recaps.services.debrief import record_came
from meetups.times import clock
from tests.browser.page_states import add_photo
from tests.factories import make_contribution, make_guest, make_held_meetup, make_host, make_recap
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def table() -> list[Contribution]:
    """Four of a table whose recap is shown to them; photos: for everyone, for everyone but left out, for the table, none."""
    meetup = make_held_meetup(make_host(shown_name="Ana"))
    make_recap(meetup, state="draft", public_at=clock.now(), published_at=None)
    left = [make_contribution(make_guest(meetup, rsvp="yes"), f"Word {n}.", position=n) for n in range(4)]
    photos: list[dict[str, Any]] = [{}, {"is_hidden": True}, {"consent": "table"}]
    for words, facts in zip(left, photos, strict=False):
        add_photo(words, alt=f"Photo of {words.sentence}", **facts)
    return left


def page(words: Contribution) -> str:
    return f"/w/{make_contribution_token(words)}"


def photo_of(reader: Contribution, words: Contribution) -> str:
    return f"{page(reader)}/photo?of={words.photo.name}"


def test_the_photos_that_will_be_public_are_shown_to_who_left_words(client, table):
    html = client.get(page(table[3])).content.decode()

    assert photo_of(table[3], table[0]) in html and "Photo of Word 0." in html
    assert [words.photo.name in html for words in table[1:3]] == [False, False]
    answers = [client.get(photo_of(table[3], words)) for words in table[:3]]
    assert [answer.status_code for answer in answers] == [200, 404, 404]
    assert (answers[0]["Content-Type"], answers[0]["Cache-Control"]) == ("image/jpeg", "no-store")
    assert "noindex" in answers[0]["X-Robots-Tag"]
    assert client.get(table[0].photo.get_absolute_url()).status_code == 404


def test_nobody_sees_them_who_is_not_of_that_table_or_not_any_more(client, table):
    stranger = make_contribution(make_guest(make_held_meetup(), rsvp="yes"))
    assert client.get(photo_of(stranger, table[0])).status_code == 404
    assert client.get(f"/w/wrong/photo?of={table[0].photo.name}").status_code == 404
    assert client.get(f"/w/{make_guest_token(table[3].guest)}/photo?of={table[0].photo.name}").status_code == 404
    assert client.get(f"{page(table[3])}/photo").status_code == 404
    url = photo_of(table[3], table[0])

    record_came(table[3].meetup, [words.guest_id for words in table[:3]])
    assert client.get(url).status_code == 404
    record_came(table[3].meetup, [words.guest_id for words in table])
    assert client.get(url).status_code == 200
    Recap.objects.update(public_at=None)
    assert client.get(url).status_code == 404
    Recap.objects.update(public_at=clock.now())
    withdraw_contribution(table[3])
    assert client.get(url).status_code == 404


def test_a_tick_is_needed_to_find_it_fine_and_what_stands_there_says_so(client, table):
    before = all_rows()

    html = client.post(page(table[3]), {"fine": "1"}).content.decode()

    assert "<title>Error: " in html
    assert "Please tick the box once you have read it." in html
    assert all_rows() == before
    assert client.post(page(table[3]), {"fine": "1", "read": "on"}).status_code == 303
    assert "You said that it is fine." in client.get(page(table[3])).content.decode()


@pytest.mark.parametrize("agrees", ["yes", "no"])
def test_a_tick_is_needed_to_answer_a_cut(client, table, agrees):
    Contribution.objects.filter(pk=table[3].pk).update(cut="Word […]")
    before = all_rows()

    client.post(page(table[3]), {"agrees": agrees, "cut": "Word […]"})
    unchanged = all_rows()
    client.post(page(table[3]), {"agrees": agrees, "cut": "Word […]", "read": "on"})

    assert unchanged == before
    left = Contribution.objects.get(pk=table[3].pk)
    assert (left.cut_agreed_at is not None, left.cut_refused_at is not None) == (agrees == "yes", agrees == "no")


def test_an_answer_to_a_cut_that_was_taken_back_meanwhile_says_so(client, table):
    before = all_rows()

    html = client.post(page(table[3]), {"agrees": "yes", "cut": "Word […]", "read": "on"}).content.decode()

    assert "<title>Error: " in html
    assert html.count("The host has changed this meanwhile") == 1
    assert all_rows() == before


def test_the_consent_says_that_pictures_are_made_of_the_sentence(client, table):
    for url in (page(table[3]), f"/r/{make_guest_token(table[3].guest)}/after"):
        html = client.get(url).content.decode()
        assert "Everyone means the recap, and pictures of your sentence made for sharing" in html
