"""Load the towns from the file that script/towns makes: names, coarse places and zones from GeoNames, CC BY 4.0."""

import gzip
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from django.db import connection, transaction

from meetups.models.town import Town, fold_name

FILE = Path(__file__).resolve().parent / "data" / "towns.tsv.gz"
COLUMNS = ("geonames_id", "name", "search_name", "region", "country", "latitude", "longitude", "zone", "population")
# Older SQLite takes at most 999 values in one statement.
BATCH = 999 // len(COLUMNS)


def read_towns(file: Path = FILE) -> Iterator[tuple]:
    """Yield the values of COLUMNS for each line of the file that is not a comment."""
    with gzip.open(file, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            if line.startswith("#"):
                continue
            number, name, region, country, latitude, longitude, zone, population = line.rstrip("\n").split("\t")
            place = float(latitude), float(longitude)
            yield int(number), name, fold_name(name), region, country, *place, zone, int(population)


@transaction.atomic
def load_towns() -> int:
    """Put all towns into the table and return how many were put there. A second call finds them there and returns 0.

    Two processes at once do no harm: a town that is already there is passed over.
    """
    if Town.objects.exists():
        return 0
    # Rows by hand, not bulk_create: the first start waits for this, and it takes a quarter of the time.
    row = "(" + ", ".join(["%s"] * len(COLUMNS)) + ")"
    table = connection.ops.quote_name(Town._meta.db_table)
    insert = f"INSERT INTO {table} ({', '.join(COLUMNS)}) VALUES "  # noqa: S608 - our own names only
    number, rows = 0, read_towns()
    with connection.cursor() as cursor:
        while batch := list(islice(rows, BATCH)):
            values = [value for town in batch for value in town]
            cursor.execute(insert + ", ".join([row] * len(batch)) + " ON CONFLICT DO NOTHING", values)
            number += cursor.rowcount
    return number
