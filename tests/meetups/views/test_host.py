"""The host's doors: list, draft, publish, edit, move, cancel, desk."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from hosts.models import Campaign
from meetups import clock
from meetups.models import Cohost, Delivery, Guest, Kit, Meetup, Needs, Town
from tests.factories import (
    make_campaign,
    make_contribution,
    make_debrief,
    make_delivery,
    make_dish,
    make_draft,
    make_guest,
    make_held_meetup,
    make_host,
    make_kit,
    make_meetup,
    make_recap,
)

pytestmark = pytest.mark.django_db

PAGES_OF_ONE = ["", "edit/", "publish/", "delete/", "move/", "cancel/", "invite/", "guests/add/"]
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def host():
    return make_host("ana@example.org")


@pytest.fixture
def door(client, host):
    client.force_login(host)
    return client


@pytest.fixture
def toronto():
    return Town.objects.create(
        geonames_id=1, name="Toronto", search_name="toronto", region="Ontario", country="CA",
        latitude=43.7, longitude=-79.4, zone="America/Toronto", population=2_600_000,
    )  # fmt: skip


def typed(**fields) -> dict:
    day = (clock.now() + timedelta(days=20)).date().isoformat()
    complete = {
        "title": "Soup and one question", "book_title": "Transforming Power", "book_author": "Judy Rebick", "meal": "Soup",
        "date": day, "time": "19:00", "duration": "180", "town_name": "Toronto", "zone": "", "street": "12 Elm Street",
        "seats": "10", "max_party": "2", "visibility": "private",
    }  # fmt: skip
    return complete | fields


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
    answer = door.post("/host/new/", typed(then="look"), follow=True)

    meetup = Meetup.objects.get()
    assert answer.redirect_chain == [(f"/host/{meetup.code}/publish/", 302)]
    assert "Its time is Toronto time." in answer.content.decode()
    assert (meetup.status, meetup.host, meetup.visibility) == ("draft", host, "private")
    assert (meetup.zone, meetup.town, meetup.street) == ("America/Toronto", toronto, "12 Elm Street")
    assert str(meetup.kit.book) == "Transforming Power · Judy Rebick"
    assert meetup.kit.campaign is None


def test_new_pressed_twice_makes_one_draft(door, toronto):
    page = door.get("/host/new/")
    press = page.context["press"]

    first = door.post("/host/new/", typed(press=press))
    second = door.post("/host/new/", typed(press=press))

    assert Meetup.objects.count() == 1
    assert Kit.objects.count() == 1
    assert first.url == second.url


def test_new_with_a_code_of_ones_own_choosing_gets_another(door, toronto):
    door.post("/host/new/", typed(press="adminadmin:x"))

    assert Meetup.objects.get().code != "adminadmin"


def test_a_look_at_new_writes_nothing(door, host):
    recap = make_recap(make_held_meetup(make_host()))
    before = (Meetup.objects.count(), Kit.objects.count())

    page = door.get(f"/host/new/?from={recap.slug}")

    assert page.status_code == 200
    assert (Meetup.objects.count(), Kit.objects.count()) == before


def test_new_keeps_what_was_typed_and_says_what_is_wrong_beside_the_field(door, toronto):
    answer = door.post("/host/new/", typed(date="2020-01-01", meal="Bread & cheese", street="12 Elm", visibility="link"))
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
    first = door.post("/host/new/", typed(town_name="Little Hollow"))

    assert "We do not know this town" in first.content.decode()
    assert '<option value="America/Halifax">Halifax, Canada</option>' in first.content.decode()

    door.post("/host/new/", typed(town_name="Little Hollow", zone="America/Halifax"))
    assert Meetup.objects.get().town_name == "Little Hollow"
    assert Meetup.objects.get().zone == "America/Halifax"


def test_new_shows_scripts_as_text(door, toronto):
    fields = ["title", "book_title", "book_author", "way_in", "questions", "run", "meal", "word", "street", "door", "parking"]

    answer = door.post(
        "/host/new/", typed(then="look", **dict.fromkeys(fields, SCRIPT) | {"street": f"{SCRIPT} 12"}), follow=True
    )

    assert answer.redirect_chain
    for path in [answer.redirect_chain[-1][0], "/host/", f"/host/{Meetup.objects.get().code}/"]:
        page = door.get(path).content.decode()
        assert SCRIPT not in page
        assert "&lt;script&gt;" in page


def test_new_takes_nothing_it_does_not_ask_for(door, host, toronto):
    stranger = make_host()
    extra = {
        "host": stranger.pk, "host_id": stranger.pk, "status": "published", "code": "mine", "revision": "9",
        "starts_at": "2030-01-01",
        "published_at": "2020-01-01", "parent": "1", "town": "1", "is_staff": "1",
    }  # fmt: skip

    door.post("/host/new/", typed(**extra))

    meetup = Meetup.objects.get()
    assert (meetup.host, meetup.status, meetup.revision, meetup.parent, meetup.published_at) == (host, "draft", 0, None, None)
    assert meetup.code != "mine"


def test_new_from_a_recap_copies_the_kit_and_never_people_place_or_date(door, host, toronto):
    campaign = make_campaign()
    original = make_held_meetup(make_host(shown_name="Bea"), campaign=campaign, town_name="Little Hollow", word="Dear friends")
    guest = make_guest(original, name="Zenobia", rsvp="yes")
    make_contribution(guest)
    recap = make_recap(original)

    page = door.get(f"/host/new/?from={recap.slug}")
    html = page.content.decode()
    initial = page.context["form"].initial

    assert initial["title"] == "Soup and one question"
    assert initial["meal"] == original.kit.meal
    for hidden in [original.street, "Little Hollow", "Zenobia", "Dear friends", original.date.isoformat(), original.door]:
        assert hidden not in html

    door.post("/host/new/", typed(**{"from": recap.slug}))
    copy = Meetup.objects.get(host=host)
    assert (copy.parent, copy.campaign, copy.kit.copied_from) == (original, campaign, original.kit)
    assert copy.guests.count() == 0


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_new_from_a_recap_that_is_not_public_begins_empty(door, host, state, toronto):
    recap = make_recap(make_held_meetup(make_host()), state=state)

    page = door.get(f"/host/new/?from={recap.slug}")
    door.post("/host/new/", typed(**{"from": recap.slug}))

    assert "not to be found any more" in page.content.decode()
    assert page.context["form"].initial == {}
    assert Meetup.objects.get(host=host).parent is None


def test_new_for_a_campaign_copies_its_kit(door, host, toronto):
    campaign = make_campaign(slug="read-together")
    kit = make_kit(campaign=campaign, meal="Whatever the garden gives")

    page = door.get("/host/new/?campaign=read-together")
    door.post("/host/new/", typed(campaign="read-together"))

    assert "Whatever the garden gives" in page.content.decode()
    meetup = Meetup.objects.get(host=host)
    assert (meetup.campaign, meetup.kit.copied_from, meetup.kit.campaign) == (campaign, kit, None)
    assert Campaign.objects.count() == 1


# Draft to published --------------------------------------------------------------------------------------------------


def test_editing_a_draft_changes_all_of_it(door, host, toronto):
    draft = make_draft(host)

    answer = door.post(f"/host/{draft.code}/edit/", typed(title="Bread", time="18:30", street="", then="desk"))

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


# Edit, move, cancel --------------------------------------------------------------------------------------------------


def test_editing_a_published_meetup_changes_words_and_not_time_or_place(door, host):
    meetup = make_meetup(host)
    make_guest(meetup, rsvp="yes")
    before = (meetup.starts_at, meetup.street)

    door.post(f"/host/{meetup.code}/edit/", typed(title="Bread", street="99 Other Street", time="10:00", seats="12"))

    meetup.refresh_from_db()
    assert (meetup.title, meetup.seats) == ("Bread", 12)
    assert (meetup.starts_at, meetup.street) == before
    assert Delivery.objects.count() == 0


def test_fewer_seats_than_are_taken_are_refused_beside_the_field(door, host):
    meetup = make_meetup(host, seats=10)
    for _guest in range(3):
        make_guest(meetup, rsvp="yes", party_size=2)

    answer = door.post(f"/host/{meetup.code}/edit/", typed(title="Bread", seats="4"))

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == ["seats"]
    meetup.refresh_from_db()
    assert (meetup.seats, meetup.title) == (10, "Soup and one question")


def test_moving_tells_guests_old_and_new_in_ten_minutes_once(door, host, toronto):
    meetup = make_meetup(host, in_days=14, town=toronto)
    guest = make_guest(meetup, rsvp="yes")
    day = (clock.now() + timedelta(days=15)).date().isoformat()

    page = door.get(f"/host/{meetup.code}/move/").content.decode()
    door.post(f"/host/{meetup.code}/move/", typed(date=day, street=meetup.street, region="Ontario"))
    door.post(f"/host/{meetup.code}/move/", typed(date=day, street=meetup.street, region="Ontario"))

    assert "ten minutes after your last change" in page
    letter = Delivery.objects.get(kind="moved")
    assert letter.guest == guest
    assert letter.due_at > clock.now() + timedelta(minutes=9)


def test_moving_to_where_it_is_tells_nobody(door, host, toronto):
    meetup = make_meetup(host, in_days=14, town=toronto)
    make_guest(meetup, rsvp="yes")
    same = typed(date=meetup.date.isoformat(), street=meetup.street, region=meetup.region, door="the blue door")

    page = door.post(f"/host/{meetup.code}/move/", same, follow=True).content.decode()

    assert "nobody is mailed" in page
    meetup.refresh_from_db()
    assert meetup.door == "the blue door"
    assert Delivery.objects.count() == 0


def test_moving_without_a_street_is_refused_and_keeps_what_was_typed(door, host, toronto):
    meetup = make_meetup(host)

    answer = door.post(f"/host/{meetup.code}/move/", typed(street="", time="18:15"))

    assert list(answer.context["form"].errors) == ["street"]
    assert 'value="18:15"' in answer.content.decode()


def test_canceling_says_how_many_are_written_to_and_can_be_taken_back(door, host):
    meetup = make_meetup(host, in_days=14)
    make_guest(meetup, rsvp="yes")
    make_guest(meetup)
    make_guest(meetup, rsvp="no")

    asked = door.get(f"/host/{meetup.code}/cancel/").content.decode()
    assert "2 guests are written to." in asked

    desk = door.post(f"/host/{meetup.code}/cancel/", {"word": "I am ill."}, follow=True).content.decode()
    door.post(f"/host/{meetup.code}/cancel/", {"word": "again"})
    meetup.refresh_from_db()
    assert (meetup.status, meetup.cancel_word) == ("canceled", "I am ill.")
    assert Delivery.objects.filter(kind="canceled").count() == 2
    assert "Take it back" in desk

    door.post(f"/host/{meetup.code}/restore/")
    meetup.refresh_from_db()
    assert meetup.is_published
    assert set(Delivery.objects.values_list("state", flat=True)) == {"withdrawn"}


def test_taking_back_needs_a_press(door, host):
    meetup = make_meetup(host, status=Meetup.Status.CANCELED, canceled_at=clock.now())

    assert door.get(f"/host/{meetup.code}/restore/").status_code == 405


def test_a_word_about_canceling_does_not_hold_the_street(door, host):
    meetup = make_meetup(host)

    page = door.post(f"/host/{meetup.code}/cancel/", {"word": f"Nobody stands before {meetup.street}, please."}).content.decode()

    assert "holds the street" in page
    meetup.refresh_from_db()
    assert meetup.is_published


def test_after_ten_minutes_a_cancellation_stays(door, host, moved_clock):
    meetup = make_meetup(host, in_days=14)
    door.post(f"/host/{meetup.code}/cancel/", {"word": ""})
    moved_clock(minutes=11)

    page = door.post(f"/host/{meetup.code}/restore/", follow=True).content.decode()

    assert "cannot be taken back any more" in page
    assert "Take it back" not in page


# The desk ------------------------------------------------------------------------------------------------------------


def test_step_names_what_the_table_lacks_once_its_seats_are_taken(door, host):
    full = make_meetup(host, seats=1, in_days=9)
    make_guest(full, rsvp="yes")
    make_dish(full, "bread")
    make_dish(full, "dessert", given_back_at=clock.now())

    html = door.get(full.get_desk_url()).content.decode()

    assert step(door, full) == "Your table is full. It still lacks bread and a dessert."
    assert f'href="/host/{full.code}/table/"' in html
    assert "0 of 2 dishes are taken." in html
    assert "one was given back" in html


def step(door, meetup) -> str:
    return door.get(meetup.get_desk_url()).context["step"].words


def test_the_desk_says_what_is_best_done_next(door, host):
    draft, ready = make_draft(host, street=""), make_draft(host)
    empty, begun = make_meetup(host), make_meetup(host)
    make_guest(begun)
    full = make_meetup(host, seats=1)
    make_guest(full, rsvp="yes")
    held, told, drafted, public = (make_held_meetup(host) for _number in range(4))
    make_guest(held, rsvp="yes")
    make_guest(told, rsvp="yes", attended=True)
    make_debrief(drafted)
    make_recap(public)

    assert step(door, draft) == "Before you can publish it, it needs the street and number."
    assert step(door, ready) == "All is there. Look it over and publish it."
    assert step(door, empty).startswith("It is published. Now invite your guests")
    assert step(door, begun).startswith("10 seats are free. About half of those invited say yes, so invite 19 more.")
    assert step(door, full).startswith("Your table is full.")
    assert step(door, held) == "How was it? First tick who came."
    assert step(door, told).startswith("Six short questions")
    assert step(door, drafted).startswith("The recap is drafted.")
    assert step(door, public).startswith("The recap is out.")


def test_the_desk_names_who_has_not_confirmed_the_day_before(door, host, moved_clock):
    meetup = make_meetup(host)
    moved_clock(to=meetup.starts_at - timedelta(hours=20))
    make_guest(meetup, name="Maria", rsvp="yes")
    make_guest(meetup, name="Omar", rsvp="yes", confirmed_at=clock.now())

    assert step(door, meetup) == "Call those who have not confirmed: Maria. A call brings more guests than any letter."


def test_the_desk_shows_answers_words_and_diets_and_nobody_unseen(door, host):
    meetup = make_meetup(host, seats=10)
    make_guest(meetup, name="Maria", rsvp="yes", party_size=2, diet="nuts", note="I bring my flute")
    make_guest(meetup, name="Waiting Will", rsvp="waiting", party_size=2)
    make_guest(meetup, name="Unproven Una", origin=Guest.Origin.SELF)
    make_guest(meetup, name="Removed Rob", rsvp="yes", removed_at=clock.now())

    page = door.get(meetup.get_desk_url()).content.decode()

    assert "2 of 10 seats taken, 2 waiting" in page
    assert "Does not eat: nuts" in page
    assert "I bring my flute" in page
    assert "Waiting Will" in page
    assert "Una" not in page
    assert "Rob" not in page


@pytest.mark.parametrize(
    ("num_guests", "words"), [(1, "Lay for 1 guest; between 0 and 1 are"), (4, "Lay for 2 guests; between 0 and 4 are")]
)
def test_the_desk_says_how_many_places_to_lay(door, host, num_guests, words):
    meetup = make_meetup(host)
    for _ in range(num_guests):
        make_guest(meetup, rsvp="yes")

    assert words in " ".join(door.get(meetup.get_desk_url()).content.decode().split())


def test_the_desk_says_in_plain_words_what_did_not_arrive(door, host):
    meetup = make_meetup(host)
    lost, found = make_guest(meetup, name="Maria"), make_guest(meetup, name="Omar")
    earlier, later = clock.now() - timedelta(hours=2), clock.now()
    failed = {"state": "failed", "last_code": 550, "last_words": "5.1.1 user unknown", "finished_at": earlier}
    make_delivery("invitation", guest=lost, **failed)
    make_delivery("invitation", guest=found, **failed)
    make_delivery("seven_days", guest=found, state="sent", finished_at=later)

    page = door.get(meetup.get_desk_url())

    assert page.context["undelivered"] == {lost.pk: "There is no such address. Is it spelled right?"}
    assert "One letter did not arrive." in page.content.decode()


def test_the_desk_shows_letters_gone_and_to_come(door, host):
    meetup = make_meetup(host, in_days=10, plan=True)
    make_guest(meetup)
    gone = meetup.mailings.get(kind="seven_days")
    gone.fanned_out_at, gone.num_owed = clock.now(), 4
    gone.save()

    rows = door.get(meetup.get_desk_url()).context["letters"]

    assert [(row.title, row.css) for row in rows[:3]] == [
        ("Can you come?", "is-done"), ("The host's letter", "is-next"), ("Please confirm", ""),
    ]  # fmt: skip
    assert rows[0].to == "gone, 4 letters, to no answer yet, or maybe"
    assert rows[1].to == "everyone who said yes or maybe; today that is 0"


@pytest.mark.parametrize(("visibility", "is_shown"), [("private", False), ("link", True), ("listed", True)])
def test_the_desk_shows_a_link_to_share_unless_it_is_private(door, host, visibility, is_shown, settings):
    meetup = make_meetup(host, visibility=visibility)

    page = door.get(meetup.get_desk_url()).content.decode()

    assert (f"{settings.PUBLIC_URL}/m/{meetup.code}/" in page) is is_shown


def test_the_desk_asks_the_database_as_often_for_three_guests_as_for_one(door, host, django_assert_num_queries):
    meetup = make_meetup(host, plan=True, in_days=20)

    def add(name: str):
        guest = make_guest(meetup, name=name, rsvp="yes")
        make_guest(meetup, rsvp="waiting")
        make_delivery("invitation", guest=guest, state="failed", finished_at=clock.now())

    add("one")
    with django_assert_num_queries(8):
        door.get(meetup.get_desk_url())
    add("two")
    add("three")
    with django_assert_num_queries(8):
        door.get(meetup.get_desk_url())


def test_a_held_meetup_leads_to_what_comes_after(door, host):
    meetup = make_held_meetup(host)

    page = door.get(meetup.get_desk_url()).content.decode()

    for name in ["host_came", "host_debrief", "host_recap"]:
        assert reverse(name, args=[meetup.code]) in page
    assert reverse("host_invite", args=[meetup.code]) not in page


def test_no_page_of_the_host_carries_inline_style_or_script(door, host):
    meetup, draft = make_meetup(host, plan=True), make_draft(host)
    make_guest(meetup, rsvp="yes")
    paths = ["/host/", "/host/new/", f"/host/{draft.code}/publish/", f"/host/{draft.code}/edit/", f"/host/{draft.code}/delete/"]
    paths += [f"/host/{meetup.code}/{page}" for page in ["", "edit/", "move/", "cancel/", "invite/", "guests/add/"]]

    for path in paths:
        page = door.get(path).content.decode()
        assert page.count("<h1") == 1, path
        assert " style=" not in page, path
        assert "<script" not in page, path


# Who comes along, and what they need -------------------------------------------------------------------------------


def test_the_desk_shows_who_comes_along_what_they_need_and_how_many_have_read(door, host):
    meetup = make_meetup(host, seats=8)
    maria = make_guest(meetup, name="Maria", rsvp="yes", party_size=3, party_names="Ilse", num_children=1, has_read="fully")
    ben = make_guest(meetup, name="Ben", rsvp="yes", has_read="not_yet")
    make_guest(meetup, name="Ada", rsvp="no", asks_again=True)
    Needs.objects.create(guest=maria, wants_ride=True, wants_step_free=True, contact="416 555 0101")
    Needs.objects.create(guest=ben, offers_ride=True, ride_seats=3)

    said = " ".join(re.sub(r"<[^>]+>", " ", door.get(meetup.get_desk_url()).content.decode()).split())

    assert "1 child comes along. 1 would like to be asked again. The book: 1 has read all of it and 1 not yet." in said
    assert "With Ilse, 1 child" in said
    assert "needs a ride, a way in without steps 416 555 0101" in said
    assert "offers a ride, 3 seats" in said
    assert "A ride: Ben for Maria" in said
    # Who has read the book is told of nobody.
    assert "fully" not in said and said.count("all of it") == 1
