"""Doors for anybody who is shown in a recap and would rather not be: no account, no cookie, no script (R109)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from meetups.exceptions import MeetupError
from meetups.forms.removal import RemovalForm
from meetups.limits import client_ip, too_many
from meetups.models import Recap, RemovalRequest
from meetups.services.removal import ask_for_removal, blocks_of, take_back_removal
from meetups.tokens import make_removal_token, read_removal_token
from meetups.views.links import SeeOther, link_page

A_DAY = 86_400
# Enough for a person who is shown, too few for somebody who would like to empty a table's recap.
REMOVALS_EACH, REMOVALS_OF_ONE_RECAP = 3, 4


# No session and no cookie, so no CSRF token: whoever can forge the press could make it, too.
@csrf_exempt
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """GET lists what everybody sees of a recap; POST takes one thing out of sight and leads to a page of the asker's own."""
    recap = get_object_or_404(Recap.objects.public().with_meetup(), slug=slug)
    form = RemovalForm(request.POST if request.method == "POST" else None, blocks=blocks_of(recap))
    if request.method == "POST" and form.is_valid():
        if form.is_from_a_machine:
            return SeeOther(recap.get_absolute_url())
        if _is_too_much(request, recap):
            return render(request, "429.html", status=429)
        try:
            asked = ask_for_removal(recap, block=form.cleaned_data["block"], words=form.cleaned_data["words"])
            return SeeOther(reverse("removal_asked", args=[make_removal_token(asked)]))
        except MeetupError as error:
            form.add_error(None, str(error))
    response = render(request, "public/removal_page.html", {"recap": recap, "form": form})
    response["Cache-Control"] = "no-store"
    return response


def _is_too_much(request: HttpRequest, recap: Recap) -> bool:
    is_one_asker = too_many("removal", client_ip(request), limit=REMOVALS_EACH, seconds=A_DAY)
    return is_one_asker or too_many("removal-of", str(recap.pk), limit=REMOVALS_OF_ONE_RECAP, seconds=A_DAY)


@link_page(read_removal_token)
def asked(request: HttpRequest, removal: RemovalRequest, token: str) -> HttpResponse:
    """Show what became of a request to who made it; POST takes it back while nobody has settled it."""
    if request.method == "POST":
        take_back_removal(removal)
        return SeeOther(request.path)
    return render(
        request, "public/removal_asked.html", {"removal": removal, "recap": removal.recap, "host": removal.recap.meetup.host}
    )
