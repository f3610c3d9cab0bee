"""The host's page of the door link: who may open it, make, renew and end the link."""

from datetime import timedelta

import pytest

from meetups.access.tokens import make_door_token
from meetups.models import Cohost, DoorLink, RoomAnswer
from meetups.privacy.export import data_of_user
from tests.evening.tables import make_door, make_evening
from tests.factories import make_draft, make_user
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def page():
    meetup = make_evening()
    return meetup, f"/host/{meetup.code}/evening/"


def test_the_host_makes_the_link_renews_it_and_ends_it(client, page):
    meetup, path = page
    client.force_login(meetup.host)
    assert "/e/" not in client.get(path).content.decode()

    client.post(path, {"make": "1"})
    first = make_door_token(DoorLink.objects.get())
    assert first in client.get(path).content.decode()

    client.post(path, {"renew": "1"})
    second = make_door_token(DoorLink.objects.get())
    shown = client.get(path).content.decode()
    assert second in shown and first not in shown

    client.post(path, {"end": "1"})
    shown = client.get(path).content.decode()
    assert "/e/" not in shown
    assert [client.get(f"/e/{token}/").status_code for token in (first, second)] == [410, 410]


def test_a_cohost_may_do_the_same(client, page):
    meetup, path = page
    friend = make_user(shown_name="Finn")
    Cohost.objects.create(meetup=meetup, user=friend)
    client.force_login(friend)

    client.post(path, {"make": "1"})

    assert make_door_token(DoorLink.objects.get()) in client.get(path).content.decode()


@pytest.mark.parametrize("act", ["make", "renew", "end"])
def test_nobody_else_can(client, page, act):
    meetup, path = page
    make_door(meetup)
    before = all_rows()

    stranger = client.post(path, {act: "1"})
    client.force_login(make_user(shown_name="Bea"))
    other = [client.get(path), client.post(path, {act: "1"})]

    assert stranger.status_code == 302 and stranger["Location"].startswith("/accounts/login/")
    assert [answer.status_code for answer in other] == [404, 404]
    kept = {name: rows for name, rows in all_rows().items() if name.startswith("meetups.")}
    assert kept == {name: rows for name, rows in before.items() if name.startswith("meetups.")}


def test_a_get_makes_no_link(client, page):
    meetup, path = page
    client.force_login(meetup.host)
    client.get(f"{path}?make=1")
    assert not DoorLink.objects.exists()


def test_a_draft_leads_to_the_desk_and_an_evening_long_over_has_no_door(client):
    draft = make_draft()
    client.force_login(draft.host)
    assert client.get(f"/host/{draft.code}/evening/")["Location"] == f"/host/{draft.code}/"

    over = make_evening(draft.host, begins_in=timedelta(days=-5))
    answer = client.post(f"/host/{over.code}/evening/", {"make": "1"}, follow=True)
    assert "no evening to open a door to" in answer.content.decode()
    assert not DoorLink.objects.exists()


def test_the_host_sees_numbers_and_no_names(client, page):
    meetup, path = page
    make_door(meetup)
    for number, want in enumerate(["host", "host", "cohost", "not_now"]):
        RoomAnswer.objects.create(meetup=meetup, key=f"{number:032d}", want=want)
    client.force_login(meetup.host)

    assert client.get(path).context["counts"] == {"host": 2, "cohost": 1, "not_now": 1}


def test_the_desk_leads_there(client, page):
    meetup, path = page
    client.force_login(meetup.host)
    assert f'href="{path}"' in client.get(f"/host/{meetup.code}/").content.decode()


def test_what_a_host_takes_along_has_the_link_without_its_secret_and_the_counts(page):
    meetup, _path = page
    link, address = make_door(meetup)
    RoomAnswer.objects.create(meetup=meetup, key=f"{1:032d}", want="host")

    (taken,) = data_of_user(meetup.host)["evenings_you_host"]

    assert set(taken["door_link"]) == {"version", "made_at", "ended_at", "ask_code"}
    assert taken["said_in_the_room"] == ["host"]
    assert link.selector not in str(taken) and address[3:-1] not in str(taken)
