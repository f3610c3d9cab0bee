"""The three steps of a new draft, and each part of an evening by itself."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from meetups.models import Delivery, Kit, Meetup
from meetups.planning.services.cohosts import add_cohost
from meetups.planning.services.kit import keep_kit
from meetups.shelf.kits import find_kit
from meetups.times import clock
from tests.factories import (
    make_book,
    make_campaign,
    make_draft,
    make_guest,
    make_held_meetup,
    make_host,
    make_kit,
    make_meetup,
    make_recap,
    make_user,
)
from tests.reading import typed_in

pytestmark = pytest.mark.django_db
PARTS = ["what", "when", "who", "talk", "book", "meal", "door", "guests", "words"]


def day_ahead() -> str:
    return (clock.now() + timedelta(days=20)).date().isoformat()


def part_of(meetup: Meetup, name: str) -> str:
    return reverse("host_part", args=[meetup.code, name])


def form_on(door, path: str) -> dict:
    """Return what a browser would send from this page, with the page's own address."""
    page = door.get(path, follow=True)
    address = page.redirect_chain[-1][0] if page.redirect_chain else path
    return typed_in(page.content.decode(), having="csrfmiddlewaretoken") | {"": address}


def send(door, form: dict, /, **changed):
    """Send a page's form to its own address."""
    return door.post(form[""], {name: value for name, value in form.items() if name} | changed)


def questions_of(slug: str) -> str:
    return "\n".join(find_kit(slug).in_language("en").questions)


def title_of(slug: str) -> str:
    return find_kit(slug).in_language("en").title


# The three steps -----------------------------------------------------------------------------------------------------


def test_three_steps_make_an_evening_that_can_be_published(door, host, toronto):
    what = send(door, form_on(door, reverse("host_new")), title="Soup")
    draft = Meetup.objects.get()
    when = send(door, form_on(door, what.url), date=day_ahead(), town_name="Toronto", street="12 Elm Street")
    who = send(door, form_on(door, when.url))
    door.post(who.url)

    draft.refresh_from_db()
    assert [what.url, when.url, who.url] == [
        part_of(draft, "when"),
        part_of(draft, "who"),
        reverse("host_publish", args=[draft.code]),
    ]
    assert (draft.status, draft.title, draft.host, draft.zone) == ("published", "Soup", host, "America/Toronto")
    # What nobody typed: seven in the evening, ten seats, and nobody else sees it.
    assert (draft.time.hour, draft.duration, draft.seats, draft.visibility, draft.town) == (19, 180, 10, "private", toronto)


def test_the_first_step_without_a_name_and_a_kit_asks_for_one_of_them(door):
    answer = send(door, form_on(door, reverse("host_new")), title=" ")

    assert "Please give the evening a name, or choose a kit above." in answer.content.decode()
    assert not Meetup.objects.exists()


def test_a_kit_alone_names_the_evening_and_fills_it_in(door):
    send(door, form_on(door, reverse("host_new")), choose="money")

    draft = Meetup.objects.get()
    assert (draft.title, draft.kit.shelf, draft.kit.questions) == (title_of("money"), "money", questions_of("money"))
    assert draft.kit.book is not None and draft.kit.meal and draft.kit.run and draft.kit.agreements


def test_the_name_that_was_typed_stays_whatever_kit_is_chosen(door):
    send(door, form_on(door, reverse("host_new")), title="At ours", choose="money")

    assert Meetup.objects.get().title == "At ours"


def test_another_kit_later_replaces_what_the_first_one_filled_in_and_nothing_typed(door):
    send(door, form_on(door, reverse("host_new") + "?kit=neighbors"))
    draft = Meetup.objects.get()
    send(door, form_on(door, part_of(draft, "meal")), meal="Only bread.")

    send(door, form_on(door, part_of(draft, "what")), choose="money")

    draft = Meetup.objects.get()
    assert (draft.title, draft.kit.shelf, draft.kit.questions) == (title_of("money"), "money", questions_of("money"))
    assert draft.kit.meal == "Only bread."


def test_choosing_no_kit_again_takes_its_words_out(door):
    send(door, form_on(door, reverse("host_new")), title="At ours", choose="money")
    draft = Meetup.objects.get()

    send(door, form_on(door, part_of(draft, "what")), choose="")

    draft = Meetup.objects.get()
    assert (draft.title, draft.kit.shelf, draft.kit.questions, draft.kit.book) == ("At ours", "", "", None)


def test_one_kit_of_ones_own_after_another_is_taken(door, host):
    kits = [keep_kit(make_meetup(host, title=f"Mine {n}", kit=make_kit(questions=f"Which {n}?")), owner=host) for n in range(3)]
    send(door, form_on(door, reverse("host_new")), choose=str(kits[0].pk))
    draft = Meetup.objects.get(status="draft")

    for kit in kits[1:]:
        send(door, form_on(door, part_of(draft, "what")), choose=str(kit.pk))

    draft.refresh_from_db()
    assert (draft.title, draft.kit.questions, draft.kit.copied_from) == ("Mine 2", "Which 2?", kits[2])


def test_a_kit_of_somebody_else_cannot_be_chosen(door):
    theirs = keep_kit(make_meetup(title="Theirs"), owner=make_host("bea@example.org"))

    answer = send(door, form_on(door, reverse("host_new")), title="Soup", choose=str(theirs.pk))

    assert answer.status_code == 200 and "Theirs" not in answer.content.decode()
    assert not Meetup.objects.filter(status="draft").exists()


def test_two_presses_and_a_script_that_saves_make_one_draft(door):
    form = form_on(door, reverse("host_new"))
    noted = send(door, form, title="Soup", autosave="1")
    first, second = send(door, form, title="Soup and bread"), send(door, form, title="Soup and bread")

    draft = Meetup.objects.get()
    assert (noted.status_code, draft.title) == (204, "Soup and bread")
    assert first.url == second.url == part_of(draft, "when")
    assert door.get(form[""]).url == part_of(draft, "what")


def test_everything_on_one_page_is_the_same_draft(door):
    form = form_on(door, reverse("host_new") + "?kit=neighbors")
    link = re.search(rf'href="({reverse("host_new_all")}[^"]+)"', door.get(form[""]).content.decode())[1].replace("&amp;", "&")
    before = door.get(link)
    send(door, form, autosave="1")

    assert title_of("neighbors") in before.content.decode()
    assert door.get(link).url == reverse("host_edit_all", args=[Meetup.objects.get().code])


def test_a_kit_chosen_while_a_script_saves_names_the_evening_it_is_sent_with(door):
    form = form_on(door, reverse("host_new") + "?kit=neighbors")
    for slug in ("money", "grief"):
        send(door, form, choose=slug, autosave="1")
    send(door, form, choose="grief")

    draft = Meetup.objects.get()
    assert (draft.title, draft.kit.questions) == (title_of("grief"), questions_of("grief"))


def test_the_first_word_is_a_draft_and_no_word_is_none(door):
    form = form_on(door, reverse("host_new"))
    none, word = send(door, form, autosave="1"), send(door, form, title="S", autosave="1")

    assert (none.status_code, word.status_code) == (422, 204)
    assert [draft.title for draft in Meetup.objects.all()] == ["S"]


def test_a_script_saves_what_is_valid_of_a_step(door, host, toronto):
    draft = make_draft(host, street="", town_name="Toronto", zone="America/Toronto", town=toronto)
    form = form_on(door, part_of(draft, "when"))
    answer = send(door, form, date="2020-01-01", town_name="Nowhere Known", street="12 Elm Street", autosave="1")

    draft.refresh_from_db()
    # A town that is not known would keep the clock of another one.
    assert (answer.status_code, draft.street, draft.town_name, draft.town) == (422, "12 Elm Street", "Toronto", toronto)


def test_back_saves_and_a_step_shows_what_was_saved(door, host):
    draft = make_draft(host, seats=None)

    answer = send(door, form_on(door, part_of(draft, "who")), seats="7", then="back")

    assert answer.url == part_of(draft, "when")
    assert form_on(door, part_of(draft, "who"))["seats"] == "7"


def test_a_step_with_something_wrong_shows_it_beside_the_field(door, host):
    draft = make_draft(host, seats=6)

    answer = send(door, form_on(door, part_of(draft, "who")), seats="many", then="back")

    assert answer.status_code == 200 and 'id="id_seats_error"' in answer.content.decode()
    assert Meetup.objects.get().seats == 6


# What is known already -----------------------------------------------------------------------------------------------


def test_a_campaigns_kit_is_filled_in_and_can_be_exchanged(door):
    campaign = make_campaign(slug="read", name="Read")
    Kit.objects.create(campaign=campaign, title="Read together", questions="What now?")
    form = form_on(door, reverse("host_new") + "?campaign=read")

    assert form["title"] == "Read together"
    send(door, form)
    draft = Meetup.objects.get()
    assert (draft.campaign, draft.title, draft.kit.questions) == (campaign, "Read together", "What now?")
    send(door, form_on(door, part_of(draft, "what")), choose="money")
    draft = Meetup.objects.get()
    assert (draft.campaign, draft.title, draft.kit.questions) == (campaign, title_of("money"), questions_of("money"))


def test_a_book_comes_along(door):
    book = make_book(slug="transforming-power")
    make_recap(make_held_meetup(kit=make_kit(book=book)))

    send(door, form_on(door, reverse("host_new") + "?book=transforming-power"), title="Soup")

    assert Meetup.objects.get(status="draft").kit.book == book


def test_a_held_conversation_becomes_a_draft_by_a_press_alone_and_both_hosts_hear(door):
    recap = make_recap(make_held_meetup(make_host("bea@example.org"), title="Lentils"))
    form = form_on(door, reverse("host_new") + f"?from={recap.slug}")
    noted = send(door, form, autosave="1")
    before = Meetup.objects.filter(parent=recap.meetup).count()
    send(door, form)
    send(door, form)

    draft = Meetup.objects.get(parent=recap.meetup)
    assert (noted.status_code, before, draft.title) == (422, 0, "Lentils")
    assert sorted(Delivery.objects.values_list("kind", flat=True)) == ["held_on", "hold_started"]


def test_what_is_not_to_be_found_any_more_says_so(door):
    assert "not to be found any more" in door.get(reverse("host_new") + "?kit=nothing", follow=True).content.decode()


# One part at a time --------------------------------------------------------------------------------------------------

CHANGES = {
    "talk": {"questions": "Why?", "run": "7:00 soup", "agreements": "One at a time"},
    "book": {"book_title": "Gilead", "book_author": "Marilynne Robinson", "isbn": "", "book_link": "", "way_in": "A page"},
    "meal": {"meal": "Soup"},
    "door": {"door": "Left bell", "parking": "In the yard", "day_phone": "+1 416 555 0100"},
    "guests": {"max_party": "3", "lets_friends": "no"},
    "words": {"word": "Come as you are.", "language": "fr"},
}


@pytest.mark.parametrize("part", CHANGES)
def test_each_part_of_a_draft_is_saved_by_itself(door, host, part):
    draft = make_draft(host, kit=make_kit(questions="Old?", meal="Old meal"), word="Old word", seats=9)

    answer = send(door, form_on(door, part_of(draft, part)), **CHANGES[part])

    assert answer.url == reverse("host_edit", args=[draft.code])
    after = form_on(door, part_of(draft, part))
    assert {name: after.get(name, "") for name in CHANGES[part]} == CHANGES[part]
    draft = Meetup.objects.select_related("kit").get()
    others = {"talk": draft.kit.questions, "meal": draft.kit.meal, "words": draft.word, "who": draft.seats}
    kept = {"talk": "Old?", "meal": "Old meal", "words": "Old word", "who": 9}
    assert {name: value for name, value in others.items() if name != part} == {
        name: value for name, value in kept.items() if name != part
    }


def test_a_part_takes_nothing_but_its_own_fields(door, host):
    draft = make_draft(host, seats=9, kit=make_kit(questions="Old?"))
    others = {"seats": "99", "visibility": "listed", "word": "Mine", "title": "Mine", "questions": "Mine?", "host": "1"}

    for part in ("guests", "meal"):
        send(door, form_on(door, part_of(draft, part)), status="published", meal="Soup", max_party="3", **others)

    draft.refresh_from_db()
    assert (draft.seats, draft.visibility, draft.word, draft.status, draft.host) == (9, "private", "", "draft", host)
    assert (draft.max_party, draft.kit.meal, draft.kit.questions) == (3, "Soup", "Old?") and draft.title != "Mine"


def test_the_street_is_refused_in_a_part_that_everybody_reads_and_in_its_own(door, host):
    draft = make_draft(host, street="12 Elm Street")

    meal = send(door, form_on(door, part_of(draft, "meal")), meal="Soup at 12 Elm Street")
    send(door, form_on(door, part_of(draft, "meal")), meal="Soup at 99 Oak Avenue")
    street = send(door, form_on(door, part_of(draft, "when")), street="99 Oak Avenue")

    draft.refresh_from_db()
    assert (meal.status_code, street.status_code) == (200, 200)
    assert (draft.street, draft.kit.meal) == ("12 Elm Street", "Soup at 99 Oak Avenue")


def test_a_published_evening_is_edited_in_parts_and_nobody_is_mailed(door, host):
    meetup = make_meetup(host, seats=8, plan=True)
    make_guest(meetup, rsvp="yes")
    before = Delivery.objects.count()

    title = send(door, form_on(door, part_of(meetup, "what")), title="Bread")
    seats = send(door, form_on(door, part_of(meetup, "who")), seats="12")

    meetup.refresh_from_db()
    assert (title.url, seats.url) == (reverse("host_edit", args=[meetup.code]),) * 2
    assert (meetup.title, meetup.seats, meetup.status, Delivery.objects.count()) == ("Bread", 12, "published", before)


@pytest.mark.parametrize("part", ["when", "door"])
def test_time_and_place_of_a_published_evening_are_moved(door, host, part):
    meetup = make_meetup(host)

    answers = [door.get(part_of(meetup, part)), door.post(part_of(meetup, part), {"street": "99 Other", "door": "Other"})]

    assert [answer.url for answer in answers] == [reverse("host_move", args=[meetup.code])] * 2
    assert Meetup.objects.get().street == meetup.street


def test_fewer_seats_than_are_taken_ask_who_moves(door, host):
    meetup = make_meetup(host, seats=8)
    for _number in range(3):
        make_guest(meetup, rsvp="yes")

    answer = send(door, form_on(door, part_of(meetup, "who")), seats="2")
    empty = send(door, form_on(door, part_of(meetup, "who")), seats="")

    assert answer.url == f"{reverse('host_seats', args=[meetup.code])}?seats=2"
    assert 'id="id_seats_error"' in empty.content.decode() and Meetup.objects.get().seats == 8


def test_fewer_seats_after_the_evening_are_refused_beside_the_field(door, host):
    meetup = make_held_meetup(host, seats=8)
    for _number in range(3):
        make_guest(meetup, rsvp="yes")

    page = send(door, form_on(door, part_of(meetup, "who")), seats="2").content.decode()

    assert "3 seats are taken." in page and 'id="id_seats_error"' in page


def test_a_canceled_evening_is_not_changed_any_more(door, host):
    meetup = make_meetup(host, status="canceled")

    all_parts, one = door.get(reverse("host_edit", args=[meetup.code])), door.post(part_of(meetup, "meal"), {"meal": "Soup"})

    assert all_parts.url == one.url == meetup.get_desk_url()
    assert Meetup.objects.get().kit.meal == meetup.kit.meal


def test_all_parts_stand_on_one_page_with_what_is_in_them(door, host):
    meetup = make_draft(host, title="Lentils", kit=make_kit(questions="Who cooks?", meal="Soup"), street="12 Elm Street")

    page = door.get(reverse("host_edit", args=[meetup.code])).content.decode()

    assert all(part_of(meetup, part) in page for part in PARTS)
    assert all(words in page for words in ("Lentils", "Who cooks?", "Soup", "12 Elm Street"))
    assert "More about the evening" in page and reverse("host_edit_all", args=[meetup.code]) in page


def test_the_desk_of_a_draft_leads_to_the_step_that_lacks_something(door, host):
    steps = {
        part_of(draft, name): door.get(draft.get_desk_url()).context["step"].url
        for name, draft in [("when", make_draft(host, street="")), ("who", make_draft(host, seats=None))]
    }
    ready = make_draft(host)

    assert list(steps) == list(steps.values())
    assert door.get(ready.get_desk_url()).context["step"].url == reverse("host_publish", args=[ready.code])


# Who may -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", PARTS)
def test_a_stranger_and_another_host_change_no_part(client, part):
    draft = make_draft(make_host("ana@example.org"))
    before = Meetup.objects.values().get()

    stranger = client.post(part_of(draft, part), {"title": "Mine", "meal": "Mine"})
    client.force_login(make_user("eve@example.org"))
    other = [client.post(part_of(draft, part), {"title": "Mine", "autosave": "1"}), client.get(part_of(draft, part))]

    assert stranger.url.startswith("/accounts/login/")
    assert [answer.status_code for answer in other] == [404, 404]
    assert Meetup.objects.values().get() == before


def test_a_cohost_changes_parts_and_the_host_stays_the_host(client, host):
    draft = make_draft(host, seats=9)
    bea = make_host("bea@example.org")
    add_cohost(draft, email=bea.email, by=host)
    client.force_login(bea)

    send(client, form_on(client, part_of(draft, "what")), title="Bread")
    send(client, form_on(client, part_of(draft, "who")), seats="5")

    draft.refresh_from_db()
    assert (draft.title, draft.seats, draft.host) == ("Bread", 5, host)


def test_no_other_part_has_a_page(door, host):
    assert door.get(part_of(make_draft(host), "host")).status_code == 404


def test_what_was_typed_into_a_step_while_signed_out_comes_back(client, host):
    draft = make_draft(host)

    refused = client.post(part_of(draft, "meal"), {"meal": "Lentils"})
    client.force_login(host)

    assert "typed%3D1" in refused.url
    assert "Lentils" in client.get(f"{part_of(draft, 'meal')}?typed=1").content.decode()


def test_a_first_step_that_was_sent_while_signed_out_comes_back(client, host):
    client.force_login(host)
    form = form_on(client, reverse("host_new"))
    client.logout()
    refused = send(client, form, title="Lentils")
    client.force_login(host)

    page = client.get(f"{form['']}&typed=1").content.decode()

    assert "typed%3D1" in refused.url and 'value="Lentils"' in page
