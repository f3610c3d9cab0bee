"""The host's pages of a row of evenings, and the guest's page on which it is left."""

from datetime import timedelta

import pytest

from meetups.access.tokens import make_guest_token, make_unsubscribe_token
from meetups.circles.people import same_people
from meetups.circles.services.circle import start_circle
from meetups.models import Circle, CircleEvening, CircleMember, Cohost, Guest, Meetup
from meetups.times import clock
from tests.factories import STREET, make_draft, make_guest, make_host, make_meetup
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def meetup(host) -> Meetup:
    meetup = make_meetup(host, in_days=5)
    make_guest(meetup, "maria@example.org", name="Maria", rsvp="yes")
    return meetup


@pytest.fixture
def row(meetup) -> Circle:
    circle = start_circle(meetup, rhythm="weekly", people=same_people(meetup), first=meetup.date + timedelta(days=7), count=3)
    meetup.refresh_from_db()
    return circle


def path_of(meetup: Meetup, page: str = "") -> str:
    return f"/host/{meetup.code}/circle/{page}"


def guest_path(guest: Guest, page: str = "/circle") -> str:
    return f"/r/{make_guest_token(guest)}{page}"


def planned() -> list[CircleEvening]:
    return list(CircleEvening.objects.filter(meetup=None))


def typed(meetup: Meetup, **fields) -> dict:
    day = (meetup.date + timedelta(days=14)).isoformat()
    everybody = [person.email_hash for person in same_people(meetup)]
    return {"rhythm": "fortnightly", "date": day, "time": "19:00", "count": "3", "until": "", "people": everybody} | fields


# Who may come in -----------------------------------------------------------------------------------------------------


def test_a_stranger_is_asked_to_sign_in_and_another_host_finds_nothing(client, meetup, row):
    other, member = make_host(), CircleMember.objects.get()
    pages = ["", "people/", f"people/{member.pk}/", "stop/", f"evenings/{planned()[0].pk}/"]
    words = {"addresses": "evil@example.net", "knows": "on", "skip": "1", **typed(meetup)}
    before = all_rows()

    strangers = [client.post(path_of(meetup, page), words) for page in pages]
    client.force_login(other)
    others = [client.post(path_of(meetup, page), words) for page in pages]

    assert {(answer.status_code, answer.url.partition("?")[0]) for answer in strangers} == {(302, "/accounts/login/")}
    assert {answer.status_code for answer in others} == {404}
    left_out = {"sessions.Session": [], "hosts.User": []}
    assert (all_rows() | left_out) == (before | left_out)


def test_what_belongs_to_another_row_is_not_found(door, host, meetup, row):
    theirs = make_meetup(in_days=5)
    make_guest(theirs, rsvp="yes")
    start_circle(theirs, rhythm="weekly", people=same_people(theirs), first=theirs.date + timedelta(days=7), count=2)
    evening = CircleEvening.objects.exclude(circle=row).filter(meetup=None).first()
    member = CircleMember.objects.exclude(circle=row).get()

    answers = [
        door.post(path_of(meetup, f"evenings/{evening.pk}/"), {"skip": "1"}),
        door.post(path_of(meetup, f"people/{member.pk}/")),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_a_co_host_may(client, meetup, row):
    finn = make_host(shown_name="Finn")
    Cohost.objects.create(meetup=meetup, user=finn)
    client.force_login(finn)

    client.post(path_of(meetup, "stop/"))

    row.refresh_from_db()
    assert row.is_stopped


def test_a_get_of_what_changes_is_refused(door, meetup, row):
    pages = ["people/", f"people/{CircleMember.objects.get().pk}/", "stop/", f"evenings/{planned()[0].pk}/"]

    assert {door.get(path_of(meetup, page)).status_code for page in pages} == {405}


def test_an_evening_without_a_row_leads_to_where_one_is_started(door, meetup):
    assert door.post(path_of(meetup, "stop/")).url == path_of(meetup)


# Starting ------------------------------------------------------------------------------------------------------------


def test_the_page_makes_a_row_of_what_it_shows(door, meetup):
    page = door.get(path_of(meetup))
    answer = door.post(path_of(meetup), typed(meetup))

    assert "Every second week" in page.content.decode() or "every second week" in page.content.decode()
    assert answer.url == path_of(meetup)
    assert len(planned()) == 3
    assert list(CircleMember.objects.values_list("email", flat=True)) == ["maria@example.org"]
    assert "Nobody is written to yet." in door.get(path_of(meetup)).content.decode()


def test_on_the_hosts_word_no_day_is_asked_for(door, meetup):
    door.post(path_of(meetup), {"rhythm": "on_word", "date": "", "time": "", "count": "", "until": ""})

    assert (Circle.objects.get().rhythm, planned()) == ("on_word", [])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"date": "2020-01-01"}, "That time is past."),
        ({"count": "13"}, "less than or equal to 12"),
        ({"count": ""}, "This field is required."),
        ({"rhythm": "hourly"}, "Select a valid choice"),
        ({"until": "2020-01-01"}, "That is before the first of them."),
        ({"people": ["0" * 64]}, "The list has changed."),
    ],
)
def test_what_is_refused_is_said_and_what_was_typed_stays(door, meetup, changes, words):
    page = door.post(path_of(meetup), typed(meetup, time="18:45") | changes).content.decode()

    assert words in page
    assert 'value="18:45"' in page
    assert Circle.objects.count() == 0


def test_a_draft_is_published_first(door, host):
    draft = make_draft(host)

    assert door.get(path_of(draft)).url == draft.get_desk_url()


# The row -------------------------------------------------------------------------------------------------------------


def test_the_row_shows_its_evenings_and_its_people(door, meetup, row):
    page = door.get(path_of(meetup)).content.decode()

    assert page.count("Leave it out") == 3
    assert "Maria" in page
    assert path_of(meetup) in door.get(meetup.get_desk_url()).content.decode()


def test_one_evening_is_left_out_taken_in_and_moved(door, meetup, row):
    one = planned()[0]
    path, day = path_of(meetup, f"evenings/{one.pk}/"), (meetup.date + timedelta(days=9)).isoformat()

    door.post(path, {"skip": "1"})
    left_out = door.get(path_of(meetup)).content.decode()
    door.post(path, {"back": "1"})
    door.post(path, {f"evening{one.pk}-date": day, f"evening{one.pk}-time": "18:00"})
    wrong = door.post(path, {f"evening{one.pk}-date": "2020-01-01", f"evening{one.pk}-time": "18:00"}).content.decode()

    one.refresh_from_db()
    assert left_out.count("Put it back") == 1
    assert (one.date.isoformat(), f"{one.time:%H:%M}", one.is_skipped) == (day, "18:00", False)
    assert "That time is past." in wrong
    assert 'value="2020-01-01"' in wrong


def test_people_are_added_and_taken_off(door, meetup, row):
    door.post(path_of(meetup, "people/"), {"addresses": "Di <di@example.org>", "knows": "on", "personal": ""})
    wrong = door.post(path_of(meetup, "people/"), {"addresses": "nobody", "knows": "on", "personal": ""}).content.decode()
    door.post(path_of(meetup, f"people/{CircleMember.objects.get(name='Maria').pk}/"))

    assert list(CircleMember.objects.staying().values_list("name", flat=True)) == ["Di"]
    assert "This was not understood: nobody." in wrong
    assert "1 person has left it" in door.get(path_of(meetup)).content.decode()


def test_the_row_is_stopped_and_goes_on(door, meetup, row):
    door.post(path_of(meetup, "stop/"))
    stopped = door.get(path_of(meetup)).content.decode()
    door.post(path_of(meetup, "stop/"), {"again": "1"})

    row.refresh_from_db()
    assert "The row is stopped: no evening follows by itself." in stopped
    assert "Leave it out" not in stopped
    assert not row.is_stopped


def test_the_page_asks_the_database_as_often_with_many_evenings_as_with_few(door, meetup, row, django_assert_num_queries):
    with django_assert_num_queries(18) as asked:
        door.get(path_of(meetup))
    for n in range(8):
        CircleMember.objects.create(circle=row, email=f"m{n}@example.org", email_hash=f"{n:064}", name=f"M{n}")
        CircleEvening.objects.create(circle=row, date=meetup.date + timedelta(days=50 + n), time=meetup.time)
        make_meetup(meetup.host, in_days=60 + n, circle=row)

    with django_assert_num_queries(len(asked)):
        door.get(path_of(meetup))


# Leaving -------------------------------------------------------------------------------------------------------------


def test_a_guest_leaves_by_one_press_and_may_come_back(client, meetup, row):
    guest = meetup.guests.get()
    before = all_rows()
    shown = client.get(guest_path(guest))
    assert all_rows() == before

    left = client.post(guest_path(guest))
    after = client.get(guest_path(guest)).content.decode()
    gone = CircleMember.objects.staying().count()
    client.post(guest_path(guest), {"back": "1"})

    assert (shown.status_code, shown.cookies, STREET in shown.content.decode()) == (200, {}, False)
    assert (left.status_code, left.url) == (303, guest_path(guest))
    assert "Ana will not ask you to later evenings" in after
    assert (gone, CircleMember.objects.staying().count()) == (0, 1)
    assert meetup.guests.get().rsvp == "yes"


def test_the_guests_page_leads_there_and_that_of_a_single_evening_does_not(client, host, meetup, row):
    alone = make_guest(make_meetup(host))

    assert "/circle" in client.get(guest_path(meetup.guests.get(), "")).content.decode()
    assert "/circle" not in client.get(guest_path(alone, "")).content.decode()
    assert client.get(guest_path(alone)).status_code == 404


def test_wrong_links_leave_nothing(client, meetup, row):
    guest = meetup.guests.get()
    Guest.objects.filter(pk=guest.pk).update(removed_at=clock.now())

    answers = [client.post(f"/r/{token}/circle") for token in (make_guest_token(guest), make_unsubscribe_token(guest), "A" * 43)]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert CircleMember.objects.staying().count() == 1
