"""The sizes of a photo on its way to a page: behind the rule of the photo itself, as what they are and nothing else."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from meetups.access.tokens import make_guest_token
from meetups.models import Photo
from meetups.pictures.renditions import make_sizes
from meetups.pictures.upload import MODERN
from meetups.recaps.services.contribution import contribute
from meetups.recaps.services.recap import take_down_recap
from tests.factories import let_all_stand, make_guest, make_held_meetup, make_others_speak, make_recap, make_user

pytestmark = pytest.mark.django_db
KIND = MODERN[0]


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def recap():
    meetup = make_held_meetup(make_user(shown_name="Ana"))
    make_others_speak(meetup, 3)
    return make_recap(meetup)


def leave_photo(recap, consent: str = "everyone") -> Photo:
    written = io.BytesIO()
    Image.new("RGB", (1000, 750), "teal").save(written, "JPEG")
    guest = make_guest(recap.meetup, rsvp="yes", attended=True)
    sent = SimpleUploadedFile("holiday.jpg", written.getvalue())
    left = contribute(guest, photo=sent, photo_consent=consent, photo_alt="Six bowls", faces_agreed=True)
    let_all_stand(recap.meetup)
    return Photo.objects.get(contribution=left)


def test_page_offers_every_size_with_width_and_height_so_that_nothing_moves(client, recap):
    photo = leave_photo(recap)
    before = client.get(recap.get_absolute_url()).content.decode()

    make_sizes()
    after = client.get(recap.get_absolute_url()).content.decode()

    url = photo.get_absolute_url()
    assert "<picture>" not in before and f'<img src="{url}" width="1000" height="750" alt="Six bowls"' in before
    modern = ", ".join(f"{url}?size={width}.{KIND} {width}w" for width in (480, 960, 1000))
    assert f'<source type="image/{KIND}" srcset="{modern}"' in after
    assert f'srcset="{url}?size=480.jpg 480w, {url}?size=960.jpg 960w, {url} 1000w"' in after
    assert 'width="1000" height="750"' in after


def test_every_address_on_the_page_is_a_picture_of_that_size(client, recap):
    leave_photo(recap)
    make_sizes()
    page = client.get(recap.get_absolute_url()).content.decode()

    found = re.findall(r"(/media/photos/\S+) (\d+)w", page)

    assert len(found) == 6
    for address, width in found:
        response = client.get(address)
        assert Image.open(io.BytesIO(b"".join(response))).width == int(width)
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert client.get(address, headers={"if-none-match": response["ETag"]}).status_code == 304


def test_size_says_its_own_type_and_name_and_has_a_version_of_its_own(client, recap):
    photo = leave_photo(recap)
    make_sizes()

    whole = client.get(photo.get_absolute_url())
    small = client.get(f"{photo.get_absolute_url()}?size=480.{KIND}")

    assert whole["Content-Type"] == "image/jpeg"
    assert small["Content-Type"] == f"image/{KIND}"
    assert small["Content-Disposition"] == f'inline; filename="{photo.name}.{KIND}"'
    assert small["ETag"] != whole["ETag"]


@pytest.mark.parametrize("size", ["480.png", "481.avif", "../../db.sqlite3", "480", ".", "\0", "x" * 3000, "480.avif/.."])
def test_size_that_was_not_made_is_not_here(client, recap, size):
    photo = leave_photo(recap)
    make_sizes()

    assert client.get(photo.get_absolute_url(), {"size": size}).status_code == 404


@pytest.mark.parametrize("consent", ["table", "nobody"])
def test_sizes_of_a_photo_that_is_not_for_everyone_are_not_here_for_a_stranger(client, recap, consent):
    photo = leave_photo(recap, consent)
    make_sizes()

    assert client.get(photo.get_absolute_url(), {"size": "480.jpg"}).status_code == 404


def test_taken_down_recap_takes_the_sizes_along(client, recap):
    photo = leave_photo(recap)
    make_sizes()
    url = f"{photo.get_absolute_url()}?size=480.jpg"
    known = client.get(url)["ETag"]

    take_down_recap(recap)

    assert client.get(url, headers={"if-none-match": known}).status_code == 404


def test_table_sees_sizes_through_its_own_links_and_the_host_on_the_desk(client, recap):
    photo = leave_photo(recap, "table")
    make_sizes()
    other = make_guest(recap.meetup, rsvp="yes", attended=True)
    by_link = f"/r/{make_guest_token(other)}"

    page = client.get(f"{by_link}/after").content.decode()
    of_table = client.get(f"{by_link}/photo", {"of": photo.name, "size": "480.jpg"})
    own = client.get(f"/r/{make_guest_token(photo.contribution.guest)}/photo", {"size": "480.jpg"})
    client.force_login(recap.meetup.host)
    of_host = client.get(f"/host/{recap.meetup.code}/photos/{photo.name}.jpg", {"size": "480.jpg"})
    client.force_login(make_user())
    of_stranger = client.get(f"/host/{recap.meetup.code}/photos/{photo.name}.jpg", {"size": "480.jpg"})

    assert f"{by_link}/photo?of={photo.name}&amp;size=480.{KIND} 480w" in page
    for response in (of_table, own, of_host):
        assert Image.open(io.BytesIO(b"".join(response))).width == 480
        assert "no-store" in response["Cache-Control"]
    assert of_stranger.status_code == 404
