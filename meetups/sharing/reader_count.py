"""How many people read a recap, without cookies and without storing anything about a person.

For each recap and day the cache holds 8,192 bits. A reader sets one of them, chosen by a hash of their address and program with
a salt of that day; the number of bits set estimates the number of readers (linear counting: Whang, Vander-Zanden and Taylor,
1990), exactly for a few, within some per cent for thousands. The salt is drawn anew each day and not stored anywhere else, the
bits expire a day later, and only the number stays. Two readers at the same instant may count as one, where one write is lost.

At most eight readers of one address count, because the hash has eight values for the program: sending another User-Agent each
time soon adds nothing. No list of addresses is needed for that.

The page writes to the cache alone; the sweep copies the numbers into the database.
"""

import hashlib
import ipaddress
import math
import re
import secrets
from datetime import date, timedelta

from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest

from hosts.database.insert_new import insert_new
from hosts.network import client_ip
from meetups.models import ReaderCount, Recap
from meetups.times import clock

EVERY_SECONDS = 60


def fold_readers() -> int:
    """Write the numbers of today and yesterday into rows, at most once a minute; return how many rows changed.

    A number only rises: a cache that was emptied lowers none, and a second call writes nothing.
    """
    if not cache.add("readers:folded", 1, EVERY_SECONDS):
        return 0
    today = clock.now().date()
    return sum(_fold_day(day) for day in (today - timedelta(days=1), today))


@transaction.atomic
def _fold_day(day: date) -> int:
    numbers = numbers_on(day)
    if not numbers:
        return 0
    known = {row.recap_id: row for row in ReaderCount.objects.filter(day=day, recap__in=numbers)}
    still_there = set(Recap.objects.filter(pk__in=numbers.keys() - known.keys()).values_list("pk", flat=True))
    new = [ReaderCount(recap_id=recap_id, day=day, num_readers=numbers[recap_id]) for recap_id in sorted(still_there)]
    risen = [row for recap_id, row in known.items() if numbers[recap_id] > row.num_readers]
    for row in risen:
        row.num_readers = numbers[row.recap_id]
    insert_new(new, unique=["recap", "day"])
    ReaderCount.objects.bulk_update(risen, ["num_readers"])
    return len(new) + len(risen)


BITS = 8192
EXPIRY_SECONDS = 2 * 24 * 3600
AT_ONCE = 200
# A household, or a small office behind one address.
MOST_OF_ONE_ADDRESS = 8
# The beginning of every browser's User-Agent; nothing else that opens a page is a person.
BROWSER = re.compile(r"(?:Mozilla|Opera)/\d")
MACHINE = re.compile(
    r"(?i)bot\b|bot/|crawl|spider|slurp|preview|fetch|scan|monitor|check|https?:|facebookexternal|whatsapp|headless|lighthouse"
)


def is_machine(request: HttpRequest) -> bool:
    """Tell whether a program asks and no person: a robot, a link preview, a browser that prefetches."""
    agent = request.headers.get("User-Agent", "")
    is_ahead = "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    return is_ahead or not BROWSER.match(agent) or bool(MACHINE.search(agent))


def note_reader(request: HttpRequest, recap_id: int) -> None:
    """Count the reader of this request, once a day for each recap. While the cache is away nobody is counted."""
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
    cache.set(f"readers:{today}:{recap_id}", bytes(bits), EXPIRY_SECONDS)
    read = read_on(today)
    if recap_id not in read:
        cache.set(f"readers:{today}", read | {recap_id}, EXPIRY_SECONDS)


def _number(text: str) -> int:
    """Return a hash of the text as a number."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _network(address: str) -> str:
    """Return the address of IPv4, or the first 64 bits of IPv6: a machine may use any address of such a network."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{ip}/64", strict=False)) if ip.version == 6 else address


def _salt_of(day: date) -> str:
    """Return the salt of a day; the first call of the day draws it, and it expires at midnight. Empty while the cache is away."""
    key, now = f"readers:salt:{day}", clock.now()
    salt = cache.get(key)
    if salt is None:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        cache.add(key, secrets.token_hex(16), max(1, int((midnight - now).total_seconds())))
        # Two processes may have drawn one: both use the one that was stored.
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
    """Return that number for each recap that somebody read on that day, in one call of the cache for two hundred of them."""
    keys = {f"readers:{day}:{recap_id}": recap_id for recap_id in sorted(read_on(day))}
    numbers: dict[int, int] = {}
    for start in range(0, len(keys), AT_ONCE):
        some = cache.get_many(list(keys)[start : start + AT_ONCE])
        numbers |= {keys[key]: _estimate(_whole(bits)) for key, bits in some.items()}
    return {recap_id: number for recap_id, number in numbers.items() if number}


def _estimate(bits: bytes) -> int:
    num_set = int.from_bytes(bits, "big").bit_count()
    return round(-BITS * math.log((BITS - min(num_set, BITS - 1)) / BITS))
