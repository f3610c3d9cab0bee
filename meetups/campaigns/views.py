"""Pages of organizers: a campaign's call and kit, its dashboard."""

import logging
from collections.abc import Callable, Iterator

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hosts.models import Campaign
from hosts.permissions import ANY_ROLE, organizer_required
from hosts.requests import OrganizerRequest, SignedInRequest
from meetups.campaigns.board.page import board_context
from meetups.campaigns.choice import ChoiceForm, read_choice
from meetups.campaigns.family import read_family
from meetups.campaigns.forms import CampaignForm, StartForm
from meetups.campaigns.generations import read_generations
from meetups.campaigns.lead.views import say_reached, show_totals
from meetups.campaigns.reproduction import FEWEST_MEETUPS
from meetups.campaigns.services import open_campaign, write_campaign
from meetups.campaigns.table import csv_lines, json_lines, write_workbook
from meetups.exceptions import MeetupError
from meetups.models import Recap
from meetups.oversight.forms import ReasonForm
from meetups.planning.forms.meetup import initial_from_kit
from meetups.recaps.forms.removal_request import TakeDownForm
from meetups.recaps.services.takedown import give_back_recap, take_down_for_reason

logger = logging.getLogger("longtable.security")


@login_required
def campaign_new(request: SignedInRequest) -> HttpResponse:
    form = StartForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        campaign = open_campaign(request.user, **form.campaign_words())
        messages.success(request, _("Your campaign is live. Now ask somebody to open their door."))
        return redirect("campaign_spread", campaign.slug)
    return render(request, "campaigns/campaign_form.html", {"form": form})


@organizer_required
def campaign_edit(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    kit = campaign.kits.select_related("book").first()
    initial = {"name": campaign.name, "call": campaign.call, "color": campaign.color, "day": campaign.day} | (
        initial_from_kit(kit, title=kit.title) if kit else {}
    )
    form = CampaignForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        num_drafts = write_campaign(campaign, **form.campaign_words())
        messages.success(request, say_reached(num_drafts))
        return redirect("dashboard", campaign.slug)
    return render(request, "campaigns/campaign_form.html", {"form": form, "campaign": campaign})


@organizer_required(may_see=ANY_ROLE, after_end=True)
@require_safe
def dashboard(request: OrganizerRequest, campaign: Campaign) -> HttpResponse:
    """How the campaign goes: every number opens the evenings behind it, and what is chosen stands in the URL. Of a campaign that
    has ended: totals only."""
    if campaign.has_ended:
        return show_totals(request, campaign)
    form = ChoiceForm(request.GET, campaign)
    choice = read_choice(form)
    context = {"campaign": campaign, "form": form, "choice": choice}
    context |= board_context(request, campaign, form, choice)
    return render(request, "campaigns/dashboard.html", context)


@organizer_required(may_see=ANY_ROLE)
@require_safe
def dashboard_generations(request: SignedInRequest, campaign: Campaign) -> HttpResponse:
    """How many next hosts an evening leads to, where it leaks, and the family tree; as the night has counted it."""
    generations = read_generations(campaign)
    context = {"campaign": campaign, "generations": generations, "total": generations.total, "fewest": FEWEST_MEETUPS}
    return render(request, "campaigns/generations.html", context | {"family": read_family(campaign)})


def _chosen(request: HttpRequest, campaign: Campaign) -> Q:
    """Return the condition of the evenings that a file's address chooses, as the dashboard's does."""
    return read_choice(ChoiceForm(request.GET, campaign)).condition


def _lines_as_file(
    request: SignedInRequest, campaign: Campaign, lines: Callable[[Campaign, Q], Iterator[str]], ending: str, content_type: str
) -> StreamingHttpResponse:
    """Return the chosen evenings as a file to download, streamed line by line, and write down who took it."""
    logger.info("export campaign=%s by=%s", campaign.pk, request.user.pk)
    response = StreamingHttpResponse(lines(campaign, _chosen(request, campaign)), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{campaign.slug}.{ending}"'
    response["Cache-Control"] = "no-store"
    return response


@organizer_required
@require_safe
def dashboard_csv(request: SignedInRequest, campaign: Campaign) -> StreamingHttpResponse:
    return _lines_as_file(request, campaign, csv_lines, "csv", "text/csv; charset=utf-8")


@organizer_required
@require_safe
def dashboard_json(request: SignedInRequest, campaign: Campaign) -> StreamingHttpResponse:
    return _lines_as_file(request, campaign, json_lines, "json", "application/json")


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
    """A recap of the campaign, public or taken down: POST takes it down, or gives it back to its host, with a reason."""
    seen = Recap.objects.with_meetup().filter(Q(state=Recap.State.PUBLISHED) | Q(taken_down_at__isnull=False))
    recap = get_object_or_404(seen, meetup__campaign=campaign, slug=recap_slug)
    is_giving_back = request.POST.get("then") == "give_back"
    form = (ReasonForm if recap.taken_down_at else TakeDownForm)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if is_giving_back:
                give_back_recap(recap, by=request.user, reason=form.cleaned_data["reason"])
                messages.success(request, _("It is given back. The host gets your reason and can publish it again."))
                return redirect(f"{reverse('dashboard', args=[campaign.slug])}?show=held")
            take_down_for_reason(recap, by=request.user, reason=form.cleaned_data["reason"])
            messages.success(request, _("It is taken down. The host and the table get a letter that says why."))
            return redirect("campaign_recap", campaign.slug, recap.slug)
        except MeetupError as error:
            form.add_error(None, str(error))
    context = {"campaign": campaign, "recap": recap, "form": form, "removals": recap.removals.order_by("-created_at")[:20]}
    return render(request, "campaigns/campaign_recap.html", context)
