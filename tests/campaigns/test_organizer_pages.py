"""The organizer's doors: who may enter, what is shown, and what is not."""

import csv
import io
import json
import zipfile
from datetime import date, time
from xml.etree import ElementTree

import pytest
from django.core.cache import cache

from hosts.models import Campaign, Organizer
from meetups.campaigns.table import COLUMNS
from meetups.models import Delivery, Kit
from meetups.text.csv import safe_cell
from tests.factories import (
    DOOR,
    PHONE,
    STREET,
    make_book,
    make_campaign,
    make_contribution,
    make_guest,
    make_held_meetup,
    make_meetup,
    make_recap,
    make_user,
)

pytestmark = pytest.mark.django_db
ROOMS = ["dashboard/", "dashboard.csv", "dashboard.json", "dashboard.xlsx", "edit/", "organizers/"]


@pytest.fixture
def organizer():
    return make_user("organizer@example.org", shown_name="Olga")


@pytest.fixture
def campaign(organizer):
    return make_campaign(organizer, name="Read Together", slug="read")


def rows_of(response) -> list[dict]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("room", ROOMS)
def test_a_stranger_is_asked_to_sign_in(client, campaign, room):
    response = client.get(f"/c/read/{room}")

    assert response.status_code == 302
    assert response["Location"] == f"/accounts/login/?next=/c/read/{room}"


@pytest.mark.parametrize("room", ROOMS)
def test_the_organizer_of_another_campaign_finds_nothing(client, campaign, room):
    other = make_user()
    make_campaign(other)
    client.force_login(other)

    assert client.get(f"/c/read/{room}").status_code == 404


@pytest.mark.parametrize("room", ROOMS)
def test_a_wrong_slug_finds_nothing(client, organizer, campaign, room):
    client.force_login(organizer)

    assert client.get(f"/c/reed/{room}").status_code == 404


def test_starting_a_campaign_makes_it_live_with_its_kit(client, organizer):
    client.force_login(organizer)
    typed = {"name": "Read Together", "call": "Read one book.", "book_title": "Transforming Power", "book_author": "Judy Rebick"}

    response = client.post("/c/new/", typed | {"slug": "evil", "is_staff": "1"})

    campaign = Campaign.objects.get()
    assert response["Location"] == "/c/read-together/spread/"
    assert campaign.kits.get().book.title == "Transforming Power"
    assert [(row.user, row.role) for row in Organizer.objects.all()] == [(organizer, "owner")]


def test_a_campaign_named_new_keeps_the_page_that_starts_one(client, organizer):
    client.force_login(organizer)

    client.post("/c/new/", {"name": "New", "call": "Meet."})

    assert Campaign.objects.get().slug == "new-2"


def test_a_form_with_errors_keeps_what_was_typed(client, organizer):
    client.force_login(organizer)

    response = client.post("/c/new/", {"name": "", "call": "Read one <script>book</script>."})

    page = response.content.decode()
    assert "Read one &lt;script&gt;book&lt;/script&gt;." in page
    assert "<title>Error:" in page
    assert not Campaign.objects.exists()


def test_editing_changes_call_and_kit(client, organizer, campaign):
    client.force_login(organizer)

    client.post("/c/read/edit/", {"name": "Read On", "call": "Again.", "questions": "What now?"})

    campaign.refresh_from_db()
    assert (campaign.name, campaign.slug, campaign.kits.get().questions) == ("Read On", "read", "What now?")


def test_saving_the_form_as_it_stands_keeps_the_day_of_action(client, organizer, campaign):
    campaign.day = date(2026, 10, 3)
    campaign.save()
    client.force_login(organizer)
    form = client.get("/c/read/edit/").context["form"]

    client.post("/c/read/edit/", {name: form[name].value() or "" for name in form.fields})

    campaign.refresh_from_db()
    assert campaign.day == date(2026, 10, 3)


def test_the_empty_dashboard_offers_the_first_step(client, organizer, campaign):
    client.force_login(organizer)

    page = client.get("/c/read/dashboard/").content.decode()

    assert "/host/new/?campaign=read" in page


def test_the_dashboard_shows_counts_and_neither_names_nor_streets(client, organizer, campaign):
    client.force_login(organizer)
    meetup = make_meetup(campaign=campaign, seats=8)
    make_guest(meetup, "maria@example.org", name="Maria Lindqvist", rsvp="yes", party_size=2, diet="no nuts", note="so glad")
    make_guest(meetup, rsvp="maybe")

    page = client.get("/c/read/dashboard/").content.decode()

    assert "2 invited, 2 yes, 1 maybe" in page
    for secret in [STREET, DOOR, PHONE, "Lindqvist", "maria@example.org", "no nuts", "so glad"]:
        assert secret not in page


def test_the_held_ones_say_who_came_and_which_recap_is_missing(client, organizer, campaign):
    client.force_login(organizer)
    told, silent = make_held_meetup(campaign=campaign, title="Told"), make_held_meetup(campaign=campaign, title="Silent")
    make_recap(told)
    make_guest(told, rsvp="yes", attended=True)
    make_meetup(parent=told, campaign=campaign, title="Child")

    page = client.get("/c/read/dashboard/?show=held").content.decode()

    assert page.index("Silent") < page.index("Told")
    assert "recap missing" in page
    assert "led to 1 more" in page
    assert "1 came of 1" in page
    assert silent.has_ended


@pytest.mark.parametrize("path", ["dashboard/", "dashboard/?show=held", "dashboard/?show=all&area=Toronto"])
def test_the_dashboard_takes_at_most_eleven_queries_however_many_meetups(
    client, organizer, campaign, path, django_assert_num_queries
):
    client.force_login(organizer)
    host, kits = make_user(), Kit.objects.bulk_create([Kit(book=make_book()) for _n in range(30)])
    for n, kit in enumerate(kits):
        meetup = make_meetup(host, campaign=campaign, kit=kit, in_days=14 if n % 2 else -3)
        make_contribution(make_guest(meetup, rsvp="yes"))
        cache.clear()
        if n == 2:
            with django_assert_num_queries(11):
                client.get(f"/c/read/{path}")

    with django_assert_num_queries(11):
        client.get(f"/c/read/{path}")


def test_the_csv_holds_counts_that_no_spreadsheet_runs(client, organizer, campaign):
    client.force_login(organizer)
    meetup = make_meetup(campaign=campaign, title='=HYPERLINK("x")')
    make_guest(meetup, name="Maria Lindqvist", rsvp="yes", party_size=2)

    response = client.get("/c/read/dashboard.csv")
    rows = rows_of(response)

    assert rows[0]["title"] == '\'=HYPERLINK("x")'
    assert (rows[0]["yes"], rows[0]["invited"], rows[0]["town"]) == ("2", "1", "Toronto")
    assert response["Cache-Control"] == "no-store"
    assert STREET not in str(rows)
    assert "Lindqvist" not in str(rows)


def test_the_json_holds_the_same_counts_and_text_as_it_was_typed(client, organizer, campaign):
    client.force_login(organizer)
    meetup = make_meetup(campaign=campaign, title='=HYPERLINK("x")', date=date(2027, 1, 15), time=time(19, 30))
    make_guest(meetup, name="Maria Lindqvist", rsvp="yes", party_size=2)
    make_meetup(campaign=campaign, town_name="Hamilton")

    response = client.get("/c/read/dashboard.json?area=Toronto")
    text = b"".join(response.streaming_content).decode()

    (row,) = json.loads(text)["meetups"]
    assert list(row) == COLUMNS
    assert (row["title"], row["yes"], row["date"], row["time"]) == ('=HYPERLINK("x")', 2, "2027-01-15", "19:30")
    assert response["Content-Disposition"] == 'attachment; filename="read.json"'
    assert response["Cache-Control"] == "no-store"
    assert STREET not in text
    assert "Lindqvist" not in text


def test_the_json_of_a_campaign_without_evenings_is_json_too(client, organizer, campaign):
    client.force_login(organizer)

    assert json.loads(b"".join(client.get("/c/read/dashboard.json").streaming_content)) == {"campaign": "read", "meetups": []}


SHEET = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def cells_of(response) -> list[list[tuple[str, str]]]:
    """Return (type, value) of each cell of each row, as the file itself has them."""
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own file
        assert not sheet.findall(".//s:f", SHEET)
    rows = sheet.findall(".//s:row", SHEET)
    return [[(cell.get("t", "n"), "".join(cell.itertext())) for cell in row.findall("s:c", SHEET)] for row in rows]


def test_the_workbook_holds_the_same_counts_in_columns_and_no_formula(client, organizer, campaign):
    client.force_login(organizer)
    meetup = make_meetup(campaign=campaign, title='=HYPERLINK("x")', region="+1", date=date(2027, 1, 15), time=time(19, 30))
    make_guest(meetup, name="Maria Lindqvist", rsvp="yes", party_size=2)

    response = client.get("/c/read/dashboard.xlsx")
    head, row = cells_of(response)

    assert [name for _type, name in head] == COLUMNS
    cells = dict(zip(COLUMNS, row, strict=True))
    assert cells["title"] == ("inlineStr", '\'=HYPERLINK("x")')
    assert cells["region"] == ("inlineStr", "'+1")
    assert (cells["yes"], cells["invited"], cells["town"]) == (("n", "2"), ("n", "1"), ("inlineStr", "Toronto"))
    assert (cells["date"], cells["time"]) == (("n", "46402"), ("n", "0.8125"))
    assert response["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert response["Content-Disposition"] == 'attachment; filename="read.xlsx"'
    assert response["Cache-Control"] == "no-store"
    assert STREET not in str(row)
    assert "Lindqvist" not in str(row)


def test_the_dashboard_offers_both_files(client, organizer, campaign):
    client.force_login(organizer)

    page = client.get("/c/read/dashboard/").content.decode()

    assert 'href="/c/read/dashboard.xlsx"' in page
    assert 'href="/c/read/dashboard.csv"' in page


def test_the_files_take_as_many_queries_for_three_evenings_as_for_one(client, organizer, campaign, django_assert_max_num_queries):
    client.force_login(organizer)
    counts = []
    for number in (1, 2):
        for _evening in range(number):
            make_meetup(campaign=campaign)
        for name in ("dashboard.xlsx", "dashboard.csv", "dashboard.json"):
            cache.clear()
            with django_assert_max_num_queries(20) as queries:
                b"".join(client.get(f"/c/read/{name}").streaming_content)
            counts.append(len(queries))

    assert counts[:3] == counts[3:]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_a_cell_that_would_run_is_made_text(start):
    assert safe_cell(f"{start}1") == f"'{start}1"


def test_an_organizer_is_added_once_and_told_once(client, organizer, campaign):
    client.force_login(organizer)

    client.post("/c/read/organizers/", {"email": "Petra@Example.org", "role": "organizer"})
    client.post("/c/read/organizers/", {"email": "petra@example.org", "role": "helper"})

    assert campaign.organizers.get(user__email="petra@example.org").role == "organizer"
    assert Delivery.objects.get(kind="organizer_added").user.email == "petra@example.org"
