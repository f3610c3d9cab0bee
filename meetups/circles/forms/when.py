"""A day and an hour on the wall of an evening's place, checked as a host typed them."""

from datetime import date, time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meetups.forms.kept_input import KeepsTyped
from meetups.planning.forms.meetup import FURTHEST_AHEAD
from meetups.times import clock, wall_time


class DayInput(forms.DateInput):
    """The browser's own calendar."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs={"type": "date"} | attrs, format="%Y-%m-%d")


class HourInput(forms.TimeInput):
    """The browser's own clock."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs={"type": "time"} | attrs, format="%H:%M")


class WhenFields(KeepsTyped):
    """A day and an hour that lie ahead, on the wall of the place."""

    date = forms.DateField(label=gettext_lazy("Date"), widget=DayInput())
    time = forms.TimeField(label=gettext_lazy("Time"), widget=HourInput())

    def __init__(self, *args, zone: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone

    def clean(self) -> dict[str, Any]:
        super().clean()
        day, hour = self.cleaned_data.get("date"), self.cleaned_data.get("time")
        if day is not None and hour is not None and (words := why_not(day, hour, self.zone)):
            self.add_error("date", words)
        return self.cleaned_data


def why_not(day: date, hour: time, zone: str) -> str:
    """Return in words why no evening can begin then, or an empty text."""
    if wall_time.is_imaginary(day, hour, zone):
        return _("The clocks go forward that night, so this time does not exist. Please choose one an hour later.")
    now = clock.now()
    if day > (now + FURTHEST_AHEAD).date():
        return _("That is more than three years ahead. Please look at the year again.")
    if wall_time.to_utc(day, hour, zone) <= now:
        return _("That time is past. Please choose one that lies ahead.")
    return ""
