"""The host's pages on which a date is found."""

import re

import pytest

from meetups.circles.services.again import copy_evening
from meetups.models import Cohost, DateOption, DatePoll, Delivery, Guest, Meetup
from tests.circles.polls import in_days, make_polled, options_of, say
from tests.factories import make_draft, make_guest, make_held_meetup, make_host, make_meetup
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


def path_of(meetup: Meetup, page: str = "") -> str:
    return f"/host/{meetup.code}/dates/{page}"


def filled(*days: int, **fields) -> dict:
    sent = {f"date_{number}": in_days(day).isoformat() for number, day in enumerate(days, 1)}
    sent |= {f"time_{number}": "19:30" for number in range(1, 9)}
    return sent | {"addresses": "Maria <maria@example.org>\nben@example.org", "knows": "on", "personal": ""} | fields


@pytest.fixture
def draft(host) -> Meetup:
    return make_draft(host, date=None)


# Who may come in -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["", "stop/", "choose/"])
def test_a_stranger_is_asked_to_sign_in_and_another_host_finds_nothing(client, host, page):
    meetup = make_polled(host)
    other = make_host()
    before = all_rows()

    stranger = client.post(path_of(meetup, page), {"option": options_of(meetup)[0].pk, **filled(5, 6)})
    client.force_login(other)
    theirs = client.post(path_of(meetup, page), {"option": options_of(meetup)[0].pk, **filled(5, 6)})

    assert (stranger.status_code, stranger.url.partition("?")[0], theirs.status_code) == (302, "/accounts/login/", 404)
    left_out = {"sessions.Session": [], "hosts.User": []}
    assert (all_rows() | left_out) == (before | left_out)


def test_a_co_host_asks_and_chooses_as_the_host_does(client, draft):
    finn = make_host(shown_name="Finn")
    Cohost.objects.create(meetup=draft, user=finn)
    client.force_login(finn)

    client.post(path_of(draft), filled(8, 9))
    client.post(path_of(draft, "choose/"), {"option": DateOption.objects.first().pk})

    draft.refresh_from_db()
    assert (draft.status, draft.host.email) == ("published", "ana@example.org")


def test_a_published_evening_has_its_day(door, host):
    meetup = make_meetup(host)

    answers = [door.get(path_of(meetup)), door.post(path_of(meetup), filled(5, 6)), door.post(path_of(meetup, "choose/"))]

    assert [answer.url for answer in answers] == [meetup.get_desk_url()] * 3
    assert DatePoll.objects.count() == 0


# Asking --------------------------------------------------------------------------------------------------------------


def test_the_days_and_the_people_are_asked_for_and_letters_are_owed(door, draft):
    page = door.get(path_of(draft)).content.decode()
    answer = door.post(path_of(draft), filled(8, 10, 12))

    assert page.count('type="date"') == 8
    assert answer.url == path_of(draft)
    assert [(option.date, f"{option.time:%H:%M}") for option in options_of(draft)] == [(in_days(n), "19:30") for n in (8, 10, 12)]
    assert "2 letters ask for a day." in door.get(path_of(draft)).content.decode()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"date_2": ""}, "This field is required."),
        ({"date_2": "the same"}, "stands there twice"),
        ({"date_2": "2020-02-02"}, "That time is past."),
        ({"date_2": "not a day"}, "Enter a valid date."),
        ({"addresses": ""}, "Please say who is asked."),
        ({"addresses": "maria at example"}, "This was not understood: maria at example."),
        ({"knows": ""}, "We write only to people the host knows."),
        ({"personal": "See www.example.net"}, "A web address cannot stand here."),
    ],
)
def test_what_is_refused_is_said_in_words_and_what_was_typed_stays(door, draft, typed, words):
    typed = {name: in_days(8).isoformat() if value == "the same" else value for name, value in typed.items()}
    answer = door.post(path_of(draft), filled(8, 9, **({"personal": "Bring a question"} | typed)))

    page = answer.content.decode()
    assert words in page
    assert f'value="{in_days(8).isoformat()}"' in page
    assert ({"personal": "Bring a question"} | typed)["personal"] in page
    assert (DatePoll.objects.count(), Delivery.objects.count()) == (0, 0)


def test_what_the_evening_lacks_is_said_before_anything_is_typed(door, host):
    draft = make_draft(host, date=None, street="", seats=None)

    page = door.get(path_of(draft)).content.decode()

    assert "the street and number and the number of seats" in page
    assert f"/host/{draft.code}/edit/" in page


def test_from_an_evening_before_its_people_are_ticked(door, host):
    held = make_held_meetup(host)
    make_guest(held, "maria@example.org", name="Maria", rsvp="yes")
    make_guest(held, "ben@example.org", name="Ben", rsvp="no")
    press = door.get(f"/host/{held.code}/again/").context["idempotency_key"]

    draft = door.post(f"/host/{held.code}/again/", {"press": press, "draft": "dates"})
    page = door.get(draft.url)
    ticked = page.context["form"]["people"].value()
    door.post(draft.url, filled(8, 9, addresses="", knows="", people=ticked))

    assert Meetup.objects.get(again_of=held).is_draft
    asked = Delivery.objects.filter(kind="date_poll", context__is_again=True)
    assert list(asked.values_list("guest__email", flat=True)) == ["maria@example.org"]
    # Who is asked already is not named a second time.
    assert list(door.get(draft.url).context["form"].of_hash.values())[0].name == "Ben"


# What they said ------------------------------------------------------------------------------------------------------


def test_the_table_counts_and_names_and_the_best_day_comes_first_to_the_eye(door, host):
    meetup = make_polled(host, "Maria", "Ben", "Cy")
    say("Maria", "if_needed", "yes", "no"), say("Ben", "no", "yes", "if_needed")

    answer = door.get(path_of(meetup))

    page = " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())
    table = answer.context["table"]
    assert [(row.yes, row.if_needed, row.no) for row in table.rows] == [
        ([], ["Maria"], ["Ben"]),
        (["Maria", "Ben"], [], []),
        ([], ["Ben"], ["Maria"]),
    ]
    assert table.best is table.rows[1]
    assert table.silent == ["Cy"]
    assert "2 Maria, Ben" in page


def test_the_table_asks_the_database_as_often_with_many_as_with_one(door, host, django_assert_num_queries):
    few, many = make_polled(host, "Maria"), make_polled(host, *(f"Guest{n}" for n in range(9)))
    for guest in Guest.objects.filter(meetup=many):
        say(guest.name, "yes", "no", "yes")
    with django_assert_num_queries(8) as asked:
        door.get(path_of(few))

    with django_assert_num_queries(len(asked)):
        door.get(path_of(many))


def test_a_day_is_chosen_by_one_press(door, host):
    meetup = make_polled(host, "Maria")
    say("Maria", "yes")
    option = options_of(meetup)[0]

    answers = [door.post(path_of(meetup, "choose/"), {"option": option.pk}) for _press in range(2)]

    meetup.refresh_from_db()
    assert [answer.url for answer in answers] == [meetup.get_desk_url()] * 2
    assert (meetup.status, meetup.date, meetup.guests.get().rsvp) == ("published", option.date, "yes")
    assert Delivery.objects.filter(kind="date_chosen").count() == 1


def test_another_day_is_chosen_by_typing_it(door, host):
    meetup = make_polled(host, "Maria")

    wrong = door.post(path_of(meetup, "choose/"), {"other-date": "2020-01-01", "other-time": "19:00"})
    door.post(path_of(meetup, "choose/"), {"other-date": in_days(30).isoformat(), "other-time": "18:00"})

    meetup.refresh_from_db()
    assert "That time is past." in wrong.content.decode()
    assert 'value="2020-01-01"' in wrong.content.decode()
    assert (meetup.status, meetup.date) == ("published", in_days(30))


@pytest.mark.parametrize("pk", ["999999", "x", "-1", "9" * 30, "\x00"])
def test_a_day_of_another_table_is_not_chosen(door, host, pk):
    meetup, other = make_polled(host, "Maria"), make_polled(None, "Cy")

    answers = [door.post(path_of(meetup, "choose/"), {"option": wrong}) for wrong in (pk, options_of(other)[0].pk)]

    meetup.refresh_from_db()
    assert [answer.status_code for answer in answers] == [200, 200]
    assert meetup.is_draft


def test_to_stop_asking_can_be_taken_back_on_the_page(door, host):
    meetup = make_polled(host, "Maria")

    door.post(path_of(meetup, "stop/"))
    stopped = door.get(path_of(meetup)).content.decode()
    door.post(path_of(meetup, "stop/"), {"again": "1"})

    assert "Ask again" in stopped
    assert "Stop asking" in door.get(path_of(meetup)).content.decode()


def test_a_get_of_what_changes_is_refused(door, host):
    meetup = make_polled(host)

    assert [door.get(path_of(meetup, page)).status_code for page in ("stop/", "choose/")] == [405, 405]


def test_a_draft_whose_guests_were_asked_is_published_by_choosing_a_day(door, host):
    """Else they would be on the list of an evening that nobody told them of."""
    meetup = make_polled(host, "Maria")
    door.post(path_of(meetup, "stop/"))

    answers = [door.get(f"/host/{meetup.code}/publish/"), door.post(f"/host/{meetup.code}/publish/")]

    meetup.refresh_from_db()
    assert [answer.url for answer in answers] == [path_of(meetup)] * 2
    assert meetup.is_draft


def test_the_desk_of_a_draft_leads_there(door, draft):
    assert path_of(draft) in door.get(draft.get_desk_url()).content.decode()


def test_a_draft_of_an_evening_that_was_copied_by_hand_has_its_own_people(door, host):
    held = make_held_meetup(host)
    make_guest(held, "maria@example.org", name="Maria", rsvp="yes")
    copied, _is_new = copy_evening(held)

    assert "Maria" in door.get(path_of(copied)).content.decode()
