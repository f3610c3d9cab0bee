"""Views for forking a conversation: the public form, the draft after the sign-in, and the numbers for the host it came from."""

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

from hosts.requests import SignedInRequest
from hosts.signin.flow import keep_next, request_code
from meetups.access.permissions import host_required
from meetups.access.rate_limit import too_many
from meetups.exceptions import MeetupError
from meetups.forms.kept_input import keeps_typed
from meetups.guests.views.link_page import SeeOther
from meetups.models import Meetup, Recap
from meetups.planning.idempotency_key import code_of_draft, idempotency_key_for
from meetups.planning.services.fork import fork_conversation, set_hello
from meetups.planning.steps.parts import url_to_go_on
from meetups.recaps.public_view import make_broadside, said_of
from meetups.sharing.forms import ForkForm, ForkSignInForm, HelloForm, read_signed_input, sign_input
from meetups.sharing.reach import led_to

DRAFTS_AN_HOUR = 60


def _recap(slug: str) -> Recap:
    return get_object_or_404(Recap.objects.public().with_meetup(), slug=slug)


# No session is read here before somebody has one, so there is no CSRF token: a forged POST can do no more than anybody may do at
# the sign-in, mail a code to an address, within the same limits.
@csrf_exempt
@never_cache
@keeps_typed
def fork_page(request: HttpRequest, slug: str) -> HttpResponse:
    """GET asks for town, month and address. POST mails a code; what was typed goes along through the sign-in to the draft."""
    recap = _recap(slug)
    is_known = settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated
    if is_known and request.method != "POST":
        return redirect("recap_hold_draft", slug)
    form_class = ForkForm if is_known else ForkSignInForm
    form = form_class(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        query = urlencode({"kept": sign_input(form.cleaned_data["town"], form.cleaned_data["month"])})
        target = f"{reverse('recap_hold_draft', args=[slug])}?{query}"
        if is_known:
            return SeeOther(target)
        if request_code(request, form):
            return SeeOther(keep_next("account_confirm_login_code", target).url)
    broadside = make_broadside(recap)
    context = {"recap": recap, "broadside": broadside, "said_of": said_of(broadside), "form": form}
    return render(request, "sharing/fork_page.html", context)


@login_required
def fork_draft(request: SignedInRequest, slug: str) -> HttpResponse:
    """GET shows what was typed before the sign-in, with one button. POST makes the draft, one for each idempotency key."""
    if not request.user.shown_name:
        return redirect(f"{reverse('account_name')}?{urlencode({'next': request.get_full_path()})}")
    recap = _recap(slug)
    form = ForkForm(request.POST if request.method == "POST" else None, initial=read_signed_input(request.GET.get("kept", "")))
    if request.method == "POST" and form.is_valid():
        if too_many("draft", str(request.user.pk), limit=DRAFTS_AN_HOUR, seconds=3600):
            form.add_error(None, _("Those were many drafts in one hour. Please wait a little."))
        else:
            try:
                meetup = fork_conversation(request.user, recap, code=code_of_draft(request, request.user), **form.fields_to_save)
                messages.success(request, say_made(meetup))
                return redirect(url_to_go_on(meetup))
            except MeetupError as refusal:
                form.add_error(None, str(refusal))
    key = idempotency_key_for(request, request.user)
    context = {"recap": recap, "form": form, "idempotency_key": key, "parent_host": recap.meetup.host.shown_name}
    return render(request, "sharing/fork_draft.html", context)


def say_made(meetup: Meetup) -> str:
    """Return what a new host reads above their draft: the evening that was filled in, and that they may change it."""
    if meetup.date is None:
        return _("Your draft is made. The day is still yours to choose.")
    day = date_format(meetup.date, "l j F")
    said = _("Your draft is made. We put down %(day)s, seven in the evening, to begin with: change whatever you like.")
    return said % {"day": day}


@host_required
def reach(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """GET shows the host what the recap led to, in numbers. POST saves the line for those who fork it."""
    recap = Recap.objects.filter(meetup=meetup).first()
    if recap is None:
        return redirect("host_recap" if meetup.is_held else "host_desk", meetup.code)
    recap.meetup = meetup
    form = HelloForm(request.POST if request.method == "POST" else None, initial={"hello": recap.hello})
    if request.method == "POST" and form.is_valid():
        try:
            set_hello(recap, hello=form.cleaned_data["hello"])
            messages.success(request, _("Saved.") if recap.hello else _("Your word is taken back."))
            return redirect("host_recap_reach", meetup.code)
        except MeetupError as refusal:
            form.add_error("hello", str(refusal))
    context = {"meetup": meetup, "recap": recap, "form": form, "led_to": led_to(recap), "step": "recap"}
    return render(request, "sharing/recap_reach.html", context)
