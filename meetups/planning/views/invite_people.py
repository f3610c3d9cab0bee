"""A host invites people they know: past guests by ticks, and one guest in one line."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from hosts.requests import SignedInRequest
from meetups.access.permissions import host_required
from meetups.access.rate_limit import too_many
from meetups.exceptions import MeetupError
from meetups.guests.services import invitation
from meetups.inviting.past_guests import past_guests
from meetups.models import Meetup
from meetups.planning.address_list import AddressList
from meetups.planning.desk import guests_to_invite_again
from meetups.planning.forms.invite_people import OneGuestForm, PastGuestsForm
from meetups.planning.views.invite import HOUR, refuse_by_state, show_people

ONE_BY_ONE_AN_HOUR = 60


@host_required
def invite_past(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    """GET shows past guests of the host, to tick; POST searches among them, or shows the ticked ones as a list to look at, from
    which they are invited. 404 for a co-host: they are no guests of theirs."""
    if meetup.host_id != request.user.pk:
        raise Http404
    if refused := refuse_by_state(request, meetup):
        return refused
    people, is_search = past_guests(meetup), "search" in request.POST
    form = PastGuestsForm(request.POST if request.method == "POST" else None, people=people, is_search=is_search)
    if request.method == "POST" and form.is_valid() and not is_search:
        return show_people(request, meetup, AddressList(people=form.chosen), guests_to_invite_again(meetup))
    return render(request, "planning/invite_past.html", {"meetup": meetup, "form": form, "num_past": len(people)})


@host_required
def invite_one(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    """GET asks for one guest; POST invites them, and asks for the next one."""
    if refused := refuse_by_state(request, meetup):
        return refused
    form = OneGuestForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _invite_one(request, meetup, form):
        return redirect("host_invite_one", meetup.code)
    context = {"meetup": meetup, "form": form, "num_left": invitation.num_invites_left_today(request.user)}
    return render(request, "planning/invite_one.html", context)


def _invite_one(request: SignedInRequest, meetup: Meetup, form: OneGuestForm) -> bool:
    """Invite the guest and say what became of it; False where it was refused, with the reason on the form."""
    if too_many("invite-one", str(request.user.pk), limit=ONE_BY_ONE_AN_HOUR, seconds=HOUR):
        form.add_error(None, _("That was a lot of inviting in one hour. Please wait a little; what you typed is still here."))
        return False
    try:
        personal = form.cleaned_data["personal"]
        invited = invitation.invite_guests(meetup, addresses=[form.cleaned_data["person"]], by=request.user, personal=personal)
    except MeetupError as refusal:
        form.add_error(None, str(refusal))
        return False
    if invited.refused:
        form.add_error("person", invited.refused[0][1])
        return False
    say(request, invited, email=form.cleaned_data["person"][1])
    return True


def say(request: HttpRequest, invited: invitation.Invited, *, email: str) -> None:
    """Leave the message to the host about one invitation."""
    if invited.already:
        messages.info(request, _("%(email)s is on your list already, and was not written to again.") % {"email": email})
    elif invited.later:
        messages.success(request, _("%(email)s is on your list; the invitation leaves on a morning after.") % {"email": email})
    else:
        messages.success(request, _("%(email)s is on your list, and the invitation is due now.") % {"email": email})
