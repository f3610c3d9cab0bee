"""The page of the evening behind a door link: no sign-in, no cookie; it works without network once it was opened."""

from collections.abc import Callable
from functools import cache, wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meetups.access.public_url import full_url
from meetups.access.tokens import read_door_token
from meetups.drawing.square_code import draw_square_code
from meetups.evening.acts import Tap, WalkIn
from meetups.evening.door_state import DoorState, door_state, guests_at_door, kitchen_of
from meetups.evening.forms.taps import NotAQueue, read_queue
from meetups.evening.forms.walk_in import WalkInForm
from meetups.evening.services.check_in import add_walk_in, record_tap
from meetups.exceptions import MeetupError
from meetups.guests.views.link_page import SeeOther, link_page
from meetups.models import DoorLink
from meetups.times import clock, words

# POSTs to one door link in ten minutes: two phones that check in a hundred people, one by one.
MOST_POSTS = 600
Door = Callable[[HttpRequest, DoorLink, str], HttpResponse]


def door_page(view: Door) -> Callable[..., HttpResponse]:
    """Call the view with an open door link and its token.

    A forged token answers 404, one that was good once 410, which lets a phone forget what it has kept; so does an evening that is
    canceled or long over. Before the day the page says when it opens, with 403.
    """

    @link_page(read_door_token, is_guests_own=False, most_posts=MOST_POSTS)
    @wraps(view)
    def opened(request: HttpRequest, link: DoorLink, token: str) -> HttpResponse:
        if not link.is_over and link.is_open:
            return view(request, link, token)
        is_early = not link.is_over and link.meetup.is_published and clock.now() < link.opens_at
        opens = words.full_moment(link.opens_at, link.meetup.zone) if is_early else ""
        context = {"opens": opens, "is_canceled": link.meetup.is_canceled, "is_over": link.is_over}
        return render(request, "evening/door_closed.html", context, status=403 if is_early else 410)

    return opened


@door_page
def door(request: HttpRequest, link: DoorLink, token: str) -> HttpResponse:
    """GET shows the evening. POST checks somebody in (`here`, `not_here`) or adds a walk-in, for a browser without script."""
    form, refusal = WalkInForm(), ""
    if request.method == "POST":
        try:
            form = _tapped(request, link)
        except MeetupError as error:
            refusal = str(error)
        else:
            if not form.errors:
                return SeeOther(request.path)
    guests = guests_at_door(link)
    state = door_state(link, guests)
    ask_link = full_url(reverse("ask_code", args=[link.ask_code]))
    context = {
        "link": link,
        "meetup": link.meetup,
        # Guests do not have it while the evening is frozen.
        "day_phone": "" if link.meetup.is_frozen else link.meetup.day_phone,
        "state": state,
        "state_json": state.as_json(),
        "kitchen": kitchen_of(link, guests),
        "form": form,
        "refusal": refusal,
        "is_early": clock.now() < link.checks_in_from,
        "checks_in_from": words.clock_words(link.checks_in_from, link.meetup.zone),
        "ask_is_shown": clock.now() >= link.ask_shown_at,
        "ask_square": draw_square_code(ask_link),
        "ask_place": full_url(reverse("ask")).partition("://")[2],
        "script_words": _script_words(),
    }
    return render(request, "evening/door_page.html", context, status=400 if form.errors or refusal else 200)


def _tapped(request: HttpRequest, link: DoorLink) -> WalkInForm:
    """Do what the pressed button says, and return the form of the walk-in, which has errors where that was not done."""
    for name in ("here", "not_here"):
        if name in request.POST:
            fresh = WalkInForm()
            record_tap(
                link,
                Tap(fresh.get_initial_for_field(fresh.fields["key"], "key"), request.POST[name], name == "here", clock.now()),
            )
            return fresh
    form = WalkInForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        add_walk_in(link, WalkIn(data["key"], data["name"], data["email"], clock.now()))
    return form


@door_page
def sync(request: HttpRequest, link: DoorLink, token: str) -> HttpResponse:
    """GET returns the lists as they stand now. POST does a queue of taps first, and says of each key that it is done, and what
    there is to say about it. 400 for a body that is no queue."""
    done: dict[str, str] = {}
    if request.method == "POST":
        try:
            queue = read_queue(request.body, now=clock.now())
        except NotAQueue:
            return JsonResponse({}, status=400)
        done = queue.refused | {str(act.key): _do(link, act) for act in queue.acts}
    return JsonResponse({"done": done, "state": _state(link).as_json()})


def _do(link: DoorLink, act: Tap | WalkIn) -> str:
    """Do one act, and return what there is to say about it: nothing where it simply worked."""
    try:
        if isinstance(act, WalkIn):
            return add_walk_in(link, act)
        record_tap(link, act)
    except MeetupError as error:
        return str(error)
    return ""


def _state(link: DoorLink) -> DoorState:
    return door_state(link, guests_at_door(link))


@cache
def _worker_source() -> bytes:
    return (settings.BASE_DIR / "static" / "js" / "door-worker.js").read_bytes()


@door_page
def worker(request: HttpRequest, link: DoorLink, token: str) -> HttpResponse:
    """Return the service worker. It stands below the link, so that a browser lets it answer for that address and no other."""
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    return HttpResponse(_worker_source(), content_type="text/javascript; charset=utf-8")


def _script_words() -> dict[str, str]:
    """Return what the script of the page says, in the language of the page; {n} is a number."""
    return {
        "waitsOne": ngettext("%(n)d tap waits for the network.", "%(n)d taps wait for the network.", 1) % {"n": 1},
        "waitsMany": ngettext("%(n)d tap waits for the network.", "%(n)d taps wait for the network.", 2).replace("%(n)d", "{n}"),
        "offline": _("No network. What you tap is kept on this phone and sent later."),
        "saved": _("Everything is sent."),
        "ready": _("From now on this page works without network, on this phone."),
        "askFirst": _("Please ask them first, and tick this. Or leave the address out."),
        "over": _("This evening is over. What this phone had kept is deleted."),
        "minutesOne": ngettext("%(n)d minute on this question", "%(n)d minutes on this question", 1) % {"n": 1},
        "minutesMany": ngettext("%(n)d minute on this question", "%(n)d minutes on this question", 2).replace("%(n)d", "{n}"),
        "moreOne": ngettext("and %(n)d more", "and %(n)d more", 1) % {"n": 1},
        "moreMany": ngettext("and %(n)d more", "and %(n)d more", 2).replace("%(n)d", "{n}"),
    }
