"""A book's page and its frozen reports: what anybody reads, who may freeze, and what vanishes when it is taken back."""

import json
import re
from datetime import UTC, date, datetime

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hosts.models import Organizer
from meetups.models import SenseReport
from meetups.recaps.services.recap import edit_recap, take_down_recap
from tests.factories import (
    STREET,
    make_book,
    make_campaign,
    make_draft,
    make_guest,
    make_held_meetup,
    make_kit,
    make_meetup,
    make_recap,
    make_user,
    sign_in_with_factor,
)
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
PAGE = "/books/transforming-power/"


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    cache.clear()


@pytest.fixture
def book():
    return make_book("Transforming Power", slug="transforming-power")


def tell(book, *agree: str, questions: str = "Where does change begin?", **fields):
    host = make_user(shown_name="Ana")
    meetup = make_held_meetup(host, kit=make_kit(book=book, questions=questions), **fields)
    return make_recap(meetup, agree="\n".join(agree), question="Where does change begin?", differ="Where to begin.")


def page_of(client, path: str = PAGE) -> str:
    response = client.get(path)
    assert response.status_code == 200
    assert not response.cookies
    return response.content.decode()


def test_page_has_every_table_that_told_and_the_evenings_to_come_first(client, book):
    recap = tell(book, "Soup helps.")
    listed = make_meetup(kit=make_kit(book=book), title="A table to come", visibility="listed")
    hidden = [make_meetup(kit=make_kit(book=book), title=title, visibility=title) for title in ("link", "private")]
    other = tell(make_book("Small Gods", slug="small-gods"), "Turtles.")

    page = page_of(client)

    lists = page[page.index("Tables to come") :]
    assert lists.index(listed.get_absolute_url()) < lists.index(recap.get_absolute_url())
    assert other.get_absolute_url() not in page
    assert not any(meetup.get_absolute_url() in page for meetup in hidden)
    assert f"/recaps/{recap.slug}/hold/" in page
    assert STREET not in page


def test_from_five_tables_on_what_they_found_stands_side_by_side(client, book):
    for number in range(4):
        tell(book, "Nobody changes a city alone.", town_name=f"Town{number}")
    before = page_of(client)
    alone = tell(book, "Begin with the street.", town_name="Leeds")

    page = page_of(client)

    assert "What the tables found" not in before and f"{PAGE}reports/" not in before
    assert f'href="{PAGE}reports/"' in page
    assert page.count("Nobody changes a city alone.") == 1 and "4 tables:" in page
    assert re.search(rf'Begin with the street\.</p><p class="fine">One table: <a href="{alone.get_absolute_url()}">Leeds', page)


def test_a_changed_question_is_shown_as_a_variation(client, book):
    for _ in range(2):
        tell(book)
    tell(book, questions="Where did it begin in our street?")

    page = page_of(client)

    assert page.index("Where does change begin?") < page.index("Tables also asked") < page.index("Where did it begin in our")


@pytest.mark.parametrize(
    "fields", [{"visibility": "private"}, {"visibility": "link"}, {"visibility": "listed", "status": "draft"}]
)
def test_a_book_that_nobody_reads_in_public_has_no_page(client, book, fields):
    make_draft(kit=make_kit(book=book), **fields) if "status" not in fields else make_meetup(kit=make_kit(book=book), **fields)

    assert client.get(PAGE).status_code == 404
    assert client.get("/books/nothing/").status_code == 404


def test_a_book_of_evenings_to_come_alone_has_a_page_and_starts_an_evening_with_it(client, book):
    make_meetup(kit=make_kit(book=book), visibility="listed")
    host = make_user(shown_name="Bea")
    signed_in = Client()
    signed_in.force_login(host)

    page = page_of(client)
    form = signed_in.get("/host/new/?book=transforming-power", follow=True).content.decode()

    assert "No table has told yet what it found." in page
    assert "/host/new/?book=transforming-power" in page
    assert '<option value="" selected>Transforming Power' in form
    assert "not to be found any more" in signed_in.get("/host/new/?book=nothing", follow=True).content.decode()


def test_queries_do_not_grow_with_tables(client, book):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            page_of(client)
        return len(queries)

    for _ in range(5):
        tell(book, "Soup helps.")
    make_meetup(kit=make_kit(book=book), visibility="listed")
    few = count()
    for _ in range(4):
        tell(book, "Bread helps.")
        make_meetup(kit=make_kit(book=book), visibility="listed")

    assert count() == few <= 7


def test_many_tables_stand_on_several_pages(client, book):
    recaps = [tell(book) for _ in range(21)]

    first, second = page_of(client), page_of(client, f"{PAGE}?page=2")

    assert "Page 1 of 2" in first and "Tables to come" not in second
    assert sum(recap.get_absolute_url() in first for recap in recaps) >= 20
    assert recaps[0].get_absolute_url() in second


def test_the_page_tells_programs_a_book_and_its_recaps(client, book, settings):
    recap = tell(book)

    page = page_of(client)
    facts = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)[1])

    assert facts == {
        "@context": "https://schema.org",
        "@type": "Book",
        "name": "Transforming Power",
        "url": settings.PUBLIC_URL + PAGE,
        "author": {"@type": "Person", "name": "Judy Rebick"},
        "subjectOf": [
            {"@type": "Article", "headline": recap.question, "url": settings.PUBLIC_URL + recap.get_absolute_url()},
        ],
    }
    assert f'<link rel="canonical" href="{settings.PUBLIC_URL}{PAGE}">' in page
    assert f'href="{settings.PUBLIC_URL}{PAGE}feed.atom"' in page


def test_recap_and_listed_evening_lead_to_the_book_and_a_private_one_does_not(client, book):
    recap = tell(book)
    listed, by_link = (make_meetup(kit=make_kit(book=book), visibility=name) for name in ("listed", "link"))

    assert PAGE in page_of(client, recap.get_absolute_url())
    assert PAGE in page_of(client, listed.get_absolute_url())
    assert PAGE not in page_of(client, by_link.get_absolute_url())


# Reports -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def five(book):
    recaps = [tell(book, "Nobody changes a city alone.", f"Only table{n} says{n} this{n}.") for n in range(5)]
    campaign = make_campaign(slug="read-together")
    recaps[0].meetup.campaign = campaign
    recaps[0].meetup.save()
    return recaps


def organizer() -> Client:
    user = make_user(shown_name="Olu")
    campaign = make_campaign(slug="of-olu")
    make_kit(campaign=campaign, book=make_book("Transforming Power"))
    Organizer.objects.create(campaign=campaign, user=user)
    client = Client()
    client.force_login(user)
    return client


def test_an_organizer_freezes_a_report_and_anybody_reads_it(client, book, five):
    answer = organizer().post(f"{PAGE}reports/")
    report = SenseReport.objects.get()
    tell(book, "Said too late.")

    page = page_of(client, report.get_absolute_url())

    assert answer.status_code == 302 and answer["Location"] == report.get_absolute_url()
    assert report.get_absolute_url() == f"{PAGE}report/{report.name}/"
    assert "Nobody changes a city alone." in page and "5 tables" in page
    assert "Said too late." not in page
    assert report.get_absolute_url() in page_of(client)


def test_an_evening_of_the_last_of_a_month_is_of_that_month(client, book, moved_clock):
    moved_clock(to=datetime(2026, 12, 5, 20, tzinfo=UTC))
    # 19:00 in Toronto is the next day by UTC.
    told = [tell(book, "Soup helps.", date=date(2026, 11, 30)) for _ in range(5)]
    organizer().post(f"{PAGE}reports/")

    pages = [page_of(client, path) for path in (PAGE, "/", SenseReport.objects.get().get_absolute_url())]

    assert told[0].meetup.starts_at.month == 12
    assert all("A table in Toronto, Ontario, November 2026" in page for page in pages)


def test_words_taken_back_later_vanish_from_a_frozen_report_and_are_not_kept_in_it(client, book, five):
    organizer().post(f"{PAGE}reports/")
    report = SenseReport.objects.get()
    etag = client.get(report.get_absolute_url())["ETag"]

    edit_recap(five[0], agree="Nobody changes a city alone.")
    take_down_recap(five[1])
    answer = client.get(report.get_absolute_url(), headers={"If-None-Match": etag})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "table0" not in page and "table1" not in page and "table2" in page
    assert five[1].get_absolute_url() not in page
    assert "2 lines were taken back" in page
    assert "Nobody" not in json.dumps(report.content)


def test_two_reports_of_a_day_have_two_names_and_four_tables_are_too_few(book, five):
    client = organizer()
    client.post(f"{PAGE}reports/")
    client.post(f"{PAGE}reports/")
    take_down_recap(five[0])

    refused = client.post(f"{PAGE}reports/", follow=True).content.decode()

    first, second = SenseReport.objects.order_by("pk")
    assert second.name == f"{first.name}-2"
    assert "A report needs 5 tables" in refused


def test_nobody_else_freezes_and_reading_changes_nothing(client, book, five):
    host, other, staff = five[0].meetup.host, make_user(), make_user(is_staff=True)
    Organizer.objects.create(campaign=make_campaign(slug="another"), user=other)
    guest = make_guest(five[0].meetup)
    before = all_rows()

    answers = [client.post(f"{PAGE}reports/").status_code]
    for user in (host, other, staff):
        signed_in = Client()
        signed_in.force_login(user)
        answers.append(signed_in.post(f"{PAGE}reports/").status_code)
        signed_in.get(PAGE)
    for path in (PAGE, f"{PAGE}report/2026-01-01/", f"{PAGE}reports/"):
        client.get(path)

    after = all_rows()
    assert answers == [302, 404, 404, 404] and guest.pk
    assert [name for name in before if before[name] != after[name] and name != "sessions.Session" and name != "hosts.User"] == []
    assert SenseReport.objects.count() == 0


def test_staff_with_a_second_factor_freeze(book, five):
    staff = make_user(is_staff=True, is_superuser=True)
    client = Client()
    sign_in_with_factor(client, staff)

    assert client.post(f"{PAGE}reports/").status_code == 302
    assert SenseReport.objects.get().frozen_by == staff
