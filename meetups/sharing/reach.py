"""What a recap led to: numbers of readers, copies and meetups, and nobody's name."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from meetups.models import Meetup, Recap
from meetups.times import clock


@dataclass(frozen=True)
class LedTo:
    """Readers of a recap, drafts copied from it, meetups published from those, and how many of these have been held."""

    num_readers: int
    num_copies: int
    num_tables: int
    num_held: int

    @property
    def num_to_come(self) -> int:
        return self.num_tables - self.num_held


def led_to(recap: Recap) -> LedTo:
    """Return what this recap led to so far. Two queries."""
    is_published = Q(status=Meetup.Status.PUBLISHED)
    counts = Meetup.objects.filter(parent=recap.meetup_id).aggregate(
        num_copies=Count("pk"),
        num_tables=Count("pk", filter=is_published),
        num_held=Count("pk", filter=is_published & Q(ends_at__lte=clock.now())),
    )
    return LedTo(num_readers=recap.reader_counts.aggregate(n=Sum("num_readers"))["n"] or 0, **counts)
