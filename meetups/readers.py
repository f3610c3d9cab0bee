"""How many people read a recap, without cookies and without keeping anything of anybody.

For each recap and day the cache holds 8,192 bits. A reader sets one of them, chosen by a hash of their address and program with
a salt of that day; how many bits are set says about how many readers there were (linear counting: Whang, Vander-Zanden and
Taylor, 1990), exactly for a few, to some per cent for thousands. The salt is drawn anew each day and thrown away, the bits are
gone a day later, and only the number stays. Two readers at the same instant may count as one; that is all a lost write can do.

Of one address at most eight readers count, because the hash knows only eight kinds of programs: who says to be another program
each time is soon nobody new. No list of who came from where is needed for that.

The page never waits for the database: the sweep writes the numbers down.
"""

import hashlib
import ipaddress
import math
import re
import secrets
from datetime import date, timedelta

from django.core.cache import cache
from django.http import HttpRequest

from hosts.network import client_ip
from meetups import clock

BITS = 8192
KEPT_SECONDS = 2 * 24 * 3600
AT_ONCE = 200
# A household, or a small office behind one address.
MOST_OF_ONE_ADDRESS = 8
# People read with a program that says so; whatever else opens a page is one that looks for itself.
BROWSER = re.compile(r"(?:Mozilla|Opera)/\d")
MACHINE = re.compile(
    r"(?i)bot\b|bot/|crawl|spider|slurp|preview|fetch|scan|monitor|check|https?:|facebookexternal|whatsapp|headless|lighthouse"
)


def is_machine(request: HttpRequest) -> bool:
    """Tell whether nobody reads this: a robot, a preview, a browser that loads ahead."""
    agent = request.headers.get("User-Agent", "")
    is_ahead = "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    return is_ahead or not BROWSER.match(agent) or bool(MACHINE.search(agent))


def note_reader(request: HttpRequest, recap_id: int) -> None:
    """Count whoever reads this recap now, once a day. Touches the cache alone; when that is away nobody is counted."""
    if request.method != "GET" or is_machine(request):
        return
    today = clock.now().date()
    salt = _salt_of(today)
    if not salt:
        return
    program = _number(f"{salt}|{request.headers.get('User-Agent', '')}") % MOST_OF_ONE_ADDRESS
    place = _number(f"{salt}|{recap_id}|{_network(client_ip(request))}|{program}") % BITS
    bits = bytearray(_bits_of(today, recap_id))
    if bits[place // 8] & 1 << place % 8:
        return
    bits[place // 8] |= 1 << place % 8
    cache.set(f"readers:{today}:{recap_id}", bytes(bits), KEPT_SECONDS)
    read = read_on(today)
    if recap_id not in read:
        cache.set(f"readers:{today}", read | {recap_id}, KEPT_SECONDS)


def _number(words: str) -> int:
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big")


def _network(address: str) -> str:
    """Return what one connection has: an address of IPv4, or the 64 bits of IPv6 below which a machine takes any it likes."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{ip}/64", strict=False)) if ip.version == 6 else address


def _salt_of(day: date) -> str:
    """Return the salt of a day, drawn by whoever needs it first and gone with the day."""
    key, now = f"readers:salt:{day}", clock.now()
    salt = cache.get(key)
    if salt is None:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        cache.add(key, secrets.token_hex(16), max(1, int((midnight - now).total_seconds())))
        # Where two drew one at once, both take the one that was first.
        salt = cache.get(key)
    return salt or ""


def _bits_of(day: date, recap_id: int) -> bytes:
    return _whole(cache.get(f"readers:{day}:{recap_id}"))


def _whole(bits: object) -> bytes:
    return bits if isinstance(bits, bytes) and len(bits) == BITS // 8 else bytes(BITS // 8)


def read_on(day: date) -> frozenset[int]:
    """Return the recaps that somebody read on that day."""
    return frozenset(cache.get(f"readers:{day}") or ())


def num_readers(day: date, recap_id: int) -> int:
    """Return about how many people read a recap on that day, as far as the cache still knows."""
    return _estimate(_bits_of(day, recap_id))


def numbers_on(day: date) -> dict[int, int]:
    """Return the same for every recap that somebody read on that day; the cache is asked once for many of them."""
    keys = {f"readers:{day}:{recap_id}": recap_id for recap_id in sorted(read_on(day))}
    numbers = {}
    for start in range(0, len(keys), AT_ONCE):
        some = cache.get_many(list(keys)[start : start + AT_ONCE])
        numbers |= {keys[key]: _estimate(_whole(bits)) for key, bits in some.items()}
    return {recap_id: number for recap_id, number in numbers.items() if number}


def _estimate(bits: bytes) -> int:
    num_set = int.from_bytes(bits, "big").bit_count()
    return round(-BITS * math.log((BITS - min(num_set, BITS - 1)) / BITS))
