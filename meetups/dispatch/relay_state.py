"""The state of the relay as a whole: resting after an error of its own, failing for a while, and the outbox paused by staff."""

import logging
from datetime import datetime, timedelta

from hosts.database.errors import passing_over_locked
from meetups.models import Heartbeat
from meetups.outbox.circuit_breaker import resume_invitations
from meetups.outbox.wake_worker import poke_worker
from meetups.times import clock

logger = logging.getLogger(__name__)
RELAY_DOWN, RELAY_FAILING = "relay_down", "relay_failing"
RELAY_REST = timedelta(seconds=60)
# A relay that nobody has tried for so long may be well again.
TRIED_LATELY = timedelta(minutes=10)
PAUSED = "outbox_paused"


def rest_relay() -> datetime:
    """Keep all workers from the relay for a minute, and return when that ends."""
    now = clock.now()
    until = now + RELAY_REST
    with passing_over_locked():
        Heartbeat.objects.update_or_create(name=RELAY_DOWN, defaults={"at": until})
        Heartbeat.objects.get_or_create(name=RELAY_FAILING, defaults={"at": now})
    logger.warning("the relay takes no letters now; all wait for %d s", RELAY_REST.total_seconds())
    return until


def relay_is_resting() -> bool:
    """Tell whether the relay failed less than a minute ago. A clock that was set back ends the rest."""
    now = clock.now()
    return Heartbeat.objects.filter(name=RELAY_DOWN, at__gt=now, at__lte=now + RELAY_REST).exists()


def note_relay_works() -> None:
    """Record that the relay answered a letter. A second call changes nothing."""
    with passing_over_locked():
        Heartbeat.objects.filter(name=RELAY_FAILING).delete()


def failing_for() -> timedelta:
    """Return for how long the relay has taken no letter; nothing where it does, or where it was not tried lately."""
    now = clock.now()
    since = dict(Heartbeat.objects.filter(name__in=[RELAY_DOWN, RELAY_FAILING]).values_list("name", "at"))
    if RELAY_FAILING not in since or since.get(RELAY_DOWN, now) < now - TRIED_LATELY:
        return timedelta()
    return max(timedelta(), now - since[RELAY_FAILING])


def pause_outbox() -> None:
    """Pause the outbox until `resume_outbox`; leased rows are still sent. A second call changes nothing."""
    Heartbeat.objects.get_or_create(name=PAUSED, defaults={"at": clock.now()})


def resume_outbox() -> None:
    """Resume the outbox and release paused invitations too. A second call changes nothing."""
    resume_invitations()
    Heartbeat.objects.filter(name=PAUSED).delete()
    poke_worker()


def outbox_is_paused() -> bool:
    return Heartbeat.objects.filter(name=PAUSED).exists()
