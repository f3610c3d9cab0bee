"""Pages of a host after the meetup: who came, six questions, the recap."""

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from meetups.access.permissions import host_required
from meetups.exceptions import MeetupError
from meetups.models import Consent, Contribution, Debrief, Guest, Mailing, Meetup, Photo, Recap, RemovalRequest
from meetups.models.recap import FEWEST_VOICES
from meetups.outbox.fate import Fate, fate_of
from meetups.outbox.segments import segment_guests
from meetups.pictures.responses import photo_response
from meetups.recaps.forms.host import ArrangeForm, CameForm, DebriefForm, NotesForm, RecapForm
from meetups.recaps.public_view import make_broadside, said_of
from meetups.recaps.services import debrief as debriefs
from meetups.recaps.services import moderation, removal_request
from meetups.recaps.services import recap as acts
from meetups.recaps.services.attendance import confirm_attendance
from meetups.recaps.services.preview import move_recap, start_preview, stop_recap
from meetups.times import wall_time
from meetups.times import words as when


def after_start(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Call the view with the Meetup of the code, as host_required does; before the start redirect to the desk."""

    @host_required
    @wraps(view)
    def checked(request: HttpRequest, meetup: Meetup) -> HttpResponseBase:
        if not meetup.is_published or not meetup.has_started:
            messages.info(request, _("This page opens when the evening has begun."))
            return redirect("host_desk", meetup.code)
        return view(request, meetup)

    return checked


def _posted(request: HttpRequest) -> QueryDict | None:
    """Return what was posted, also where it is empty, so that a form is bound; None for a GET."""
    return request.POST if request.method == "POST" else None


@after_start
def came(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Tick who came, or say that it did not happen."""
    form = CameForm(_posted(request), meetup=meetup)
    if request.method == "POST" and form.is_valid():
        try:
            if form.cleaned_data["not_held"]:
                return _not_held(request, meetup)
            debriefs.record_came(meetup, form.came_ids, others=form.cleaned_data["others"])
            num_came = _num_came(meetup)
            said = ngettext("Written down: %(n)d guest came.", "Written down: %(n)d guests came.", num_came)
            messages.success(request, said % {"n": num_came})
            return redirect("host_debrief", meetup.code)
        except MeetupError as error:
            form.add_error(None, str(error))
    context = {"meetup": meetup, "form": form, "says_came": _saying_they_came(meetup), "step": "came"}
    return render(request, "recaps/came.html", context)


def _saying_they_came(meetup: Meetup) -> list[Guest]:
    """Return guests without a seat who say that they came, for the host to confirm or deny."""
    return list(Guest.objects.counting().saying_they_came().filter(meetup=meetup).order_by("name", "pk"))


@require_POST
@host_required
def confirm_came(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """POST confirms or denies that a guest came who says so."""
    guest = get_object_or_404(Guest.objects.counting().filter(meetup=meetup), pk=pk)
    was_there = request.POST.get("then") == "was_there"
    try:
        confirm_attendance(guest, attended=was_there)
        words = _("Written down: %(name)s was there.") if was_there else _("Written down: %(name)s was not there.")
        messages.success(request, words % {"name": guest.called})
    except MeetupError as error:
        messages.warning(request, str(error))
    return redirect("host_recap" if request.POST.get("back") == "recap" else "host_came", meetup.code)


def _not_held(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    debriefs.record_not_held(meetup)
    messages.success(request, _("Written down. Nobody is asked whether they were there."))
    return redirect("host_desk", meetup.code)


def _num_came(meetup: Meetup) -> int:
    """Return how many people were ticked, party sizes counted."""
    return Guest.objects.counting().filter(meetup=meetup, attended=True).num_people()


@after_start
def debrief(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Six short questions; the answers are the first draft of the recap."""
    if request.method == "POST" and "autosave" in request.POST:
        return _note(request, meetup)
    initial = DebriefForm.initial_from(Debrief.objects.filter(meetup=meetup).first(), _num_came(meetup))
    form = DebriefForm(_posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            debriefs.record_debrief(meetup, **form.cleaned_data)
        except MeetupError as error:
            form.add_error(None, str(error))
        else:
            if not form.cleaned_data["did_happen"]:
                messages.success(request, _("Written down. Nobody is asked whether they were there."))
                return redirect("host_desk", meetup.code)
            messages.success(request, _("Thank you. The recap below is drafted from your answers."))
            return redirect("host_recap", meetup.code)
    return render(request, "recaps/debrief.html", {"meetup": meetup, "form": form, "step": "debrief"})


def _note(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Save what is typed so far, as a script posts it: 204, or 422 where one answer is not valid."""
    form = NotesForm(request.POST)
    is_all = form.is_valid()
    debriefs.note_debrief(meetup, **{name: value for name, value in form.cleaned_data.items() if name in request.POST})
    return HttpResponse(status=204 if is_all else 422)


@after_start
def edit_recap(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Edit the host's words and arrange what guests left. GET shows an unsaved draft where there is no recap; POST saves."""
    recap = acts.draft_recap(meetup)
    left = list(Contribution.objects.standing().of_table().filter(meetup=meetup).select_related("photo", "guest"))
    form = RecapForm(_posted(request), initial=RecapForm.initial_from(recap))
    arrange_form = ArrangeForm(_posted(request), contributions=left)
    if request.method == "POST" and form.is_valid() and arrange_form.is_valid():
        try:
            acts.write_recap(meetup, words=form.cleaned_data, places=arrange_form.places, cuts=arrange_form.cuts)
            messages.success(request, _("Saved."))
            return redirect("host_recap_publish", meetup.code)
        except MeetupError as error:
            form.add_error(None, str(error))
    context = {"meetup": meetup, "recap": recap, "form": form, "arrange_form": arrange_form, "step": "recap"}
    context["promises"] = [row for row in left if row.promise_for_table or (row.host_may_read and row.how_it_went)]
    context |= {"says_came": _saying_they_came(meetup), "pending_review": _pending_review(left)} | _removals(recap, left)
    return render(request, "recaps/recap_edit.html", context)


def _pending_review(left: list[Contribution]) -> list[dict]:
    """Return the sentences and photos that are pending review."""
    rows = [{"left": words, "photo": None, "version": moderation.version_of(words)} for words in left if words.waits_since]
    photos = [words.photo for words in left if getattr(words, "photo", None) and words.photo.waits_since]
    return rows + [{"left": photo.contribution, "photo": photo, "version": moderation.version_of(photo)} for photo in photos]


def _removals(recap: Recap, left: list[Contribution]) -> dict[str, list[RemovalRequest]]:
    """Return the open removal requests, those of them that the host decides and those the author does, and the requests after
    which the host left something out that can still be shown again."""
    if recap.pk is None:
        return {}
    asked = list(RemovalRequest.objects.filter(recap=recap).select_related("contribution").order_by("created_at"))
    by_key = {words.pk: words for words in left}
    out = [request for request in asked if request.outcome == RemovalRequest.Outcome.LEFT_OUT]
    repeated = removal_request.repeated_requests(asked)
    still_open = [request for request in asked if request.settled_at is None]
    still_out = [request for request in out if _is_still_out(request, by_key.get(request.contribution_id))]
    return {
        "removals": [request for request in still_open if request not in repeated],
        "removals_of_authors": [request for request in still_open if request in repeated],
        "left_out": [request for request in still_out if request not in repeated],
    }


def _is_still_out(request: RemovalRequest, words: Contribution | None) -> bool:
    row = getattr(words, "photo", None) if request.is_photo else words
    return row is not None and row.removal_asked_at is not None and row.waits_since is None


@require_POST
@host_required
def review_contribution(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """POST shows or hides something that is pending review."""
    left = get_object_or_404(Contribution.objects.standing().of_table().filter(meetup=meetup), pk=pk)
    is_shown, is_photo = request.POST.get("then") == "show", request.POST.get("what") == "photo"
    try:
        moderation.review_contribution(left, is_photo=is_photo, seen=request.POST.get("version", ""), is_shown=is_shown)
        messages.success(request, _("It is shown.") if is_shown else _("It is left out. You can show it below at any time."))
    except MeetupError as error:
        messages.warning(request, str(error))
    return redirect("host_recap", meetup.code)


@after_start
def publish_recap(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """GET shows the recap as it will be public, and who gets which letter; POST publishes it."""
    recap, error = acts.draft_recap(meetup), ""
    if request.method == "POST":
        try:
            acts.publish_recap(acts.open_recap(meetup))
            messages.success(request, _("The recap is public."))
            return redirect("host_recap_publish", meetup.code)
        except MeetupError as said:
            error = str(said)
    return render(request, "recaps/recap_publish.html", _publish_context(meetup, recap, error))


def _publish_context(meetup: Meetup, recap: Recap, error: str = "") -> dict:
    """Return the context of the page before publication: the recap, the letters, and the announced day."""
    broadside = make_broadside(recap)
    preview = meetup.mailings.planned().filter(kind=Mailing.Kind.RECAP_PREVIEW).first()
    table = meetup.contributions.standing().of_table()
    return {
        "meetup": meetup,
        "recap": recap,
        "broadside": broadside,
        "said_of": said_of(broadside),
        "preview_of": meetup,
        "letters": _letters(meetup) if recap.letters_sent_at is None else [],
        "is_not_held": Debrief.objects.filter(meetup=meetup, did_happen=False).exists(),
        "plan": _plan_words(recap, recap.public_at, preview) if recap.public_at else None,
        "may_show": segment_guests(meetup, Mailing.Segment.CONTRIBUTED).exists(),
        "num_voices": table.speaking().count(),
        "fewest_voices": FEWEST_VOICES,
        "num_fine": table.filter(fine_at__isnull=False).count(),
        "error": error,
        "step": "recap",
    }


def _plan_words(recap: Recap, public_at: datetime, preview: Mailing | None) -> dict:
    """Return in words when the letter about the preview is due, and when the recap becomes public by itself."""
    zone = recap.meetup.zone

    def words(moment: datetime) -> str:
        return f"{when.day_words(moment, zone)}, {when.clock_words(moment, zone)}"

    letter = preview if preview is not None and not preview.is_off else None
    fate = fate_of(letter.deliveries.all(), zone=zone) if letter is not None else Fate()
    return {
        "public": words(public_at),
        "letter": words(letter.due_at) if letter else "",
        "is_told": fate.are_all_gone,
        "is_under_way": bool(fate.groups),
        "fate": " · ".join([*fate.words, *fate.reasons]),
        "day": wall_time.local_date(public_at, zone).isoformat(),
    }


@after_start
def preview_recap(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """POST starts the preview, moves the day on which the recap becomes public by itself, or stops that."""
    recap, error = acts.draft_recap(meetup), ""
    if request.method == "POST":
        try:
            messages.success(request, _change_preview(request, meetup, recap))
        except MeetupError as said:
            error = str(said)
    if error:
        return render(request, "recaps/recap_publish.html", _publish_context(meetup, recap, error))
    return redirect("host_recap_publish", meetup.code)


def _change_preview(request: HttpRequest, meetup: Meetup, recap: Recap) -> str:
    """Do what the button names and return the message about it. Raises MeetupError with the reason."""
    then = request.POST.get("then")
    if then == "stop" and recap.pk:
        stop_recap(recap)
        return _("Stopped. It becomes public when you publish it, and not by itself.")
    if then == "move" and recap.pk:
        day = _day(request.POST.get("day", ""))
        if day is None:
            raise MeetupError(_("Please choose a day."))
        recap = move_recap(recap, day=day)
    else:
        recap = start_preview(acts.open_recap(meetup))
    day_words = when.day_words(recap.public_at, meetup.zone) if recap.public_at else ""
    return _("Your table reads it first. It becomes public on %(day)s unless you stop it.") % {"day": day_words}


def _day(text: str) -> date | None:
    """Return the date that was posted, or None where it is not valid."""
    try:
        return parse_date(text)
    except ValueError:
        return None


@require_POST
@host_required
def settle_removal(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """POST leaves out for good what somebody asked to remove, or shows it again."""
    removal = get_object_or_404(RemovalRequest.objects.select_related("recap"), pk=pk, recap__meetup=meetup)
    is_put_back = request.POST.get("then") == "put_back"
    try:
        removal_request.settle_removal(removal, is_put_back=is_put_back, by="host")
        messages.success(request, _("It is shown again.") if is_put_back else _("It stays out for good."))
    except MeetupError as error:
        messages.warning(request, str(error))
    return redirect("host_recap", meetup.code)


def _letters(meetup: Meetup) -> list[dict]:
    """Return a description of each of the three letters, with how many guests get it."""
    kinds = Mailing.Kind
    words = {
        kinds.RECAP_CAME: _("to those who came: thank you, and would you host one?"),
        kinds.RECAP_MISSED: _("to those who could not come: what you missed, and where it goes on"),
        kinds.RECAP_DECLINED: _("to those who said no: what the table said"),
    }
    return [{"num": num, "words": words[kinds(kind)]} for kind, num in acts.num_recap_letters(meetup)]


@after_start
def take_down_recap(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """GET asks, POST takes the recap down at once; the host can still edit it."""
    recap = acts.draft_recap(meetup)
    if not recap.is_published:
        return redirect("host_recap", meetup.code)
    if request.method == "POST":
        acts.take_down_recap(recap)
        messages.success(request, _("The recap is taken down. Only you can read it now."))
        return redirect("host_recap", meetup.code)
    return render(request, "recaps/recap_take_down.html", {"meetup": meetup, "recap": recap})


@require_safe
@host_required
def table_photo(request: HttpRequest, meetup: Meetup, name: str) -> HttpResponseBase:
    """Show the host a photo that its guest shows to everyone or to the table."""
    for_host = Photo.objects.of_table().filter(consent__in=[Consent.EVERYONE, Consent.TABLE], contribution__withdrawn_at=None)
    return photo_response(request, get_object_or_404(for_host, contribution__meetup=meetup, name=name))
