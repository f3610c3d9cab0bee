"""The staff site: only for sessions of staff that gave a second factor (R96, R133)."""

from typing import Any, NoReturn

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hosts.signin.session_factor import has_given_factor, url_to_give_factor


class StaffSite(admin.AdminSite):
    """Django's admin behind the site's sign-in, without the pages about passwords."""

    site_header = site_title = settings.SITE_NAME
    index_title = gettext_lazy("Staff")

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and has_given_factor(request)

    def login(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """Send strangers to the sign-in and refuse users who are not staff; ask staff for a second factor, or to set one up."""
        if self.has_permission(request):
            return redirect("admin:index")
        target = request.GET.get("next") or request.get_full_path()
        if not request.user.is_authenticated:
            return redirect_to_login(target)
        if not request.user.is_staff:
            raise PermissionDenied
        if url := url_to_give_factor(request.user):
            return redirect(f"{url}?{urlencode({'next': target})}")
        messages.warning(request, _("Staff need a passkey or an authenticator app. Set one up here, then come back to /staff/."))
        return redirect("mfa_index")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> NoReturn:
        raise Http404

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> NoReturn:
        raise Http404
