"""The WSGI application that gunicorn serves."""

import os
import re
from collections.abc import Callable, Iterable

from django.core.wsgi import get_wsgi_application

from hosts.database.waits import PAGE_LOCK, PAGE_STATEMENT, limit_waits

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

CHARSET = re.compile(r";\s*charset\s*=[^;]*", re.IGNORECASE)

_answer = get_wsgi_application()
limit_waits(lock_seconds=PAGE_LOCK, statement_seconds=PAGE_STATEMENT)


def application(environ: dict, start_response: Callable) -> Iterable[bytes]:
    """Answer a request, with the charset removed from its Content-Type, so that Django reads the body as UTF-8.

    A charset like "hex" or "idna" is an encoding of Python's and makes Django raise an error before any view.
    """
    environ["CONTENT_TYPE"] = CHARSET.sub("", environ.get("CONTENT_TYPE", ""))
    return _answer(environ, start_response)
