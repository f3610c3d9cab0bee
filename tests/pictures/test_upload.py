"""A photo comes out as a small JPEG that says nothing of where, when and by what it was taken."""

import contextlib
import fcntl
import io
import struct
import time
import zlib
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from PIL import Image, ImageCms, PngImagePlugin

from meetups.exceptions import MeetupError
from meetups.pictures import upload as photos
from meetups.pictures.upload import MOST_BYTES, draw_sizes, not_a_photo, read_photo


@pytest.fixture(autouse=True)
def own_var(settings, tmp_path):
    settings.VAR_DIR = tmp_path


def upload(content: bytes, name: str = "holiday.jpg", content_type: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=content_type)


def picture(file_format: str = "JPEG", size=(400, 300), mode: str = "RGB", color="teal", **options) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, color).save(written, file_format, **options)
    return written.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def huge_png(side: int) -> bytes:
    """Return a small file that claims side × side pixels and would decode to zeros."""
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (side // 8 + 2) * side, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_each_of_three_formats_becomes_a_jpeg(file_format):
    read = Image.open(io.BytesIO(read_photo(upload(picture(file_format)))))

    assert (read.format, read.size, read.mode) == ("JPEG", (400, 300), "RGB")


def test_longer_side_becomes_1600_px():
    read = Image.open(io.BytesIO(read_photo(upload(picture(size=(4000, 3000))))))

    assert read.size == (1600, 1200)


def test_all_metadata_is_gone():
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    gps = exif.get_ifd(0x8825)
    gps[2] = (43.0, 39.0, 12.0)
    gps[29] = "2026:11:21"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    said = {"comment": b"12 Lindenblossom Street", "xmp": b"<x:xmpmeta>SecretXmp</x:xmpmeta>"}
    sent = picture(exif=exif.tobytes(), icc_profile=profile, **said)
    assert b"SecretCamera" in sent and b"Lindenblossom" in sent and b"SecretXmp" in sent

    kept = read_photo(upload(sent))

    read = Image.open(io.BytesIO(kept))
    assert dict(read.getexif()) == {}
    assert set(read.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
    assert b"Secret" not in kept and b"Lindenblossom" not in kept and b"2026:11" not in kept


def test_text_of_a_png_is_gone():
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "12 Lindenblossom Street")

    assert b"Lindenblossom" not in read_photo(upload(picture("PNG", pnginfo=text)))


def test_photo_held_sideways_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    read = Image.open(io.BytesIO(read_photo(upload(picture(size=(400, 300), exif=exif.tobytes())))))

    assert read.size == (300, 400)


def test_transparent_picture_stands_on_white():
    read = Image.open(io.BytesIO(read_photo(upload(picture("PNG", mode="RGBA", color=(0, 0, 0, 0))))))

    assert read.getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a/*<script>alert(1)</script>*/",
        b"%PDF-1.7\n1 0 obj",
        b"<!doctype html><script>alert(1)</script>" + picture(),
        picture("GIF", mode="P", color=1),
        picture("TIFF"),
        picture("BMP"),
        picture()[:400],
        b"\xff\xd8\xff\xe0" + b"\0" * 400,
        b"\x89PNG\r\n\x1a\n" + b"\0" * 400,
        b"RIFF\x10\x00\x00\x00WEBPVP8 " + b"\0" * 40,
    ],
    ids="nothing text svg gif-script pdf html-first gif tiff bmp cut jpeg-lie png-lie webp-lie".split(),
)
def test_what_is_no_photo_is_refused_whatever_its_name_says(content):
    with pytest.raises(MeetupError) as refused:
        read_photo(upload(content))

    assert str(refused.value) == not_a_photo()


def test_type_that_the_browser_tells_is_not_believed():
    read = Image.open(io.BytesIO(read_photo(upload(picture("PNG"), name="run.html", content_type="text/html"))))

    assert read.format == "JPEG"


def test_script_behind_a_good_photo_does_not_come_through():
    kept = read_photo(upload(picture(comment=b"<script>alert(1)</script>") + b"<html><script>alert(1)</script>"))

    assert b"script" not in kept


@pytest.mark.filterwarnings("ignore:Image size")
def test_bomb_is_refused_before_it_is_decoded():
    bomb = huge_png(13_000)
    assert len(bomb) < 200_000
    begun = time.monotonic()

    with pytest.raises(MeetupError) as refused:
        read_photo(upload(bomb))

    assert str(refused.value) == "This photo has more than 40 megapixels. Please choose a smaller one."
    assert time.monotonic() - begun < 3


def test_bomb_beyond_pillows_own_limit_is_refused_too():
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")

    with pytest.raises(MeetupError):
        read_photo(upload(bomb))


def test_file_of_more_than_ten_megabytes_is_not_opened():
    with pytest.raises(MeetupError) as refused:
        read_photo(upload(b"\xff" * (MOST_BYTES + 1)))

    assert str(refused.value) == "This photo is larger than 10 MB. Please choose a smaller one."


def jpeg_in_heic(size=(640, 480), **options) -> bytes:
    """Return a HEIC, where the package that writes one is there; it is one of those for tests."""
    heif = pytest.importorskip("pillow_heif")
    written = io.BytesIO()
    heif.from_pillow(Image.new("RGB", size, "teal")).save(written, quality=50, **options)
    return written.getvalue()


def test_heic_of_a_phone_is_read_where_pillow_heif_is_installed():
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    sent = jpeg_in_heic(exif=exif.tobytes())
    assert b"SecretCamera" in sent

    kept = read_photo(upload(sent, name="IMG_1.HEIC", content_type="image/heic"))

    assert Image.open(io.BytesIO(kept)).size == (640, 480)
    assert b"Secret" not in kept


def test_where_heic_cannot_be_read_it_is_refused_by_its_name(monkeypatch):
    monkeypatch.setattr(photos, "READS_HEIC", False)

    with pytest.raises(MeetupError) as refused:
        read_photo(upload(jpeg_in_heic()))

    assert str(refused.value) == "This file is not a photo we can read. JPEG, PNG or WebP, please."


def test_picture_that_takes_more_memory_than_one_gets_is_refused():
    """A WebP of 40 megapixels is held four times over by its decoder: more than the decoder's limit."""
    with pytest.raises(MeetupError) as refused:
        read_photo(upload(picture("WEBP", size=(7300, 5450), quality=1, method=0)))

    assert str(refused.value) == "This photo takes more memory than we give one. Please choose a smaller one."


def test_decoder_that_does_not_end_is_killed(monkeypatch, tmp_path):
    slow = tmp_path / "slow.py"
    slow.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(photos, "DECODER", slow)
    monkeypatch.setattr(photos, "DECODER_SECONDS", 0.3)

    with pytest.raises(MeetupError) as refused:
        read_photo(upload(picture()))

    assert str(refused.value) == "This photo took too long to read. Please choose a smaller one."


def test_decoder_that_crashes_takes_nothing_with_it(monkeypatch, tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setattr(photos, "DECODER", broken)

    with pytest.raises(MeetupError) as refused:
        read_photo(upload(picture()))

    assert str(refused.value) == not_a_photo()


def test_decoder_sees_no_secret_of_the_site(monkeypatch, tmp_path):
    curious = tmp_path / "curious.py"
    curious.write_text("import os, sys\nsys.stdout.write(repr(sorted(os.environ)))\n")
    monkeypatch.setattr(photos, "DECODER", curious)
    monkeypatch.setenv("SECRET_KEY", "x" * 50)
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody:secret@127.0.0.1/x")

    seen = read_photo(upload(picture())).decode()

    assert "SECRET_KEY" not in seen and "DATABASE_URL" not in seen


def test_who_waits_too_long_for_a_place_is_asked_to_come_again(monkeypatch):
    monkeypatch.setattr(photos, "WAIT_SECONDS", 0.1)

    with photos._decoder_slot(), photos._decoder_slot(), pytest.raises(MeetupError) as refused:
        read_photo(upload(picture()))

    assert str(refused.value) == "Many photos are arriving just now. Please try again in a minute."
    assert read_photo(upload(picture()))


def test_where_the_queue_is_full_nobody_waits(monkeypatch, settings):
    monkeypatch.setattr(photos, "WAIT_SECONDS", 3600)
    settings.WEB_WORKERS, settings.WEB_THREADS = 2, 4
    folder = Path(settings.VAR_DIR) / "photo-slots"
    with photos._decoder_slot(), photos._decoder_slot(), contextlib.ExitStack() as others:
        for place in range(2, photos.queue_length()):
            fcntl.flock(others.enter_context(open(folder / f"queue-{place}", "w")), fcntl.LOCK_EX)

        with pytest.raises(MeetupError) as refused:
            read_photo(upload(picture()))

    assert str(refused.value) == "Many photos are arriving just now. Please try again in a minute."
    assert read_photo(upload(picture()))


@pytest.mark.parametrize(("workers", "threads", "length"), [(2, 4, 6), (1, 1, 2), (1, 4, 3), (8, 8, 48)])
def test_photos_never_take_all_threads_of_a_site_that_has_some(settings, workers, threads, length):
    settings.WEB_WORKERS, settings.WEB_THREADS = workers, threads

    assert photos.queue_length() == length


def test_large_upload_goes_to_the_decoder_from_its_file(tmp_path):
    file = TemporaryUploadedFile("photo.jpg", "image/jpeg", 0, None)
    file.write(picture(size=(900, 700)))
    file.size = file.tell()

    assert Image.open(io.BytesIO(read_photo(file))).size == (900, 700)


@pytest.mark.parametrize(
    ("size", "suffixes"),
    [
        ((1600, 1200), ["480.avif", "480.jpg", "960.avif", "960.jpg", "1600.avif"]),
        ((1200, 1600), ["480.avif", "480.jpg", "960.avif", "960.jpg", "1200.avif"]),
        ((480, 360), ["480.avif"]),
        ((300, 4), ["300.avif"]),
    ],
)
def test_sizes_are_as_wide_as_they_say_and_no_wider_than_the_picture(size, suffixes):
    made = draw_sizes(picture(size=size))

    kind = photos.MODERN[0]
    assert list(made) == [suffix.replace("avif", kind) for suffix in suffixes]
    for suffix, content in made.items():
        read = Image.open(io.BytesIO(content))
        assert read.width == int(suffix.partition(".")[0])
        assert read.height == max(1, round(size[1] * read.width / size[0]))
        assert dict(read.getexif()) == {}


def test_without_avif_the_sizes_are_webp(monkeypatch):
    monkeypatch.setattr(photos, "MODERN", ("webp", {"quality": 78}))

    assert [Image.open(io.BytesIO(content)).format for content in draw_sizes(picture(size=(600, 400))).values()] == [
        "WEBP",
        "JPEG",
        "WEBP",
    ]
