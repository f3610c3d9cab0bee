"""Past guests to invite again, and one guest in one line."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meetups.inviting.past_guests import past_guests
from meetups.letters import build_message
from meetups.models import Cohost, Delivery, Guest, Meetup, Suppression
from tests.factories import STREET, make_guest, make_held_meetup, make_host, make_meetup, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def ana():
    return make_host("ana.private@example.org", shown_name="Ana")


@pytest.fixture
def meetup(ana) -> Meetup:
    return make_meetup(ana, plan=True)


@pytest.fixture
def desk(ana) -> Client:
    client = Client()
    client.force_login(ana)
    return client


def names(meetup: Meetup) -> list[str]:
    return [past.name for past in past_guests(meetup)]


# Past guests ----------------------------------------------------------------------------------------------------------


def test_who_was_there_is_offered_the_last_one_first_with_how_often(ana, meetup):
    first, last = make_held_meetup(ana, in_days=-20), make_held_meetup(ana, in_days=-3)
    make_guest(first, "maria@example.org", name="Maria", rsvp="yes", attended=True)
    make_guest(first, "bo@example.org", name="Bo", rsvp="yes", attended=False)
    make_guest(last, "maria@example.org", name="Maria Lindqvist", rsvp="yes")
    make_guest(first, "again@example.org", name="Dana", rsvp="no", asks_again=True)

    found = past_guests(meetup)

    assert [(past.name, past.num_came) for past in found] == [("Maria Lindqvist", 2), ("Dana", 0), ("Bo", 0)]


def test_nobody_is_offered_who_does_not_want_to_hear_or_is_not_wanted(ana, meetup):
    held = make_held_meetup(ana)
    kept = {"rsvp": "yes"}
    for target in ("", f"host:{ana.pk}", f"meetup:{meetup.pk}"):
        guest = make_guest(held, name=f"Suppressed {target}", **kept)
        Suppression.objects.create(address_hash=guest.email_hash, target=target)
    make_guest(held, name="Said no", rsvp="no")
    make_guest(held, name="Never answered")
    make_guest(held, name="Removed", removed_at=held.start, **kept)
    make_guest(held, name="Blocked", blocked_at=held.start, **kept)
    make_guest(held, name="No mailbox", undeliverable_at=held.start, **kept)
    make_guest(held, None, name="By phone", **kept)
    make_guest(held, name="Unproven", origin="self", **kept)
    make_guest(held, ana.email, name="The host", **kept)
    here = make_guest(held, "here@example.org", name="Here already", **kept)
    make_guest(meetup, here.email)
    gone = make_guest(held, "gone@example.org", name="Taken off this list", **kept)
    make_guest(meetup, gone.email, removed_at=held.start)
    make_guest(make_held_meetup(make_user()), name="Of somebody else", **kept)
    make_guest(make_meetup(ana), name="Of an evening to come", **kept)
    make_guest(make_held_meetup(ana, status="canceled"), name="Of a canceled evening", **kept)
    make_guest(held, name="Maria", **kept)

    assert names(meetup) == ["Maria"]


def test_ticks_lead_to_the_list_that_is_looked_at_and_sends_nothing(ana, meetup, desk):
    held = make_held_meetup(ana)
    maria, bo = (make_guest(held, f"{name.lower()}@example.org", name=name, rsvp="yes") for name in ("Maria", "Bo"))
    before = Delivery.objects.count()
    page = desk.get(f"/host/{meetup.code}/invite/past/").content.decode()

    assert "Maria · maria@example.org · came once" in page
    seen = desk.post(f"/host/{meetup.code}/invite/past/", {"past": [maria.pk]})
    assert seen.context["new"] == [("Maria", "maria@example.org", True)]
    assert Delivery.objects.count() == before
    form = {"addresses": seen.context["form"]["addresses"].value(), "looked_at": seen.context["looked_at"], "send": "1"}
    sent = desk.post(f"/host/{meetup.code}/invite/", form | {"to": "maria@example.org", "knows": "on"})
    assert [guest.email for guest in sent.context["invited"].sent] == ["maria@example.org"]
    assert not Guest.objects.filter(meetup=meetup, email=bo.email).exists()


def test_a_search_finds_by_words_and_keeps_the_ticks(ana, meetup, desk):
    held = make_held_meetup(ana)
    maria, bo, _eva = (make_guest(held, f"{name.lower()}@example.org", name=name, rsvp="yes") for name in ("Maria", "Bö", "Eva"))

    found = desk.post(f"/host/{meetup.code}/invite/past/", {"words": "bo", "search": "1", "past": [maria.pk]})

    assert set(found.context["form"].found) == {str(maria.pk), str(bo.pk)}
    page = found.content.decode()
    assert "eva@example.org" not in page
    assert f'value="{maria.pk}"' in page
    assert page.count("checked") == 1
    nobody = desk.post(f"/host/{meetup.code}/invite/past/", {"words": "zz", "search": "1"}).content.decode()
    assert "Nobody is called that." in nobody


def test_nobody_ticked_and_a_forged_tick_are_refused(ana, meetup, desk):
    make_guest(make_held_meetup(ana), name="Maria", rsvp="yes")
    foreign = make_guest(make_held_meetup(make_user()), "foreign@example.org", rsvp="yes")

    assert "Nobody is ticked" in desk.post(f"/host/{meetup.code}/invite/past/", {}).content.decode()
    answer = desk.post(f"/host/{meetup.code}/invite/past/", {"past": [foreign.pk]})
    assert "new" not in answer.context
    assert foreign.email not in answer.content.decode()


def test_only_the_host_sees_past_guests(ana, meetup, desk):
    make_guest(make_held_meetup(ana), name="Maria", rsvp="yes")
    finn, other = make_user(shown_name="Finn"), Client()
    Cohost.objects.create(meetup=meetup, user=finn)
    cohost = Client()
    cohost.force_login(finn)
    other.force_login(make_host())
    address = f"/host/{meetup.code}/invite/past/"

    assert desk.get(address).status_code == 200
    assert (cohost.get(address).status_code, cohost.post(address, {"past": "1"}).status_code) == (404, 404)
    assert other.get(address).status_code == 404
    assert Client().get(address).status_code == 302
    assert address in desk.get(f"/host/{meetup.code}/invite/").content.decode()
    assert address not in cohost.get(f"/host/{meetup.code}/invite/").content.decode()


def test_more_past_guests_take_no_more_queries(ana, meetup, desk):
    held = make_held_meetup(ana)
    counts = []
    for number in (1, 3):
        for _n in range(number):
            make_guest(held, rsvp="yes")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            desk.get(f"/host/{meetup.code}/invite/past/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_a_first_evening_says_that_nobody_is_here_yet(meetup, desk):
    assert "Nobody is here yet" in desk.get(f"/host/{meetup.code}/invite/past/").content.decode()
    assert "/invite/past/" not in desk.get(f"/host/{meetup.code}/invite/").content.decode()


# One guest in one line ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["Maria <maria@example.org>", "Maria maria@example.org", '"Maria" MARIA@example.org'])
def test_one_line_invites_one_guest_with_a_line_of_their_own(meetup, desk, person):
    typed = {"person": person, "personal": "You said last summer that nobody talks about this.", "knows": "on"}
    answer = desk.post(f"/host/{meetup.code}/invite/one/", typed, follow=True)

    maria = Guest.objects.get(meetup=meetup)
    assert (maria.name, maria.email) == ("Maria", "maria@example.org")
    letter = build_message(Delivery.objects.get(guest=maria, kind="invitation"))
    assert "You said last summer that nobody talks about this." in letter.body
    assert "the invitation is due now" in answer.content.decode()
    desk.post(f"/host/{meetup.code}/invite/one/", typed)
    assert Delivery.objects.filter(kind="invitation").count() == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"person": "Maria"}, "no address in this line"),
        ({"person": "a@example.org, b@example.org"}, "several addresses"),
        ({"person": "maria@example.org", "knows": ""}, "Please tick this if it is so"),
        ({"person": "maria@example.org", "personal": f"Come to {STREET}."}, "holds the street"),
        ({"person": "maria@example.org", "personal": "See https://example.org"}, "A line to this guest"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(meetup, desk, typed, said):
    typed = {"personal": "A line.", "knows": "on"} | typed
    page = desk.post(f"/host/{meetup.code}/invite/one/", typed).content.decode()

    assert said in page
    assert typed["person"] in page
    assert typed["personal"] in page
    assert not Guest.objects.exists()


def test_an_address_that_wants_no_letters_is_named_and_stays(ana, meetup, desk):
    guest = make_guest(make_held_meetup(ana), "maria@example.org")
    Suppression.objects.create(address_hash=guest.email_hash, target="")
    page = desk.post(f"/host/{meetup.code}/invite/one/", {"person": guest.email, "knows": "on"}).content.decode()

    assert "asked not to get such letters" in page
    assert 'value="maria@example.org"' in page


def test_strangers_and_other_hosts_invite_nobody(meetup):
    other, address = Client(), f"/host/{meetup.code}/invite/one/"
    typed = {"person": "evil@example.net", "knows": "on"}
    assert Client().post(address, typed).status_code == 302
    other.force_login(make_host())
    before = Guest.objects.count()
    assert other.post(address, typed).status_code == 404
    assert Guest.objects.count() == before


def test_inviting_one_by_one_is_limited(meetup, desk, monkeypatch):
    monkeypatch.setattr("meetups.planning.views.invite_people.ONE_BY_ONE_AN_HOUR", 1)
    for number in (1, 2):
        page = desk.post(f"/host/{meetup.code}/invite/one/", {"person": f"g{number}@example.org", "knows": "on"})

    assert "a lot of inviting in one hour" in page.content.decode()
    assert Guest.objects.count() == 1


def test_the_page_asks_whom_the_host_has_not_thought_of(meetup, desk):
    assert "Whom have you not thought of?" in desk.get(f"/host/{meetup.code}/invite/").content.decode()
