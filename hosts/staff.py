"""The staff's back door: only for staff, and only for those with a second factor (R96)."""

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class StaffSite(admin.AdminSite):
    """Django's admin behind our own sign-in. Nobody has a password, so none of its password pages is here."""

    site_header = site_title = settings.SITE_NAME
    index_title = gettext_lazy("Staff")

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and is_mfa_enabled(request.user, SECOND_FACTORS)

    def login(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """Send strangers to the one door, refuse who is no staff, and lead staff without a second factor to setting one up."""
        if self.has_permission(request):
            return redirect("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(request.GET.get("next") or request.get_full_path())
        if not request.user.is_staff:
            raise PermissionDenied
        messages.warning(request, _("Staff need a passkey or an authenticator app. Set one up here, then come back to /staff/."))
        return redirect("mfa_index")

    def password_change(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        raise Http404

    def password_change_done(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        raise Http404
