"""Pages of the parts of an evening: the three steps of a new draft, and each part by itself afterwards."""

import contextlib
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hosts.requests import SignedInRequest
from meetups.access.permissions import host_required
from meetups.access.rate_limit import too_many
from meetups.exceptions import MeetupError
from meetups.models import Meetup
from meetups.planning.draft_source import Filled, Source, fill_in, find_source, kit_choices, kit_words_of, source_of
from meetups.planning.forms.kit import LOOK_UP, values_so_far
from meetups.planning.forms.meetup import DraftForm, initial_from_meetup
from meetups.planning.forms.parts import PartForm, WhatForm, form_of
from meetups.planning.idempotency_key import code_in, idempotency_key_for
from meetups.planning.services import meetup as acts
from meetups.planning.steps.parts import MORE, MOVED, PARTS, STEPS, rows_of, step_beside, url_of_part
from meetups.planning.views.fill import with_book
from meetups.planning.views.meetup import (
    DRAFTS_AN_HOUR,
    choose_who_moves,
    known_towns,
    lead_elsewhere,
    made_before,
    make_draft,
    say_edited,
    seat_offers,
)

# The first step: what -------------------------------------------------------------------------------------------------


@login_required
def start(request: SignedInRequest) -> HttpResponse:
    """The first step of a new draft. GET leads to an address with the key of one draft, and from there to that draft once it is
    made. POST makes it, or changes the one that was made; with `autosave` it answers 204, or 422 where nothing is to be saved."""
    made = made_before(request)
    led = lead_elsewhere(request, made, editing=url_of_part(made, "what") if made else "")
    if led is not None:
        return led
    source = source_of(made, request.user) if made else find_source(request.POST or request.GET, request.user)
    return _what(request, source, made)


def _what(request: SignedInRequest, source: Source, made: Meetup | None) -> HttpResponse:
    """Show and save the first step, of a draft that is `made` or of a new one from a source."""
    initial = (initial_from_meetup(made) if made else source.initial) | {"choose": source.kit_name}
    choices = kit_choices(request.user, none=_say_none(source, made))
    host_name = made.host.shown_name if made else request.user.shown_name
    data = request.POST if request.method == "POST" else None
    form = WhatForm(data, initial=initial, choices=choices, host_name=host_name)
    if request.method == "POST":
        # A conversation that is held on becomes a draft by a press alone, because its host is told.
        is_noted, may_note = "autosave" in request.POST, made is not None or source.recap is None
        saved = _save_what(request, form, source, made) if form.is_valid() and (may_note or not is_noted) else None
        if is_noted:
            return HttpResponse(status=204 if saved else 422)
        if saved:
            return redirect(url_of_part(saved, "when"))
    key = "" if made else idempotency_key_for(request, request.user)
    context = {"idempotency_key": key, "source": source, "shown_title": initial.get("title", "")}
    return _show_step(request, "what", form, made, code=made.code if made else code_in(key), **context)


def _say_none(source: Source, made: Meetup | None) -> str:
    """Return what choosing no kit is called, where the evening begins from something else than a kit that can be chosen."""
    if made is not None and source.kit is not None and not source.kit_name:
        return _("As it is")
    if source.parent is not None:
        return _("The same conversation as “%(title)s”") % {"title": source.parent.title}
    if source.campaign is not None and source.kit is not None and not source.kit_name:
        return _("The kit of %(campaign)s") % {"campaign": source.campaign.name}
    return str(source.book) if source.book is not None else ""


def _save_what(request: SignedInRequest, form: WhatForm, source: Source, made: Meetup | None) -> Meetup | None:
    """Save name and kit, and return the draft; None where the form says what is wrong."""
    title, name = form.cleaned_data["title"], form.cleaned_data["choose"]
    before = initial_from_meetup(made) if made else source.initial
    if title == request.POST.get("shown_title") and name != request.POST.get("kit"):
        # The name of the kit that stood there before.
        title = ""
    filled = Filled(source, before | {"title": title})
    if name != source.kit_name:
        filled = fill_in(filled.values, source, name, request.user)
    title = filled.values.get("title") or before.get("title", "")
    if not title:
        form.ask_for_name()
        return None
    words = {} if made and name == source.kit_name else kit_words_of(filled)
    fields: dict[str, Any] = {"title": title}
    if words:
        fields["language"] = filled.values.get("language") or get_language()
    try:
        saved = _write_what(request, filled.source, made, kit=words, **fields)
    except MeetupError as refusal:
        form.add_error(None, str(refusal))
        return None
    if filled.kept and "autosave" not in request.POST:
        kept = " · ".join(str(DraftForm.base_fields[one].label) for one in filled.kept)
        messages.info(request, _("What you had typed yourself stays: %(what)s.") % {"what": kept})
    return saved


def _write_what(request: SignedInRequest, source: Source, made: Meetup | None, **fields: Any) -> Meetup:
    if made is not None:
        return acts.save_draft(made.host, meetup=made, **fields)
    if too_many("draft", str(request.user.pk), limit=DRAFTS_AN_HOUR, seconds=3600):
        raise MeetupError(_("Those were many drafts in one hour. Please wait a little."))
    return make_draft(request, source, **fields)


# The other parts -----------------------------------------------------------------------------------------------------


@require_safe
@host_required
def edit_parts(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    """All parts of an evening with what is in them, each with the way to its page."""
    if meetup.is_canceled:
        return _is_canceled(request, meetup)
    context = {"meetup": meetup, "steps": rows_of(meetup, STEPS), "more": rows_of(meetup, MORE)}
    return render(request, "planning/meetup_parts.html", context)


@host_required
def edit_part(request: SignedInRequest, meetup: Meetup, part: str) -> HttpResponse:
    """One part of an evening. Of a draft `autosave` saves what is valid: 204, or 422 where something is not."""
    if part not in PARTS:
        raise Http404
    if meetup.is_canceled:
        return _is_canceled(request, meetup)
    if not meetup.is_draft and part in MOVED:
        return redirect(url_of_part(meetup, part))
    if meetup.is_draft and part == "what":
        return _what(request, source_of(meetup, request.user), meetup)
    form, book_note = form_of(part, meetup, request.POST if request.method == "POST" else None), ""
    if request.method == "POST" and "autosave" in request.POST:
        return _note(meetup, form)
    if request.method == "POST" and request.POST.get("then") == LOOK_UP and part == "book" and settings.BOOK_LOOKUP_URL:
        filled = with_book(request, Filled(Source(), values_so_far(form)))
        form, book_note = form_of(part, meetup, values=filled.values), filled.book_note
    elif request.method == "POST" and form.is_valid():
        try:
            return _save(request, meetup, part, form)
        except MeetupError as refusal:
            form.add_error("seats" if isinstance(refusal, acts.SeatsTaken) else None, str(refusal))
    if meetup.is_draft and part in STEPS:
        return _show_step(request, part, form, meetup, code=meetup.code)
    context = {"form": form, "meetup": meetup, "title": PARTS[part], "part": part, "book_note": book_note}
    context["looks_books_up"] = part == "book" and bool(settings.BOOK_LOOKUP_URL)
    return render(request, "planning/meetup_part.html", context)


def _is_canceled(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    messages.info(request, _("A canceled evening is not changed any more."))
    return redirect("host_desk", meetup.code)


def _note(meetup: Meetup, form: PartForm) -> HttpResponse:
    """Save what is valid of one part of a draft."""
    is_saved = False
    # Refused where it is published: then the page says so when its button is pressed.
    with contextlib.suppress(MeetupError):
        is_all = form.is_valid()
        acts.save_draft(meetup.host, meetup=meetup, kit=form.kit_words, **form.fields_to_save)
        is_saved = is_all
    return HttpResponse(status=204 if is_saved else 422)


def _save(request: SignedInRequest, meetup: Meetup, part: str, form: PartForm) -> HttpResponse:
    """Save one part that is valid, and lead on: from a step to the next one or back, else to all parts. Raises MeetupError."""
    if meetup.is_draft:
        acts.save_draft(meetup.host, meetup=meetup, kit=form.kit_words, **form.fields_to_save)
        if part in STEPS:
            beside = step_beside(part, -1 if request.POST.get("then") == "back" else 1)
            return redirect(url_of_part(meetup, beside)) if beside else redirect("host_publish", meetup.code)
        messages.success(request, _("Saved."))
        return redirect("host_edit", meetup.code)
    offers_before = seat_offers(meetup)
    try:
        acts.edit_meetup(meetup, kit=form.kit_words, **form.fields_to_save)
    except acts.SeatsTaken:
        if meetup.takes_answers:
            return choose_who_moves(request, meetup, form)
        raise
    messages.success(request, say_edited(meetup, offers_before))
    return redirect("host_edit", meetup.code)


def _show_step(
    request: SignedInRequest, part: str, form: PartForm, meetup: Meetup | None, *, code: str, **context: Any
) -> HttpResponse:
    """Show one of the three steps: of a draft, or the first one of an evening that is not saved yet."""
    steps = [(title, url_of_part(meetup, name) if meetup else "", name == part) for name, title in STEPS.items()]
    towns = known_towns(request.user) if part == "when" else []
    context |= {"form": form, "meetup": meetup, "part": part, "title": STEPS[part], "steps": steps, "code": code, "towns": towns}
    return render(request, "planning/meetup_step.html", context | {"before": step_beside(part, -1)})
