"""Where people sign in and what they are called.

Of allauth's pages only those stand here that we want; the rest of their names lead to the one door, because allauth's own
code still asks for them.
"""

from allauth.account.models import EmailAddress
from allauth.account.views import logout
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from hosts import views

admin.autodiscover()
# A list of addresses; each person's own page has theirs.
if admin.site.is_registered(EmailAddress):
    admin.site.unregister(EmailAddress)

to_the_door = RedirectView.as_view(pattern_name="account_login", query_string=True)
to_the_account = RedirectView.as_view(pattern_name="account")

urlpatterns = [
    path("accounts/", views.account, name="account"),
    path("accounts/login/", views.sign_in, name="account_login"),
    path("accounts/login/code/confirm/", views.type_code, name="account_confirm_login_code"),
    path("accounts/logout/", logout, name="account_logout"),
    path("accounts/name/", views.name, name="account_name"),
    path("accounts/language/", views.language, name="account_language"),
    path("accounts/data/", views.data, name="account_data"),
    path("accounts/delete/", views.delete, name="account_delete"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    # No password, no second door.
    path("accounts/login/code/", to_the_door, name="account_request_login_code"),
    path("accounts/signup/", to_the_door, name="account_signup"),
    path("accounts/inactive/", to_the_door, name="account_inactive"),
    path("accounts/password/reset/", to_the_door, name="account_reset_password"),
    path("accounts/reauthenticate/", to_the_account, name="account_reauthenticate"),
    path("accounts/email/", to_the_account, name="account_email"),
    path("accounts/confirm-email/", to_the_account, name="account_email_verification_sent"),
    path("accounts/password/change/", to_the_account, name="account_change_password"),
    path("accounts/password/set/", to_the_account, name="account_set_password"),
    path("staff/", admin.site.urls),
]
