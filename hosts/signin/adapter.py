"""How allauth behaves here: six-digit codes, one page for new and known addresses, and mail that is sent at once."""

import re

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.core import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _

from hosts.hooks import account_hooks
from hosts.mail.immediate import machine_headers, send_now
from hosts.models import User
from hosts.network import client_ip
from hosts.requests import SignInRequest
from hosts.signin.codes import letters_key, make_code

NOT_IN_A_PATH = re.compile(r"[\x00-\x20\x7f\\]")


def is_own_path(url: str) -> bool:
    """Tell whether the text is a path on this site, without host, scheme, backslash or control character."""
    if not url.startswith("/") or NOT_IN_A_PATH.search(url):
        return False
    return url_has_allowed_host_and_scheme(url, allowed_hosts=None)


def has_letter_left(request: SignInRequest) -> bool:
    """Tell whether one more letter with this code may be mailed, and count it. Further requests rely on the ones before."""
    key = letters_key(request.sign_in_user, request.sign_in_at)
    return ratelimit.consume(request, action="mail_login_code", key=key)


def may_be_mailed(user: User) -> bool:
    """Tell whether a code may be mailed to this person now, and record it. An address that never agreed gets few (R88)."""
    if not user.is_active:
        return False
    return user.proven_at is not None or account_hooks().may_mail_stranger(user.email, kind="sign_in")


class AccountAdapter(DefaultAccountAdapter):
    """The adapter of allauth.account."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "incorrect_code": _("That is not the code. Look at the newest letter from us and type its six digits."),
        "too_many_login_attempts": _("Those were many tries in a short while. Please wait a few minutes and try again."),
        "rate_limited": _("Those were many tries in a short while. Please wait a few minutes and try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """There is no page to sign up; signing in makes accounts."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request)

    def is_safe_url(self, url: str | None) -> bool:
        """Only relative paths are safe (R94); nothing here makes full URLs of this site."""
        return url is not None and is_own_path(url)

    def generate_login_code(self) -> str:
        request = allauth_context.request
        return make_code(request.sign_in_user, request.sign_in_at)

    def post_login(self, request: HttpRequest, user: User, **details) -> HttpResponse:
        """After the first sign-in redirect to the form for the name, and from there to `next`."""
        response = super().post_login(request, user, **details)
        if user.shown_name:
            return response
        return redirect(f"{reverse('account_name')}?{urlencode({'next': response.url})}")

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """Send a code at once, or, where the address may get none, take as long. Raises MailIsDown or AddressRefused."""
        request = allauth_context.request
        words = {"SITE_NAME": settings.SITE_NAME, "PUBLIC_URL": settings.PUBLIC_URL}
        message = self.render_mail(template_prefix, email, context | words, headers=machine_headers())
        # Only counted once the relay is connected: a new address gets few letters.
        send_now(message, only_if=lambda: has_letter_left(request) and may_be_mailed(request.sign_in_user))
