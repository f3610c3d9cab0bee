"""An organizer's letter to a segment of hosts: looked at, sent, taken back, stopped with one press, never to guests."""

import html
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hosts.models import Campaign
from meetups.access.address_hash import hash_address
from meetups.campaigns.announcements.readers import readers_in
from meetups.campaigns.announcements.services import TAKE_BACK
from meetups.dispatch.claim import claim_deliveries
from meetups.dispatch.send import deliver_due
from meetups.letters import build_message
from meetups.models import Announcement, Delivery, Meetup, Suppression
from meetups.outbox.suppression import suppress
from meetups.times import clock
from tests import smtpsink
from tests.factories import (
    make_campaign,
    make_delivery,
    make_draft,
    make_guest,
    make_held_meetup,
    make_host,
    make_meetup,
    make_user,
)

pytestmark = pytest.mark.django_db
PAGE = "/c/read/letters/"
TYPED = {"segment": "published", "subject": "Forty tables", "words": "Tell me what you need."}


@pytest.fixture(autouse=True)
def noon(moved_clock):
    """It is noon where the evenings are, so that no letter waits for the morning."""
    cache.clear()
    return moved_clock(to=clock.now().replace(hour=12, minute=0) + timedelta(days=1))


@pytest.fixture
def hosts(campaign):
    """One host for each segment, and people who belong to none."""
    made = {name: make_host(f"{name}@example.org", shown_name=name.title()) for name in ("drafts", "published", "held")}
    make_draft(made["drafts"], campaign=campaign, zone="UTC")
    make_meetup(made["published"], campaign=campaign, zone="UTC")
    held = make_held_meetup(made["held"], campaign=campaign, zone="UTC")
    made["could_host"] = make_user("could_host@example.org")
    make_guest(held, "could_host@example.org", rsvp="yes", attended=True, could_host=True)
    # Said so too, and have no account, or host already, or sit elsewhere.
    make_guest(held, "no-account@example.org", rsvp="yes", could_host=True)
    make_guest(held, "published@example.org", rsvp="yes", could_host=True)
    make_guest(make_meetup(zone="UTC"), make_user("elsewhere@example.org").email, rsvp="yes", could_host=True)
    return made


def words_of(response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def look(client, **typed):
    return client.post(PAGE, TYPED | typed | {"then": "look"})


def send(client, **typed):
    seen = re.search(r'name="seen" value="(\w+)"', look(client, **typed).content.decode())
    return client.post(PAGE, TYPED | typed | {"then": "send", "seen": seen.group(1) if seen else ""})


@pytest.mark.parametrize("segment", ["drafts", "published", "held", "could_host"])
def test_a_segment_is_hosts_and_each_is_counted_before_anything_is_sent(client, campaign, hosts, segment):
    shown = words_of(look(client, segment=segment))

    assert "It goes to 1 person." in shown
    assert "Tell me what you need." in shown and "Olga via" in shown
    assert not Delivery.objects.exists() and not Announcement.objects.exists()
    send(client, segment=segment)
    assert [row.user.email for row in Delivery.objects.select_related("user")] == [f"{segment}@example.org"]


def test_it_comes_by_name_in_ten_minutes_and_can_be_answered(client, campaign, hosts, noon, moved_clock, settings):
    send(client)
    row = Delivery.objects.get()
    assert row.due_at - clock.now() > TAKE_BACK - timedelta(minutes=1)

    moved_clock(to=row.due_at + timedelta(seconds=1))
    with smtpsink.Sink() as sink:
        settings.MAIL_IS_FILES = False
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 5
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        deliver_due()

    [message] = sink.messages
    assert message.recipients == ("published@example.org",)
    assert (message.subject, message.message["From"].partition(" <")[0]) == ("Forty tables", "Olga via Longtable")
    assert message.message["Reply-To"] == campaign.organizers.get().user.email
    assert "Dear Published," in message.text and "Tell me what you need." in message.text


def test_within_ten_minutes_it_is_taken_back_and_later_it_is_not(client, campaign, hosts, moved_clock):
    send(client)
    row = Announcement.objects.get()

    client.post(PAGE, {"then": "undo", "letter": row.pk})

    assert Delivery.objects.get().state == "withdrawn"
    assert "taken back" in words_of(client.get(PAGE))
    send(client, subject="Another")
    late = Announcement.objects.first()
    moved_clock(to=late.due_at + timedelta(seconds=1))
    shown = words_of(client.post(PAGE, {"then": "undo", "letter": late.pk}, follow=True))
    assert "cannot be taken back any more" in shown
    late.refresh_from_db()
    assert late.taken_back_at is None


def test_one_that_a_worker_has_in_hand_is_not_written_once_it_is_taken_back(client, campaign, hosts):
    send(client)
    row = Announcement.objects.get()
    Delivery.objects.update(next_try_at=clock.now())
    [claimed] = claim_deliveries()
    client.post(PAGE, {"then": "undo", "letter": row.pk})

    with pytest.raises(Exception, match="taken back"):
        build_message(claimed)


def test_one_a_day_and_a_second_press_sends_no_second(client, campaign, hosts, moved_clock):
    send(client)
    client.post(PAGE, TYPED | {"then": "send", "seen": "x"})
    send(client, subject="Another")
    assert Announcement.objects.count() == 1

    moved_clock(to=clock.now() + timedelta(days=1, minutes=1))
    send(client, subject="Another")

    assert Announcement.objects.count() == 2


def test_what_was_changed_after_the_look_is_shown_once_more(client, campaign, hosts):
    page = look(client).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', page).group(1)

    shown = words_of(client.post(PAGE, TYPED | {"words": "Something else.", "then": "send", "seen": seen}))

    assert "You changed it since you looked at it." in shown and "Something else." in shown
    assert not Delivery.objects.exists()


def test_one_press_stops_these_and_no_letter_about_the_own_evening(client, campaign, hosts):
    send(client)
    message = build_message(Delivery.objects.get())
    link = message.extra_headers["List-Unsubscribe"].strip("<>")
    path = re.sub(r"^https?://[^/]+", "", link)
    assert f"?campaign={campaign.pk}" in path

    assert "Letters of the organizers of this campaign" in words_of(client.get(path))
    client.post(path, {"List-Unsubscribe": "One-Click"})

    assert Suppression.objects.get().target == f"campaign:{campaign.pk}"
    assert list(readers_in(campaign, "published")) == []
    host, meetup = hosts["published"], hosts["published"].meetups.get()
    about_own = make_delivery("host_full", user=host, meetup=meetup)
    Delivery.objects.update(next_try_at=clock.now())
    claim_deliveries()
    states = dict(Delivery.objects.values_list("kind", "state"))
    assert states == {"campaign_letter": "withdrawn", about_own.kind: "sending"}
    client.post(path, {"scope": "campaign", "again": "1"})
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("target", ["", "host", "campaign"])
def test_who_wants_none_is_not_counted(client, campaign, hosts, target):
    full = {"host": f"host:{hosts['published'].pk}", "campaign": f"campaign:{campaign.pk}"}.get(target, "")
    suppress(hash_address("published@example.org"), target=full)

    assert "It goes to 0 people." in words_of(look(client))
    assert 'value="send"' not in look(client).content.decode()


def test_a_new_account_sends_no_links(client, campaign, hosts):
    campaign.organizers.get().user.__class__.objects.filter(pk=campaign.organizers.get().user_id).update(proven_at=clock.now())

    shown = words_of(look(client, words="Look at example.com now."))

    assert "no web address can stand in an email" in shown and "Look at example.com now." in shown
    assert not Announcement.objects.exists()


@pytest.mark.parametrize("typed", [{"segment": "guests"}, {"subject": ""}, {"words": " "}])
def test_what_cannot_be_read_stays_on_the_form_and_sends_nothing(client, campaign, hosts, typed):
    answer = look(client, **typed)

    assert "Error:" in answer.content.decode()
    assert (TYPED | typed)["words"].strip() in words_of(answer)
    assert not Delivery.objects.exists()


def test_strangers_and_hosts_cannot_write(client, campaign, hosts):
    client.logout()
    stranger = look(client)
    client.force_login(hosts["published"])
    other = make_campaign(hosts["published"], slug="another")

    assert (stranger.status_code, look(client).status_code) == (302, 404)
    row = Announcement.objects.create(
        campaign=campaign, segment="held", subject="A", words="B", at=clock.now(), due_at=clock.now() + TAKE_BACK
    )
    assert client.post(f"/c/{other.slug}/letters/", {"then": "undo", "letter": row.pk}).status_code == 404


def test_as_many_queries_to_look_for_twelve_hosts_as_for_three(client, campaign):
    counts = []
    for number in (3, 9):
        for _n in range(number):
            make_meetup(make_host(), campaign=campaign)
        with CaptureQueriesContext(connection) as queries:
            look(client)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_it_stays_here_once_the_campaign_has_ended_or_its_reader_left_it(client, campaign, hosts, moved_clock):
    make_meetup(make_host("leaver@example.org"), campaign=campaign, zone="UTC", title="Mine now")
    send(client)
    Meetup.objects.filter(title="Mine now").update(campaign=None)
    moved_clock(to=clock.now() + TAKE_BACK + timedelta(minutes=1))

    deliver_due()
    sent = set(Delivery.objects.filter(kind="campaign_letter", state="sent").values_list("user__email", flat=True))
    assert sent == {"published@example.org"}

    Delivery.objects.filter(state="sent").update(state="queued", attempts=0, finished_at=None)
    Campaign.objects.update(ends_at=clock.now() - timedelta(days=2))
    deliver_due()
    assert not Delivery.objects.filter(kind="campaign_letter", state="sent").exists()
