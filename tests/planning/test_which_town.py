"""A town that several places share, in the form of a host: asked about, and nothing typed is lost (R131)."""

import re

import pytest
from django.urls import reverse

from meetups.models import Meetup
from meetups.planning.forms.meetup import DraftForm, MoveForm, initial_from_meetup
from tests.factories import make_draft, make_host, make_meetup
from tests.planning.test_meetup_form import typed
from tests.towns import town_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_towns", "late_november")]


def test_a_name_that_several_towns_share_is_asked_about_with_none_ticked():
    form = DraftForm(typed(town_name="Portland"))

    assert dict(form.errors) == {"which_town": ["Several places are called Portland. Which one do you mean?"]}
    choices = str(form["which_town"])
    assert "Portland, Oregon, United States (there it is Monday 23 November, 12:00 p.m. now)" in choices
    assert "Portland, Maine, United States (there it is Monday 23 November, 3:00 p.m. now)" in choices
    assert "Another place: I choose its clock below" in choices
    assert "checked" not in choices


def test_a_region_that_fits_no_town_of_the_name_is_asked_about():
    form = DraftForm(typed(town_name="Portland", region="Ontario", country="Canada"))

    said = "We know no place called Portland in Ontario, Canada. Which one do you mean?"
    assert dict(form.errors) == {"which_town": [said]}


def test_the_answer_sets_the_clock_and_says_region_and_country_where_they_were_empty():
    maine = town_of("Portland", "ME", "US")

    form = DraftForm(typed(town_name="Portland", which_town=str(maine.geonames_id)))

    assert form.is_valid(), form.errors
    saved = form.fields_to_save
    assert (saved["town"], saved["zone"]) == (maine, "America/New_York")
    assert (saved["town_name"], saved["region"], saved["country"]) == ("Portland", "Maine", "United States")


def test_the_answer_leaves_what_was_typed():
    oregon = town_of("Portland", "OR", "US")

    form = DraftForm(typed(town_name="Portland", region="Cascadia", country="USA", which_town=str(oregon.geonames_id)))

    assert form.is_valid(), form.errors
    assert (form.fields_to_save["region"], form.fields_to_save["country"]) == ("Cascadia", "USA")


def test_an_answer_to_another_question_is_no_answer():
    toronto = town_of("Toronto", "ON", "CA")

    form = DraftForm(typed(town_name="Portland", which_town=str(toronto.geonames_id)))

    assert list(form.errors) == ["which_town"]


def test_an_answer_stays_ticked_while_something_else_is_wrong():
    maine = town_of("Portland", "ME", "US")

    form = DraftForm(typed(town_name="Portland", which_town=str(maine.geonames_id), seats="0"))

    assert list(form.errors) == ["seats"]
    assert form.asks_town
    assert re.search(rf'value="{maine.geonames_id}"[^>]* checked', str(form["which_town"]))


def test_another_place_is_asked_for_its_clock_and_then_saved_without_a_town():
    asked = DraftForm(typed(town_name="Portland", which_town="other"))
    answered = DraftForm(typed(town_name="Portland", which_town="other", zone="Pacific/Auckland"))

    assert list(asked.errors) == ["zone"]
    assert answered.is_valid(), answered.errors
    assert (answered.fields_to_save["town"], answered.fields_to_save["zone"]) == (None, "Pacific/Auckland")


def test_a_clock_that_was_chosen_settles_the_question():
    form = DraftForm(typed(town_name="Vancouver", zone="America/Vancouver"))

    assert form.is_valid(), form.errors
    assert form.fields_to_save["town"] == town_of("Vancouver", "BC", "CA")


def test_what_was_answered_once_is_not_asked_again():
    oregon = town_of("Portland", "OR", "US")
    where = {"town_name": "Portland", "region": "Cascadia", "country": ""}
    draft = make_draft(town=oregon, zone=oregon.zone, **where)

    form = DraftForm(typed(**where), initial=initial_from_meetup(draft))

    assert form.is_valid(), form.errors
    assert form.fields_to_save["town"] == oregon
    assert not form.asks_town


def test_a_place_without_a_town_that_was_saved_with_its_clock_is_not_asked_again():
    where = {"town_name": "Portland", "region": "", "country": ""}
    draft = make_draft(town=None, zone="Pacific/Auckland", **where)

    form = DraftForm(typed(zone="Pacific/Auckland", **where), initial=initial_from_meetup(draft))

    assert form.is_valid(), form.errors
    assert (form.fields_to_save["town"], form.fields_to_save["zone"]) == (None, "Pacific/Auckland")


def test_a_town_that_was_guessed_wrong_once_is_put_right_by_its_region():
    oregon = town_of("Portland", "OR", "US")
    where = {"town_name": "Portland", "region": "Maine", "country": "United States"}
    draft = make_draft(town=oregon, zone=oregon.zone, **where)

    form = MoveForm(typed(**where), initial=initial_from_meetup(draft))

    assert form.is_valid(), form.errors
    assert form.moment_fields["zone"] == "America/New_York"


def test_the_page_asks_with_radio_buttons_under_the_question_and_keeps_everything(client):
    client.force_login(make_host())
    fields = typed(town_name="London", word="Come as you are.", door="second bell", parking="behind the bakery")

    page = client.post(reverse("host_new_all"), fields).content.decode()

    assert Meetup.objects.count() == 0
    fieldset = page[page.index('aria-describedby="id_which_town_error"') :]
    fieldset = fieldset[: fieldset.index("</fieldset>")]
    assert "<legend>Which town?</legend>" in fieldset
    assert 'id="id_which_town_error"' in fieldset
    assert fieldset.count('type="radio" name="which_town"') >= 3
    assert fieldset.count('aria-invalid="true"') >= 3
    assert '<a href="#id_which_town">Which town?: Several places are called London.' in page
    assert 'value="London"' in page
    assert all(words in page for words in ["Come as you are.", "second bell", "behind the bakery", "Soup and one question"])


def test_the_answer_on_the_page_saves_the_draft_with_that_clock(client):
    client.force_login(make_host())
    ontario = town_of("London", "ON", "CA")

    client.post(reverse("host_new_all"), typed(town_name="London", which_town=str(ontario.geonames_id)))

    draft = Meetup.objects.get()
    assert (draft.town, draft.zone, draft.area) == (ontario, "America/Toronto", "London, Ontario")


def test_an_evening_that_moves_is_asked_too(client):
    host = make_host()
    meetup = make_meetup(host)
    client.force_login(host)

    page = client.post(reverse("host_move", args=[meetup.code]), typed(town_name="Springfield")).content.decode()

    assert "Springfield, Massachusetts, United States" in page
    meetup.refresh_from_db()
    assert meetup.town_name == "Toronto"
