"""A campaign with a webhook to a receiver on this machine."""

from collections.abc import Iterator

import pytest

from meetups.models import Webhook
from meetups.webhooks.services import add_webhook
from tests.factories import make_campaign, make_user
from tests.webhooks.receiver import Receiver, receiver_on_loopback


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    with receiver_on_loopback() as receiver:
        settings.WEBHOOK_TEST_PORT = receiver.port
        yield receiver


@pytest.fixture
def organizer(db):
    return make_user("olga@example.org", shown_name="Olga")


@pytest.fixture
def campaign(organizer):
    return make_campaign(organizer, slug="read")


@pytest.fixture
def webhook(campaign, organizer, receiver) -> Webhook:
    return add_webhook(campaign, url=receiver.url, events=Webhook.Event.values, by=organizer)
