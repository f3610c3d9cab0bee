"""The sizes of a photo: made once, by whoever comes first, and gone with it; and files that nobody's row names any more."""

import io
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from PIL import Image

from meetups.models import Guest, Photo
from meetups.operations.sweep import sweep
from meetups.pictures import renditions
from meetups.pictures.renditions import delete_picture, make_sizes, remove_orphans
from meetups.pictures.upload import MODERN as MODERN_KIND
from meetups.privacy.retention import retire
from meetups.recaps.services.contribution import contribute, withdraw_contribution
from meetups.times import clock
from tests.factories import make_guest, make_held_meetup

pytestmark = pytest.mark.django_db
MODERN = MODERN_KIND[0]


@pytest.fixture(autouse=True)
def own_var(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "media" / "photos"


def leave_photo(size=(1000, 750)) -> Photo:
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, "JPEG")
    guest = make_guest(make_held_meetup(), rsvp="yes")
    upload = SimpleUploadedFile("holiday.jpg", written.getvalue())
    return contribute(guest, photo=upload, photo_consent="everyone", faces_agreed=True).photo


def files_in(folder: Path) -> list[str]:
    """Return the endings of the files there, with "" for the one that was written in the request."""
    return sorted(path.name.partition("-")[2] for path in folder.iterdir())


def test_photo_is_there_at_once_and_the_sweep_makes_its_sizes(folder):
    photo = leave_photo()
    before = files_in(folder)

    counts = sweep()

    photo.refresh_from_db()
    assert before == [""]
    assert counts["pictures"] == 1
    assert photo.sizes == [f"480.{MODERN}", "480.jpg", f"960.{MODERN}", "960.jpg", f"1000.{MODERN}"]
    assert files_in(folder) == sorted(["", *photo.sizes])
    assert photo.made_at is not None


def test_picture_leased_by_a_clock_that_was_ahead_is_made():
    photo = leave_photo()
    Photo.objects.update(lease_until=clock.now() + timedelta(hours=6))

    assert make_sizes() == 1

    photo.refresh_from_db()
    assert photo.made_at is not None


def test_second_sweep_makes_nothing_again(folder):
    leave_photo()
    make_sizes()
    times = {path: path.stat().st_mtime_ns for path in folder.iterdir()}

    assert make_sizes() == 0
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == times


def test_picture_that_another_worker_has_in_hand_is_left_alone_until_its_claim_ends(moved_clock):
    photo = leave_photo()
    Photo.objects.update(lease_until=clock.now() + timedelta(minutes=2), num_tries=1)

    now = make_sizes()
    moved_clock(minutes=2, seconds=5)
    later = make_sizes()

    photo.refresh_from_db()
    assert (now, later) == (0, 1)
    assert photo.num_tries == 2


def test_what_a_worker_left_behind_when_it_died_is_written_over(folder):
    photo = leave_photo()
    name = Path(photo.file.name).stem
    (folder / f"{name}-480.{MODERN}").write_bytes(b"half of a pic")

    make_sizes()

    photo.refresh_from_db()
    assert len(files_in(folder)) == 1 + len(photo.sizes)
    assert Image.open(folder / f"{name}-480.{MODERN}").size == (480, 360)


def test_picture_that_cannot_be_made_is_tried_three_times_and_keeps_no_other_waiting(folder, moved_clock):
    broken, good = leave_photo(), leave_photo()
    (folder / Path(broken.file.name).name).write_bytes(b"no picture")

    made = [make_sizes()]
    for _again in range(4):
        moved_clock(to=clock.now() + timedelta(minutes=3))
        made.append(make_sizes())

    broken.refresh_from_db()
    good.refresh_from_db()
    assert made == [1, 0, 0, 0, 0]
    assert (broken.num_tries, broken.sizes) == (3, [])
    assert good.made_at is not None


def test_photo_taken_out_while_it_is_drawn_leaves_no_file(folder, monkeypatch):
    photo = leave_photo()
    draw = renditions.draw_sizes

    def draw_and_take_out(jpeg, widths):
        withdraw_contribution(photo.contribution)
        return draw(jpeg, widths)

    monkeypatch.setattr(renditions, "draw_sizes", draw_and_take_out)

    assert make_sizes() == 0
    assert Photo.objects.count() == 0
    # What the transaction deletes, it deletes when it ends; the test's never does.
    assert files_in(folder) == [""]


@pytest.mark.django_db(transaction=True)
def test_deleted_photo_takes_every_size_with_it_though_they_were_made_since_it_was_read(folder):
    photo = leave_photo()
    make_sizes()
    assert photo.sizes == []

    with transaction.atomic():
        delete_picture(photo)

    assert files_in(folder) == []


def age(folder: Path, *, hours: float) -> None:
    then = time.time() - hours * 3600
    for path in folder.iterdir():
        os.utime(path, (then, then))


def test_files_whose_row_went_with_its_guest_are_removed_when_they_are_a_day_old(folder):
    gone, kept = leave_photo(), leave_photo()
    make_sizes()
    kept.refresh_from_db()
    Guest.objects.filter(pk=gone.contribution.guest_id).delete()

    age(folder, hours=23)
    young = remove_orphans(clock.now())
    age(folder, hours=25)
    old = remove_orphans(clock.now())

    assert (young, old) == (0, 6)
    assert sorted(path.name for path in folder.iterdir()) == sorted(Path(name).name for name in kept.files)


def test_nightly_look_for_such_files_is_taken_once_in_twenty_hours(folder, moved_clock):
    gone = leave_photo()
    first = retire()["orphans"]
    Guest.objects.filter(pk=gone.contribution.guest_id).delete()
    age(folder, hours=30)

    again = retire()["orphans"]
    moved_clock(hours=21)
    next_night = retire()["orphans"]

    assert (first, again, next_night) == (0, 0, 1)


def test_site_without_any_photo_has_nothing_to_remove():
    assert remove_orphans(clock.now()) == 0
