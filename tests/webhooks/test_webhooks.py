"""Events of a campaign reach a program: signed, owed with the change, at least once, never with a name or a street."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from standardwebhooks import Webhook as Verifier

from hosts.signin.factor_secrets import decrypt
from meetups.models import Webhook, WebhookPost
from meetups.planning.services.change import cancel_meetup, reschedule_meetup, restore_meetup
from meetups.planning.services.meetup import publish_meetup, save_draft
from meetups.privacy.retention import retire
from meetups.recaps.services.recap import publish_recap, take_down_recap
from meetups.times import clock
from meetups.webhooks import connection
from meetups.webhooks.events import owe_held, owe_meetup_event, owe_test
from meetups.webhooks.send import LEASE, WAITS, _settle, claim_posts, release_leases, send_due
from meetups.webhooks.services import add_webhook, turn_off
from tests.factories import (
    DOOR,
    PARKING,
    PHONE,
    STREET,
    make_campaign,
    make_draft,
    make_guest,
    make_held_meetup,
    make_meetup,
    make_recap,
    make_user,
)

pytestmark = pytest.mark.django_db
Event, State = Webhook.Event, WebhookPost.State


def send() -> dict[str, int]:
    return dict(send_due(seconds=5))


def bodies(receiver) -> list[dict]:
    return [json.loads(body) for _path, _headers, body in receiver.got]


def test_what_arrives_is_signed_as_standard_webhooks_says(webhook, receiver, campaign):
    publish_meetup(make_draft(campaign=campaign))

    assert send() == {"sent": 1}
    _path, headers, body = receiver.got[0]
    assert Verifier(decrypt(webhook.secret)).verify(body, headers)["type"] == "meetup.published"
    post = WebhookPost.objects.get()
    assert headers["webhook-id"] == post.message_id
    assert (post.state, post.last_status, post.last_words) == (State.SENT, 200, "thank you")


def test_the_secret_is_not_readable_in_the_database(webhook):
    assert decrypt(webhook.secret).startswith("whsec_")
    assert "whsec_" not in webhook.secret


def test_no_guest_no_street_and_no_small_count_is_in_it(webhook, receiver, campaign):
    meetup = make_draft(campaign=campaign, title=f"Soup at {STREET}", visibility="listed")
    for number in range(6):
        make_guest(
            meetup, f"maria{number}@example.org", name="Maria Lindqvist", rsvp="yes" if number < 5 else "maybe", note="so glad"
        )
    publish_meetup(meetup)
    send()

    body = receiver.got[0][2]
    for secret in [STREET, DOOR, PHONE, PARKING, "M6G 1A1", "Lindqvist", "maria", "so glad", meetup.host.email]:
        assert secret not in body
    data = json.loads(body)["data"]
    assert data["guests"] == {"invited": 6, "yes": 5, "maybe": "<5", "waiting": "<5", "came": "<5"}
    assert (data["id"], data["area"], data["campaign"], data["title"]) == (meetup.code, "Toronto, Ontario", "read", "")
    assert data["url"].endswith(f"/m/{meetup.code}/")


def test_a_private_evening_has_no_address(webhook, receiver, campaign):
    publish_meetup(make_draft(campaign=campaign))
    send()

    assert bodies(receiver)[0]["data"]["url"] == ""


def test_a_change_that_is_undone_owes_nothing(webhook, campaign):
    """The event is queued in the transaction of the change."""
    draft = make_draft(campaign=campaign)
    with pytest.raises(RuntimeError), transaction.atomic():
        publish_meetup(draft)
        raise RuntimeError

    assert not WebhookPost.objects.exists()


def test_the_life_of_an_evening_is_told(webhook, receiver, campaign, moved_clock, organizer):
    draft = save_draft(make_user(shown_name="Ana"), title="Soup", campaign=campaign)
    published = publish_meetup(make_draft(campaign=campaign))
    reschedule_meetup(published, time=published.time.replace(hour=18))
    reschedule_meetup(published, time=published.time.replace(hour=17))
    canceled = cancel_meetup(make_meetup(campaign=campaign))
    restored = cancel_meetup(make_meetup(campaign=campaign))
    restore_meetup(restored)
    recap = make_recap(make_held_meetup(campaign=campaign), state="draft")
    publish_recap(recap)
    take_down_recap(recap)
    send()

    told = [(body["type"], body["data"]["id"]) for body in bodies(receiver)]
    assert told == [
        ("host.began", draft.code),
        ("meetup.published", published.code),
        ("recap.published", recap.slug),
        ("recap.taken_down", recap.slug),
    ]
    # What can be taken back for ten minutes is told after them, a second move with the first.
    moved_clock(minutes=11)
    send()
    assert [(body["type"], body["data"]["id"]) for body in bodies(receiver)[4:]] == [
        ("meetup.moved", published.code),
        ("meetup.canceled", canceled.code),
    ]


def test_an_evening_that_is_over_is_told_once(webhook, receiver, campaign, moved_clock):
    make_held_meetup(campaign=campaign)
    meetup = make_meetup(campaign=campaign, in_days=2)
    moved_clock(to=meetup.end + timedelta(minutes=1))

    assert (owe_held(), owe_held()) == (1, 0)
    send()
    assert [(body["type"], body["data"]["id"]) for body in bodies(receiver)] == [("meetup.held", meetup.code)]


def test_who_did_not_choose_an_event_or_has_another_campaign_hears_nothing(webhook, receiver, campaign):
    Webhook.objects.update(events=[Event.RECAP_PUBLISHED])
    publish_meetup(make_draft(campaign=campaign))
    publish_meetup(make_draft(campaign=make_campaign()))
    publish_meetup(make_draft())

    assert send() == {}


def test_what_fails_is_tried_again_later_with_the_same_id(webhook, receiver, campaign, moved_clock):
    receiver.status, receiver.body = 500, b"out of soup"
    publish_meetup(make_draft(campaign=campaign))

    assert send() == {"waiting": 1}
    post = WebhookPost.objects.get()
    assert (post.state, post.last_status, post.last_words, post.num_attempts) == (State.WAITING, 500, "out of soup", 1)
    assert send() == {}
    receiver.status = 204
    moved_clock(minutes=1)
    assert send() == {"sent": 1}
    assert len({headers["webhook-id"] for _path, headers, _body in receiver.got}) == 1
    webhook.refresh_from_db()
    assert (webhook.failing_since, webhook.num_failures) == (None, 0)


def test_it_waits_as_long_as_the_other_side_asks(webhook, receiver, moved_clock):
    receiver.status, receiver.headers = 429, {"Retry-After": "3600"}
    owe_test(webhook)
    send()

    moved_clock(minutes=50)
    assert send() == {}
    moved_clock(minutes=61)
    assert send() == {"waiting": 1}


def test_after_days_it_turns_itself_off_and_says_why(webhook, receiver, campaign, moved_clock):
    receiver.status = 503
    owe_test(webhook)
    passed = timedelta()
    for pause in [*WAITS, timedelta()]:
        send()
        passed += max(pause, timedelta(minutes=6))
        moved_clock(seconds=passed.total_seconds())

    webhook.refresh_from_db()
    assert (webhook.is_on, webhook.why_off) == (False, "failing")
    publish_meetup(make_draft(campaign=campaign))
    assert send() == {}
    assert len(receiver.got) == len(WAITS) + 1


def test_an_address_that_is_gone_is_turned_off_at_once(webhook, receiver):
    receiver.status = 410
    owe_test(webhook)
    owe_test(webhook)
    send()

    webhook.refresh_from_db()
    assert (webhook.is_on, webhook.why_off, len(receiver.got)) == (False, "gone", 1)
    assert not WebhookPost.objects.pending().exists()


def test_a_receiver_that_hangs_keeps_nothing_from_another(webhook, receiver, organizer, monkeypatch):
    monkeypatch.setattr(connection, "SECONDS", 0.3)
    quick = add_webhook(make_campaign(organizer), url=f"http://127.0.0.1:{receiver.port}/quick", events=[], by=organizer)
    receiver.behave = lambda handler: (
        receiver.hang(handler) if handler.path != "/quick" else handler.send_response(200) or handler.end_headers()
    )
    for _number in range(3):
        owe_test(webhook)
        owe_test(quick)

    counts = send()

    assert counts == {"sent": 3, "waiting": 1}
    assert WebhookPost.objects.filter(webhook=webhook, num_attempts=0).count() == 2


def test_a_worker_that_dies_leaves_a_lease_that_ends(webhook, receiver, moved_clock):
    owe_test(webhook)
    assert len(claim_posts()) == 1
    assert (claim_posts(), release_leases(), send()) == ([], 0, {})

    moved_clock(seconds=LEASE.total_seconds() + 1)

    assert send() == {"sent": 1}


def test_a_worker_whose_lease_ended_writes_nothing_down(webhook):
    owe_test(webhook)

    (row,) = claim_posts()
    WebhookPost.objects.update(lease_token="another")
    assert _settle(row, connection.Answer(500, "")) == "lost"
    assert WebhookPost.objects.get().state == State.SENDING


def test_what_is_off_posts_nothing(webhook, receiver, campaign):
    owe_test(webhook)
    turn_off(webhook)
    publish_meetup(make_draft(campaign=campaign))

    assert send() == {}
    assert receiver.got == []


def test_publishing_asks_once_whether_anybody_wants_to_hear(campaign, django_assert_num_queries):
    meetup = make_meetup(campaign=campaign)
    with django_assert_num_queries(1):
        owe_meetup_event(meetup, Event.MEETUP_PUBLISHED)


def test_posts_are_kept_for_thirty_days(webhook, receiver):
    owe_test(webhook)
    send()

    assert retire(clock.now() + timedelta(days=29))["webhook_posts"] == 0
    assert retire(clock.now() + timedelta(days=31))["webhook_posts"] == 1


def test_without_celery_they_are_posted_too(webhook, receiver):
    owe_test(webhook)

    call_command("deliver", "--once", stdout=StringIO())

    assert [body["type"] for body in bodies(receiver)] == ["webhook.test"]


def test_their_secrets_are_encrypted_anew_with_those_of_second_factors(webhook, settings):
    secret, old = decrypt(webhook.secret), webhook.secret
    settings.FACTOR_KEYS = ["n" * 50, *settings.FACTOR_KEYS]
    said = StringIO()

    call_command("rotate_factor_keys", stdout=said)

    settings.FACTOR_KEYS = settings.FACTOR_KEYS[:1]
    webhook.refresh_from_db()
    assert (decrypt(webhook.secret), webhook.secret != old) == (secret, True)
    assert "1 webhooks are, too." in said.getvalue()
