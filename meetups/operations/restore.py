"""After a restore: letters that the backup has as owed may have been sent since. They wait until staff decides (R118)."""

from datetime import timedelta

from django.db.models import Max, Q

# Reasons are stored in English and translated by the page that shows them.
from django.utils.translation import gettext_noop as _

from meetups.dispatch.claim import release_leases
from meetups.dispatch.relay_state import pause_outbox
from meetups.models import Delivery
from meetups.outbox.fan_out import fan_out_due
from meetups.outbox.queue import withdraw_deliveries
from meetups.times import clock

MAY_HAVE_LEFT = _("This was owed in a backup: it may have left since that was made.")
ALL_OF_THEM = 1_000_000


def mark_overdue() -> int:
    """Pause the outbox and mark every overdue letter, also those of mailings that are due by now; return how many.

    A second call marks what has become due since. Letters that are due later are not marked, except those of a mailing that
    fans out only now: quiet hours may have moved them to the morning, though they were sent before. Call it while no worker
    runs.
    """
    pause_outbox()
    # The workers that held these leases are gone, whatever their end says.
    leased = Delivery.objects.filter(state=Delivery.State.SENDING)
    may_have_left = Q(pk__in=list(leased.values_list("pk", flat=True)))
    leased.update(lease_until=clock.now() - timedelta(minutes=1))
    release_leases()
    newest = Delivery.objects.aggregate(pk=Max("pk"))["pk"] or 0
    fan_out_due(limit=ALL_OF_THEM)
    may_have_left |= Q(next_try_at__lte=clock.now()) | Q(pk__gt=newest, mailing__isnull=False)
    return Delivery.objects.pending().filter(may_have_left).update(last_words=MAY_HAVE_LEFT)


def withdraw_marked() -> int:
    """Withdraw every letter that mark_overdue marked; return how many. A second call finds none. The outbox stays paused."""
    return withdraw_deliveries(Delivery.objects.filter(last_words=MAY_HAVE_LEFT), reason=MAY_HAVE_LEFT)
