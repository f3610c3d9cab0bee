"""The form on which a host lowers the seats below what is taken. It cleans, and never saves."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from meetups.forms.fields import choice_field, mark_needed_later
from meetups.forms.kept_input import KeepsTyped
from meetups.models import Guest


class SeatsForm(KeepsTyped):
    """The number of seats, and who moves to the waiting list."""

    seats = forms.IntegerField(
        label=gettext_lazy("Seats for guests"),
        min_value=1,
        max_value=200,
        widget=forms.NumberInput(attrs={"class": "short"}),
        help_text=gettext_lazy("You are not counted."),
    )
    moved = forms.MultipleChoiceField(
        label=gettext_lazy("Who moves to the waiting list"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Who answered last stands on top. They get the first places in line, and a kind letter each."),
        error_messages={"invalid_choice": gettext_lazy("The guest list has changed. Please look at it again.")},
    )

    def __init__(self, *args, guests: Sequence[Guest], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # It may be empty only where nobody has to move.
        mark_needed_later(self.fields["moved"])
        choice_field(self, "moved").choices = [(str(guest.pk), _label(guest)) for guest in guests]

    @property
    def chosen(self) -> list[int]:
        """Return the primary keys of those who are ticked in a valid form."""
        return [int(pk) for pk in self.cleaned_data["moved"]]


def _label(guest: Guest) -> str:
    """Return who it is, for how many, and what is known beside a yes."""
    words = ngettext("%(name)s, %(n)d person", "%(name)s, %(n)d people", guest.party_size)
    said = [words % {"name": guest.called, "n": guest.party_size}]
    if guest.has_offer:
        said.append(_("a seat is offered"))
    elif guest.confirmed_at:
        said.append(_("confirmed"))
    return " · ".join(said)
