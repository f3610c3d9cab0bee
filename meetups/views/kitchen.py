"""One page for the fridge of the host: who comes, how many to lay for, who brings what, what somebody does not eat."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from meetups import when
from meetups.desk import company_of
from meetups.models import Meetup
from meetups.permissions import host_required
from meetups.potluck import lacks_words, list_words


@require_safe
@host_required
def kitchen_print(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Show the page that is printed; a draft has nobody to lay for yet."""
    if meetup.is_draft:
        return redirect("host_desk", meetup.code)
    company = company_of(meetup)
    dishes = list(meetup.dishes.select_related("guest").in_order())
    free = [dish for dish in dishes if dish.guest_id is None]
    context = {
        "meetup": meetup,
        "company": company,
        "until": when.clock_words(meetup.ends_at, meetup.zone),
        "taken": [dish for dish in dishes if dish.guest_id is not None],
        "lacks": list_words(lacks_words((dish.kind, dish.remark) for dish in free)),
    }
    return render(request, "host/kitchen_print.html", context)
