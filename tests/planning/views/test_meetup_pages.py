"""Pages of a host: access, the list, a new draft, publishing, deleting."""

import pytest
from django.test import Client

from hosts.models import Campaign
from meetups.models import Cohost, Kit, Meetup
from meetups.planning.services.meetup import publish_meetup
from meetups.times import clock
from tests.factories import (
    make_campaign,
    make_contribution,
    make_debrief,
    make_draft,
    make_guest,
    make_held_meetup,
    make_host,
    make_kit,
    make_meetup,
    make_recap,
)
from tests.planning.host_pages import step, typed

pytestmark = pytest.mark.django_db

PAGES_OF_ONE = ["", "edit/", "publish/", "delete/", "move/", "cancel/", "invite/", "guests/add/"]
SCRIPT = "<script>alert(1)</script>"
PLACE_SCRIPT = "<script>confirm(2)</script>"


# Who may come in -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["/host/", "/host/new/", *[f"/host/CODE/{page}" for page in PAGES_OF_ONE]])
def test_a_stranger_is_asked_to_sign_in_and_comes_back(client, page):
    path = page.replace("CODE", make_draft().code)

    answer = client.get(path)

    assert answer.status_code == 302
    assert answer.url == f"/accounts/login/?next={path}"


def test_a_stranger_who_wants_to_hold_a_conversation_comes_back_to_it(client):
    assert client.get("/host/new/?from=a-recap").url == "/accounts/login/?next=/host/new/%3Ffrom%3Da-recap"


@pytest.mark.parametrize("page", PAGES_OF_ONE)
def test_another_host_finds_nothing(door, page):
    path = f"/host/{make_meetup(make_host()).code}/{page}"

    assert door.get(path).status_code == 404
    assert door.post(path).status_code in {404, 405}


@pytest.mark.parametrize("page", PAGES_OF_ONE)
def test_a_code_that_is_none_finds_nothing(door, page):
    assert door.get(f"/host/aaaaaaaaaa/{page}").status_code == 404


def test_another_host_cannot_take_a_cancellation_back(door):
    meetup = make_meetup(make_host(), status=Meetup.Status.CANCELED, canceled_at=clock.now())

    assert door.post(f"/host/{meetup.code}/restore/").status_code == 404
    meetup.refresh_from_db()
    assert meetup.is_canceled


def test_a_cohost_sees_the_desk(door, host):
    meetup = make_meetup(make_host())
    Cohost.objects.create(meetup=meetup, user=host)

    assert door.get(f"/host/{meetup.code}/").status_code == 200


# The list ------------------------------------------------------------------------------------------------------------


def test_an_empty_list_has_one_big_button(door):
    page = door.get("/host/").content.decode()

    assert "Nothing here yet" in page
    assert '<a class="button" href="/host/new/">Start a meetup</a>' in page


def test_the_list_shows_each_meetup_in_its_place_and_nobody_elses(door, host):
    make_draft(host, title="The draft")
    make_meetup(host, title="The coming one")
    make_held_meetup(host, title="The held one")
    make_meetup(host, title="The called off one", status=Meetup.Status.CANCELED, canceled_at=clock.now())
    make_meetup(make_host(), title="Somebody else's")

    page = door.get("/host/").content.decode()

    places = [page.index(words) for words in ["The draft", "The coming one", "The held one", "The called off one"]]
    assert places == sorted(places)
    assert "Somebody else" not in page


def test_the_list_leads_to_the_dashboards_of_own_campaigns_only(door, host):
    make_campaign(host, name="Our campaign", slug="ours")
    make_campaign(make_host(), name="Their campaign", slug="theirs")

    page = door.get("/host/").content.decode()

    assert 'href="/c/ours/dashboard/"' in page
    assert "Their campaign" not in page


def test_the_list_asks_the_database_as_often_for_three_as_for_one(door, host, django_assert_num_queries):
    def add():
        for make in (make_draft, make_meetup, make_held_meetup):
            meetup = make(host)
            make_guest(meetup, rsvp="yes")
        make_debrief(meetup)
        make_recap(meetup)
        make_campaign(host)

    add()
    with django_assert_num_queries(4):
        door.get("/host/")
    add()
    add()
    with django_assert_num_queries(4):
        door.get("/host/")


# A new meetup --------------------------------------------------------------------------------------------------------


def test_new_without_a_name_asks_for_it_first_and_comes_back(client):
    client.force_login(make_host(shown_name=""))

    answer = client.get("/host/new/?from=a-recap")

    assert answer.status_code == 302
    assert answer.url == "/accounts/name/?next=%2Fhost%2Fnew%2F%3Ffrom%3Da-recap"


def test_new_makes_a_draft_with_the_clock_of_its_town(door, host, toronto):
    answer = door.post("/host/new/all/", typed(then="look"), follow=True)

    meetup = Meetup.objects.get()
    assert answer.redirect_chain == [(f"/host/{meetup.code}/publish/", 302)]
    assert "Its time is Toronto time." in answer.content.decode()
    assert (meetup.status, meetup.host, meetup.visibility) == ("draft", host, "private")
    assert (meetup.zone, meetup.town, meetup.street) == ("America/Toronto", toronto, "12 Elm Street")
    assert str(meetup.kit.book) == "Transforming Power · Judy Rebick"
    assert meetup.kit.campaign is None


def test_new_pressed_twice_makes_one_draft(door, toronto):
    page = door.get("/host/new/all/", follow=True)
    key = page.context["idempotency_key"]

    first = door.post("/host/new/all/", typed(press=key))
    second = door.post("/host/new/all/", typed(press=key))

    assert Meetup.objects.count() == 1
    assert Kit.objects.count() == 1
    assert first.url == second.url


def test_save_back_save_makes_one_draft_with_the_words_of_the_last(door, toronto):
    page = door.get("/host/new/all/").url

    key = door.get(page).context["idempotency_key"]
    first = door.post(page, typed(title="Soup", press=key))
    # The page that the browser still has, and the one it asks for again.
    second = door.post(page, typed(title="Soup and bread", press=key))
    again = door.get(page)

    meetup = Meetup.objects.get()
    assert (meetup.title, Kit.objects.count()) == ("Soup and bread", 1)
    assert first.url == second.url == meetup.get_desk_url()
    assert again.url == f"/host/{meetup.code}/edit/all/"


def test_new_started_twice_makes_two_drafts(door, toronto):
    pages = [door.get("/host/new/all/").url for _ in range(2)]

    for page in pages:
        door.post(page, typed())

    assert len(set(pages)) == Meetup.objects.count() == 2


def test_new_sent_again_after_publication_changes_nothing_and_keeps_the_words(door, toronto):
    page = door.get("/host/new/all/").url
    door.post(page, typed())
    publish_meetup(Meetup.objects.get())

    answer = door.post(page, typed(title="Bread"))

    assert "This meetup is published already." in answer.content.decode() and 'value="Bread"' in answer.content.decode()
    assert Meetup.objects.get().title == "Soup and one question"
    assert door.get(page).url == Meetup.objects.get().get_desk_url()


def test_the_key_of_another_host_makes_a_draft_of_ones_own(door, host, toronto):
    stranger = make_host()
    theirs = Client()
    theirs.force_login(stranger)
    page = theirs.get("/host/new/all/").url
    theirs.post(page, typed(title="Theirs"))

    answer = door.get(page)
    door.post(page, typed(title="Mine"))

    assert answer.url.startswith("/host/new/all/?press=") and answer.url != page
    assert sorted(Meetup.objects.values_list("host", "title")) == sorted([(stranger.pk, "Theirs"), (host.pk, "Mine")])


def test_what_is_typed_into_new_is_a_draft_before_any_button_is_pressed(door, toronto):
    page = door.get("/host/new/all/").url

    whole = door.post(page, typed(autosave="1", word="Bring a friend."))
    more = door.post(page, typed(autosave="1", word="Bring two."))

    assert (whole.status_code, more.status_code) == (204, 204)
    assert Meetup.objects.get().word == "Bring two."
    assert door.post(page, typed(word="Bring three.")).status_code == 302
    assert Meetup.objects.get().word == "Bring three."


def test_what_is_not_valid_yet_is_left_out_of_what_is_saved_while_one_types(door, toronto):
    page = door.get("/host/new/all/").url

    answer = door.post(
        page, typed(autosave="1", title="", date="2020-01-01", seats="many", word="Come to 12 Elm Street", meal="Soup")
    )

    draft = Meetup.objects.with_kit().get()
    assert answer.status_code == 422
    assert (draft.title, draft.date, draft.seats, draft.word) == ("An evening without a name yet", None, None, "")
    assert (draft.kit.meal, draft.street) == ("Soup", "12 Elm Street")
    assert draft.is_draft


def test_a_draft_is_saved_while_it_is_edited_and_a_published_evening_is_not(door, host, toronto):
    draft, published = make_draft(host, title="Soup"), make_meetup(host, title="Soup")

    saved = door.post(f"/host/{draft.code}/edit/all/", typed(autosave="1", title="Bread"))
    door.post(f"/host/{published.code}/edit/all/", typed(autosave="1", title="", word="Bring a friend."))

    assert saved.status_code == 204
    assert Meetup.objects.get(pk=draft.pk).title == "Bread"
    assert (Meetup.objects.get(pk=published.pk).title, published.word) == ("Soup", "")
    assert f'data-autosave="{draft.code}"' in door.get(f"/host/{draft.code}/edit/all/").content.decode()
    assert f'data-keep="{published.code}"' in door.get(f"/host/{published.code}/edit/all/").content.decode()


def test_a_conversation_that_is_held_on_is_no_draft_before_a_button_is_pressed(door, toronto):
    recap = make_recap(make_held_meetup(make_host()))
    before = Meetup.objects.count()
    page = door.get(f"/host/new/all/?from={recap.slug}").url

    answer = door.post(page, typed(autosave="1", **{"from": recap.slug}))

    assert (answer.status_code, Meetup.objects.count()) == (422, before)
    assert f"from={recap.slug}" in page


def test_new_with_a_code_of_ones_own_choosing_gets_another(door, toronto):
    door.post("/host/new/all/", typed(press="adminadmin:x"))

    assert Meetup.objects.get().code != "adminadmin"


def test_a_look_at_new_writes_nothing(door, host):
    recap = make_recap(make_held_meetup(make_host()))
    before = (Meetup.objects.count(), Kit.objects.count())

    page = door.get(f"/host/new/all/?from={recap.slug}", follow=True)

    assert page.status_code == 200
    assert (Meetup.objects.count(), Kit.objects.count()) == before


def test_new_keeps_what_was_typed_and_says_what_is_wrong_beside_the_field(door, toronto):
    answer = door.post("/host/new/all/", typed(date="2020-01-01", meal="Bread & cheese", street="12 Elm", visibility="link"))
    page = answer.content.decode()

    assert answer.status_code == 200
    assert Meetup.objects.count() == 0
    assert "<title>Error: Start a meetup" in page
    assert "That day is past." in page
    assert "Bread &amp; cheese" in page
    assert 'value="2020-01-01"' in page
    assert 'value="12 Elm"' in page
    assert '<input type="radio" name="visibility" value="link"' in page


def test_new_asks_for_the_clock_of_a_town_it_does_not_know(door):
    first = door.post("/host/new/all/", typed(town_name="Little Hollow"))

    assert "We do not know this town" in first.content.decode()
    assert '<option value="America/Halifax">Halifax, Canada</option>' in first.content.decode()

    door.post("/host/new/all/", typed(town_name="Little Hollow", zone="America/Halifax"))
    assert Meetup.objects.get().town_name == "Little Hollow"
    assert Meetup.objects.get().zone == "America/Halifax"


def test_new_shows_scripts_as_text(door, toronto):
    fields = ["title", "book_title", "book_author", "way_in", "questions", "run", "meal", "word"]
    # Other words, because what says where the house is may not stand in what everybody reads.
    place = {"street": f"{PLACE_SCRIPT} 12", "door": PLACE_SCRIPT, "parking": PLACE_SCRIPT}

    answer = door.post("/host/new/all/", typed(then="look", **dict.fromkeys(fields, SCRIPT) | place), follow=True)

    assert answer.redirect_chain
    for path in [answer.redirect_chain[-1][0], "/host/", f"/host/{Meetup.objects.get().code}/"]:
        page = door.get(path).content.decode()
        assert SCRIPT not in page and PLACE_SCRIPT not in page
        assert "&lt;script&gt;" in page


def test_new_takes_nothing_it_does_not_ask_for(door, host, toronto):
    stranger = make_host()
    extra = {
        "host": stranger.pk, "host_id": stranger.pk, "status": "published", "code": "mine", "revision": "9",
        "starts_at": "2030-01-01",
        "published_at": "2020-01-01", "parent": "1", "town": "1", "is_staff": "1",
    }  # fmt: skip

    door.post("/host/new/all/", typed(**extra))

    meetup = Meetup.objects.get()
    assert (meetup.host, meetup.status, meetup.revision, meetup.parent, meetup.published_at) == (host, "draft", 0, None, None)
    assert meetup.code != "mine"


def test_new_from_a_recap_copies_the_kit_and_never_people_place_or_date(door, host, toronto):
    campaign = make_campaign()
    original = make_held_meetup(make_host(shown_name="Bea"), campaign=campaign, town_name="Little Hollow", word="Dear friends")
    guest = make_guest(original, name="Zenobia", rsvp="yes")
    make_contribution(guest)
    recap = make_recap(original)

    page = door.get(f"/host/new/all/?from={recap.slug}", follow=True)
    html = page.content.decode()
    initial = page.context["form"].initial

    assert initial["title"] == "Soup and one question"
    assert initial["meal"] == original.kit.meal
    for hidden in [original.street, "Little Hollow", "Zenobia", "Dear friends", original.date.isoformat(), original.door]:
        assert hidden not in html

    door.post("/host/new/all/", typed(**{"from": recap.slug}))
    copy = Meetup.objects.get(host=host)
    assert (copy.parent, copy.campaign, copy.kit.copied_from) == (original, campaign, original.kit)
    assert copy.guests.count() == 0


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_new_from_a_recap_that_is_not_public_begins_empty(door, host, state, toronto):
    recap = make_recap(make_held_meetup(make_host()), state=state)

    page = door.get(f"/host/new/all/?from={recap.slug}", follow=True)
    door.post("/host/new/all/", typed(**{"from": recap.slug}))

    assert "not to be found any more" in page.content.decode()
    assert page.context["form"].initial == {}
    assert Meetup.objects.get(host=host).parent is None


def test_new_for_a_campaign_copies_its_kit(door, host, toronto):
    campaign = make_campaign(slug="read-together")
    kit = make_kit(campaign=campaign, meal="Whatever the garden gives")

    page = door.get("/host/new/all/?campaign=read-together", follow=True)
    door.post("/host/new/all/", typed(campaign="read-together"))

    assert "Whatever the garden gives" in page.content.decode()
    meetup = Meetup.objects.get(host=host)
    assert (meetup.campaign, meetup.kit.copied_from, meetup.kit.campaign) == (campaign, kit, None)
    assert Campaign.objects.count() == 1


# Draft to published --------------------------------------------------------------------------------------------------


def test_editing_a_draft_changes_all_of_it(door, host, toronto):
    draft = make_draft(host)

    answer = door.post(f"/host/{draft.code}/edit/all/", typed(title="Bread", time="18:30", street="", then="desk"))

    assert answer.url == f"/host/{draft.code}/"
    draft.refresh_from_db()
    assert (draft.title, draft.time.isoformat(), draft.street, draft.status) == ("Bread", "18:30:00", "", "draft")


def test_the_look_over_says_what_is_missing(door, host):
    draft = make_draft(host, street="", seats=None)

    page = door.get(f"/host/{draft.code}/publish/").content.decode()

    assert "the street and number" in page
    assert "the number of seats" in page
    assert "Publish it" not in page


def test_the_look_over_shows_the_letters_that_will_go_and_plans_none(door, host):
    draft = make_draft(host, in_days=20)

    page = door.get(f"/host/{draft.code}/publish/").content.decode()

    for letter in ["Can you come?", "Please confirm", "Places to lay", "The address", "Were you there?"]:
        assert letter in page
    assert draft.mailings.count() == 0


def test_a_draft_without_a_town_is_asked_for_the_town_and_not_for_its_zone(door, host):
    draft = make_draft(host, town_name="", zone="")

    assert step(door, draft) == "Before you can publish it, it needs the town."


def test_publishing_leads_to_the_desk_and_a_second_press_changes_nothing(door, host):
    draft = make_draft(host, in_days=20)

    first = door.post(f"/host/{draft.code}/publish/")
    draft.refresh_from_db()
    published_at, num_mailings = draft.published_at, draft.mailings.count()
    second = door.post(f"/host/{draft.code}/publish/")

    assert (first.url, second.url) == (f"/host/{draft.code}/", f"/host/{draft.code}/")
    draft.refresh_from_db()
    assert (draft.status, draft.published_at, draft.mailings.count()) == ("published", published_at, num_mailings)
    assert num_mailings == 8


def test_publishing_what_lacks_something_says_so(door, host):
    draft = make_draft(host, street="")

    page = door.post(f"/host/{draft.code}/publish/", follow=True).content.decode()

    assert "Before it can be published it needs the street and number." in page
    draft.refresh_from_db()
    assert draft.is_draft


def test_publishing_a_day_that_is_past_says_so(door, host):
    draft = make_draft(host, in_days=-1)

    page = door.post(f"/host/{draft.code}/publish/", follow=True).content.decode()

    assert "The date is in the past." in page


def test_deleting_a_draft_asks_first_and_a_second_press_is_no_error(door, host):
    draft = make_draft(host)

    asked = door.get(f"/host/{draft.code}/delete/")
    assert "Delete this draft?" in asked.content.decode()
    assert Meetup.objects.count() == 1

    first = door.post(f"/host/{draft.code}/delete/")
    second = door.post(f"/host/{draft.code}/delete/")
    assert (first.url, second.url) == ("/host/", "/host/")
    assert (Meetup.objects.count(), Kit.objects.count()) == (0, 0)


def test_a_published_meetup_is_not_deleted(door, host):
    meetup = make_meetup(host)

    door.post(f"/host/{meetup.code}/delete/")

    assert Meetup.objects.count() == 1
