"""No channel shows the street to anybody who may not know it: pages, letters, calendars, pictures, files (R72)."""

import csv
import io
from dataclasses import astuple
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from hosts.models import User
from meetups.access.public_url import full_url
from meetups.access.tokens import make_contribution_token, make_friend_token, make_guest_token, make_unsubscribe_token
from meetups.models import Cohost, Guest, Meetup
from meetups.sharing.share_cards import make_card
from meetups.text.csv import BOM
from tests.browser.page_states import add_photo
from tests.factories import (
    DOOR,
    PARKING,
    PHONE,
    STREET,
    make_campaign,
    make_contribution,
    make_debrief,
    make_guest,
    make_host,
    make_meetup,
    make_others_speak,
    make_recap,
    make_user,
    sign_in_with_factor,
)
from tests.flows.post import letter_to_organizer, letters_to_guest, letters_to_host, words_of

pytestmark = pytest.mark.django_db
LOGIN = "ana.private.login@example.org"
SECRETS = {"street": STREET, "door": DOOR, "parking": PARKING, "phone": PHONE, "postal code": "M6G 1A1", "login": LOGIN}
# The street as it might be written: its words, without spaces, in a link.
SECRETS |= {"part of the street": "Lindenblossom", "phone as a link": "+14165550142"}
ANSWERS = ["?rsvp=yes", "?rsvp=maybe", "?rsvp=no"]
BELOW = [
    "",
    *ANSWERS,
    "/meetup.ics",
    "/calendar",
    "/map",
    "/data",
    "/leave",
    "/everything",
    "/confirm",
    "/not-me",
    "/after",
    "/photo",
    "/ask",
]


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    cache.clear()


@pytest.fixture
def campaign():
    return make_campaign(make_user("olu@example.org", shown_name="Olu"), slug="read-together")


def evening(campaign=None, **fields) -> Meetup:
    """Return a listed meetup whose host's address is known, in a campaign."""
    fields = {"visibility": "listed", "word": "The dog is kind.", "campaign": campaign} | fields
    return make_meetup(make_host(LOGIN, shown_name="Ana"), **fields)


def leaks(words: str) -> list[str]:
    return [name for name, secret in SECRETS.items() if secret in words]


def leaks_of_pages(client: Client, pages: list[str]) -> list[str]:
    """Open every page and return those that tell what they must not, with what; headers too."""
    found = []
    for page in pages:
        response = client.get(page)
        assert response.status_code != 500, page
        body = b"".join(response) if response.streaming else response.content
        words = body.decode(errors="replace") + str(dict(response.headers))
        words += words.replace("\r\n ", "").replace("\\,", ",").replace("&#x27;", "'").replace("&#43;", "+").replace("%20", " ")
        found += [f"{page}: {name}" for name in leaks(words)]
    return found


def public_pages(meetup: Meetup, recap=None) -> list[str]:
    """Return everything that anybody can open and that might speak of this evening."""
    page = meetup.get_absolute_url()
    pages = ["/", "/?town=Toronto", "/find/", "/find/?town=Toronto", page, f"{page}card.png", "/privacy/", "/report/"]
    pages += ["/healthz", "/readyz", "/mailbox/", "/feed.atom", "/feed.json", "/sitemap.xml", "/robots.txt"]
    pages += [f"/find/feed.{form}?town=Toronto" for form in ("atom", "json")]
    book = meetup.kit.book.get_absolute_url()
    pages += [book, f"{book}feed.atom", f"{book}feed.json", f"{book}reports/"]
    if meetup.campaign:
        campaign = meetup.campaign.get_absolute_url()
        pages += [campaign, f"{campaign}feed.atom", f"{campaign}feed.json"]
    if recap:
        pages += [recap.get_absolute_url(), f"{recap.get_absolute_url()}card.png", f"/host/new/?from={recap.slug}"]
        pages += [f"{recap.get_absolute_url()}{page}/" for page in ("embed", "removal", "share", "hold", "hold/draft")]
        pages += [f"/oembed/?format={form}&url={full_url(recap.get_absolute_url())}" for form in ("json", "xml")]
    return pages


def guest_pages(guest: Guest) -> list[str]:
    token = make_guest_token(guest)
    return [f"/r/{token}{rest}" for rest in BELOW] + [f"/u/{make_unsubscribe_token(guest)}", f"/f/{make_friend_token(guest)}"]


def desk_pages(meetup: Meetup) -> list[str]:
    """Return the pages below the host's desk."""
    below = (
        "edit publish delete move cancel restore invite guests/add came debrief recap recap/publish recap/take-down recap/reach"
    )
    return [f"/host/{meetup.code}/"] + [f"/host/{meetup.code}/{name}/" for name in below.split()]


def leaks_of_letters(letters: dict) -> list[str]:
    return [f"{kind}: {name}" for kind, letter in letters.items() for name in leaks(words_of(letter))]


# Guests --------------------------------------------------------------------------------------------------------------

PROVEN_AT = datetime(2026, 11, 1, tzinfo=UTC)
WITHOUT_A_SEAT = {
    "invited": ({}, {}),
    "maybe": ({"rsvp": "maybe"}, {}),
    "no": ({"rsvp": "no"}, {}),
    "waiting": ({"rsvp": "waiting"}, {}),
    "offered": ({"rsvp": "waiting", "offer": True}, {}),
    "unproven": ({"origin": "self"}, {}),
    "unproven who said yes": ({"origin": "self", "rsvp": "yes"}, {}),
    "a friend who waits": ({"origin": "friend", "address_proven_at": PROVEN_AT}, {}),
    "a friend who was refused": ({"origin": "friend", "address_proven_at": PROVEN_AT, "refused_at": PROVEN_AT}, {}),
    "removed": ({"rsvp": "yes", "removed": True}, {}),
    "canceled with a seat": ({"rsvp": "yes"}, {"status": "canceled"}),
    "ended more than a day ago, with a seat": ({"rsvp": "yes", "attended": True}, {"in_days": -3}),
    "ended yesterday, without a seat": ({"rsvp": "no"}, {"in_days": -1}),
}


def make_one(meetup: Meetup, *, offer: bool = False, removed: bool = False, **fields) -> Guest:
    guest = make_guest(meetup, "maria@example.net", name="Maria", **fields)
    if offer:
        guest.offered_at, guest.offer_expires_at = meetup.published_at, meetup.starts_at
    if removed:
        guest.removed_at = meetup.published_at
    guest.save()
    return guest


def tell(meetup: Meetup, guest: Guest):
    """Let the evening be told, so that letters about it can be written too; return the recap."""
    make_debrief(meetup)
    add_photo(make_contribution(guest))
    make_others_speak(meetup)
    return make_recap(meetup)


@pytest.mark.parametrize(("guest", "table"), WITHOUT_A_SEAT.values(), ids=WITHOUT_A_SEAT)
def test_no_page_of_somebody_without_a_seat_tells_where(client, campaign, guest, table):
    meetup = evening(campaign, **table)
    somebody = make_one(meetup, **guest)
    recap = tell(meetup, somebody)

    pages = guest_pages(somebody) + public_pages(meetup, recap) + desk_pages(meetup)
    pages.append(f"/w/{make_contribution_token(somebody.contribution)}")

    assert leaks_of_pages(client, pages) == []


@pytest.mark.parametrize(("guest", "table"), WITHOUT_A_SEAT.values(), ids=WITHOUT_A_SEAT)
def test_no_letter_to_somebody_without_a_seat_tells_where(campaign, guest, table):
    meetup = evening(campaign, **table)
    somebody = make_one(meetup, **guest)
    tell(meetup, somebody)

    letters = letters_to_guest(somebody)

    assert len(letters) > 10
    assert leaks_of_letters(letters) == []


def test_a_guest_with_a_seat_is_told_so_that_this_walk_can_fail(client, campaign):
    guest = make_one(evening(campaign), rsvp="yes")
    page = f"/r/{make_guest_token(guest)}"

    letters = letters_to_guest(guest)

    told = {"street", "door", "parking", "phone"}
    assert {line.rpartition(": ")[2] for line in leaks_of_pages(client, [page])} >= told
    assert STREET in client.get(f"{page}/meetup.ics").content.decode().replace("\r\n ", "")
    assert {kind for kind, letter in letters.items() if STREET in letter.body} == {"confirmation", "address_day", "date_chosen"}
    assert all(STREET in letter.alternatives[0][0] for letter in (letters["confirmation"], letters["address_day"]))
    assert [line for line in leaks_of_letters(letters) if line.endswith("login")] == []
    assert [line for line in leaks_of_pages(client, guest_pages(guest)) if line.endswith("login")] == []


def test_a_seat_given_back_or_taken_away_closes_the_envelope_at_once(client, campaign):
    guest = make_one(evening(campaign), rsvp="yes")
    page = f"/r/{make_guest_token(guest)}"
    assert STREET in client.get(page).content.decode()

    client.post(page, {"rsvp": "no"})

    assert leaks_of_pages(client, guest_pages(guest)) == []


def test_a_seat_shows_the_street_until_a_day_after_the_end(client, campaign, moved_clock):
    meetup = evening(campaign)
    guest = make_one(meetup, rsvp="yes")
    page = f"/r/{make_guest_token(guest)}"

    moved_clock(to=meetup.ends_at + timedelta(hours=23))
    shown = STREET in client.get(page).content.decode()
    moved_clock(to=meetup.ends_at + timedelta(hours=25))

    assert shown
    assert leaks_of_pages(client, guest_pages(guest)) == []


# Everybody else ------------------------------------------------------------------------------------------------------


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def signed_in_staff() -> Client:
    client = Client()
    sign_in_with_factor(client, make_user("sam@example.net", shown_name="Sam", is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("days", [14, -3], ids=["to come", "held"])
@pytest.mark.parametrize("visibility", ["listed", "link", "private"])
def test_no_page_of_a_stranger_another_host_or_an_organizer_tells_where(campaign, visibility, days):
    meetup = evening(campaign, visibility=visibility, in_days=days)
    guest = make_one(meetup, rsvp="yes", attended=days < 0)
    recap = tell(meetup, guest)
    organizer = User.objects.get(shown_name="Olu")
    other = make_user(shown_name="Oda")
    make_meetup(other, street="1 Other Street", door="", parking="", day_phone="", postal_code="")
    below = ("dashboard/", "dashboard/?show=held", "dashboard.csv", "dashboard.json", "edit/", "organizers/", "webhooks/", "api/")
    of_campaign = [f"/c/{campaign.slug}/{page}" for page in below]
    own = ["/host/", "/host/new/", "/host/new/all/", f"/host/new/?campaign={campaign.slug}", "/accounts/", "/accounts/delete/"]
    pages = public_pages(meetup, recap) + desk_pages(meetup) + of_campaign + own + [guest.get_desk_url()]

    found = {str(user): leaks_of_pages(signed_in(user), pages) for user in (organizer, other)}
    found["nobody"] = leaks_of_pages(Client(), pages)

    assert found == {"Olu": [], "Oda": [], "nobody": []}


def test_the_host_and_a_cohost_read_it_on_the_desk(campaign):
    meetup = evening(campaign)
    friend = make_user(shown_name="Finn")
    Cohost.objects.create(meetup=meetup, user=friend)

    for user in (meetup.host, friend):
        assert STREET in signed_in(user).get(meetup.get_desk_url()).content.decode()


def test_staff_look_at_everything_but_the_way_to_the_house(campaign):
    meetup = evening(campaign)
    guest = make_one(meetup, rsvp="yes", diet="no nuts")
    tell(meetup, guest)
    staff = signed_in_staff()
    lists = ["meetups/meetup", "meetups/guest", "meetups/delivery", "meetups/mailing", "meetups/recap", "hosts/campaign"]
    pages = [f"/staff/{path}/" for path in lists] + [f"/staff/meetups/meetup/{meetup.pk}/change/"]
    pages += [f"/staff/meetups/guest/{guest.pk}/change/", "/staff/"]

    found = leaks_of_pages(staff, pages)

    assert found == []
    assert "no nuts" not in staff.get(f"/staff/meetups/guest/{guest.pk}/change/").content.decode()


def test_the_csv_of_a_campaign_has_an_allow_list_of_columns(campaign):
    meetup = evening(campaign)
    make_one(meetup, rsvp="yes")

    response = signed_in(User.objects.get(shown_name="Olu")).get(f"/c/{campaign.slug}/dashboard.csv")
    text = b"".join(response).decode()

    rows = list(csv.DictReader(io.StringIO(text.removeprefix(BOM))))
    assert [row["code"] for row in rows] == [meetup.code]
    assert leaks(text) == []
    assert "Maria" not in text
    assert "maria@example.net" not in text


def test_the_share_picture_is_drawn_from_facts_without_the_way_to_the_house(campaign):
    meetup = evening(campaign, in_days=-3)
    recap = tell(meetup, make_one(meetup, rsvp="yes", attended=True))

    facts = repr(astuple(make_card(recap)))

    assert "Toronto" in facts
    assert leaks(facts) == []


# Letters to everybody: nobody else's address -------------------------------------------------------------------------


def test_no_letter_holds_the_address_of_another_guest_or_the_host(campaign):
    meetup = evening(campaign, in_days=-3)
    names = ["maria", "bo", "carl", "dana", "eva", "farid"]
    states = ["yes", "yes", "maybe", "no", "waiting", "invited"]
    guests = [
        make_guest(meetup, f"{name}.private@example.net", name=name.title(), rsvp=rsvp, shows_name=True, note="See you")
        for name, rsvp in zip(names, states, strict=True)
    ]
    tell(meetup, guests[0])
    for guest in guests[1:]:
        make_contribution(guest)
    organizer = User.objects.get(shown_name="Olu")
    letters = {("host", kind): letter for kind, letter in letters_to_host(meetup).items()}
    letters |= {("organizer", kind): letter for kind, letter in letter_to_organizer(organizer, campaign).items()}
    for guest in guests:
        letters |= {(guest.email, kind): letter for kind, letter in letters_to_guest(guest).items()}

    addresses = {guest.email for guest in guests} | {LOGIN, organizer.email}
    found = {
        key: others
        for key, letter in letters.items()
        if (others := {address for address in addresses - set(letter.to) if address in words_of(letter)})
    }

    assert len(letters) > 80
    assert all(len(letter.to) == 1 and not letter.cc and not letter.bcc for letter in letters.values())
    assert found == {}
