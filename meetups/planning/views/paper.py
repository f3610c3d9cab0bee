"""The papers of an evening: the page where the host chooses, and the PDF."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hosts.requests import SignedInRequest
from meetups.access.permissions import host_required
from meetups.access.rate_limit import too_many
from meetups.exceptions import MeetupError
from meetups.models import Meetup
from meetups.planning.forms.paper import KINDS, PaperForm
from meetups.planning.paper import make_order, names_of, print_papers, seated_guests, size_of_place

PRINTING_AN_HOUR = 60


@require_safe
@host_required
def paper(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Show what can be printed; a draft or a canceled evening redirects to the desk."""
    if refused := _nothing_to_print(request, meetup):
        return refused
    chosen = {"size": size_of_place(meetup), "kinds": [kind for kind, _label in KINDS]}
    return _show(request, meetup, PaperForm(meetup=meetup, initial=chosen))


@require_safe
@host_required
def paper_pdf(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    """Return what was chosen as one PDF; a choice that is none shows the page again. Changes nothing."""
    if refused := _nothing_to_print(request, meetup):
        return refused
    form = PaperForm(request.GET, meetup=meetup)
    if not form.is_valid():
        return _show(request, meetup, form)
    if too_many("paper", str(request.user.pk), limit=PRINTING_AN_HOUR, seconds=3600):
        form.add_error(None, _("That was much paper in one hour. Please wait a little."))
        return _show(request, meetup, form)
    said = form.cleaned_data
    order = make_order(
        meetup, seated_guests(meetup), kinds=said["kinds"], size=said["size"], with_street=said.get("street", False)
    )
    try:
        pdf = print_papers(order)
    except MeetupError as refusal:
        form.add_error(None, str(refusal))
        return _show(request, meetup, form)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{meetup.code}.pdf"'
    # It holds names, and perhaps the street.
    response["Cache-Control"] = "private, no-store"
    return response


def _nothing_to_print(request: HttpRequest, meetup: Meetup) -> HttpResponse | None:
    if meetup.is_published:
        return None
    if meetup.is_canceled:
        messages.info(request, _("There is nothing to print for a canceled evening."))
    return redirect("host_desk", meetup.code)


def _show(request: HttpRequest, meetup: Meetup, form: PaperForm) -> HttpResponse:
    names, num_nameless = names_of(seated_guests(meetup))
    context = {"meetup": meetup, "form": form, "num_named": len(names), "num_nameless": num_nameless}
    return render(request, "planning/paper.html", context)
