"""Doors of a host after the evening: who came, six questions, the recap."""

from collections.abc import Callable
from datetime import date
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from meetups import walltime, when
from meetups.broadside import make_broadside
from meetups.cards import said_of
from meetups.exceptions import MeetupError
from meetups.forms.evening import ArrangeForm, CameForm, DebriefForm, NotesForm, RecapForm
from meetups.models import Consent, Contribution, Debrief, Guest, Mailing, Meetup, Photo, Recap, RemovalRequest
from meetups.models.recap import FEWEST_VOICES
from meetups.permissions import host_required
from meetups.services import debrief as debriefs
from meetups.services import recap as acts
from meetups.services import removal as removals
from meetups.services import waiting as waits
from meetups.services.coming import confirm_attendance
from meetups.services.mailing import segment_guests
from meetups.services.showing import move_recap, stop_recap
from meetups.services.showing import show_recap as show_recap_to_table
from meetups.views.media import photo_response


def after_start(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Hand the view its Meetup in place of the code: the user's own or co-hosted, else 404; before it has begun, the desk."""

    @host_required
    @wraps(view)
    def checked(request: HttpRequest, meetup: Meetup) -> HttpResponse:
        if not meetup.is_published or not meetup.has_started:
            messages.info(request, _("This page opens when the evening has begun."))
            return redirect("host_desk", meetup.code)
        return view(request, meetup)

    return checked


def _posted(request: HttpRequest):
    """Return what was posted, even when it is nothing: an empty form is wrong, not unseen."""
    return request.POST if request.method == "POST" else None


@after_start
def came(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """A tick for each guest who came; "it did not happen" is an answer too."""
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
    return render(request, "host/came.html", context)


def _saying_they_came(meetup: Meetup) -> list[Guest]:
    """Return those who had no seat and say that they were there, for the host's yes or no."""
    return list(Guest.objects.seen().saying_they_came().filter(meetup=meetup).order_by("name", "pk"))


@require_POST
@host_required
def confirm_came(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """POST says that somebody was there who says so, or was not."""
    guest = get_object_or_404(Guest.objects.seen().filter(meetup=meetup), pk=pk)
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
    return Guest.objects.seen().filter(meetup=meetup, attended=True).num_people()


@after_start
def debrief(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Six short questions; what they say is the first draft of the recap."""
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
    return render(request, "host/debrief.html", {"meetup": meetup, "form": form, "step": "debrief"})


def _note(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Keep what was typed so far, as a script asks for it: 204, or 422 where one answer cannot be kept as it is."""
    form = NotesForm(request.POST)
    is_all = form.is_valid()
    debriefs.note_debrief(meetup, **{name: value for name, value in form.cleaned_data.items() if name in request.POST})
    return HttpResponse(status=204 if is_all else 422)


@after_start
def edit_recap(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """The host's words, and the order of what guests left. GET shows a draft that is not written yet; POST writes it."""
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
    context |= {"says_came": _saying_they_came(meetup), "waiting": _waiting(left)} | _removals(recap, left)
    return render(request, "host/recap_edit.html", context)


def _waiting(left: list[Contribution]) -> list[dict]:
    """Return the sentences and photos that wait for the host to let them stand."""
    rows = [{"left": words, "photo": None, "version": waits.version_of(words)} for words in left if words.waits_since]
    photos = [words.photo for words in left if getattr(words, "photo", None) and words.photo.waits_since]
    return rows + [{"left": photo.contribution, "photo": photo, "version": waits.version_of(photo)} for photo in photos]


def _removals(recap: Recap, left: list[Contribution]) -> dict[str, list[RemovalRequest]]:
    """Return what somebody asks to be taken out, and what was left out at somebody's word and can still be shown again."""
    if recap.pk is None:
        return {}
    asked = list(RemovalRequest.objects.filter(recap=recap).select_related("contribution").order_by("created_at"))
    by_key = {words.pk: words for words in left}
    out = [request for request in asked if request.outcome == RemovalRequest.Outcome.LEFT_OUT]
    return {
        "removals": [request for request in asked if request.settled_at is None],
        "left_out": [request for request in out if _is_still_out(request, by_key.get(request.contribution_id))],
    }


def _is_still_out(request: RemovalRequest, words: Contribution | None) -> bool:
    row = getattr(words, "photo", None) if request.is_photo else words
    return row is not None and row.removal_asked_at is not None and row.waits_since is None


@require_POST
@host_required
def let_stand(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """POST shows something that a guest left once the recap was public, or leaves it out."""
    left = get_object_or_404(Contribution.objects.standing().of_table().filter(meetup=meetup), pk=pk)
    is_shown = request.POST.get("then") == "show"
    what = {"is_photo": request.POST.get("what") == "photo", "seen": request.POST.get("version", "")}
    try:
        waits.let_stand(left, is_shown=is_shown, **what)
        messages.success(request, _("It is shown.") if is_shown else _("It is left out. You can show it below at any time."))
    except MeetupError as error:
        messages.warning(request, str(error))
    return redirect("host_recap", meetup.code)


@after_start
def publish_recap(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """GET shows the recap as everybody will read it, and who gets which letter; POST publishes it."""
    recap, error = acts.draft_recap(meetup), ""
    if request.method == "POST":
        try:
            acts.publish_recap(acts.open_recap(meetup))
            messages.success(request, _("The recap is public."))
            return redirect("host_recap_publish", meetup.code)
        except MeetupError as said:
            error = str(said)
    return render(request, "host/recap_publish.html", _publish_context(meetup, recap, error))


def _publish_context(meetup: Meetup, recap: Recap, error: str = "") -> dict:
    """Return what the page before publication shows: the recap as everybody will read it, who gets which letter, and the day."""
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
        "plan": _plan_words(recap, preview) if recap.public_at else None,
        "may_show": segment_guests(meetup, Mailing.Segment.CONTRIBUTED).exists(),
        "num_voices": table.speaking().count(),
        "fewest_voices": FEWEST_VOICES,
        "num_fine": table.filter(fine_at__isnull=False).count(),
        "error": error,
        "step": "recap",
    }


def _plan_words(recap: Recap, preview: Mailing | None) -> dict:
    """Return in words when those who left something get their letter, and when the recap becomes public by itself."""
    zone = recap.meetup.zone

    def words(moment) -> str:
        return f"{when.day_words(moment, zone)}, {when.clock_words(moment, zone)}"

    has_letter = preview is not None and not preview.is_off
    return {
        "public": words(recap.public_at),
        "letter": words(preview.due_at) if has_letter else "",
        "is_told": has_letter and preview.is_gone,
        "day": walltime.local_date(recap.public_at, zone).isoformat(),
    }


@after_start
def show_recap(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """POST shows the recap to those who left something, moves the day on which it becomes public by itself, or stops that."""
    recap, error = acts.draft_recap(meetup), ""
    if request.method == "POST":
        try:
            messages.success(request, _show(request, meetup, recap))
        except MeetupError as said:
            error = str(said)
    if error:
        return render(request, "host/recap_publish.html", _publish_context(meetup, recap, error))
    return redirect("host_recap_publish", meetup.code)


def _show(request: HttpRequest, meetup: Meetup, recap: Recap) -> str:
    """Do what the button asks for and return what to say about it. Raises MeetupError in words."""
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
        recap = show_recap_to_table(acts.open_recap(meetup))
    day = when.day_words(recap.public_at, meetup.zone)
    return _("Your table reads it first. It becomes public on %(day)s unless you stop it.") % {"day": day}


def _day(text: str) -> date | None:
    """Return the date somebody chose, or None for what is none."""
    try:
        return parse_date(text)
    except ValueError:
        return None


@require_POST
@host_required
def settle_removal(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """POST leaves out for good what somebody asked to be removed, or shows it again."""
    removal = get_object_or_404(RemovalRequest.objects.select_related("recap"), pk=pk, recap__meetup=meetup)
    is_put_back = request.POST.get("then") == "put_back"
    try:
        removals.settle_removal(removal, is_put_back=is_put_back)
        messages.success(request, _("It is shown again.") if is_put_back else _("It stays out for good."))
    except MeetupError as error:
        messages.warning(request, str(error))
    return redirect("host_recap", meetup.code)


def _letters(meetup: Meetup) -> list[dict]:
    """Return the three letters in words, each with how many guests get it."""
    kinds = Mailing.Kind
    words = {
        kinds.RECAP_CAME: _("to those who came: thank you, and would you host one?"),
        kinds.RECAP_MISSED: _("to those who could not come: what you missed, and where it goes on"),
        kinds.RECAP_DECLINED: _("to those who said no: what the table said"),
    }
    return [{"num": num, "words": words[kind]} for kind, num in acts.num_recap_letters(meetup)]


@after_start
def take_down_recap(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """GET asks, POST takes the recap down at once; it stays here as a draft does."""
    recap = acts.draft_recap(meetup)
    if not recap.is_published:
        return redirect("host_recap", meetup.code)
    if request.method == "POST":
        acts.take_down_recap(recap)
        messages.success(request, _("The recap is taken down. Only you can read it now."))
        return redirect("host_recap", meetup.code)
    return render(request, "host/recap_take_down.html", {"meetup": meetup, "recap": recap})


@require_safe
@host_required
def table_photo(request: HttpRequest, meetup: Meetup, name: str) -> HttpResponse:
    """Show the host a photo that its guest shows to everyone or to the table."""
    for_host = Photo.objects.of_table().filter(consent__in=[Consent.EVERYONE, Consent.TABLE], contribution__withdrawn_at=None)
    return photo_response(request, get_object_or_404(for_host, contribution__meetup=meetup, name=name))
