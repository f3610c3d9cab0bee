"""Post what is due: claim under a lease, send, write down what the other side said. At least once, and never in a letter's way:
a task of its own does it, and one webhook has one connection at a time."""

import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_noop as _
from standardwebhooks import Webhook as Signer

from hosts.signin.factor_secrets import decrypt
from meetups.models import Webhook, WebhookPost
from meetups.times import clock
from meetups.webhooks.connection import SECONDS, TOO_SLOW, Answer, post
from meetups.webhooks.events import owe_held
from meetups.webhooks.services import turn_off

logger = logging.getLogger(__name__)
State = WebhookPost.State

# So many webhooks at once, each with one post.
BATCH = 8
# Longer than a try can take, so that a lease ends only with its worker.
LEASE = timedelta(minutes=2)
# Where the name server itself hangs, nobody waits longer than this.
PATIENCE = 2 * SECONDS
# The waits between the tries, as Standard Webhooks proposes them: three days in all.
WAITS = [timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)] + [timedelta(hours=n) for n in (2, 5, 10, 14, 20, 24)]
# After each failure in a row the webhook as a whole rests longer, up to the second, so that its queue is no storm.
REST, LONGEST_REST = timedelta(seconds=30), timedelta(minutes=5)
OFF_AFTER = timedelta(days=3)
ENDED = _("The worker ended while it had this in hand.")


def never() -> bool:
    return False


def send_due(*, seconds: float, should_stop: Callable[[], bool] = never) -> Counter[str]:
    """Post what is due for about so many seconds, and return counts by what became of it. Two calls at once post nothing twice;
    a worker that dies after the other side took it posts it once more, with the same id."""
    began, counts = time.monotonic(), Counter[str]()
    owe_held()
    release_leases()
    # Not closed with `with`, which would wait for a name server that hangs.
    pool = ThreadPoolExecutor(max_workers=BATCH, thread_name_prefix="webhook")
    try:
        while not should_stop() and time.monotonic() - began < seconds and (rows := claim_posts()):
            counts.update(_send(rows, pool))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    if counts:
        logger.info("webhooks: %s", ", ".join(f"{number} {state}" for state, number in sorted(counts.items())))
    return counts


@transaction.atomic
def claim_posts() -> list[WebhookPost]:
    """Lease the oldest due post of up to BATCH webhooks that are on, do not rest, and have none under way, and whose
    campaign has not ended."""
    now, token = clock.now(), secrets.token_hex(16)
    under_way = WebhookPost.objects.filter(webhook=OuterRef("webhook"), state=State.SENDING)
    rested = Q(webhook__rests_until=None) | Q(webhook__rests_until__lte=now)
    going_on = Q(webhook__campaign__ends_at=None) | Q(webhook__campaign__ends_at__gt=now)
    due = WebhookPost.objects.pending().filter(rested, going_on, next_try_at__lte=now, webhook__turned_off_at=None)
    firsts = due.exclude(Exists(under_way)).values("webhook").annotate(first=Min("pk")).order_by("first")[:BATCH]
    pks = [row["first"] for row in firsts]
    if not pks:
        return []
    free = WebhookPost.objects.pending().filter(pk__in=pks).select_for_update(skip_locked=True).values_list("pk", flat=True)
    mine = WebhookPost.objects.filter(pk__in=list(free))
    lease = {"state": State.SENDING, "lease_token": token, "lease_until": now + LEASE}
    mine.pending().update(num_attempts=F("num_attempts") + 1, last_try_at=now, **lease)
    return list(WebhookPost.objects.filter(lease_token=token, state=State.SENDING).select_related("webhook"))


def release_leases() -> int:
    """Queue again what workers had in hand that died; return how many. A second call finds none."""
    ended = WebhookPost.objects.filter(state=State.SENDING, lease_until__lt=clock.now())
    return ended.update(state=State.WAITING, last_words=ENDED, lease_token="", lease_until=None)


def _send(rows: list[WebhookPost], pool: ThreadPoolExecutor) -> Counter[str]:
    """Post these and write down each outcome as it comes. Threads only talk to the other side; the database is ours alone."""
    under_way = {pool.submit(post, row.webhook.url, row.body.encode(), _headers(row)): row for row in rows}
    counts, until = Counter[str](), time.monotonic() + PATIENCE
    while under_way:
        done, _rest = wait(under_way, timeout=max(0.0, until - time.monotonic()), return_when="FIRST_COMPLETED")
        for future in done:
            counts[_settle(under_way.pop(future), future.result())] += 1
        if not done:
            for row in under_way.values():
                counts[_settle(row, Answer(None, TOO_SLOW, int(PATIENCE * 1000)))] += 1
            break
    return counts


def _headers(row: WebhookPost) -> dict[str, str]:
    """Return the headers of one try. The moment is that of the try; the id stays the same."""
    now = clock.now()
    return {
        "Content-Type": "application/json",
        "User-Agent": f"Longtable ({settings.PUBLIC_URL})",
        "Connection": "close",
        "webhook-id": row.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Signer(decrypt(row.webhook.secret)).sign(row.message_id, now, row.body),
    }


@transaction.atomic
def _settle(row: WebhookPost, answer: Answer) -> str:
    """Write down what came of a try and return the post's state; "lost" where the lease had ended meanwhile."""
    now = clock.now()
    state, next_try_at = State.SENT, row.next_try_at
    if not answer.is_taken:
        state, next_try_at = _after_failure(row, answer)
    said = {"last_status": answer.status, "last_words": answer.words, "last_ms": answer.ms}
    finished_at = None if state == State.WAITING else now
    mine = WebhookPost.objects.filter(pk=row.pk, state=State.SENDING, lease_token=row.lease_token)
    free = {"lease_token": "", "lease_until": None}
    if not mine.update(state=state, next_try_at=next_try_at, finished_at=finished_at, **said, **free):
        return "lost"
    webhook = Webhook.objects.filter(pk=row.webhook_id)
    if answer.is_taken:
        webhook.filter(num_failures__gt=0).update(num_failures=0, failing_since=None, rests_until=None)
        return state
    rest = min(REST * (row.webhook.num_failures + 1), LONGEST_REST)
    since = Coalesce("failing_since", now)
    webhook.update(num_failures=F("num_failures") + 1, failing_since=since, rests_until=now + rest)
    if answer.status == 410:
        turn_off(row.webhook, why=Webhook.Off.GONE)
    elif row.webhook.failing_since is not None and now - row.webhook.failing_since >= OFF_AFTER:
        turn_off(row.webhook, why=Webhook.Off.FAILING)
    return state


def _after_failure(row: WebhookPost, answer: Answer) -> tuple[State, datetime]:
    now = clock.now()
    if row.num_attempts > len(WAITS):
        return State.FAILED, now
    wanted = timedelta(seconds=answer.retry_after if answer.status in (429, 503) else 0)
    return State.WAITING, now + max(WAITS[row.num_attempts - 1], wanted)
