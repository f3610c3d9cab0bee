"""The fields for pasted addresses: the list itself, and the host's word about the people on it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from meetups.planning.address_list import MOST_TYPED


class AddressesField(forms.CharField):
    """Addresses as they were pasted, up to MOST_TYPED characters; `read_addresses` finds the people in them."""

    def __init__(self, *, rows: int = 7) -> None:
        super().__init__(
            label=_("Addresses"),
            required=False,
            max_length=MOST_TYPED,
            widget=forms.Textarea(attrs={"rows": rows, "autocapitalize": "none", "spellcheck": "false"}),
            help_text=_("Paste them as they are, with names or without: lines, commas, rows of a spreadsheet."),
        )


class KnowsField(forms.BooleanField):
    """The host's word that they know the people who are written to. `options` are those of a BooleanField."""

    def __init__(self, **options) -> None:
        words = {"required": _("Please tick this if it is so. We write only to people the host knows.")}
        super().__init__(label=_("I know these people, and they may expect this"), error_messages=words, **options)
