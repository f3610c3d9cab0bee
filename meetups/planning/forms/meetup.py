"""What a host types about an evening, cleaned. Nothing here saves: planning/services/meetup.py does."""

from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.db.models import Field, Model
from django.http import QueryDict
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from hosts.language import language_names
from meetups.access.visibility import say_secret
from meetups.forms.fields import IsbnField, LineField, WebLinkField, WordsField, choice_field, mark_needed_later, refuse_links
from meetups.forms.kept_input import KeepsTyped
from meetups.models import Book, Kit, Meetup
from meetups.planning.forms.which_town import WHERE_NAMED, AskTown
from meetups.text.place_check import PlaceSecrets, find_secret
from meetups.times import clock, wall_time

# Dates near the end of the calendar cannot be converted to UTC, and no supper is planned further ahead than this.
FURTHEST_AHEAD = timedelta(days=3 * 366)
LENGTHS = [60, 90, 120, 150, 180, 210, 240, 300, 360, 480]
WHEN = ("date", "time", "fold", "duration", "zone")
WHERE = ("town", "town_name", "region", "country", "street", "postal_code", "door", "parking", "day_phone")
MOMENT = (*WHEN, *WHERE)
TABLE = ("language", "word", "seats", "max_party", "shows_names", "lets_friends", "visibility", "looks_first")
KIT_WORDS = ("book_link", "way_in", "questions", "run", "meal", "agreements")
READ_BY_ALL = ("title", "word", "way_in", "questions", "run", "meal", "agreements", "town_name", "region")
# The order on the page, so that the summary of errors has the same one.
ORDER = [
    *("title", "questions", "run", "meal", "agreements", "book_title", "book_author", "isbn", "book_link", "way_in"),
    *("date", "time", "duration", "fold", "town_name", "which_town", "zone", "region", "country", "street", "postal_code"),
    *("door", "parking", "day_phone", "seats", "max_party", "visibility", "looks_first", "lets_friends", "shows_names"),
    *("language", "word"),
]


def longest(model: type[Model], name: str) -> int:
    """Return how many characters a text column takes."""
    field = model._meta.get_field(name)
    if not isinstance(field, Field) or field.max_length is None:
        raise TypeError(f"{name} has no length")
    return field.max_length


def say_length(minutes: int) -> str:
    """Return "3 hours" or "2 hours 30 minutes"."""
    hours, rest = divmod(minutes, 60)
    said = ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours} if hours else ""
    more = ngettext("%(n)d minute", "%(n)d minutes", rest) % {"n": rest} if rest else ""
    return " ".join(part for part in [said, more] if part)


def length_choices() -> list[tuple[int, str]]:
    """Return the lengths to choose from, in the reader's language."""
    return [(minutes, say_length(minutes)) for minutes in LENGTHS]


class KitFields(KeepsTyped):
    """The part that can be copied: book, way in, questions, run, meal."""

    book_title = LineField(label=_("Title of the book"), required=False, max_length=longest(Book, "title"))
    book_author = LineField(label=_("Author"), required=False, max_length=longest(Book, "author"))
    isbn = IsbnField(
        label=_("ISBN"),
        required=False,
        help_text=_("From the back of the book."),
        widget=forms.TextInput(attrs={"class": "short"}),
    )
    book_link = WebLinkField(
        label=_("Link to the book"),
        required=False,
        max_length=longest(Kit, "book_link"),
        help_text=_("A library or a bookshop you like."),
    )
    way_in = WordsField(
        label=_("A ten-minute way in"),
        required=False,
        max_length=longest(Kit, "way_in"),
        help_text=_("For whoever has not read the book: a page, a talk, a poem."),
        rows=3,
    )
    questions = WordsField(
        label=_("Questions, one on each line"),
        required=False,
        max_length=longest(Kit, "questions"),
        help_text=_("The first one goes into your letter, three days before."),
    )
    run = WordsField(
        label=_("Run of the evening"),
        required=False,
        max_length=longest(Kit, "run"),
        help_text=_("One line for each part, for example: 7:00 soup."),
    )
    meal = WordsField(
        label=_("The meal"),
        required=False,
        max_length=longest(Kit, "meal"),
        help_text=_("Who cooks, and what your guests may bring."),
        rows=3,
    )

    agreements = WordsField(
        label=_("Agreements for the conversation, one on each line"),
        required=False,
        max_length=longest(Kit, "agreements"),
        help_text=_("How you want to talk with each other, for example: everybody speaks once before anybody speaks twice."),
        rows=3,
    )

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        names_no_title = not cleaned.get("book_title") and not self.has_error("book_title")
        if names_no_title and (cleaned.get("book_author") or cleaned.get("isbn")):
            self.add_error("book_title", _("Which book is it? Please type its title too."))
        return cleaned

    @property
    def kit_words(self) -> dict:
        """Return the cleaned kit as planning.services.kit.write_kit takes it."""
        words = {name: self.cleaned_data[name] for name in KIT_WORDS}
        book = {"title": "book_title", "author": "book_author", "isbn": "isbn"}
        return words | {"book": {name: self.cleaned_data[field] for name, field in book.items()}}


class TableFields(KeepsTyped):
    """What the host says to guests, how many there may be, and who can see it."""

    word = WordsField(
        label=_("A word to your guests"),
        required=False,
        max_length=longest(Meetup, "word"),
        help_text=_("Why you call this evening."),
    )
    seats = forms.IntegerField(
        label=_("Seats for guests"),
        required=False,
        min_value=1,
        max_value=200,
        help_text=_("You are not counted."),
    )
    max_party = forms.IntegerField(label=_("Seats one guest may take"), min_value=1, max_value=10, initial=2)
    lets_friends = forms.TypedChoiceField(
        label=_("May guests bring friends?"),
        required=False,
        choices=[
            ("", _("As usual: by link and listed yes, private no")),
            ("yes", _("Yes")),
            ("no", _("No")),
        ],
        coerce=lambda said: said == "yes",
        empty_value=None,
        help_text=_(
            "A guest passes an invitation on, and you say yes or no to each one who asks. At a listed table "
            "where you do not look first they take a seat as anybody may."
        ),
    )
    looks_first = forms.BooleanField(
        label=_("Where anyone can find it, look first at who asks"),
        required=False,
        initial=True,
        help_text=_("Whoever asks waits for your yes, and sees the street only with it. Without the tick a free seat is theirs."),
    )
    shows_names = forms.BooleanField(label=_("Show guests the names of those who agree to it"), required=False, initial=True)
    language = forms.ChoiceField(
        label=_("Language of the evening"),
        required=False,
        choices=language_names,
        help_text=_("Guests are written to in it, until they choose another one on their own page."),
    )
    visibility = forms.ChoiceField(
        label=_("Who can see it"),
        choices=Meetup.Visibility.choices,
        initial=Meetup.Visibility.PRIVATE,
        widget=forms.RadioSelect,
        help_text=_("The street is never shown to anybody before they said yes and have a seat."),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].initial = get_language()

    @property
    def table_fields(self) -> dict:
        return {name: self.cleaned_data[name] for name in TABLE}


class TitleField(KeepsTyped):
    """What the evening is called."""

    title = LineField(
        label=_("What do you call the evening?"),
        max_length=longest(Meetup, "title"),
        validators=[refuse_links],
        help_text=_("For example: Soup and one question."),
    )


class DoorFields(KeepsTyped):
    """What guests with a seat need on the day itself."""

    door = LineField(
        label=_("The door"), required=False, max_length=longest(Meetup, "door"), help_text=_("Bell, floor, code, steps.")
    )
    parking = LineField(label=_("Parking and transit"), required=False, max_length=longest(Meetup, "parking"))
    day_phone = LineField(
        label=_("A phone number for the day"),
        required=False,
        max_length=longest(Meetup, "day_phone"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        help_text=_("For guests who stand in front of the wrong door."),
    )


class WhenAndWhere(AskTown):
    """Time and place: a wall time, a town that names the zone, and the address that only guests with a seat see."""

    date = forms.DateField(label=_("Date"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    time = forms.TimeField(label=_("Time"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    duration = forms.TypedChoiceField(label=_("How long"), coerce=int, initial=180, choices=length_choices)
    fold = forms.TypedChoiceField(
        label=_("Which of the two?"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[(0, _("the first, before the clocks go back")), (1, _("the second, an hour later"))],
        widget=forms.RadioSelect,
        help_text=_("The clocks go back that night, so the wall shows this time twice."),
    )
    street = LineField(
        label=_("Street and number"),
        required=False,
        max_length=longest(Meetup, "street"),
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
        help_text=_("Only guests who said yes and have a seat see the street."),
    )
    postal_code = LineField(
        label=_("Postal code"),
        required=False,
        max_length=longest(Meetup, "postal_code"),
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "class": "short"}),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        duration = self.initial.get("duration")
        self.asks_fold = bool(self.initial.get("asks_fold"))
        if duration and duration not in LENGTHS:
            choice_field(self, "duration").choices = [(duration, say_length(duration)), *length_choices()]

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if not any(self.has_error(name) for name in WHERE_NAMED):
            self.set_town_and_zone(cleaned)
        if not self.has_error("date") and not self.has_error("time"):
            self._check_moment(cleaned)
        return cleaned

    def _check_moment(self, cleaned: dict[str, Any]) -> None:
        day, clock_time, zone = cleaned.get("date"), cleaned.get("time"), cleaned.get("zone")
        if day is None:
            return
        now = clock.now()
        # Without a zone only a rough check is possible: somewhere it is still yesterday.
        if day < (now - timedelta(hours=12)).date():
            self.add_error("date", _("That day is past. Please choose one that lies ahead."))
        elif day > (now + FURTHEST_AHEAD).date():
            self.add_error("date", _("That is more than three years ahead. Please look at the year again."))
        elif clock_time is not None and zone:
            self._check_wall_time(cleaned, now)

    def _check_wall_time(self, cleaned: dict[str, Any], now: datetime) -> None:
        day, clock_time, zone = cleaned["date"], cleaned["time"], cleaned["zone"]
        if wall_time.is_imaginary(day, clock_time, zone):
            message = _("The clocks go forward that night, so this time does not exist. Please choose one an hour later.")
            self.add_error("time", message)
            return
        self.asks_fold = wall_time.is_ambiguous(day, clock_time, zone)
        if not self.asks_fold:
            cleaned["fold"] = 0
        elif not self.has_error("fold") and not self.data.get(self.add_prefix("fold")):
            self._ask_fold()
        if wall_time.to_utc(day, clock_time, zone, fold=cleaned.get("fold") or 0) <= now:
            self.add_error("date", _("That time is past. Please choose one that lies ahead."))

    def _ask_fold(self) -> None:
        """Ask which of the two times is meant, with the first one selected."""
        data = cast(QueryDict, self.data).copy()
        data[self.add_prefix("fold")] = "0"
        self.data = data
        self.add_error("fold", _("This time comes twice that night. Please say which of the two you mean."))

    @property
    def moment_fields(self) -> dict:
        """Return time and place as the services take them."""
        return {name: self.cleaned_data[name] for name in MOMENT} | {"fold": self.cleaned_data.get("fold") or 0}


class NoStreet(KeepsTyped):
    """Refuse what only guests with a seat may know of the place, in every text that is shown to people without one.

    The place is that on the form, else the present one, which `initial` has. `host_name` is public, also where it is on the bell.
    """

    def __init__(self, *args, host_name: str = "", **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.host_name = host_name

    def clean(self) -> dict[str, Any]:
        super().clean()
        place = PlaceSecrets(
            street=self._value("street"),
            postal_code=self._value("postal_code"),
            door=self._value("door"),
            parking=self._value("parking"),
            phone=self._value("day_phone"),
            town=self._value("town_name"),
            host=self.host_name,
        )
        for name in READ_BY_ALL:
            part = find_secret(self._value(name), place)
            if name in self.fields and not self.has_error(name) and part:
                self.add_error(name, say_secret(part))
            elif name not in self.fields and (field := "day_phone" if part == "phone" else part) in self.fields:
                self.add_error(field, _say_secret_elsewhere(part))
        return self.cleaned_data

    def _value(self, name: str) -> str:
        return (self.cleaned_data.get(name) if name in self.fields else self.initial.get(name)) or ""


def _say_secret_elsewhere(part: str) -> str:
    if part == "street":
        return gettext("What everybody reads of this evening holds this street. Please take it out there first.")
    return gettext("What everybody reads of this evening holds this. Please take it out there first.")


class DraftForm(NoStreet, TitleField, KitFields, WhenAndWhere, DoorFields, TableFields):
    """A meetup in three minutes: all of it on one page, and nothing but the title is needed to save a draft."""

    field_order = ORDER

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name in ("date", "time", "fold", "town_name", "street", "seats"):
            mark_needed_later(self.fields[name])

    def valid_so_far(self) -> QueryDict:
        """Return what was posted, without what is not valid; an evening that has no name yet is called so."""
        data = cast(QueryDict, self.data).copy()
        for name in self.errors:
            if name in self.fields:
                data[self.add_prefix(name)] = str(self.fields[name].initial or "")
        if "title" in self.errors:
            data[self.add_prefix("title")] = gettext("An evening without a name yet")
        return data

    @property
    def fields_to_save(self) -> dict:
        """Return what planning.services.meetup.save_draft takes besides the kit."""
        return {"title": self.cleaned_data["title"]} | self.moment_fields | self.table_fields


class WordsForm(NoStreet, TitleField, KitFields, TableFields):
    """What can be changed of a published meetup without telling anybody: words, kit, seats, who sees it."""

    field_order = ORDER

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seats"].required = True

    @property
    def fields_to_save(self) -> dict:
        """Return what planning.services.meetup.edit_meetup takes besides the kit."""
        return {"title": self.cleaned_data["title"]} | self.table_fields


class MoveForm(NoStreet, WhenAndWhere, DoorFields):
    """Another time or another place: nothing may be missing, because guests come."""

    field_order = ORDER

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name in ("date", "time", "town_name", "street"):
            self.fields[name].required = True


class CancelForm(NoStreet):
    """The host's word to the guests of an evening that will not be. It is on the evening's page too, and in letters to guests
    who have no seat."""

    word = WordsField(
        label=_("A word to your guests"),
        required=False,
        max_length=longest(Meetup, "cancel_word"),
        help_text=_("It stands in the letter, in your name."),
    )


def initial_place(meetup: Meetup) -> dict[str, str]:
    """Return what `NoStreet` must know of a meetup whose place is not on the form."""
    return {name: getattr(meetup, name) for name in ("street", "postal_code", "door", "parking", "day_phone", "town_name")}


def initial_from_kit(kit: Kit, *, title: str = "") -> dict:
    """Return what a form starts with from a kit: words and book, never people, place or date."""
    words = {name: getattr(kit, name) for name in KIT_WORDS}
    if kit.book:
        words |= {"book_title": kit.book.title, "book_author": kit.book.author, "isbn": kit.book.isbn}
    return words | {"title": title}


def initial_from_meetup(meetup: Meetup) -> dict:
    """Return what a form starts with when a meetup is edited. The zone is named only where it is not the town's own."""
    fields = {name: getattr(meetup, name) for name in (*MOMENT, *TABLE)} | {"language": meetup.spoken_language}
    has_own_clock = meetup.town is None or meetup.town.zone != meetup.zone
    fields["zone"] = meetup.zone if has_own_clock else ""
    fields["lets_friends"] = {None: "", True: "yes", False: "no"}[meetup.lets_friends]
    fields["asks_fold"] = bool(
        meetup.date and meetup.time and meetup.zone and wall_time.is_ambiguous(meetup.date, meetup.time, meetup.zone)
    )
    return initial_from_kit(meetup.kit, title=meetup.title) | fields
