"""What everything is measured against: one query and one template; a lock, a count and an insert."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.csrf import csrf_exempt

from bench.bare.models import Answer, Evening


def page(request: HttpRequest, code: str) -> HttpResponse:
    """Show one row in a small template that weighs about what the meetup's page does."""
    return render(request, "bare/page.html", {"evening": get_object_or_404(Evening, code=code)})


@csrf_exempt
def answer(request: HttpRequest, code: str) -> HttpResponse:
    """Give a seat under the lock of the row, or a place in line."""
    with transaction.atomic():
        evening = Evening.objects.select_for_update().get(code=code)
        has_room = evening.answers.filter(rsvp="yes").count() < evening.seats
        Answer.objects.create(evening=evening, name=request.POST["name"], rsvp="yes" if has_room else "waiting")
    return HttpResponseRedirect(request.path, status=303)
