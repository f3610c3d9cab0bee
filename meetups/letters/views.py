"""Views of a host's letters: the timeline, previews, changes, and letters of the host's own."""

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

from hosts.requests import SignedInRequest
from meetups.access.permissions import host_required
from meetups.access.rate_limit import too_many
from meetups.exceptions import MeetupError
from meetups.letters import edit as acts
from meetups.letters.forms import EditLetterForm, MoveLetterForm, OwnLetterForm
from meetups.letters.html_frame import STILL_POLICY, for_frame
from meetups.letters.timeline import letter_title, line_of, lines_of, other_letters, preview_of
from meetups.models import Delivery, Guest, Mailing, Meetup
from meetups.outbox.fate import fate_of
from meetups.outbox.letter_kinds import kind_of
from meetups.outbox.segments import count_segments, guests_to_mail
from meetups.times import clock
from meetups.times import words as when

HOUR = 3600
# Far more than a table needs (R87).
WRITING_AN_HOUR = 30
IDEMPOTENCY_KEY = re.compile("[0-9a-f]{16}")


def find_letter(meetup: Meetup, pk: int) -> Mailing:
    """Return a letter of this meetup, or raise 404."""
    mailing = get_object_or_404(meetup.mailings, pk=pk)
    mailing.meetup = meetup
    return mailing


def act(request: HttpRequest, done, *args, said: str = "", **kwargs):
    """Call a service and flash `said`; where a rule refuses, flash its reason and return None."""
    try:
        result = done(*args, **kwargs)
    except MeetupError as refusal:
        messages.error(request, str(refusal))
        return None
    if said:
        messages.success(request, said)
    return result


# Reading -------------------------------------------------------------------------------------------------------------


@require_safe
@host_required
def timeline(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    others = [] if meetup.is_draft else other_letters(meetup)
    lines = lines_of(meetup)
    # Of a canceled evening only the letters that say so are tried again.
    can_retry = meetup.is_published or any(other.kind == Delivery.Kind.CANCELED and other.fate.num_retriable for other in others)
    fates = [line.fate for line in lines] + [other.fate for other in others]
    context = {
        "meetup": meetup,
        "lines": lines,
        "others": others,
        "num_failed": sum(fate.number(Delivery.State.FAILED) for fate in fates),
        "num_retriable": sum(fate.num_retriable for fate in fates) if can_retry else 0,
    }
    return render(request, "letters/letters.html", context)


@require_safe
@csp_update({"frame-src": [SELF]})
@host_required
def letter(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    mailing = find_letter(meetup, pk)
    context = {
        "meetup": meetup,
        "mailing": mailing,
        "line": line_of(mailing),
        "preview": preview_of(mailing),
        "can_change": meetup.is_published and (not mailing.is_gone or kind_of(mailing).is_one_by_one),
        "has_hour": not kind_of(mailing).is_one_by_one,
    }
    return render(request, "letters/letter.html", context)


@never_cache
@require_safe
@xframe_options_sameorigin
@csp_replace(STILL_POLICY)
@host_required
def letter_body(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """Return the letter's HTML alone, for the iframe."""
    preview = preview_of(find_letter(meetup, pk))
    if preview.letter is None:
        raise Http404
    return HttpResponse(for_frame(preview.letter.html))


# Changing a letter ---------------------------------------------------------------------------------------------------


@host_required
def edit(request: SignedInRequest, meetup: Meetup, pk: int) -> HttpResponse:
    mailing = find_letter(meetup, pk)
    initial = {"subject": mailing.subject, "words": mailing.words, "segment": mailing.segment}
    form: OwnLetterForm | EditLetterForm
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
    return render(request, "letters/letter_edit.html", {"meetup": meetup, "mailing": mailing, "form": form, **named(mailing)})


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
    return render(request, "letters/letter_move.html", context)


def say_moved(meetup: Meetup, mailing: Mailing, form: MoveLetterForm) -> str:
    """Return when the letter is sent now, and why that is not the hour that was typed."""
    moment = when.full_moment(mailing.due_at, meetup.zone)
    wall = mailing.due_at.astimezone(ZoneInfo(meetup.zone)).time()
    if wall != form.cleaned_data["clock_time"]:
        return _("Nothing leaves between 9 in the evening and 8 in the morning, so it goes on %(moment)s.") % {"moment": moment}
    return _("It goes on %(moment)s. When you move the evening, it moves along.") % {"moment": moment}


@host_required
def send(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """Ask for confirmation on GET, with the number of readers; send on POST."""
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
    return render(request, "letters/letter_send.html", context)


def say_sent(meetup: Meetup, mailing: Mailing) -> str:
    if not mailing.is_gone:
        moment = when.full_moment(mailing.due_at, meetup.zone)
        return _("It is night at your table, so it leaves on %(moment)s.") % {"moment": moment}
    num = fate_of(mailing.deliveries.all(), zone=meetup.zone).num_pending
    words = ngettext(
        "%(n)d letter is due now. Here it says when it is gone.",
        "%(n)d letters are due now. Here it says when they are gone.",
        num,
    )
    return words % {"n": num}


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
    """Withdraw the pending copies of a letter of the host's own, or delete a draft; a second POST finds nothing."""
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
    """Queue letters again that did not arrive or may not have: those of one mailing, those to one guest, or all of them."""
    pk, guest_pk = number_in(request, "letter"), number_in(request, "guest")
    mailing = find_letter(meetup, pk) if pk else None
    guest = get_object_or_404(Guest.objects.counting().filter(meetup=meetup), pk=guest_pk) if guest_pk else None
    num = act(request, acts.retry_letters, meetup, mailing, guest=guest)
    if num is not None:
        words = ngettext("%(n)d letter is tried again.", "%(n)d letters are tried again.", num)
        messages.success(request, words % {"n": num} if num else _("There is nothing to try again: it would come too late."))
    if guest is not None:
        return redirect("host_guest", meetup.code, guest.pk)
    return redirect("host_letter", meetup.code, mailing.pk) if mailing else redirect("host_letters", meetup.code)


def number_in(request: HttpRequest, name: str) -> int | None:
    """Return the key of a row in a field of the form, or None where there is none."""
    typed = request.POST.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None


# Letters of the host's own -------------------------------------------------------------------------------------------


@host_required
def write(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    """Save a new letter as a draft; its own page shows it, says how many get it, and sends it."""
    if not meetup.is_published:
        messages.info(request, _("Letters can be written once the evening is published, and while it is on."))
        return redirect("host_desk", meetup.code)
    initial = {"segment": request.GET.get("to", "")}
    form = OwnLetterForm(request.POST or None, initial=initial, **facts_for_form(meetup))
    if request.method == "POST" and form.is_valid():
        saved = save_draft(request, meetup, form)
        if saved is not None:
            return redirect("host_letter", meetup.code, saved.pk)
    key = request.POST.get("press") or secrets.token_hex(8)
    return render(request, "letters/letter_new.html", {"meetup": meetup, "form": form, "idempotency_key": key})


def save_draft(request: SignedInRequest, meetup: Meetup, form: OwnLetterForm) -> Mailing | None:
    """Return the saved letter; None where a rule refused, which the form then shows."""
    if too_many("own-letter", str(request.user.pk), limit=WRITING_AN_HOUR, seconds=HOUR):
        form.add_error(None, _("Those were many letters in one hour. Please wait a little; what you typed is still here."))
        return None
    key = request.POST.get("press", "")
    key = key if IDEMPOTENCY_KEY.fullmatch(key) else ""
    try:
        return acts.write_host_letter(meetup, by=request.user, idempotency_key=key, **form.cleaned_data)
    except MeetupError as refusal:
        form.add_error(None, str(refusal))
        return None


def facts_for_form(meetup: Meetup) -> dict:
    """Return the arguments of OwnLetterForm about the guests."""
    return {"counts": count_segments(meetup), "has_ended": meetup.has_ended}


def named(mailing: Mailing) -> dict[str, str]:
    """Return the title of a letter for its pages."""
    return {"title": letter_title(mailing)}
