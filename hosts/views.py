"""Sign in with a mailed code, the name to show, leave. One door for new and known addresses, and one answer for both."""

import logging

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.core import ratelimit
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from hosts import services
from hosts.adapter import AccountAdapter, is_own_path
from hosts.forms import CodeForm, NameForm, SignInForm
from hosts.knocking import keep_next, knock, pending_process
from hosts.language import IN_ADDRESS, spoken
from hosts.mailnow import AddressRefused, MailIsDown

security_log = logging.getLogger("longtable.security")


def own_next(request: HttpRequest) -> str:
    """Return where the person wants to go afterwards, when that is a path of this site; else nothing."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if is_own_path(wanted) else ""


def next_field(target: str) -> str:
    return format_html('<input type="hidden" name="next" value="{}">', target) if target else ""


@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for an address and mail it a code. A known and an unknown address get the same answer (R97)."""
    target = own_next(request)
    if request.user.is_authenticated:
        return redirect(target or settings.LOGIN_REDIRECT_URL)
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and knock(request, form):
        return keep_next("account_confirm_login_code", target)
    context = {"form": form, "redirect_field": next_field(target), "PASSKEY_LOGIN_ENABLED": settings.MFA_PASSKEY_LOGIN_ENABLED}
    return render(request, "account/login.html", context)


@sensitive_post_parameters("code")
@never_cache
def type_code(request: HttpRequest) -> HttpResponse:
    """Take the six digits. Five wrong ones, or a quarter of an hour, and a new code is needed."""
    target = own_next(request)
    if request.user.is_authenticated:
        return redirect(target or settings.LOGIN_REDIRECT_URL)
    process = pending_process(request)
    if process is None:
        messages.info(request, _("That code has run out. Ask for a new one."))
        return keep_next("account_login", target)
    if request.method == "POST" and request.POST.get("action") == "resend":
        resend_code(request, process)
        return keep_next("account_confirm_login_code", target)
    form = CodeForm(request.POST or None, code=process.code)
    if request.method == "POST":
        # Counted in the cache, under a lock: many wrong codes sent at the same moment are many, and not one.
        if not ratelimit.consume(request, action="type_code", key=request.session.session_key or ""):
            form.add_error(None, AccountAdapter.error_messages["rate_limited"])
        elif form.is_valid():
            services.prove_address(process.user, language=get_language() or "")
            return remember_language(process.finish(target or None), process.user.language)
        elif not process.record_invalid_attempt():
            messages.error(request, _("Those were five wrong codes. Ask for a new one."))
            return keep_next("account_login", target)
    context = {
        "verify_form": form,
        "email": process.state["email"],
        "can_resend": process.can_resend,
        "redirect_field": next_field(target),
        "cancel_url": keep_next("account_login", target).url,
    }
    return render(request, "account/confirm_login_code.html", context)


def resend_code(request: HttpRequest, process: LoginCodeVerificationProcess) -> None:
    """Mail the code once more, and say so; a new address that had its letters of the day gets the same words."""
    code, email = process.code, process.state["email"]
    try:
        ratelimit.consume(request, action="request_login_code", key=email, raise_exception=True)
        if process.can_resend:
            process.resend()
    except ratelimit.RateLimited:
        messages.error(request, AccountAdapter.error_messages["rate_limited"])
    except (MailIsDown, AddressRefused):
        # The letter that went out before still counts.
        process.state["code"] = code
        process.persist()
        messages.error(request, _("Our mail is down. Nothing is lost: try again in a minute."))
    else:
        messages.info(
            request,
            _("We sent it again, if this address may get another letter today. The code in the earlier one still counts."),
        )


def remember_language(response: HttpResponse, language: str) -> HttpResponse:
    """Let the browser remember the language of a person with a session; where none is known, it goes on asking for its own."""
    if language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=settings.SESSION_COOKIE_AGE,
            secure=bool(settings.SESSION_COOKIE_SECURE),
            httponly=True,
            samesite="Lax",
        )
    return response


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language that was pressed, in this browser and with the account, and go back to the page it was pressed on."""
    page, _question, query = (own_next(request) or "/").partition("?")
    asked = QueryDict(query, mutable=True)
    # What the address says would win over what was pressed.
    asked.pop(IN_ADDRESS, None)
    response = HttpResponseRedirect(f"{page}?{asked.urlencode()}" if asked else page, status=303)
    pressed = spoken(request.POST.get("language", ""))
    if pressed and request.user.is_authenticated:
        services.keep_language(request.user, language=pressed)
    return remember_language(response, pressed)


@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Show what the account is made of, and the ways to change it."""
    return render(request, "account/account.html", {"has_mfa": is_mfa_enabled(request.user)})


@login_required
def name(request: HttpRequest) -> HttpResponse:
    """Ask for the name to show: the first time on the way in, later whenever somebody likes."""
    target = own_next(request)
    is_first = not request.user.shown_name
    form = NameForm(request.POST or None, initial={"shown_name": request.user.shown_name})
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
def data(request: HttpRequest) -> HttpResponse:
    """Say what is in it; the button hands over all that is kept about the person, as JSON (R104)."""
    if request.method != "POST":
        return render(request, "account/data.html")
    security_log.info("data taken user=%s", request.user.pk)
    options = {"ensure_ascii": False, "indent": 2}
    response = JsonResponse(services.data_of(request.user), encoder=DjangoJSONEncoder, json_dumps_params=options)
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@login_required
@reauthentication_required(allow_get=True)
def delete(request: HttpRequest) -> HttpResponse:
    """Say what goes and what stays; the button does it, unless guests still count on this host."""
    keepers = services.what_keeps(request.user)
    if request.method == "POST":
        pk = request.user.pk
        keepers = services.delete_account(request.user)
        if not keepers:
            security_log.info("account deleted user=%s", pk)
            logout(request)
            messages.success(request, _("Your account is deleted. Thank you for having been here."))
            return redirect("account_login")
    return render(request, "account/delete.html", {"keepers": keepers})
