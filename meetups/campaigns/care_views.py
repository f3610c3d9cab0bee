"""Pages on which organizers help hosts: who needs a hand, and a word to one of them."""

import logging

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from hosts.models import Campaign
from hosts.permissions import ANY_ROLE, organizer_required
from hosts.requests import SignedInRequest
from meetups.access.rate_limit import too_many
from meetups.campaigns.care import (
    MOST_SHOWN,
    Need,
    call_done,
    find_need,
    find_needs,
    put_off,
    recent_notes,
    take_back,
    write_to_host,
)
from meetups.campaigns.forms import HostWordsForm
from meetups.exceptions import MeetupError
from meetups.models import CareNote

logger = logging.getLogger("longtable.security")
# Letters of one organizer to hosts in a day.
MOST_LETTERS = 60


@organizer_required(may_see=ANY_ROLE)
def campaign_care(request: SignedInRequest, campaign: Campaign) -> HttpResponse:
    """GET lists who needs a hand; POST puts one off, calls it done, or undoes what was done."""
    if request.method == "POST":
        return _act(request, campaign)
    context = {"campaign": campaign, "needs": find_needs(campaign), "notes": recent_notes(campaign), "most": MOST_SHOWN}
    return render(request, "campaigns/care.html", context)


def _act(request: SignedInRequest, campaign: Campaign) -> HttpResponse:
    code, reason = request.POST.get("code", ""), request.POST.get("reason", "")
    then = request.POST.get("then", "")
    if then == "undo":
        notes = CareNote.objects.filter(meetup__campaign=campaign).select_related("delivery")
        note = get_object_or_404(notes, meetup__code=code, reason=reason)
        if take_back(note):
            messages.success(request, _("Undone."))
        else:
            messages.error(request, _("The email has gone out already, so it cannot be taken back."))
        return redirect("campaign_care", campaign.slug)
    need = _need_or_404(campaign, code, reason)
    if then == "later":
        put_off(need, by=request.user)
        messages.success(request, _("It comes back in three days, if it still holds. Below it can be undone."))
    elif then == "done":
        call_done(need, by=request.user)
        messages.success(request, _("Done. Below it can be undone."))
    else:
        messages.error(request, _("Please choose one of the two."))
    return redirect("campaign_care", campaign.slug)


def _need_or_404(campaign: Campaign, code: str, reason: str) -> Need:
    need = find_need(campaign, code=code, reason=reason)
    if need is None:
        raise Http404
    return need


@organizer_required
def campaign_care_write(request: SignedInRequest, campaign: Campaign, code: str, reason: str) -> HttpResponse:
    """GET shows words to begin from; POST owes the host the letter. Words that cannot be sent stay on the form."""
    need = _need_or_404(campaign, code, reason)
    form = HostWordsForm(request.POST or None, initial={"words": need.words})
    if request.method == "POST" and form.is_valid():
        if too_many("care", str(request.user.pk), limit=MOST_LETTERS, seconds=86_400):
            form.add_error("words", _("That is enough for one day. Please go on tomorrow."))
        else:
            return _send(request, campaign, need, form)
    return _show(request, campaign, need, form)


def _send(request: SignedInRequest, campaign: Campaign, need: Need, form: HostWordsForm) -> HttpResponse:
    try:
        write_to_host(campaign, need, words=form.cleaned_data["words"], by=request.user)
    except MeetupError as refusal:
        form.add_error("words", str(refusal))
        return _show(request, campaign, need, form)
    logger.info("words to host campaign=%s meetup=%s by=%s", campaign.pk, need.meetup.pk, request.user.pk)
    messages.success(request, _("It goes out in five minutes. Until then it can be undone below."))
    return redirect("campaign_care", campaign.slug)


def _show(request: HttpRequest, campaign: Campaign, need: Need, form: HostWordsForm) -> HttpResponse:
    return render(request, "campaigns/care_write.html", {"campaign": campaign, "need": need, "form": form})
