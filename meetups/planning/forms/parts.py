"""The parts of an evening, each a form of its own: three of them make a new draft, the others come afterwards."""

from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meetups.forms.fields import choice_field, mark_needed_later
from meetups.models import Meetup
from meetups.planning.forms.meetup import (
    KIT_WORDS,
    MOMENT,
    TABLE,
    DoorFields,
    KitFields,
    NoStreet,
    TableFields,
    TitleField,
    WhenAndWhere,
    initial_from_meetup,
)

# What a host who never hosted finds filled in; a draft has nothing of it before its step is saved.
USUAL_TIME, USUAL_SEATS = time(19), 10
BOOK = {"title": "book_title", "author": "book_author", "isbn": "isbn"}
PLACE = ("town_name", "region", "country", "zone", "town")


class PartForm(NoStreet):
    """Some fields of an evening. What is read by all is held against the place that is saved, and the place against what is
    saved of that (`NoStreet`)."""

    only: tuple[str, ...] = ()

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name in [name for name in self.fields if name not in self.only]:
            del self.fields[name]

    @property
    def fields_to_save(self) -> dict[str, Any]:
        """Return what of this form is valid, as save_draft and edit_meetup take it besides the kit."""
        cleaned = {name: self.cleaned_data[name] for name in ("title", *MOMENT, *TABLE) if name in self.cleaned_data}
        if any(self.has_error(name) for name in ("town_name", "region", "country", "zone", "which_town") if name in self.fields):
            # A town without its clock would keep the clock of the one before.
            cleaned = {name: value for name, value in cleaned.items() if name not in PLACE}
        return cleaned | ({"fold": cleaned["fold"] or 0} if "fold" in cleaned else {})

    @property
    def kit_words(self) -> dict[str, Any]:
        """Return what of this form is valid, as write_kit takes it."""
        words = {name: self.cleaned_data[name] for name in KIT_WORDS if name in self.cleaned_data}
        if all(field in self.cleaned_data for field in BOOK.values()):
            words["book"] = {name: self.cleaned_data[field] for name, field in BOOK.items()}
        return words


class WhatForm(PartForm, TitleField):
    """What the evening is: a kit to begin from, a name, or both. The name may be left to the kit."""

    only = ("choose", "title")
    field_order = only
    choose = forms.ChoiceField(label=_("Begin from a kit"), required=False)

    def __init__(self, *args, choices: list[tuple[str, Any]], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        choice_field(self, "choose").choices = choices
        self.fields["title"].required = False
        mark_needed_later(self.fields["title"])
        mark_needed_later(self.fields["choose"])

    def ask_for_name(self) -> None:
        """Say that neither a kit nor a name is there."""
        self.add_error("title", gettext("Please give the evening a name, or choose a kit above."))


class TitleForm(PartForm, TitleField):
    """What a published evening is called."""

    only = ("title",)


class WhenForm(PartForm, WhenAndWhere):
    """Day, hour, town and street."""

    only = (
        *("date", "time", "fold", "duration", "town_name", "which_town", "zone", "region", "country"),
        "street",
        "postal_code",
    )
    field_order = only

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name in ("date", "time", "fold", "town_name", "street"):
            mark_needed_later(self.fields[name])
        self.initial["time"] = self.initial.get("time") or USUAL_TIME

    @property
    def is_folded(self) -> bool:
        """Tell whether nothing of what is asked seldom needs to be seen."""
        return not any(self.has_error(name) for name in ("duration", "region", "country", "postal_code"))


class WhoForm(PartForm, TableFields):
    """How many guests there may be, and who can see the evening."""

    only = ("seats", "visibility")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        mark_needed_later(self.fields["seats"])
        self.initial["seats"] = self.initial.get("seats") or USUAL_SEATS


class TalkForm(PartForm, KitFields):
    """What is talked about, and how."""

    only = ("questions", "run", "agreements")


class BookForm(PartForm, KitFields):
    """The book, and the way in for whoever has not read it."""

    only = ("book_title", "book_author", "isbn", "book_link", "way_in")


class MealForm(PartForm, KitFields):
    """The meal."""

    only = ("meal",)


class DoorForm(PartForm, DoorFields):
    """What guests with a seat need on the day."""

    only = ("door", "parking", "day_phone")


class GuestsForm(PartForm, TableFields):
    """What guests may do and see."""

    only = ("looks_first", "max_party", "lets_friends", "shows_names")


class GreetingForm(PartForm, TableFields):
    """The host's word to the guests, and the language of the evening."""

    only = ("word", "language")


FORMS: dict[str, type[PartForm]] = {
    "what": WhatForm,
    "when": WhenForm,
    "who": WhoForm,
    "talk": TalkForm,
    "book": BookForm,
    "meal": MealForm,
    "door": DoorForm,
    "guests": GuestsForm,
    "words": GreetingForm,
}


def form_of(part: str, meetup: Meetup, data: Any = None, *, values: dict[str, Any] | None = None, **options: Any) -> PartForm:
    """Return the form of one part of an evening, with `values` in it that are not saved. A published one needs no kit to begin
    from, and its number of seats cannot be emptied."""
    form_class = FORMS[part] if part != "what" or meetup.is_draft else TitleForm
    initial = initial_from_meetup(meetup) | (values or {})
    form = form_class(data, initial=initial, host_name=meetup.host.shown_name, **options)
    if part == "who" and not meetup.is_draft:
        form.fields["seats"].required = True
    return form
