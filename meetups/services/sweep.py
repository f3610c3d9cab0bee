"""The sweep: look at the database and do what is due. The worker runs it every few seconds, `manage.py deliver` by hand."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from billiard.exceptions import SoftTimeLimitExceeded

from meetups import clock
from meetups.models import Heartbeat
from meetups.services.breaker import watch_invitations
from meetups.services.guest import lapse_offers
from meetups.services.lanes import deliver_in_lanes
from meetups.services.mailing import fan_out_due
from meetups.services.mine import answer_link_requests
from meetups.services.pictures import make_sizes
from meetups.services.readers import fold_readers
from meetups.services.sending import never
from meetups.services.showing import publish_due

logger = logging.getLogger(__name__)

HEARTBEAT = "sweep"
BEAT_EVERY = timedelta(seconds=10)
STEPS = [watch_invitations, publish_due, fan_out_due, lapse_offers, fold_readers, answer_link_requests]


def sweep(*, seconds: float | None = None, should_stop: Callable[[], bool] = never) -> Counter:
    """Publish recaps whose day has come, fan out due mailings, let offers lapse, write readers down, answer who lost a link,
    deliver, make sizes of photos; return counts of letters by state.

    One step that fails does not keep the others from running: it is logged and counted as "errors". Running twice at once
    or again at once does nothing twice.
    """
    counts: Counter = Counter()
    write_heartbeat()
    for step in STEPS:
        try:
            step()
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            logger.exception("%s failed", step.__name__)
            counts["errors"] += 1
    counts += deliver_in_lanes(seconds=seconds, should_stop=should_stop)
    # Letters first: a photo can be looked at as it came.
    counts += Counter({"pictures": num} if (num := make_sizes(should_stop=should_stop)) else {})
    if counts:
        logger.info("sweep: %s", ", ".join(f"{number} {state}" for state, number in sorted(counts.items())))
    return counts


def write_heartbeat() -> None:
    """Say that the sweep is alive; a row that is seconds old is left alone."""
    now = clock.now()
    rows = Heartbeat.objects.filter(name=HEARTBEAT)
    if rows.filter(at__gt=now - BEAT_EVERY, at__lte=now).exists():
        return
    if not rows.update(at=now):
        Heartbeat.objects.get_or_create(name=HEARTBEAT, defaults={"at": now})
