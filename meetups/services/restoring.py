"""After a backup was restored: what it calls owed may have left since it was made. Nothing goes until somebody says so (R118)."""

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

    A second call marks what has fallen due since. Letters whose hour is to come stay as they are.
    """
    pause_outbox()
    release_leases()
    fan_out_due(limit=ALL_OF_THEM)
    return Delivery.objects.pending().filter(next_try_at__lte=clock.now()).update(last_words=MAY_HAVE_LEFT)


def withdraw_held() -> int:
    """Take back every letter that hold_letters marked; return how many. A second call finds none. The outbox stays stopped."""
    return withdraw_deliveries(Delivery.objects.filter(last_words=MAY_HAVE_LEFT), reason=MAY_HAVE_LEFT)
