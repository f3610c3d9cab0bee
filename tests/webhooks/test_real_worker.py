"""Webhooks with a real worker, a real relay and real receivers: letters leave while a receiver hangs, and each event arrives."""

import json

import pytest
from standardwebhooks import Webhook as Verifier

from tests import smtpsink
from tests.faults.letters import owe, wait_until
from tests.serving import Site
from tests.webhooks.receiver import receiver_on_loopback

ADD = """
from tests.factories import make_campaign, make_draft, make_user
from hosts.signin.factor_secrets import decrypt
from meetups.models import Webhook
from meetups.planning.services.meetup import publish_meetup
from meetups.webhooks.services import add_webhook
organizer = make_user()
campaign = make_campaign(organizer, slug="read")
for name in ("hangs", "takes"):
    webhook = add_webhook(campaign, url=f"http://127.0.0.1:PORT/{name}", events=Webhook.Event.values, by=organizer)
for number in range(3):
    publish_meetup(make_draft(campaign=campaign))
print(decrypt(webhook.secret))
"""


@pytest.mark.slow
def test_a_receiver_that_hangs_keeps_back_no_letter_and_no_other_receiver(tmp_path):
    with smtpsink.Sink() as sink, receiver_on_loopback() as receiver:

        def behave(handler) -> None:
            if handler.path == "/hangs":
                receiver.hang(handler)
            handler.send_response(204)
            handler.end_headers()

        receiver.behave = behave
        with Site(tmp_path / "site", email_url=sink.url, web=False, WEBHOOK_TEST_PORT=str(receiver.port)) as site:
            secret = site.shell(ADD.replace("PORT", str(receiver.port))).strip()
            wait_until(lambda: any(path == "/hangs" for path, _headers, _body in receiver.got), site)
            owe(site, 5)
            sink.wait_for(lambda sink: len(sink.messages) >= 5, seconds=15)
            wait_until(lambda: len({body for path, _headers, body in receiver.got if path == "/takes"}) == 3, site, seconds=45)

            taken = [(headers, body) for path, headers, body in receiver.got if path == "/takes"]
            assert {Verifier(secret).verify(body, headers)["type"] for headers, body in taken} == {"meetup.published"}
            assert len({json.loads(body)["data"]["id"] for _headers, body in taken}) == 3
            wait_until(
                lambda: (
                    site.rows("SELECT last_words FROM meetups_webhookpost WHERE state = 'waiting'")
                    == [("It took longer than ten seconds.",)]
                ),
                site,
            )
