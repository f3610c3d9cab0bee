"""Doors for whoever takes a conversation to their own table, and for the host who wants to know what came of it."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from hosts.knocking import keep_next, knock
from meetups.broadside import make_broadside
from meetups.cards import said_of
from meetups.exceptions import MeetupError
from meetups.forms.hold import HelloForm, HoldDoorForm, HoldForm, keep, kept
from meetups.ledto import led_to
from meetups.limits import too_many
from meetups.models import Meetup, Recap
from meetups.permissions import host_required
from meetups.press import new_press, read_press
from meetups.services.hold import hold_conversation, say_hello
from meetups.views.links import SeeOther

DRAFTS_AN_HOUR = 60


def _recap(slug: str) -> Recap:
    return get_object_or_404(Recap.objects.public().with_meetup(), slug=slug)


# No session is read here before somebody has one, so there is no CSRF token: all that a forged press can do is what anybody
# may do at the sign-in, mail a code to an address, within the same limits.
@csrf_exempt
@never_cache
def hold(request: HttpRequest, slug: str) -> HttpResponse:
    """GET asks for town, month and address. POST mails a code, and leads by way of it to the draft; nothing typed is lost."""
    recap = _recap(slug)
    is_known = settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated
    if is_known and request.method != "POST":
        return redirect("recap_hold_draft", slug)
    form_class = HoldForm if is_known else HoldDoorForm
    form = form_class(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        query = urlencode({"kept": keep(form.cleaned_data["town"], form.cleaned_data["month"])})
        target = f"{reverse('recap_hold_draft', args=[slug])}?{query}"
        if is_known:
            return SeeOther(target)
        if knock(request, form):
            return SeeOther(keep_next("account_confirm_login_code", target).url)
    broadside = make_broadside(recap)
    context = {"recap": recap, "broadside": broadside, "said_of": said_of(broadside), "form": form}
    return render(request, "public/hold_page.html", context)


@login_required
def hold_draft(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows what was typed before the sign-in, with one button. POST makes the draft."""
    if not request.user.shown_name:
        return redirect(f"{reverse('account_name')}?{urlencode({'next': request.get_full_path()})}")
    recap = _recap(slug)
    form = HoldForm(request.POST if request.method == "POST" else None, initial=kept(request.GET.get("kept", "")))
    if request.method == "POST" and form.is_valid():
        if too_many("draft", str(request.user.pk), limit=DRAFTS_AN_HOUR, seconds=3600):
            form.add_error(None, _("Those were many drafts in one hour. Please wait a little."))
        else:
            try:
                meetup = hold_conversation(request.user, recap, code=read_press(request), **form.fields_to_save)
                messages.success(request, say_made(meetup))
                return redirect("host_desk", meetup.code)
            except MeetupError as refusal:
                form.add_error(None, str(refusal))
    press = request.POST.get("press") or new_press(request.user)
    context = {"recap": recap, "form": form, "press": press, "parent_host": recap.meetup.host.shown_name}
    return render(request, "host/hold_draft.html", context)


def say_made(meetup: Meetup) -> str:
    """Return what a new host is told: what stands there already, and that it is theirs to change."""
    if meetup.date is None:
        return _("Your draft is made. The day is still yours to choose.")
    day = date_format(meetup.date, "l j F")
    said = _("Your draft is made. We put down %(day)s, seven in the evening, to begin with: change whatever you like.")
    return said % {"day": day}


@host_required
def reach(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Show the host what the recap led to, in numbers; POST writes the line for those who hold it on."""
    recap = Recap.objects.filter(meetup=meetup).first()
    if recap is None:
        return redirect("host_recap" if meetup.is_held else "host_desk", meetup.code)
    recap.meetup = meetup
    form = HelloForm(request.POST if request.method == "POST" else None, initial={"hello": recap.hello})
    if request.method == "POST" and form.is_valid():
        try:
            say_hello(recap, hello=form.cleaned_data["hello"])
            messages.success(request, _("Saved.") if recap.hello else _("Your word is taken back."))
            return redirect("host_recap_reach", meetup.code)
        except MeetupError as refusal:
            form.add_error("hello", str(refusal))
    context = {"meetup": meetup, "recap": recap, "form": form, "led_to": led_to(recap), "step": "recap"}
    return render(request, "host/recap_reach.html", context)
