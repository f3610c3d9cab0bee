"""The dashboard's numbers: each opens the evenings behind it, and what is chosen in the URL holds for the page and its files."""

import csv
import html
import io
import re
from datetime import date, timedelta

import pytest

from meetups.campaigns.board.lists import SHOWN
from meetups.models import Contribution, Meetup
from meetups.times import clock
from tests.factories import (
    make_book,
    make_campaign,
    make_contribution,
    make_delivery,
    make_draft,
    make_guest,
    make_held_meetup,
    make_host,
    make_kit,
    make_meetup,
    make_recap,
)

pytestmark = pytest.mark.django_db
PAGE = "/c/read/dashboard/"


def titles(response) -> list[str]:
    """Return the titles of the evenings listed, in their order."""
    return [html.unescape(re.sub("<[^>]+>", "", one)) for one in re.findall(r"<h3>(.*?)</h3>", response.content.decode())]


def number(response, name: str) -> int:
    """Return the number that stands under a name in one of the two rows."""
    found = re.search(rf"<dt>{re.escape(name)}</dt><dd>(?:<a [^>]*>)?(\d+)", response.content.decode())
    assert found, name
    return int(found[1])


def link_of(response, name: str) -> str:
    found = re.search(rf'<dt>{re.escape(name)}</dt><dd><a href="([^"#]*)', response.content.decode())
    assert found, name
    return html.unescape(found[1])


@pytest.fixture
def evenings(campaign) -> dict[str, Meetup]:
    """Four evenings, each known for something else; one that was canceled and a draft, which count for nothing else."""
    new = make_meetup(campaign=campaign, title="New")
    unproven = {"address_proven_at": None}
    near = make_meetup(campaign=campaign, title="Near", in_days=3, seats=10)
    coming = make_guest(near, rsvp="yes", confirmed_at=clock.now(), address_proven_at=clock.now())
    make_delivery("confirmation", guest=coming)
    make_delivery("confirmation", guest=coming, state="sent")
    make_guest(near, rsvp="maybe", undeliverable_at=clock.now(), **unproven)
    told = make_held_meetup(campaign=campaign, title="Told")
    make_recap(told)
    make_contribution(make_guest(told, rsvp="yes", attended=True, could_host=True, party_size=2, **unproven))
    make_delivery("confirmation", guest=make_guest(told, rsvp="no", **unproven), state="failed")
    make_meetup(parent=told, title="Elsewhere")
    untold = make_held_meetup(campaign=campaign, title="Untold")
    make_guest(make_meetup(campaign=campaign, title="Off", in_days=5, status="canceled"), rsvp="yes")
    make_draft(campaign=campaign, title="Not yet")
    return {"New": new, "Near": near, "Told": told, "Untold": untold}


NUMBERS = [
    ("Invited", 4, ["Told", "Near"]),
    ("Opened their link and acted", 1, ["Near"]),
    ("Said yes", 2, ["Told", "Near"]),
    ("Confirmed", 1, ["Near"]),
    ("Came", 1, ["Told"]),
    ("Left words", 1, ["Told"]),
    ("Could host", 1, ["Told"]),
    ("Meetups", 4, ["New", "Near", "Untold", "Told"]),
    ("Upcoming", 2, ["New", "Near"]),
    ("Near, less than half full", 1, ["Near"]),
    ("Nobody invited yet", 1, ["New"]),
    ("Held", 2, ["Untold", "Told"]),
    ("Recaps", 1, ["Told"]),
    ("Recaps missing", 1, ["Untold"]),
    ("Led to another", 1, ["Told"]),
    ("Canceled", 1, ["Off"]),
    ("Evenings in the next seven days", 1, ["Near"]),
    ("Seats still free", 9, ["Near"]),
    ("Answers in the last seven days", 4, ["Near", "Told"]),
    ("Yeses among them", 2, ["Near", "Told"]),
    ("Emails that wait to be sent", 1, ["Near"]),
    ("Emails that could not be sent", 1, ["Told"]),
    ("Guests whom no email reaches", 1, ["Near"]),
]


@pytest.mark.parametrize(("name", "much", "behind"), NUMBERS)
def test_a_number_opens_the_evenings_behind_it(client, evenings, name, much, behind):
    page = client.get(PAGE)
    assert number(page, name) == much

    opened = client.get(PAGE + link_of(page, name))

    assert sorted(titles(opened)) == sorted(behind)


def test_the_rates_stand_beside_what_is_planned_with(client, evenings):
    words = re.sub(r"\s+", " ", client.get(PAGE).content.decode())

    # Two guests said yes of four, whomever they bring. Of the evening that was held the one who said so came, and could host;
    # who said yes to one that is still to come could not come yet.
    assert words.count("50%, planned 50%") == 1
    assert words.count("100%, planned 50%") == 1
    assert "100%, planned 8%" in words


def test_what_led_to_others_says_how_many_of_them_were_held_and_hides_few_outside(client, evenings, campaign):
    for _number in range(2):
        make_held_meetup(campaign=campaign, parent=evenings["Told"])
    make_meetup(campaign=campaign, parent=evenings["Told"])
    page = re.sub(r"\s+", " ", client.get(f"{PAGE}?show=led").content.decode())

    assert "to 3 together, 2 of them held, outside this campaign: &lt; 5" in page
    assert "led to 3 more · led to others outside this campaign: &lt; 5" in page

    for _number in range(4):
        make_meetup(parent=evenings["Told"])

    assert "outside this campaign: 5" in client.get(PAGE).content.decode()


def test_words_taken_back_do_not_count(client, evenings):
    Contribution.objects.update(withdrawn_at=clock.now())

    assert number(client.get(PAGE), "Left words") == 0


def test_every_list_has_a_name_and_an_unknown_one_is_the_first(client, evenings):
    for name, words in SHOWN.items():
        assert f"<h2>{words}</h2>" in client.get(f"{PAGE}?show={name}").content.decode()

    assert titles(client.get(f"{PAGE}?show=users")) == titles(client.get(PAGE))


@pytest.fixture
def spread_out(campaign) -> None:
    """Three evenings that differ in everything that can be chosen, one that was held and one that was canceled."""
    french = make_host(language="fr")
    other = make_kit(book=make_book("A Room of One's Own", slug="room"))
    make_meetup(campaign=campaign, title="Toronto", date=clock.now().date() + timedelta(days=20))
    lyon = {"town_name": "Lyon", "region": "Rhône", "country": "France", "zone": "Europe/Paris"}
    make_meetup(french, campaign=campaign, title="Lyon", date=clock.now().date() + timedelta(days=40), **lyon)
    make_meetup(campaign=campaign, title="Ottawa", town_name="Ottawa", language="fr", kit=other, in_days=60)
    elsewhere = {"town_name": "Leeds", "region": "Yorkshire", "country": "England"}
    make_held_meetup(campaign=campaign, title="Before", in_days=-40, **elsewhere)
    make_meetup(campaign=campaign, title="Off", status="canceled", in_days=10, **elsewhere)


def days(number: int) -> str:
    return str(clock.now().date() + timedelta(days=number))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (lambda: f"since={days(30)}", ["Lyon", "Ottawa"]),
        (lambda: f"since={days(0)}&until={days(30)}", ["Toronto"]),
        (lambda: f"since={days(30)}&until={days(50)}", ["Lyon"]),
        (lambda: "area=ontario", ["Ottawa", "Toronto"]),
        (lambda: "area=lyo", ["Lyon"]),
        (lambda: "area=Lyon,+Rhône", ["Lyon"]),
        (lambda: "area=Lyon,+France", ["Lyon"]),
        (lambda: "area=Lyo,+Rhône", []),
        (lambda: "state=upcoming", ["Lyon", "Ottawa", "Toronto"]),
        (lambda: "state=upcoming&language=fr", ["Lyon", "Ottawa"]),
        (lambda: "state=held", ["Before"]),
        (lambda: "state=canceled", ["Off"]),
        (lambda: "book=room", ["Ottawa"]),
        (lambda: "language=fr", ["Lyon", "Ottawa"]),
        (lambda: "language=fr&area=ottawa", ["Ottawa"]),
        (lambda: "area=nowhere", []),
    ],
)
def test_a_choice_holds_for_the_page_its_numbers_and_its_file(client, spread_out, query, found):
    page = client.get(f"{PAGE}?{query()}{'' if 'state' in query() else '&show=all'}")
    file = b"".join(client.get(f"/c/read/dashboard.csv?{query()}").streaming_content).decode("utf-8-sig")

    assert sorted(titles(page)) == found
    assert sorted(row["title"] for row in csv.DictReader(io.StringIO(file))) == found
    if found:
        assert number(page, "Meetups") == len(found)
    else:
        assert "No evening is like that." in page.content.decode()


def test_a_choice_stays_in_the_links_and_the_fields_of_the_page(client, spread_out):
    page = client.get(f"{PAGE}?area=Ontario&language=fr&show=all")
    source = html.unescape(page.content.decode())

    assert link_of(page, "Meetups") == "?show=all&area=Ontario&language=fr"
    assert "/c/read/dashboard.csv?area=Ontario&language=fr" in source
    assert 'value="Ontario"' in source
    assert '<option value="fr" selected>' in source


@pytest.mark.parametrize(
    "query",
    ["state=draft", "since=yesterday", "language=xx", "book=none", f"area={'x' * 201}", "since=2020-01-02&until=2020-01-01"],
)
def test_what_cannot_be_read_is_said_and_nothing_is_lost(client, spread_out, query):
    response = client.get(f"{PAGE}?{query}")

    assert response.status_code == 200
    assert "could not be read" in response.content.decode()
    # A first day alone still chooses where only the second is wrong.
    assert number(response, "Meetups") == 4
    assert client.get(f"/c/read/dashboard.csv?{query}").status_code == 200


def test_a_choice_never_reaches_another_campaign(client, organizer, evenings):
    make_meetup(campaign=make_campaign(name="Another"), title="Not ours", town_name="Toronto")

    assert "Not ours" not in titles(client.get(f"{PAGE}?area=Toronto&show=all"))
    assert isinstance(evenings["New"].date, date)
