"""What a host types about an evening, cleaned. Nothing here saves: services/meetup.py does."""

from datetime import timedelta

from django import forms
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from hosts.language import language_names
from meetups import clock, walltime
from meetups.forms.fields import IsbnField, LineField, WebLinkField, WordsField, refuse_links
from meetups.models import Book, Kit, Meetup, Town
from meetups.models.town import fold_name
from meetups.plain import holds_any
from meetups.when import place_of_zone
from meetups.zones import country_code, zone_choices

# Nobody plans a supper further ahead, and dates near the end of the calendar cannot be turned into UTC.
FURTHEST_AHEAD = timedelta(days=3 * 366)
LENGTHS = [60, 90, 120, 150, 180, 210, 240, 300, 360, 480]
WHEN = ("date", "time", "fold", "duration", "zone")
WHERE = ("town", "town_name", "region", "country", "street", "postal_code", "door", "parking", "day_phone")
MOMENT = (*WHEN, *WHERE)
TABLE = ("language", "word", "seats", "max_party", "shows_names", "lets_friends", "visibility")
KIT_WORDS = ("book_link", "way_in", "questions", "run", "meal", "agreements")
READ_BY_ALL = ("title", "word", "way_in", "questions", "run", "meal", "agreements", "town_name", "region")
# As the page shows them, so that the summary of errors runs from top to bottom too.
ORDER = [
    *("title", "questions", "run", "meal", "agreements", "book_title", "book_author", "isbn", "book_link", "way_in"),
    *("date", "time", "duration", "fold", "town_name", "zone", "region", "country", "street", "postal_code"),
    *("door", "parking", "day_phone", "seats", "max_party", "visibility", "lets_friends", "shows_names", "language", "word"),
]


def _longest(model, name: str) -> int:
    return model._meta.get_field(name).max_length


def say_length(minutes: int) -> str:
    """Return "3 hours" or "2 hours 30 minutes"."""
    hours, rest = divmod(minutes, 60)
    said = ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours} if hours else ""
    more = ngettext("%(n)d minute", "%(n)d minutes", rest) % {"n": rest} if rest else ""
    return " ".join(part for part in [said, more] if part)


def length_choices() -> list[tuple[int, str]]:
    """Return the lengths to choose from, in the reader's language."""
    return [(minutes, say_length(minutes)) for minutes in LENGTHS]


class KitFields(forms.Form):
    """The part that can be copied: book, way in, questions, run, meal."""

    book_title = LineField(label=_("Title of the book"), required=False, max_length=_longest(Book, "title"))
    book_author = LineField(label=_("Author"), required=False, max_length=_longest(Book, "author"))
    isbn = IsbnField(
        label=_("ISBN"),
        required=False,
        help_text=_("From the back of the book."),
        widget=forms.TextInput(attrs={"class": "short"}),
    )
    book_link = WebLinkField(
        label=_("Link to the book"),
        required=False,
        max_length=_longest(Kit, "book_link"),
        help_text=_("A library or a bookshop you like."),
    )
    way_in = WordsField(
        label=_("A ten-minute way in"),
        required=False,
        max_length=_longest(Kit, "way_in"),
        help_text=_("For whoever has not read the book: a page, a talk, a poem."),
        rows=3,
    )
    questions = WordsField(
        label=_("Questions, one on each line"),
        required=False,
        max_length=_longest(Kit, "questions"),
        help_text=_("The first one goes into your letter, three days before."),
    )
    run = WordsField(
        label=_("Run of the evening"),
        required=False,
        max_length=_longest(Kit, "run"),
        help_text=_("One line for each part, for example: 7:00 soup."),
    )
    meal = WordsField(
        label=_("The meal"),
        required=False,
        max_length=_longest(Kit, "meal"),
        help_text=_("Who cooks, and what your guests may bring."),
        rows=3,
    )

    agreements = WordsField(
        label=_("Agreements for the conversation, one on each line"),
        required=False,
        max_length=_longest(Kit, "agreements"),
        help_text=_("How you want to talk with each other, for example: everybody speaks once before anybody speaks twice."),
        rows=3,
    )

    def clean(self) -> dict:
        cleaned = super().clean()
        names_no_title = not cleaned.get("book_title") and not self.has_error("book_title")
        if names_no_title and (cleaned.get("book_author") or cleaned.get("isbn")):
            self.add_error("book_title", _("Which book is it? Please type its title too."))
        return cleaned

    @property
    def kit_words(self) -> dict:
        """Return the cleaned kit as services.meetup.write_kit takes it."""
        words = {name: self.cleaned_data[name] for name in KIT_WORDS}
        book = {"title": "book_title", "author": "book_author", "isbn": "isbn"}
        return words | {"book": {name: self.cleaned_data[field] for name, field in book.items()}}


class TableFields(forms.Form):
    """What the host says to guests, how many there may be, and who can see it."""

    word = WordsField(
        label=_("A word to your guests"),
        required=False,
        max_length=_longest(Meetup, "word"),
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
            ("", _("As above: by link and listed yes, private no")),
            ("yes", _("Yes")),
            ("no", _("No")),
        ],
        coerce=lambda said: said == "yes",
        empty_value=None,
        help_text=_(
            "A guest passes an invitation on, and you say yes or no to each one who asks. At a listed table "
            "they take a seat as anybody may."
        ),
    )
    shows_names = forms.BooleanField(label=_("Show guests the names of those who agree to it"), required=False, initial=True)
    language = forms.ChoiceField(
        label=_("Language of the evening"),
        required=False,
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
        self.fields["language"].choices = language_names()
        self.fields["language"].initial = get_language()

    @property
    def table_fields(self) -> dict:
        return {name: self.cleaned_data[name] for name in TABLE}


class TitleField(forms.Form):
    """What the evening is called."""

    title = LineField(
        label=_("What do you call the evening?"),
        max_length=_longest(Meetup, "title"),
        validators=[refuse_links],
        help_text=_("For example: Soup and one question."),
    )


class WhenAndWhere(forms.Form):
    """Time and place: a wall time, a town that names the zone, and the address that only guests with a seat see."""

    date = forms.DateField(label=_("Date"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    time = forms.TimeField(label=_("Time"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    duration = forms.TypedChoiceField(label=_("How long"), coerce=int, initial=180, choices=length_choices)
    fold = forms.TypedChoiceField(
        label=_("Which of the two?"),
        required=False,
        coerce=int,
        empty_value=0,
        choices=[(0, _("the first, before the clocks go back")), (1, _("the second, an hour later"))],
        widget=forms.RadioSelect,
        help_text=_("The clocks go back that night, so the wall shows this time twice."),
    )
    town_name = LineField(
        label=_("Town"),
        required=False,
        max_length=_longest(Meetup, "town_name"),
        widget=forms.TextInput(attrs={"list": "towns", "autocomplete": "address-level2"}),
        help_text=_("Everybody who can see the evening sees the town; it also sets the clock."),
    )
    zone = forms.ChoiceField(label=_("Whose clock?"), required=False)
    region = LineField(
        label=_("Region"),
        required=False,
        max_length=_longest(Meetup, "region"),
        widget=forms.TextInput(attrs={"autocomplete": "address-level1"}),
    )
    country = LineField(
        label=_("Country"),
        required=False,
        max_length=_longest(Meetup, "country"),
        widget=forms.TextInput(attrs={"autocomplete": "country-name"}),
    )
    street = LineField(
        label=_("Street and number"),
        required=False,
        max_length=_longest(Meetup, "street"),
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
        help_text=_("Only guests who said yes and have a seat see the street."),
    )
    postal_code = LineField(
        label=_("Postal code"),
        required=False,
        max_length=_longest(Meetup, "postal_code"),
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "class": "short"}),
    )
    door = LineField(
        label=_("The door"), required=False, max_length=_longest(Meetup, "door"), help_text=_("Bell, floor, code, steps.")
    )
    parking = LineField(label=_("Parking and transit"), required=False, max_length=_longest(Meetup, "parking"))
    day_phone = LineField(
        label=_("A phone number for the day"),
        required=False,
        max_length=_longest(Meetup, "day_phone"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        help_text=_("For guests who stand in front of the wrong door."),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        zone, duration = self.initial.get("zone"), self.initial.get("duration")
        self.asks_fold, self.asks_zone = bool(self.initial.get("asks_fold")), bool(zone)
        groups = zone_choices()
        if zone and not any(zone == name for _group, zones in groups for name, _label in zones):
            groups = [(_("As it was"), [(zone, place_of_zone(zone))]), *groups]
        self.fields["zone"].choices = [("", _("The clock of the town")), *groups]
        if duration and duration not in LENGTHS:
            self.fields["duration"].choices = [(duration, say_length(duration)), *length_choices()]

    def clean(self) -> dict:
        cleaned = super().clean()
        if not self.has_error("town_name") and not self.has_error("zone"):
            self._set_town_and_zone(cleaned)
        if not self.has_error("date") and not self.has_error("time"):
            self._check_moment(cleaned)
        return cleaned

    def _set_town_and_zone(self, cleaned: dict) -> None:
        """Look the town up; it gives its zone unless another was chosen. One we do not know stays as typed."""
        name, town = cleaned.get("town_name", ""), None
        if name:
            town = find_town(name, region=cleaned.get("region", ""), country=cleaned.get("country", ""))
        chosen = cleaned.get("zone", "")
        if town and chosen == self.initial.get("zone") and name != self.initial.get("town_name"):
            # The clock was chosen for the town before; it does not come along to another one.
            chosen = ""
        cleaned["town"], cleaned["zone"] = town, chosen or (town.zone if town else "")
        self.asks_zone = bool(chosen) or (bool(name) and town is None)
        self.fields["zone"].is_needed_later = self.asks_zone
        if name and not cleaned["zone"]:
            self.add_error("zone", _("We do not know this town, so please choose a place whose clocks show the same time."))

    def _check_moment(self, cleaned: dict) -> None:
        day, clock_time, zone = cleaned.get("date"), cleaned.get("time"), cleaned.get("zone")
        if day is None:
            return
        now = clock.now()
        # Somewhere it is still yesterday; with a zone it is known exactly below.
        if day < (now - timedelta(hours=12)).date():
            self.add_error("date", _("That day is past. Please choose one that lies ahead."))
        elif day > (now + FURTHEST_AHEAD).date():
            self.add_error("date", _("That is more than three years ahead. Please look at the year again."))
        elif clock_time is not None and zone:
            self._check_wall_time(cleaned, now)

    def _check_wall_time(self, cleaned: dict, now) -> None:
        day, clock_time, zone = cleaned["date"], cleaned["time"], cleaned["zone"]
        if walltime.is_imaginary(day, clock_time, zone):
            message = _("The clocks go forward that night, so this time does not exist. Please choose one an hour later.")
            self.add_error("time", message)
            return
        self.asks_fold = walltime.is_ambiguous(day, clock_time, zone)
        if not self.asks_fold:
            cleaned["fold"] = 0
        elif not self.has_error("fold") and not self.data.get(self.add_prefix("fold")):
            self._ask_fold()
        if walltime.to_utc(day, clock_time, zone, fold=cleaned.get("fold") or 0) <= now:
            self.add_error("date", _("That time is past. Please choose one that lies ahead."))

    def _ask_fold(self) -> None:
        """Ask which of the two, the first one ticked already."""
        self.data = self.data.copy()
        self.data[self.add_prefix("fold")] = "0"
        self.add_error("fold", _("This time comes twice that night. Please say which of the two you mean."))

    @property
    def moment_fields(self) -> dict:
        """Return time and place as services.meetup takes them."""
        return {name: self.cleaned_data[name] for name in MOMENT} | {"fold": self.cleaned_data.get("fold") or 0}


class NoStreet(forms.Form):
    """What everybody who may see the evening reads does not hold the street, which only guests with a seat may know; nor the
    street that it moves to."""

    def clean(self) -> dict:
        cleaned = super().clean()
        street = cleaned.get("street", "") if "street" in self.fields else self.initial.get("street", "")
        for name in READ_BY_ALL:
            if name in self.fields and not self.has_error(name) and holds_any(cleaned.get(name, ""), street):
                self.add_error(name, _("This holds the street, which only guests with a seat may know. Please leave it out."))
        elsewhere = [self.initial.get(name, "") for name in READ_BY_ALL if name not in self.fields]
        if "street" in self.fields and any(holds_any(words, street) for words in elsewhere):
            self.add_error("street", _("What everybody reads of this evening holds this street. Please take it out there first."))
        return cleaned


class DraftForm(NoStreet, TitleField, KitFields, WhenAndWhere, TableFields):
    """A meetup in three minutes: all of it on one page, and nothing but the title is needed to save a draft."""

    field_order = ORDER

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # Not required yet, but their labels must not say that they can be left out for good.
        for name in ("date", "time", "fold", "town_name", "street", "seats"):
            self.fields[name].is_needed_later = True

    @property
    def fields_to_save(self) -> dict:
        """Return what services.meetup.save_draft takes besides the kit."""
        return {"title": self.cleaned_data["title"]} | self.moment_fields | self.table_fields


class WordsForm(NoStreet, TitleField, KitFields, TableFields):
    """What can be changed of a published meetup without telling anybody: words, kit, seats, who sees it."""

    field_order = ORDER

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seats"].required = True

    @property
    def fields_to_save(self) -> dict:
        """Return what services.meetup.edit_meetup takes besides the kit."""
        return {"title": self.cleaned_data["title"]} | self.table_fields


class MoveForm(NoStreet, WhenAndWhere):
    """Another time or another place: nothing may be missing, because guests come."""

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
        max_length=_longest(Meetup, "cancel_word"),
        help_text=_("It stands in the letter, in your name."),
    )


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
        meetup.date and meetup.time and meetup.zone and walltime.is_ambiguous(meetup.date, meetup.time, meetup.zone)
    )
    return initial_from_kit(meetup.kit, title=meetup.title) | fields


def find_town(text: str, *, region: str = "", country: str = "") -> Town | None:
    """Return the town somebody means, the largest where several bear the name, or None when it is not known.

    "Paris, Texas" and the fields beside it narrow the choice; what does not help to narrow it is left out.
    """
    name, *more = [part.strip() for part in text.split(",")]
    wanted = fold_name(name)
    if not wanted:
        return None
    towns = list(Town.objects.named(name)[:200])
    exact = [town for town in towns if town.search_name == wanted]
    # "Frankfurt" is "Frankfurt am Main", but "York" is not "Yorkton".
    exact = exact or [town for town in towns if town.search_name.startswith(f"{wanted} ")]
    for hint in filter(None, [country, region, *reversed(more)]):
        narrowed = [town for town in exact if _is_in(town, hint)]
        exact = narrowed or exact
    return exact[0] if exact else None


def _is_in(town: Town, hint: str) -> bool:
    return town.country == country_code(hint) or (bool(town.region) and fold_name(town.region) == fold_name(hint))
