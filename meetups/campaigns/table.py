"""The evenings of a campaign as a table: counts, never a guest's name nor a street. As CSV and JSON, and for spreadsheets."""

import csv
import json
import tempfile
from collections.abc import Iterator
from datetime import date, time
from typing import IO

import xlsxwriter
from django.db.models import Q
from xlsxwriter.worksheet import Worksheet

from hosts.models import Campaign
from meetups.campaigns.figures import EVERYTHING, campaign_meetups
from meetups.text.csv import BOM, safe_cell

COLUMNS = [
    "code", "title", "host", "town", "region", "country", "date", "time", "zone", "seats",
    "invited", "yes", "maybe", "no", "waiting", "came", "recap", "children",
]  # fmt: skip
WIDTHS = {"title": 32, "host": 20, "town": 20, "region": 20, "country": 16, "date": 12, "zone": 22}
# Nothing is read into what somebody typed, and a row is written out before the next one begins.
AS_TYPED = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def table_rows(campaign: Campaign, chosen: Q = EVERYTHING) -> Iterator[list]:
    """Yield the values of COLUMNS for each evening, the soonest first, without keeping them all in memory."""
    for meetup in campaign_meetups(campaign, chosen).order_by("starts_at", "pk").iterator(500):
        yield [
            meetup.code, meetup.title, meetup.host.shown_name, meetup.town_name, meetup.region, meetup.country,
            meetup.date, meetup.time, meetup.zone, meetup.seats,
            meetup.num_invited, meetup.num_yes, meetup.num_maybe, meetup.num_no, meetup.num_waiting, meetup.num_came,
            "published" if meetup.has_recap else "missing" if meetup.is_held else "", meetup.num_children,
        ]  # fmt: skip


class _Line:
    """A file for csv.writer that hands each line back instead of keeping it."""

    def write(self, text: str) -> str:
        return text


def _clock(cell: object) -> object:
    """Return an hour of the clock as text without seconds, and anything else as it is."""
    return f"{cell:%H:%M}" if isinstance(cell, time) else cell


def csv_lines(campaign: Campaign, chosen: Q = EVERYTHING) -> Iterator[str]:
    """Yield the table line by line, with commas and a byte order mark."""
    writer = csv.writer(_Line())
    yield BOM + writer.writerow(COLUMNS)
    for row in table_rows(campaign, chosen):
        yield writer.writerow([safe_cell(_clock(cell)) for cell in row])


def json_lines(campaign: Campaign, chosen: Q = EVERYTHING) -> Iterator[str]:
    """Yield the table as one JSON object, an evening on each line: numbers as numbers, text as it was typed."""
    yield '{"campaign": ' + json.dumps(campaign.slug) + ', "meetups": ['
    before = "\n"
    for row in table_rows(campaign, chosen):
        values = {name: _clock(cell) for name, cell in zip(COLUMNS, row, strict=True)}
        yield before + json.dumps(values, ensure_ascii=False, default=date.isoformat)
        before = ",\n"
    yield "\n]}\n"


def write_workbook(campaign: Campaign, chosen: Q = EVERYTHING) -> IO[bytes]:
    """Return an open file with the table as .xlsx, at its beginning; it is gone when it is closed.

    A spreadsheet opens it in columns whatever its language, where a CSV file wants the separator of that language.
    """
    file = tempfile.TemporaryFile()
    with xlsxwriter.Workbook(file, AS_TYPED) as book:
        sheet = book.add_worksheet()
        bold, day, clock = (book.add_format(style) for style in ({"bold": True}, {"num_format": 14}, {"num_format": 20}))
        for number, name in enumerate(COLUMNS):
            sheet.set_column(number, number, WIDTHS.get(name, 10))
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, COLUMNS, bold)
        for line, row in enumerate(table_rows(campaign, chosen), 1):
            for number, cell in enumerate(row):
                _write_cell(sheet, line, number, cell, {date: day, time: clock})
    file.seek(0)
    return file


def _write_cell(sheet: Worksheet, line: int, number: int, cell: object, formats: dict) -> None:
    """Write days and hours as what they are, numbers as numbers, and all else as text that stays text elsewhere too (R93)."""
    if type(cell) in formats:
        sheet.write_datetime(line, number, cell, formats[type(cell)])
    elif isinstance(cell, int):
        sheet.write_number(line, number, cell)
    else:
        sheet.write_string(line, number, safe_cell(cell))
