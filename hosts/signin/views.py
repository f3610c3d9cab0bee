"""Sign in with a mailed code. One page for known and unknown addresses, and the same answer for both."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from hosts import services
from hosts.forms import CodeForm, SignInForm
from hosts.mail.immediate import AddressRefused, MailIsDown
from hosts.requests import typed_before
from hosts.signin.adapter import AccountAdapter, is_own_path
from hosts.signin.code_process import CodeProcess, current_code, pending_process
from hosts.signin.flow import keep_next, may_ask, may_guess, request_code


def own_next(request: HttpRequest) -> str:
    """Return the `next` target where it is a path of this site, else an empty string."""
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
    form = SignInForm(request.POST or None, initial=typed_before(request))
    if request.method == "POST" and form.is_valid() and request_code(request, form):
        return keep_next("account_confirm_login_code", target)
    context = {"form": form, "redirect_field": next_field(target), "PASSKEY_LOGIN_ENABLED": settings.MFA_PASSKEY_LOGIN_ENABLED}
    return render(request, "account/login.html", context)


@sensitive_post_parameters("code")
@never_cache
def type_code(request: HttpRequest) -> HttpResponse:
    """Take the six digits. After five wrong ones, or a quarter of an hour, a new code is needed."""
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
    form = CodeForm(request.POST or None, code=current_code(process))
    if request.method == "POST":
        if not may_guess(request, process):
            # An unbound form: what was typed is not compared, or the page would tell a right code from a wrong one.
            form = CodeForm(code="")
            messages.error(request, AccountAdapter.error_messages["rate_limited"])
        elif form.is_valid() and not services.spend_code(process.user):
            form.add_error("code", AccountAdapter.error_messages["incorrect_code"])
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


def resend_code(request: HttpRequest, process: CodeProcess) -> None:
    """Mail the code once more, and say so, also to an address that may get no more letters now."""
    code, email = process.code, process.state["email"]
    if not may_ask(request, email):
        messages.error(request, AccountAdapter.error_messages["rate_limited"])
        return
    try:
        if process.can_resend:
            process.resend()
    except (MailIsDown, AddressRefused):
        # The code of the former letter stays good.
        process.state["code"] = code
        process.persist()
        messages.error(request, _("Our mail is down. Nothing is lost: try again in a minute."))
    else:
        messages.info(
            request,
            _("We sent it again, if this address may get another letter today. The code in the earlier one still counts."),
        )


def remember_language(response: HttpResponse, language: str) -> HttpResponse:
    """Set the language cookie, where a language is known."""
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
