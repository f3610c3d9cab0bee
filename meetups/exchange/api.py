"""The read API, /api/v1/: for programs with a token of an organizer. Nothing here changes anything but a token's last use."""

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Annotated, Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Query
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from hosts.models import Campaign
from meetups.access.public_url import full_url
from meetups.access.rate_limit import client_ip, seconds_left, too_many
from meetups.campaigns.figures import campaign_totals
from meetups.exchange.schemas import (
    CampaignAnswer,
    ErrorAnswer,
    EventAnswer,
    EventPage,
    RecapAnswer,
    RecapPage,
    TotalsAnswer,
    campaign_answer,
    event_answer,
    recap_answer,
    totals_answer,
)
from meetups.exchange.tokens import read_token
from meetups.models import ApiToken, Meetup, Recap
from meetups.models.meetup import MeetupQuerySet
from meetups.recaps.public_view import make_broadside, make_broadsides

WINDOW = 60
# Requests in a minute: with one token, and without a good one from one address.
PER_TOKEN, PER_STRANGER = 120, 30
MOST_ITEMS = 100
CODES = {400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 429: "too_many"}
FAILURES: dict[int, Any] = {code: ErrorAnswer for code in (400, 401, 403, 404, 429)}


class TooMany(HttpError):
    """More requests than a token, or somebody without one, has in a minute."""

    def __init__(self) -> None:
        super().__init__(429, "Too many requests. Please go on after the seconds in Retry-After.")


class Token(HttpBearer):
    """Reads `Authorization: Bearer longtable_…`."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        row = read_token(token)
        if row is not None and too_many("api", str(row.pk), limit=PER_TOKEN, seconds=WINDOW):
            raise TooMany
        return row


api = NinjaAPI(
    title="Longtable",
    version="1.0.0",
    description="Reads one campaign: its evenings, totals and public recaps. Never a guest's name, never a street.",
    auth=Token(),
    urls_namespace="api",
    docs_url=None,
    openapi_url="openapi.json",
)
Limit = Annotated[int, Query(ge=1, le=MOST_ITEMS, description="Items on a page.")]
Cursor = Annotated[str, Query(max_length=100, description="Where the page begins; the answer before has it in `next`.")]


@api.get("campaigns", response={200: list[CampaignAnswer], **FAILURES}, url_name="api_campaigns", operation_id="campaigns")
def campaigns(request: HttpRequest) -> list[CampaignAnswer]:
    """The campaign of the token."""
    return [campaign_answer(_token(request).campaign)]


@api.get("totals", response={200: TotalsAnswer, **FAILURES}, url_name="api_totals", operation_id="totals")
def totals(request: HttpRequest) -> TotalsAnswer:
    """Sums over the published evenings of the campaign."""
    return totals_answer(campaign_totals(_token(request, ApiToken.Scope.TOTALS).campaign))


@api.get("events", response={200: EventPage, **FAILURES}, url_name="api_events", operation_id="events")
def events(
    request: HttpRequest,
    cursor: Cursor = "",
    limit: Limit = 50,
    starts_after: datetime | None = None,
    starts_before: datetime | None = None,
) -> EventPage:
    """Published and canceled evenings, in the order in which they were begun."""
    campaign = _token(request, ApiToken.Scope.EVENTS).campaign
    rows = _evenings(campaign)
    if starts_after:
        rows = rows.filter(starts_at__gte=_aware(starts_after))
    if starts_before:
        rows = rows.filter(starts_at__lt=_aware(starts_before))
    pks, following = _page(rows, cursor, limit)
    return EventPage(items=_answers(campaign, pks), next=_next(request, following))


@api.get("events/{slug:code}", response={200: EventAnswer, **FAILURES}, url_name="api_event", operation_id="event")
def event(request: HttpRequest, code: str) -> EventAnswer:
    """One evening."""
    campaign = _token(request, ApiToken.Scope.EVENTS).campaign
    return _answers(campaign, [get_object_or_404(_evenings(campaign).only("pk"), code=code).pk])[0]


@api.get("recaps", response={200: RecapPage, **FAILURES}, url_name="api_recaps", operation_id="recaps")
def recaps(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> RecapPage:
    """Public recaps, as everybody reads them."""
    pks, following = _page(_recaps(request), cursor, limit)
    rows = list(Recap.objects.with_meetup().filter(pk__in=pks).order_by("pk"))
    items = [recap_answer(row, shown) for row, shown in zip(rows, make_broadsides(rows), strict=True)]
    return RecapPage(items=items, next=_next(request, following))


@api.get("recaps/{slug:slug}", response={200: RecapAnswer, **FAILURES}, url_name="api_recap", operation_id="recap")
def recap(request: HttpRequest, slug: str) -> RecapAnswer:
    """One public recap."""
    row = get_object_or_404(_recaps(request).with_meetup(), slug=slug)
    return recap_answer(row, make_broadside(row))


def _token(request: HttpRequest, scope: ApiToken.Scope | None = None) -> ApiToken:
    """Return the token of the request. Raises HttpError where it may not read this, or not any more."""
    token: ApiToken = request.auth  # type: ignore[attr-defined] # set by ninja
    if scope == ApiToken.Scope.EVENTS and token.campaign.has_ended:
        raise HttpError(403, "This campaign has ended: only its totals and its public recaps are left to read.")
    if scope is not None and scope not in token.scopes:
        raise HttpError(403, f"This token may not read {scope.value}.")
    return token


def _evenings(campaign: Campaign) -> MeetupQuerySet:
    return Meetup.objects.for_campaign(campaign).exclude(status=Meetup.Status.DRAFT)


def _recaps(request: HttpRequest) -> Any:
    campaign = _token(request, ApiToken.Scope.RECAPS).campaign
    return Recap.objects.public().filter(meetup__campaign=campaign)


def _answers(campaign: Campaign, pks: list[int]) -> list[EventAnswer]:
    """Return these evenings of the campaign with their counts. Two queries."""
    counted = Meetup.objects.filter(pk__in=pks).with_guest_counts().with_num_children(campaign)
    rows = counted.select_related("host").order_by("pk")
    recaps = dict(Recap.objects.public().order_by().filter(meetup__in=pks).values_list("meetup", "slug"))
    return [event_answer(row, recaps.get(row.pk)) for row in rows]


def _page(rows: Any, cursor: str, limit: int) -> tuple[list[int], str]:
    """Return the keys of a page and the cursor of the next one, empty where there is none. Counts come later, for these alone."""
    after = _read_cursor(cursor)
    pks = list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[: limit + 1])
    return pks[:limit], _make_cursor(pks[limit - 1]) if len(pks) > limit else ""


def _make_cursor(pk: int) -> str:
    return base64.urlsafe_b64encode(f"after:{pk}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _colon, number = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").partition(":")
    except (binascii.Error, ValueError):
        word, number = "", ""
    if word != "after" or not number.isdecimal() or len(number) > 18:
        raise HttpError(400, "cursor: take it from `next` as it is.")
    return int(number)


def _next(request: HttpRequest, cursor: str) -> str | None:
    asked = {name: value for name, value in request.GET.items() if name != "cursor"}
    return full_url(f"{request.path}?{urlencode(asked | {'cursor': cursor})}") if cursor else None


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise HttpError(400, "Please give the moment with its zone, like 2026-11-30T19:00:00Z.")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise HttpError(400, "This moment is outside the years that a calendar has.") from None


# Errors --------------------------------------------------------------------------------------------------------------


def _error(status: int, message: str) -> JsonResponse:
    response = JsonResponse({"error": {"code": CODES.get(status, "error"), "message": message}}, status=status)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if status == 429:
        response["Retry-After"] = str(seconds_left(WINDOW))
    return response


@api.exception_handler(AuthenticationError)
def _no_token(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    # Whoever sends none at all is limited as well.
    if too_many("api-wrong", client_ip(request), limit=PER_STRANGER, seconds=WINDOW):
        return _refused(request, TooMany())
    return _error(401, "Please send a token that is good: Authorization: Bearer longtable_…")


@api.exception_handler(HttpError)
def _refused(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _error(error.status_code, str(error))


@api.exception_handler(ValidationError)
def _not_valid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    said = "; ".join(f"{problem['loc'][-1]}: {problem['msg']}" for problem in error.errors)
    return _error(400, said)


@api.exception_handler(Http404)
def _not_there(request: HttpRequest, error: Http404) -> HttpResponse:
    return nothing(request)


@csrf_exempt
def nothing(request: HttpRequest) -> HttpResponse:
    """Answer whatever else is asked for below /api/."""
    return _error(404, "There is nothing here. The description is at /api/v1/openapi.json.")


def _answering_json(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer a method that is not taken in JSON too, and let no answer be kept by a proxy."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code == 405:
            allowed = response["Allow"]
            response = _error(405, f"Only {allowed} here: this API reads.")
            response["Allow"] = allowed
        patch_cache_control(response, no_store=True)
        return response

    return wrapper


def api_urls() -> tuple[list[Any], str, str]:
    """Return what `path` takes for the addresses of the API."""
    patterns, app, namespace = api.urls
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = nothing if pattern.name == "api-root" else _answering_json(pattern.callback)
    return patterns, app, namespace
