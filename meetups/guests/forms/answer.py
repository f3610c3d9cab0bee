"""Forms of a guest's answer. Forms clean and never save."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from meetups.caching.form_field import CachedField
from meetups.forms.fields import LineField, choice_field, refuse_links
from meetups.forms.kept_input import KeepsTyped
from meetups.guests.forms.needs import NEEDS, NEEDS_ARE_SENT_WITH, NeedsFields, PartyFields
from meetups.guests.services.rsvp import Answer
from meetups.models import Guest
from meetups.text.diets import DIETS, read_diets, store_diets

# Two more ways to say no.
KINDS_OF_NO = ("again", "host")
WORDS = ("shown_name", "note", "diets", "diet", "has_read", "party_names", "num_children")


class AnswerForm(PartyFields, NeedsFields):
    """Yes, maybe or no, with what goes with it. Fields that were not sent leave the guest's values as they are.

    `rsvp` may also be one of KINDS_OF_NO: "not this time, but ask me again" and "I can't come, but I could host".
    """

    bound_field_class = CachedField

    rsvp = forms.ChoiceField(
        choices=[("yes", _("Yes")), ("maybe", _("Maybe")), ("no", _("No")), *((kind, kind) for kind in KINDS_OF_NO)],
        widget=forms.HiddenInput,
        error_messages={key: _("Please choose yes, maybe or no.") for key in ("required", "invalid_choice")},
    )
    party_size = forms.TypedChoiceField(label=_("How many of you come"), coerce=int, empty_value=None)
    shown_name = LineField(
        label=_("Your name, as the others may see it"), max_length=60, required=False, validators=[refuse_links]
    )
    shows_name = forms.BooleanField(label=_("The others at the table may see my name"), required=False)
    note = LineField(label=_("A word to the host"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    diets = forms.MultipleChoiceField(
        label=_("What you eat"),
        choices=list(DIETS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "ticks"}),
        help_text=_("Only the host sees this."),
    )
    diet = LineField(
        label=_("Anything you do not eat, or must not"), max_length=300, required=False, help_text=_("Only the host sees this.")
    )
    has_read = forms.ChoiceField(
        label=_("Have you read the book?"),
        choices=[
            ("", _("I would rather not say")),
            (Guest.HasRead.FULLY, _("Yes, all of it")),
            (Guest.HasRead.PARTLY, _("Some of it")),
            (Guest.HasRead.NOT_YET, _("Not yet")),
        ],
        required=False,
        help_text=_("Each answer is a good one. The host sees only how many gave which."),
    )

    def __init__(self, data: QueryDict | None = None, *, guest: Guest, is_shown: bool = True) -> None:
        """`is_shown`: False for a form that is only validated; then it has only the fields that were sent."""
        self.guest = guest
        if data is not None and not is_shown:
            sent = {name: field for name, field in self.base_fields.items() if name in _sent(data)}
            # Set on the instance: Form.__init__ copies its fields from this.
            vars(self)["base_fields"] = sent
        super().__init__(data, initial=self._initial() if data is None else None)
        most = max(guest.meetup.max_party, guest.party_size)
        self._offer_seats(most)
        self.fit_to(most)
        if "shown_name" in self.fields:
            self.fields["shown_name"].widget.attrs["autocomplete"] = "name"
            # Read only where the page is shown: for a POST the names are not loaded.
            if is_shown and not guest.has_name:
                self.fields["shown_name"].label = _("Your name")
                self.fields["shown_name"].help_text = _("So that the host knows who answers. You may leave it empty.")
        if "has_read" in self.fields and guest.meetup.kit.book_id is None:
            del self.fields["has_read"]

    def _initial(self) -> dict[str, object]:
        """Return the initial values."""
        guest = self.guest
        initial = {name: getattr(guest, name) for name in ("party_size", "shows_name", *WORDS)} | self.initial_needs(guest)
        return initial | {"shown_name": guest.shown_name or guest.name, "diets": read_diets(guest.diets)}

    def _offer_seats(self, most: int) -> None:
        field = choice_field(self, "party_size")
        field.choices = [(n, str(n)) for n in range(1, most + 1)]
        words = ngettext(
            "At this table each guest may take %(n)d seat.", "At this table each guest may take up to %(n)d seats.", most
        )
        field.error_messages["invalid_choice"] = words % {"n": most}
        # A POST of the button alone has no party size, and keeps the guest's.
        field.required = not self.is_bound or "party_size" in self.data
        field.widget.attrs["class"] = "short"
        field.help_text = _("Children count.")
        if most == 1:
            # With one seat for each guest there is nothing to choose; a value that is sent is still validated.
            field.widget = forms.HiddenInput()

    def clean_party_size(self) -> int:
        return self.cleaned_data["party_size"] or self.guest.party_size

    def clean_diets(self) -> str:
        return store_diets(self.cleaned_data["diets"])

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "party_names" in self.data and "party_size" in data and data.get("rsvp") in ("yes", "maybe"):
            self.check_party(data["party_size"])
        return data

    def answer(self) -> Answer:
        """Return the answer of a valid form; what was not sent is None in it."""
        said, sent = self.cleaned_data["rsvp"], _sent(self.data)
        words = {name: self.cleaned_data[name] for name in ("shows_name", *WORDS) if name in sent and name in self.fields}
        if said in ("no", *KINDS_OF_NO):
            words |= {"asks_again": said == "again", "could_host": said == "host"}
        rsvp = "no" if said in KINDS_OF_NO else said
        return Answer(rsvp, party_size=self.cleaned_data["party_size"], needs=self.needs(), **words)


def _sent(data: Mapping[str, Any]) -> set[str]:
    """Return the fields of an answer that were sent. An unticked box, which is not in `data`, was sent if its part was."""
    sent = {"rsvp", "party_size"} | {name for name in WORDS if name in data}
    if "shown_name" in data:
        sent.add("shows_name")
    if "diet" in data:
        sent.add("diets")
    return sent | set(NEEDS) if NEEDS_ARE_SENT_WITH in data else sent


class FriendForm(KeepsTyped):
    """Whether a guest's friend asks the host, and a word to the host."""

    rsvp = forms.ChoiceField(
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(["required", "invalid_choice"], _("Please choose one of the two.")),
    )
    note = LineField(label=_("A word to the host"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class SureForm(forms.Form):
    """A box to tick before something is deleted, empty at first, so that a scanner that posts forms deletes nothing (R67)."""

    sure = forms.BooleanField(
        label=_("Yes, delete it"),
        error_messages={"required": _("Please tick the box if you mean it. Nothing was deleted yet.")},
    )


class EndLinkForm(forms.Form):
    """A box to tick before a guest's link is revoked, so that a scanner that posts forms does not revoke each new one."""

    sure = forms.BooleanField(error_messages={"required": _("Please tick the box if you mean it. The link still works.")})

    def __init__(self, *args, name: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["sure"].label = _("I am not %(name)s") % {"name": name}
