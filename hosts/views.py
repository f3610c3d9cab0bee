"""One's own account: the name to show, the language, a copy of what is kept, deletion."""

import logging

from allauth.account.decorators import reauthentication_required
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from hosts import services
from hosts.forms import NameForm
from hosts.hooks import account_hooks
from hosts.language import IN_ADDRESS, spoken
from hosts.requests import SignedInRequest, typed_before
from hosts.signin.views import next_field, own_next, remember_language

security_log = logging.getLogger("longtable.security")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Save the chosen language in the cookie and the account, and go back to the page."""
    page, _question, query = (own_next(request) or "/").partition("?")
    asked = QueryDict(query, mutable=True)
    # A language in the URL would take precedence over the chosen one.
    asked.pop(IN_ADDRESS, None)
    response = HttpResponseRedirect(f"{page}?{asked.urlencode()}" if asked else page, status=303)
    chosen = spoken(request.POST.get("language", ""))
    if chosen and request.user.is_authenticated:
        services.keep_language(request.user, language=chosen)
    return remember_language(response, chosen)


@login_required
def account(request: SignedInRequest) -> HttpResponse:
    """Show the account and the links to change it."""
    return render(request, "account/account.html", {"has_mfa": is_mfa_enabled(request.user)})


@login_required
def name(request: SignedInRequest) -> HttpResponse:
    """Ask for the name to show, after the first sign-in and at any time."""
    target = own_next(request)
    is_first = not request.user.shown_name
    form = NameForm(request.POST or None, initial={"shown_name": request.user.shown_name} | typed_before(request))
    if request.method == "POST" and form.is_valid():
        services.rename_user(request.user, shown_name=form.cleaned_data["shown_name"])
        if not is_first:
            messages.success(request, _("Your name is changed."))
        return redirect(target or (settings.LOGIN_REDIRECT_URL if is_first else "account"))
    context = {"form": form, "is_first": is_first, "redirect_field": next_field(target)}
    return render(request, "account/name.html", context)


@login_required
@reauthentication_required(allow_get=True)
@never_cache
def data(request: SignedInRequest) -> HttpResponse:
    """GET explains; POST returns all that is stored about the person, as JSON (R104)."""
    if request.method != "POST":
        return render(request, "account/data.html")
    security_log.info("data taken user=%s", request.user.pk)
    options = {"ensure_ascii": False, "indent": 2}
    response = JsonResponse(account_hooks().data_of_user(request.user), encoder=DjangoJSONEncoder, json_dumps_params=options)
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@login_required
@reauthentication_required(allow_get=True)
def delete(request: SignedInRequest) -> HttpResponse:
    """GET says what is deleted and what stays; POST deletes the account, unless it hosts an upcoming meetup."""
    obstacles = account_hooks().obstacles_to_deletion(request.user)
    if request.method == "POST":
        pk = request.user.pk
        obstacles = services.delete_account(request.user)
        if not obstacles:
            security_log.info("account deleted user=%s", pk)
            logout(request)
            messages.success(request, _("Your account is deleted. Thank you for having been here."))
            return redirect("account_login")
    return render(request, "account/delete.html", {"obstacles": obstacles})
