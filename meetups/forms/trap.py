"""A field that people do not see and programs fill in (R90), with a way on for a person whose browser filled it in."""

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from meetups.forms.kept_input import KeepsTyped

# A name that no browser and no password manager has a value for, and the words by which the large ones are asked to leave a
# field alone: 1Password, LastPass, Bitwarden, Dashlane.
TRAP = "crumbs"
LEFT_ALONE = {
    "tabindex": "-1",
    "autocomplete": "off",
    "data-1p-ignore": True,
    "data-lpignore": "true",
    "data-bwignore": True,
    "data-form-type": "other",
}


class TrapForm(KeepsTyped):
    """A form of a page for anybody. One that comes with the trap filled in is shown again without it, and with a sentence: a
    person presses once more, most programs do not."""

    crumbs = forms.CharField(label=_("Leave this empty"), required=False, widget=forms.TextInput(attrs=LEFT_ALONE))
    is_trapped = False

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.cleaned_data.get(TRAP):
            self.is_trapped = True
            data = cast(QueryDict, self.data).copy()
            data[self.add_prefix(TRAP)] = ""
            self.data = data
            self.add_error(
                None,
                _(
                    "A program filled in this form, or helped you with it: a password manager, perhaps. Nothing is sent yet. "
                    "If you are a person, press the button once more."
                ),
            )
        return self.cleaned_data
