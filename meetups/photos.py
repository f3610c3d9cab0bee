"""A photo somebody sent, made safe, and the sizes that pages show of it.

Where the decoding happens: in the request, but never in the process that answers it. Each upload is read by a program of its own
(photoreader.py) with limits of memory and time, an empty environment and no rights to a file; a decoder that is broken by a
hostile file breaks that program and nothing else. Reading it later, in the worker, would need a folder of files that nobody has
looked at yet, and the guest would hear of a broken photo after closing the page. The worker then makes the sizes, from our own
clean JPEG.
"""

import contextlib
import fcntl
import importlib.util
import io
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, features

from meetups.exceptions import MeetupError
from meetups.models.picture import WIDTHS
from meetups.photoreader import MOST_PIXELS, TOO_HEAVY, TOO_MANY_PIXELS

READER = Path(__file__).with_name("photoreader.py")
READS_HEIC = importlib.util.find_spec("pillow_heif") is not None
ACCEPT = "image/jpeg,image/png,image/webp" + (",image/heic,image/heif" if READS_HEIC else "")
MOST_BYTES = 10 * 1024 * 1024
# Two photos at a time on one machine, so that many at once are a line and not a heap. Who waits holds a thread of the site, so
# the line is short in time, and in length: a quarter of the threads is left for everybody else, whatever is sent.
SLOTS, SLOT_SECONDS = 2, 2
MOST_OF_THREADS = 0.75
# The reader's own limit is ten seconds of CPU; this one is for a machine that is busy with other things.
READER_SECONDS = 20
# Nothing of the site's environment is handed on: no key, no database.
ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
MODERN = ("avif", {"quality": 60, "speed": 8, "max_threads": 1}) if features.check("avif") else ("webp", {"quality": 78})


def read_photo(upload: UploadedFile) -> bytes:
    """Return the photo as a new JPEG, upright, at most 1600 px on its longer side, in sRGB, without any metadata.

    The name and the type that the browser told are not looked at. Raises MeetupError for what is not a JPEG, PNG or WebP (or
    HEIC, where pillow-heif is installed), for more than 10 MB, and for more than 40 megapixels, which is read from the header
    before anything is decoded (R92).
    """
    if upload.size > MOST_BYTES:
        raise MeetupError(_("This photo is larger than 10 MB. Please choose a smaller one."))
    _look_at_head(upload)
    with _slot():
        try:
            read = _run_reader(upload)
        except subprocess.TimeoutExpired as error:
            raise MeetupError(_("This photo took too long to read. Please choose a smaller one.")) from error
    if read.returncode == TOO_MANY_PIXELS:
        raise MeetupError(too_many_pixels())
    if read.returncode == TOO_HEAVY:
        raise MeetupError(_("This photo takes more memory than we give one. Please choose a smaller one."))
    if read.returncode:
        raise MeetupError(not_a_photo())
    return read.stdout


def too_many_pixels() -> str:
    return _("This photo has more than 40 megapixels. Please choose a smaller one.")


def not_a_photo() -> str:
    """Return the sentence for a file that is none of the formats we read."""
    if READS_HEIC:
        return _("This file is not a photo we can read. JPEG, PNG, WebP or HEIC, please.")
    return _("This file is not a photo we can read. JPEG, PNG or WebP, please.")


def _look_at_head(upload: UploadedFile) -> None:
    """Refuse by its first bytes what is not worth a program of its own: a web page, a PDF, a GIF, the usual bomb, a PNG."""
    upload.seek(0)
    head = upload.read(24)
    is_png, is_jpeg = head.startswith(b"\x89PNG\r\n\x1a\n"), head.startswith(b"\xff\xd8\xff")
    is_heic = READS_HEIC and head[4:8] == b"ftyp"
    if not (is_png or is_jpeg or is_heic or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")):
        raise MeetupError(not_a_photo())
    if is_png and int.from_bytes(head[16:20]) * int.from_bytes(head[20:24]) > MOST_PIXELS:
        raise MeetupError(too_many_pixels())


def _run_reader(upload: UploadedFile) -> subprocess.CompletedProcess:
    """Let the program of its own read the upload; a large one goes there from its temporary file, not through our memory."""
    command = [sys.executable, "-I", str(READER)]
    environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "env": environment, "cwd": "/", "timeout": READER_SECONDS}
    if hasattr(upload, "temporary_file_path"):
        with open(upload.temporary_file_path(), "rb") as file:
            return subprocess.run(command, stdin=file, check=False, **options)
    upload.seek(0)
    return subprocess.run(command, input=upload.read(), check=False, **options)


@contextlib.contextmanager
def _slot():
    """Hold one of the machine's few places for reading a photo. A process that dies gives its place back by dying.

    Raises MeetupError at once where the line is full, and for who has stood in it for two seconds.
    """
    folder = Path(settings.VAR_DIR) / "photo-slots"
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + SLOT_SECONDS
    with contextlib.ExitStack() as held:
        line, readers = (
            [held.enter_context(open(folder / f"{kind}-{place}", "w")) for place in range(number)]
            for kind, number in (("line", length_of_line()), ("reader", SLOTS))
        )
        if not any(map(_is_taken, line)):
            raise MeetupError(_busy())
        while not any(map(_is_taken, readers)):
            if time.monotonic() > deadline:
                raise MeetupError(_busy())
            time.sleep(0.03)
        yield


def length_of_line() -> int:
    """Return how many may be read, or wait for it, at once: some of the site's threads, and never all."""
    return max(SLOTS, int(settings.WEB_WORKERS * settings.WEB_THREADS * MOST_OF_THREADS))


def _busy() -> str:
    return _("Many photos are arriving just now. Please try again in a minute.")


def _is_taken(file) -> bool:
    """Take a place if it is free; tell whether it is ours now."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def draw_sizes(jpeg: bytes, widths: Iterable[int] = WIDTHS) -> dict[str, bytes]:
    """Return the sizes of a picture of ours by their suffix ("480.avif", "480.jpg", "1600.avif"); its whole JPEG is there."""
    sizes: dict[str, bytes] = {}
    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as image:
        image.load()
        for width in (*[width for width in widths if width < image.width], image.width):
            is_whole = width == image.width
            height = max(1, round(image.height * width / image.width))
            drawn = image if is_whole else image.resize((width, height), Image.Resampling.LANCZOS)
            kind, options = MODERN
            sizes[f"{width}.{kind}"] = _written(drawn, kind, options)
            if not is_whole:
                sizes[f"{width}.jpg"] = _written(drawn, "jpeg", {"quality": 82, "optimize": True, "progressive": True})
    return sizes


def _written(image: Image.Image, kind: str, options: dict) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()
