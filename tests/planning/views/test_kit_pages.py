"""Kits on a host's pages: choosing one fills a draft in and loses nothing typed; an evening's kit is kept for later ones."""

import pytest
from django.urls import reverse
from django.utils.http import urlencode

from hosts.models import Campaign
from meetups.models import Cohost, Kit, Meetup
from meetups.planning.services import kit as kits
from meetups.planning.services.kit import keep_kit
from meetups.shelf.kits import find_kit
from tests.factories import make_draft, make_host, make_kit, make_meetup
from tests.planning.host_pages import typed

pytestmark = pytest.mark.django_db

NEIGHBORS = find_kit("neighbors").words["en"]
MONEY = find_kit("money").words["en"]
NOTHING = {"title": "", "book_title": "", "book_author": "", "meal": ""}


def shown(answer) -> dict:
    """Return what stands in the fields of the page's form."""
    form = answer.context["form"]
    return {name: "" if form[name].value() is None else form[name].value() for name in form.fields}


def opened(door, path: str):
    """Return the page of a new meetup; the first GET leads to an address with the key of its draft."""
    return door.get(path, follow=True)


# Choosing ------------------------------------------------------------------------------------------------------------


def test_a_kit_from_the_shelf_fills_the_form_of_a_new_meetup(door, django_assert_num_queries):
    answer = opened(door, "/host/new/all/?kit=neighbors")
    # Session, user, whether the draft is made already, towns, own kits.
    with django_assert_num_queries(5):
        door.get(answer.redirect_chain[-1][0])

    fields = shown(answer)
    assert fields["title"] == NEIGHBORS.title
    assert fields["questions"].splitlines() == list(NEIGHBORS.questions)
    assert fields["run"].splitlines() == list(NEIGHBORS.run)
    assert (fields["book_title"], fields["book_author"], fields["isbn"]) == (NEIGHBORS.book, "Fredrik Backman", NEIGHBORS.isbn)
    assert (fields["meal"], fields["language"]) == (NEIGHBORS.meal, "en")


def test_a_kit_that_was_read_in_french_fills_the_form_in_french(door):
    fields = shown(opened(door, "/host/new/all/?kit=neighbors&lang=fr"))

    assert (fields["title"], fields["language"]) == (find_kit("neighbors").words["fr"].title, "fr")


def test_the_draft_has_a_copy_of_its_own_and_remembers_the_shelf(door, toronto):
    fields = {"title": NEIGHBORS.title, "questions": "\n".join(NEIGHBORS.questions)}
    door.post("/host/new/all/", typed(kit="neighbors", choose="neighbors", then="look", **fields))

    kit = Meetup.objects.get().kit
    assert (kit.shelf, kit.copied_from, kit.campaign, kit.owner) == ("neighbors", None, None, None)
    assert kit.question_list == list(NEIGHBORS.questions)


def test_choosing_a_kit_fills_what_is_empty_and_keeps_all_that_was_typed(door, toronto):
    words = typed(**NOTHING, questions="Whose turn is it?", choose="neighbors", then="fill", door="bell 3", shows_names="")
    answer = door.post("/host/new/all/", words)

    fields = shown(answer)
    assert fields["title"] == NEIGHBORS.title
    assert fields["questions"] == "Whose turn is it?"
    assert fields["meal"] == NEIGHBORS.meal
    for name in ("date", "time", "town_name", "street", "seats", "door", "visibility", "max_party"):
        assert str(fields[name]) == str(words[name]), name
    assert (fields["duration"], fields["shows_names"]) == (180, False)
    page = answer.content.decode()
    assert "is filled in. Nothing is saved yet." in page
    assert "What you had typed yourself stays: Questions, one on each line." in page
    assert 'name="kit" value="neighbors"' in page
    assert not Meetup.objects.exists()
    assert answer.context["form"].errors == {}


def test_of_a_book_that_was_typed_nothing_is_mixed_with_another(door):
    fields = shown(door.post("/host/new/all/", typed(**NOTHING | {"book_title": "Gilead"}, choose="neighbors", then="fill")))

    assert (fields["book_title"], fields["book_author"], fields["isbn"]) == ("Gilead", "", "")


def test_another_kit_takes_the_place_of_the_first_but_not_of_what_was_changed(door):
    first = shown(opened(door, "/host/new/all/?kit=neighbors"))
    words = {name: value for name, value in first.items() if isinstance(value, str)} | {"meal": "Only bread."}
    # A browser sends its own line ends.
    words["questions"] = words["questions"].replace("\n", "\r\n")
    fields = shown(door.post("/host/new/all/", words | {"kit": "neighbors", "choose": "money", "then": "fill"}))

    assert (fields["title"], fields["book_title"], fields["meal"]) == (MONEY.title, MONEY.book, "Only bread.")
    assert fields["questions"].splitlines() == list(MONEY.questions)


def test_a_kit_that_was_chosen_but_not_filled_in_is_filled_in_before_anything_is_saved(door):
    answer = door.post("/host/new/all/", typed(choose="money", then="look", questions=""))

    assert shown(answer)["questions"].splitlines() == list(MONEY.questions)
    assert not Meetup.objects.exists()


def test_the_button_without_a_choice_loses_nothing_and_saves_nothing(door):
    fields = shown(door.post("/host/new/all/", typed(title="", then="fill", choose="")))

    assert (fields["title"], fields["street"], fields["meal"]) == ("", "12 Elm Street", "Soup")
    assert not Meetup.objects.exists()


@pytest.mark.parametrize("name", ["nothing", "999999", "9" * 40, "../neighbors", "\x00", "٣"])
def test_a_kit_that_is_not_there_loses_nothing(door, name):
    answer = door.post("/host/new/all/", typed(choose=name, then="fill"))

    assert answer.status_code == 200
    assert (shown(answer)["title"], shown(answer)["street"]) == ("Soup and one question", "12 Elm Street")
    assert opened(door, f"/host/new/all/?{urlencode({'kit': name})}").status_code == 200


def test_odd_values_come_back_and_break_nothing(door):
    odd = typed(choose="money", then="fill", duration="soon", seats="many", date="31/02", zone="Mars", language="xx", fold="7")

    answer = door.post("/host/new/all/", odd)

    assert answer.status_code == 200
    assert (shown(answer)["seats"], shown(answer)["duration"]) == ("many", 180)


def test_a_draft_can_be_filled_in_later_too(door, host):
    meetup = make_draft(host, kit=Kit.objects.create(), title="Ours")
    path = f"/host/{meetup.code}/edit/all/"
    words = typed(**NOTHING | {"title": "Ours"}, choose="grief")

    answer = door.post(path, words | {"then": "fill"})
    filled = {name: value for name, value in shown(answer).items() if value not in (None, False)}
    door.post(path, filled | {"kit": "grief", "choose": "grief", "then": "desk", "zone": "America/Toronto"})

    meetup.refresh_from_db()
    assert (meetup.title, meetup.kit.shelf) == ("Ours", "grief")
    assert meetup.kit.question_list == list(find_kit("grief").words["en"].questions)


def test_the_page_asks_the_database_as_often_for_three_kept_kits_as_for_one(door, host, django_assert_num_queries):
    path = opened(door, "/host/new/all/").redirect_chain[-1][0]

    def count() -> None:
        with django_assert_num_queries(5):
            assert door.get(path).status_code == 200

    keep_kit(make_meetup(host), owner=host)
    count()
    keep_kit(make_meetup(host), owner=host)
    keep_kit(make_meetup(host), owner=host)
    count()


# A campaign's --------------------------------------------------------------------------------------------------------


def test_a_campaigns_kit_brings_its_title(door):
    words = {"name": "Read Together", "call": "Read.", "title": "One book, many tables", "book_title": "Gilead"}
    door.post("/c/new/", words | {"questions": "Why?"})
    campaign = Campaign.objects.get()

    fields = shown(opened(door, f"/host/new/all/?campaign={campaign.slug}"))
    edited = door.get(f"/c/{campaign.slug}/edit/").content.decode()

    assert (fields["title"], fields["book_title"]) == ("One book, many tables", "Gilead")
    assert 'value="One book, many tables"' in edited


def test_a_kit_can_be_chosen_for_a_campaigns_evening(door, toronto):
    campaign = Campaign.objects.create(name="Read", slug="read", call="Read.")
    answer = door.post("/host/new/all/", typed(**NOTHING, campaign="read", choose="money", then="fill"))
    words = {name: value for name, value in shown(answer).items() if value not in (None, False)}

    door.post("/host/new/all/", words | {"kit": "money", "choose": "money", "campaign": "read", "zone": "America/Toronto"})

    assert (Meetup.objects.get().campaign, Meetup.objects.get().kit.shelf) == (campaign, "money")


# Kept ----------------------------------------------------------------------------------------------------------------


def test_an_evening_is_kept_as_a_kit_without_people_place_or_date(door, host):
    meetup = make_meetup(host, title="Soup", language="fr")

    answer = door.post(f"/host/{meetup.code}/kit/", follow=True)

    kit = Kit.objects.get(owner=host)
    assert (kit.title, kit.language, kit.questions, kit.book) == ("Soup", "fr", meetup.kit.questions, meetup.kit.book)
    page = answer.content.decode()
    assert "Only you see this page." in page
    for secret in (meetup.street, meetup.door, meetup.day_phone, meetup.postal_code):
        assert secret not in page


def test_keeping_again_writes_the_kept_one_anew(door, host):
    meetup = make_meetup(host)
    door.post(f"/host/{meetup.code}/kit/")
    kits.write_kit(meetup.kit, questions="A better one?")

    door.post(f"/host/{meetup.code}/kit/")

    assert Kit.objects.get(owner=host).questions == "A better one?"


def test_a_kept_kit_fills_the_form_and_is_where_the_draft_comes_from(door, host, toronto):
    kept = keep_kit(make_meetup(host, title="Soup", language="es"), owner=host)

    fields = shown(opened(door, f"/host/new/all/?kit={kept.pk}"))
    door.post("/host/new/all/", typed(kit=str(kept.pk), choose=str(kept.pk), then="look"))

    assert (fields["title"], fields["language"], fields["questions"]) == ("Soup", "es", kept.questions)
    assert Meetup.objects.latest("pk").kit.copied_from == kept


def test_a_kit_kept_by_another_host_fills_nothing_in(door):
    other = make_host()
    kept = keep_kit(make_meetup(other, title="Theirs"), owner=other)

    asked, chosen = (
        opened(door, f"/host/new/all/?kit={kept.pk}"),
        door.post("/host/new/all/", typed(choose=str(kept.pk), then="fill")),
    )

    assert [shown(answer)["title"] for answer in (asked, chosen)] == ["", "Soup and one question"]
    assert "Theirs" not in asked.content.decode() + chosen.content.decode()


def test_a_kit_of_a_meetup_or_a_campaign_is_not_chosen_by_its_number(door, host):
    meetup = make_meetup(host)

    assert shown(opened(door, f"/host/new/all/?kit={meetup.kit.pk}"))["questions"] == ""


@pytest.mark.parametrize("page", ["host_kit", "host_kit_edit", "host_kit_delete"])
def test_a_kept_kit_is_found_by_its_owner_alone(client, host, page):
    meetup = make_meetup(host)
    cohost = make_host()
    Cohost.objects.create(meetup=meetup, user=cohost)
    path = reverse(page, args=[keep_kit(meetup, owner=host).pk])

    assert client.get(path).url == f"/accounts/login/?next={path}"
    for stranger in (cohost, make_host()):
        client.force_login(stranger)
        assert (client.get(path).status_code, client.post(path, {"title": "Mine"}).status_code) in {(404, 404), (404, 405)}
    assert Kit.objects.filter(owner=host, title=meetup.title).exists()


def test_another_host_cannot_keep_an_evening_that_is_not_theirs(door):
    meetup = make_meetup(make_host())

    assert door.post(f"/host/{meetup.code}/kit/").status_code == 404
    assert not Kit.objects.filter(owner__isnull=False).exists()


def test_a_kept_kit_is_changed_and_evenings_from_it_stay_as_they_are(door, host, toronto):
    kept = keep_kit(make_meetup(host, title="Soup"), owner=host)
    door.post("/host/new/all/", typed(kit=str(kept.pk), choose=str(kept.pk), questions="As it was?", then="look"))

    bad = door.post(f"/host/kits/{kept.pk}/edit/", {"title": "", "questions": "New?"})
    door.post(
        f"/host/kits/{kept.pk}/edit/", {"title": "Stew", "questions": "New?", "language": "fr", "owner": "1", "campaign": "1"}
    )

    kept.refresh_from_db()
    assert bad.context["form"]["questions"].value() == "New?"
    assert (kept.title, kept.questions, kept.language, kept.owner, kept.campaign) == ("Stew", "New?", "fr", host, None)
    assert Meetup.objects.latest("pk").kit.questions == "As it was?"


def test_a_kept_kit_is_deleted_by_post_alone_and_its_evenings_stay(door, host, toronto):
    kept = keep_kit(make_meetup(host), owner=host)
    door.post("/host/new/all/", typed(kit=str(kept.pk), choose=str(kept.pk), then="look"))

    door.get(f"/host/kits/{kept.pk}/delete/")
    assert Kit.objects.filter(pk=kept.pk).exists()
    door.post(f"/host/kits/{kept.pk}/delete/")

    assert not Kit.objects.filter(pk=kept.pk).exists()
    assert Meetup.objects.count() == 2


def test_there_is_an_end_to_keeping(door, host, monkeypatch):
    monkeypatch.setattr(kits, "MOST_KEPT", 1)
    keep_kit(make_meetup(host), owner=host)

    answer = door.post(f"/host/{make_meetup(host).code}/kit/", follow=True)

    assert "Please delete one first" in answer.content.decode()
    assert Kit.objects.filter(owner=host).count() == 1


def test_the_desk_offers_to_keep_it(door, host):
    meetup = make_meetup(host, kit=make_kit())

    assert f'action="/host/{meetup.code}/kit/"' in door.get(meetup.get_desk_url()).content.decode()
