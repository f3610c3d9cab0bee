"""Which evenings of a campaign an organizer looks at: chosen in the URL, so that a view can be sent on, and its file agrees."""

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hosts.models import Campaign
from meetups.forms.fields import LineField
from meetups.models import Book

MOST_BOOKS = 100


class ChoiceForm(forms.Form):
    """The filters of the dashboard. Nothing is required; what cannot be read is said beside its field and chooses nothing."""

    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    area = LineField(label=_("Town or region"), max_length=80, required=False)
    book = forms.ChoiceField(label=_("Book"), required=False)
    language = forms.ChoiceField(label=_("Language"), required=False, choices=[("", _("any")), *settings.LANGUAGES])

    def __init__(self, data: Any, campaign: Campaign) -> None:
        super().__init__(data)
        used = Book.objects.filter(kits__meetup__campaign=campaign).exclude(kits__meetup__status="draft").distinct()
        books = used.order_by("title").values_list("slug", "title")[:MOST_BOOKS]
        book = cast(forms.ChoiceField, self.fields["book"])
        book.choices = [("", _("any")), *books]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("since") and found.get("until") and found["since"] > found["until"]:
            self.add_error("until", _("This day is before the first one."))
        return found


@dataclass(frozen=True)
class Choice:
    """The chosen evenings as a condition, and as the query string that chooses them again."""

    condition: Q
    query: str

    @property
    def is_made(self) -> bool:
        return bool(self.query)

    @property
    def and_query(self) -> str:
        """Return the query string to put after another one."""
        return f"&{self.query}" if self.query else ""


def read_choice(form: ChoiceForm) -> Choice:
    """Return what a form chooses; a field with an error chooses nothing."""
    form.is_valid()
    chosen = {name: value for name, value in getattr(form, "cleaned_data", {}).items() if value}
    conditions = {
        "since": lambda day: Q(date__gte=day),
        "until": lambda day: Q(date__lte=day),
        "area": lambda text: Q(town_name__icontains=text) | Q(region__icontains=text) | Q(country__icontains=text),
        "book": lambda slug: Q(kit__book__slug=slug),
        # An evening without a language of its own has that of its host.
        "language": lambda code: Q(language=code) | Q(language="", host__language=code),
    }
    condition = Q()
    for name, value in chosen.items():
        condition &= conditions[name](value)
    return Choice(condition, urlencode({name: str(value) for name, value in chosen.items()}))
