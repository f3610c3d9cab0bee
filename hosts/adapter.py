"""allauth in our house: six-digit codes, one door for new and known addresses, a relay that is down said in a sentence."""

import re
from datetime import UTC, datetime

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from hosts.mailnow import machine_headers, send_now
from hosts.models import User
from hosts.network import client_ip

CODE_DIGITS = 6
NOT_IN_A_PATH = re.compile(r"[\x00-\x20\x7f\\]")


def is_own_path(url: str) -> bool:
    """Tell whether the text is a path on this site and nothing else: no host, no scheme, no backslash, no control character."""
    if not url.startswith("/") or NOT_IN_A_PATH.search(url):
        return False
    return url_has_allowed_host_and_scheme(url, allowed_hosts=None)


def make_code(user: User, at: datetime) -> str:
    """Return the six digits that sign this person in, the same for a quarter of an hour and until they have been used.

    Derived, not drawn: whoever presses twice, or asks again in another window, may type the code of either letter. Windows
    are counted from the row's own beginning, so that the one letter a new address gets in a day opens every try of its
    first quarter of an hour. Guessing is held down by the limits on asking and on typing.
    """
    window = int((at - user.created_at).total_seconds() // settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
    value = f"{user.pk}:{user.email}:{user.last_login}:{window}"
    digest = salted_hmac("hosts.adapter.make_code", value, algorithm="sha256").digest()
    return str(int.from_bytes(digest[:8], "big") % 10**CODE_DIGITS).zfill(CODE_DIGITS)


def may_be_mailed(user: User) -> bool:
    """Tell whether a code may go to this person now, and note it. An address that never agreed gets few (R88)."""
    if not user.is_active:
        return False
    return user.proven_at is not None or import_string(settings.SIGN_IN_LEDGER)(user.email, kind="sign_in")


class AccountAdapter(DefaultAccountAdapter):
    """How sign-in behaves and what it says."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "incorrect_code": _("That is not the code. Look at the newest letter from us and type its six digits."),
        "too_many_login_attempts": _("Those were many tries in a short while. Please wait a few minutes and try again."),
        "rate_limited": _("Those were many tries in a short while. Please wait a few minutes and try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """There is no page to sign up: the one door makes accounts."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request)

    def is_safe_url(self, url: str | None) -> bool:
        """Only own relative paths (R94); a full URL of this site is refused too, because nothing here makes one."""
        return bool(url) and is_own_path(url)

    def generate_login_code(self) -> str:
        return make_code(allauth_context.request.sign_in_user, datetime.now(UTC))

    def post_login(self, request: HttpRequest, user: User, **details) -> HttpResponse:
        """After the first sign-in ask for the name to show, and go on from there to where the person wanted."""
        response = super().post_login(request, user, **details)
        if user.shown_name:
            return response
        return redirect(f"{reverse('account_name')}?{urlencode({'next': response.url})}")

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """Send a code at once. Raises MailIsDown or AddressRefused; says nothing when the address may not be mailed."""
        user = allauth_context.request.sign_in_user
        words = {"SITE_NAME": settings.SITE_NAME, "PUBLIC_URL": settings.PUBLIC_URL}
        message = self.render_mail(template_prefix, email, context | words, headers=machine_headers())
        # A relay that is down must not use up a letter of the few that a new address gets.
        send_now(message, only_if=lambda: may_be_mailed(user))
