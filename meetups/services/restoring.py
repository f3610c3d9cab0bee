"""After a backup was restored: what it calls owed may have left since it was made. Nothing goes until somebody says so (R118)."""

from datetime import timedelta

from django.db.models import Max, Q

# The reason is kept in English and translated by whoever shows it.
from django.utils.translation import gettext_noop as _

from meetups import clock
from meetups.models import Delivery
from meetups.services.delivery import withdraw_deliveries
from meetups.services.mailing import fan_out_due
from meetups.services.sending import pause_outbox, release_leases

MAY_HAVE_LEFT = _("This was owed in a backup: it may have left since that was made.")
ALL_OF_THEM = 1_000_000


def hold_letters() -> int:
    """Stop the outbox and mark every letter that is overdue, those too that a mailing owes by now; return how many.

    A second call marks what has fallen due since. Letters whose hour is to come stay as they are, but for those that a mailing
    of before owes only now: by night they wait for the morning, and may have left all the same. Call it while no worker runs.
    """
    pause_outbox()
    # No worker of the backup lives, however long its leases still run.
    in_hand = Delivery.objects.filter(state=Delivery.State.SENDING)
    may_have_left = Q(pk__in=list(in_hand.values_list("pk", flat=True)))
    in_hand.update(lease_until=clock.now() - timedelta(minutes=1))
    release_leases()
    newest = Delivery.objects.aggregate(pk=Max("pk"))["pk"] or 0
    fan_out_due(limit=ALL_OF_THEM)
    may_have_left |= Q(next_try_at__lte=clock.now()) | Q(pk__gt=newest, mailing__isnull=False)
    return Delivery.objects.pending().filter(may_have_left).update(last_words=MAY_HAVE_LEFT)


def withdraw_held() -> int:
    """Take back every letter that hold_letters marked; return how many. A second call finds none. The outbox stays stopped."""
    return withdraw_deliveries(Delivery.objects.filter(last_words=MAY_HAVE_LEFT), reason=MAY_HAVE_LEFT)
