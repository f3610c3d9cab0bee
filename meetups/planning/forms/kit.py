"""Forms around kits: the choice of one on a draft's page, and the words of one that a host keeps."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hosts.language import language_names
from meetups.forms.fields import LineField, refuse_links
from meetups.forms.kept_input import KeepsTyped
from meetups.models import Kit
from meetups.planning.forms.meetup import KitFields, NoStreet, longest

# The buttons that fill a draft in, from a kit and from a list of books.
FILL, LOOK_UP = "fill", "book"


class ChooseKit(KeepsTyped):
    """The kit to fill a draft in from. It stands in the draft's own form, so that what is typed there comes along."""

    choose = forms.ChoiceField(label=_("Begin from a kit"), required=False)

    def __init__(self, *args, choices: list[tuple[str, Any]], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["choose"].choices = choices  # type: ignore[attr-defined]


class KeptKitForm(KitFields):
    """The words of a kit that a host keeps for later evenings."""

    title = LineField(
        label=_("What do you call the evening?"),
        max_length=longest(Kit, "title"),
        validators=[refuse_links],
        help_text=_("For example: Soup and one question."),
    )
    language = forms.ChoiceField(label=_("Language of the evening"), required=False, choices=language_names)

    @property
    def fields_to_save(self) -> dict:
        """Return what planning.services.kit.write_kit takes."""
        return self.kit_words | {name: self.cleaned_data[name] for name in ("title", "language")}


def values_so_far(form: NoStreet) -> dict[str, Any]:
    """Return what stands in a form that was sent, read by its widgets and not validated: the initial values of the next one."""
    values = {name: field.widget.value_from_datadict(form.data, {}, form.add_prefix(name)) for name, field in form.fields.items()}
    if "duration" in values:
        length = values["duration"] or ""
        values["duration"] = int(length) if length.isdecimal() and len(length) < 5 else form.fields["duration"].initial
    return values | {"asks_fold": bool(values.get("fold"))}
