"""The end of a campaign: no new evenings, totals only for organizers, everything for hosts, and a week to take it back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from meetups.campaigns.lead.end import end_campaign, take_end_back
from meetups.campaigns.lead.views import end_of
from meetups.exceptions import MeetupError
from meetups.models import Meetup
from meetups.planning.services.fork import fork_conversation
from meetups.planning.services.meetup import publish_meetup, save_draft
from meetups.recaps.services.removal_request import _recipients
from tests.factories import add_role, make_draft, make_guest, make_held_meetup, make_kit, make_meetup, make_recap, make_user

pytestmark = pytest.mark.django_db


def ended(campaign, *, days_ago: float = 1):
    campaign.ends_at = timezone.now() - timedelta(days=days_ago)
    campaign.save()
    return campaign


def test_the_owner_ends_a_campaign_and_takes_that_back(client, campaign):
    client.post("/c/read/end/", {"then": "now"})
    campaign.refresh_from_db()
    assert campaign.has_ended
    assert "Its organizers keep these totals" in client.get("/c/read/dashboard/").content.decode()

    client.post("/c/read/end/", {"then": "back"})
    campaign.refresh_from_db()
    assert campaign.ends_at is None


def test_an_organizer_who_is_not_the_owner_cannot_end_it(client, campaign):
    petra = add_role(campaign, make_user())
    client.force_login(petra.user)

    assert client.post("/c/read/end/", {"then": "now"}).status_code == 403
    campaign.refresh_from_db()
    assert campaign.ends_at is None


def test_a_last_day_lets_everything_go_on_until_it_is_over(client, campaign):
    day = (timezone.now() + timedelta(days=3)).date()

    page = client.post("/c/read/end/", {"then": "day", "last_day": day.isoformat()}, follow=True).content.decode()

    campaign.refresh_from_db()
    assert not campaign.has_ended
    assert campaign.ends_at == end_of(day)
    assert f"This campaign ends on {day:%b}" in page
    assert "Open your door for it" in client.get("/c/read/").content.decode()


WRONG = [("2020-01-01", "This day is over"), ("2099-01-01", "next three years"), ("x", "Enter a valid date")]


@pytest.mark.parametrize(("typed", "words"), WRONG)
def test_a_day_that_cannot_be_stays_in_the_form(client, campaign, typed, words):
    page = client.post("/c/read/end/", {"then": "day", "last_day": typed}).content.decode()

    campaign.refresh_from_db()
    assert campaign.ends_at is None
    assert words in page
    assert f'value="{typed}"' in page


def test_after_a_week_the_end_stands(campaign, organizer):
    take_end_back(ended(campaign, days_ago=6.9), by=organizer)
    campaign.refresh_from_db()
    assert campaign.ends_at is None

    with pytest.raises(MeetupError, match="The week"):
        take_end_back(ended(campaign, days_ago=7.1), by=organizer)
    with pytest.raises(MeetupError, match="ended already"):
        end_campaign(campaign, at=None, by=organizer)


def test_organizers_of_an_ended_campaign_see_totals_and_no_list(client, campaign):
    host = make_user(shown_name="Hanna Host")
    make_guest(make_held_meetup(host, campaign=campaign, title="Beans and hope"), rsvp="yes", attended=True)
    make_meetup(host, campaign=campaign, title="Still to come")
    recap = make_recap(make_held_meetup(campaign=campaign))
    ended(campaign)

    page = client.get("/c/read/dashboard/").content.decode()
    assert "<dt>Meetups</dt><dd>3</dd>" in page
    for private in ("Hanna Host", "Beans and hope", "Still to come"):
        assert private not in page
    closed = ["dashboard.csv", "dashboard.xlsx", "dashboard/generations/", "care/", "edit/", "kit/", "spread/"]
    for path in [*closed, f"recaps/{recap.slug}/"]:
        response = client.get(f"/c/read/{path}")
        assert (response.status_code, response["Location"]) == (302, "/c/read/dashboard/"), path


def test_hosts_of_an_ended_campaign_keep_evening_and_guests(client, campaign):
    host = make_user()
    evening = make_meetup(host, campaign=campaign)
    make_guest(evening, name="Maria", rsvp="yes")
    ended(campaign)
    client.force_login(host)

    assert "Maria" in client.get(evening.get_desk_url()).content.decode()
    assert client.get(f"/host/{evening.code}/guests/").status_code == 200


def test_an_ended_campaign_takes_no_new_evening_from_any_door(client, campaign):
    make_kit(campaign=campaign, title="The kit's name")
    held = make_held_meetup(campaign=campaign, visibility="listed")
    recap, draft = make_recap(held), make_draft(campaign=campaign)
    ended(campaign)

    page = client.get("/host/new/?campaign=read", follow=True).content.decode()
    assert "has ended and takes no new evenings" in page
    assert "The kit&#x27;s name" not in page
    assert fork_conversation(make_user(), recap).campaign is None
    assert save_draft(make_user(), title="Mine", campaign=campaign).campaign is None
    assert publish_meetup(draft).campaign is None
    assert Meetup.objects.for_campaign(campaign).get() == held


def test_the_public_page_of_an_ended_campaign_says_so_and_keeps_its_recaps(client, campaign):
    recap = make_recap(make_held_meetup(campaign=campaign, visibility="listed"))
    ended(campaign)

    page = client.get("/c/read/").content.decode()

    assert "This call ended on" in page
    assert recap.get_absolute_url() in page
    assert "/host/new/?campaign=read" not in page


def test_who_takes_a_recap_down_is_asked_only_while_it_goes_on(campaign):
    recap = make_recap(make_held_meetup(campaign=campaign))
    owner = campaign.organizers.get().user
    helper = add_role(campaign, make_user(), "helper").user

    assert owner in _recipients(recap, with_staff=False)
    assert helper not in _recipients(recap, with_staff=False)
    recap.meetup.campaign = ended(campaign)
    assert owner not in _recipients(recap, with_staff=False)
