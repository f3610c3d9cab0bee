"""What a host types about letters: other words, another moment, a letter of their own."""

from datetime import date, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from meetups import clock
from meetups.forms.fields import LineField, WordsField
from meetups.forms.host import FURTHEST_AHEAD
from meetups.models import Mailing
from meetups.services.letters import AFTER_THE_END, KEPT_ADDRESSES, LONGEST_WORDS, OWN_SEGMENTS

LONGEST_SUBJECT = Mailing._meta.get_field("subject").max_length
NAMES = dict(Mailing.Segment.choices)


class EditLetterForm(forms.Form):
    """Another subject, and words at the top; both may stay empty."""

    subject = LineField(
        label=_("Another subject"),
        required=False,
        max_length=LONGEST_SUBJECT,
        help_text=_("Without one the letter keeps its own."),
    )
    words = WordsField(
        label=_("Your own words"),
        required=False,
        max_length=LONGEST_WORDS,
        rows=7,
        help_text=_("They stand at the top, above your name. The rest of the letter stays as it is."),
    )


def _named(segment: Mailing.Segment, n: int, *, is_known: bool) -> str:
    """Return whom a segment holds, with today's number where it can be known."""
    who = NAMES[segment]
    return _("%(who)s (today %(n)d)") % {"who": who, "n": n} if is_known else _("%(who)s (after the evening)") % {"who": who}


class OwnLetterForm(forms.Form):
    """A letter of the host's own: to whom, the subject, the words."""

    segment = forms.ChoiceField(label=_("To whom"), widget=forms.RadioSelect)
    subject = LineField(label=_("Subject"), max_length=LONGEST_SUBJECT)
    words = WordsField(
        label=_("Your words"),
        max_length=LONGEST_WORDS,
        rows=9,
        help_text=_("Plain words. The greeting, your name, the day and the link are put in by themselves."),
    )

    def __init__(self, *args, counts: dict[str, int], has_ended: bool, **kwargs) -> None:
        """`counts`: how many guests of each segment can be written to today."""
        super().__init__(*args, **kwargs)
        self.fields["segment"].choices = [
            (segment.value, _named(segment, counts.get(segment.value, 0), is_known=has_ended or segment not in AFTER_THE_END))
            for segment in OWN_SEGMENTS
        ]


class MoveLetterForm(forms.Form):
    """A day and an hour on the wall at the place."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    clock_time = forms.TimeField(label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def clean_day(self) -> date:
        """Keep to days that every zone can count with; which moment suits this letter is for the service."""
        day, today = self.cleaned_data["day"], clock.now().date()
        if day < today - timedelta(days=1):
            raise forms.ValidationError(_("That day is past. Please choose one that lies ahead."))
        if day > today + FURTHEST_AHEAD + KEPT_ADDRESSES:
            raise forms.ValidationError(_("That is more than three years ahead. Please look at the year again."))
        return day
