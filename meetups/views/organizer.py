"""Doors for organizers: a campaign's kit, its organizers, its dashboard."""

import csv
import logging

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hosts.models import Campaign
from hosts.permissions import organizer_required
from hosts.services import remove_organizer
from meetups.csvcells import BOM, safe_cell
from meetups.exceptions import MeetupError
from meetups.forms.host import initial_from_kit
from meetups.forms.organizer import CampaignForm, OrganizerForm
from meetups.forms.removal import TakeDownForm
from meetups.limits import too_many
from meetups.models import Recap
from meetups.plot import week_plot
from meetups.services.campaign import (
    campaign_meetups,
    campaign_totals,
    campaign_towns,
    campaign_weeks,
    held_by_need,
    invite_organizer,
    open_campaign,
    upcoming_by_need,
    write_campaign,
)
from meetups.services.takedown import give_back_recap, take_down_for_reason

logger = logging.getLogger("longtable.security")
PAGE = 24
CSV_COLUMNS = [
    "code", "title", "host", "town", "region", "country", "date", "time", "zone", "seats",
    "invited", "yes", "maybe", "no", "waiting", "came", "recap", "children",
]  # fmt: skip


@login_required
def campaign_new(request: HttpRequest) -> HttpResponse:
    form = CampaignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        campaign = open_campaign(request.user, **form.campaign_words())
        messages.success(request, _("Your campaign is live. This is its dashboard."))
        return redirect("dashboard", campaign.slug)
    return render(request, "organizer/campaign_form.html", {"form": form})


@organizer_required
def campaign_edit(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    kit = campaign.kits.select_related("book").first()
    initial = {"name": campaign.name, "call": campaign.call} | (initial_from_kit(kit) if kit else {})
    form = CampaignForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        write_campaign(campaign, **form.campaign_words())
        messages.success(request, _("Saved. Meetups made from the kit before stay as they are."))
        return redirect("dashboard", campaign.slug)
    return render(request, "organizer/campaign_form.html", {"form": form, "campaign": campaign})


@organizer_required
def campaign_organizers(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    if request.method == "POST" and "remove" in request.POST:
        return _remove_organizer(request, campaign)
    form = OrganizerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if too_many("organizers", str(request.user.pk), limit=20, seconds=86_400):
            form.add_error("email", _("That is enough for one day. Please go on tomorrow."))
        else:
            try:
                _organizer, is_new = invite_organizer(campaign, email=form.cleaned_data["email"], by=request.user)
            except MeetupError as refusal:
                form.add_error("email", str(refusal))
            else:
                words = _("Added. A letter tells them how to come in.") if is_new else _("This person is an organizer already.")
                messages.success(request, words)
                return redirect("campaign_organizers", campaign.slug)
    organizers = campaign.organizers.select_related("user").order_by("created_at")
    return render(request, "organizer/organizer_list.html", {"campaign": campaign, "organizers": organizers, "form": form})


def _remove_organizer(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    pk = request.POST["remove"]
    organizer = get_object_or_404(campaign.organizers, pk=pk if pk.isdecimal() else 0)
    if not remove_organizer(organizer):
        messages.error(request, _("A campaign needs an organizer. Add somebody else first."))
        return redirect("campaign_organizers", campaign.slug)
    logger.info("organizer removed campaign=%s user=%s by=%s", campaign.pk, organizer.user_id, request.user.pk)
    if organizer.user_id == request.user.pk:
        messages.success(request, _("You are no longer an organizer of %(name)s.") % {"name": campaign.name})
        return redirect("host_list")
    messages.success(request, _("Taken off the list of organizers."))
    return redirect("campaign_organizers", campaign.slug)


@organizer_required
@require_safe
def dashboard(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    is_held = request.GET.get("show") == "held"
    totals = campaign_totals(campaign)
    pages = Paginator(held_by_need(campaign) if is_held else upcoming_by_need(campaign), PAGE)
    # The totals know the number already: one query fewer.
    pages.count = totals["held" if is_held else "upcoming"]
    weeks = campaign_weeks(campaign)
    context = {
        "campaign": campaign,
        "totals": totals,
        "is_held": is_held,
        "page": pages.get_page(request.GET.get("page")),
        "towns": campaign_towns(campaign),
        "weeks": weeks,
        "plot": week_plot(weeks) if weeks else None,
    }
    return render(request, "organizer/dashboard.html", context)


@organizer_required
@require_safe
def dashboard_csv(request: HttpRequest, campaign: Campaign) -> StreamingHttpResponse:
    logger.info("export campaign=%s by=%s", campaign.pk, request.user.pk)
    response = StreamingHttpResponse(_csv_lines(campaign), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{campaign.slug}.csv"'
    response["Cache-Control"] = "no-store"
    return response


class _Line:
    """A file for csv.writer that hands each line back instead of keeping it."""

    def write(self, text: str) -> str:
        return text


def _csv_lines(campaign: Campaign):
    """Yield the file line by line, so that a large campaign does not stand in memory."""
    writer = csv.writer(_Line())
    yield BOM + writer.writerow(CSV_COLUMNS)
    for meetup in campaign_meetups(campaign).order_by("starts_at", "pk").iterator(500):
        cells = [
            meetup.code, meetup.title, meetup.host.shown_name, meetup.town_name, meetup.region, meetup.country,
            meetup.date, f"{meetup.time:%H:%M}", meetup.zone, meetup.seats,
            meetup.num_invited, meetup.num_yes, meetup.num_maybe, meetup.num_no, meetup.num_waiting, meetup.num_came,
            "published" if meetup.has_recap else "missing" if meetup.is_held else "", meetup.num_children,
        ]  # fmt: skip
        yield writer.writerow([safe_cell(cell) for cell in cells])


@organizer_required
def campaign_recap(request: HttpRequest, campaign: Campaign, recap_slug: str) -> HttpResponse:
    """A recap of the campaign, public or taken down: POST takes it down with a reason, or gives it back to its host."""
    seen = Recap.objects.with_meetup().filter(Q(state=Recap.State.PUBLISHED) | Q(taken_down_at__isnull=False))
    recap = get_object_or_404(seen, meetup__campaign=campaign, slug=recap_slug)
    is_taking_down = request.method == "POST" and request.POST.get("then") != "give_back"
    form = TakeDownForm(request.POST if is_taking_down else None)
    if request.method == "POST" and not is_taking_down:
        give_back_recap(recap, by=request.user)
        messages.success(request, _("It is given back. The host can publish it again."))
        return redirect(f"{reverse('dashboard', args=[campaign.slug])}?show=held")
    if is_taking_down and form.is_valid():
        try:
            take_down_for_reason(recap, by=request.user, reason=form.cleaned_data["reason"])
            messages.success(request, _("It is taken down, and the host and the table are told why."))
            return redirect("campaign_recap", campaign.slug, recap.slug)
        except MeetupError as error:
            form.add_error(None, str(error))
    context = {"campaign": campaign, "recap": recap, "form": form, "removals": recap.removals.order_by("-created_at")[:20]}
    return render(request, "organizer/campaign_recap.html", context)
