"""The cover of a book: uploaded by a host as safely as a photo, shown at that table, gone everywhere when staff say so."""

import io

import pytest
from django.core.cache import cache as site_cache
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from meetups.access.tokens import make_friend_token, make_guest_token
from meetups.drawing.share_card import draw_card
from meetups.models import Cover, Kit, Meetup, Recap
from meetups.pictures.renditions import make_sizes
from meetups.pictures.upload import MODERN
from meetups.planning.services.cover import forget_unused_covers, remove_cover, set_cover, take_down_cover
from meetups.planning.services.kit import copy_kit, write_kit
from meetups.planning.services.meetup import save_draft
from meetups.recaps.public_view import make_broadside
from meetups.sharing.share_cards import make_card, make_meetup_card
from tests.factories import make_guest, make_held_meetup, make_kit, make_meetup, make_recap, make_user

pytestmark = pytest.mark.django_db
KIND = MODERN[0]


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    site_cache.clear()


@pytest.fixture
def meetup() -> Meetup:
    return make_meetup(make_user(shown_name="Ana"), visibility="listed")


def upload(size=(400, 600), color="teal", content: bytes = b"") -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", size, color).save(written, "JPEG", comment=b"12 Lindenblossom Street")
    return SimpleUploadedFile("scan.html", content or written.getvalue(), content_type="text/html")


def send(client, meetup: Meetup, **data):
    client.force_login(meetup.host)
    return client.post(f"/host/{meetup.code}/cover/", data)


def test_host_uploads_a_cover_and_it_stands_on_the_public_page(client, meetup):
    before = client.get(meetup.get_absolute_url()).content.decode()

    response = send(client, meetup, photo=upload())
    client.logout()
    page = client.get(meetup.get_absolute_url()).content.decode()

    cover = Cover.objects.get()
    assert response.status_code == 302
    assert '<svg class="cover"' in before and '<svg class="cover"' not in page
    assert f'<img class="cover" src="{cover.get_absolute_url()}" width="400" height="600"' in page
    assert 'alt="Cover: Transforming Power, by Judy Rebick"' in page


def test_public_page_takes_up_the_sizes_once_they_are_made_and_stays_light(client, meetup):
    set_cover(meetup, photo=upload())
    client.get(meetup.get_absolute_url())
    make_sizes()

    page = client.get(meetup.get_absolute_url()).content.decode()

    url = Cover.objects.get().get_absolute_url()
    assert f'srcset="{url}?size=160.{KIND} 160w, {url}?size=320.{KIND} 320w, {url}?size=400.{KIND} 400w"' in page
    assert 'loading="lazy"' in page
    assert len(page) < 20_000


def test_cover_is_served_as_nothing_but_a_clean_picture(client, meetup):
    cover = set_cover(meetup, photo=upload())
    make_sizes()

    whole = client.get(cover.get_absolute_url())
    small = client.get(f"{cover.get_absolute_url()}?size=160.{KIND}")

    body = b"".join(whole)
    assert b"Lindenblossom" not in body and Image.open(io.BytesIO(body)).size == (400, 600)
    assert (whole["Content-Type"], small["Content-Type"]) == ("image/jpeg", f"image/{KIND}")
    assert small["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert small["X-Content-Type-Options"] == "nosniff"
    assert small["Cache-Control"] == "public, no-cache"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (upload(content=b"<svg onload=alert(1)>"), "not a photo we can read"),
        (upload(content=b"%PDF-1.7"), "not a photo we can read"),
        (upload(size=(900, 300)), "higher than it is wide"),
        (None, "This field is required"),
    ],
    ids=["svg", "pdf", "lying", "nothing"],
)
def test_what_is_no_cover_is_refused_beside_the_field(client, meetup, sent, words):
    response = send(client, meetup, **({"photo": sent} if sent else {}))

    assert response.status_code == 200
    assert words in response.content.decode()
    assert Cover.objects.count() == 0


def test_refused_cover_leaves_no_file(client, meetup, tmp_path):
    send(client, meetup, photo=upload(size=(900, 300)))

    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []


def test_meetup_without_a_book_has_no_cover_to_upload(client):
    meetup = make_meetup(kit=make_kit(book=None))

    response = send(client, meetup, photo=upload())

    assert "Say first which book it is." in response.content.decode()
    assert Cover.objects.count() == 0


def test_another_host_and_a_stranger_are_refused(client, meetup):
    assert client.post(f"/host/{meetup.code}/cover/", {"photo": upload()}).status_code == 302

    client.force_login(make_user())
    assert client.get(f"/host/{meetup.code}/cover/").status_code == 404
    assert client.post(f"/host/{meetup.code}/cover/", {"photo": upload()}).status_code == 404
    assert Cover.objects.count() == 0


def test_unknown_cover_and_one_that_no_table_shows_are_not_here(client, meetup):
    cover = set_cover(meetup, photo=upload())
    Kit.objects.update(cover=None)

    assert client.get(cover.get_absolute_url()).status_code == 404
    assert client.get("/media/covers/nothing.jpg").status_code == 404


def test_second_cover_takes_the_place_of_the_first(client, meetup, django_capture_on_commit_callbacks, tmp_path):
    set_cover(meetup, photo=upload())
    make_sizes()

    with django_capture_on_commit_callbacks(execute=True):
        set_cover(meetup, photo=upload(color="red"))

    assert Cover.objects.count() == 1
    assert len(list((tmp_path / "media" / "covers").iterdir())) == 1


def test_removed_cover_is_drawn_again(client, meetup):
    set_cover(meetup, photo=upload())

    send(client, meetup, remove="1")
    remove_cover(meetup)

    assert Cover.objects.count() == 0
    assert '<svg class="cover"' in client.get(meetup.get_absolute_url()).content.decode()


def test_copy_of_a_kit_has_the_cover_and_keeps_it_when_the_first_host_takes_it_away(meetup):
    cover = set_cover(meetup, photo=upload())
    meetup.kit.refresh_from_db()
    copy = copy_kit(meetup.kit)

    remove_cover(meetup)

    copy.refresh_from_db()
    assert copy.cover == cover


def test_draft_made_from_a_kit_has_its_cover_while_it_is_about_the_same_book(meetup):
    cover = set_cover(meetup, photo=upload())
    meetup.kit.refresh_from_db()
    same = {"title": "Transforming Power", "author": "Judy Rebick", "isbn": ""}

    draft = save_draft(make_user(), title="Mine", kit={"book": same}, copied_from=meetup.kit)
    other = save_draft(make_user(), title="Mine", kit={"book": same | {"title": "Another"}}, copied_from=meetup.kit)

    assert (draft.kit.cover, other.kit.cover) == (cover, None)


def test_other_tables_of_the_same_book_do_not_show_it(client, meetup):
    set_cover(meetup, photo=upload())

    other = make_meetup(visibility="listed")

    assert '<svg class="cover"' in client.get(other.get_absolute_url()).content.decode()


def test_another_book_has_its_own_cover(meetup):
    set_cover(meetup, photo=upload())
    meetup.kit.refresh_from_db()

    write_kit(meetup.kit, book={"title": "Transforming Power", "author": "Judy Rebick", "isbn": ""})
    kept = meetup.kit.cover_id
    write_kit(meetup.kit, book={"title": "Another", "author": "", "isbn": ""})

    assert kept is not None
    assert meetup.kit.cover_id is None


def test_staff_take_a_cover_down_at_every_table_at_once(client, meetup):
    cover = set_cover(meetup, photo=upload())
    meetup.kit.refresh_from_db()
    other = make_meetup(kit=copy_kit(meetup.kit), visibility="listed")
    assert "/media/covers/" in client.get(other.get_absolute_url()).content.decode()

    take_down_cover(cover)
    take_down_cover(cover)

    assert client.get(cover.get_absolute_url()).status_code == 404
    for table in (meetup, other):
        assert "/media/covers/" not in client.get(table.get_absolute_url()).content.decode()


def test_cover_stands_on_every_page_that_shows_the_book(client):
    held = make_held_meetup(make_user(shown_name="Ana"), visibility="listed")
    recap = make_recap(held)
    url = set_cover(held, photo=upload()).get_absolute_url()

    assert url in client.get(recap.get_absolute_url()).content.decode()
    assert url in client.get("/").content.decode()


def test_cover_stands_on_what_a_guest_passes_on_and_on_the_page_of_a_friend_who_waits(client, meetup):
    url = set_cover(meetup, photo=upload()).get_absolute_url()
    maria = make_guest(meetup, rsvp="yes")
    kim = make_guest(meetup, origin="friend", brought_by=maria)

    assert url in client.get(f"/f/{make_friend_token(maria)}").content.decode()
    assert url in client.get(f"/r/{make_guest_token(kim)}").content.decode()


def test_share_pictures_show_it_and_are_drawn_without_when_its_file_is_lost(meetup):
    cover = set_cover(meetup, photo=upload(color=(0, 0, 255)))
    card = make_meetup_card(Meetup.objects.with_kit().with_seat_counts().get())

    def is_blue(png: bytes) -> bool:
        pixel = Image.open(io.BytesIO(png)).convert("RGB").getpixel((1000, 200))
        assert isinstance(pixel, tuple)
        return pixel[2] > 200 and pixel[0] < 80

    there = is_blue(draw_card(card))
    cover.file.storage.delete(cover.file.name)

    assert there
    assert not is_blue(draw_card(card))


def test_picture_of_a_recap_shows_the_cover_too():
    held = make_held_meetup()
    make_recap(held)
    cover = set_cover(held, photo=upload())

    recap = Recap.objects.with_meetup().get()

    assert make_broadside(recap).cover == cover
    assert make_card(recap).cover == cover.file.name


def test_cover_whose_kits_are_gone_is_forgotten_after_a_day(meetup, moved_clock):
    set_cover(meetup, photo=upload())
    kept = set_cover(make_meetup(), photo=upload())
    Kit.objects.filter(pk=meetup.kit_id).update(cover=None)

    young = forget_unused_covers()
    moved_clock(hours=25)
    old = forget_unused_covers()

    assert (young, old) == (0, 1)
    assert list(Cover.objects.all()) == [kept]


@pytest.mark.usefixtures("full_window")
def test_many_uploads_in_an_hour_are_slowed_down(client, meetup, monkeypatch):
    monkeypatch.setattr("meetups.planning.views.cover.UPLOADS", 1)

    assert send(client, meetup, photo=upload()).status_code == 302
    assert send(client, meetup, photo=upload()).status_code == 429
