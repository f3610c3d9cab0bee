"""Doors behind a guest's link that lead to calendars and maps elsewhere, by links that only a press follows (R107)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from meetups.models import Guest
from meetups.outlinks import calendar_links, map_links
from meetups.views.links import link_page, open_guest
from meetups.visibility import place_for_guest


@link_page(open_guest)
def calendar(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """Show the file and, while the evening lies ahead, the calendars on the web; for guests with a seat only (R54)."""
    if not guest.has_seat:
        raise Http404
    links = calendar_links(guest) if guest.meetup.takes_answers else []
    context = {"guest": guest, "meetup": guest.meetup, "token": token, "links": links, "place": place_for_guest(guest)}
    return render(request, "guest/calendar_page.html", context)


@link_page(open_guest)
def map_of(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """Show the address and the maps it opens in, to a guest who may know it now (R72)."""
    place = place_for_guest(guest)
    if not place.is_exact:
        raise Http404
    context = {"guest": guest, "meetup": guest.meetup, "token": token, "place": place, "links": map_links(place)}
    return render(request, "guest/map_page.html", context)
