"""A campaign's webhooks and API tokens in the states that the browser looks at."""

from datetime import timedelta

from hosts.models import Campaign, User
from meetups.exchange.tokens import make_token
from meetups.models import Webhook, WebhookPost
from meetups.times import clock
from meetups.webhooks.events import owe_test
from meetups.webhooks.services import add_webhook, turn_off


def make_exchange_states(organizer: User, campaign: Campaign) -> dict[str, str]:
    """Make a webhook that fails, one that is off, and two tokens; return the pages by name."""
    failing = add_webhook(campaign, url=f"https://example.org/{'hook' * 40}", events=["meetup.held"], by=organizer)
    answers = [
        ("sent", 204, "", 1),
        ("waiting", 503, "out of soup " * 20, 3),
        ("failed", None, "It took longer than ten seconds.", 10),
    ]
    for state, status, words, tries in answers:
        post = owe_test(failing)
        said = {"last_status": status, "last_words": words[:300], "last_ms": 140, "num_attempts": tries}
        WebhookPost.objects.filter(pk=post.pk).update(state=state, event="meetup.published", **said)
    owe_test(failing)
    # It rests for good: nothing of this leaves the machine.
    rest = {"num_failures": 4, "rests_until": clock.now() + timedelta(days=365)}
    Webhook.objects.filter(pk=failing.pk).update(failing_since=clock.now() - timedelta(days=1), **rest)
    turn_off(add_webhook(campaign, url="https://example.com/gone", events=["meetup.held"], by=organizer), why=Webhook.Off.GONE)
    for key, name in (("a", "Our map"), ("b", "W" * 80)):
        make_token(campaign, by=organizer, name=name, scopes=["events", "totals"], days=90, form_key=key)
    return {"webhook": f"/c/{campaign.slug}/webhooks/{failing.pk}/"}
