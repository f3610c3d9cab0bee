"""Forms of organizers: a campaign's texts and kit, words to a host."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hosts.models import Campaign, User
from meetups.forms.fields import LineField, WordsField, choice_field, refuse_links
from meetups.forms.kept_input import KeepsTyped
from meetups.models import Kit
from meetups.planning.draft_source import Source, fill_in, kit_choices, kit_words_of
from meetups.planning.forms.meetup import KIT_WORDS, KitFields, longest

Color = Campaign.Color
OWN_WORDS = (*KIT_WORDS, "title", "book_title", "book_author", "isbn")


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
    color = forms.ChoiceField(
        label=_("Its color"), choices=Color.choices, initial=Color.CLOTH, required=False, widget=forms.RadioSelect
    )
    day = forms.DateField(
        label=_("A day of action"),
        required=False,
        help_text=_("One day for many tables: they stand on a page of their own, which fills as the sun goes round."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    field_order = ["name", "call", "title"]

    def campaign_words(self) -> dict:
        """Return what open_campaign and write_campaign take, from cleaned data."""
        return {
            "name": self.cleaned_data["name"],
            "call": self.cleaned_data["call"],
            "color": self.cleaned_data["color"],
            "day": self.cleaned_data["day"],
            "kit": self.kit_words | {"title": self.cleaned_data["title"]},
        }


class StartForm(CampaignForm):
    """The same for a new campaign, with a kit to begin from: it fills in what is left empty."""

    choose = forms.ChoiceField(
        label=_("A kit to begin from"),
        required=False,
        help_text=_("Its words fill in whatever you leave empty below. You can change all of them later."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user
        choice_field(self, "choose").choices = kit_choices(user)

    def campaign_words(self) -> dict:
        words = super().campaign_words()
        name = self.cleaned_data["choose"]
        if not name:
            return words
        filled = fill_in(self.cleaned_data, Source(), name, self._user)
        language = {"language": filled.source.kit.language} if filled.source.kit else {}
        return words | {"kit": kit_words_of(filled) | {"title": filled.values["title"]} | language}

    @property
    def is_folded(self) -> bool:
        """Tell whether nothing of the kit's own words needs to be seen."""
        return not any(self.has_error(name) or self.data.get(name) for name in OWN_WORDS)


class HostWordsForm(KeepsTyped):
    """An organizer's words to a host."""

    words = WordsField(label=_("Your words"), max_length=1500, rows=8)
