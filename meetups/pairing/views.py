"""Pages of pairing: a host's tick that they help, a newcomer's tick on the draft, and the link of both letters to end it."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from hosts.requests import SignedInRequest
from meetups.access.rate_limit import too_many
from meetups.access.tokens import PairingSide, read_pairing_token
from meetups.exceptions import MeetupError
from meetups.forms.fields import row_number
from meetups.forms.kept_input import KeepsTyped
from meetups.guests.views.link_page import SeeOther, link_page
from meetups.models import Helper, Meetup, Pairing
from meetups.models.pairing import MOST_AT_ONCE
from meetups.pairing.services import (
    come_back,
    end_pairing,
    first_name,
    has_held,
    leave,
    pair,
    set_helping,
    take_back,
)

PRESSES_AN_HOUR = 20


class HelpingForm(KeepsTyped):
    """Whether a host helps, and how many at a time."""

    helps = forms.BooleanField(label=gettext_lazy("I help first-time hosts"), required=False)
    most = forms.TypedChoiceField(
        label=gettext_lazy("How many at a time, at most"),
        choices=[(number, str(number)) for number in range(1, MOST_AT_ONCE + 1)],
        coerce=int,
        initial=2,
    )


@login_required
def helping(request: SignedInRequest) -> HttpResponse:
    """GET shows the tick and who is helped; POST saves it, or with `end` lets one of those go."""
    user = request.user
    if request.method == "POST" and "end" in request.POST:
        pairing = get_object_or_404(Pairing, helper=user, pk=row_number(request.POST["end"]))
        end_pairing(pairing, by_helper=True)
        messages.success(request, _("Ended. You have room for another."))
        return redirect("helping")
    helper = Helper.objects.filter(user=user).first()
    known = {"helps": helper.helps, "most": helper.most} if helper else {}
    form = HelpingForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            set_helping(user, helps=form.cleaned_data["helps"], most=form.cleaned_data["most"])
        except MeetupError as refusal:
            form.add_error("helps", str(refusal))
        else:
            said = _("Saved. You help first-time hosts.") if form.cleaned_data["helps"] else _("Saved. You are given nobody.")
            messages.success(request, said)
            return redirect("helping")
    rows = Pairing.objects.open().filter(helper=user).select_related("newcomer").order_by("made_at")
    helped = [{"pk": row.pk, "name": first_name(row.newcomer), "since": row.made_at} for row in rows]
    context = {"form": form, "helped": helped, "has_held": has_held(user), "is_on": bool(known.get("helps"))}
    return render(request, "pairing/helping.html", context)


@require_POST
@login_required
def ask_helper(request: SignedInRequest, code: str) -> HttpResponse:
    """Record a newcomer's tick for the `helper` whom their draft offers, or with `take_back` undo it."""
    draft = get_object_or_404(Meetup.objects.select_related("host", "parent"), code=code, host=request.user)
    if too_many("pairing", str(request.user.pk), limit=PRESSES_AN_HOUR, seconds=3600):
        return render(request, "429.html", status=429)
    if "take_back" in request.POST:
        pairing = Pairing.objects.filter(newcomer=request.user).first()
        if pairing is None or take_back(pairing):
            messages.success(request, _("Taken back. Nobody was written to."))
        else:
            messages.info(request, _("The letters are gone already. You are not paired any more, and no other letter comes."))
        return redirect(draft.get_desk_url())
    try:
        pairing = pair(draft, newcomer=request.user, helper=row_number(request.POST.get("helper", "")))
    except MeetupError as refusal:
        messages.error(request, str(refusal))
    else:
        words = _("Done: in ten minutes you and %(name)s get one letter each. Until then you can take it back.")
        messages.success(request, words % {"name": first_name(pairing.helper)})
    return redirect(draft.get_desk_url())


@link_page(read_pairing_token, is_guests_own=False)
def pairing_page(request: HttpRequest, side: PairingSide, token: str) -> HttpResponse:
    """GET says who was paired and shows a button; POST ends it, as mail programs press for their readers, or with `again` undoes
    that."""
    if request.method == "POST":
        (come_back if _is_again(request) else leave)(side)
        return SeeOther(request.path)
    context = {"name": first_name(side.other), "is_helper": side.is_helper, "is_ended": side.pairing.ended_at is not None}
    context["can_undo"] = side.pairing.ended_by_helper == side.is_helper
    return render(request, "pairing/pairing_page.html", context)


def _is_again(request: HttpRequest) -> bool:
    """Tell whether the button of the undo was pressed. One-click posts none of ours; nor is a body that cannot be read."""
    try:
        return "again" in request.POST
    except (MultiPartParserError, SuspiciousOperation, OSError):
        return False
