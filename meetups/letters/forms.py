"""Forms for letters: the host's words, another moment, a letter of the host's own."""

from datetime import date, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from meetups.forms.fields import LineField, WordsField, choice_field
from meetups.forms.kept_input import KeepsTyped
from meetups.letters.edit import ADDRESSES_STORED_FOR, LONGEST_WORDS
from meetups.models import Mailing
from meetups.outbox.segments import OWN_SEGMENTS, SEGMENTS
from meetups.planning.forms.meetup import FURTHEST_AHEAD
from meetups.times import clock

LONGEST_SUBJECT = Mailing._meta.get_field("subject").max_length
NAMES = dict(Mailing.Segment.choices)


class EditLetterForm(KeepsTyped):
    """Another subject, and words at the top; both may be empty."""

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


def _named(segment: str, n: int, *, is_known: bool) -> str:
    """Return the name of a segment, with the number of its guests today where that can be known."""
    who = NAMES[segment]
    return _("%(who)s (today %(n)d)") % {"who": who, "n": n} if is_known else _("%(who)s (after the evening)") % {"who": who}


class OwnLetterForm(KeepsTyped):
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
        choice_field(self, "segment").choices = [
            (name, _named(name, counts.get(name, 0), is_known=has_ended or not SEGMENTS[name].is_known_afterwards))
            for name in OWN_SEGMENTS
        ]


class MoveLetterForm(KeepsTyped):
    """A day and a time, in the local time of the meetup."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    clock_time = forms.TimeField(label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def clean_day(self) -> date:
        """Refuse days that are past or far ahead; the service checks which moment suits this letter."""
        day, today = self.cleaned_data["day"], clock.now().date()
        if day < today - timedelta(days=1):
            raise forms.ValidationError(_("That day is past. Please choose one that lies ahead."))
        if day > today + FURTHEST_AHEAD + ADDRESSES_STORED_FOR:
            raise forms.ValidationError(_("That is more than three years ahead. Please look at the year again."))
        return day
