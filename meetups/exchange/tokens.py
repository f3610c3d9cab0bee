"""API tokens: made, shown once, read from a request, revoked."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from hosts.models import Campaign, Organizer, User
from meetups.exceptions import MeetupError
from meetups.models import ApiToken
from meetups.times import clock

PREFIX = "longtable_"
MOST_TOKENS = 20
# A use is written down so often at most.
NOTED_EVERY = timedelta(minutes=1)


def _digest(token: str) -> str:
    # 256 random bits need no slow hash.
    return hashlib.sha256(token.encode()).hexdigest()


def good_tokens() -> QuerySet[ApiToken]:
    """Return the tokens that open something: not revoked, not past their end, of somebody who may make one still."""
    leads = Organizer.objects.filter(campaign=OuterRef("campaign"), user=OuterRef("user"), role__in=Organizer.LEADING)
    rows = ApiToken.objects.filter(revoked_at=None, ends_at__gt=clock.now(), user__is_active=True)
    return rows.filter(Exists(leads)).select_related("campaign")


@transaction.atomic
def make_token(campaign: Campaign, *, by: User, name: str, scopes: list[str], days: int, form_key: str) -> tuple[ApiToken, str]:
    """Return a new token's row and the token itself, which nobody can read again.

    A second call with the same `form_key` returns the first row and an empty text. Raises MeetupError where the campaign has as
    many as it may, and for the key of another campaign's form.
    """
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    made = ApiToken.objects.filter(form_key=form_key).first()
    if made is not None:
        if made.campaign_id != campaign.pk:
            raise MeetupError(_("Please load this page again."))
        return made, ""
    if good_tokens().filter(campaign=campaign).count() >= MOST_TOKENS:
        raise MeetupError(_("A campaign has twenty tokens at most. Revoke one that is not needed any more."))
    token, now = PREFIX + secrets.token_urlsafe(32), clock.now()
    row = ApiToken.objects.create(
        campaign=campaign,
        user=by,
        name=name,
        scopes=scopes,
        digest=_digest(token),
        form_key=form_key,
        created_at=now,
        ends_at=now + timedelta(days=days),
    )
    return row, token


def read_token(token: str) -> ApiToken | None:
    """Return the good token's row with its campaign, and note that it was used; None for any other text."""
    if not token.startswith(PREFIX):
        return None
    row = good_tokens().filter(digest=_digest(token)).first()
    if row is not None:
        now = clock.now()
        if row.last_used_at is None or not now - NOTED_EVERY < row.last_used_at <= now:
            ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)
    return row


def revoke_token(row: ApiToken) -> None:
    """End a token at once. A second call changes nothing."""
    ApiToken.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=clock.now())
