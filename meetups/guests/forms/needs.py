"""Parts of the form of an answer: the party, and needs and offers."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from meetups.forms.fields import LineField, WordsField, choice_field, refuse_links
from meetups.forms.kept_input import KeepsTyped
from meetups.models import Guest, Needs
from meetups.text.clean import clean_line

LONGEST_NAME = 60
NEEDS = [field.name for field in Needs._meta.concrete_fields if field.name not in ("id", "guest")]
# This text field is sent whenever the part of the form is; unticked boxes are not.
NEEDS_ARE_SENT_WITH = "contact"
SEATS_IN_A_CAR = 7


class PartyFields(KeepsTyped):
    """Names of companions, one on each line, and how many of the party are children (R110)."""

    num_children = forms.TypedChoiceField(
        label=_("Children among you"),
        coerce=int,
        empty_value=0,  # type: ignore[arg-type]  # the stubs expect a text; Django takes what `coerce` returns
        required=False,
    )
    party_names = WordsField(
        label=_("Who comes with you, one name on each line"), required=False, max_length=600, rows=2, validators=[refuse_links]
    )

    def fit_to(self, most: int) -> None:
        """Offer party sizes up to `most`; remove the fields where a guest cannot bring anybody."""
        if most < 2:
            self.fields.pop("num_children", None)
            self.fields.pop("party_names", None)
        if "num_children" in self.fields:
            children = choice_field(self, "num_children")
            children.choices = [(n, str(n)) for n in range(most)]
            children.widget.attrs["class"] = "short"
            children.help_text = _("They have seats too. We ask for no name and no age.")
        if "party_names" in self.fields:
            words = _("Without the children. The host sees this and nobody else; it goes if you cannot come.")
            self.fields["party_names"].help_text = words

    def clean_party_names(self) -> str:
        names = [name for name in map(clean_line, self.cleaned_data["party_names"].splitlines()) if name]
        if any(len(name) > LONGEST_NAME for name in names):
            raise ValidationError(now("A name can have sixty characters at most."), code="long")
        return "\n".join(names)

    def check_party(self, party_size: int) -> None:
        """Add an error where more people are named and counted than `party_size`."""
        others = party_size - 1
        num_children = self.cleaned_data.get("num_children") or 0
        names = (self.cleaned_data.get("party_names") or "").splitlines()
        if num_children > others:
            words = ngettext(
                "You come as %(n)d, so no child can be among you. Choose first how many of you come.",
                "You come as %(n)d, so not that many can be children. One of you answers for them.",
                party_size,
            )
            self.add_error("num_children", words % {"n": party_size})
        elif len(names) > others - num_children:
            words = ngettext(
                "You come as %(n)d, so nobody else can be named. Choose first how many of you come.",
                "You come as %(n)d, so there are more names here than people.",
                party_size,
            )
            self.add_error("party_names", words % {"n": party_size})


class NeedsFields(KeepsTyped):
    """Needs and offers. NEEDS_ARE_SENT_WITH tells whether this part of the form was sent."""

    wants_ride = forms.BooleanField(label=_("I need a ride"), required=False)
    offers_ride = forms.BooleanField(label=_("I can take somebody along"), required=False)
    ride_seats = forms.TypedChoiceField(
        label=_("Free seats in my car"),
        choices=[("", "–"), *((n, str(n)) for n in range(1, SEATS_IN_A_CAR + 1))],
        coerce=int,
        empty_value=0,  # type: ignore[arg-type]  # as for num_children
        required=False,
        widget=forms.Select(attrs={"class": "short"}),
    )
    wants_step_free = forms.BooleanField(label=_("I need a way in without steps"), required=False)
    wants_childcare = forms.BooleanField(label=_("I could use a hand with the children"), required=False)
    offers_childcare = forms.BooleanField(label=_("I can lend a hand with children"), required=False)
    wants_interpreter = LineField(
        label=_("I need somebody who interprets"),
        max_length=60,
        required=False,
        help_text=_("Which language?"),
        validators=[refuse_links],
    )
    offers_interpreter = LineField(
        label=_("I can interpret"), max_length=60, required=False, help_text=_("Which languages?"), validators=[refuse_links]
    )
    contact = LineField(
        label=_("How the other one reaches me"),
        max_length=120,
        required=False,
        help_text=_(
            "A number or an address, as you like. Whoever opens the door that evening sees a number that you share, too."
        ),
    )
    shares_contact = forms.BooleanField(
        label=_("Whoever my need or offer meets may see it, if they show me theirs"), required=False
    )

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if data.get("offers_ride") and not data.get("ride_seats") and "ride_seats" not in self.errors:
            self.add_error("ride_seats", now("How many seats are free?"))
        if data.get("shares_contact") and not data.get("contact") and "contact" not in self.errors:
            self.add_error("contact", now("Say how they reach you, or take the tick below away."))
        return data

    @property
    def has_needs_open(self) -> bool:
        """Tell whether this part of the form has to be unfolded: it has an error, or was half typed."""
        return self.is_typed or any(name in self.errors for name in NEEDS)

    @staticmethod
    def initial_needs(guest: Guest) -> dict[str, object]:
        """Return the initial values of these fields."""
        own = guest.own_needs
        return {name: getattr(own, name) for name in NEEDS} | {"ride_seats": own.ride_seats or ""}

    def needs(self) -> dict[str, Any] | None:
        """Return the values by name, or None where this part of the form was not sent."""
        return {name: self.cleaned_data[name] for name in NEEDS} if NEEDS_ARE_SENT_WITH in self.data else None
