"""Forms of the shared table, for host and guests. Forms clean and never save."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from meetups.forms.fields import LineField, choice_field, mark_needed_later, refuse_links
from meetups.forms.kept_input import KeepsTyped
from meetups.models import Dish, Guest
from meetups.models.dish import MOST_FED

MOST_OF_A_KIND = 20


class BringForm(KeepsTyped):
    """Something that a guest brings unasked."""

    words = LineField(
        label=_("What you bring"),
        max_length=120,
        validators=[refuse_links],
        help_text=_("Everybody with a seat reads this. Your name stands beside it only if you show it to the others."),
        error_messages={"required": _("Please say in a few words what it is.")},
    )


class SayForm(KeepsTyped):
    """A few words about a dish that the host asked for; they may stay empty."""

    words = LineField(label=_("What it is, in your words"), max_length=120, required=False, validators=[refuse_links])


class LayForm(KeepsTyped):
    """How many of each kind the host asks for."""

    def __init__(self, *args, suggested: dict[str, int], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for kind, label in Dish.Kind.choices:
            attrs = {"class": "short", "inputmode": "numeric"}
            self.fields[kind] = forms.IntegerField(
                label=str(label).capitalize(),
                required=False,
                min_value=0,
                max_value=MOST_OF_A_KIND,
                initial=suggested.get(kind, 0),
                widget=forms.NumberInput(attrs=attrs),
            )
            mark_needed_later(self.fields[kind])

    def clean(self) -> dict[str, Any]:
        super().clean()
        if not self.errors and not any(self.cleaned_data.values()):
            raise forms.ValidationError(_("Please say of at least one thing how many you would like."))
        return self.cleaned_data

    @property
    def counts(self) -> dict[str, int]:
        return {kind: n for kind, n in self.cleaned_data.items() if n}


class DishForm(KeepsTyped):
    """One dish: what, for how many, a remark, and who brings it."""

    kind = forms.ChoiceField(label=_("What"), choices=Dish.Kind)
    feeds = forms.IntegerField(
        label=_("For how many"),
        required=False,
        min_value=1,
        max_value=MOST_FED,
        widget=forms.NumberInput(attrs={"class": "short"}),
    )
    remark = LineField(
        label=_("A remark"),
        required=False,
        max_length=120,
        validators=[refuse_links],
        help_text=_("“Without nuts”, “folding chairs”. Your guests read it."),
    )
    guest = forms.TypedChoiceField(label=_("Who brings it"), required=False, coerce=int, empty_value=None)
    words = LineField(label=_("In their words"), required=False, max_length=120, validators=[refuse_links])

    def __init__(self, *args, seated: list[Guest], dish: Dish | None = None, **kwargs) -> None:
        if dish is not None:
            names = ("kind", "feeds", "remark", "words")
            kwargs["initial"] = {name: getattr(dish, name) for name in names} | {"guest": dish.guest_id}
        super().__init__(*args, **kwargs)
        is_own = dish is not None and not dish.is_asked
        if dish is not None and is_own:
            # Only the guest who brought something unasked can bring it.
            seated = [guest for guest in seated if guest.pk == dish.guest_id]
        nobody = _("nobody: take it off the table") if is_own else _("nobody yet")
        choice_field(self, "guest").choices = [("", nobody), *((guest.pk, guest.called) for guest in seated)]
