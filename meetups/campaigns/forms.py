"""Forms of organizers: a campaign's texts and kit, another organizer's address."""

from django.utils.translation import gettext_lazy as _

from meetups.forms.fields import LineField, WordsField, refuse_links
from meetups.forms.kept_input import KeepsTyped
from meetups.models import Kit
from meetups.planning.forms.meetup import KitFields, longest


class CampaignForm(KitFields):
    """A campaign's name and call, with the kit that its hosts start from."""

    name = LineField(label=_("Name of the campaign"), max_length=120, validators=[refuse_links])
    call = WordsField(
        label=_("The call, in a few sentences"),
        help_text=_("What you ask people to do at their tables, and why now."),
        max_length=2000,
    )
    title = LineField(
        label=_("What are its evenings called?"),
        required=False,
        max_length=longest(Kit, "title"),
        validators=[refuse_links],
        help_text=_("It stands in the form of whoever opens their door for it, and they may change it."),
    )
    field_order = ["name", "call", "title"]

    def campaign_words(self) -> dict:
        """Return what open_campaign and write_campaign take, from cleaned data."""
        return {
            "name": self.cleaned_data["name"],
            "call": self.cleaned_data["call"],
            "kit": self.kit_words | {"title": self.cleaned_data["title"]},
        }


class HostWordsForm(KeepsTyped):
    """An organizer's words to a host."""

    words = WordsField(label=_("Your words"), max_length=1500, rows=8)
