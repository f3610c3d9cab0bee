"""Versions of a campaign's kit: what a change reaches, and what organizers see of it."""

import pytest

from meetups.campaigns.lead.kit import kit_versions, write_campaign_kit
from meetups.models import Kit, KitVersion, Meetup
from meetups.planning.services.kit import write_kit
from meetups.planning.services.meetup import publish_meetup, save_draft
from tests.factories import make_draft, make_meetup, make_user

pytestmark = pytest.mark.django_db
WORDS = {"title": "Soup and one question", "questions": "One?\nTwo?", "meal": "Soup", "run": "7:00 soup"}
WORDS |= {"book": {"title": "Transforming Power", "author": "Judy Rebick", "isbn": ""}}


@pytest.fixture
def kit(campaign):
    write_campaign_kit(campaign, **WORDS)
    return campaign.kits.get()


def draft_from(kit: Kit, **own) -> Meetup:
    """Return a draft as the first step of a host makes it, with words of their own in the place of some."""
    kit.refresh_from_db()
    words = {name: value for name, value in WORDS.items() if name != "title"} | own
    return save_draft(make_user(), campaign=kit.campaign, copied_from=kit, title=WORDS["title"], kit=words)


def published_from(kit) -> Meetup:
    draft = draft_from(kit)
    whole = make_draft()
    for name in ("date", "time", "zone", "street", "town_name", "seats", "starts_at", "ends_at"):
        setattr(draft, name, getattr(whole, name))
    draft.save()
    whole.delete()
    return publish_meetup(draft)


def read(meetup: Meetup) -> Meetup:
    return Meetup.objects.select_related("kit__book").get(pk=meetup.pk)


def test_a_change_reaches_drafts_but_not_what_their_host_has_changed(campaign, kit):
    draft = draft_from(kit, questions="What do we owe each other?")

    num = write_campaign_kit(campaign, **WORDS | {"questions": "Three?", "meal": "Bread", "title": "Bread and one question"})

    after = read(draft)
    assert num == 1
    assert (after.kit.questions, after.kit.meal) == ("What do we owe each other?", "Bread")
    assert (after.title, after.kit.copied_version) == ("Bread and one question", 2)


def test_a_draft_follows_change_after_change(campaign, kit):
    draft = draft_from(kit)
    for meal in ("Bread", "Beans"):
        write_campaign_kit(campaign, **WORDS | {"meal": meal})

    assert (read(draft).kit.meal, read(draft).kit.copied_version) == ("Beans", 3)


def test_another_book_reaches_a_draft_that_has_the_old_one(campaign, kit):
    draft, own = draft_from(kit), draft_from(kit, book={"title": "Mine", "author": "", "isbn": ""})

    write_campaign_kit(campaign, **WORDS | {"book": {"title": "Another", "author": "", "isbn": ""}})

    assert (read(draft).kit.book.title, read(own).kit.book.title) == ("Another", "Mine")


def test_a_published_evening_never_changes(campaign, kit):
    evening = published_from(kit)

    write_campaign_kit(campaign, **WORDS | {"meal": "Bread", "title": "Bread"})

    after = read(evening)
    assert (after.title, after.kit.meal, after.kit.copied_version) == (WORDS["title"], "Soup", 1)


def test_drafts_of_other_campaigns_and_kits_stay_as_they_are(campaign, kit):
    other = make_draft()
    write_kit(other.kit, meal="Soup")

    assert write_campaign_kit(campaign, **WORDS | {"meal": "Bread"}) == 0
    assert read(other).kit.meal == "Soup"


def test_saving_the_same_words_again_makes_no_version(campaign, kit):
    assert write_campaign_kit(campaign, **WORDS) == 0
    assert list(KitVersion.objects.values_list("number", flat=True)) == [1]


def test_a_campaign_from_before_there_were_versions_has_its_first_from_its_own_day(campaign, kit):
    KitVersion.objects.all().delete()

    write_campaign_kit(campaign, **WORDS | {"meal": "Bread"})

    assert KitVersion.objects.get(number=1).at == campaign.created_at
    assert KitVersion.objects.filter(number=2).exists()


def test_organizers_see_how_many_evenings_have_each_version(client, campaign, kit):
    published_from(kit)
    draft_from(kit)
    write_campaign_kit(campaign, **WORDS | {"meal": "Bread"})
    published_from(kit)
    make_meetup(campaign=campaign)

    rows = [(row.number, row.num_published, row.num_drafts) for row in kit_versions(campaign)]
    page = client.get("/c/read/kit/").content.decode()

    assert rows == [(2, 1, 1), (1, 1, 0), (None, 1, 0)]
    assert "Version 2" in page and "Another kit, or from another evening" in page


def test_the_page_of_versions_takes_as_many_queries_for_twelve_as_for_three(client, campaign, kit, django_assert_max_num_queries):
    counts = []
    for number in (3, 9):
        for turn in range(number):
            write_campaign_kit(campaign, **WORDS | {"meal": f"Soup {number} {turn}"})
            draft_from(kit)
        with django_assert_max_num_queries(20) as queries:
            client.get("/c/read/kit/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_saving_the_campaign_says_how_many_drafts_it_reached(client, campaign, kit):
    draft_from(kit)
    typed = {"name": "Read On", "call": "Again.", "title": WORDS["title"], "questions": WORDS["questions"], "meal": "Bread"}

    page = client.post("/c/read/edit/", typed, follow=True).content.decode()

    assert "1 draft has the new kit" in page
