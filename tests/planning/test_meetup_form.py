"""What a host may type, and what is said when it cannot be."""

from datetime import date, time, timedelta

import pytest

from meetups.forms.fields import isbn13
from meetups.planning.forms.meetup import (
    DraftForm,
    KitFields,
    MoveForm,
    WordsForm,
    initial_from_kit,
    initial_from_meetup,
    say_length,
)
from meetups.times import clock
from tests.factories import make_draft, make_kit, make_meetup

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_towns", "late_november")]


def typed(**fields) -> dict:
    """Return what the browser sends for a form that was filled in with these."""
    far = (clock.now() + timedelta(days=20)).date()
    complete = {
        "title": "Soup and one question", "date": far.isoformat(), "time": "19:00", "duration": "180", "town_name": "Toronto",
        "region": "", "country": "", "zone": "", "street": "12 Elm", "seats": "10", "max_party": "2", "visibility": "private",
    }  # fmt: skip
    return complete | fields


def errors(**fields) -> dict[str, list[str]]:
    return {name: [str(error) for error in found] for name, found in DraftForm(typed(**fields)).errors.items()}


def test_draft_needs_nothing_but_a_title():
    form = DraftForm({"title": "Soup", "duration": "180", "max_party": "2", "visibility": "private"})

    assert form.is_valid(), form.errors
    assert form.fields_to_save["date"] is None
    assert form.fields_to_save["zone"] == ""
    assert form.kit_words["book"] == {"title": "", "author": "", "isbn": ""}


def test_draft_without_a_title_is_refused():
    assert list(errors(title=" \u202e ")) == ["title"]


@pytest.mark.parametrize("title", ["Win at https://spam.example", "visit www.spam.example", "cheap-pills.com soup"])
def test_title_with_a_web_address_is_refused(title):
    assert errors(title=title) == {"title": ["A web address cannot stand here."]}


def test_title_with_dots_is_no_web_address():
    assert errors(title="St. John's, 7 p.m. Soup etc.") == {}


def test_control_and_direction_characters_are_taken_out():
    form = DraftForm(typed(title="Soup\x00 \u202eand\r\nBcc: x\u2028 one", word="Dear\x07 all\u202e,\r\ncome"))

    assert form.is_valid(), form.errors
    assert form.fields_to_save["title"] == "Soup and Bcc: x one"
    assert form.fields_to_save["word"] == "Dear all,\ncome"


@pytest.mark.parametrize("field", ["title", "book_title", "book_author", "street", "door", "parking", "day_phone", "town_name"])
def test_ten_thousand_characters_are_refused_in_every_line(field):
    assert field in errors(**{field: "x" * 10_000})


@pytest.mark.parametrize("field", ["word", "questions", "run", "way_in", "meal", "agreements"])
def test_ten_thousand_characters_are_refused_in_every_text(field):
    assert list(errors(**{field: "x " * 5_000})) == [field]


@pytest.mark.parametrize(
    ("text", "isbn"),
    [
        ("９７８０３０６４０６１５７", "9780306406157"),
        ("ISBN ٩٧٨-٠-٣٠٦-٤٠٦١٥-٧", "9780306406157"),
        ("0-14-310573-4", ""),
        ("978-0-14-303943-3", "9780143039433"),
        ("0306406152", "9780306406157"),
        ("080442957X", "9780804429573"),
    ],
)
def test_isbn_comes_out_as_thirteen_digits_or_is_refused(text, isbn):
    form = KitFields({"book_title": "A book", "isbn": text})

    assert (form.cleaned_data["isbn"] if form.is_valid() else "") == isbn


def test_isbn_with_other_digits_is_none():
    assert isbn13("٠٣٠٦٤٠٦١٥٢") == ""


@pytest.mark.parametrize("link", ["javascript:alert(1)", "ftp://example.org/book", "data:text/html,x", "//"])
def test_book_link_that_is_no_page_is_refused(link):
    assert list(errors(book_link=link)) == ["book_link"]


def test_book_link_without_a_scheme_gets_https():
    form = DraftForm(typed(book_link="library.example.org/book"))

    assert form.is_valid()
    assert form.kit_words["book_link"] == "https://library.example.org/book"


def test_an_author_without_a_title_is_asked_for_the_title():
    assert list(errors(book_author="Judy Rebick")) == ["book_title"]


@pytest.mark.parametrize("day", ["2020-01-01", "0001-01-01", "9999-12-31", "2026-02-30", "soon"])
def test_a_day_that_cannot_be_is_refused(day):
    assert list(errors(date=day)) == ["date"]


def test_an_hour_that_is_past_is_refused(moved_clock):
    moved_clock(to=clock.now().replace(hour=17, minute=0))
    today = clock.now().date().isoformat()

    assert list(errors(date=today, time="00:05")) == ["date"]


def test_the_hour_skipped_in_spring_is_refused():
    said = errors(date="2027-03-14", time="02:30")

    assert list(said) == ["time"]
    assert "does not exist" in said["time"][0]


def test_the_hour_repeated_in_autumn_is_asked_about_the_first_ticked():
    form = DraftForm(typed(date="2027-11-07", time="01:30"))

    assert list(form.errors) == ["fold"]
    assert form.asks_fold
    assert '<input type="radio" name="fold" value="0"' in str(form["fold"])
    assert str(form["fold"]).count("checked") == 1


def test_the_second_of_two_hours_can_be_chosen():
    form = DraftForm(typed(date="2027-11-07", time="01:30", fold="1"))

    assert form.is_valid(), form.errors
    assert form.fields_to_save["fold"] == 1


def test_which_of_two_is_forgotten_when_the_hour_comes_once():
    form = DraftForm(typed(fold="1"))

    assert form.is_valid(), form.errors
    assert form.fields_to_save["fold"] == 0


def test_the_town_sets_the_clock():
    form = DraftForm(typed(town_name="toronto"))

    assert form.is_valid(), form.errors
    assert form.fields_to_save["town"].name == "Toronto"
    assert form.fields_to_save["town_name"] == "toronto"
    assert form.fields_to_save["zone"] == "America/Toronto"


def test_a_town_not_known_is_asked_for_its_clock():
    form = DraftForm(typed(town_name="Little Hollow"))

    assert list(form.errors) == ["zone"]
    assert form.asks_zone


def test_a_town_not_known_is_kept_as_typed_with_the_clock_chosen():
    form = DraftForm(typed(town_name="Little Hollow", zone="America/Halifax"))

    assert form.is_valid(), form.errors
    assert (form.fields_to_save["town"], form.fields_to_save["town_name"]) == (None, "Little Hollow")
    assert form.fields_to_save["zone"] == "America/Halifax"


def test_move_needs_time_and_place():
    form = MoveForm({"duration": "180"})

    assert sorted(form.errors) == ["date", "street", "time", "town_name"]


def test_a_form_begun_from_a_kit_holds_words_and_no_place():
    initial = initial_from_kit(make_kit(meal="Bread"), title="Soup")

    assert initial["meal"] == "Bread"
    assert initial["book_title"] == "Transforming Power"
    assert not {"street", "town_name", "date", "time", "seats"} & set(initial)


def test_a_form_begun_from_a_meetup_gives_back_what_was_typed():
    draft = make_draft(date=date(2027, 11, 7), time=time(1, 30), fold=1, duration=200)

    form = DraftForm(initial=initial_from_meetup(draft))

    assert form.asks_fold
    assert form["zone"].value() == "America/Toronto"
    assert form["duration"].value() == 200
    assert '<option value="200" selected>3 hours 20 minutes</option>' in str(form["duration"])


def test_lengths_are_said_in_hours_and_minutes():
    assert [say_length(60), say_length(150), say_length(45)] == ["1 hour", "2 hours 30 minutes", "45 minutes"]


def test_a_clock_chosen_for_one_town_does_not_come_along_to_another():
    initial = {"town_name": "Little Hollow", "zone": "America/Halifax"}

    moved = MoveForm(typed(town_name="Toronto", zone="America/Halifax"), initial=initial)
    stayed = MoveForm(typed(town_name="Little Hollow", zone="America/Halifax"), initial=initial)

    assert moved.is_valid() and stayed.is_valid()
    assert moved.moment_fields["zone"] == "America/Toronto"
    assert stayed.moment_fields["zone"] == "America/Halifax"


def test_a_label_does_not_call_optional_what_publishing_needs():
    page = str(DraftForm())

    assert '<label for="id_street">Street and number</label>' in page
    assert '<label for="id_door">The door <span class="optional">(optional)</span></label>' in page


@pytest.mark.parametrize("field", ["title", "word", "way_in", "questions", "run", "meal", "agreements"])
def test_what_everybody_reads_does_not_hold_the_street(field):
    said = errors(street="12 Lindenblossom Street", **{field: "Come to 12, lindenblossom  STREET at seven"})

    assert said == {field: ["This holds the street, which only guests with a seat may know. Please leave it out."]}


def test_a_published_meetups_words_do_not_hold_its_street():
    meetup = make_meetup(street="12 Lindenblossom Street")
    data = typed(word="Ring at 12 Lindenblossom Street.", title=meetup.title)

    assert list(WordsForm(data, initial=initial_from_meetup(meetup)).errors) == ["word"]
    assert WordsForm(data | {"word": "Ring twice."}, initial=initial_from_meetup(meetup)).is_valid()


@pytest.mark.parametrize("field", ["town_name", "region"])
@pytest.mark.parametrize("form", [DraftForm, MoveForm])
def test_the_area_that_everybody_reads_does_not_hold_the_street(form, field):
    data = typed(street="12 Lindenblossom Street", zone="America/Toronto", **{field: "12 Lindenblossom Street, Toronto"})

    assert list(form(data).errors) == [field]


@pytest.mark.parametrize("words", [{"word": "Next is 5 Birch Lane."}, {"title": "Soup at 5 Birch Lane"}])
def test_an_evening_does_not_move_to_a_street_that_everybody_reads_of(words):
    initial = initial_from_meetup(make_meetup(**words))

    assert list(MoveForm(typed(street="5 Birch Lane"), initial=initial).errors) == ["street"]
    assert MoveForm(typed(street="6 Birch Lane"), initial=initial).is_valid()


def test_words_can_be_changed_where_the_area_held_the_street_before():
    meetup = make_meetup(street="12 Lindenblossom Street", town_name="12 Lindenblossom Street, Toronto")

    assert WordsForm(typed(title=meetup.title), initial=initial_from_meetup(meetup)).is_valid()


def test_the_street_may_stand_at_the_door_and_in_parking():
    assert errors(street="12 Lindenblossom Street", door="behind 12 Lindenblossom Street", parking="Lindenblossom Street") == {}


SECRETS = {"street": "17 Quince Street", "postal_code": "M6G 1A1", "door": "gate code 4711", "day_phone": "+1 416 555 0142"}
NO_SECRETS = (
    "This holds the door, the parking, the postal code or the phone number, which only guests with a seat may know."
    " Please leave it out."
)


@pytest.mark.parametrize("field", ["title", "word", "way_in", "questions", "run", "meal", "agreements"])
@pytest.mark.parametrize("words", ["The code is 4711", "Write to M6G-1A1", "Ring 416 555 0142"])
def test_what_everybody_reads_holds_no_code_and_no_number_of_the_place(field, words):
    assert errors(**SECRETS, **{field: words}) == {field: [NO_SECRETS]}


def test_what_everybody_reads_holds_no_street_in_another_order():
    assert list(errors(**SECRETS, word="Quince Street, no. 17")) == ["word"]
    assert errors(**SECRETS, word="Quince jam for 17, in a quiet street. We begin at 7:00.") == {}


def test_an_evening_gets_no_door_code_that_everybody_reads_of():
    initial = initial_from_meetup(make_meetup(word="The number of the year is 4711."))

    form = MoveForm(typed(door="gate code 4711"), initial=initial)

    assert form.errors == {"door": ["What everybody reads of this evening holds this. Please take it out there first."]}


def test_the_host_may_be_named_though_the_name_is_on_the_bell():
    data = typed(door="Ana Rebelo", word="See you soon. Ana Rebelo")

    assert DraftForm(data, host_name="Ana Rebelo").is_valid()
    assert list(DraftForm(data, host_name="Ana").errors) == ["word"]
