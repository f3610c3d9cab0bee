"""Pages of letting go: an organizer freezes an evening, its host answers, and anybody reads how often that happened."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hosts.models import Campaign
from hosts.permissions import organizer_required
from hosts.requests import SignedInRequest
from meetups.access.permissions import host_required
from meetups.access.rate_limit import too_many
from meetups.exceptions import MeetupError
from meetups.models import Intervention, Meetup
from meetups.oversight.acts import answer_freeze, freeze_meetup, last_freeze, unfreeze_meetup
from meetups.oversight.forms import AnswerForm, FreezeForm, ReasonForm
from meetups.oversight.openness import FEWEST, read_openness

# Freezes and answers of one person in a day.
MOST_FREEZES, MOST_ANSWERS = 100, 10
A_DAY = 86_400
MOST_SHOWN = 20


@organizer_required
def campaign_hold(request: SignedInRequest, campaign: Campaign, code: str) -> HttpResponse:
    """One evening of the campaign: POST freezes it with a reason, says it again, or ends the freeze with a reason."""
    meetup = get_object_or_404(Meetup.objects.published().for_campaign(campaign).select_related("host"), code=code)
    is_ending = request.method == "POST" and request.POST.get("then") == "end"
    freeze = FreezeForm(request.POST if request.method == "POST" and not is_ending else None)
    end = ReasonForm(request.POST if is_ending else None, prefix="end")
    form = end if is_ending else freeze
    if request.method == "POST" and form.is_valid():
        if too_many("freeze", str(request.user.pk), limit=MOST_FREEZES, seconds=A_DAY):
            form.add_error("reason", _("That is enough for one day. Please go on tomorrow."))
        else:
            try:
                messages.success(request, _act(request, meetup, form, is_ending=is_ending))
                return redirect("campaign_hold", campaign.slug, meetup.code)
            except MeetupError as refusal:
                form.add_error("reason", str(refusal))
    hold = last_freeze(meetup)
    context = {
        "campaign": campaign,
        "meetup": meetup,
        # The one that was sent: the title names its errors.
        "form": form,
        "freeze": freeze,
        "end": end,
        "hold": hold,
        "acts": _acts_before(meetup, hold),
    }
    return render(request, "oversight/hold.html", context)


def _act(request: SignedInRequest, meetup: Meetup, form: ReasonForm, *, is_ending: bool) -> str:
    """Do it, and return what to say about it."""
    if is_ending:
        unfreeze_meetup(meetup, by=request.user, reason=form.cleaned_data["reason"])
        return _("The hold has ended. The host gets an email, and what waited goes on.")
    freeze_meetup(meetup, by=request.user, reason=form.cleaned_data["reason"], days=form.cleaned_data["days"])
    return _("It is on hold. The host gets an email with your name and your reason.")


@host_required
def host_hold(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    """To the host: who froze the evening, why and until when. POST answers; words that cannot be sent stay on the form."""
    hold = last_freeze(meetup)
    form = AnswerForm(request.POST or None, initial={"words": hold.answer if hold else ""})
    if request.method == "POST" and form.is_valid():
        if too_many("freeze-answer", str(request.user.pk), limit=MOST_ANSWERS, seconds=A_DAY):
            form.add_error("words", _("That is enough for one day. Please go on tomorrow."))
        else:
            try:
                answer_freeze(meetup, words=form.cleaned_data["words"], by=request.user)
                messages.success(request, _("Your answer is on its way."))
                return redirect("host_hold", meetup.code)
            except MeetupError as refusal:
                form.add_error("words", str(refusal))
    context = {"meetup": meetup, "hold": hold, "form": form, "acts": _acts_before(meetup, hold)}
    return render(request, "oversight/host_hold.html", context)


def _acts_before(meetup: Meetup, hold: Intervention | None) -> QuerySet[Intervention]:
    """Return what was done to an evening, the latest first, without the hold that lasts: it stands above by itself."""
    acts = meetup.interventions.select_related("by")
    return (acts.exclude(pk=hold.pk) if hold else acts)[:MOST_SHOWN]


@require_safe
def openness(request: HttpRequest, slug: str) -> HttpResponse:
    """How free the hosts of a campaign are, in numbers, for anybody."""
    campaign = get_object_or_404(Campaign, slug=slug)
    context = {"campaign": campaign, "openness": read_openness(campaign), "fewest": FEWEST}
    return render(request, "oversight/openness.html", context)
