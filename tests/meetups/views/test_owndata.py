"""Take a copy of what is kept about a guest, or leave everything: by link, by presses, and never by a look."""

import base64
import json
import re
from datetime import timedelta

import pytest
from django.core.cache import cache

from hosts.models import Organizer
from meetups import clock
from meetups.models import Guest
from meetups.services.dish import bring_dish
from meetups.services.guest import remove_guest
from meetups.tokens import make_guest_token
from tests.browser.rooms import add_photo, sign_in
from tests.factories import (
    DOOR,
    PHONE,
    STREET,
    make_campaign,
    make_contribution,
    make_debrief,
    make_delivery,
    make_guest,
    make_held_meetup,
    make_meetup,
    make_recap,
    make_user,
)
from tests.meetups.hostile import HOSTILE
from tests.meetups.views.rows import all_rows

pytestmark = pytest.mark.django_db
PAGES = ["data", "leave"]


@pytest.fixture(autouse=True)
def own_folders(settings, tmp_path):
    settings.MEDIA_ROOT, settings.VAR_DIR = tmp_path / "media", tmp_path / "var"
    cache.clear()


@pytest.fixture
def guest() -> Guest:
    return make_guest(make_meetup(), "maria@example.net", name="Maria", rsvp="yes", diet="no nuts")


def link(guest: Guest, page: str) -> str:
    return f"/r/{make_guest_token(guest)}/{page}"


# A copy --------------------------------------------------------------------------------------------------------------


def test_a_press_hands_over_all_that_is_kept_about_the_guest(client, guest):
    held = make_guest(make_held_meetup(), "maria@example.net", name="Maria", rsvp="yes", attended=True, note="Bread.")
    words = make_contribution(held, "I left less alone.", promise="Call a table.")
    add_photo(words)
    make_delivery("confirmation", guest=held, state="sent", finished_at=clock.now())
    make_delivery("guest_words", user=held.meetup.host, meetup=held.meetup, context={"guest": held.pk, "words": "See you."})

    response = client.post(link(held, "data"))

    told = json.loads(response.content)
    assert response["Content-Type"] == "application/json"
    assert re.fullmatch(r'attachment; filename="longtable-\d{4}-\d\d-\d\d\.json"', response["Content-Disposition"])
    assert response["Cache-Control"] == "no-store"
    assert (told["you"]["email"], told["you"]["rsvp"], told["you"]["note"]) == ("maria@example.net", "yes", "Bread.")
    assert (told["contribution"][0]["sentence"], told["contribution"][0]["promise"]) == ("I left less alone.", "Call a table.")
    assert base64.b64decode(told["contribution"][0]["photo"]["jpeg_in_base64"]).startswith(b"\xff\xd8")
    assert [(letter["kind"], letter["state"]) for letter in told["letters"]] == [("confirmation", "sent")]
    assert told["your_replies_to_the_host"][0]["words"] == "See you."
    # What became of it would tell whether the host wants to be written to.
    assert "state" not in told["your_replies_to_the_host"][0]


def test_what_the_guest_brings_is_in_it(client, guest):
    bring_dish(guest, words="Lentil soup")

    told = json.loads(client.post(link(guest, "data")).content)

    assert [dish["words"] for dish in told["dishes"]] == ["Lentil soup"]


def test_it_holds_nobody_elses_and_nothing_that_opens_a_link(client, guest):
    other = make_guest(guest.meetup, "olga@example.com", name="Olga", rsvp="yes", shows_name=True, note="Olga's note")
    make_contribution(other, "Olga's sentence", sentence_consent="table")

    text = client.post(link(guest, "data")).content.decode()

    for secret in ["lga", guest.meetup.host.email, guest.selector, guest.email_hash, make_guest_token(guest), PHONE, DOOR]:
        assert secret not in text


@pytest.mark.parametrize(("rsvp", "is_told"), [("yes", True), ("maybe", False), ("no", False), ("waiting", False)])
def test_it_names_the_street_only_to_a_guest_with_a_seat(client, rsvp, is_told):
    guest = make_guest(make_meetup(), rsvp=rsvp)

    assert (STREET in client.post(link(guest, "data")).content.decode()) is is_told


def test_hostile_words_come_out_as_they_went_in(client, guest):
    Guest.objects.filter(pk=guest.pk).update(note=HOSTILE[0])

    assert json.loads(client.post(link(guest, "data")).content)["you"]["note"] == HOSTILE[0]


def test_taking_a_copy_is_logged_without_a_name_and_changes_nothing(client, guest, caplog):
    before = all_rows()

    client.post(link(guest, "data"))

    assert f"data taken guest={guest.pk}" in caplog.text and "maria" not in caplog.text
    assert all_rows() == before


def test_it_takes_as_many_queries_with_one_letter_as_with_three(client, guest, django_assert_num_queries):
    make_delivery("confirmation", guest=guest)
    with django_assert_num_queries(9) as first:
        client.post(link(guest, "data"))
    for kind in ("three_days", "please_confirm"):
        make_delivery(kind, guest=guest)
    with django_assert_num_queries(len(first)):
        client.post(link(guest, "data"))


# Leaving -------------------------------------------------------------------------------------------------------------


def test_a_look_explains_a_first_press_asks_and_a_second_with_the_tick_erases(client, guest):
    path, before = link(guest, "leave"), all_rows()

    look = client.get(path)
    asked = client.post(path, {"scope": "evening"})
    unticked = client.post(path, {"scope": "evening", "really": "1"})
    untouched = all_rows()
    gone = client.post(path, {"scope": "evening", "really": "1", "sure": "on"})

    assert re.findall(r'name="scope" value="(\w+)"', look.content.decode()) == ["evening", "everything"]
    assert "Do you mean it?" in asked.content.decode() and "checked" not in asked.content.decode()
    assert "Please tick the box" in unticked.content.decode() and "<title>Error:" in unticked.content.decode()
    assert untouched == before
    assert gone.status_code == 200 and "It is all gone" in gone.content.decode()
    assert not gone.cookies and gone["Cache-Control"] == "no-store"
    for page in ["", "/data", "/leave", "/meetup.ics"]:
        assert client.get(f"/r/{make_guest_token(guest)}{page}").status_code == 404
    guest.refresh_from_db()
    assert (guest.email, guest.name, guest.diet) == (None, "", "")


def test_everything_reaches_the_other_tables_of_the_address(client, guest):
    there = make_guest(make_meetup(), "maria@example.net", name="Maria", rsvp="yes")

    client.post(link(guest, "leave"), {"scope": "everything", "really": "1", "sure": "on"})

    assert client.get(f"/r/{make_guest_token(there)}").status_code == 404
    assert not Guest.objects.filter(email="maria@example.net").exists()


@pytest.mark.parametrize(
    "posted", [{}, {"scope": "all"}, {"scope": "all", "really": "1", "sure": "on"}, {"really": "1", "sure": "on"}]
)
def test_a_press_that_says_nothing_known_explains_again(client, guest, posted):
    before = all_rows()

    response = client.post(link(guest, "leave"), posted)

    assert response.status_code == 200 and "Only this evening" in response.content.decode()
    assert all_rows() == before


def test_leaving_is_logged_without_a_name(client, guest, caplog):
    client.post(link(guest, "leave"), {"scope": "evening", "really": "1", "sure": "on"})

    assert f"guest erased guest={guest.pk} scope=evening rows=1" in caplog.text and "maria" not in caplog.text.lower()


def test_nothing_of_a_language_is_kept_with_who_left(client, guest):
    Guest.objects.filter(pk=guest.pk).update(language="fr")

    client.post(f"{link(guest, 'leave')}?lang=es", {"scope": "evening", "really": "1", "sure": "on"})

    guest.refresh_from_db()
    assert guest.language == ""


# Both ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_both_stay_open_as_long_as_something_is_kept(client, guest, moved_clock, page):
    moved_clock(to=guest.meetup.ends_at + timedelta(days=20))

    response = client.get(link(guest, page))

    assert client.get(f"/r/{make_guest_token(guest)}").status_code == 404
    assert response.status_code == 200
    assert f'href="/r/{make_guest_token(guest)}"' not in response.content.decode()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_wrong_and_removed_links_are_answered_alike(client, guest, page, method):
    remove_guest(guest)
    before = all_rows()

    wrong = getattr(client, method)(f"/r/{'x' * 43}/{page}", {"scope": "evening", "really": "1", "sure": "on"})
    removed = getattr(client, method)(link(guest, page), {"scope": "evening", "really": "1", "sure": "on"})

    assert (wrong.status_code, removed.status_code) == (404, 404)
    assert wrong.content == removed.content
    assert all_rows() == before


@pytest.mark.parametrize("page", PAGES)
def test_the_evenings_page_leads_there_whatever_the_answer(client, page):
    for rsvp in ("invited", "yes", "no"):
        guest = make_guest(make_meetup(), rsvp=rsvp)
        assert link(guest, page) in client.get(f"/r/{make_guest_token(guest)}").content.decode()


# Somebody with an account --------------------------------------------------------------------------------------------


@pytest.fixture
def ana(client):
    ana = make_user("ana@example.org", shown_name="Ana")
    client.cookies["sessionid"] = sign_in(ana)
    return ana


def test_an_account_holder_takes_what_they_wrote_and_numbers_of_guests(client, ana):
    meetup = make_held_meetup(ana, word="Come hungry.", plan=True)
    Organizer.objects.create(campaign=make_campaign(name="Read Together"), user=ana)
    make_guest(meetup, "olga@example.com", name="Olga", rsvp="yes", attended=True, note="Olga's note")
    make_debrief(meetup, next_time="More bread.")
    make_recap(meetup, text="Eight of us sat down.")

    response = client.post("/accounts/data/")

    told = json.loads(response.content)
    (evening,) = told["evenings_you_host"]
    assert told["you"]["email"] == "ana@example.org"
    assert (evening["evening"]["word"], evening["evening"]["street"]) == ("Come hungry.", STREET)
    assert (evening["debrief"]["next_time"], evening["recap"]["text"]) == ("More bread.", "Eight of us sat down.")
    assert evening["guests"]["num_came"] == 1
    assert told["campaigns"][0]["campaign__name"] == "Read Together"
    assert evening["letters_you_planned"][0]["kind"] == "how_did_it_go"
    assert "lga" not in response.content.decode() and "password" not in told["you"]
    assert "no-store" in response["Cache-Control"]


def test_where_they_are_a_guest_is_theirs_and_other_hosts_streets_are_not(client, ana):
    make_guest(make_meetup(title="At Bea's"), "ana@example.org", rsvp="maybe", note="I bring Finn.")

    text = client.post("/accounts/data/").content.decode()

    assert "I bring Finn." in text and "At Bea's" in text and STREET not in text


def test_a_look_at_the_account_data_page_hands_over_nothing(client, ana):
    response = client.get("/accounts/data/")

    assert response.status_code == 200 and "ana@example.org" not in response.content.decode()


def test_a_stranger_is_sent_to_the_door(client):
    assert client.get("/accounts/data/").url == client.post("/accounts/data/").url == "/accounts/login/?next=/accounts/data/"
