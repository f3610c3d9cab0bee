"""URLs of sign-in, account and staff.

allauth's own code reverses the names of all its pages, so the unwanted ones redirect to the sign-in or to the account.
"""

from allauth.account.models import EmailAddress
from allauth.account.views import logout
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from hosts import views
from hosts.signin import views as signin

admin.autodiscover()
# The staff site should not list addresses.
if admin.site.is_registered(EmailAddress):
    admin.site.unregister(EmailAddress)

to_sign_in = RedirectView.as_view(pattern_name="account_login", query_string=True)
to_account = RedirectView.as_view(pattern_name="account")

urlpatterns = [
    path("accounts/", views.account, name="account"),
    path("accounts/login/", signin.sign_in, name="account_login"),
    path("accounts/login/code/confirm/", signin.type_code, name="account_confirm_login_code"),
    path("accounts/logout/", logout, name="account_logout"),
    path("accounts/name/", views.name, name="account_name"),
    path("accounts/language/", views.language, name="account_language"),
    path("accounts/data/", views.data, name="account_data"),
    path("accounts/delete/", views.delete, name="account_delete"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    # Unwanted pages of allauth.
    path("accounts/login/code/", to_sign_in, name="account_request_login_code"),
    path("accounts/signup/", to_sign_in, name="account_signup"),
    path("accounts/inactive/", to_sign_in, name="account_inactive"),
    path("accounts/password/reset/", to_sign_in, name="account_reset_password"),
    path("accounts/reauthenticate/", to_account, name="account_reauthenticate"),
    path("accounts/email/", to_account, name="account_email"),
    path("accounts/confirm-email/", to_account, name="account_email_verification_sent"),
    path("accounts/password/change/", to_account, name="account_change_password"),
    path("accounts/password/set/", to_account, name="account_set_password"),
    path("staff/", admin.site.urls),
]
