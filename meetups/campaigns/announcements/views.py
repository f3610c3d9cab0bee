"""The page on which organizers write to hosts: typed, looked at, sent, and taken back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hosts.models import Campaign
from hosts.permissions import organizer_required
from hosts.requests import SignedInRequest
from meetups.access.rate_limit import too_many
from meetups.campaigns.announcements.forms import AnnouncementForm
from meetups.campaigns.announcements.readers import readers_in
from meetups.campaigns.announcements.services import (
    announce,
    can_take_back,
    last_announcement,
    preview,
    take_announcement_back,
)
from meetups.exceptions import MeetupError
from meetups.forms.fields import row_number
from meetups.letters.message import sender_line

MOST_SHOWN = 20
# Previews count each time who would get the letter.
MOST_LOOKS = 200


@organizer_required
def campaign_letters(request: SignedInRequest, campaign: Campaign) -> HttpResponse:
    """GET shows what was written to hosts. POST shows a letter as it will come, sends it as it was shown, or takes it back."""
    then = request.POST.get("then", "")
    if request.method == "POST" and then == "undo":
        return _undo(request, campaign)
    form = AnnouncementForm(request.POST or None)
    seen: dict = {}
    if request.method == "POST" and form.is_valid():
        if too_many("announce", str(request.user.pk), limit=MOST_LOOKS, seconds=86_400):
            form.add_error(None, _("That is enough for one day. Please go on tomorrow."))
        else:
            try:
                if then == "send" and request.POST.get("seen") == form.digest:
                    return _send(request, campaign, form)
                seen = _look(request, campaign, form, was_changed=then == "send")
            except MeetupError as refusal:
                form.add_error(None, str(refusal))
    return _show(request, campaign, form, seen)


def _look(request: SignedInRequest, campaign: Campaign, form: AnnouncementForm, *, was_changed: bool) -> dict:
    data = form.cleaned_data
    letter = preview(campaign, by=request.user, subject=data["subject"], words=data["words"])
    return {
        "letter": letter,
        "sender": sender_line(letter.sender),
        "digest": form.digest,
        "was_changed": was_changed,
        "number": sum(1 for _reader in readers_in(campaign, data["segment"])),
    }


def _send(request: SignedInRequest, campaign: Campaign, form: AnnouncementForm) -> HttpResponse:
    row = announce(campaign, by=request.user, **form.cleaned_data)
    words = ngettext(
        "%(n)d email goes out in ten minutes. Until then you can take it back below.",
        "%(n)d emails go out in ten minutes. Until then you can take them back below.",
        row.num_owed,
    )
    messages.success(request, words % {"n": row.num_owed})
    return redirect("campaign_letters", campaign.slug)


def _undo(request: SignedInRequest, campaign: Campaign) -> HttpResponse:
    row = get_object_or_404(campaign.announcements, pk=row_number(request.POST.get("letter", "")))
    if take_announcement_back(row):
        messages.success(request, _("Taken back. It goes to nobody."))
    else:
        messages.error(request, _("The ten minutes are over, so it cannot be taken back any more."))
    return redirect("campaign_letters", campaign.slug)


def _show(request: HttpRequest, campaign: Campaign, form: AnnouncementForm, seen: dict) -> HttpResponse:
    rows = list(campaign.announcements.select_related("by")[:MOST_SHOWN])
    context = {
        "campaign": campaign,
        "form": form,
        "seen": seen,
        "rows": [(row, can_take_back(row)) for row in rows],
        "is_today": last_announcement(campaign) is not None,
    }
    return render(request, "campaigns/letters.html", context)
