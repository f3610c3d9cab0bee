"""Pages of organizers: a campaign's kit, its organizers, its dashboard."""

import logging

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hosts.models import Campaign
from hosts.permissions import organizer_required
from hosts.requests import SignedInRequest
from hosts.services import remove_organizer
from meetups.access.rate_limit import too_many
from meetups.campaigns.choice import ChoiceForm, read_choice
from meetups.campaigns.family import read_family
from meetups.campaigns.figures import (
    SHOWN,
    campaign_totals,
    campaign_towns,
    campaign_weeks,
    funnel,
    num_next_hosts,
    shown_meetups,
)
from meetups.campaigns.forms import CampaignForm, OrganizerForm
from meetups.campaigns.generations import read_generations
from meetups.campaigns.reproduction import FEWEST_MEETUPS
from meetups.campaigns.services import invite_organizer, open_campaign, write_campaign
from meetups.campaigns.table import csv_lines, json_lines, write_workbook
from meetups.drawing.bar_chart import week_plot
from meetups.exceptions import MeetupError
from meetups.models import Recap
from meetups.planning.forms.meetup import initial_from_kit
from meetups.recaps.forms.removal_request import TakeDownForm
from meetups.recaps.services.takedown import give_back_recap, take_down_for_reason

logger = logging.getLogger("longtable.security")
PAGE = 24
# Lists whose length is one of the totals.
COUNTED = {name: name for name in ("upcoming", "held", "nobody_invited", "near", "recaps", "recaps_missing", "led")} | {
    "all": "meetups"
}


@login_required
def campaign_new(request: SignedInRequest) -> HttpResponse:
    form = CampaignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        campaign = open_campaign(request.user, **form.campaign_words())
        messages.success(request, _("Your campaign is live. This is its dashboard."))
        return redirect("dashboard", campaign.slug)
    return render(request, "campaigns/campaign_form.html", {"form": form})


@organizer_required
def campaign_edit(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    kit = campaign.kits.select_related("book").first()
    initial = {"name": campaign.name, "call": campaign.call} | (initial_from_kit(kit, title=kit.title) if kit else {})
    form = CampaignForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        write_campaign(campaign, **form.campaign_words())
        messages.success(request, _("Saved. Meetups made from the kit before stay as they are."))
        return redirect("dashboard", campaign.slug)
    return render(request, "campaigns/campaign_form.html", {"form": form, "campaign": campaign})


@organizer_required
def campaign_organizers(request: SignedInRequest, campaign: Campaign) -> HttpResponse:
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
    return render(request, "campaigns/organizer_list.html", {"campaign": campaign, "organizers": organizers, "form": form})


def _remove_organizer(request: SignedInRequest, campaign: Campaign) -> HttpResponse:
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
    """How the campaign goes: every number opens the evenings behind it, and what is chosen stands in the URL."""
    form = ChoiceForm(request.GET, campaign)
    choice = read_choice(form)
    shown = request.GET.get("show", "")
    shown = shown if shown in SHOWN else "upcoming"
    totals = campaign_totals(campaign, choice.condition)
    pages = Paginator(shown_meetups(campaign, shown, choice.condition), PAGE)
    if shown in COUNTED:
        # The totals have the number, which saves a query.
        pages.count = totals[COUNTED[shown]]
    weeks = campaign_weeks(campaign, choice.condition)
    context = {
        "campaign": campaign,
        "form": form,
        "choice": choice,
        "totals": totals,
        "steps": funnel(totals),
        "num_next": num_next_hosts(campaign, choice.condition),
        "shown": shown,
        "shown_words": SHOWN[shown],
        "page": pages.get_page(request.GET.get("page")),
        "towns": campaign_towns(campaign, choice.condition),
        "weeks": weeks,
        "plot": week_plot(weeks) if weeks else None,
    }
    return render(request, "campaigns/dashboard.html", context)


@organizer_required
@require_safe
def dashboard_generations(request: SignedInRequest, campaign: Campaign) -> HttpResponse:
    """How many next hosts an evening leads to, where it leaks, and the family tree; as the night has counted it."""
    generations = read_generations(campaign)
    context = {"campaign": campaign, "generations": generations, "total": generations.total, "fewest": FEWEST_MEETUPS}
    return render(request, "campaigns/generations.html", context | {"family": read_family(campaign)})


def _chosen(request: HttpRequest, campaign: Campaign) -> Q:
    """Return the condition of the evenings that a file's address chooses, as the dashboard's does."""
    return read_choice(ChoiceForm(request.GET, campaign)).condition


@organizer_required
@require_safe
def dashboard_csv(request: SignedInRequest, campaign: Campaign) -> StreamingHttpResponse:
    logger.info("export campaign=%s by=%s", campaign.pk, request.user.pk)
    response = StreamingHttpResponse(csv_lines(campaign, _chosen(request, campaign)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{campaign.slug}.csv"'
    response["Cache-Control"] = "no-store"
    return response


@organizer_required
@require_safe
def dashboard_json(request: SignedInRequest, campaign: Campaign) -> StreamingHttpResponse:
    logger.info("export campaign=%s by=%s", campaign.pk, request.user.pk)
    response = StreamingHttpResponse(json_lines(campaign, _chosen(request, campaign)), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{campaign.slug}.json"'
    response["Cache-Control"] = "no-store"
    return response


@organizer_required
@require_safe
def dashboard_workbook(request: SignedInRequest, campaign: Campaign) -> FileResponse:
    """The same table for spreadsheets, which take a CSV file for one column where their language parts columns otherwise."""
    logger.info("export campaign=%s by=%s", campaign.pk, request.user.pk)
    response = FileResponse(
        write_workbook(campaign, _chosen(request, campaign)), as_attachment=True, filename=f"{campaign.slug}.xlsx"
    )
    response["Content-Type"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    response["Cache-Control"] = "no-store"
    return response


@organizer_required
def campaign_recap(request: SignedInRequest, campaign: Campaign, recap_slug: str) -> HttpResponse:
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
            messages.success(request, _("It is taken down. The host and the table get a letter that says why."))
            return redirect("campaign_recap", campaign.slug, recap.slug)
        except MeetupError as error:
            form.add_error(None, str(error))
    context = {"campaign": campaign, "recap": recap, "form": form, "removals": recap.removals.order_by("-created_at")[:20]}
    return render(request, "campaigns/campaign_recap.html", context)
