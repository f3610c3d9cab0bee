"""Were you there? One sentence, one photo, and taking them out again through a link that does not expire."""

import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from meetups.access.tokens import make_contribution_token, make_guest_token
from meetups.models import Contribution, Guest, Photo
from meetups.pictures import upload
from tests.factories import make_contribution, make_guest, make_held_meetup, make_meetup
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

WORDS = {"sentence": "I left less alone than I came.", "sentence_consent": "everyone", "shown_as": "Maria"}
MEANT = {"take_out": "1", "really": "1", "sure": "on"}


@pytest.fixture
def guest() -> Guest:
    return make_guest(make_held_meetup(), name="Maria", rsvp="yes")


def link(guest: Guest) -> str:
    return f"/r/{make_guest_token(guest)}/after"


def words_link(contribution: Contribution) -> str:
    return f"/w/{make_contribution_token(contribution)}"


def picture() -> SimpleUploadedFile:
    data = io.BytesIO()
    Image.new("RGB", (80, 60), "#8a2b2a").save(data, "JPEG")
    return SimpleUploadedFile("table.jpg", data.getvalue(), content_type="image/jpeg")


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    assert not response.cookies
    assert response["Cache-Control"] == "no-store"
    return response.content.decode()


@pytest.mark.parametrize("name", ["Ana Li", "Li, Ana", "LI,  Ana Maria", "Dr. Ana Li", "Ana,"])
def test_what_a_guest_may_be_shown_as_is_proposed_without_a_surname(client, name):
    guest = make_guest(make_held_meetup(), name=name, shown_name="", rsvp="yes")

    assert 'value="Ana, Toronto"' in page(client, link(guest))


def test_the_page_asks_and_agrees_to_nothing_by_itself(client, guest):
    html = page(client, link(guest))

    assert "Were you there?" in html
    assert 'name="attended" value="yes"' in html
    assert not re.findall(r"<input[^>]*\bchecked\b[^>]*>", html)


def test_before_the_evening_it_leads_to_the_guests_page(client):
    guest = make_guest(make_meetup(), rsvp="yes")

    response = client.get(link(guest))

    assert (response.status_code, response["Location"]) == (303, f"/r/{make_guest_token(guest)}")


def test_yes_and_no_are_taken_one_after_the_other(client, guest):
    for said, kept in [("yes", True), ("no", False), ("no", False)]:
        response = client.post(link(guest), {"attended": said})
        assert (response.status_code, response["Location"]) == (303, link(guest))
        guest.refresh_from_db()
        assert guest.attended is kept
    assert "You could not be there" in page(client, link(guest))


def test_i_could_host_is_noted_and_taken_back(client, guest):
    client.post(link(guest), {"could_host": "yes"})
    assert Guest.objects.get().could_host is True
    assert "You said that you could host" in page(client, link(guest))

    client.post(link(guest), {"could_host": "no"})
    assert Guest.objects.get().could_host is False


def test_a_sentence_alone_is_left_with_its_consent(client, guest):
    response = client.post(link(guest), WORDS)

    assert response.status_code == 303
    left = Contribution.objects.get()
    assert (left.guest, left.sentence, left.sentence_consent, left.shown_as) == (guest, *WORDS.values())
    html = page(client, link(guest))
    assert "Everyone may read this, in the recap." in html
    assert words_link(left) in html


def test_a_sentence_without_a_word_on_who_may_read_it_is_asked_about(client, guest):
    response = client.post(link(guest), WORDS | {"sentence_consent": ""})

    html = response.content.decode()
    assert "Please say who may read your sentence." in html
    assert WORDS["sentence"] in html
    assert not Contribution.objects.exists()


def test_a_photo_alone_is_left_and_shown_to_its_guest_only(client, guest):
    typed = {"sentence": "", "photo": picture(), "photo_consent": "table", "photo_alt": "A pot of soup", "faces_agreed": "on"}

    assert client.post(link(guest), typed).status_code == 303

    photo = Photo.objects.get()
    assert (photo.consent, photo.alt, photo.contribution.sentence) == ("table", "A pot of soup", "")
    own = client.get(f"/r/{make_guest_token(guest)}/photo")
    assert (own.status_code, own["Content-Type"]) == (200, "image/jpeg")
    other = make_guest(guest.meetup, rsvp="yes")
    assert client.get(f"/r/{make_guest_token(other)}/photo").status_code == 404


def test_a_photo_needs_the_agreement_of_those_in_it(client, guest):
    typed = {"sentence": "", "photo": picture(), "photo_consent": "everyone"}

    html = client.post(link(guest), typed).content.decode()

    assert "Please ask those who can be recognized" in html
    assert not Contribution.objects.exists()


def test_a_photo_that_is_none_is_refused_and_the_words_stay_on_the_page(client, guest):
    broken = SimpleUploadedFile("table.jpg", b"<svg onload=alert(1)>", content_type="image/jpeg")
    typed = WORDS | {"photo": broken, "photo_consent": "table", "faces_agreed": "on"}

    response = client.post(link(guest), typed)

    assert response.status_code == 200
    assert "error-summary" in response.content.decode()
    assert WORDS["sentence"] in response.content.decode()
    assert not Contribution.objects.exists()


def test_where_too_many_photos_arrive_at_once_the_words_stay_on_the_page(client, guest, monkeypatch, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(upload, "WAIT_SECONDS", 0)
    typed = WORDS | {"photo": picture(), "photo_consent": "table", "photo_alt": "A pot of soup", "faces_agreed": "on"}

    with upload._decoder_slot(), upload._decoder_slot():
        html = client.post(link(guest), typed).content.decode()

    assert "Many photos are arriving just now. Please try again in a minute." in html
    assert WORDS["sentence"] in html and 'value="A pot of soup"' in html
    assert not Contribution.objects.exists()
    assert client.post(link(guest), typed | {"photo": picture()}).status_code == 303


def test_changing_the_words_keeps_the_photo_and_its_consent(client, guest):
    client.post(link(guest), WORDS | {"photo": picture(), "photo_consent": "everyone", "photo_alt": "Soup", "faces_agreed": "on"})

    again = WORDS | {"sentence": "Better words.", "photo_consent": "everyone", "photo_alt": "Soup", "faces_agreed": "on"}
    assert client.post(link(guest), again).status_code == 303

    photo = Photo.objects.get()
    assert (photo.consent, photo.contribution.sentence) == ("everyone", "Better words.")


def test_another_photo_asks_anew_whether_those_in_it_agree_and_the_old_one_does_not(client, guest):
    client.post(link(guest), WORDS | {"photo": picture(), "photo_consent": "everyone", "faces_agreed": "on"})
    first = Photo.objects.get()
    page = client.get(link(guest)).content.decode()

    words_only = client.post(link(guest), WORDS | {"photo_consent": "everyone"})
    another = client.post(link(guest), WORDS | {"photo": picture(), "photo_consent": "everyone"})

    assert "checked" not in page.partition('name="faces_agreed"')[2].partition(">")[0]
    assert words_only.status_code == 303
    assert "Please ask those who can be recognized" in another.content.decode()
    assert (Photo.objects.get().name, Photo.objects.get().faces_agreed_at) == (first.name, first.faces_agreed_at)


def test_a_photo_is_taken_out_by_its_tick(client, guest):
    client.post(link(guest), WORDS | {"photo": picture(), "photo_consent": "table", "faces_agreed": "on"})

    client.post(link(guest), WORDS | {"photo_consent": "table", "remove_photo": "on"})

    assert not Photo.objects.exists()
    assert Contribution.objects.get().sentence == WORDS["sentence"]


@pytest.mark.parametrize(
    "typed", [{}, {"attended": "perhaps"}, {"sentence": ""}, {"sentence": "s" * 10_000, "sentence_consent": "everyone"}]
)
def test_bad_input_is_answered_and_changes_nothing(client, guest, typed):
    before = all_rows()

    response = client.post(link(guest), typed)

    assert response.status_code == 200
    assert "<title>Error: " in response.content.decode()
    assert all_rows() == before


def test_somebody_who_was_not_there_writes_nothing(client):
    guest = make_guest(make_held_meetup(), rsvp="no")

    assert 'name="sentence"' not in page(client, link(guest))
    assert client.post(link(guest), WORDS).status_code == 200
    assert not Contribution.objects.exists()


def test_a_wrong_token_is_the_friendly_404(client, guest):
    for path in ["/r/wrong/after", "/r/wrong/photo", "/w/wrong", f"/w/{make_guest_token(guest)}", "/w/%00"]:
        assert client.get(path).status_code == 404
        assert client.post(path, WORDS).status_code == 404


def test_script_is_shown_as_text(client, guest):
    evil = "</textarea><script>alert(1)</script>"
    client.post(link(guest), {"sentence": evil, "sentence_consent": "everyone", "shown_as": "<img src=x>"})

    for path in (link(guest), words_link(Contribution.objects.get())):
        assert "<script>alert" not in page(client, path)
        assert "<img src=x>" not in page(client, path)


# The link of one's own words


def test_the_words_stay_in_reach_when_the_guests_link_is_over(client, guest, moved_clock):
    contribution = make_contribution(guest)
    moved_clock(to=guest.meetup.ends_at + timedelta(days=400))

    assert client.get(link(guest)).status_code == 410
    assert contribution.sentence in page(client, words_link(contribution))


def test_the_words_are_corrected_and_their_consent_too(client, guest):
    contribution = make_contribution(guest)

    response = client.post(words_link(contribution), {"sentence": "Mine.", "sentence_consent": "table", "shown_as": ""})

    assert (response.status_code, response["Location"]) == (303, words_link(contribution))
    contribution.refresh_from_db()
    assert (contribution.sentence, contribution.sentence_consent, contribution.shown_as) == ("Mine.", "table", "")


def test_everything_is_taken_out_with_a_second_press_and_its_tick_and_a_third_changes_nothing(client, guest):
    client.post(link(guest), WORDS | {"photo": picture(), "photo_consent": "table", "faces_agreed": "on"})
    contribution = Contribution.objects.get()
    path, before = words_link(contribution), all_rows()

    assert 'name="take_out" value="1"' in page(client, path)
    asked = client.post(path, {"take_out": "1"})
    no_tick = client.post(path, {"take_out": "1", "really": "1"})
    assert "Do you mean it?" in asked.content.decode()
    assert "Nothing was deleted yet." in no_tick.content.decode()
    assert all_rows() == before

    done = client.post(path, MEANT)
    assert (done.status_code, done["Location"]) == (303, path)
    once = all_rows()
    client.post(path, MEANT)
    client.post(path, {"take_out": "1"})

    assert all_rows() == once
    assert not Photo.objects.exists()
    contribution.refresh_from_db()
    assert (contribution.sentence, contribution.withdrawn_at is not None) == ("", True)
    assert "It is taken out" in page(client, path)
    client.post(path, WORDS)
    assert all_rows() == once


def test_get_changes_nothing(client, guest):
    contribution = make_contribution(guest)
    before = all_rows()

    for path in (link(guest), words_link(contribution), words_link(contribution) + "?take_out=1"):
        for method in (client.get, client.head, client.options):
            assert method(path).status_code == 200

    assert all_rows() == before


HOUSE = {
    "street": "17 Quince Street",
    "door": "gate code 4711",
    "postal_code": "M6G 1A1",
    "parking": "garage 12, behind the mill",
}


@pytest.mark.parametrize(
    "words",
    [
        "Quince Street 17 was warm.",
        "The gate opens with 47-11.",
        "m6g1a1 for ever",
        "Call 4165550142",
        "Behind the mill, garage 12",
    ],
)
@pytest.mark.parametrize("field", ["sentence", "shown_as", "photo_alt"])
def test_words_that_tell_where_the_house_is_are_refused_and_stay_on_the_page(client, field, words):
    guest = make_guest(make_held_meetup(**HOUSE), rsvp="yes")
    photo = {"photo": picture(), "photo_consent": "everyone", "faces_agreed": "on"} if field == "photo_alt" else {}

    response = client.post(link(guest), WORDS | photo | {field: words})

    html = response.content.decode()
    assert response.status_code == 200
    assert "These words hold the address or the phone number of the house. Please leave it out." in html
    assert words in html
    assert not Contribution.objects.exists()


@pytest.mark.parametrize("words", ["We ate quince, 17 of us.", "The gate was open.", "In 1984, on a street", "12 mills"])
def test_a_word_or_a_number_that_the_address_has_too_may_be_said(client, words):
    guest = make_guest(make_held_meetup(**HOUSE), rsvp="yes")

    assert client.post(link(guest), WORDS | {"sentence": words}).status_code == 303
    assert Contribution.objects.get().sentence == words


def test_a_photo_that_is_too_large_does_not_take_the_sentence_with_it(client, guest, tmp_path, settings):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    large = SimpleUploadedFile("large.jpg", b"\xff\xd8\xff" + bytes(25_000_000), content_type="image/jpeg")

    # The field of the sentence stands behind the photo.
    response = client.post(link(guest), {"photo": large, "photo_consent": "table", "faces_agreed": "on"} | WORDS)

    html = response.content.decode()
    assert "This photo is larger than 10 MB. Please choose a smaller one." in html and "<title>Error:" in html
    assert WORDS["sentence"] in html and 'value="Maria"' in html
    assert not Contribution.objects.exists()
    assert max((file.stat().st_size for file in tmp_path.rglob("*.upload.jpg")), default=0) <= upload.MOST_BYTES


def test_a_photo_that_does_not_come_back_with_the_words_is_asked_for_again(client, guest):
    wrong = client.post(link(guest), {"photo": picture(), "photo_consent": ""} | WORDS).content.decode()
    spoken = client.post(link(guest), {"photo": picture(), "speak": "fr"} | WORDS).content.decode()

    assert WORDS["sentence"] in spoken and 'class="notice is-warning" role="status"' in spoken
    assert "Please say who may see your photo." in wrong and "Please choose your photo once more" in wrong


def test_a_photo_is_taken_after_one_that_was_too_large(client, guest):
    large = SimpleUploadedFile("large.jpg", bytes(11_000_000), content_type="image/jpeg")
    client.post(link(guest), {"photo": large, "photo_consent": "table"} | WORDS)

    client.post(link(guest), {"photo": picture(), "photo_consent": "nobody"} | WORDS)

    assert Photo.objects.count() == 1
