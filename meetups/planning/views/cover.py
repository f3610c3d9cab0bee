"""The host's page about a book's cover, and the picture itself."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from meetups.access.permissions import host_required
from meetups.access.rate_limit import too_many
from meetups.exceptions import MeetupError
from meetups.models import Cover, Meetup
from meetups.pictures.responses import photo_response, revalidated
from meetups.planning.forms.cover import CoverForm
from meetups.planning.services.cover import remove_cover, set_cover

# Pictures that one host uploads in an hour.
UPLOADS, UPLOAD_SECONDS = 20, 3600


@host_required
def edit_cover(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """GET shows the cover and a field for a file; POST saves one, or with `remove` deletes it, so that a cover is drawn again."""
    form = CoverForm()
    if request.method == "POST" and "remove" in request.POST:
        remove_cover(meetup)
        messages.success(request, _("The cover is drawn again."))
        return redirect("host_cover", meetup.code)
    if request.method == "POST":
        if too_many("cover", str(request.user.pk), limit=UPLOADS, seconds=UPLOAD_SECONDS):
            return render(request, "429.html", status=429)
        form = CoverForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                set_cover(meetup, photo=form.cleaned_data["photo"])
                messages.success(request, _("The cover is on your pages."))
                return redirect("host_cover", meetup.code)
            except MeetupError as error:
                form.add_error("photo", str(error))
    return render(request, "planning/cover.html", {"meetup": meetup, "form": form})


@require_safe
def cover(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return the picture of a cover that a kit uses. Its random name is known only from the pages that show it."""
    row = get_object_or_404(Cover.objects.in_use(), name=name)
    return revalidated(request, photo_response(request, row), f"{name} {request.GET.get('size', '')}")
