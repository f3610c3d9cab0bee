"""What a host prints, and on which paper. Forms clean and never save."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from meetups.models import Meetup

INVITATIONS = ("invitations", _("Invitations to pass on, four on a page"))
KINDS = [
    ("sign_in", _("A list for the door, with “I could host”")),
    ("agenda", _("The evening: what happens when, and the questions")),
    ("name_tags", _("Name tags, ten on a page")),
    ("table_cards", _("Cards for the table, to fold, four on a page")),
]
SIZES = [("letter", _("Letter, 8½ × 11 inches")), ("a4", _("A4, 210 × 297 millimeters"))]


class PaperForm(forms.Form):
    """Which papers of a meetup to print. Invitations, and whether the street is on them, are there until the evening begins."""

    kinds = forms.MultipleChoiceField(
        label=_("What do you need?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick what you want to print.")},
    )
    size = forms.ChoiceField(label=_("Paper"), choices=SIZES, widget=forms.RadioSelect)
    street = forms.BooleanField(
        label=_("The street is on the invitations"),
        help_text=_("Whoever holds one then knows where you live. Without it they say the town."),
        required=False,
    )

    def __init__(self, *args: Any, meetup: Meetup, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [*KINDS, INVITATIONS] if meetup.takes_answers else KINDS
        self.fields["kinds"].choices = choices  # type: ignore[attr-defined]
        if not (meetup.takes_answers and meetup.street) or meetup.is_frozen:
            del self.fields["street"]
