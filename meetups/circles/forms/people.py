"""Whom to ask again, ticked, and a line to all of them. Nothing here saves or mails."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meetups.circles.people import Person
from meetups.forms.fields import WordsField, choice_field, mark_needed_later, refuse_links
from meetups.forms.kept_input import KeepsTyped
from meetups.planning.address_list import read_addresses
from meetups.planning.forms.pasted import AddressesField, KnowsField


class PeopleFields(KeepsTyped):
    """People of an evening before, with a tick each, and a line to all who are asked."""

    people = forms.MultipleChoiceField(
        label=_("Who is asked"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("The list has changed. Please look at it again.")},
    )
    personal = WordsField(
        label=_("A line to all of them"),
        required=False,
        max_length=300,
        rows=2,
        validators=[refuse_links],
        help_text=_("It stands at the top of the letter. Up to 300 characters, no web addresses."),
    )

    def __init__(self, *args, people: Sequence[Person], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # By hash, so that no address is sent around in a form more often than it has to be shown.
        self.of_hash = {person.email_hash: person for person in people}
        field = choice_field(self, "people")
        mark_needed_later(field)
        field.choices = [(email_hash, _label(person)) for email_hash, person in self.of_hash.items()]
        field.initial = [email_hash for email_hash, person in self.of_hash.items() if person.is_ticked]
        if not people:
            del self.fields["people"]

    @property
    def chosen(self) -> list[Person]:
        """Return who is ticked in a valid form."""
        return [self.of_hash[email_hash] for email_hash in self.cleaned_data.get("people", [])]


class AskPeopleForm(PeopleFields):
    """Who is asked for a day: people of an evening before, and pasted addresses."""

    addresses = AddressesField(rows=4)
    # Needed once there are addresses.
    knows = KnowsField(required=False, help_text=_("The letter names you and says that you gave us the address."))

    field_order = ["people", "addresses", "knows", "personal"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.pasted: list[tuple[str, str]] = []
        for name in ("addresses", "knows"):
            mark_needed_later(self.fields[name])

    def clean(self) -> dict[str, Any]:
        super().clean()
        found = read_addresses(self.cleaned_data.get("addresses") or "")
        self.pasted = found.people
        if found.refused:
            words = gettext("This was not understood: %(lines)s. Please mend it or take it out.")
            self.add_error("addresses", words % {"lines": " · ".join(line.text for line in found.refused_shown[:5])})
        elif not self.pasted and not self.cleaned_data.get("people") and "people" not in self.errors:
            self.add_error("people" if "people" in self.fields else "addresses", gettext("Please say who is asked."))
        elif self.pasted and not self.cleaned_data.get("knows"):
            self.add_error("knows", self.fields["knows"].error_messages["required"])
        return self.cleaned_data


def _label(person: Person) -> str:
    return " · ".join(filter(None, [person.name or person.email, person.said]))
