"""Pages of a row of evenings, for its host: start it, change one evening, its people, stop it."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from hosts.requests import SignedInRequest
from meetups.access.permissions import host_required
from meetups.access.rate_limit import too_many
from meetups.circles.dates import suggest_dates
from meetups.circles.forms.circle import CircleForm, EveningForm
from meetups.circles.forms.people import AskPeopleForm
from meetups.circles.people import Person, same_people
from meetups.circles.services import circle as acts
from meetups.circles.services.again import may_hold_again
from meetups.exceptions import MeetupError
from meetups.models import Circle, CircleEvening, CircleMember, Meetup
from meetups.times import clock, wall_time
from meetups.times import words as when

HOUR = 3600
CHANGES_AN_HOUR = 60


@dataclass(frozen=True)
class PlannedRow:
    """An evening of a row that is still to be made, or was left out."""

    evening: CircleEvening
    words: str
    asked_on: str
    form: EveningForm


@host_required
def circle(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    """GET shows the row, or how to start one from this evening; POST starts it."""
    if meetup.circle is not None:
        return show_row(request, meetup, meetup.circle)
    if not meetup.is_published:
        messages.info(request, _("Publish the evening first. A row begins with an evening that is held."))
        return redirect("host_desk", meetup.code)
    today = wall_time.local_date(clock.now(), meetup.zone)
    initial = {"date": suggest_dates(meetup.date or today, today)[0], "time": meetup.time}
    form = CircleForm(request.POST or None, initial=initial, people=same_people(meetup), zone=meetup.zone)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        days: dict[str, Any] = {}
        if form.has_rhythm:
            days = {"first": data["date"], "hour": data["time"], "count": data["count"], "until": data["until"]}
        try:
            if too_many("circle", str(request.user.pk), limit=CHANGES_AN_HOUR, seconds=HOUR):
                raise MeetupError(_("Those were many changes in one hour. Please wait a little."))
            acts.start_circle(meetup, rhythm=data["rhythm"], people=form.chosen, **days)
        except MeetupError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The row is made. Nobody is written to yet."))
            return redirect("host_circle", meetup.code)
    return render(request, "circles/circle_start.html", {"form": form, "meetup": meetup})


def show_row(
    request: SignedInRequest,
    meetup: Meetup,
    row: Circle,
    *,
    form: AskPeopleForm | None = None,
    wrong: EveningForm | None = None,
) -> HttpResponse:
    """Show the evenings of a row and its people. `wrong` is the form of an evening with its errors."""
    made = list(Meetup.objects.hosted_by(request.user).filter(circle=row).order_by("starts_at", "pk"))
    planned = [
        _planned(evening, meetup, wrong)
        for evening in CircleEvening.objects.filter(circle=row, meetup=None)
        if evening.is_skipped or not row.is_stopped
    ]
    last = made[-1] if made else meetup
    context = {
        "meetup": meetup,
        "circle": row,
        "made": made,
        "planned": planned,
        "last": last if may_hold_again(last) and not row.is_stopped else None,
        "members": list(CircleMember.objects.staying().filter(circle=row).order_by("name", "pk")),
        "num_left": CircleMember.objects.filter(circle=row).exclude(left_at=None).count(),
        "form": form or AskPeopleForm(people=_not_members(meetup)),
        "wrong": wrong,
    }
    return render(request, "circles/circle.html", context)


def _planned(evening: CircleEvening, meetup: Meetup, wrong: EveningForm | None) -> PlannedRow:
    starts_at = wall_time.nearest_utc(evening.date, evening.time, meetup.zone)
    prefix = f"evening{evening.pk}"
    form = wrong if wrong is not None and wrong.prefix == prefix else None
    form = form or EveningForm(initial={"date": evening.date, "time": evening.time}, zone=meetup.zone, prefix=prefix)
    asked_on = when.day_words(evening.look_at, meetup.zone) if evening.look_at else ""
    return PlannedRow(evening, when.full_moment(starts_at, meetup.zone), asked_on, form)


def _not_members(meetup: Meetup) -> list[Person]:
    there = set(CircleMember.objects.filter(circle=meetup.circle_id).values_list("email_hash", flat=True))
    return [person for person in same_people(meetup) if person.email_hash not in there]


def _row_required(view):
    """Call the view of a POST with an evening and its row; one without a row leads to the page where one is started."""

    @require_POST
    @host_required
    def checked(request: SignedInRequest, meetup: Meetup, **kwargs: Any) -> HttpResponse:
        if meetup.circle is None:
            return redirect("host_circle", meetup.code)
        return view(request, meetup, meetup.circle, **kwargs)

    return checked


@_row_required
def people(request: SignedInRequest, meetup: Meetup, row: Circle) -> HttpResponse:
    """Add people to the row: they are asked to the next evening of it, and not to one that is published."""
    form = AskPeopleForm(request.POST, people=_not_members(meetup))
    if not form.is_valid():
        return show_row(request, meetup, row, form=form)
    new = [*form.chosen, *(Person(name, email) for name, email in form.pasted)]
    try:
        added = acts.add_members(row, new)
    except MeetupError as refusal:
        form.add_error(None, str(refusal))
        return show_row(request, meetup, row, form=form)
    words = ngettext("%(n)d person belongs to the row now.", "%(n)d people belong to the row now.", len(added))
    messages.success(request, words % {"n": len(added)} if added else _("Nobody new: they belong to it, or have left it."))
    return redirect("host_circle", meetup.code)


@_row_required
def take_member_off(request: SignedInRequest, meetup: Meetup, row: Circle, pk: int) -> HttpResponse:
    """Ask somebody to no later evening; those that are published stay as they are."""
    member = get_object_or_404(CircleMember.objects.filter(circle=row), pk=pk)
    name = member.name or member.email
    acts.take_off(member)
    messages.success(request, _("%(name)s is asked to no later evening of this row.") % {"name": name})
    return redirect("host_circle", meetup.code)


@_row_required
def stop(request: SignedInRequest, meetup: Meetup, row: Circle) -> HttpResponse:
    """Stop the row, or with `again` take that back."""
    if "again" in request.POST:
        acts.go_on(row)
        messages.success(request, _("The row goes on."))
    else:
        acts.stop_circle(row)
        messages.success(request, _("The row is stopped. Evenings that are published stay as they are."))
    return redirect("host_circle", meetup.code)


@_row_required
def evening(request: SignedInRequest, meetup: Meetup, row: Circle, pk: int) -> HttpResponse:
    """Leave one evening out (`skip`), take it in again (`back`), or move it to the day that is typed."""
    one = get_object_or_404(CircleEvening.objects.filter(circle=row, meetup=None), pk=pk)
    try:
        if "skip" in request.POST or "back" in request.POST:
            acts.skip_evening(one, is_skipped="skip" in request.POST)
            return redirect("host_circle", meetup.code)
        form = EveningForm(request.POST, zone=meetup.zone, prefix=f"evening{one.pk}")
        if not form.is_valid():
            return show_row(request, meetup, row, wrong=form)
        acts.change_evening(one, day=form.cleaned_data["date"], hour=form.cleaned_data["time"], zone=meetup.zone)
        messages.success(request, _("Moved. The other evenings stay as they were, and nobody is written to."))
    except MeetupError as refusal:
        messages.error(request, str(refusal))
    return redirect("host_circle", meetup.code)
