"""Forms about finding a date: the host's days and people, the day that is chosen, and a guest's answers. None of them saves."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _

from meetups.circles.forms.people import AskPeopleForm
from meetups.circles.forms.when import DayInput, HourInput, WhenFields, why_not
from meetups.forms.fields import mark_needed_later
from meetups.forms.kept_input import KeepsTyped
from meetups.models import DateAnswer, DateOption, DatePoll

NUMBERS = range(1, DatePoll.MOST + 1)
LEAST = 2
USUAL_HOUR = time(19)
SAYS = [
    (DateAnswer.Says.YES, gettext_lazy("Yes")),
    (DateAnswer.Says.IF_NEEDED, gettext_lazy("If need be")),
    (DateAnswer.Says.NO, gettext_lazy("No")),
]


class DatesForm(AskPeopleForm):
    """Up to eight days with their hours, and who is asked."""

    def __init__(self, *args, zone: str, hour: time | None, days: Sequence[date], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        suggested = [*days, *[None] * DatePoll.MOST]
        for number in NUMBERS:
            self.fields[f"date_{number}"] = forms.DateField(
                label=gettext("Day %(n)d") % {"n": number},
                required=number <= LEAST,
                widget=DayInput(),
                initial=suggested[number - 1],
            )
            self.fields[f"time_{number}"] = forms.TimeField(
                label=gettext("Hour"), required=False, widget=HourInput(), initial=hour or USUAL_HOUR
            )
            mark_needed_later(self.fields[f"date_{number}"])
            mark_needed_later(self.fields[f"time_{number}"])
        self.order_fields([f"{kind}_{number}" for number in NUMBERS for kind in ("date", "time")])

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Return the day and the hour of each line."""
        return [(self[f"date_{number}"], self[f"time_{number}"]) for number in NUMBERS]

    def clean(self) -> dict[str, Any]:
        super().clean()
        seen: set[tuple[date, time]] = set()
        for number in NUMBERS:
            day, hour = self.cleaned_data.get(f"date_{number}"), self.cleaned_data.get(f"time_{number}") or USUAL_HOUR
            if day is None:
                continue
            if words := why_not(day, hour, self.zone):
                self.add_error(f"date_{number}", words)
            elif (day, hour) in seen:
                self.add_error(f"date_{number}", _("This day and hour stands there twice. Please take one of them out."))
            seen.add((day, hour))
        return self.cleaned_data

    @property
    def days(self) -> list[tuple[date, time]]:
        """Return the days and hours of a valid form."""
        days = [(self.cleaned_data[f"date_{n}"], self.cleaned_data[f"time_{n}"] or USUAL_HOUR) for n in NUMBERS]
        return [(day, hour) for day, hour in days if day is not None]


class ChosenForm(WhenFields):
    """The day that the host chooses: one that was put to the guests, or another one."""


class DateAnswersForm(KeepsTyped):
    """What a guest says to each date: yes, if need be, no."""

    def __init__(self, *args, options: Sequence[DateOption], said: dict[int, str], labels: dict[int, str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.options = options
        for option in options:
            field = forms.ChoiceField(
                label=labels[option.pk],
                required=False,
                choices=SAYS,
                initial=said.get(option.pk),
                widget=forms.RadioSelect,
            )
            mark_needed_later(field)
            self.fields[f"date_{option.pk}"] = field

    def clean(self) -> dict[str, Any]:
        super().clean()
        if not self.errors and not self.said:
            raise forms.ValidationError(_("Please say yes, if need be or no to at least one evening."))
        return self.cleaned_data

    @property
    def said(self) -> dict[int, str]:
        """Return what is said of each date, by its primary key, without those of which nothing is said."""
        said = {option.pk: self.cleaned_data.get(f"date_{option.pk}", "") for option in self.options}
        return {pk: says for pk, says in said.items() if says}
