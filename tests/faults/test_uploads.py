"""Twenty hostile photos at once on a real site: each refused within three seconds, and the site's memory stays small (R92)."""

import contextlib
import io
import json
import struct
import threading
import time
import urllib.error
import urllib.request
import uuid
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from tests.serving import Site

MOST_MEMORY = 300
# The answer where no thread is free for photos: a quarter of the threads is left to other requests.
BUSY = "Many photos are arriving just now"
MAKE_ROWS = """
from meetups.access.tokens import make_guest_token
from tests.factories import make_guest, make_held_meetup
meetup = make_held_meetup()
print("\\n".join(make_guest_token(make_guest(meetup, rsvp="yes", attended=True)) for _ in range(4)))
"""


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(side: int) -> bytes:
    rows = zlib.compress(b"\0" * (side // 8 + 1) * side, 9)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def photo(size=(1200, 900), file_format="JPEG", **options) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, file_format, **options)
    return written.getvalue()


def hostile_twenty() -> list[bytes]:
    good = photo()
    web = [b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"<!doctype html><script>alert(1)</script>" + good]
    lies = [b"%PDF-1.7\n" + good, photo(file_format="GIF"), b"GIF89a/*" + good, photo(file_format="TIFF")]
    cut = [good[:500], good[: len(good) // 2], photo(file_format="PNG")[:300], photo(file_format="WEBP")[:60]]
    more = [b"\xff\xd8\xff\xe0" + b"\0" * 5_000_000, b"RIFF\xff\xff\xff\xffWEBPVP8X" + b"\xff" * 1000, b""]
    jpeg_bomb = photo().replace(struct.pack(">HH", 900, 1200), struct.pack(">HH", 65_000, 65_000), 1)
    return [png_bomb(13_000)] * 5 + [jpeg_bomb] * 2 + web + lies + cut + more


def send(url: str, content: bytes) -> tuple[int, str, float]:
    """Post a photo as a browser does; return the status, the page and the seconds it took."""
    mark = uuid.uuid4().hex
    fields = {"sentence": "Soup.", "sentence_consent": "nobody", "photo_consent": "everyone", "faces_agreed": "on"}
    parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    head = f'--{mark}\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    body = "".join(parts).encode() + head.encode() + content + f"\r\n--{mark}--\r\n".encode()
    request = urllib.request.Request(url, body, {"Content-Type": f"multipart/form-data; boundary={mark}"})
    begun = time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.read().decode(), time.monotonic() - begun
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), time.monotonic() - begun


def family(pid: int) -> list[int]:
    """Return a process and all below it."""
    pids = [pid]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            pids += [below for child in (task / "children").read_text().split() for below in family(int(child))]
    return pids


class Memory(threading.Thread):
    """Samples the memory of each process of a site and stores the maximum: of the site, and of what decodes photos."""

    def __init__(self, *roots: int) -> None:
        super().__init__(daemon=True)
        self.roots, self.is_over = roots, threading.Event()
        self.most = {"site": 0, "reader": 0}

    def run(self) -> None:
        while not self.is_over.wait(0.03):
            for pid in [pid for root in self.roots for pid in family(root)]:
                with contextlib.suppress(OSError, StopIteration):
                    command = Path(f"/proc/{pid}/cmdline").read_text()
                    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
                    megabytes = int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) // 1024
                    kind = "reader" if "photoreader" in command else "site"
                    self.most[kind] = max(self.most[kind], megabytes)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="memory of processes is read from Linux's /proc")
def test_twenty_hostile_photos_at_once_are_refused_and_a_good_one_gets_its_sizes(tmp_path):
    with Site(tmp_path) as site:
        tokens = site.shell(MAKE_ROWS).split()
        urls = [f"{site.url}/r/{token}/after" for token in tokens]
        memory = Memory(site.web.pid, site.workers[0].pid)
        memory.start()

        hostile = hostile_twenty()
        with ThreadPoolExecutor(len(hostile)) as together:
            plain = list(together.map(send, urls * 5, [b""] * len(hostile)))
            answers = list(together.map(send, urls * 5, hostile))
        good = [send(url, photo(size)) for url, size in zip(urls, [(1200, 900), (6000, 4000)], strict=False)]
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline and len(made := made_sizes(site)) < 2:
            time.sleep(0.2)
        memory.is_over.set()
        memory.join()
        files = [path for path in (site.var_dir / "media").rglob("*") if path.is_file()]

    slowest, slowest_plain = (max(seconds for _status, _page, seconds in sent) for sent in (answers, plain))
    print(json.dumps({"slowest": round(slowest, 2), "plain": round(slowest_plain, 2), **memory.most}))
    assert len(hostile) == 20
    assert {status for status, _page, _seconds in answers} == {200}
    refused = ("This file is not a photo we can read", "more than 40 megapixels", "The submitted file is empty", BUSY)
    assert [page for _status, page, _seconds in answers if not any(words in page for words in refused)] == []
    # On a machine that is busy with other things, twenty forms without a photo take their time too.
    assert slowest < max(3, 6 * slowest_plain)
    assert [status for status, _page, _seconds in good] == [200, 200]
    assert {row[0].partition(".")[0].strip('["') for row in made} == {"480"}
    assert len(files) == 2 * 6
    assert memory.most["site"] < MOST_MEMORY
    assert memory.most["reader"] < MOST_MEMORY


def made_sizes(site: Site) -> list[tuple]:
    return site.rows("SELECT CAST(sizes AS TEXT) FROM meetups_photo WHERE made_at IS NOT NULL")
