"""What every template may show of the site itself."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict:
    """Return the site's name, its public URL, and whether the mailbox can be opened here."""
    return {
        "SITE_NAME": settings.SITE_NAME,
        "PUBLIC_URL": settings.PUBLIC_URL,
        "MAILBOX_IS_OPEN": settings.MAILBOX_IS_OPEN,
    }
