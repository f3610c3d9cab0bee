"""The page of API tokens: a token is shown once, kept as a digest, and revoked."""

import re
from datetime import timedelta

import pytest

from meetups.exchange.tokens import make_token
from meetups.models import ApiToken
from meetups.times import clock
from tests.factories import make_campaign, make_user

pytestmark = pytest.mark.django_db
PAGE = "/c/read/api/"
TYPED = {"name": "Our map", "scopes": ["events", "totals"], "days": "30", "form_key": "abc"}


def test_a_stranger_signs_in_and_another_organizer_finds_nothing(client, campaign, organizer):
    row, _token = make_token(campaign, by=organizer, name="Map", scopes=["events"], days=30, form_key="k")
    other = make_user()
    make_campaign(other, slug="other")
    client.logout()
    assert client.get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"

    client.force_login(other)

    assert client.get(PAGE).status_code == client.post(PAGE, TYPED).status_code == 404
    assert client.post("/c/other/api/", {"revoke": row.pk}).status_code == 404
    assert ApiToken.objects.get().is_good


def test_a_token_is_shown_once_and_opens_the_api(client, campaign):
    made = client.post(PAGE, TYPED)
    token = re.search(r"longtable_[\w-]{43}", made.content.decode()).group()
    row = ApiToken.objects.get()

    assert client.get("/api/v1/events", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert "no-store" in made["Cache-Control"]
    assert token not in client.get(PAGE).content.decode()
    assert token not in str(ApiToken.objects.values_list())
    assert (row.name, row.scopes) == ("Our map", ["events", "totals"])


def test_a_form_that_is_sent_twice_makes_one_token(client, campaign):
    client.post(PAGE, TYPED)

    page = client.post(PAGE, TYPED, follow=True).content.decode()

    assert "was made already" in page
    assert ApiToken.objects.count() == 1


def test_the_list_says_who_made_it_until_when_and_whether_it_is_used(client, campaign):
    client.post(PAGE, TYPED)

    page = client.get(PAGE).content.decode()

    for words in ("Our map", "made by Olga", "ends on", "not used yet", "evenings, with their counts · the totals"):
        assert words in page


def test_a_revoked_token_is_said_to_be_so(client, campaign):
    client.post(PAGE, TYPED)

    page = client.post(PAGE, {"revoke": ApiToken.objects.get().pk}, follow=True).content.decode()

    assert "Revoked. It opens nothing any more." in page
    assert ">Revoke<" not in page
    assert not ApiToken.objects.get().is_good


def test_after_the_end_of_a_campaign_a_token_is_revoked_and_none_is_made(client, campaign):
    client.post(PAGE, TYPED)
    campaign.ends_at = clock.now() - timedelta(days=1)
    campaign.save()
    page = client.get(PAGE).content.decode()
    assert PAGE in client.get("/c/read/dashboard/").content.decode()
    assert ">Revoke<" in page
    assert "Make it" not in page

    client.post(PAGE, TYPED | {"form_key": "another"})
    client.post(PAGE, {"revoke": ApiToken.objects.get().pk})

    assert not ApiToken.objects.get().is_good


@pytest.mark.parametrize(
    ("typed", "words"), [({"name": ""}, "required"), ({"scopes": []}, "tick at least one"), ({"days": "9"}, "valid")]
)
def test_bad_input_is_said_and_stays(client, campaign, typed, words):
    page = client.post(PAGE, TYPED | typed).content.decode()

    assert words in page
    assert ("Our map" in page) == ("name" not in typed)
    assert not ApiToken.objects.exists()


def test_the_page_takes_as_many_queries_for_twelve_tokens_as_for_three(
    client, campaign, organizer, django_assert_max_num_queries
):
    counts = []
    for keys in ("abc", "defghijkl"):
        for key in keys:
            make_token(campaign, by=organizer, name=key, scopes=["events"], days=30, form_key=key)
        with django_assert_max_num_queries(20) as queries:
            client.get(PAGE)
        counts.append(len(queries))

    assert counts[0] == counts[1]
