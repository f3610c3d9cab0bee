"""The idempotency key of a page that makes a draft: it is the draft's code, so that a form sent twice makes one draft.

The key is signed for one person; nobody can choose a code of their own.
"""

from django.core.signing import BadSignature, Signer
from django.http import HttpRequest

from hosts.models import User
from meetups.forms.kept_input import typed_value
from meetups.models.meetup import make_code

# The name of the form's field, and of the parameter of a page's address.
FIELD = "press"


def _signer(user: User) -> Signer:
    return Signer(salt=f"new-meetup:{user.pk}")


def make_key(user: User) -> str:
    """Return a new key."""
    return _signer(user).sign(make_code())


def idempotency_key_for(request: HttpRequest, user: User) -> str:
    """Return the key to put into the page: the one that was posted, the one in its address, or a new one."""
    return request.POST.get(FIELD) or typed_value(FIELD) or key_in_address(request, user) or make_key(user)


def key_in_address(request: HttpRequest, user: User) -> str:
    """Return the key in the page's address where it is one of this user's, else an empty text."""
    key = request.GET.get(FIELD, "")
    return key if _read(key, user) else ""


def code_in(key: str) -> str:
    """Return the code of the draft that a key is for."""
    return key.partition(":")[0]


def was_typed_by(user: User) -> bool:
    """Tell whether the form that was kept for this browser was on a page of this user, and not of somebody before."""
    return bool(_read(typed_value(FIELD), user))


def code_of_draft(request: HttpRequest, user: User) -> str:
    """Return the code for the draft that this form makes: the same one for the same key, a new one where the key is not good."""
    return _read(request.POST.get(FIELD) or request.GET.get(FIELD, ""), user) or make_code()


def _read(key: str, user: User) -> str:
    try:
        return _signer(user).unsign(key)
    except BadSignature:
        return ""
