"""Views behind a guest's link with links to calendars and maps of other sites, which nothing follows by itself (R107)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from meetups.access.visibility import place_for_guest
from meetups.guests.external_links import calendar_links, map_links
from meetups.guests.views.link_page import link_page, open_guest
from meetups.models import Guest


@link_page(open_guest)
def calendar(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """Show the calendar file and, before the meetup, calendars on the web; for guests with a seat only (R54)."""
    if not guest.has_seat:
        raise Http404
    links = calendar_links(guest) if guest.meetup.takes_answers else []
    context = {"guest": guest, "meetup": guest.meetup, "token": token, "links": links, "place": place_for_guest(guest)}
    return render(request, "guests/calendar_page.html", context)


@link_page(open_guest)
def map_of(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """Show the address, and maps that open it, to a guest who may know it now (R72)."""
    place = place_for_guest(guest)
    if not place.is_exact:
        raise Http404
    context = {"guest": guest, "meetup": guest.meetup, "token": token, "place": place, "links": map_links(place)}
    return render(request, "guests/map_page.html", context)
