"""Pages of those who lead a campaign: its people and their roles, the versions of its kit, its end."""

from datetime import UTC, date, datetime, time

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from hosts.models import Campaign, Organizer
from hosts.permissions import ANY_ROLE, OWNER, organizer_required
from hosts.requests import OrganizerRequest
from meetups.access.rate_limit import too_many
from meetups.campaigns.figures import campaign_totals, funnel, num_next_hosts
from meetups.campaigns.lead.end import end_campaign, take_end_back
from meetups.campaigns.lead.forms import EndForm, OrganizerForm
from meetups.campaigns.lead.kit import kit_versions
from meetups.campaigns.lead.roles import give_ownership, invite_organizer, set_role, take_off
from meetups.campaigns.lead.spread import campaign_link, make_frame, make_poster, make_texts
from meetups.drawing.paper import SIZES
from meetups.exceptions import MeetupError
from meetups.planning.paper import print_papers

Role = Organizer.Role
# Acts of one person on the roles of campaigns in a day.
ACTS_A_DAY, A_DAY = 20, 86_400
PRINTING_AN_HOUR = 60

# People --------------------------------------------------------------------------------------------------------------


@organizer_required(may_see=ANY_ROLE, after_end=True)
@reauthentication_required(allow_get=True)
def campaign_organizers(request: OrganizerRequest, campaign: Campaign) -> HttpResponse:
    """List a campaign's people. POST gives somebody a role by their address."""
    form = OrganizerForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _add(request, campaign, form):
        return redirect("campaign_organizers", campaign.slug)
    organizers = campaign.organizers.select_related("user").order_by("created_at", "pk")
    return render(request, "campaigns/organizer_list.html", {"campaign": campaign, "organizers": organizers, "form": form})


def _add(request: OrganizerRequest, campaign: Campaign, form: OrganizerForm) -> bool:
    """Add somebody; False where the form says why not."""
    if _is_enough(request):
        form.add_error("email", _("That is enough for one day. Please go on tomorrow."))
        return False
    try:
        _organizer, is_new = invite_organizer(campaign, **form.cleaned_data, by=request.user)
    except MeetupError as refusal:
        form.add_error("email", str(refusal))
        return False
    messages.success(
        request, _("Added. An email tells them how to come in.") if is_new else _("This person has a role here already.")
    )
    return True


def _is_enough(request: OrganizerRequest) -> bool:
    return too_many("organizers", str(request.user.pk), limit=ACTS_A_DAY, seconds=A_DAY)


@organizer_required(may_be=ANY_ROLE, after_end=True)
@reauthentication_required(allow_get=True)
def campaign_organizer(request: OrganizerRequest, campaign: Campaign, pk: int) -> HttpResponse:
    """One person of a campaign, for its owner, and for everybody oneself. POST changes the role, hands over, or ends the role."""
    person = get_object_or_404(campaign.organizers.select_related("user", "campaign"), pk=pk)
    is_self = person.pk == request.organizer.pk
    if not request.organizer.is_owner and not is_self:
        raise PermissionDenied(_("Only the owner of this campaign can do this."))
    if request.method == "POST":
        return _act(request, campaign, person)
    context = {"campaign": campaign, "person": person, "is_self": is_self, "other_role": _other_role(person)}
    return render(request, "campaigns/organizer.html", context)


def _other_role(person: Organizer) -> str:
    return {Role.ORGANIZER: Role.HELPER, Role.HELPER: Role.ORGANIZER}.get(Role(person.role), "")


def _act(request: OrganizerRequest, campaign: Campaign, person: Organizer) -> HttpResponse:
    then, name = request.POST.get("then", ""), {"name": person.user.shown_name or person.user.email}
    is_self = person.pk == request.organizer.pk
    if then != "remove" and not request.organizer.is_owner:
        raise PermissionDenied(_("Only the owner of this campaign can do this."))
    if not is_self and _is_enough(request):
        messages.error(request, _("That is enough for one day. Please go on tomorrow."))
        return redirect("campaign_organizers", campaign.slug)
    try:
        if then == Role.OWNER:
            give_ownership(person, by=request.user)
            messages.success(request, _("%(name)s is the owner now, and an email says so. You are an organizer.") % name)
        elif then in (Role.ORGANIZER, Role.HELPER):
            set_role(person, role=then, by=request.user)
            messages.success(request, _("Saved. An email tells %(name)s.") % name)
        elif then == "remove":
            take_off(person, by=request.user)
            if is_self:
                messages.success(request, _("You have no role in %(campaign)s any more.") % {"campaign": campaign.name})
                return redirect("host_list")
            messages.success(request, _("%(name)s has no role here any more, and an email says so.") % name)
    except MeetupError as refusal:
        messages.error(request, str(refusal))
    return redirect("campaign_organizers", campaign.slug)


# The kit -------------------------------------------------------------------------------------------------------------


@organizer_required(may_see=ANY_ROLE)
@require_safe
def campaign_kit(request: OrganizerRequest, campaign: Campaign) -> HttpResponse:
    """The versions of the campaign's kit: since when each is, and how many evenings have it."""
    return render(request, "campaigns/kit_versions.html", {"campaign": campaign, "versions": kit_versions(campaign)})


def say_reached(num_drafts: int) -> str:
    """Return what an organizer reads once the campaign's words are saved."""
    saved = _("Saved. Published evenings stay as they are.")
    if not num_drafts:
        return saved
    reached = ngettext(
        "%(n)d draft has the new kit, but for what its host has changed.",
        "%(n)d drafts have the new kit, but for what their hosts have changed.",
        num_drafts,
    )
    return f"{saved} {reached % {'n': num_drafts}}"


# The word ------------------------------------------------------------------------------------------------------------


@organizer_required
@require_safe
def campaign_spread(request: OrganizerRequest, campaign: Campaign) -> HttpResponse:
    """Texts to send around, the link, and the poster."""
    context = {"campaign": campaign, "link": campaign_link(campaign)}
    context |= {"texts": make_texts(campaign), "frame": make_frame(campaign)}
    return render(request, "campaigns/spread.html", context)


@organizer_required
@require_safe
def campaign_poster(request: OrganizerRequest, campaign: Campaign, size: str) -> HttpResponse:
    """Return the poster as PDF for one size of paper; 404 for another size."""
    if size not in SIZES:
        raise Http404
    if too_many("paper", str(request.user.pk), limit=PRINTING_AN_HOUR, seconds=3600):
        messages.error(request, _("That was much paper in one hour. Please wait a little."))
        return redirect("campaign_spread", campaign.slug)
    try:
        pdf = print_papers(make_poster(campaign, size=size))
    except MeetupError as refusal:
        messages.error(request, str(refusal))
        return redirect("campaign_spread", campaign.slug)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{campaign.slug}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


# The end -------------------------------------------------------------------------------------------------------------


@organizer_required(may_be=OWNER, after_end=True)
@reauthentication_required(allow_get=True)
def campaign_end(request: OrganizerRequest, campaign: Campaign) -> HttpResponse:
    """GET says what the end means. POST ends the campaign now or after a day, or takes the end back within a week."""
    then = request.POST.get("then", "")
    form = EndForm(request.POST if request.method == "POST" and then == "day" else None)
    if request.method == "POST":
        try:
            if then == "back":
                take_end_back(campaign, by=request.user)
                messages.success(request, _("The end is taken back: the campaign goes on."))
                return redirect("dashboard", campaign.slug)
            if then == "now":
                end_campaign(campaign, at=None, by=request.user)
                messages.success(request, _("The campaign has ended. For a week you can take that back."))
                return redirect("dashboard", campaign.slug)
            if form.is_valid():
                end_campaign(campaign, at=end_of(form.cleaned_data["last_day"]), by=request.user)
                messages.success(request, _("Saved. Until then everything goes on as it is."))
                return redirect("campaign_end", campaign.slug)
        except MeetupError as refusal:
            if not form.is_bound:
                messages.error(request, str(refusal))
                return redirect("campaign_end", campaign.slug)
            form.add_error("last_day", str(refusal))
    return render(request, "campaigns/end.html", {"campaign": campaign, "form": form})


def end_of(day: date) -> datetime:
    """Return the last moment of a day, in UTC."""
    return datetime.combine(day, time.max, tzinfo=UTC)


def show_totals(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Show the dashboard of a campaign that has ended: totals, and no list of evenings."""
    totals = campaign_totals(campaign)
    context = {"campaign": campaign, "totals": totals, "steps": funnel(totals), "num_next": num_next_hosts(campaign)}
    return render(request, "campaigns/totals.html", context)
