"""The ask in the room, on a guest's own phone: four letters, three answers, no account and no cookie."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.defaults import page_not_found

from meetups.access.rate_limit import client_ip, had_too_many, too_many
from meetups.evening.forms.room_ask import CodeForm, NotNowForm, RoomAskForm
from meetups.evening.services.room_ask import answer_ask, find_ask
from meetups.exceptions import MeetupError
from meetups.forms.kept_input import keeps_typed
from meetups.guests.views.link_page import SeeOther, compress, leave_no_trace
from meetups.models import DoorLink, RoomAnswer

# Wrong codes from one network in ten minutes, and from all networks together in one: beyond either nobody's code opens, because
# fifty thousand codes are soon tried. Twelve people at one table who all mistype the code stay below.
WRONG_CODES, WRONG_CODE_SECONDS = 15, 600
ALL_WRONG_CODES, ALL_WRONG_CODE_SECONDS = 200, 60
# Answers from one network in ten minutes: the largest table behind one router.
ANSWERS, ANSWER_SECONDS = 250, 600


@csrf_exempt
@keeps_typed
def ask(request: HttpRequest) -> HttpResponse:
    """Show where the four letters are typed; POST leads to their page, whether it exists or not."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return SeeOther(reverse("ask_code", args=[form.cleaned_data["code"]]))
    return compress(request, leave_no_trace(render(request, "evening/ask_page.html", {"form": form})))


# Without a CSRF token: there is no cookie, and whoever knows the code may answer.
@csrf_exempt
@keeps_typed
def ask_code(request: HttpRequest, code: str) -> HttpResponse:
    """GET shows the question, `?want=` the form for an address. POST takes one answer. Every code that is not open answers the
    same 404, and too many of those 429."""
    return compress(request, leave_no_trace(_ask_code(request, code)))


def _ask_code(request: HttpRequest, code: str) -> HttpResponse:
    if _guesses_too_often(request):
        return render(request, "429.html", status=429)
    link = find_ask(code)
    if link is None:
        too_many("ask-code", client_ip(request), limit=WRONG_CODES, seconds=WRONG_CODE_SECONDS)
        too_many("ask-code-all", "all", limit=ALL_WRONG_CODES, seconds=ALL_WRONG_CODE_SECONDS)
        return page_not_found(request, Http404())
    if request.method == "POST" and too_many("ask-answer", client_ip(request), limit=ANSWERS, seconds=ANSWER_SECONDS):
        return render(request, "429.html", status=429)
    form = _form_for(request)
    if request.method == "POST" and form.is_valid() and _take(link, form):
        done = "later" if isinstance(form, NotNowForm) else "letter"
        return SeeOther(f"{reverse('ask_code', args=[link.ask_code])}?said={done}")
    context = {
        "meetup": link.meetup,
        "code": link.ask_code,
        "host": link.meetup.host.shown_name.partition(" ")[0] or str(link.meetup.host),
        "form": form,
        "said": request.GET.get("said", ""),
        "is_asked": isinstance(form, NotNowForm),
    }
    return render(request, "evening/ask_code_page.html", context)


def _guesses_too_often(request: HttpRequest) -> bool:
    """Tell whether this network, or all of them together, have typed too many wrong codes, without counting this one."""
    if had_too_many("ask-code", client_ip(request), limit=WRONG_CODES, seconds=WRONG_CODE_SECONDS):
        return True
    return had_too_many("ask-code-all", "all", limit=ALL_WRONG_CODES, seconds=ALL_WRONG_CODE_SECONDS)


def _form_for(request: HttpRequest) -> RoomAskForm | NotNowForm:
    """Return the form of the page: that for an address where somebody would host or help, else the one of the three buttons."""
    want = request.POST.get("want") or request.GET.get("want", "")
    if want in (RoomAnswer.Want.HOST, RoomAnswer.Want.COHOST):
        return RoomAskForm(request.POST or None, initial={"want": want})
    return NotNowForm(request.POST or None)


def _take(link: DoorLink, form: RoomAskForm | NotNowForm) -> bool:
    """Count the answer; False with the reason on the form when the ask takes none any more."""
    data = form.cleaned_data
    try:
        if isinstance(form, NotNowForm):
            answer_ask(link, key=data["key"], want=RoomAnswer.Want.NOT_NOW)
        else:
            said = {name: data[name] for name in ("key", "want", "name", "email")}
            answer_ask(link, **said, language=get_language() or "")
    except MeetupError as error:
        form.add_error(None, str(error))
        return False
    return True
