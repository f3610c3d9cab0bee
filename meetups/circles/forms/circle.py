"""The forms of a row of evenings: how often, from when, with whom; and one of its evenings. None of them saves."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meetups.circles.dates import MOST_EVENINGS
from meetups.circles.forms.people import PeopleFields
from meetups.circles.forms.when import DayInput, WhenFields
from meetups.forms.fields import mark_needed_later
from meetups.models import Circle


class CircleForm(WhenFields, PeopleFields):
    """How often a row's evenings are, from which day on, how many, and with whom."""

    rhythm = forms.ChoiceField(
        label=gettext_lazy("How often"),
        choices=Circle.Rhythm.choices,
        initial=Circle.Rhythm.FORTNIGHTLY,
        widget=forms.RadioSelect,
    )
    count = forms.IntegerField(
        label=gettext_lazy("How many evenings to come"),
        min_value=1,
        max_value=MOST_EVENINGS,
        initial=6,
        widget=forms.NumberInput(attrs={"class": "short"}),
        help_text=gettext_lazy("Twelve at most; you can stop the row at any time."),
    )
    until = forms.DateField(label=gettext_lazy("None after"), required=False, widget=DayInput())

    field_order = ["rhythm", "date", "time", "count", "until", "people"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["personal"]
        self.fields["date"].label = _("Day of the next one")
        # Of a row whose evenings come when the host says so, no day is asked.
        for name in ("date", "time", "count"):
            self.fields[name].required = self.has_rhythm
            mark_needed_later(self.fields[name])

    @property
    def has_rhythm(self) -> bool:
        return self.data.get(self.add_prefix("rhythm")) != Circle.Rhythm.ON_WORD

    def clean(self) -> dict[str, Any]:
        if self.has_rhythm:
            super().clean()
        else:
            for name in ("date", "time", "count", "until"):
                self.errors.pop(name, None)
        day, until = self.cleaned_data.get("date"), self.cleaned_data.get("until")
        if self.has_rhythm and day and until and until < day:
            self.add_error("until", _("That is before the first of them."))
        return self.cleaned_data


class EveningForm(WhenFields):
    """Another day or hour for one evening of a row."""
