"""The pages of webhooks: who may see them, what an address may be, what the other side said."""

import pytest

from hosts.signin.factor_secrets import decrypt
from meetups.models import Webhook, WebhookPost
from meetups.webhooks.events import owe_test
from meetups.webhooks.send import send_due
from meetups.webhooks.services import MOST_WEBHOOKS, add_webhook
from tests.factories import make_campaign, make_user
from tests.webhooks.receiver import receiver_on_loopback

pytestmark = pytest.mark.django_db
URL = "https://example.org/hook"
LIST = "/c/read/webhooks/"


@pytest.fixture
def webhook(campaign, organizer) -> Webhook:
    return add_webhook(campaign, url=URL, events=["meetup.published"], by=organizer)


def page_of(webhook: Webhook) -> str:
    return f"{LIST}{webhook.pk}/"


def test_a_stranger_signs_in_and_another_organizer_finds_nothing(client, webhook):
    other = make_user()
    make_campaign(other, slug="other")
    client.logout()
    stranger = [client.get(page)["Location"] for page in (LIST, page_of(webhook))]
    client.force_login(other)
    answers = [client.get(page).status_code for page in (LIST, page_of(webhook), f"/c/other/webhooks/{webhook.pk}/")]
    posts = [client.post(f"/c/other/webhooks/{webhook.pk}/", {"then": then}).status_code for then in ("delete", "show", "off")]

    assert stranger == [f"/accounts/login/?next={page}" for page in (LIST, page_of(webhook))]
    assert (answers, posts) == ([404] * 3, [404] * 3)
    assert Webhook.objects.on().count() == 1


def test_an_organizer_adds_an_address_once(client, campaign):
    typed = {"url": URL, "events": ["meetup.published", "recap.published"]}

    response = client.post(LIST, typed)
    client.post(LIST, typed)

    webhook = Webhook.objects.get()
    assert response["Location"] == page_of(webhook)
    assert (webhook.url, webhook.events) == (URL, ["meetup.published", "recap.published"])


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://example.org/hook", "begins with https://"),
        ("https://127.0.0.1/hook", "private network"),
        ("https://[::1]/hook", "private network"),
        ("https://10.0.0.1:8443/", "private network"),
        ("https://localhost/", "private network"),
        ("https://router.local/", "private network"),
        ("https://ana:secret@example.org/", "before an @"),
        ("https://example.org/#part", "behind a #"),
        ("https://example.org:99999/", "no address"),
        ("ftp://example.org/", "begins with https://"),
        ("soup", "begins with https://"),
        ("", "required"),
    ],
)
def test_what_is_no_public_https_address_is_refused_and_stays_typed(client, campaign, url, words):
    page = client.post(LIST, {"url": url, "events": ["meetup.held"]}).content.decode()

    assert words in page
    assert f'value="{url}"' in page or not url
    assert not Webhook.objects.exists()


def test_without_an_event_it_says_so(client, campaign):
    assert "at least one event" in client.post(LIST, {"url": URL}).content.decode()


def test_there_are_ten_at_most(client, campaign, organizer):
    for number in range(MOST_WEBHOOKS):
        add_webhook(campaign, url=f"{URL}/{number}", events=["meetup.held"], by=organizer)

    page = client.post(LIST, {"url": URL, "events": ["meetup.held"]}).content.decode()

    assert "ten webhooks at most" in page
    assert campaign.webhooks.count() == MOST_WEBHOOKS


def test_the_secret_is_on_the_page_for_who_presses(client, webhook):
    secret = decrypt(webhook.secret)

    assert secret not in client.get(page_of(webhook)).content.decode()
    shown = client.post(page_of(webhook), {"then": "show"})
    assert secret in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    client.post(page_of(webhook), {"then": "renew"})
    webhook.refresh_from_db()
    assert decrypt(webhook.secret) != secret


def test_a_test_is_sent_and_the_answer_shown_as_text(client, campaign, organizer, settings):
    with receiver_on_loopback() as receiver:
        settings.WEBHOOK_TEST_PORT = receiver.port
        receiver.status, receiver.body = 500, b"<script>alert(1)</script> no soup"
        webhook = add_webhook(campaign, url=receiver.url, events=["meetup.held"], by=organizer)
        client.post(page_of(webhook), {"then": "test"})
        send_due(seconds=5)
        page = client.get(page_of(webhook)).content.decode()
        receiver.status, receiver.body = 200, b"soup"
        client.post(page_of(webhook), {"then": "again", "post": WebhookPost.objects.get().pk})
        send_due(seconds=5)

    assert "&lt;script&gt;alert(1)&lt;/script&gt; no soup" in page
    assert "<strong>500</strong>" in page
    assert "1 try" in page
    assert "to be tried again" in page
    assert "Nothing has arrived since" in page
    assert "<strong>200</strong>" in client.get(page_of(webhook)).content.decode()
    assert len({headers["webhook-id"] for _path, headers, _body in receiver.got}) == 1


def test_turning_off_withdraws_what_is_queued_and_turning_on_begins_anew(client, webhook):
    owe_test(webhook)
    client.post(page_of(webhook), {"then": "off"})
    off = client.get(page_of(webhook)).content.decode()
    assert "Turned off by an organizer." in off
    assert WebhookPost.objects.get().state == "withdrawn"
    client.post(page_of(webhook), {"then": "test"})
    assert WebhookPost.objects.count() == 1

    client.post(page_of(webhook), {"then": "on"})

    webhook.refresh_from_db()
    assert webhook.is_on


def test_a_post_of_another_webhook_cannot_be_sent_again(client, webhook, campaign, organizer):
    other = add_webhook(make_campaign(make_user()), url=URL, events=["meetup.held"], by=organizer)
    post = owe_test(other)
    WebhookPost.objects.update(state="failed")

    answers = [client.post(page_of(webhook), {"then": "again", "post": pk}).status_code for pk in (post.pk, "x", "")]

    assert answers == [404] * 3
    assert WebhookPost.objects.get().state == "failed"


def test_it_is_changed_and_deleted(client, webhook, campaign, organizer):
    add_webhook(campaign, url=f"{URL}/2", events=["meetup.held"], by=organizer)
    taken = client.post(page_of(webhook), {"then": "save", "url": f"{URL}/2", "events": ["meetup.held"]}).content.decode()
    assert "Another webhook" in taken

    client.post(page_of(webhook), {"then": "save", "url": f"{URL}/3", "events": ["meetup.held"]})
    webhook.refresh_from_db()
    assert (webhook.url, webhook.events) == (f"{URL}/3", ["meetup.held"])

    client.post(page_of(webhook), {"then": "delete"})
    assert campaign.webhooks.count() == 1


def test_the_page_takes_as_many_queries_for_twelve_posts_as_for_three(client, webhook, django_assert_max_num_queries):
    counts = []
    for number in (3, 9):
        for _post in range(number):
            owe_test(webhook)
        with django_assert_max_num_queries(20) as queries:
            client.get(page_of(webhook))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_the_other_side_is_not_hammered_with_one_button(client, webhook, monkeypatch):
    monkeypatch.setattr("meetups.exchange.webhook_views.MOST_AGAIN", 2)
    post = owe_test(webhook)
    queued = []
    for _press in range(3):
        WebhookPost.objects.update(state="failed")
        page = client.post(page_of(webhook), {"then": "again", "post": post.pk}, follow=True).content.decode()
        queued.append(WebhookPost.objects.get().state)

    assert queued == ["queued", "queued", "failed"]
    assert "That is enough for one hour" in page
