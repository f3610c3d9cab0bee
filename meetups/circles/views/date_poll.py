"""Pages on which a host finds a date: the days and the people, what they said, and the choice."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from hosts.requests import SignedInRequest
from meetups.access.permissions import host_required
from meetups.access.rate_limit import too_many
from meetups.circles.date_words import table_of
from meetups.circles.dates import suggest_dates
from meetups.circles.forms.date_poll import ChosenForm, DatesForm
from meetups.circles.forms.people import AskPeopleForm
from meetups.circles.people import Person, same_people
from meetups.circles.services import date_poll as acts
from meetups.circles.services.again import what_is_missing_but_the_day
from meetups.circles.views.again import say_refused
from meetups.exceptions import MeetupError
from meetups.forms.fields import row_number
from meetups.guests.services.invitation import num_invites_left_today
from meetups.models import DatePoll, Meetup
from meetups.text.dishes import list_words
from meetups.times import clock, wall_time

HOUR = 3600
ASKING_AN_HOUR = 30


@host_required
def dates(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    """GET shows the days to put to guests, or what they said to them; POST asks."""
    if not meetup.is_draft:
        messages.info(request, _("This evening has its day already."))
        return redirect("host_desk", meetup.code)
    poll = DatePoll.objects.filter(meetup=meetup).first()
    people = _people_to_ask(meetup)
    if poll is not None:
        form = AskPeopleForm(request.POST or None, people=people)
        if request.method == "POST" and _ask(request, meetup, form, days=[]):
            return redirect("host_dates", meetup.code)
        return show_answers(request, meetup, poll, form)
    missing = list_words(what_is_missing_but_the_day(meetup))
    today = wall_time.local_date(clock.now(), meetup.zone or "UTC")
    before = meetup.again_of.date if meetup.again_of else None
    days = suggest_dates(meetup.date or before or today, today)
    form = DatesForm(request.POST or None, people=people, zone=meetup.zone, hour=_hour_of(meetup), days=days)
    if request.method == "POST" and not missing and _ask(request, meetup, form, days=None):
        return redirect("host_dates", meetup.code)
    context = {"form": form, "meetup": meetup, "missing": missing, "num_left": num_invites_left_today(request.user)}
    return render(request, "circles/dates_ask.html", context)


def _hour_of(meetup: Meetup):
    return meetup.time or (meetup.again_of.time if meetup.again_of else None)


def _people_to_ask(meetup: Meetup) -> list[Person]:
    """Return the people of the evening that this draft repeats, who are not on its list yet."""
    if meetup.again_of is None:
        return []
    there = set(meetup.guests.values_list("email_hash", flat=True))
    return [person for person in same_people(meetup.again_of) if person.email_hash not in there]


def _ask(request: SignedInRequest, meetup: Meetup, form: AskPeopleForm, *, days: list | None) -> bool:
    """Put the days to whom a valid form names, and tell whether that was done; else the reason is on the form."""
    if not form.is_valid():
        return False
    if too_many("invite", str(request.user.pk), limit=ASKING_AN_HOUR, seconds=HOUR):
        form.add_error(None, _("That was a lot of inviting in one hour. Please wait a little; what you typed is still here."))
        return False
    days = form.days if isinstance(form, DatesForm) else days or []
    words, by = form.cleaned_data["personal"], request.user
    try:
        invited = acts.ask_dates(meetup, days=days, by=by, people=form.chosen, addresses=form.pasted, personal=words)
    except MeetupError as refusal:
        form.add_error(None, str(refusal))
        return False
    num = len(invited.sent) + len(invited.later)
    said = ngettext("%(n)d letter asks for a day.", "%(n)d letters ask for a day.", num)
    messages.success(request, said % {"n": num} if num else _("Everybody on this list was asked already."))
    say_refused(request, invited)
    return True


def show_answers(
    request: SignedInRequest, meetup: Meetup, poll: DatePoll, form: AskPeopleForm, chosen: ChosenForm | None = None
) -> HttpResponse:
    """Show what guests said to each day, with a button to choose it."""
    poll.meetup = meetup
    context = {
        "meetup": meetup,
        "poll": poll,
        "table": table_of(poll, meetup),
        "form": form,
        "chosen": chosen or ChosenForm(zone=meetup.zone, initial={"time": _hour_of(meetup)}, prefix="other"),
        "num_left": num_invites_left_today(request.user),
    }
    return render(request, "circles/dates_said.html", context)


@require_POST
@host_required
def choose(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    """Choose a day: one that was put to the guests, or another one that is typed."""
    poll = DatePoll.objects.filter(meetup=meetup).first()
    if poll is None or not meetup.is_draft:
        return redirect("host_dates" if meetup.is_draft else "host_desk", meetup.code)
    option = poll.options.filter(pk=row_number(request.POST.get("option", ""))).first()
    form = ChosenForm(request.POST, zone=meetup.zone, prefix="other")
    if option is not None:
        form = ChosenForm({"date": option.date, "time": option.time}, zone=meetup.zone)
    if not form.is_valid():
        if option is not None:
            messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
            return redirect("host_dates", meetup.code)
        return show_answers(request, meetup, poll, AskPeopleForm(people=_people_to_ask(meetup)), form)
    try:
        acts.choose_date(meetup, day=form.cleaned_data["date"], hour=form.cleaned_data["time"], by=request.user)
    except MeetupError as refusal:
        messages.error(request, str(refusal))
        return redirect("host_dates", meetup.code)
    messages.success(request, _("It is published, and your guests hear which day it is."))
    return redirect("host_desk", meetup.code)


@require_POST
@host_required
def stop(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Ask guests no more, or with `again` take that back."""
    if "again" in request.POST:
        acts.ask_on(meetup)
        messages.success(request, _("Your guests can say again which days suit them."))
    else:
        acts.stop_asking(meetup)
        messages.success(request, _("Guests are not asked any more. You can still choose a day, or ask again."))
    return redirect("host_dates", meetup.code)
