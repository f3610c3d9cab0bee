"""Write down how many people read which recap on which day."""

from datetime import timedelta

from django.core.cache import cache
from django.db import transaction

from meetups import clock
from meetups.models import ReaderCount, Recap
from meetups.readers import numbers_on

EVERY_SECONDS = 60


def fold_readers() -> int:
    """Write the numbers of today and yesterday into rows, at most once a minute; return how many rows changed.

    A number only ever rises, so a cache that forgot loses nothing that was written, and a second call writes nothing.
    """
    if not cache.add("readers:folded", 1, EVERY_SECONDS):
        return 0
    today = clock.now().date()
    return sum(_fold_day(day) for day in (today - timedelta(days=1), today))


@transaction.atomic
def _fold_day(day) -> int:
    numbers = numbers_on(day)
    if not numbers:
        return 0
    known = {row.recap_id: row for row in ReaderCount.objects.filter(day=day, recap__in=numbers)}
    still_there = set(Recap.objects.filter(pk__in=numbers.keys() - known.keys()).values_list("pk", flat=True))
    new = [ReaderCount(recap_id=recap_id, day=day, num_readers=numbers[recap_id]) for recap_id in sorted(still_there)]
    risen = [row for recap_id, row in known.items() if numbers[recap_id] > row.num_readers]
    for row in risen:
        row.num_readers = numbers[row.recap_id]
    ReaderCount.objects.bulk_create(new, ignore_conflicts=True)
    ReaderCount.objects.bulk_update(risen, ["num_readers"])
    return len(new) + len(risen)
