"""An uploaded photo re-encoded, and the sizes that pages show of it.

An upload is decoded during the request, but never in the process that answers it: decoder.py runs for each one with limits of
memory and time, an empty environment and no right to write a file, so that a hostile file breaks that process and nothing else.
Decoding in the worker would need a folder of unchecked files, and the guest would hear of a broken photo after closing the page.
The worker makes the sizes from our own JPEG.
"""

import contextlib
import fcntl
import importlib.util
import io
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, features

from meetups.exceptions import MeetupError
from meetups.models.picture import WIDTHS
from meetups.pictures.decoder import MOST_PIXELS, TOO_HEAVY, TOO_MANY_PIXELS

DECODER = Path(__file__).with_name("decoder.py")
READS_HEIC = importlib.util.find_spec("pillow_heif") is not None
ACCEPT = "image/jpeg,image/png,image/webp" + (",image/heic,image/heif" if READS_HEIC else "")
MOST_BYTES = 10 * 1024 * 1024
# Two decoders at a time on one machine. A request that waits for one occupies a thread of the site, so the queue is short in time
# and in length: a quarter of the threads is always left for other pages.
DECODERS, WAIT_SECONDS = 2, 2
MOST_OF_THREADS = 0.75
# The decoder's own limit is ten seconds of CPU; this one is for a machine that is busy with other things.
DECODER_SECONDS = 20
# The only variables that the decoder gets: no key, no database.
ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
MODERN = ("avif", {"quality": 60, "speed": 8, "max_threads": 1}) if features.check("avif") else ("webp", {"quality": 78})


def read_photo(upload: UploadedFile) -> bytes:
    """Return the photo as a new JPEG, upright, at most 1600 px on its longer side, in sRGB, without any metadata.

    The file name and the content type that the browser sent are ignored. Raises MeetupError for what is not a JPEG, PNG or WebP
    (or HEIC, where pillow-heif is installed), for more than 10 MB, and for more than 40 megapixels, which is read from the header
    before anything is decoded (R92).
    """
    if upload.size is None or upload.size > MOST_BYTES:
        raise MeetupError(too_large())
    _check_head(upload)
    with _decoder_slot():
        try:
            read = _run_decoder(upload)
        except subprocess.TimeoutExpired as error:
            raise MeetupError(_("This photo took too long to read. Please choose a smaller one.")) from error
    if read.returncode == TOO_MANY_PIXELS:
        raise MeetupError(too_many_pixels())
    if read.returncode == TOO_HEAVY:
        raise MeetupError(_("This photo takes more memory than we give one. Please choose a smaller one."))
    if read.returncode:
        raise MeetupError(not_a_photo())
    return read.stdout


def too_large() -> str:
    return _("This photo is larger than 10 MB. Please choose a smaller one.")


def too_many_pixels() -> str:
    return _("This photo has more than 40 megapixels. Please choose a smaller one.")


def not_a_photo() -> str:
    """Return the sentence for a file that is none of the formats we read."""
    if READS_HEIC:
        return _("This file is not a photo we can read. JPEG, PNG, WebP or HEIC, please.")
    return _("This file is not a photo we can read. JPEG, PNG or WebP, please.")


def _check_head(upload: UploadedFile) -> None:
    """Refuse by its first bytes what no process need be started for: other formats, and a PNG of too many pixels."""
    upload.seek(0)
    head = upload.read(24)
    is_png, is_jpeg = head.startswith(b"\x89PNG\r\n\x1a\n"), head.startswith(b"\xff\xd8\xff")
    is_heic = READS_HEIC and head[4:8] == b"ftyp"
    if not (is_png or is_jpeg or is_heic or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")):
        raise MeetupError(not_a_photo())
    if is_png and int.from_bytes(head[16:20]) * int.from_bytes(head[20:24]) > MOST_PIXELS:
        raise MeetupError(too_many_pixels())


def _run_decoder(upload: UploadedFile) -> subprocess.CompletedProcess[bytes]:
    """Run the decoder on the upload; a large one is read from its temporary file and not through our memory."""
    command = [sys.executable, "-I", str(DECODER)]
    environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    options: dict[str, Any] = {
        "stdout": subprocess.PIPE,
        "stderr": subprocess.DEVNULL,
        "env": environment,
        "cwd": "/",
        "timeout": DECODER_SECONDS,
    }
    if hasattr(upload, "temporary_file_path"):
        with open(upload.temporary_file_path(), "rb") as file:
            return subprocess.run(command, stdin=file, check=False, **options)
    upload.seek(0)
    return subprocess.run(command, input=upload.read(), check=False, **options)


@contextlib.contextmanager
def _decoder_slot() -> Iterator[None]:
    """Hold one of the machine's few file locks for decoding; the system frees those of a process that dies.

    Raises MeetupError at once where the queue is full, and after two seconds in it.
    """
    folder = Path(settings.VAR_DIR) / "photo-slots"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    deadline = time.monotonic() + WAIT_SECONDS
    with contextlib.ExitStack() as files:
        queue, decoders = (
            [files.enter_context(open(folder / f"{kind}-{place}", "w")) for place in range(number)]
            for kind, number in (("queue", queue_length()), ("decoder", DECODERS))
        )
        if not any(map(_lock, queue)):
            raise MeetupError(_busy())
        while not any(map(_lock, decoders)):
            if time.monotonic() > deadline:
                raise MeetupError(_busy())
            time.sleep(0.03)
        yield


def queue_length() -> int:
    """Return how many uploads may be decoded or wait at once: some of the site's threads, and never all."""
    return max(DECODERS, int(settings.WEB_WORKERS * settings.WEB_THREADS * MOST_OF_THREADS))


def _busy() -> str:
    return _("Many photos are arriving just now. Please try again in a minute.")


def _lock(file: IO[str]) -> bool:
    """Lock the file if nobody else has; tell whether it is locked by us now."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def draw_sizes(jpeg: bytes, widths: Iterable[int] = WIDTHS) -> dict[str, bytes]:
    """Return the sizes of one of our JPEGs by suffix ("480.avif", "480.jpg", "1600.avif"); of its own width no JPEG."""
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
