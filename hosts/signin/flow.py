"""The sign-in by a mailed code: ask for one, and find the sign-in that is pending in a browser."""

import logging
import time

from allauth.core import ratelimit
from django import forms
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from hosts import services
from hosts.mail.immediate import AddressRefused, MailIsDown
from hosts.network import client_ip
from hosts.signin.adapter import AccountAdapter
from hosts.signin.code_process import CodeProcess, pending_process, start_process

security_log = logging.getLogger("longtable.security")

# A form that is sent twice within this time sends one letter.
SAME_REQUEST_SECONDS = 30


def keep_next(name: str, target: str) -> HttpResponseRedirect:
    """Redirect to a page of the sign-in, with the `next` target."""
    return redirect(f"{reverse(name)}?{urlencode({'next': target})}" if target else reverse(name))


def send_code(request: HttpRequest, email: str) -> None:
    """Mail a code to the address, whether or not it is known. Raises MailIsDown or AddressRefused."""
    pending = pending_process(request)
    if pending and pending.state["email"] == email and time.time() - pending.state["at"] < SAME_REQUEST_SECONDS:
        return
    start_process(request, services.find_or_add_user_signing_in(email), email)


def may_ask(request: HttpRequest, email: str) -> bool:
    """Tell whether this sender may ask for a code to this address, and count it. The requests of other senders do not count."""
    return ratelimit.consume(request, action="request_login_code", key=f"{client_ip(request)} {email}")


def may_guess(request: HttpRequest, process: CodeProcess) -> bool:
    """Tell whether another code may be typed, and count it, under a lock: many at the same moment are many.

    Counted for each sign-in, for each sender and account, and for each account, lest many senders guess together.
    """
    sign_in, account = f"{request.session.session_key}:{process.state['at']}", str(process.user.pk)
    keys = {"type_code": sign_in, "type_code_from": f"{client_ip(request)} {account}", "type_code_of": account}
    return all(ratelimit.consume(request, action=action, key=key) for action, key in keys.items())


def request_code(request: HttpRequest, form: forms.Form) -> bool:
    """Mail a code to the address of a valid form, known or not; return False, with the reason on the form, where that failed."""
    email = form.cleaned_data["email"]
    if not may_ask(request, email):
        security_log.warning("sign-in limited ip=%s", client_ip(request))
        form.add_error(None, AccountAdapter.error_messages["rate_limited"])
        return False
    try:
        send_code(request, email)
    except AddressRefused:
        form.add_error("email", _("Our mail was refused for this address. Is it spelled right?"))
    except MailIsDown:
        security_log.error("sign-in mail is down")
        form.add_error(None, _("Our mail is down. Nothing is lost: try again in a minute."))
    else:
        return True
    return False
