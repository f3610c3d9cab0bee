"""The WSGI application that gunicorn serves."""

import os
import re
from collections.abc import Callable, Iterable

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

CHARSET = re.compile(r";\s*charset\s*=[^;]*", re.IGNORECASE)

_answer = get_wsgi_application()


def application(environ: dict, start_response: Callable) -> Iterable[bytes]:
    """Answer a request. Its body is read as UTF-8, whatever it calls itself.

    Python knows "hex" and "idna" as encodings too, and Django, which takes the sender's word, breaks over them before any view.
    """
    environ["CONTENT_TYPE"] = CHARSET.sub("", environ.get("CONTENT_TYPE", ""))
    return _answer(environ, start_response)
