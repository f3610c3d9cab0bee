"""Knocking at the one door: an address is typed somewhere, and a code goes to it."""

import logging
import time

from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.core import ratelimit
from django import forms
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from hosts import services
from hosts.adapter import AccountAdapter
from hosts.mailnow import AddressRefused, MailIsDown
from hosts.network import client_ip

security_log = logging.getLogger("longtable.security")

# Within this time a second press is the same press, and does not send a second letter.
SAME_PRESS_SECONDS = 30


def keep_next(name: str, target: str) -> HttpResponseRedirect:
    """Redirect to a page of the sign-in and take the target along."""
    return redirect(f"{reverse(name)}?{urlencode({'next': target})}" if target else reverse(name))


def pending_process(request: HttpRequest) -> LoginCodeVerificationProcess | None:
    """Return the sign-in that waits for its code in this browser, if its quarter of an hour is not over."""
    stage = LoginStageController.enter(request, LoginByCodeStage.key)
    process = stage and LoginCodeVerificationProcess.resume(stage)
    if not process or process.user is None:
        return None
    request.sign_in_user = process.user
    return process


def send_code(request: HttpRequest, email: str) -> None:
    """Mail a code to the address, whether or not it is known. Raises MailIsDown or AddressRefused."""
    pending = pending_process(request)
    if pending and pending.state["email"] == email and time.time() - pending.state["at"] < SAME_PRESS_SECONDS:
        return
    request.sign_in_user = services.let_knock(email)
    LoginCodeVerificationProcess.initiate(request=request, user=request.sign_in_user, email=email)


def knock(request: HttpRequest, form: forms.Form) -> bool:
    """Mail a code to the address of a valid form, known or unknown alike; False with the reason on the form when none left."""
    email = form.cleaned_data["email"]
    try:
        ratelimit.consume(request, action="request_login_code", key=email, raise_exception=True)
        send_code(request, email)
    except ratelimit.RateLimited:
        security_log.warning("sign-in limited ip=%s", client_ip(request))
        form.add_error(None, AccountAdapter.error_messages["rate_limited"])
    except AddressRefused:
        form.add_error("email", _("Our mail was refused for this address. Is it spelled right?"))
    except MailIsDown:
        security_log.error("sign-in mail is down")
        form.add_error(None, _("Our mail is down. Nothing is lost: try again in a minute."))
    else:
        return True
    return False
