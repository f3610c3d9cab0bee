"""What the API answers, with names of OSDI (opensupporter.github.io/osdi-docs) where there are any. Counts of people below five
are "<5"; there is no field for a guest's name, an address or a street."""

from datetime import date, datetime
from typing import Any, Literal

from ninja import Field, Schema

from hosts.models import Campaign
from meetups.access.public_url import full_url
from meetups.models import Meetup, Recap
from meetups.recaps.public_view import Broadside
from meetups.text.counts import FEW, at_least_five
from meetups.webhooks.events import public_title

ORIGIN = "longtable"
Count = int | Literal["<5"]
# OSDI's words for our states.
STATUSES: dict[str, Literal["confirmed", "cancelled"]] = {"published": "confirmed", "canceled": "cancelled"}


class ErrorBody(Schema):
    code: str = Field(description="A word for programs: bad_request, unauthorized, forbidden, not_found, too_many, …")
    message: str = Field(description="A sentence for people.")


class ErrorAnswer(Schema):
    error: ErrorBody


class CampaignAnswer(Schema):
    id: str
    identifiers: list[str]
    title: str
    description: str = Field(description="The call.")
    browser_url: str
    created_date: datetime


class Location(Schema):
    locality: str = Field(description="The town. There is never a street.")
    region: str
    country: str


class GuestCounts(Schema):
    invited: Count
    yes: Count
    maybe: Count
    waiting: Count
    came: Count


class EventAnswer(Schema):
    id: str
    identifiers: list[str]
    title: str = Field(description="Empty where the host wrote a part of the address into it.")
    status: Literal["confirmed", "cancelled"]
    visibility: Meetup.Visibility
    start_date: datetime
    end_date: datetime
    timezone: str
    capacity: int
    location: Location
    total_accepted: Count
    guests: GuestCounts
    led_to: int = Field(description="Published evenings that began from the link of this one.")
    recap: str | None = Field(description="The id of its public recap.")
    browser_url: str | None = Field(description="Missing for a private evening.")
    created_date: datetime


class EventPage(Schema):
    items: list[EventAnswer]
    next: str | None = Field(description="The address of the next page, where there is one.")


class RecapAnswer(Schema):
    id: str
    identifiers: list[str]
    event: str
    question: str
    text: str
    agree: str
    differ: str
    still_open: str
    sentences: list[str] = Field(description="What guests agreed to show to everybody, without their names.")
    area: str
    month: date
    language: str
    book_title: str
    book_author: str
    browser_url: str
    published_date: datetime


class RecapPage(Schema):
    items: list[RecapAnswer]
    next: str | None


class TotalsAnswer(Schema):
    meetups: int
    upcoming: int
    held: int
    seats: int
    recaps: int
    recaps_missing: int
    led: int = Field(description="Evenings that led to others.")
    children: int = Field(description="Evenings that these led to.")
    coming: Count
    invited: Count
    acted: Count
    yes: Count
    confirmed: Count
    came: Count
    contributed: Count
    could_host: Count


def _count(number: int) -> Count:
    few_or_number = at_least_five(number)
    return "<5" if few_or_number == FEW else number


def campaign_answer(campaign: Campaign) -> CampaignAnswer:
    return CampaignAnswer(
        id=campaign.slug,
        identifiers=[f"{ORIGIN}:{campaign.slug}"],
        title=campaign.name,
        description=campaign.call,
        browser_url=full_url(campaign.get_absolute_url()),
        created_date=campaign.created_at,
    )


def event_answer(meetup: Meetup, recap: str | None) -> EventAnswer:
    """Return an evening that comes with its counts and num_children, and the slug of its public recap."""
    counts = GuestCounts(
        invited=_count(meetup.num_invited),
        yes=_count(meetup.num_yes),
        maybe=_count(meetup.num_maybe),
        waiting=_count(meetup.num_waiting),
        came=_count(meetup.num_came),
    )
    is_open = meetup.visibility != Meetup.Visibility.PRIVATE
    return EventAnswer(
        id=meetup.code,
        identifiers=[f"{ORIGIN}:{meetup.code}"],
        title=public_title(meetup),
        status=STATUSES[meetup.status],
        visibility=Meetup.Visibility(meetup.visibility),
        start_date=meetup.start,
        end_date=meetup.end,
        timezone=meetup.zone,
        capacity=meetup.num_seats,
        location=Location(locality=meetup.town_name, region=meetup.region, country=meetup.country),
        total_accepted=counts.yes,
        guests=counts,
        led_to=meetup.num_children,
        recap=recap,
        browser_url=full_url(meetup.get_absolute_url()) if is_open else None,
        created_date=meetup.created_at,
    )


def recap_answer(recap: Recap, shown: Broadside) -> RecapAnswer:
    return RecapAnswer(
        id=recap.slug,
        identifiers=[f"{ORIGIN}:{recap.slug}"],
        event=recap.meetup.code,
        question=shown.question,
        text=shown.text,
        agree=shown.agree,
        differ=shown.differ,
        still_open=shown.still_open,
        sentences=shown.sentences,
        area=shown.area,
        month=shown.month,
        language=shown.language,
        book_title=shown.book.title if shown.book else "",
        book_author=shown.book.author if shown.book else "",
        browser_url=full_url(recap.get_absolute_url()),
        published_date=recap.published_at or recap.updated_at,
    )


def totals_answer(totals: dict[str, int]) -> TotalsAnswer:
    people = ("coming", "invited", "acted", "yes", "confirmed", "came", "contributed", "could_host")
    plain = ("meetups", "upcoming", "held", "recaps", "recaps_missing", "led", "children")
    values: dict[str, Any] = {name: totals[name] for name in plain} | {name: _count(totals[name]) for name in people}
    return TotalsAnswer(seats=totals["table_seats"], **values)
