"""Who needs a hand today: the reasons, what an organizer can do, and the letter that the host gets."""

import html
import re
from datetime import timedelta

import pytest

from meetups.access.address_hash import hash_address
from meetups.campaigns.care import REASONS, TAKE_BACK, find_need, find_needs
from meetups.dispatch.send import deliver_due
from meetups.models import CareNote, Delivery, Descent, Meetup
from meetups.outbox.suppression import suppress
from meetups.times import clock
from tests import smtpsink
from tests.factories import (
    STREET,
    make_campaign,
    make_debrief,
    make_guest,
    make_held_meetup,
    make_host,
    make_meetup,
    make_recap,
    make_user,
)

pytestmark = pytest.mark.django_db
CARE = "/c/read/care/"
WORDS = "Your evening is near. Can I help?"


@pytest.fixture
def seasoned():
    """A host who held an evening before, elsewhere."""
    host = make_host("ana@example.org", shown_name="Ana")
    make_held_meetup(host, in_days=-200)
    return host


def near(campaign, host, **fields) -> Meetup:
    """Return an evening in four days, at whatever hour it is, to which somebody is invited."""
    begins = clock.now() + timedelta(days=4)
    fields = {"date": begins.date(), "time": begins.time(), "zone": "UTC", "seats": 8, "title": "Near"} | fields
    meetup = make_meetup(host, campaign=campaign, **fields)
    make_guest(meetup, name="Maria Lindqvist", rsvp="invited")
    return meetup


def needs(campaign) -> dict[str, str]:
    return {need.meetup.title: need.reason for need in find_needs(campaign)}


def words_of(response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def make_case(reason: str, campaign, host) -> Meetup:
    """Make an evening that needs a hand for that reason and for none that comes before."""
    if reason == "few_yes":
        return near(campaign, host)
    if reason == "bounced":
        meetup = make_meetup(host, campaign=campaign)
        for _guest in range(2):
            make_guest(meetup, undeliverable_at=clock.now())
        return meetup
    if reason == "silent":
        return make_meetup(host, campaign=campaign, published_at=clock.now() - timedelta(days=3))
    if reason == "long_line":
        meetup = make_meetup(host, campaign=campaign, seats=1)
        make_guest(meetup, rsvp="yes")
        for _guest in range(3):
            make_guest(meetup, rsvp="waiting", waiting_since=clock.now())
        return meetup
    if reason == "first_time":
        meetup = make_meetup(make_host(), campaign=campaign)
        make_guest(meetup)
        return meetup
    meetup = make_held_meetup(host, campaign=campaign, in_days=-12)
    if reason == "no_recap":
        make_debrief(meetup)
    if reason == "could_host":
        make_recap(meetup)
        make_guest(meetup, rsvp="yes", attended=True, could_host=True)
    return meetup


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_is_found_said_and_cared_for(client, campaign, seasoned, reason):
    meetup = make_case(reason, campaign, seasoned)
    assert needs(campaign) == {meetup.title: reason}

    page = words_of(client.get(CARE))
    need = find_need(campaign, code=meetup.code, reason=reason)
    assert need.why in page
    assert need.words in words_of(client.get(f"{CARE}{meetup.code}/{reason}/"))

    client.post(CARE, {"code": meetup.code, "reason": reason, "then": "done"})
    assert reason not in needs(campaign).values()


def test_an_evening_that_goes_well_is_on_no_list(client, campaign, seasoned):
    going_well = near(campaign, seasoned)
    for _guest in range(4):
        make_guest(going_well, rsvp="yes")
    told = make_held_meetup(seasoned, campaign=campaign, in_days=-12, title="Told")
    make_recap(told)
    make_guest(told, rsvp="yes", attended=True, could_host=True)
    child = make_held_meetup(in_days=-5)
    Descent.objects.create(parent=told, child=child, evidence="said", num_days=6)
    make_meetup(seasoned, campaign=make_campaign(name="Another"), published_at=clock.now() - timedelta(days=9))

    assert needs(campaign) == {}
    assert "Nobody needs a hand right now." in words_of(client.get(CARE))


def test_an_evening_is_listed_once_for_its_most_urgent_reason_and_then_for_the_next(client, campaign, seasoned):
    meetup = near(campaign, seasoned)
    for _guest in range(2):
        make_guest(meetup, undeliverable_at=clock.now())
    assert needs(campaign) == {"Near": "bounced"}

    client.post(CARE, {"code": meetup.code, "reason": "bounced", "then": "done"})

    assert needs(campaign) == {"Near": "few_yes"}


def test_a_first_time_host_who_had_a_word_about_another_reason_is_welcomed_by_it(client, campaign, noon):
    meetup = make_case("silent", campaign, make_user(shown_name="Newcomer"))
    assert list(needs(campaign).values()) == ["silent"]

    write(client, meetup, reason="silent")

    assert needs(campaign) == {}


def test_what_is_put_off_comes_back_in_three_days(client, campaign, seasoned, moved_clock):
    meetup = make_case("no_debrief", campaign, seasoned)
    client.post(CARE, {"code": meetup.code, "reason": "no_debrief", "then": "later"})
    assert needs(campaign) == {}

    moved_clock(to=clock.now() + timedelta(days=3, minutes=1))

    assert list(needs(campaign).values()) == ["no_debrief"]


def test_what_was_done_is_said_by_whom_and_can_be_undone(client, campaign, seasoned):
    meetup = near(campaign, seasoned)
    client.post(CARE, {"code": meetup.code, "reason": "few_yes", "then": "done"})
    assert re.search(r"Near: done, Olga", words_of(client.get(CARE)))

    client.post(CARE, {"code": meetup.code, "reason": "few_yes", "then": "undo"})

    assert needs(campaign) == {"Near": "few_yes"}
    assert not CareNote.objects.exists()


@pytest.mark.parametrize("then", ["", "delete", "later"])
def test_nonsense_changes_nothing(client, campaign, seasoned, then):
    meetup = near(campaign, seasoned)
    reason = "few_yes" if then != "later" else "because"

    response = client.post(CARE, {"code": meetup.code, "reason": reason, "then": then})

    assert response.status_code == (404 if then == "later" else 302)
    assert not CareNote.objects.exists()


def test_the_page_names_no_guest_and_no_street(client, campaign, seasoned):
    meetup = near(campaign, seasoned)

    for path in (CARE, f"{CARE}{meetup.code}/few_yes/"):
        source = client.get(path).content.decode()
        assert "Ana" in source
        assert "Lindqvist" not in source
        assert STREET not in source


def test_the_list_takes_as_many_queries_for_five_as_for_one(client, campaign, seasoned, django_assert_num_queries):
    for number in (1, 4):
        for _evening in range(number):
            near(campaign, seasoned)
        with django_assert_num_queries(5):
            client.get(CARE)


# The letter


@pytest.fixture
def sink(settings):
    with smtpsink.Sink() as sink:
        settings.MAIL_IS_FILES = False
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 5
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield sink


@pytest.fixture
def noon(moved_clock):
    """It is noon, so that no letter waits for the morning."""
    return moved_clock(to=clock.now().replace(hour=12, minute=0) + timedelta(days=1))


def write(client, meetup, words=WORDS, reason="few_yes"):
    return client.post(f"{CARE}{meetup.code}/{reason}/", {"words": words})


def test_the_host_gets_the_words_by_name_in_five_minutes(client, campaign, seasoned, noon, moved_clock, sink):
    meetup = near(campaign, seasoned)

    assert write(client, meetup).status_code == 302
    deliver_due()
    assert sink.messages == []
    moved_clock(to=noon + 2 * TAKE_BACK)
    deliver_due()

    [letter] = sink.messages
    assert letter.recipients == ("ana@example.org",)
    assert str(letter.message["From"]).startswith("Olga via Longtable")
    assert letter.message["Reply-To"] == "olga@example.org"
    assert WORDS in letter.text
    assert "Olga, an organizer of Read Together, writes to you" in " ".join(letter.text.split())
    assert letter.message["List-Unsubscribe"]
    assert needs(campaign) == {}


def test_a_letter_can_be_taken_back_until_it_leaves(client, campaign, seasoned, noon, moved_clock, sink):
    meetup = near(campaign, seasoned)
    write(client, meetup)
    undo = {"code": meetup.code, "reason": "few_yes", "then": "undo"}

    client.post(CARE, undo)
    moved_clock(to=noon + timedelta(hours=1))
    deliver_due()
    assert (sink.messages, needs(campaign)) == ([], {"Near": "few_yes"})

    write(client, meetup)
    moved_clock(to=noon + timedelta(hours=2))
    deliver_due()
    response = client.post(CARE, undo, follow=True)
    assert "has gone out already" in words_of(response)
    assert len(sink.messages) == 1


def test_a_second_press_and_a_second_organizer_write_no_second_letter_that_day(client, campaign, seasoned):
    meetup = near(campaign, seasoned)
    write(client, meetup)

    again = write(client, meetup, words="Hello again")

    assert "wrote to this host within a day" in words_of(again)
    assert "Hello again" in again.content.decode()
    assert Delivery.objects.filter(kind="organizer_words").count() == 1


@pytest.mark.parametrize("target", ["", "host:{host}", "campaign:{campaign}"])
def test_a_host_who_wants_no_letters_gets_none_and_the_organizer_hears_it(client, campaign, seasoned, target):
    meetup = near(campaign, seasoned)
    suppress(hash_address("ana@example.org"), target=target.format(host=seasoned.pk, campaign=campaign.pk))

    response = write(client, meetup)

    assert "does not want emails from us" in words_of(response)
    assert WORDS in response.content.decode()
    assert not Delivery.objects.exists()


def test_words_of_somebody_who_is_no_organizer_any_more_are_not_sent(
    client, campaign, organizer, seasoned, noon, moved_clock, sink
):
    write(client, near(campaign, seasoned))
    campaign.organizers.all().delete()

    moved_clock(to=noon + timedelta(hours=1))
    deliver_due()

    assert sink.messages == []


def test_a_new_organizer_writes_no_web_address(client, campaign, organizer, seasoned):
    organizer.proven_at = clock.now()
    organizer.save()
    meetup = near(campaign, seasoned)

    response = write(client, meetup, words="Look at www.example.com please")

    assert "no web address" in words_of(response)
    assert "www.example.com" in response.content.decode()
    assert not Delivery.objects.exists()


def test_empty_words_are_an_error_beside_the_field(client, campaign, seasoned):
    response = write(client, near(campaign, seasoned), words="   ")

    assert "<title>Error:" in response.content.decode()
    assert not Delivery.objects.exists()


def test_an_organizer_writes_sixty_letters_a_day_at_most(client, campaign, seasoned, monkeypatch):
    monkeypatch.setattr("meetups.campaigns.care_views.MOST_LETTERS", 1)
    first, second = near(campaign, seasoned, title="One"), near(campaign, seasoned, title="Two")
    write(client, first)

    assert "enough for one day" in words_of(write(client, second))
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("path", ["care/", "care/{code}/few_yes/"])
def test_organizers_of_other_campaigns_reach_no_evening(client, campaign, seasoned, path):
    meetup = near(campaign, seasoned)
    other = make_user("otto@example.org")
    make_campaign(other, name="Another", slug="another")
    client.force_login(other)

    assert client.get("/c/read/" + path.format(code=meetup.code)).status_code == 404
    assert (
        client.post(
            "/c/another/" + path.format(code=meetup.code),
            {"words": WORDS, "code": meetup.code, "reason": "few_yes", "then": "done"},
        ).status_code
        == 404
    )
    assert not CareNote.objects.exists()
