"""Take a copy of what is kept about a guest, or leave everything: by link, by presses, and never by a look."""

import base64
import json
import re
from datetime import timedelta

import pytest
from django.core.cache import cache

from hosts.models import Organizer
from meetups.access.tokens import make_guest_token, make_mine_token, make_unsubscribe_token
from meetups.guests.services.dish import bring_dish
from meetups.guests.services.guest_list import remove_guest
from meetups.guests.services.link_recovery import answer_link_requests, ask_for_links
from meetups.letters import build_message
from meetups.models import AddressLedger, Delivery, Guest, LinkRequest, Suppression
from meetups.outbox.suppression import suppress
from meetups.times import clock
from tests.browser.page_states import add_photo, sign_in
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
from tests.hostile import HOSTILE
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
PAGES = ["data", "leave"]
SURE = {"really": "1", "sure": "on"}


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
    assert (told["you"]["email"], told["you"]["rsvp"], told["you"]["note"]) == ("m…@example.net", "yes", "Bread.")
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
    asked = client.post(path)
    unticked = client.post(path, {"really": "1"})
    untouched = all_rows()
    gone = client.post(path, SURE)

    assert "Delete what “Soup and one question” knows of me" in look.content.decode()
    assert "Do you mean it?" in asked.content.decode() and "checked" not in asked.content.decode()
    assert "Please tick the box" in unticked.content.decode() and "<title>Error:" in unticked.content.decode()
    assert untouched == before
    assert gone.status_code == 200 and "It is all gone" in gone.content.decode()
    assert not gone.cookies and gone["Cache-Control"] == "no-store"
    for page in ["", "/data", "/leave", "/everything", "/meetup.ics"]:
        assert client.get(f"/r/{make_guest_token(guest)}{page}").status_code == 404
    guest.refresh_from_db()
    assert (guest.email, guest.name, guest.diet) == (None, "", "")


def test_leaving_is_logged_without_a_name(client, guest, caplog):
    client.post(link(guest, "leave"), SURE)

    assert f"guest erased guest={guest.pk} scope=evening rows=1" in caplog.text and "maria" not in caplog.text.lower()


# A link that was passed on -------------------------------------------------------------------------------------------


@pytest.fixture
def there() -> Guest:
    """Return the same person at another table."""
    return make_guest(make_meetup(title="At Bea's"), "maria@example.net", name="Maria", rsvp="yes", note="At Bea's I sing.")


@pytest.mark.parametrize("more", [{}, {"scope": "everything"}, {"scope": "evening"}, {"everything": "1"}])
def test_a_link_that_was_passed_on_erases_no_other_evening(client, guest, there, more):
    client.post(link(guest, "leave"), SURE | more)

    guest.refresh_from_db()
    assert guest.email is None
    assert client.get(f"/r/{make_guest_token(there)}").status_code == 200
    there.refresh_from_db()
    assert (there.email, there.note, there.rsvp) == ("maria@example.net", "At Bea's I sing.", "yes")


def test_a_link_that_was_passed_on_tells_neither_the_address_nor_of_another_evening(client, guest, there):
    suppress(guest.email_hash, target=f"host:{there.meetup.host_id}")
    Guest.objects.filter(pk=guest.pk).update(undeliverable_words="550 <maria@example.net> is full")

    told = client.post(link(guest, "data")).content.decode()
    pages = [client.get(link(guest, page)).content.decode() for page in ("data", "leave", "everything")]

    assert "550 <m…@example.net> is full" in told
    assert [secret for secret in ("maria@", "Bea", "sing", "no_letters_of") if secret in told] == []
    assert [page for page in pages if "maria@" in page or "example.net" in page or "Bea" in page] == []


def test_a_link_that_was_passed_on_brings_one_letter_to_the_address_and_no_more(client, guest, there):
    before = all_rows()
    for _press in range(3):
        response = client.post(link(guest, "everything"))
        assert (response.status_code, response["Location"]) == (303, f"/r/{make_guest_token(guest)}/everything?sent=1")
    answer_link_requests()

    (letter,) = Delivery.objects.all()
    assert letter.kind == "my_meetups"
    assert build_message(letter).to == ["maria@example.net"]
    assert make_mine_token(letter) not in client.get(response["Location"]).content.decode()
    letter.delete()
    AddressLedger.objects.all().delete()
    assert {name: rows for name, rows in all_rows().items() if rows != before[name]} == {}


def no_address():
    return make_guest(make_meetup(), None, name="Maria", rsvp="yes")


def no_letters():
    guest = make_guest(make_meetup(), "maria@example.net", name="Maria", rsvp="yes")
    suppress(guest.email_hash)
    return guest


@pytest.mark.parametrize("make", [no_address, no_letters])
def test_everybody_who_asks_for_everything_reads_the_same(client, guest, make):
    answers = []
    for row in (guest, make()):
        path = link(row, "everything")
        html = client.get(client.post(path)["Location"]).content.decode()
        answers.append(html.replace(make_guest_token(row), "token"))
    answer_link_requests()

    assert answers[0] == answers[1]
    assert [letter.guest_id for letter in Delivery.objects.all()] == ([] if make is no_letters else [guest.pk])


def test_the_letter_is_asked_for_in_the_language_of_the_page(client, guest):
    response = client.post(f"{link(guest, 'everything')}?lang=fr")

    assert response["Location"].endswith("/everything?sent=1&lang=fr")


@pytest.mark.usefixtures("full_window")
def test_many_presses_from_one_place_are_slowed_down(client):
    codes = [client.post(link(make_guest(make_meetup()), "everything")).status_code for _number in range(12)]

    assert codes == [303] * 10 + [429] * 2
    assert LinkRequest.objects.count() == 10


# What is mailed to the address ---------------------------------------------------------------------------------------


def mailed(guest: Guest, page: str = "") -> str:
    """Return the path behind the link that is mailed to the address."""
    ask_for_links(guest.known_email)
    answer_link_requests()
    return f"/mine/{make_mine_token(Delivery.objects.filter(kind='my_meetups').latest('pk'))}{page}"


def test_the_letter_says_that_everything_can_be_taken_or_deleted_behind_its_link(client, guest):
    path = mailed(guest)
    html = client.get(path).content.decode()

    said = " ".join(build_message(Delivery.objects.get()).body.split())
    assert "take a copy of all that is kept about you, or have it deleted" in said
    assert [f'href="{path}/{page}"' in html for page in ("data", "leave")] == [True, True]


def test_the_mailed_link_hands_over_every_evening_with_the_address_and_nobody_elses(client, guest, there):
    make_guest(guest.meetup, "olga@example.com", name="Olga", rsvp="yes", shows_name=True)
    old = make_guest(make_held_meetup(in_days=-20), "maria@example.net", note="Long ago.")
    suppress(guest.email_hash, target=f"host:{there.meetup.host_id}")
    path, before = mailed(guest, "/data"), all_rows()

    look = client.get(path)
    response = client.post(path)

    told = json.loads(response.content)
    assert look.status_code == 200 and "maria" not in look.content.decode()
    assert [evening["you"]["note"] for evening in told["evenings"]] == [old.note, guest.note, there.note]
    assert {evening["you"]["email"] for evening in told["evenings"]} == {"maria@example.net"}
    assert [row["of"] for row in told["no_letters_of"]] == ["host"]
    assert (response["Cache-Control"], response["Content-Type"]) == ("no-store", "application/json")
    for secret in ["lga", guest.selector, guest.email_hash, make_guest_token(guest), there.meetup.host.email]:
        assert secret not in response.content.decode()
    assert all_rows() == before


def test_the_mailed_link_erases_every_evening_after_two_presses_and_a_tick(client, guest, there, caplog):
    other = make_guest(guest.meetup, "olga@example.com", name="Olga", rsvp="yes")
    path, before = mailed(guest, "/leave"), all_rows()

    look = client.get(path)
    asked = client.post(path)
    unticked = client.post(path, {"really": "1"})
    untouched = all_rows()
    gone = client.post(path, SURE)

    assert "Delete everything under my address" in look.content.decode()
    assert "At every table:" in asked.content.decode()
    assert "Please tick the box" in unticked.content.decode()
    assert untouched == before
    assert "Nothing at any table here says who you are any more" in gone.content.decode()
    assert not Guest.objects.filter(email="maria@example.net").exists()
    assert [client.get(f"/r/{make_guest_token(row)}").status_code for row in (guest, there, other)] == [404, 404, 200]
    assert f"guest erased guest={there.pk} scope=everything rows=2" in caplog.text and "maria" not in caplog.text.lower()
    # The letter itself is gone, and so is its link.
    assert client.get(path).status_code == 404
    assert Suppression.objects.get().target == ""


def test_no_other_link_opens_what_is_mailed(client, guest, there):
    before = all_rows()
    for token in [make_guest_token(guest), make_unsubscribe_token(guest), "x" * 43, "A" * 42]:
        for page in PAGES:
            assert client.get(f"/mine/{token}/{page}").status_code == 404
            assert client.post(f"/mine/{token}/{page}", SURE).status_code == 404

    assert all_rows() == before


def test_the_mailed_link_of_one_address_reaches_no_other(client, guest):
    olga = make_guest(guest.meetup, "olga@example.com", name="Olga", rsvp="yes", note="Olga's note")

    told = client.post(mailed(olga, "/data")).content.decode()
    client.post(mailed(olga, "/leave"), SURE)

    assert "Olga's note" in told and "maria" not in told.lower()
    guest.refresh_from_db()
    assert guest.email == "maria@example.net"


def test_a_mailed_link_that_ended_erases_nothing(client, guest, moved_clock):
    path = mailed(guest, "/leave")
    moved_clock(days=7, minutes=1)

    assert client.post(path, SURE).status_code == 404
    guest.refresh_from_db()
    assert guest.email == "maria@example.net"


# The words -----------------------------------------------------------------------------------------------------------


def test_nothing_of_a_language_is_kept_with_who_left(client, guest):
    Guest.objects.filter(pk=guest.pk).update(language="fr")

    client.post(f"{link(guest, 'leave')}?lang=es", SURE)

    guest.refresh_from_db()
    assert guest.language == ""


# All ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [*PAGES, "everything"])
def test_they_stay_open_as_long_as_something_is_kept(client, guest, moved_clock, page):
    moved_clock(to=guest.meetup.ends_at + timedelta(days=20))

    response = client.get(link(guest, page))

    assert client.get(f"/r/{make_guest_token(guest)}").status_code == 410
    assert response.status_code == 200
    assert f'href="/r/{make_guest_token(guest)}"' not in response.content.decode()


@pytest.mark.parametrize("page", [*PAGES, "everything"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_wrong_and_removed_links_are_answered_alike(client, guest, page, method):
    remove_guest(guest)
    before = all_rows()

    wrong = getattr(client, method)(f"/r/{'x' * 43}/{page}", SURE)
    removed = getattr(client, method)(link(guest, page), SURE)

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
