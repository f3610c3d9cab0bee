"""What programs still get once a campaign has ended, or whoever connected them leads it no more: nothing."""

from datetime import timedelta

import pytest

from meetups.campaigns.lead.end import end_campaign, take_end_back
from meetups.campaigns.lead.roles import leave_all_campaigns, set_role, take_off
from meetups.exchange.tokens import make_token, read_token
from meetups.models import ApiToken, Meetup, Webhook, WebhookPost
from meetups.planning.services.meetup import publish_meetup
from meetups.times import clock
from meetups.webhooks.events import owe_held
from meetups.webhooks.send import send_due
from meetups.webhooks.services import add_webhook, change_webhook
from tests.factories import add_role, make_draft, make_held_meetup, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def petra(campaign):
    return add_role(campaign, make_user("petra@example.org", shown_name="Petra"))


def test_of_a_campaign_that_has_ended_nothing_is_posted(webhook, receiver, campaign, organizer):
    publish_meetup(make_draft(campaign=campaign))
    end_campaign(campaign, at=None, by=organizer)

    assert (send_due(seconds=5), receiver.got) == ({}, [])
    take_end_back(campaign, by=organizer)
    assert send_due(seconds=5) == {"sent": 1}


def test_of_a_campaign_that_has_ended_nothing_is_owed(webhook, campaign, organizer):
    evening = make_held_meetup(campaign=campaign)
    Meetup.objects.filter(pk=evening.pk).update(ends_at=clock.now() - timedelta(hours=1))
    Webhook.objects.update(created_at=clock.now() - timedelta(days=1))
    draft = make_draft(make_user(), campaign=campaign)
    end_campaign(campaign, at=None, by=organizer)

    publish_meetup(draft)

    assert owe_held() == 0
    assert not WebhookPost.objects.exists()


@pytest.mark.parametrize("end", ["taken off", "helper", "account deleted"])
def test_who_leads_no_more_hears_no_more(webhook, receiver, campaign, organizer, petra, end):
    hers = add_webhook(campaign, url=f"{receiver.url}hers", events=Webhook.Event.values, by=petra.user)
    publish_meetup(make_draft(campaign=campaign))

    if end == "taken off":
        take_off(petra, by=organizer)
    elif end == "helper":
        set_role(petra, role="helper", by=organizer)
    else:
        leave_all_campaigns(petra.user)

    assert list(Webhook.objects.on()) == [webhook]
    assert send_due(seconds=5) == {"sent": 1}
    assert WebhookPost.objects.get(webhook=hers).state == "withdrawn"


def test_an_address_is_of_whoever_gave_it_last(webhook, receiver, campaign, organizer, petra):
    change_webhook(webhook, url=f"{receiver.url}hers", events=webhook.events, by=petra.user)

    take_off(petra, by=organizer)

    assert not Webhook.objects.on().exists()


def test_a_token_stays_ended_when_its_person_gets_a_role_again(campaign, organizer, petra):
    _row, token = make_token(campaign, by=petra.user, name="Map", scopes=ApiToken.Scope.values, days=30, form_key="k")
    assert read_token(token) is not None

    take_off(petra, by=organizer)
    add_role(campaign, petra.user)

    assert read_token(token) is None
