"""What a host types to invite people they know: ticks of past guests, and one guest in one line. Nothing here saves or mails."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from meetups.forms.fields import LineField, WordsField, choice_field, mark_needed_later, refuse_links
from meetups.forms.kept_input import KeepsTyped
from meetups.inviting.past_guests import PastGuest
from meetups.planning.address_list import read_addresses
from meetups.planning.columns import fold
from meetups.planning.forms.guest_list import MOST_ONE_PERSON
from meetups.planning.guest_search import LONGEST_WORDS


def _say_past(past: PastGuest) -> str:
    """Return who it is and how often they came."""
    came = (
        ngettext("came once", "came %(n)d times", past.num_came) % {"n": past.num_came}
        if past.num_came
        else _("has not come yet")
    )
    return " · ".join(part for part in [past.name, past.email, came] if part)


def _has(past: PastGuest, words: Sequence[str]) -> bool:
    text = fold(f"{past.name} {past.email}")
    return all(word in text for word in words)


class PastGuestsForm(KeepsTyped):
    """Who of the host's past guests is asked. A search shows those found, and whoever is ticked stays."""

    words = LineField(label=gettext_lazy("Name or address"), required=False, max_length=LONGEST_WORDS)
    past = forms.MultipleChoiceField(
        label=gettext_lazy("Who was at an evening of yours"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, people: Sequence[PastGuest], is_search: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people, self.is_search = {str(past.guest.pk): past for past in people}, is_search
        ticked, wanted = set(self.ticked), fold(self.data.get("words", "")[:LONGEST_WORDS]).split()
        self.found = {pk: past for pk, past in self.people.items() if pk in ticked or _has(past, wanted)}
        # Everybody is a choice where they are sent, so that no tick is lost that the last search did not show.
        shown = self.found if is_search else self.people
        mark_needed_later(self.fields["past"])
        choice_field(self, "past").choices = [(pk, _say_past(past)) for pk, past in shown.items()]

    @property
    def ticked(self) -> list[str]:
        return self.data.getlist("past") if isinstance(self.data, QueryDict) else []

    def clean_past(self) -> list[str]:
        if not self.cleaned_data["past"] and not self.is_search:
            raise ValidationError(_("Nobody is ticked, so there is nobody to write to."))
        return self.cleaned_data["past"]

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """Return name and address of those who are ticked, in the order of the page."""
        ticked = set(self.cleaned_data["past"])
        return [(past.name, past.email) for pk, past in self.people.items() if pk in ticked]


class OneGuestForm(KeepsTyped):
    """One guest: name and address in one line, and a line of the host's own for their invitation."""

    person = forms.CharField(
        label=gettext_lazy("Name and address"),
        max_length=MOST_ONE_PERSON,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy("In one line, for example: Maria maria@example.org"),
    )
    personal = WordsField(
        label=gettext_lazy("A line to this guest"),
        required=False,
        max_length=300,
        rows=3,
        validators=[refuse_links],
        help_text=gettext_lazy("It stands at the top of the invitation. Up to 300 characters, no web addresses."),
    )
    knows = forms.BooleanField(
        label=gettext_lazy("I know this person, and they may expect this"),
        error_messages={"required": gettext_lazy("Please tick this if it is so. We write only to people the host knows.")},
    )

    def clean_person(self) -> tuple[str, str]:
        """Return name and address."""
        found = read_addresses(self.cleaned_data["person"])
        if found.num_refused or not found.people:
            raise ValidationError(
                _("There is no address in this line that could be understood. For example: Maria maria@example.org")
            )
        if len(found.people) > 1:
            raise ValidationError(_("These are several addresses. For one line to each of them, type one at a time."))
        return found.people[0]
