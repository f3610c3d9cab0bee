"""Forms for forking a conversation: the town, the month, an address to sign in with; and the word of the host it came from."""

import calendar
import re
from datetime import date, time, timedelta

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from hosts.forms import AddressField
from meetups.forms.fields import LineField, refuse_links
from meetups.forms.kept_input import KeepsTyped
from meetups.models import Meetup, Recap
from meetups.planning.town_search import search_town
from meetups.times import clock

MONTHS_AHEAD = 12
# Time to invite in; less where the month has no more.
TIME_TO_INVITE = timedelta(days=10)
SATURDAY = 5
SALT = "meetups.hold"
ADDRESS = re.compile(r"\S@\S")


def month_choices() -> list[tuple[str, str]]:
    """Return this month and the next twelve, in the reader's language."""
    today = clock.now().date()
    months = [divmod(today.year * 12 + today.month - 1 + ahead, 12) for ahead in range(MONTHS_AHEAD + 1)]
    days = [date(year, month + 1, 1) for year, month in months]
    return [(f"{day:%Y-%m}", date_format(day, "F Y")) for day in days if evening_in(f"{day:%Y-%m}")]


def evening_in(month: str) -> date | None:
    """Return a Saturday of a month ("2027-03") to begin with: the first that leaves time to invite, else the last one ahead."""
    year, number = map(int, month.split("-"))
    days = [date(year, number, day) for day in range(1, calendar.monthrange(year, number)[1] + 1)]
    today = clock.now().date()
    saturdays = [day for day in days if day.weekday() == SATURDAY and day > today + timedelta(days=1)]
    return next((day for day in saturdays if day >= today + TIME_TO_INVITE), saturdays[-1] if saturdays else None)


def first_month() -> str:
    """Return the first month that leaves time to invite."""
    soonest = clock.now().date() + TIME_TO_INVITE
    return next(month for month, _label in month_choices() if (day := evening_in(month)) and day >= soonest)


def sign_input(town: str, month: str) -> str:
    """Return what was typed, signed, for the query string of the page that follows the sign-in."""
    return signing.dumps({"town": town, "month": month}, salt=SALT, compress=True)


def read_signed_input(text: str) -> dict:
    """Return what was typed before the sign-in; nothing where the signature is wrong."""
    try:
        typed = signing.loads(text, salt=SALT)
    except signing.BadSignature:
        return {}
    return {name: str(typed.get(name, "")) for name in ("town", "month")}


class ForkForm(KeepsTyped):
    """The town and the month; everything else is copied from the recap or filled in later."""

    town = LineField(
        label=_("Your town"),
        max_length=Meetup._meta.get_field("town_name").max_length,
        validators=[refuse_links],
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )
    month = forms.ChoiceField(label=_("When, about?"), choices=month_choices, initial=first_month)

    @property
    def fields_to_save(self) -> dict:
        """Return what planning.services.fork takes: the town with its clock, and an evening of that month to begin with."""
        name = self.cleaned_data["town"]
        town = search_town(name).town
        place = {"town_name": name, "town": town, "zone": town.zone if town else ""}
        day = evening_in(self.cleaned_data["month"])
        return place | {"date": day, "time": time(19) if day else None}


class ForkSignInForm(ForkForm):
    """The same for somebody who is not signed in."""

    email = AddressField(
        label=_("Your email address"),
        help_text=_("We mail you six digits, and you type them on the next page. There is no password."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
    )


class HelloForm(KeepsTyped):
    """One line from the host of a told evening to whoever holds it on."""

    hello = LineField(
        label=_("A word to whoever holds it on"),
        required=False,
        max_length=Recap._meta.get_field("hello").max_length,
        validators=[refuse_links],
        help_text=_("They read it beside their draft, with your name. No address goes either way."),
    )

    def clean_hello(self) -> str:
        hello = self.cleaned_data["hello"]
        if ADDRESS.search(hello):
            raise ValidationError(_("An email address cannot stand here."))
        return hello
