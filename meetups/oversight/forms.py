"""What an organizer types who freezes an evening, and its host who answers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from meetups.forms.fields import LineField, WordsField
from meetups.forms.kept_input import KeepsTyped
from meetups.oversight.acts import LONGEST_ANSWER, LONGEST_REASON, MOST_DAYS


class ReasonForm(KeepsTyped):
    """Why somebody does something to another's evening, in a sentence."""

    reason = LineField(
        label=_("Why?"),
        help_text=_("One sentence. The host reads it, with your name."),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class FreezeForm(ReasonForm):
    """Why, and for how long at most."""

    days = forms.TypedChoiceField(
        label=_("For how long at most?"),
        choices=[(7, _("seven days")), (3, _("three days")), (1, _("one day"))],
        coerce=int,
        initial=MOST_DAYS,
        help_text=_("It ends by itself, unless somebody says it again."),
    )


class AnswerForm(KeepsTyped):
    """What the host says to it."""

    words = WordsField(label=_("Your answer"), max_length=LONGEST_ANSWER, rows=4)
