"""The line "best done next": on every page around the desk, decided in one place, silent about what a held table lacked."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from meetups.models import Guest
from meetups.oversight.acts import freeze_meetup
from tests.access.house import address_of, make_house
from tests.access.test_roles import TABLE
from tests.factories import (
    make_campaign,
    make_debrief,
    make_dish,
    make_draft,
    make_guest,
    make_held_meetup,
    make_meetup,
    make_meetup_in_a_day,
    make_user,
)

pytestmark = pytest.mark.django_db

# The desk has the line large; a draft's own steps and the page to publish it are what is done next.
OTHERWISE = {"host_desk", "host_publish"}
# No page of one evening, or no page at all.
NOT_OF_ONE = {"host_list", "host_new", "host_new_all", "host_kit", "host_kit_edit", "host_kit_delete"}
NO_PAGE = {"host_letter_body", "host_photo"}


def line_on(page: str) -> str:
    """Return the line "best done next" of a page, without its marks."""
    found = re.search(r'<p class="best-next[^>]*>(.*?)</p>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()) if found else ""


def test_every_page_around_the_desk_has_the_line():
    house = make_house()
    names = [name for name, row in TABLE.items() if name.startswith("host_") and row[3] == 200]
    names = [name for name in names if name not in OTHERWISE | NOT_OF_ONE | NO_PAGE]
    client = house["clients"]["host A"]

    without = [name for name in names if not line_on(client.get(address_of(name, house)).content.decode())]

    assert without == []
    assert len(names) > 25


def test_a_guest_and_a_stranger_never_read_it(client):
    meetup = make_meetup(visibility="listed")

    assert "best-next" not in client.get(meetup.get_absolute_url()).content.decode()


def test_the_line_is_that_of_the_desk_with_the_way_to_it(door, host):
    meetup = make_meetup(host)
    step = door.get(meetup.get_desk_url()).context["step"]

    letters, invite = (door.get(reverse(f"host_{name}", args=[meetup.code])).content.decode() for name in ("letters", "invite"))

    assert step.words in line_on(letters) and line_on(letters).endswith(step.label)
    assert f'<a href="{step.url}">{step.label}</a>' in letters
    # On the page itself there is no way to it.
    assert line_on(invite).endswith(step.words)


def test_it_follows_what_was_done(door, host):
    meetup = make_meetup(host)
    page = reverse("host_guests", args=[meetup.code])
    before = line_on(door.get(page).content.decode())
    Guest.objects.bulk_create([Guest(meetup=meetup, name="Eva", rsvp="yes", party_size=1)])

    after = line_on(door.get(page).content.decode())

    assert "Now invite your guests." in before and "Now invite your guests." not in after


def test_it_leads_from_other_pages_to_the_guests_on_the_desk(door, host):
    meetup = make_meetup_in_a_day(host=host)
    make_guest(meetup, name="Eva", rsvp="yes")

    page = door.get(reverse("host_letters", args=[meetup.code])).content.decode()

    assert "Call those who have not confirmed: Eva." in line_on(page)
    assert f'<a href="{meetup.get_desk_url()}#guests">See them</a>' in page


def test_as_many_queries_for_many_guests_as_for_two(door, host):
    meetup = make_meetup(host)
    counted = []
    for number in (2, 5):
        for _guest in range(number):
            make_guest(meetup, rsvp="yes")
        with CaptureQueriesContext(connection) as queries:
            door.get(reverse("host_cover", args=[meetup.code]))
        counted.append(len(queries))

    assert counted[0] == counted[1]


def test_while_it_is_on_hold_nobody_is_sent_to_invite(door, host):
    meetup = make_meetup(host, campaign=make_campaign(), seats=10)
    make_guest(meetup, rsvp="maybe")
    pages = [meetup.get_desk_url(), reverse("host_letters", args=[meetup.code])]
    before = [door.get(page).content.decode() for page in pages]
    freeze_meetup(meetup, by=make_user("olga@example.org"), reason="A neighbor wrote.")

    desk, letters = (door.get(page).content.decode() for page in pages)

    assert all("Invite more" in page for page in before)
    assert "Invite more" not in desk + letters
    assert line_on(letters).startswith("Best done next: Your evening is on hold until ")
    # On the desk the box of the hold has the way there.
    hold = reverse("host_hold", args=[meetup.code])
    assert (desk.count(hold), letters.count(hold)) == (1, 1)


# After the evening ---------------------------------------------------------------------------------------------------


def test_the_desk_of_a_held_evening_says_nothing_of_what_the_table_lacked(door, host):
    held, ahead = make_held_meetup(host, seats=10), make_meetup(host, seats=10)
    for meetup in (held, ahead):
        make_guest(meetup, rsvp="yes", attended=True)
        make_guest(meetup, rsvp="maybe")
        make_dish(meetup, "bread")
    make_debrief(held)
    pages = ["desk", "table", "print", "guests", "letters"]

    def read(meetup):
        return " ".join(door.get(reverse(f"host_{page}", args=[meetup.code])).content.decode() for page in pages)

    lacking = ["still lacks", "Nothing is lacking", "seats are free", " more. About half", "Invite more"]
    found = {meetup: [words for words in lacking if words in read(meetup)] for meetup in (held, ahead)}

    assert found[held] == []
    assert {"still lacks", "seats are free", "Invite more"} <= set(found[ahead])


def test_a_draft_has_the_line_where_it_leads_on(door, host):
    draft = make_draft(host, street="")

    page = door.get(reverse("host_edit", args=[draft.code])).content.decode()
    step = door.get(reverse("host_part", args=[draft.code, "when"])).content.decode()

    assert "the street and number" in line_on(page) and line_on(step) == ""
