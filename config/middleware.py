"""The access log, and the language of a request."""

import logging
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from hosts.language import chosen_language

logger = logging.getLogger("longtable.access")


class LoggedRequest(HttpRequest):
    """A request with its reference number, as error pages show it."""

    reference: str


class RequestLogMiddleware:
    """Give each request a reference number, shown on error pages, and log method, path, status and milliseconds."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: LoggedRequest) -> HttpResponse:
        request.reference = secrets.token_hex(4)
        started = time.perf_counter()
        response = self.get_response(request)
        spent = (time.perf_counter() - started) * 1000
        logger.info("%s %s %s %.0fms ref=%s", request.method, request.path, response.status_code, spent, request.reference)
        return response


class LanguageMiddleware(LocaleMiddleware):
    """Django's, but `?lang=fr` comes first, so that no cookie is needed to read in another language."""

    def process_request(self, request: HttpRequest) -> None:
        language = chosen_language(request)
        if not language:
            super().process_request(request)
            return
        translation.activate(language)
        request.LANGUAGE_CODE = language
