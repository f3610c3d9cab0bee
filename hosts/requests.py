"""Requests as typed views see them; at runtime each is Django's own."""

from datetime import datetime

from django.http import HttpRequest

from hosts.models import Organizer, User

# In the META of a request: what was posted together with another language, and is not to be taken yet.
POSTED = "longtable.posted"


def typed_before(request: HttpRequest) -> dict[str, str]:
    """Return what was typed into the page's form before the language was switched, for its initial data."""
    posted = request.META.get(POSTED)
    return posted.dict() if posted is not None else {}


class SignedInRequest(HttpRequest):
    """A request behind `login_required`."""

    user: User


class OrganizerRequest(SignedInRequest):
    """A request behind `organizer_required`: the viewer's role in the campaign comes along."""

    organizer: Organizer


class SignInRequest(HttpRequest):
    """A request of the sign-in pages, once it is known whose code is mailed or typed."""

    sign_in_user: User
    # When the code was asked for.
    sign_in_at: datetime
