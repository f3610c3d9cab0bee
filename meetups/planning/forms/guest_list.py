"""What a host types about guests: pasted addresses, somebody who phoned. Nothing here saves or mails."""

import hashlib
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from hosts.forms import AddressField, clean_name
from hosts.language import language_names
from meetups.forms.fields import LineField, WordsField, choice_field, mark_needed_later, refuse_links
from meetups.forms.kept_input import KeepsTyped
from meetups.models import Guest
from meetups.planning.address_list import MOST_TYPED, AddressList, read_addresses
from meetups.planning.forms.pasted import AddressesField, KnowsField
from meetups.text.clean import clean_words
from meetups.text.diets import DIETS, read_diets, store_diets

# Characters of one person's name and address.
MOST_ONE_PERSON = 500


class InviteForm(KeepsTyped):
    """The first step: pasted addresses, and a line to all of them."""

    again = forms.MultipleChoiceField(
        label=gettext_lazy("They said: not this time, but ask me again"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("At an evening of yours before. Tick whom you want to ask."),
    )
    addresses = AddressesField()
    file = forms.FileField(
        label=gettext_lazy("Or a file"),
        required=False,
        help_text=gettext_lazy("A spreadsheet or an address book, saved as CSV or as text, up to 1 MB. We do not keep it."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.tab,.txt,text/csv,text/tab-separated-values,text/plain"}),
    )
    personal = WordsField(
        label=gettext_lazy("A line to all of them"),
        required=False,
        max_length=300,
        rows=3,
        validators=[refuse_links],
        help_text=gettext_lazy("It stands at the top of the invitation. Up to 300 characters, no web addresses."),
    )

    def __init__(self, *args, asked: Sequence[Guest] = (), **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.asked = {str(guest.pk): guest for guest in asked}
        choice_field(self, "again").choices = [(pk, guest.called) for pk, guest in self.asked.items()]
        for name in ("addresses", "file"):
            mark_needed_later(self.fields[name])
        if not self.asked:
            del self.fields["again"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if not (self.chosen or data.get("addresses") or data.get("file") or self.errors.keys() & {"addresses", "file"}):
            self.add_error("addresses", self.fields["addresses"].error_messages["required"])
        if "addresses" not in self.errors:
            self.found = self.read_list()
        return data

    @property
    def chosen(self) -> list[Guest]:
        """Return the ticked ones of those who said at another meetup that they want to be asked again."""
        ticked = set(self.data.getlist("again")) if hasattr(self.data, "getlist") else set(self.data.get("again", ()))
        return [guest for pk, guest in self.asked.items() if pk in ticked]

    def read_list(self) -> AddressList:
        """Return the list: the ticked guests first, then what was read in the pasted text."""
        found = read_addresses(self.data.get("addresses", "")[:MOST_TYPED])
        ticked = {guest.known_email: (guest.name or guest.shown_name, guest.known_email) for guest in self.chosen}
        found.people = [*ticked.values(), *(person for person in found.people if person[1] not in ticked)]
        return found

    @property
    def fingerprint(self) -> str:
        """Return a hash of the list, which the second step compares: nothing is sent to a list that the host has not seen."""
        words = "\n".join([clean_words(self.data.get("addresses", "")), *(guest.known_email for guest in self.chosen)])
        return hashlib.sha256(words.encode()).hexdigest()[:16]


class SendForm(InviteForm):
    """The second step: who of the list gets the letter, and the host's word that they know these people."""

    knows = KnowsField()
    to = forms.MultipleChoiceField(
        label=gettext_lazy("Who gets it"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("The list has changed. Please look at it again.")},
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        emails = [email for _name, email in self.read_list().people]
        choice_field(self, "to").choices = [(email, email) for email in emails]

    def clean_to(self) -> list[str]:
        if not self.cleaned_data["to"]:
            raise ValidationError(_("Nobody is ticked, so there is nobody to write to."))
        return self.cleaned_data["to"]

    @property
    def people(self) -> list[tuple[str, str]]:
        """Return name and address of each one who gets the letter."""
        chosen = set(self.cleaned_data["to"])
        return [(name, email) for name, email in self.found.people if email in chosen]


ANSWERS = [(Guest.Rsvp.YES, gettext_lazy("yes")), (Guest.Rsvp.MAYBE, gettext_lazy("maybe")), (Guest.Rsvp.NO, gettext_lazy("no"))]


class AnswerFields(KeepsTyped):
    """An answer that somebody gave the host."""

    rsvp = forms.ChoiceField(label=gettext_lazy("The answer"), choices=ANSWERS, widget=forms.RadioSelect)
    party_size = forms.IntegerField(label=gettext_lazy("How many of them"), min_value=1, initial=1)

    def __init__(self, *args, max_party: int = 10, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        words = ngettext(
            "At this table each guest may take %(n)d seat.", "At this table each guest may take up to %(n)d seats.", max_party
        )
        self.fields["party_size"].validators.append(MaxValueValidator(max_party, words % {"n": max_party}))
        self.fields["party_size"].widget.attrs["max"] = max_party


class PersonAddressField(AddressField):
    """One address, also pasted with the name around it: "Ana Li <ana@example.org>"."""

    def to_python(self, value: object) -> str:
        people = read_addresses(str(value or "")[:MOST_ONE_PERSON]).people
        return super().to_python(people[0][1] if len(people) == 1 else value)


class AddGuestForm(AnswerFields):
    """A guest whose answer the host types in, after a phone call for example."""

    name = LineField(
        label=gettext_lazy("Name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True})
    )
    email = PersonAddressField(
        label=gettext_lazy("Email"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("With an address they get the letters too. They must have said that you may give it."),
    )
    note = LineField(label=gettext_lazy("A word to remember"), required=False, max_length=500)
    language = forms.ChoiceField(
        label=gettext_lazy("Their letters are in"),
        required=False,
        choices=lambda: [("", gettext("the language of the evening")), *language_names()],
    )

    field_order = ["name", "rsvp", "party_size", "email", "language", "note"]

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])


class EditGuestForm(AnswerFields):
    """The answer that a guest gave the host, the diet, and a note."""

    diets = forms.MultipleChoiceField(
        label=gettext_lazy("What they eat"),
        choices=list(DIETS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "ticks"}),
    )
    diet = LineField(label=gettext_lazy("What they do not eat"), required=False, max_length=300)
    note = LineField(label=gettext_lazy("A word to remember"), required=False, max_length=500)

    def clean_diets(self) -> str:
        return store_diets(self.cleaned_data["diets"])


class MendGuestForm(KeepsTyped):
    """The name by which the host knows a guest, and the address. Without the fields that are the guest's own."""

    name = LineField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("As you know them. What they type on their own page takes its place."),
    )
    email = AddressField(
        label=gettext_lazy("Email"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        help_text=gettext_lazy("They must have said that you may give it."),
    )

    def __init__(self, *args, has_own_name: bool, has_own_address: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if has_own_name:
            del self.fields["name"]
        if has_own_address:
            del self.fields["email"]

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"]) if self.cleaned_data["name"] else ""


def initial_from_guest(guest: Guest) -> dict:
    """Return what the form starts with; a guest on the waiting list has said yes."""
    rsvp = {"waiting": "yes", "invited": ""}.get(guest.rsvp, guest.rsvp)
    return {
        "rsvp": rsvp,
        "party_size": guest.party_size,
        "diets": read_diets(guest.diets),
        "diet": guest.diet,
        "note": guest.note,
    }
