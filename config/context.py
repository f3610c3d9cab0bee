"""What every template may show: of the site itself, and on a page of an evening what its host should do next."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from meetups.access.permissions import hosted_meetup
from meetups.planning.steps.next_step import best_next


def site(request: HttpRequest) -> dict:
    """Return the site's name, its public URL, and whether the mailbox can be opened here; behind `host_required` also
    `best_next`, which asks the database only where a template shows it."""
    facts = {
        "SITE_NAME": settings.SITE_NAME,
        "PUBLIC_URL": settings.PUBLIC_URL,
        "MAILBOX_IS_OPEN": settings.MAILBOX_IS_OPEN,
    }
    meetup = hosted_meetup(request)
    return facts if meetup is None else facts | {"best_next": SimpleLazyObject(lambda: best_next(meetup))}
