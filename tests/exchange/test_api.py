"""The read API: what it answers is what its description says, and never a guest's name, a street or a small count."""

import json
import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator

from hosts.models import Organizer
from meetups.exchange.api import PER_STRANGER, PER_TOKEN, api
from meetups.exchange.tokens import make_token, revoke_token
from meetups.models import ApiToken, Meetup
from meetups.planning.services.change import cancel_meetup
from meetups.recaps.services.recap import take_down_recap
from meetups.times import clock
from tests.factories import (
    DOOR,
    PARKING,
    PHONE,
    STREET,
    make_campaign,
    make_contribution,
    make_draft,
    make_guest,
    make_held_meetup,
    make_meetup,
    make_others_speak,
    make_recap,
    make_user,
)
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
WRITTEN = Path(__file__).parents[2] / "docs" / "openapi.json"
SCHEMA = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/")))


@pytest.fixture
def campaign():
    return make_campaign(make_user(shown_name="Olga"), slug="read", name="Read Together")


def token_for(campaign, *, scopes=ApiToken.Scope.values, days=30, key="k") -> str:
    by = campaign.organizers.get().user
    return make_token(campaign, by=by, name="Map", scopes=list(scopes), days=days, form_key=key + campaign.slug)[1]


class Reader:
    """A program with a token, which checks each answer against the description."""

    def __init__(self, client, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def response(self, path: str):
        response = self.client.get(path if path.startswith("/") else f"/api/v1/{path}", headers=self.headers)
        check(response, path)
        return response

    def get(self, path: str):
        response = self.response(path)
        assert response.status_code == 200, response.content
        return response.json()


def check(response, path: str) -> None:
    """Hold an answer against the schema of its path and status."""
    parts = urlsplit(path).path.removeprefix("/api/v1/").split("/")
    name = "/api/v1/" + "/".join(parts[:1] + [{"events": "{code}", "recaps": "{slug}"}[parts[0]] for _rest in parts[1:2]])
    schema = SCHEMA["paths"][name]["get"]["responses"][str(response.status_code)]["content"]["application/json"]["schema"]
    validator = Draft202012Validator(
        schema | {"components": SCHEMA["components"]}, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    validator.validate(response.json())
    assert response["Content-Type"].startswith("application/json")
    assert "no-store" in response["Cache-Control"]


@pytest.fixture
def reader(client, campaign) -> Reader:
    return Reader(client, token_for(campaign))


def test_the_description_is_served_and_written_down(client):
    served = client.get("/api/v1/openapi.json").json()
    text = json.dumps(served, indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("UPDATE_EXAMPLES"):
        WRITTEN.write_text(text)

    assert served == SCHEMA
    assert WRITTEN.read_text() == text, "UPDATE_EXAMPLES=1 writes docs/openapi.json anew"


def test_a_campaign_is_read(reader):
    assert reader.get("campaigns")[0]["title"] == "Read Together"


def test_an_evening_has_its_counts_but_no_person_and_no_street(reader, campaign):
    meetup = make_meetup(campaign=campaign, title=f"Soup at {STREET}", seats=8)
    for number in range(7):
        make_guest(
            meetup, f"maria{number}@example.org", name="Maria Lindqvist", rsvp="yes" if number < 5 else "no", note="so glad"
        )
    page = reader.get("events")
    (found,) = page["items"]

    assert (found["id"], found["status"], found["capacity"], found["title"]) == (meetup.code, "confirmed", 8, "")
    assert found["location"] == {"locality": "Toronto", "region": "Ontario", "country": "Canada"}
    assert (found["guests"]["invited"], found["total_accepted"], found["guests"]["came"]) == (7, 5, "<5")
    assert (found["browser_url"], page["next"]) == (None, None)
    assert reader.get(f"events/{meetup.code}") == found
    for secret in [STREET, DOOR, PHONE, PARKING, "M6G 1A1", "Lindqvist", "maria", "so glad", meetup.host.email, "Ana"]:
        assert secret not in json.dumps(page)


def test_drafts_and_evenings_of_others_are_not_there(reader, campaign):
    draft = make_draft(campaign=campaign)
    others = [make_meetup(), make_meetup(campaign=make_campaign())]
    canceled = cancel_meetup(make_meetup(campaign=campaign))

    assert [(found["id"], found["status"]) for found in reader.get("events")["items"]] == [(canceled.code, "cancelled")]
    assert [reader.response(f"events/{meetup.code}").status_code for meetup in [draft, *others]] == [404] * 3


def test_evenings_are_chosen_by_their_start(reader, campaign):
    first, second = make_meetup(campaign=campaign, in_days=3), make_meetup(campaign=campaign, in_days=9)
    between = (clock.now() + timedelta(days=6)).strftime("%Y-%m-%dT%H:%M:%SZ")

    assert [found["id"] for found in reader.get(f"events?starts_after={between}")["items"]] == [second.code]
    assert [found["id"] for found in reader.get(f"events?starts_before={between}")["items"]] == [first.code]


def test_pages_follow_one_another_and_miss_nothing(reader, campaign):
    codes = [make_meetup(campaign=campaign).code for _number in range(5)]
    found, path = [], "events?limit=2"
    while path:
        page = reader.get(path)
        found.append([item["id"] for item in page["items"]])
        # The address is that of the site, never that of the request.
        path = page["next"] and page["next"].removeprefix("http://localhost:8000")
        # What comes while somebody reads is on the last page, and shifts none.
        if len(found) == 1:
            codes.append(make_meetup(campaign=campaign).code)

    assert found == [codes[:2], codes[2:4], codes[4:]]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("events?cursor=nonsense", 400, "bad_request"),
        ("events?cursor=YWZ0ZXI6LTE", 400, "bad_request"),
        ("events?limit=0", 400, "bad_request"),
        ("events?limit=1000", 400, "bad_request"),
        ("events?starts_after=soon", 400, "bad_request"),
        ("events?starts_after=2026-11-30T19:00:00", 400, "bad_request"),
        ("events/nobody", 404, "not_found"),
        ("recaps/nothing", 404, "not_found"),
    ],
)
def test_what_cannot_be_read_is_said_in_json(reader, path, status, code):
    response = reader.response(path)

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


def test_what_is_nowhere_or_would_change_something_is_refused_in_json(client, reader, campaign):
    make_meetup(campaign=campaign)
    before = all_rows()
    nowhere = [client.get("/api/v2/events"), client.post("/api/v1/nothing"), client.get("/api/v1/")]
    writing = [getattr(client, verb)("/api/v1/events", headers=reader.headers) for verb in ("post", "put", "patch", "delete")]

    assert [answer.json()["error"]["code"] for answer in nowhere] == ["not_found"] * 3
    assert [answer.json()["error"]["code"] for answer in writing] == ["method_not_allowed"] * 4
    assert {answer.status_code for answer in writing} == {405}
    assert all_rows() == before


def test_a_recap_is_read_as_everybody_reads_it(reader, campaign):
    held = make_held_meetup(campaign=campaign)
    guest = make_guest(held, name="Maria Lindqvist", rsvp="yes", attended=True)
    make_contribution(guest, shown_as="Maria L.")
    make_contribution(make_guest(held, rsvp="yes"), "Only for the table.", sentence_consent="table")
    make_others_speak(held)
    recap = make_recap(held)
    draft = make_recap(make_held_meetup(campaign=campaign), state="draft")

    (found,) = reader.get("recaps")["items"]

    assert found == reader.get(f"recaps/{recap.slug}")
    assert (found["id"], found["event"], found["area"]) == (recap.slug, held.code, "Toronto, Ontario")
    assert "I left less alone than I came." in found["sentences"]
    text = json.dumps(found)
    assert not {name for name in ("Maria", "Only for the table", STREET) if name in text}
    assert reader.get(f"events/{held.code}")["recap"] == recap.slug
    assert reader.response(f"recaps/{draft.slug}").status_code == 404
    take_down_recap(recap)
    assert reader.get("recaps")["items"] == []
    assert reader.get(f"events/{held.code}")["recap"] is None


def test_totals_are_sums_in_which_few_people_are_few(reader, campaign):
    meetup = make_meetup(campaign=campaign)
    for number in range(6):
        make_guest(meetup, rsvp="yes" if number < 5 else "maybe")

    totals = reader.get("totals")

    assert (totals["meetups"], totals["seats"], totals["invited"], totals["yes"], totals["came"]) == (1, 10, 6, 5, "<5")


def test_without_a_good_token_nothing_is_read(client, campaign, moved_clock):
    token = token_for(campaign)
    answers = [
        client.get("/api/v1/events", headers=headers)
        for headers in ({}, {"Authorization": "Bearer longtable_x"}, {"Authorization": f"Basic {token}"})
    ]
    assert [(answer.status_code, answer["WWW-Authenticate"]) for answer in answers] == [(401, "Bearer")] * 3
    assert {answer.json()["error"]["code"] for answer in answers} == {"unauthorized"}

    reader = Reader(client, token)
    assert reader.response("events").status_code == 200
    moved_clock(days=31)
    assert reader.response("events").status_code == 401
    moved_clock(days=0)
    Organizer.objects.filter(campaign=campaign).delete()
    assert reader.response("events").status_code == 401


def test_a_revoked_token_reads_nothing(reader):
    revoke_token(ApiToken.objects.get())

    assert reader.response("campaigns").status_code == 401


def test_a_token_reads_what_it_may(client, campaign):
    reader = Reader(client, token_for(campaign, scopes=["totals"]))

    assert [reader.response(path).status_code for path in ("totals", "campaigns", "events", "recaps")] == [200, 200, 403, 403]
    assert reader.response("events/x").json()["error"]["code"] == "forbidden"


def test_a_session_is_no_token(client, campaign):
    client.force_login(campaign.organizers.get().user)

    assert client.get("/api/v1/events").status_code == 401


def test_too_many_requests_wait_for_the_next_minute(reader, campaign, full_window, client):
    other = Reader(client, token_for(campaign, key="other"))
    statuses = [reader.response("campaigns").status_code for _number in range(PER_TOKEN + 1)]
    refused = reader.response("campaigns")

    assert (statuses[-2:], refused.status_code) == ([200, 429], 429)
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused.json()["error"]["code"] == "too_many"
    assert other.response("campaigns").status_code == 200


def test_who_guesses_tokens_is_slowed_down(client, db, full_window):
    guesses = [
        client.get("/api/v1/events", headers={"Authorization": f"Bearer longtable_{number}"}).status_code
        for number in range(PER_STRANGER + 1)
    ]

    assert guesses == [401] * PER_STRANGER + [429]


def test_who_sends_no_token_at_all_is_slowed_down_too(client, db, full_window):
    answers = [client.get("/api/v1/events").status_code for _number in range(PER_STRANGER + 1)]

    assert answers == [401] * PER_STRANGER + [429]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_beyond_the_calendar_is_refused_in_words(reader, moment):
    refused = reader.response(f"events?starts_after={moment}")

    assert refused.status_code == 400
    assert "outside the years" in refused.json()["error"]["message"]


@pytest.mark.parametrize("path", ["events", "recaps", "totals"])
def test_pages_take_as_many_queries_for_twelve_as_for_three(reader, campaign, path, django_assert_max_num_queries):
    reader.get(path)
    counts = []
    for number in (3, 9):
        for _row in range(number):
            held = make_held_meetup(campaign=campaign, parent=Meetup.objects.first())
            make_recap(held)
            make_guest(held, rsvp="yes")
        with django_assert_max_num_queries(6) as queries:
            reader.get(path)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_the_last_use_is_noted_once_a_minute(reader, moved_clock):
    reader.get("campaigns")
    first = ApiToken.objects.get().last_used_at
    reader.get("campaigns")
    assert ApiToken.objects.get().last_used_at == first
    moved_clock(minutes=2)
    reader.get("campaigns")
    assert ApiToken.objects.get().last_used_at > first
