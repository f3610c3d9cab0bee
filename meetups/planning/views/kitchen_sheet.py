"""The page that a host prints for the kitchen: who comes, how many to lay for, who brings what, and diets."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from meetups.access.permissions import host_required
from meetups.models import Meetup
from meetups.planning.desk import company_of
from meetups.text.dishes import lacks_words, list_words
from meetups.times import words


@require_safe
@host_required
def kitchen_print(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Show the page to print; a draft redirects to the desk."""
    if meetup.is_draft:
        return redirect("host_desk", meetup.code)
    company = company_of(meetup)
    dishes = list(meetup.dishes.select_related("guest").in_order())
    free = [dish for dish in dishes if dish.guest_id is None]
    context = {
        "meetup": meetup,
        "company": company,
        "until": words.clock_words(meetup.end, meetup.zone),
        "taken": [dish for dish in dishes if dish.guest_id is not None],
        "lacks": list_words(lacks_words((dish.kind, dish.remark) for dish in free)),
    }
    return render(request, "planning/kitchen_print.html", context)
