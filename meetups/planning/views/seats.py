"""Pages of a host who has fewer seats than are taken: choosing who moves to the waiting list, and taking that back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from meetups.access.permissions import host_required
from meetups.access.rate_limit import too_many
from meetups.exceptions import MeetupError
from meetups.models import Guest, Meetup
from meetups.planning.forms.seats import SeatsForm
from meetups.planning.seat_words import say_names
from meetups.planning.services.change import SOON
from meetups.planning.services.seats import lower_seats, restore_seats, seated_guests
from meetups.times import clock

# Each lowering may mail a table of guests (R87).
LOWERING_AN_HOUR = 20


@host_required
def lower(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """GET asks who moves to the waiting list, for the number of seats in `?seats=`; POST moves them."""
    if not meetup.takes_answers:
        messages.info(request, _("Seats can be taken away from publication until the evening begins."))
        return redirect("host_desk", meetup.code)
    guests = seated_guests(meetup)
    asked = request.GET.get("seats", "")
    seats = int(asked) if asked.isdecimal() and len(asked) < 4 else meetup.num_seats
    form = SeatsForm(request.POST or None, guests=guests, initial={"seats": seats})
    if request.method == "POST" and form.is_valid():
        if too_many("lower-seats", str(request.user.pk), limit=LOWERING_AN_HOUR, seconds=3600):
            form.add_error(None, _("Those were many changes in one hour. Please wait a little."))
        else:
            try:
                moved = lower_seats(meetup, seats=form.cleaned_data["seats"], moved=form.chosen)
                messages.success(request, say_moved(moved))
                return redirect("host_desk", meetup.code)
            except MeetupError as refusal:
                form.add_error("moved" if guests else "seats", str(refusal))
    context = {
        "form": form,
        "meetup": meetup,
        "num_taken": sum(guest.party_size for guest in guests),
        "is_soon": meetup.start - clock.now() < SOON,
    }
    return render(request, "planning/seats.html", context)


def say_moved(moved: list[Guest]) -> str:
    """Return what became of those who were moved; that their letters can still be stopped is on the desk."""
    if not moved:
        return _("Saved. Nobody had to move, and nobody is mailed about it.")
    words = ngettext(
        "%(names)s has moved to the waiting list and hears of it by a letter.",
        "%(names)s have moved to the waiting list and hear of it, each by a letter.",
        len(moved),
    )
    said = [words % {"names": say_names(moved)}]
    if unmailed := [guest for guest in moved if not guest.email]:
        said.append(_("No letter reaches %(names)s, so please call.") % {"names": say_names(unmailed)})
    return " ".join(said)


@require_POST
@host_required
def restore(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Give those who were moved their seats again."""
    try:
        back = restore_seats(meetup)
    except MeetupError as refusal:
        messages.error(request, str(refusal))
    else:
        if back:
            words = _("Taken back: %(names)s, in their seats again, and nobody was written to.")
            messages.success(request, words % {"names": say_names(back)})
    return redirect("host_desk", meetup.code)
