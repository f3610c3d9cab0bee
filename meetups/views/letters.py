"""Doors of a host's desk to the letters: the timeline, what each will say, and letters of the host's own."""

import re
import secrets
from zoneinfo import ZoneInfo

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from meetups import clock, when
from meetups import timeline as looks
from meetups.exceptions import MeetupError
from meetups.forms.letters import EditLetterForm, MoveLetterForm, OwnLetterForm
from meetups.limits import too_many
from meetups.models import Mailing, Meetup
from meetups.permissions import host_required
from meetups.services import letters as acts
from meetups.services.mailing import count_segments, guests_to_mail
from meetups.views.frames import STILL_POLICY, for_frame

HOUR = 3600
# Far above what a table needs (R87).
WRITING_AN_HOUR = 30
PRESS = re.compile("[0-9a-f]{16}")


def find_letter(meetup: Meetup, pk: int) -> Mailing:
    """Return a letter of this meetup, or raise 404."""
    mailing = get_object_or_404(meetup.mailings, pk=pk)
    mailing.meetup = meetup
    return mailing


def act(request: HttpRequest, done, *args, said: str = "", **kwargs):
    """Call a service and say what it did; a rule that says no is said instead, and None returned."""
    try:
        result = done(*args, **kwargs)
    except MeetupError as refusal:
        messages.error(request, str(refusal))
        return None
    if said:
        messages.success(request, said)
    return result


# Looking -------------------------------------------------------------------------------------------------------------


@require_safe
@host_required
def timeline(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    others = [] if meetup.is_draft else looks.fates_of_others(meetup)
    lines = looks.lines_of(meetup)
    context = {
        "meetup": meetup,
        "lines": lines,
        "others": others,
        "num_failed": sum(fate.num_failed for _kind, fate in others) + sum(line.fate.num_failed for line in lines),
    }
    return render(request, "host/letters.html", context)


@require_safe
@host_required
@csp_update({"frame-src": [SELF]})
def letter(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    mailing = find_letter(meetup, pk)
    context = {
        "meetup": meetup,
        "mailing": mailing,
        "line": looks.line_of(mailing),
        "preview": looks.preview_of(mailing),
        "can_change": meetup.is_published and (not mailing.is_gone or mailing.kind == Mailing.Kind.INVITATION_AGAIN),
        "has_hour": mailing.kind != Mailing.Kind.INVITATION_AGAIN,
    }
    return render(request, "host/letter.html", context)


@never_cache
@require_safe
@host_required
@xframe_options_sameorigin
@csp_replace(STILL_POLICY)
def letter_body(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """Answer with the letter's HTML alone, for the frame."""
    preview = looks.preview_of(find_letter(meetup, pk))
    if preview.letter is None:
        raise Http404
    return HttpResponse(for_frame(preview.letter.html))


# Changing a letter ---------------------------------------------------------------------------------------------------


@host_required
def edit(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    mailing = find_letter(meetup, pk)
    initial = {"subject": mailing.subject, "words": mailing.words, "segment": mailing.segment}
    if mailing.is_own:
        form = OwnLetterForm(request.POST or None, initial=initial, **facts_for_form(meetup))
    else:
        form = EditLetterForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            acts.edit_letter(mailing, by=request.user, **form.cleaned_data)
        except MeetupError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved. This is how it reads now."))
            return redirect("host_letter", meetup.code, pk)
    return render(request, "host/letter_edit.html", {"meetup": meetup, "mailing": mailing, "form": form, **named(mailing)})


@host_required
def move(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    mailing = find_letter(meetup, pk)
    wall = max(mailing.due_at, clock.now()).astimezone(ZoneInfo(meetup.zone))
    form = MoveLetterForm(request.POST or None, initial={"day": wall.date(), "clock_time": wall.time()})
    if request.method == "POST" and form.is_valid():
        try:
            moved = acts.move_letter(mailing, **form.cleaned_data)
        except MeetupError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, say_moved(meetup, moved, form))
            return redirect("host_letter", meetup.code, pk)
    context = {"meetup": meetup, "mailing": mailing, "form": form, "place": when.place_of_zone(meetup.zone), **named(mailing)}
    return render(request, "host/letter_move.html", context)


def say_moved(meetup: Meetup, mailing: Mailing, form: MoveLetterForm) -> str:
    """Return when the letter leaves now, and why it is not the hour that was typed."""
    moment = when.full_moment(mailing.due_at, meetup.zone)
    wall = mailing.due_at.astimezone(ZoneInfo(meetup.zone)).time()
    if wall != form.cleaned_data["clock_time"]:
        return _("Nothing leaves between 9 in the evening and 8 in the morning, so it goes on %(moment)s.") % {"moment": moment}
    return _("It goes on %(moment)s. When you move the evening, it moves along.") % {"moment": moment}


@host_required
def send(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """Ask first, and say how many it goes to."""
    mailing = find_letter(meetup, pk)
    if request.method == "POST":
        sent = act(request, acts.send_letter_now, mailing)
        if sent is not None:
            messages.success(request, say_sent(meetup, sent))
        return redirect("host_letter", meetup.code, pk)
    if mailing.is_gone or not meetup.is_published:
        return redirect("host_letter", meetup.code, pk)
    num = 1 if mailing.is_to_host else guests_to_mail(mailing).count()
    counted = count_segments(meetup)[mailing.segment]
    context = {"meetup": meetup, "mailing": mailing, "num": num, "num_left_out": max(0, counted - num), **named(mailing)}
    return render(request, "host/letter_send.html", context)


def say_sent(meetup: Meetup, mailing: Mailing) -> str:
    if not mailing.is_gone:
        moment = when.full_moment(mailing.due_at, meetup.zone)
        return _("It is night at your table, so it leaves on %(moment)s.") % {"moment": moment}
    words = ngettext("%(n)d letter leaves now.", "%(n)d letters leave now.", mailing.num_owed)
    return words % {"n": mailing.num_owed}


@require_POST
@host_required
def switch(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    is_off = request.POST.get("is_off") == "yes"
    said = _("Switched off. You can switch it on again.") if is_off else _("Switched on.")
    act(request, acts.switch_letter, find_letter(meetup, pk), is_off=is_off, said=said)
    return redirect("host_letter", meetup.code, pk)


@require_POST
@host_required
def reset(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    act(request, acts.reset_letter, find_letter(meetup, pk), said=_("It is as it was planned."))
    return redirect("host_letter", meetup.code, pk)


@require_POST
@host_required
def take_back(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """Take back what has not left of a letter of the host's own; a draft is thrown away, and a second press finds none."""
    mailing = meetup.mailings.filter(pk=pk).first()
    if mailing is None:
        return redirect("host_letters", meetup.code)
    was_draft, was_gone = mailing.is_draft, mailing.is_gone
    num = act(request, acts.take_back_letter, mailing)
    if num is not None and was_gone:
        words = ngettext("%(n)d copy was taken back.", "%(n)d copies were taken back.", num)
        messages.success(request, words % {"n": num})
    elif num is not None:
        messages.success(request, _("The draft is thrown away.") if was_draft else _("It does not go. It is a draft again."))
    return redirect("host_letters", meetup.code)


@require_POST
@host_required
def try_again(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Put what failed back into the line: the letters of one mailing, or all of them."""
    pk = request.POST.get("letter", "")
    mailing = find_letter(meetup, int(pk)) if pk.isascii() and pk.isdigit() and len(pk) < 10 else None
    num = act(request, acts.retry_letters, meetup, mailing)
    if num is not None:
        words = ngettext("%(n)d letter is tried again.", "%(n)d letters are tried again.", num)
        messages.success(request, words % {"n": num} if num else _("There is nothing to try again: it would come too late."))
    return redirect("host_letter", meetup.code, mailing.pk) if mailing else redirect("host_letters", meetup.code)


# Letters of the host's own -------------------------------------------------------------------------------------------


@host_required
def write(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Keep a new letter as a draft; its own page shows it, says how many get it, and sends it."""
    if not meetup.is_published:
        messages.info(request, _("Letters can be written once the evening is published, and while it is on."))
        return redirect("host_desk", meetup.code)
    initial = {"segment": request.GET.get("to", "")}
    form = OwnLetterForm(request.POST or None, initial=initial, **facts_for_form(meetup))
    if request.method == "POST" and form.is_valid():
        kept = keep_draft(request, meetup, form)
        if kept is not None:
            return redirect("host_letter", meetup.code, kept.pk)
    press = request.POST.get("press") or secrets.token_hex(8)
    return render(request, "host/letter_new.html", {"meetup": meetup, "form": form, "press": press})


def keep_draft(request: HttpRequest, meetup: Meetup, form: OwnLetterForm) -> Mailing | None:
    """Return the letter as it was kept; None when a rule said no, and the form then says which."""
    if too_many("own-letter", str(request.user.pk), limit=WRITING_AN_HOUR, seconds=HOUR):
        form.add_error(None, _("That were many letters in one hour. Please wait a little; what you typed is still here."))
        return None
    press = request.POST.get("press", "")
    press = press if PRESS.fullmatch(press) else ""
    try:
        return acts.write_host_letter(meetup, by=request.user, press=press, **form.cleaned_data)
    except MeetupError as refusal:
        form.add_error(None, str(refusal))
        return None


def facts_for_form(meetup: Meetup) -> dict:
    """Return what the form for a letter of the host's own says about the guests."""
    return {"counts": count_segments(meetup), "has_ended": meetup.has_ended}


def named(mailing: Mailing) -> dict[str, str]:
    """Return what the pages of one letter call it."""
    return {"title": looks.letter_title(mailing)}
