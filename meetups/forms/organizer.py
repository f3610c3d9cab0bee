"""What an organizer types: a campaign's words and kit, another organizer's address."""

from django import forms
from django.utils.translation import gettext_lazy as _

from hosts.forms import AddressField
from meetups.forms.fields import LineField, WordsField, refuse_links
from meetups.forms.host import KitFields


class CampaignForm(KitFields):
    """A campaign's name and call, with the kit its hosts begin from."""

    name = LineField(label=_("Name of the campaign"), max_length=120, validators=[refuse_links])
    call = WordsField(
        label=_("The call, in a few sentences"),
        help_text=_("What you ask people to do at their tables, and why now."),
        max_length=2000,
    )
    field_order = ["name", "call"]

    def campaign_words(self) -> dict:
        """Return what open_campaign and write_campaign take, from cleaned data."""
        return {"name": self.cleaned_data["name"], "call": self.cleaned_data["call"], "kit": self.kit_words}


class OrganizerForm(forms.Form):
    """The address of somebody who shall organize too."""

    email = AddressField(label=_("Email"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
