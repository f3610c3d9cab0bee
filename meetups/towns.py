"""Load the towns from the file that script/towns makes: names, coarse places and zones from GeoNames, CC BY 4.0."""

import gzip
import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from django.db import connection, models, transaction

from meetups.models.town import Town, TownFile, TownName, fold_name
from meetups.times import clock

FILE = Path(__file__).resolve().parent / "data" / "towns.tsv.gz"
COLUMNS = ("geonames_id", "name", "search_name", "region", "country", "latitude", "longitude", "zone", "population")
NAME_COLUMNS = ("search_name", "town_id")
# Older SQLite takes at most 999 values in one statement.
MOST_VALUES = 999


def read_columns(file: Path = FILE) -> dict[str, list[str]]:
    """Return the columns of the file by name, each with a value for every town. Lines with # are comments."""
    text = gzip.decompress(file.read_bytes()).decode()
    lines = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {name: values for name, *values in lines}


def read_towns(columns: dict[str, list[str]]) -> Iterator[tuple]:
    """Yield the values of COLUMNS for each town."""
    numbers, people = map(int, columns["geonames_id"]), map(int, columns["population"])
    places = map(float, columns["latitude"]), map(float, columns["longitude"])
    names, regions, countries = columns["name"], columns["region"], columns["country"]
    yield from zip(numbers, names, map(fold_name, names), regions, countries, *places, columns["zone"], people, strict=True)


def read_names(columns: dict[str, list[str]]) -> list[tuple[str, int]]:
    """Return the values of NAME_COLUMNS for each other name, in the order of their index: it is written quicker so."""
    numbers = map(int, columns["geonames_id"])
    pairs = zip(numbers, columns["names"], strict=True)
    return sorted((name, number) for number, names in pairs if names for name in names.split("|"))


def digest_file(file: Path = FILE) -> str:
    """Return what the file is known by."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def are_loaded() -> bool:
    """Tell whether the table holds the towns of the file."""
    return TownFile.objects.filter(digest=digest_file()).exists()


@transaction.atomic
def load_towns() -> int:
    """Put the towns of the file into the table and return how many there are; those of an older file are brought up to date.

    A second call finds them there and returns 0. A town that the new file lacks stays, because meetups may be in it. Two
    processes at once do no harm: they write the same.
    """
    if are_loaded():
        return 0
    columns = read_columns()
    number = _insert(Town, COLUMNS, read_towns(columns), known_by="geonames_id")
    TownName.objects.all().delete()
    _insert(TownName, NAME_COLUMNS, read_names(columns))
    TownFile.objects.all().delete()
    TownFile.objects.create(digest=digest_file(), loaded_at=clock.now())
    return number


def _insert(model: type[models.Model], columns: tuple[str, ...], rows: Iterable[tuple], *, known_by: str = "") -> int:
    """Write rows by hand, not by bulk_create: the first start waits for this, and it takes a quarter of the time.

    A row that is there already is overwritten where `known_by` names the column that says so, else passed over.
    """
    row = "(" + ", ".join(["%s"] * len(columns)) + ")"
    table = connection.ops.quote_name(model._meta.db_table)
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES "  # noqa: S608 - our own names only
    overwrite = ", ".join(f"{name} = excluded.{name}" for name in columns if name != known_by)
    conflict = f" ON CONFLICT ({known_by}) DO UPDATE SET {overwrite}" if known_by else " ON CONFLICT DO NOTHING"
    number, left = 0, iter(rows)
    with connection.cursor() as cursor:
        while batch := list(islice(left, MOST_VALUES // len(columns))):
            values = [value for values in batch for value in values]
            cursor.execute(insert + ", ".join([row] * len(batch)) + conflict, values)
            number += len(batch)
    return number
