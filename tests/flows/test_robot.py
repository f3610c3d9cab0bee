"""A mail scanner opens every link of every letter, and every link on those pages, three times; nothing has happened (R65)."""

import re
from collections import deque
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client

from hosts.models import Campaign, User
from meetups.letters import build_message
from meetups.models import Contribution, Delivery, Guest, Meetup
from tests.browser.page_states import make_states
from tests.factories import make_contribution, make_guest
from tests.flows.post import TO_GUESTS, letter_to_organizer, letters_to_guest, letters_to_host
from tests.letters.letters import TO_HOSTS, USUAL_ANSWER, make_evening, make_letter
from tests.rows import all_rows

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ROUNDS = 3
# Pages that need a session: these may set a cookie to remember where the browser wanted to go.
WITH_SESSION = re.compile(r"/(accounts|host|staff|c/new|c/[\w-]+/(edit|dashboard|organizers|webhooks|api))\b")
AFTERWARDS = {"were_you_there", "how_did_it_go", "cut_asked", "table_taken_down"}
LINK = re.compile(r"""(?:href|src|action)=["']([^"'#]+)""")


@pytest.fixture
def letters(settings, tmp_path) -> dict:
    """Write every letter there is: each kind to a guest whom it would be sent to, on a site with rows in every state."""
    settings.MEDIA_ROOT = tmp_path / "media"
    make_states()
    listed, held = (Meetup.objects.filter(title=title).order_by("pk")[0] for title in ("Soup and one question", "Held"))
    written = (
        letters_to_host(held)
        | letters_to_host(listed)
        | letter_to_organizer(User.objects.get(shown_name="Olu"), Campaign.objects.first())
    )
    for kind in TO_GUESTS:
        is_after = kind.startswith("recap_") or kind in AFTERWARDS
        fields = {"rsvp": USUAL_ANSWER[kind], "attended": True} if kind == "recap_came" else {"rsvp": USUAL_ANSWER[kind]}
        if kind == "friend_no":
            fields |= {"origin": "friend", "refused_at": listed.published_at, "address_proven_at": listed.published_at}
        guest = make_guest(held if is_after else listed, **fields)
        if kind in ("recap_came", "recap_preview", "cut_asked", "how_did_it_go"):
            make_contribution(guest)
        if kind == "seat_offered":
            offered = Guest.objects.filter(offered_at__isnull=False).values("offered_at", "offer_expires_at").first()
            Guest.objects.filter(pk=guest.pk).update(**offered)
        written |= letters_to_guest(guest, [kind])
    # These tell of rows beside an evening's own: two who were paired, an organizer, days to choose from.
    evening = make_evening()
    return written | {
        kind: build_message(make_letter(kind, meetup=evening)) for kind in ("paired", "organizer_words", "date_poll")
    }


def links_of(text: str, page: str, own: str) -> set[str]:
    """Return the paths of our own site that a text links to, with their queries."""
    found = LINK.findall(text) + re.findall(rf"{re.escape(own)}[^\s<>\"')]*", text)
    links = {urljoin(own + page, unescape(link.strip())) for link in found}
    parts = [urlsplit(link) for link in links if link.startswith(own + "/")]
    return {f"{part.path}?{part.query}" if part.query else part.path for part in parts}


def words_behind(message) -> str:
    """Return the text, the HTML and the headers of a message, where its links are."""
    return "\n".join([message.body, *(str(part[0]) for part in message.alternatives), *map(str, message.extra_headers.values())])


def crawl(client: Client, start: set[str], method: str, own: str) -> dict[str, int]:
    """Open these links, and every link of our own on the pages behind them; return the status of each."""
    seen, ahead = {}, deque((link, 0) for link in sorted(start))
    while ahead:
        link, depth = ahead.popleft()
        if link in seen or link.startswith("/static/"):
            continue
        answer = getattr(client, method)(link)
        seen[link] = answer.status_code
        if not WITH_SESSION.match(link):
            assert not answer.cookies, link
        if answer.status_code in (301, 302, 303):
            ahead.append((urljoin(link, answer["Location"]), depth))
        if depth < 1 and method == "get" and answer.get("Content-Type", "").startswith("text/html"):
            ahead += [(found, depth + 1) for found in links_of(answer.content.decode(), link, own)]
    return seen


def test_a_robot_that_follows_every_link_of_every_letter_three_times_changes_nothing(letters, settings):
    own = settings.PUBLIC_URL
    start = {link for message in letters.values() for link in links_of(words_behind(message), "/", own)}
    before = all_rows()

    opened: dict[str, int] = {}
    for _round in range(ROUNDS):
        client = Client()
        found = crawl(client, start, "get", own)
        opened |= found
        crawl(client, set(found), "head", own)

    assert set(letters) == set(Delivery.Kind.values) == set(TO_GUESTS) | set(TO_HOSTS)
    assert {path.split("/")[1] for path in start} >= {"r", "u", "w", "host", "recaps", "report", "c"}
    assert {link: status for link, status in opened.items() if status >= 500} == {}
    assert sum(link.startswith("/r/") for link in opened) > 2 * len(TO_GUESTS)
    after = all_rows()
    assert [name for name in before if before[name] != after[name]] == []
    assert Contribution.objects.filter(withdrawn_at=None).exists()
