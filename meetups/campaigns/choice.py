"""Which evenings of a campaign an organizer looks at: chosen in the URL, so that a view can be sent on, and its file agrees."""

from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.core.cache import cache
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from hosts.models import Campaign
from meetups.forms.fields import LineField
from meetups.models import Book, Meetup
from meetups.times import clock

MOST_BOOKS = 100
# What may be chosen of an evening's state. Without a choice the figures are of published evenings, upcoming and held.
STATES = {"upcoming": _("Upcoming"), "held": _("Held"), "canceled": _("Canceled")}
PUBLISHED = Q(status="published")


class ChoiceForm(forms.Form):
    """The filters of the dashboard. Nothing is required; what cannot be read is said beside its field and chooses nothing."""

    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    area = LineField(label=_("Town or region"), max_length=200, required=False)
    book = forms.ChoiceField(label=_("Book"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("any")), *STATES.items()])
    language = forms.ChoiceField(label=_("Language"), required=False, choices=[("", _("any")), *settings.LANGUAGES])

    def __init__(self, data: Any, campaign: Campaign) -> None:
        super().__init__(data)
        book = cast(forms.ChoiceField, self.fields["book"])
        book.choices = [("", _("any")), *_books(campaign, wanted=data.get("book", ""))]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("since") and found.get("until") and found["since"] > found["until"]:
            self.add_error("until", _("This day is before the first one."))
        return found


def _books(campaign: Campaign, *, wanted: str) -> list[tuple[str, str]]:
    """Return (slug, title) of the books of a campaign's evenings, kept for a minute: a large campaign has one kit an evening."""
    key = f"campaign-books:{campaign.pk}:{campaign.created_at.timestamp()}"
    books = cache.get(key)
    if books is None or (wanted and wanted not in dict(books)):
        evenings = Meetup.objects.for_campaign(campaign).exclude(status=Meetup.Status.DRAFT).order_by()
        used = Book.objects.filter(pk__in=evenings.values("kit__book"))
        books = list(used.order_by("title").values_list("slug", "title")[:MOST_BOOKS])
        cache.set(key, books, timeout=60)
    return books


@dataclass(frozen=True)
class Choice:
    """The chosen evenings: as a condition without their state, as a state, as form data, and in words."""

    of_any_state: Q
    state: str
    chosen: dict[str, str]
    words: list[tuple[str, str]]

    @property
    def condition(self) -> Q:
        """Return the condition with the state: published evenings, unless the canceled ones are chosen; drafts never."""
        if self.state == "canceled":
            return self.of_any_state & Q(status="canceled")
        is_over = {"held": Q(ends_at__lte=clock.now()), "upcoming": Q(ends_at__gt=clock.now())}
        return self.of_any_state & PUBLISHED & is_over.get(self.state, Q())

    @property
    def query(self) -> str:
        """Return the query string that chooses the same again."""
        return urlencode(self.chosen)

    @property
    def is_made(self) -> bool:
        return bool(self.chosen)

    @property
    def and_query(self) -> str:
        """Return the query string to put after another one."""
        return f"&{self.query}" if self.query else ""

    def query_with(self, **others: str) -> str:
        """Return the query string of this choice with some of it chosen otherwise."""
        return urlencode(self.chosen | others)


EVERY_EVENING = Choice(Q(), "", {}, [])


def read_choice(form: ChoiceForm) -> Choice:
    """Return what a form chooses; a field with an error chooses nothing."""
    form.is_valid()
    chosen = {name: value for name, value in getattr(form, "cleaned_data", {}).items() if value}
    conditions = {
        "since": lambda day: Q(date__gte=day),
        "until": lambda day: Q(date__lte=day),
        "area": _is_in,
        "book": lambda slug: Q(kit__book__slug=slug),
        # An evening without a language of its own has that of its host.
        "language": lambda code: Q(language=code) | Q(language="", host__language=code),
    }
    condition = Q()
    for name, value in chosen.items():
        if name in conditions:
            condition &= conditions[name](value)
    words = [(str(form.fields[name].label), _in_words(form, name, value)) for name, value in chosen.items()]
    return Choice(condition, chosen.get("state", ""), {name: str(value) for name, value in chosen.items()}, words)


def _is_in(text: str) -> Q:
    """Match evenings whose town, region or country has these words in its name; after a comma, a town of just that name there."""
    town, comma, around = (part.strip() for part in text.partition(","))
    if comma:
        return Q(town_name__iexact=town) & (Q(region__iexact=around) | Q(country__iexact=around))
    return Q(town_name__icontains=town) | Q(region__icontains=town) | Q(country__icontains=town)


def _in_words(form: ChoiceForm, name: str, value: Any) -> str:
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        return str(dict(cast(Any, field.choices)).get(value, value))
    return date_format(value, "DATE_FORMAT") if isinstance(value, date) else str(value)
