"""The code a page gives out beforehand for the meetup it makes: pressing twice makes one draft, and nobody picks a code."""

from django.core.signing import BadSignature, Signer
from django.http import HttpRequest

from hosts.models import User
from meetups.models.meetup import make_code


def _signer(user: User) -> Signer:
    return Signer(salt=f"new-meetup:{user.pk}")


def new_press(user: User) -> str:
    """Return a fresh code, signed for this person."""
    return _signer(user).sign(make_code())


def read_press(request: HttpRequest) -> str:
    """Return the code of the page that was posted, or a fresh one for a page that gave none."""
    try:
        return _signer(request.user).unsign(request.POST.get("press", ""))
    except BadSignature:
        return make_code()
