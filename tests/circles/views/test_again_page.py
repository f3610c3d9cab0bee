"""The page on which a host holds an evening again."""

import re

import pytest

from meetups.circles.views.again import EVENINGS_AN_HOUR
from meetups.models import Cohost, Delivery, Guest, Meetup
from tests.factories import make_begun_meetup, make_draft, make_guest, make_held_meetup, make_host, make_meetup
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(host) -> Meetup:
    meetup = make_held_meetup(host)
    make_guest(meetup, "maria@example.org", name="Maria", rsvp="yes", attended=True)
    make_guest(meetup, "ben@example.org", name="Ben", rsvp="no")
    return meetup


def path_of(meetup: Meetup) -> str:
    return f"/host/{meetup.code}/again/"


def filled(door, meetup: Meetup, **changes) -> dict:
    """Return what the page's form sends as it is shown."""
    answer = door.get(path_of(meetup))
    form = answer.context["form"]
    fields = {name: form[name].value() for name in form.fields}
    fields |= {"date": fields["date"].isoformat(), "time": f"{fields['time']:%H:%M}", "personal": ""}
    return fields | {"press": answer.context["idempotency_key"]} | changes


def made_from(held: Meetup) -> Meetup:
    return Meetup.objects.get(again_of=held)


# Who may come in -----------------------------------------------------------------------------------------------------


def test_a_stranger_is_asked_to_sign_in_and_another_host_finds_nothing(client, held):
    before = all_rows()

    stranger = client.post(path_of(held), {"date": "2030-01-01", "time": "19:00"})
    client.force_login(make_host())
    others = [client.get(path_of(held)), client.post(path_of(held), {"date": "2030-01-01", "time": "19:00"})]

    assert (stranger.status_code, stranger.url.partition("?")[0]) == (302, "/accounts/login/")
    assert [answer.status_code for answer in others] == [404, 404]
    # What was typed by who is not signed in waits in a session of their own.
    left_out = {"sessions.Session": [], "hosts.User": []}
    assert (all_rows() | left_out) == (before | left_out)


def test_a_co_host_may_and_the_evening_stays_the_hosts(client, held):
    finn = make_host(shown_name="Finn")
    Cohost.objects.create(meetup=held, user=finn)
    client.force_login(finn)

    client.post(path_of(held), filled(client, held))

    assert made_from(held).host == held.host
    assert client.get(made_from(held).get_desk_url()).status_code == 200


@pytest.mark.parametrize("make", [make_meetup, make_draft])
def test_an_evening_to_come_leads_back_to_its_desk(door, host, make):
    meetup = make(host, in_days=9)

    answers = [door.get(path_of(meetup)), door.post(path_of(meetup), {"date": "2030-01-01", "time": "19:00"})]

    assert [answer.url for answer in answers] == [meetup.get_desk_url()] * 2
    assert Meetup.objects.count() == 1


@pytest.mark.parametrize("make", [make_held_meetup, make_begun_meetup])
def test_the_desk_of_one_that_has_begun_leads_there(door, host, make):
    meetup = make(host)

    assert path_of(meetup) in door.get(meetup.get_desk_url()).content.decode()
    assert door.get(path_of(meetup)).status_code == 200


def test_the_desk_of_a_canceled_one_leads_there(door, host):
    meetup = make_meetup(host, status="canceled", in_days=5)

    assert path_of(meetup) in door.get(meetup.get_desk_url()).content.decode()


# One press -----------------------------------------------------------------------------------------------------------


def test_one_press_publishes_it_two_weeks_on_at_the_same_hour_and_invites_who_came(door, held):
    answer = door.post(path_of(held), filled(door, held))

    made = made_from(held)
    assert answer.url == made.get_desk_url()
    assert (made.status, made.time, made.date.weekday()) == ("published", held.time, held.date.weekday())
    assert (made.date - held.date).days in (14, 28)
    assert list(made.guests.values_list("email", "rsvp")) == [("maria@example.org", "invited")]
    assert "1 invitation is on its way" in door.get(made.get_desk_url()).content.decode()


def test_a_no_is_shown_and_not_ticked(door, held):
    page = door.get(path_of(held)).content.decode()

    boxes = {
        name: "checked" in attrs for attrs, name in re.findall(r'<input type="checkbox" name="people"([^>]*)>\s*(\w+)', page)
    }
    assert boxes == {"Maria": True, "Ben": False}


def test_the_form_sent_twice_makes_one_evening(door, held):
    sent = filled(door, held)

    ends = [door.post(path_of(held), sent).url for _press in range(2)]

    assert ends == [made_from(held).get_desk_url()] * 2
    assert Delivery.objects.filter(kind="invitation").count() == 1


def test_a_guest_of_another_evening_cannot_be_ticked(door, held):
    stranger = make_guest(make_held_meetup(), "evil@example.org", rsvp="yes")

    answer = door.post(path_of(held), filled(door, held, people=[stranger.email_hash]))

    assert "The list has changed" in answer.content.decode()
    assert not Meetup.objects.filter(again_of=held).exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"date": "2020-01-01"}, "That time is past."),
        ({"date": "2199-01-01"}, "more than three years ahead"),
        ({"date": ""}, "This field is required."),
        ({"personal": "Come to 12 Lindenblossom Street"}, "Your line holds the street."),
    ],
)
def test_what_is_refused_is_said_and_what_was_typed_stays(door, held, typed, words):
    sent = filled(door, held, **({"personal": "Bring a friend"} | typed))

    page = door.post(path_of(held), sent).content.decode()

    assert words in page
    assert sent["personal"] in page
    assert not Meetup.objects.filter(again_of=held).exists()


def test_the_number_of_evenings_in_an_hour_is_limited(door, held):
    for _press in range(EVENINGS_AN_HOUR):
        door.post(path_of(held), filled(door, held))
    before = Meetup.objects.count()

    answer = door.post(path_of(held), filled(door, held))

    assert "many evenings in one hour" in answer.content.decode()
    assert Meetup.objects.count() == before


# When something is missing -------------------------------------------------------------------------------------------


def test_where_the_place_is_forgotten_the_rest_becomes_a_draft(door, held):
    Meetup.objects.filter(pk=held.pk).update(street="", door="")
    Guest.objects.filter(meetup=held).update(email=None, name="", shown_name="")

    page = door.get(path_of(held))
    answer = door.post(path_of(held), {"press": page.context["idempotency_key"], "draft": "edit"})

    made = made_from(held)
    assert "the street and number" in page.content.decode()
    assert answer.url == f"/host/{made.code}/edit/"
    assert (made.status, made.date, made.guests.count()) == ("draft", None, 0)


def test_nobody_to_ask_is_said_and_it_can_be_published_all_the_same(door, host):
    held = make_held_meetup(host)

    page = door.get(path_of(held)).content.decode()
    door.post(path_of(held), filled(door, held))

    assert "There is nobody to ask" in page
    assert made_from(held).is_published


def test_the_page_asks_the_database_as_often_with_many_guests_as_with_one(door, host, django_assert_num_queries):
    held = make_held_meetup(host)
    make_guest(held, rsvp="yes")
    with django_assert_num_queries(10) as asked:
        door.get(path_of(held))
    for _n in range(12):
        make_guest(held, rsvp="yes")

    with django_assert_num_queries(len(asked)):
        door.get(path_of(held))
