"""What a recap led to: readers, copies, tables. Numbers only, and nobody's name."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from meetups import clock
from meetups.models import Meetup, Recap


@dataclass(frozen=True)
class LedTo:
    """How far a conversation went: read, copied into drafts, published by other hosts, held."""

    num_readers: int
    num_copies: int
    num_tables: int
    num_held: int

    @property
    def num_to_come(self) -> int:
        return self.num_tables - self.num_held


def led_to(recap: Recap) -> LedTo:
    """Return what this recap led to so far. Two queries."""
    is_on = Q(status=Meetup.Status.PUBLISHED)
    counts = Meetup.objects.filter(parent=recap.meetup_id).aggregate(
        num_copies=Count("pk"),
        num_tables=Count("pk", filter=is_on),
        num_held=Count("pk", filter=is_on & Q(ends_at__lte=clock.now())),
    )
    return LedTo(num_readers=recap.reader_counts.aggregate(n=Sum("num_readers"))["n"] or 0, **counts)
