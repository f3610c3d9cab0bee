"""The guest list of one evening: searched, and shown by what the guests said."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from meetups.access.permissions import host_required
from meetups.models import Meetup
from meetups.planning.desk import company_of, friends_of, missed_letters
from meetups.planning.guest_search import ASKING, LONGEST_WORDS, groups_of, search


@require_safe
@host_required
def guests(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Show the guests whose names have the words of `q`, in the group of `show`; a group that is not there is everybody."""
    if meetup.is_draft:
        return redirect("host_desk", meetup.code)
    company = company_of(meetup)
    missed = missed_letters(meetup, company.guests)
    words = request.GET.get("q", "").strip()[:LONGEST_WORDS]
    # With those just decided on, who can be asked back for some minutes.
    friends = search(friends_of(meetup), words)
    asking = [guest for guest in friends if guest.awaits_host and guest.refused_at is None]
    groups = groups_of(search(company.guests, words), missed=missed, asking=asking)
    group = next((group for group in groups if group.key == request.GET.get("show", "")), groups[0])
    context = {
        "meetup": meetup,
        "whole": company,
        "company": replace(company, guests=[] if group.key == ASKING else list(group.guests)),
        "friends": friends if group.key in ("", ASKING) else [],
        "missed": missed,
        "groups": groups,
        "group": group,
        "words": words,
    }
    return render(request, "planning/guests.html", context)
