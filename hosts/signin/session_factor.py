"""The second factor that a session has given, and what adding or removing one does to the other sessions (R133)."""

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset, authenticator_used
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth import update_session_auth_hash
from django.dispatch import receiver
from django.http import HttpRequest

from hosts import services
from hosts.models import User

SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
# In the session: the ids of the user and of the authenticator whose code or signature was accepted in it.
SESSION_KEY = "second_factor"


def has_given_factor(request: HttpRequest) -> bool:
    """Tell whether this session gave a second factor that the user still has. A recovery code stands in for a lost one."""
    given = request.session.get(SESSION_KEY)
    if not request.user.is_authenticated or not given or given[0] != request.user.pk:
        return False
    still_has_it = Authenticator.objects.filter(user=request.user, pk=given[1]).exists()
    return still_has_it and is_mfa_enabled(request.user, SECOND_FACTORS)


def url_to_give_factor(user: User) -> str:
    """Return the page that asks a signed-in user for a second factor; empty where the user has none. Recovery codes are none."""
    if not is_mfa_enabled(user, SECOND_FACTORS):
        return ""
    methods = get_adapter().get_reauthentication_methods(user)
    return next((method["url"] for method in methods if method["id"].startswith("mfa_")), "")


@receiver(authenticator_used)
def remember_factor(request: HttpRequest, user: User, authenticator: Authenticator, **details: object) -> None:
    """Note in the session that this factor was given."""
    request.session[SESSION_KEY] = [user.pk, authenticator.pk]


@receiver(authenticator_added)
def remember_added_factor(request: HttpRequest, user: User, authenticator: Authenticator, **details: object) -> None:
    """Note in the session that this factor was given: adding it takes a valid code, or a signature of the passkey."""
    if authenticator.type in SECOND_FACTORS:
        request.session[SESSION_KEY] = [user.pk, authenticator.pk]


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def end_other_sessions(request: HttpRequest, user: User, **details: object) -> None:
    """Sign the user out everywhere but in this session."""
    services.end_sessions(user)
    update_session_auth_hash(request, user)
