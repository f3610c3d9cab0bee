"""Calendar files, parsed by another library than the one that writes them."""

from datetime import UTC, date, datetime, time

import pytest
import vobject
from icalendar import Calendar

from meetups.guests.ical import CANCEL, REQUEST, calendar_file, calendar_part
from meetups.models import Guest
from tests.factories import DOOR, PHONE, STREET, make_guest, make_host, make_meetup

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("late_november")]
TITLE = 'A, B; C\\ "D"\nBEGIN:VEVENT'


def make_yes(**fields):
    meetup = make_meetup(
        make_host("ana.login@example.org", shown_name=fields.pop("host_name", "Ana")),
        date=fields.pop("date", date(2026, 12, 15)),
        time=fields.pop("time", time(19)),
        zone=fields.pop("zone", "America/Vancouver"),
        title=fields.pop("title", "Dinner at Ana's"),
        code="abcdefgh23",
        revision=2,
    )
    return make_guest(meetup, "maria@example.org", **({"rsvp": "yes", "num_answers": 1} | fields))


def unfolded(data: bytes) -> str:
    return data.decode().replace("\r\n ", "")


def test_request_says_everything_once_in_utc():
    guest = make_yes()

    calendar = vobject.readOne(calendar_part(guest, REQUEST).decode())

    event = calendar.vevent
    assert calendar.method.value == "REQUEST"
    assert event.uid.value == "abcdefgh23@localhost"
    assert event.sequence.value == "3"
    assert event.summary.value == "Dinner at Ana's"
    assert event.dtstart.value == datetime(2026, 12, 16, 2, tzinfo=UTC)
    assert event.dtend.value == datetime(2026, 12, 16, 5, tzinfo=UTC)
    assert event.location.value == f"{STREET}, Toronto, Ontario M6G 1A1, Canada"
    assert event.status.value == "CONFIRMED"
    assert "DTSTART:20261216T020000Z" in unfolded(calendar_part(guest, REQUEST))
    assert event.dtstamp.value.tzinfo is not None


def test_request_has_one_attendee_who_has_accepted_and_our_organizer():
    event = vobject.readOne(calendar_part(make_yes(host_name='Ana "the, cook"'), REQUEST).decode()).vevent

    assert [line.value.lower() for line in event.contents["attendee"]] == ["mailto:maria@example.org"]
    assert event.attendee.params == {"PARTSTAT": ["ACCEPTED"], "RSVP": ["FALSE"]}
    assert event.organizer.value.lower() == "mailto:meetups@localhost"
    assert event.organizer.params == {"CN": ["Ana 'the, cook'"]}


def test_cancel_is_the_same_event_one_step_later():
    guest = make_yes()
    request = vobject.readOne(calendar_part(guest, REQUEST).decode()).vevent
    guest.rsvp, guest.num_answers = Guest.Rsvp.NO, 2

    calendar = vobject.readOne(calendar_part(guest, CANCEL).decode())

    assert calendar.method.value == "CANCEL"
    assert calendar.vevent.status.value == "CANCELLED"
    assert calendar.vevent.uid.value == request.uid.value
    assert int(calendar.vevent.sequence.value) == int(request.sequence.value) + 1
    assert calendar.vevent.organizer.value == request.organizer.value
    assert calendar.vevent.attendee.value == request.attendee.value
    assert STREET not in unfolded(calendar_part(guest, CANCEL))


def test_file_behind_the_link_names_no_attendee():
    text = calendar_file(make_yes()).decode()

    calendar = vobject.readOne(text)
    assert calendar.method.value == "PUBLISH"
    assert "attendee" not in calendar.vevent.contents
    assert calendar.vevent.location.value.startswith(STREET)
    assert "maria@example.org" not in text


@pytest.mark.parametrize("rsvp", ["invited", "maybe", "no", "waiting"])
def test_location_is_the_area_for_one_without_a_seat(rsvp):
    guest = make_yes(rsvp=rsvp)

    files = [unfolded(calendar_file(guest)), unfolded(calendar_part(guest, CANCEL))]

    for text in files:
        assert "LOCATION:Toronto\\, Ontario\r\n" in text
        assert "Lindenblossom" not in text


def test_door_phone_notes_and_login_address_are_in_no_calendar():
    guest = make_yes(note="I cannot climb stairs", diet="no nuts")

    for text in [unfolded(calendar_part(guest, REQUEST)), unfolded(calendar_file(guest))]:
        for private in [DOOR, PHONE, "stairs", "nuts", "ana.login", "/r/"]:
            assert private not in text


@pytest.mark.parametrize("title", [TITLE, "Dîner chez Zoë, 晩ご飯 🍞 " * 5, "a\\nb", "x" * 120])
def test_title_is_read_back_equal_and_makes_no_second_event(title):
    data = calendar_part(make_yes(title=title), REQUEST)

    assert vobject.readOne(data.decode()).vevent.summary.value == title.strip()
    events = Calendar.from_ical(data).walk("VEVENT")
    assert [str(event["summary"]) for event in events] == [title.strip()]


def test_lines_end_and_fold_as_the_standard_says_without_cutting_a_letter():
    data = calendar_part(make_yes(title="晩ご飯 🍞 " * 12), REQUEST)

    lines = data.split(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert max(len(line) for line in lines) <= 75
    assert [line.decode() for line in lines]


def test_canceled_meetup_says_so_in_the_file():
    guest = make_yes()
    guest.meetup.status = "canceled"

    event = vobject.readOne(calendar_file(guest).decode()).vevent

    assert event.status.value == "CANCELLED"
    assert event.location.value == "Toronto, Ontario"


@pytest.mark.parametrize(
    ("zone", "day", "clock", "instant"),
    [
        ("America/Vancouver", date(2026, 12, 15), time(19), "20261216T020000Z"),
        ("America/Toronto", date(2026, 11, 1), time(19), "20261102T000000Z"),
        ("America/Toronto", date(2027, 3, 14), time(19), "20270314T230000Z"),
        ("America/St_Johns", date(2027, 3, 14), time(19, 30), "20270314T220000Z"),
        ("Australia/Lord_Howe", date(2027, 4, 4), time(19), "20270404T083000Z"),
        ("Asia/Kathmandu", date(2026, 12, 15), time(19), "20261215T131500Z"),
    ],
)
def test_start_is_the_instant_of_the_wall_time(zone, day, clock, instant):
    text = unfolded(calendar_part(make_yes(zone=zone, date=day, time=clock), REQUEST))

    assert f"DTSTART:{instant}\r\n" in text
