"""News for organizers: who began and what went live, one letter a day at most, and the numbers of the week on Mondays."""

from datetime import UTC, datetime, timedelta

import pytest

from hosts.models import Organizer
from meetups.access.address_hash import hash_address
from meetups.campaigns.news.write import write_news
from meetups.dispatch.claim import claim_deliveries
from meetups.letters import build_message
from meetups.models import Delivery, Suppression
from meetups.outbox.suppression import suppress
from meetups.times import clock
from tests.factories import (
    STREET,
    make_campaign,
    make_contribution,
    make_draft,
    make_guest,
    make_held_meetup,
    make_host,
    make_meetup,
    make_others_speak,
    make_recap,
    make_user,
)

pytestmark = pytest.mark.django_db
# A Wednesday at nine, and the Monday after it.
WEDNESDAY, MONDAY = datetime(2026, 12, 2, 9, tzinfo=UTC), datetime(2026, 12, 7, 9, tzinfo=UTC)


@pytest.fixture
def at(moved_clock):
    moved_clock(to=WEDNESDAY)
    return lambda moment: moved_clock(to=moment)


@pytest.fixture
def campaign(at):
    organizer = make_user("olga@example.org", shown_name="Olga")
    campaign = make_campaign(organizer, slug="read", name="Read Together")
    Organizer.objects.update(created_at=WEDNESDAY - timedelta(days=60))
    return campaign


def make_news(campaign) -> None:
    """Let one host begin, and one evening go live, an hour ago."""
    hour_ago = clock.now() - timedelta(hours=1)
    make_draft(make_host(shown_name="Bea"), campaign=campaign, title="A draft of Bea's", zone="UTC", created_at=hour_ago)
    live = {"published_at": hour_ago, "created_at": hour_ago}
    make_meetup(make_host(shown_name="Cy"), campaign=campaign, title="Live at Cy's", zone="UTC", **live)


def letters() -> list[str]:
    return [build_message(row).body for row in Delivery.objects.filter(kind="organizer_news").order_by("pk")]


def test_the_next_morning_an_organizer_hears_who_began_and_what_went_live(campaign):
    make_news(campaign)

    assert write_news() == 1

    [text] = letters()
    assert text.startswith("Dear Olga,")
    assert "- A draft of Bea's · Bea · Toronto" in text and "- Live at Cy's · Cy · Toronto" in text
    assert STREET not in text and "The last seven days" not in text


def test_never_twice_a_day_however_often_it_runs(campaign, at):
    make_news(campaign)
    assert [write_news() for _run in range(3)] == [1, 0, 0]

    at(WEDNESDAY + timedelta(hours=8))
    make_news(campaign)
    assert write_news() == 0

    at(WEDNESDAY + timedelta(days=1))
    assert write_news() == 1
    assert letters()[1].count("A draft of Bea's") == 1


def test_a_day_without_a_worker_is_in_the_next_letter(campaign, at):
    make_news(campaign)
    write_news()
    at(WEDNESDAY + timedelta(hours=5))
    make_news(campaign)

    at(WEDNESDAY + timedelta(days=3))
    assert write_news() == 1
    assert "A draft of Bea's" in letters()[1]


@pytest.mark.parametrize("hour", [7, 21])
def test_nothing_is_written_early_or_late_in_the_day(campaign, at, hour):
    make_news(campaign)
    at(WEDNESDAY.replace(hour=hour))

    assert write_news() == 0


def test_no_letter_on_a_day_on_which_nothing_happened(campaign):
    make_meetup(
        campaign=campaign, zone="UTC", published_at=WEDNESDAY - timedelta(days=9), created_at=WEDNESDAY - timedelta(days=9)
    )

    assert write_news() == 0


@pytest.mark.parametrize(("news", "wednesday", "monday"), [("daily", 1, 1), ("weekly", 0, 1), ("none", 0, 0)])
def test_each_organizer_says_how_often(client, campaign, at, news, wednesday, monday):
    client.force_login(Organizer.objects.get().user)
    client.post("/c/read/news/", {"news": news})
    make_news(campaign)
    assert write_news() == wednesday

    at(MONDAY)
    assert write_news() == monday


def test_on_monday_there_are_five_numbers_three_tables_and_a_sentence(campaign, at):
    at(MONDAY)
    make_news(campaign)
    for _n in range(4):
        make_meetup(make_host(), campaign=campaign, zone="UTC", published_at=MONDAY - timedelta(days=20), in_days=20)
    held = make_held_meetup(make_host(), campaign=campaign, zone="UTC", published_at=MONDAY - timedelta(days=20))
    make_guest(held, rsvp="yes", attended=True, party_size=2)
    make_recap(held)
    make_contribution(make_guest(held, rsvp="yes", attended=True), "I left less alone.")
    make_others_speak(held)

    assert write_news() == 1

    [text] = letters()
    assert "\n1 evening went public\n1 evening was held\n5 people came\n1 recap was published\n" in text
    assert text.partition("A hand would help here:")[2].partition("Write to them:")[0].count("\n- ") == 3
    assert "From a table:" in text


def test_a_sentence_that_is_taken_back_is_not_in_the_letter(campaign, at):
    at(MONDAY)
    held = make_held_meetup(make_host(), campaign=campaign, zone="UTC")
    make_recap(held)
    words = make_contribution(make_guest(held, rsvp="yes", attended=True), "I left less alone.")
    make_others_speak(held)
    write_news()
    held.contributions.exclude(pk=words.pk).update(sentence_consent="table")
    words.withdrawn_at = clock.now()
    words.save()

    assert "From a table:" not in letters()[0]


def test_who_stopped_them_in_the_meantime_gets_none_and_asking_again_undoes_that(client, campaign):
    make_news(campaign)
    write_news()
    suppress(hash_address("olga@example.org"), target=f"campaign:{campaign.pk}")

    claim_deliveries()

    assert Delivery.objects.get(kind="organizer_news").state == "withdrawn"
    client.force_login(Organizer.objects.get().user)
    client.post("/c/read/news/", {"news": "weekly"})
    assert not Suppression.objects.exists()


def test_an_organizer_who_was_taken_off_gets_none(campaign):
    make_news(campaign)
    write_news()
    row = Delivery.objects.get(kind="organizer_news")
    Organizer.objects.all().delete()

    with pytest.raises(Exception, match="wants no news"):
        build_message(row)


def test_the_page_shows_what_holds_and_refuses_what_it_does_not_know(client, campaign):
    client.force_login(Organizer.objects.get().user)

    assert 'value="daily"' in client.get("/c/read/news/").content.decode()
    assert "Error:" in client.post("/c/read/news/", {"news": "hourly"}).content.decode()
    assert Organizer.objects.get().news == "daily"
    client.force_login(make_user())
    assert client.post("/c/read/news/", {"news": "none"}).status_code == 404
