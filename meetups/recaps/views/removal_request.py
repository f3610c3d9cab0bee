"""Pages for people who are shown in a recap and want something removed: no account, no cookie, no script (R109)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from meetups.access.rate_limit import client_ip, too_many
from meetups.access.tokens import make_removal_token, read_removal_token
from meetups.exceptions import MeetupError
from meetups.forms.kept_input import keeps_typed
from meetups.guests.views.link_page import SeeOther, link_page
from meetups.models import Recap, RemovalRequest
from meetups.recaps.forms.removal_request import RemovalForm
from meetups.recaps.services.removal_request import blocks_of, is_repeated_request, request_removal, take_back_removal

A_DAY = 86_400
# Enough for a person who is shown, too few to empty a recap.
REMOVALS_EACH, REMOVALS_OF_ONE_RECAP = 3, 4


# There is no session to protect: who can forge this request can send it from their own browser as well.
@csrf_exempt
@keeps_typed
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """GET lists what is public of a recap; POST hides one item and redirects to a page about the request."""
    recap = get_object_or_404(Recap.objects.public().with_meetup(), slug=slug)
    form = RemovalForm(request.POST if request.method == "POST" else None, blocks=blocks_of(recap))
    if request.method == "POST" and form.is_valid():
        if _is_too_much(request, recap):
            return render(request, "429.html", status=429)
        try:
            asked = request_removal(recap, block=form.cleaned_data["block"], words=form.cleaned_data["words"])
            return SeeOther(reverse("removal_asked", args=[make_removal_token(asked)]))
        except MeetupError as error:
            form.add_error(None, str(error))
    response = render(request, "recaps/removal_page.html", {"recap": recap, "form": form})
    response["Cache-Control"] = "no-store"
    return response


def _is_too_much(request: HttpRequest, recap: Recap) -> bool:
    is_one_asker = too_many("removal", client_ip(request), limit=REMOVALS_EACH, seconds=A_DAY)
    return is_one_asker or too_many("removal-of", str(recap.pk), limit=REMOVALS_OF_ONE_RECAP, seconds=A_DAY)


@link_page(read_removal_token)
def asked(request: HttpRequest, removal: RemovalRequest, token: str) -> HttpResponse:
    """Show the state of a request to the person who made it; POST undoes it while it is open."""
    if request.method == "POST":
        take_back_removal(removal)
        return SeeOther(request.path)
    context = {"removal": removal, "recap": removal.recap, "host": removal.recap.meetup.host}
    return render(request, "recaps/removal_asked.html", context | {"is_repeated": is_repeated_request(removal)})
