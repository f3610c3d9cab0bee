"""Which column of a file holds the address and which the name. Nothing here saves or mails."""

import base64
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meetups.exceptions import MeetupError
from meetups.forms.fields import choice_field
from meetups.forms.kept_input import KeepsTyped
from meetups.planning.columns import Columns, cell_of
from meetups.planning.guest_file import ENCODINGS, MOST_BYTES, Table, column_letter, not_a_list, shown_cell

SAMPLES = 3


class ColumnsForm(KeepsTyped):
    """The columns of a table that was read from a file. The file itself comes along, so that nothing is stored in between."""

    file = forms.CharField(widget=forms.HiddenInput)
    encoding = forms.ChoiceField(
        label=gettext_lazy("Accents and other alphabets"),
        required=False,
        choices=list(ENCODINGS.items()),
        help_text=gettext_lazy("If names look wrong, choose where the file comes from, and look again."),
    )
    encoding_shown = forms.CharField(widget=forms.HiddenInput, required=False)
    is_headed = forms.BooleanField(label=gettext_lazy("The first row names the columns"), required=False)
    email = forms.ChoiceField(label=gettext_lazy("The address stands in"))
    name = forms.ChoiceField(label=gettext_lazy("The name stands in"), required=False)
    rest = forms.ChoiceField(
        label=gettext_lazy("The rest of the name stands in"),
        required=False,
        help_text=gettext_lazy("Where first and last name have a column each."),
    )

    def __init__(self, *args, table: Table, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        columns = [(str(place), describe_column(table, place)) for place in range(table.width) if samples(table, place)]
        choice_field(self, "email").choices = columns
        for name in ("name", "rest"):
            choice_field(self, name).choices = [("", _("no column")), *columns]
        if table.is_certain:
            del self.fields["encoding"]

    @property
    def columns(self) -> Columns:
        data = self.cleaned_data
        name, rest = (int(data[key]) if data[key] else None for key in ("name", "rest"))
        return Columns(int(data["email"]), name, rest)


def initial_of(table: Table, data: bytes) -> dict[str, Any]:
    """Return what the form starts with: the columns as they are guessed, and the file itself."""
    columns = table.guess(is_headed=table.has_heading) or Columns(0)
    places = {"email": columns.email, "name": columns.name, "rest": columns.rest}
    return {name: "" if place is None else str(place) for name, place in places.items()} | {
        "file": base64.b64encode(data).decode(),
        "encoding": table.encoding,
        "encoding_shown": table.encoding,
        "is_headed": table.has_heading,
    }


def read_sent(sent: str) -> bytes:
    """Return the file that came along with the form. Raises MeetupError for what is none."""
    if len(sent) > MOST_BYTES * 4 // 3 + 4:
        raise MeetupError(not_a_list())
    try:
        return base64.b64decode(sent, validate=True)
    except ValueError as error:
        raise MeetupError(not_a_list()) from error


def samples(table: Table, place: int) -> list[str]:
    """Return what stands first in a column, without empty cells."""
    cells = filter(None, (cell_of(row, place) for row in table.rows))
    return [shown_cell(cell) for cell, _number in zip(cells, range(SAMPLES + 1), strict=False)]


def describe_column(table: Table, place: int) -> str:
    """Return a column as a choice: its letter, as a spreadsheet shows it, and what stands in it first."""
    return f"{column_letter(place)}: {', '.join(samples(table, place)[:2])}"
