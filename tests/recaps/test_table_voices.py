"""What is left for "our table" is for those who were at it: on the page behind their own link, and nowhere else."""

import io

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image

from meetups.access.tokens import make_guest_token
from meetups.models import Contribution, Guest, Photo
from tests.factories import make_contribution, make_guest, make_held_meetup, make_recap

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Guest:
    return make_guest(make_held_meetup(), rsvp="yes")


def left(reader: Guest, sentence: str, **fields) -> Contribution:
    return make_contribution(make_guest(reader.meetup, rsvp="yes"), sentence, **fields)


def with_photo(contribution: Contribution, consent: str, **fields) -> Photo:
    data = io.BytesIO()
    Image.new("RGB", (80, 60), "#8a2b2a").save(data, "JPEG")
    photo = Photo(contribution=contribution, consent=consent, **fields)
    photo.file.save("photo.jpg", ContentFile(data.getvalue(), name="photo.jpg"), save=False)
    photo.save()
    return photo


def after_page(client: Client, guest: Guest) -> str:
    return client.get(f"/r/{make_guest_token(guest)}/after").content.decode()


def photo_status(client: Client, guest: Guest, photo: Photo) -> int:
    return client.get(f"/r/{make_guest_token(guest)}/photo?of={photo.name}").status_code


def test_who_was_there_reads_what_others_left_for_the_table_or_for_everyone(client, reader):
    left(reader, "For us alone.", sentence_consent="table", shown_as="Tom")
    left(reader, "For the world.", sentence_consent="everyone", shown_as="")
    left(reader, "For nobody.", sentence_consent="nobody")
    left(reader, "Left out by the host.", sentence_consent="table", is_hidden=True)

    html = after_page(client, reader)

    assert "For us alone." in html and "<footer>Tom</footer>" in html
    assert "For the world." in html and "<footer>A guest</footer>" in html
    assert "For nobody." not in html
    assert "Left out by the host." not in html


@pytest.mark.parametrize("fields", [{"rsvp": "no"}, {"rsvp": "maybe"}, {"rsvp": "yes", "attended": False}, {"rsvp": "waiting"}])
def test_who_was_not_there_reads_and_sees_nothing_of_it(client, reader, fields):
    words = left(reader, "For us alone.", sentence_consent="table")
    photo = with_photo(words, "table")
    absent = make_guest(reader.meetup, **fields)

    assert "For us alone." not in after_page(client, absent)
    assert photo_status(client, absent, photo) == 404


def test_who_said_no_cannot_read_it_by_saying_that_they_were_there(client, reader):
    left(reader, "For us alone.", sentence_consent="table")
    absent = make_guest(reader.meetup, rsvp="no")

    client.post(f"/r/{make_guest_token(absent)}/after", {"attended": "yes"})

    absent.refresh_from_db()
    assert (absent.attended, absent.said_there) == (None, True)
    assert "For us alone." not in after_page(client, absent)


def test_a_photo_for_the_table_is_seen_by_the_table_and_one_for_nobody_is_not(client, reader):
    shared, private, hidden = (with_photo(left(reader, ""), consent) for consent in ("table", "nobody", "everyone"))
    Photo.objects.filter(pk=hidden.pk).update(is_hidden=True)
    stranger = make_guest(make_held_meetup(), rsvp="yes")

    assert f"/photo?of={shared.name}" in after_page(client, reader)
    assert [photo_status(client, reader, photo) for photo in (shared, private, hidden)] == [200, 404, 404]
    assert photo_status(client, stranger, shared) == 404
    assert client.get(shared.get_absolute_url()).status_code == 404


def test_words_for_the_table_stay_out_of_the_recap(client, reader):
    left(reader, "For us alone.", sentence_consent="table")
    recap = make_recap(reader.meetup)

    assert "For us alone." not in client.get(recap.get_absolute_url()).content.decode()


@pytest.mark.parametrize("others", [1, 4])
def test_the_page_asks_as_many_queries_for_many_voices_as_for_one(client, reader, others, django_assert_max_num_queries):
    for number in range(others):
        left(reader, f"Sentence {number}.", sentence_consent="table")

    with django_assert_max_num_queries(5):
        after_page(client, reader)


def test_the_table_reads_what_its_guests_promise_and_nobody_else_does(client, reader):
    left(reader, "", promise="Ask my neighbors.", promise_for_table=True, shown_as="Tom")
    left(reader, "", promise="Made for nobody.", promise_for_table=False)
    left(reader, "", promise="Taken out.", promise_for_table=True, withdrawn_at=reader.meetup.ends_at)
    away = make_guest(reader.meetup, rsvp="yes", attended=False)
    client.force_login(reader.meetup.host)

    html, desk = after_page(client, reader), client.get(f"/host/{reader.meetup.code}/recap/").content.decode()

    for page in (html, desk):
        assert "Ask my neighbors." in page
        assert "Made for nobody." not in page and "Taken out." not in page
    assert "Ask my neighbors." not in after_page(client, away)


def test_a_promise_made_on_the_page_is_for_the_table_and_asks_for_no_more(client, reader):
    client.post(f"/r/{make_guest_token(reader)}/after", {"sentence": "", "promise": "Ask my neighbors."})

    made = Contribution.objects.get()
    assert (made.promise, made.promise_for_table) == ("Ask my neighbors.", True)


def test_what_somebody_asks_to_have_removed_the_table_does_not_see_either(client, reader):
    words = left(reader, "For the world.", removal_asked_at=reader.meetup.ends_at)
    photo = with_photo(words, "everyone", removal_asked_at=reader.meetup.ends_at)

    assert "For the world." not in after_page(client, reader)
    assert photo_status(client, reader, photo) == 404


def test_a_guest_is_suggested_a_first_name_and_the_town(client):
    guest = make_guest(make_held_meetup(), name="Maria Lindqvist", shown_name="", rsvp="yes", attended=True)

    html = after_page(client, guest)

    assert 'name="shown_as" value="Maria, Toronto"' in html
    assert "Maria Lindqvist, Toronto" not in html
