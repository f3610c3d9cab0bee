"""Who hosts an evening: asking a co-host, leaving, and handing the evening over."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from hosts.requests import SignedInRequest
from meetups.access.permissions import host_required
from meetups.access.rate_limit import too_many
from meetups.exceptions import MeetupError
from meetups.models import Cohost, Meetup
from meetups.planning.forms.cohost import CohostForm
from meetups.planning.services import cohosts as acts

ASKING_A_DAY = 20
A_DAY = 86_400


@host_required
def cohost_list(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    """List the hosts of an evening. Each button of the page is a POST here: only the host adds, takes off and hands over."""
    is_host = meetup.host_id == request.user.pk
    act = _act_of(request, is_host=is_host)
    if act is not None:
        return act(request, meetup)
    form = CohostForm(request.POST if request.method == "POST" and is_host else None)
    if form.is_valid() and _add(request, meetup, form):
        return redirect("host_cohosts", meetup.code)
    rows = meetup.cohosts.select_related("user").order_by("pk")
    own = next((row for row in rows if row.user_id == request.user.pk), None)
    context = {"meetup": meetup, "cohosts": rows, "own": own, "is_host": is_host, "form": form}
    return render(request, "planning/cohost_list.html", context)


Act = Callable[[SignedInRequest, Meetup], HttpResponse]


def _act_of(request: SignedInRequest, *, is_host: bool) -> Act | None:
    """Return what the pressed button does, or None where the page is shown or an address is added."""
    if request.method != "POST":
        return None
    acts_of_host: dict[str, Act] = {"remove": _take_off, "offer": _offer, "take_back": _take_back}
    acts_of_cohost: dict[str, Act] = {"leave": _leave, "accept": _accept, "decline": _decline}
    for name, act in (acts_of_host if is_host else acts_of_cohost).items():
        if name in request.POST:
            return act
    return None


def _add(request: SignedInRequest, meetup: Meetup, form: CohostForm) -> bool:
    """Add a co-host; False where the form says why not."""
    if too_many("cohosts", str(request.user.pk), limit=ASKING_A_DAY, seconds=A_DAY):
        form.add_error("email", _("That is enough for one day. Please go on tomorrow."))
        return False
    try:
        _cohost, is_new = acts.add_cohost(meetup, email=form.cleaned_data["email"], by=request.user)
    except MeetupError as refusal:
        form.add_error("email", str(refusal))
        return False
    words = _("Added. An email tells them how to come in.") if is_new else _("This person is a co-host already.")
    messages.success(request, words)
    return True


def _row(request: SignedInRequest, meetup: Meetup, name: str) -> Cohost:
    pk = request.POST[name]
    return get_object_or_404(meetup.cohosts.select_related("user"), pk=pk if pk.isdecimal() and len(pk) < 19 else 0)


def _take_off(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    cohost = _row(request, meetup, "remove")
    acts.remove_cohost(cohost)
    messages.success(request, _("%(name)s is no longer a co-host.") % {"name": cohost.user.shown_name or cohost.user.email})
    return redirect("host_cohosts", meetup.code)


def _offer(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    cohost = _row(request, meetup, "offer")
    if cohost.user.proven_at is None:
        messages.info(request, _("They have not signed in yet. Once they have, you can hand the evening over."))
    elif too_many("cohosts", str(request.user.pk), limit=ASKING_A_DAY, seconds=A_DAY):
        messages.error(request, _("That is enough for one day. Please go on tomorrow."))
    elif acts.offer_evening(cohost):
        messages.success(request, _("Asked. An email tells them. Until they say yes, you are the host."))
    return redirect("host_cohosts", meetup.code)


def _take_back(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    if acts.take_back_offer(meetup):
        messages.success(request, _("Taken back. You stay the host."))
    return redirect("host_cohosts", meetup.code)


def _leave(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    acts.remove_cohost(get_object_or_404(meetup.cohosts, user=request.user))
    messages.success(request, _("You are no longer a co-host of “%(title)s”.") % {"title": meetup.title})
    return redirect("host_list")


def _accept(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    try:
        acts.take_over(get_object_or_404(meetup.cohosts, user=request.user))
    except MeetupError as refusal:
        messages.error(request, str(refusal))
        return redirect("host_cohosts", meetup.code)
    words = _("You are the host now. Your guests are not told by themselves: if the door or the voice is another, write to them.")
    messages.success(request, words if not meetup.is_draft else _("You are the host now."))
    return redirect("host_desk", meetup.code)


def _decline(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    own = get_object_or_404(meetup.cohosts, user=request.user)
    if own.offered_at is not None and acts.take_back_offer(meetup):
        messages.success(request, _("You stay a co-host. The page of the host says so."))
    return redirect("host_cohosts", meetup.code)
