"""Responses that carry a picture: fixed type, sandboxed, revalidated on each request."""

import hashlib

from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response

from meetups.models.picture import Picture

# Revalidated on each request: a withdrawn picture is gone at once, and an unchanged one costs a 304.
REVALIDATE = "public, no-cache"
CONTENT_TYPES = {"jpg": "image/jpeg", "avif": "image/avif", "webp": "image/webp"}


def revalidated(request: HttpRequest, response: FileResponse, version: str) -> HttpResponseBase:
    """Return the response with an ETag of this version, to be revalidated each time; a 304 where the client has it already."""
    etag = f'"{hashlib.sha256(version.encode()).hexdigest()[:20]}"'
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged and response.file_to_stream:
        # Only the file is closed: closing the response would send request_finished before the request is over.
        response.file_to_stream.close()
    answer: HttpResponseBase = unchanged or response
    answer["ETag"] = etag
    answer["Cache-Control"] = REVALIDATE
    return answer


def photo_response(request: HttpRequest, picture: Picture) -> FileResponse:
    """Return a picture's file, or the size of it that `?size=480.avif` names, with the type of a picture and sandboxed.

    The caller has checked that this viewer may see it. 404 for a size that was not made, and where the file is gone.
    """
    size = request.GET.get("size", "")
    if size and size not in picture.sizes:
        raise Http404
    kind = size.rpartition(".")[2] or "jpg"
    try:
        file = picture.file.storage.open(picture.file_of(size)) if size else picture.file.open("rb")
    except OSError as error:
        raise Http404 from error
    response = FileResponse(file, content_type=CONTENT_TYPES[kind], filename=f"{picture.name}.{kind}")
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
