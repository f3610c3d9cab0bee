"""The page on which a host holds an evening again, with the same people."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hosts.requests import SignedInRequest
from meetups.access.permissions import host_required
from meetups.access.rate_limit import too_many
from meetups.circles.dates import suggest_dates
from meetups.circles.forms.again import AgainForm
from meetups.circles.people import same_people
from meetups.circles.services.again import (
    circle_going_on,
    copy_evening,
    hold_again,
    may_hold_again,
    what_is_missing_but_the_day,
)
from meetups.exceptions import MeetupError
from meetups.guests.services.invitation import Invited, num_invites_left_today
from meetups.models import Meetup
from meetups.planning.idempotency_key import code_of_draft, idempotency_key_for
from meetups.times import clock, wall_time

HOUR = 3600
EVENINGS_AN_HOUR = 30


@host_required
def again(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    """GET shows the day, the hour and the people; POST publishes the evening and invites them, or makes a draft of it: to put
    several days to the guests, or to type what is missing."""
    if not may_hold_again(meetup):
        messages.info(request, _("This evening is still to come. It can be held again once it has begun."))
        return redirect("host_desk", meetup.code)
    people, missing = same_people(meetup), what_is_missing_but_the_day(meetup)
    today = wall_time.local_date(clock.now(), meetup.zone)
    days = suggest_dates(meetup.date or today, today)
    initial = {"date": days[0], "time": meetup.time}
    form = AgainForm(request.POST or None, initial=initial, people=people, zone=meetup.zone)
    if request.method == "POST" and "draft" in request.POST and not is_too_much(request, form):
        draft, _is_new = copy_evening(meetup, code=code_of_draft(request, request.user), circle=circle_going_on(meetup))
        return redirect("host_dates" if request.POST["draft"] == "dates" else "host_edit", draft.code)
    if request.method == "POST" and not missing and form.is_valid() and not is_too_much(request, form):
        try:
            made, invited = hold_again(
                meetup,
                by=request.user,
                code=code_of_draft(request, request.user),
                day=form.cleaned_data["date"],
                hour=form.cleaned_data["time"],
                people=form.chosen,
                personal=form.cleaned_data["personal"],
            )
        except MeetupError as refusal:
            form.add_error(None, str(refusal))
        else:
            say_invited(request, invited)
            return redirect("host_desk", made.code)
    context = {
        "form": form,
        "meetup": meetup,
        "idempotency_key": idempotency_key_for(request, request.user),
        "days": days[1:],
        "missing": missing,
        "num_people": len(people),
        "num_left": num_invites_left_today(request.user),
    }
    return render(request, "circles/again.html", context)


def is_too_much(request: SignedInRequest, form: AgainForm) -> bool:
    """Count one more evening of this host, and tell whether those were too many in an hour, with the reason on the form."""
    if not too_many("again", str(request.user.pk), limit=EVENINGS_AN_HOUR, seconds=HOUR):
        return False
    form.is_valid()
    form.add_error(None, _("Those were many evenings in one hour. Please wait a little; what you typed is still here."))
    return True


def say_invited(request: HttpRequest, invited: Invited) -> None:
    """Tell the host, on the next page, that the evening is published, how many letters leave, and who gets none and why."""
    num = len(invited.sent) + len(invited.later)
    words = ngettext(
        "It is published, and %(n)d invitation is on its way.", "It is published, and %(n)d invitations are on their way.", num
    )
    messages.success(request, words % {"n": num} if num else _("It is published. Nobody is invited yet."))
    say_refused(request, invited)


def say_refused(request: HttpRequest, invited: Invited) -> None:
    """Tell the host who gets no letter and why."""
    for email, reason in invited.refused:
        messages.warning(request, _("No letter goes to %(email)s. %(reason)s") % {"email": email, "reason": reason})
