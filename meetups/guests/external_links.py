"""Links that pass a meetup or its address to another site's calendar or map.

They are on a page of their own, for a guest with a seat. Nothing is requested from the other site before the guest follows one
(R107), and none contains a link of ours (R68).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _

from meetups.access.visibility import Place, place_for_guest
from meetups.models import Guest, Meetup
from meetups.text.clean import clean_line


@dataclass(frozen=True)
class OutLink:
    """A link to another site, and the name of that site."""

    name: str
    href: str


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _facts(meetup: Meetup, place: Place) -> tuple[str, str, str]:
    """Return title, description and place for another calendar: as in the calendar file, without a link."""
    words = _("Everything else stands behind your link, in the letters from %(host)s.") % {"host": clean_line(str(meetup.host))}
    return clean_line(meetup.title), words, clean_line(place.one_line)


def calendar_links(guest: Guest) -> list[OutLink]:
    """Return links that open the meetup as a new entry in calendars on the web."""
    meetup = guest.meetup
    title, words, place = _facts(meetup, place_for_guest(guest))
    starts, ends = meetup.start, meetup.end
    google = {"action": "TEMPLATE", "text": title, "dates": f"{_stamp(starts)}/{_stamp(ends)}", "ctz": meetup.zone}
    google |= {"details": words, "location": place}
    outlook = {"path": "/calendar/action/compose", "rru": "addevent", "subject": title, "body": words, "location": place}
    outlook |= {"startdt": f"{starts.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "enddt": f"{ends.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    yahoo = {"v": "60", "title": title, "st": _stamp(starts), "et": _stamp(ends), "desc": words, "in_loc": place}
    return [
        OutLink("Google Calendar", _address("https://calendar.google.com/calendar/render", google)),
        OutLink("Outlook", _address("https://outlook.live.com/calendar/0/deeplink/compose", outlook)),
        OutLink("Yahoo", _address("https://calendar.yahoo.com/", yahoo)),
    ]


def map_links(place: Place) -> list[OutLink]:
    """Return links that open an exact place in a map: the phone's own first, then those on the web."""
    where = clean_line(place.one_line)
    return [
        OutLink(_("The map on this phone"), f"geo:0,0?q={quote(where)}"),
        OutLink("OpenStreetMap", _address("https://www.openstreetmap.org/search", {"query": where})),
        OutLink("Google Maps", _address("https://www.google.com/maps/search/", {"api": "1", "query": where})),
        OutLink("Apple Maps", _address("https://maps.apple.com/", {"q": where})),
    ]


def _address(page: str, asked: dict[str, str]) -> str:
    # Not every calendar reads a plus sign as a space.
    return f"{page}?{urlencode(asked, quote_via=quote)}"
