"""Pages of a host: the list of meetups, drafts, publishing, moving, canceling, the desk."""

import contextlib
from dataclasses import replace

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from hosts.models import Campaign, User
from hosts.requests import SignedInRequest
from meetups.access.permissions import host_required
from meetups.access.rate_limit import too_many
from meetups.exceptions import MeetupError
from meetups.forms.kept_input import forget_typed, is_anything_typed
from meetups.guests.services.seats import find_idle_seats
from meetups.models import DatePoll, Delivery, Guest, Meetup
from meetups.outbox.fate import fate_of, fates_of_meetup
from meetups.oversight.acts import last_freeze
from meetups.pairing.services import pairing_on
from meetups.planning.desk import company_of, friends_of, letter_rows, missed_letters, potluck_of
from meetups.planning.draft_source import Source, find_source
from meetups.planning.forms.meetup import CancelForm, DraftForm, MoveForm, WordsForm, initial_from_meetup, initial_place
from meetups.planning.forms.parts import PartForm
from meetups.planning.guest_search import rows_of_desk
from meetups.planning.idempotency_key import (
    FIELD,
    code_in,
    code_of_draft,
    idempotency_key_for,
    key_in_address,
    make_key,
    was_typed_by,
)
from meetups.planning.seat_words import say_idle_seats, say_lowered
from meetups.planning.services import change
from meetups.planning.services import meetup as acts
from meetups.planning.services.cohosts import is_asked_to_take_over
from meetups.planning.services.fork import fork_conversation
from meetups.planning.services.take_back import can_take_back
from meetups.planning.steps.next_step import next_step
from meetups.planning.steps.parts import MORE, rows_of, url_of_part, url_to_go_on
from meetups.planning.views.fill import fill_draft, kits_to_choose
from meetups.times import clock, words

DRAFTS_AN_HOUR = 60


# The list ------------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def meetup_list(request: SignedInRequest) -> HttpResponse:
    mine = Meetup.objects.hosted_by(request.user).with_kit().select_related("debrief", "recap").with_guest_counts()
    meetups = sorted(mine, key=lambda meetup: (meetup.starts_at is None, meetup.starts_at or meetup.created_at))
    context = {
        "drafts": [meetup for meetup in meetups if meetup.is_draft],
        "upcoming": [meetup for meetup in meetups if meetup.is_published and not meetup.has_ended],
        "held": [meetup for meetup in reversed(meetups) if meetup.is_held],
        "canceled": [meetup for meetup in reversed(meetups) if meetup.is_canceled],
        "campaigns": Campaign.objects.organized_by(request.user),
        "is_empty": not meetups,
    }
    return render(request, "planning/meetup_list.html", context)


# Drafts --------------------------------------------------------------------------------------------------------------


def make_draft(request: SignedInRequest, source: Source, **fields) -> Meetup:
    """Save a new draft. The host of a recap it comes from gets a letter about it."""
    code = code_of_draft(request, request.user)
    if source.recap:
        return fork_conversation(request.user, source.recap, code=code, **fields)
    return acts.save_draft(request.user, code=code, campaign=source.campaign, copied_from=source.saved_kit, **fields)


def made_before(request: SignedInRequest) -> Meetup | None:
    """Return the draft that the key of this page has made already."""
    return Meetup.objects.with_kit().filter(host=request.user, code=code_of_draft(request, request.user)).first()


def lead_elsewhere(request: SignedInRequest, made: Meetup | None, *, editing: str) -> HttpResponse | None:
    """Return where the page of a new draft leads without being shown: to the host's name, to the draft that it `made`, or to its
    own address with a key; None where it is shown, or its form was sent."""
    user = request.user
    if not user.shown_name:
        return redirect(f"{reverse('account_name')}?{urlencode({'next': request.get_full_path()})}")
    if is_anything_typed() and not was_typed_by(user):
        forget_typed()
    if request.method == "POST" or is_anything_typed():
        return None
    if made is not None:
        return redirect(editing if made.is_draft else made.get_desk_url())
    if not key_in_address(request, user):
        return redirect(f"{request.path}?{urlencode(request.GET.dict() | {FIELD: make_key(user)})}")
    return None


@login_required
def new_meetup(request: SignedInRequest) -> HttpResponse:
    """A new draft with everything on one page. GET leads to an address with the key of one draft: whoever comes back to it after
    saving is led to that draft. POST saves it, also a second time, and with `autosave` what is valid of it, as a script posts
    it: 204, or 422 where something is not."""
    user, made = request.user, made_before(request)
    led = lead_elsewhere(request, made, editing=reverse("host_edit_all", args=[made.code]) if made else "")
    if led is not None:
        return led
    source = find_source(request.POST if request.method == "POST" else request.GET, user)
    if request.method == "POST" and "autosave" in request.POST:
        # A conversation that is held on becomes a draft by a press alone, because its host is told.
        return _note(request, source, made) if made or not source.recap else HttpResponse(status=422)
    form = DraftForm(request.POST or None, initial=source.initial, host_name=user.shown_name)
    filled = fill_draft(request, form, source)
    if filled is not None:
        source, form = filled.source, DraftForm(initial=filled.values, host_name=user.shown_name)
    elif request.method == "POST" and form.is_valid():
        try:
            return after_saving(request, _save(request, source, made, form))
        except MeetupError as refusal:
            form.add_error(None, str(refusal))
    key = idempotency_key_for(request, user)
    context = {"form": form, "source": source, "idempotency_key": key, "code": code_in(key), "towns": known_towns(user)}
    return render(request, "planning/meetup_new.html", context | kits_to_choose(request, form, source, filled))


def _save(request: SignedInRequest, source: Source, made: Meetup | None, form: DraftForm) -> Meetup:
    """Write a valid form into the draft that it made before, else into a new one. Raises MeetupError where that cannot be."""
    words = form.kit_words | source.lineage
    if made is not None:
        return acts.save_draft(request.user, meetup=made, kit=words, **form.fields_to_save)
    if too_many("draft", str(request.user.pk), limit=DRAFTS_AN_HOUR, seconds=3600):
        raise MeetupError(_("Those were many drafts in one hour. Please wait a little."))
    return make_draft(request, source, kit=words, **form.fields_to_save)


def _note(request: SignedInRequest, source: Source, made: Meetup | None) -> HttpResponse:
    """Save what is valid so far of a new draft or of one that was made."""
    host_name = made.host.shown_name if made else request.user.shown_name
    initial = initial_from_meetup(made) if made else source.initial
    form = DraftForm(request.POST, initial=initial, host_name=host_name)
    is_all = form.is_valid()
    if not is_all:
        form = DraftForm(form.valid_so_far(), initial=initial, host_name=host_name)
    is_saved = False
    # Refused where it was published meanwhile: then the page says so when its button is pressed.
    with contextlib.suppress(MeetupError):
        if form.is_valid():
            _save(request, source, made, form)
            is_saved = is_all
    return HttpResponse(status=204 if is_saved else 422)


def known_towns(user: User) -> list[str]:
    """Return towns to suggest: the host's own, and those of listed evenings."""
    near = Meetup.objects.filter(Q(host=user) | Q(status=Meetup.Status.PUBLISHED, visibility=Meetup.Visibility.LISTED))
    return list(near.exclude(town_name="").order_by("town_name").values_list("town_name", flat=True).distinct()[:40])


def after_saving(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Say in which time zone the time is, and redirect to the page that the button names."""
    if meetup.zone:
        place = words.place_of_zone(meetup.zone)
        messages.success(request, _("The draft is saved. Its time is %(place)s time.") % {"place": place})
    else:
        messages.success(request, _("The draft is saved."))
    return redirect("host_publish" if request.POST.get("then") == "look" else "host_desk", meetup.code)


@host_required
def edit_meetup(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    if meetup.is_canceled:
        messages.info(request, _("A canceled evening is not changed any more."))
        return redirect("host_desk", meetup.code)
    if meetup.is_draft:
        return edit_draft(request, meetup)
    form = WordsForm(request.POST or None, initial=initial_from_meetup(meetup), host_name=meetup.host.shown_name)
    if request.method == "POST" and form.is_valid():
        try:
            offers_before = seat_offers(meetup)
            acts.edit_meetup(meetup, kit=form.kit_words, **form.fields_to_save)
            messages.success(request, say_edited(meetup, offers_before))
            return redirect("host_desk", meetup.code)
        except acts.SeatsTaken as refusal:
            if meetup.takes_answers:
                return choose_who_moves(request, meetup, form)
            form.add_error("seats", str(refusal))
    # The page's title is that of the saved meetup, not the one being typed.
    return render(request, "planning/meetup_edit.html", {"form": form, "meetup": meetup})


def edit_draft(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    """Change a draft; a kit can be chosen on its page as on that of a new one."""
    asked = request.POST.get("kit", "") or meetup.kit.shelf
    source = find_source(QueryDict(urlencode({"kit": asked})), request.user)
    if request.method == "POST" and "autosave" in request.POST:
        return _note(request, source, meetup)
    initial, host_name = initial_from_meetup(meetup), meetup.host.shown_name
    form = DraftForm(request.POST or None, initial=initial, host_name=host_name)
    filled = fill_draft(request, form, source)
    if filled is not None:
        source, form = filled.source, DraftForm(initial=initial | filled.values, host_name=host_name)
    elif request.method == "POST" and form.is_valid():
        try:
            words = form.kit_words | source.lineage
            return after_saving(request, acts.save_draft(request.user, meetup=meetup, kit=words, **form.fields_to_save))
        except MeetupError as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "meetup": meetup, "towns": known_towns(request.user)}
    return render(request, "planning/meetup_edit.html", context | kits_to_choose(request, form, source, filled))


def choose_who_moves(request: HttpRequest, meetup: Meetup, form: WordsForm | PartForm) -> HttpResponse:
    """Save all that was typed but the number of seats, and lead to the page that asks who moves to the waiting list."""
    acts.edit_meetup(meetup, kit=form.kit_words, **form.fields_to_save | {"seats": meetup.seats})
    messages.info(request, _("The words are saved. The number of seats stays as it was until you have chosen who moves."))
    return redirect(f"{reverse('host_seats', args=[meetup.code])}?{urlencode({'seats': form.cleaned_data['seats']})}")


def seat_offers(meetup: Meetup) -> int:
    """Return how many letters that offer a seat are owed or gone."""
    return fate_of(Delivery.objects.filter(meetup=meetup, kind=Delivery.Kind.SEAT_OFFERED), zone=meetup.zone).num_all


def say_edited(meetup: Meetup, offers_before: int) -> str:
    """Return the message to the host after a change of words or seats: whom it writes to."""
    num = seat_offers(meetup) - offers_before
    if num <= 0:
        return _("Saved. Nobody is mailed about it.")
    said = ngettext(
        "Saved. There is a seat for %(n)d guest who waited: a letter offers it.",
        "Saved. There are seats for %(n)d guests who waited: a letter to each offers them.",
        num,
    )
    return said % {"n": num}


@host_required
def publish(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    if not meetup.is_draft:
        return redirect("host_desk", meetup.code)
    if DatePoll.objects.undecided().filter(meetup=meetup).exists():
        # Its guests were asked for a day, and hear of the one that is chosen there.
        return redirect("host_dates", meetup.code)
    if request.method == "POST":
        try:
            acts.publish_meetup(meetup)
        except MeetupError as refusal:
            messages.error(request, str(refusal))
            return redirect("host_publish", meetup.code)
        messages.success(request, _("It is published. Now invite your guests."))
        return redirect("host_desk", meetup.code)
    context = {
        "meetup": meetup,
        "missing": acts.what_is_missing(meetup),
        "is_past": meetup.has_started,
        "go_on": url_of_part(meetup, "when") if meetup.has_started else url_to_go_on(meetup),
        "more": rows_of(meetup, MORE),
        "letters": letter_rows(meetup, {}),
    }
    return render(request, "planning/meetup_publish.html", context)


@login_required
def delete_draft(request: HttpRequest, code: str) -> HttpResponse:
    if request.method == "POST" and code == request.session.get("deleted_draft"):
        # The form was sent twice.
        return redirect("host_list")
    meetup = get_object_or_404(Meetup.objects.hosted_by(request.user), code=code)
    if meetup.host_id != request.user.pk:
        messages.info(request, _("Only the host can delete this draft. You can leave it instead."))
        return redirect("host_cohosts", code)
    if not meetup.is_draft:
        messages.info(request, _("Only a draft can be deleted. This evening can be canceled instead."))
        return redirect("host_desk", code)
    if request.method == "POST":
        acts.delete_draft(meetup)
        request.session["deleted_draft"] = code
        messages.success(request, _("The draft is deleted."))
        return redirect("host_list")
    return render(request, "planning/meetup_delete.html", {"meetup": meetup})


# A published evening -------------------------------------------------------------------------------------------------


@host_required
def move(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    if meetup.is_draft:
        return redirect("host_edit", meetup.code)
    if not meetup.takes_answers:
        messages.info(request, _("Only a published evening that has not begun can be moved."))
        return redirect("host_desk", meetup.code)
    form = MoveForm(request.POST or None, initial=initial_from_meetup(meetup), host_name=meetup.host.shown_name)
    is_soon = meetup.start - clock.now() < change.SOON
    if request.method == "POST" and form.is_valid():
        try:
            moved = change.reschedule_meetup(meetup, **form.moment_fields)
            messages.success(request, say_moved(meetup, moved, is_soon=is_soon))
            return redirect("host_desk", meetup.code)
        except MeetupError as refusal:
            form.add_error(None, str(refusal))
    num_told = len(change.informed_guests(meetup))
    context = {"form": form, "meetup": meetup, "is_soon": is_soon, "num_told": num_told, "towns": known_towns(request.user)}
    return render(request, "planning/meetup_move.html", context)


def say_moved(before: Meetup, moved: Meetup, *, is_soon: bool) -> str:
    """Return the message to the host after a change of time or place."""
    if moved.revision == before.revision:
        return _("Saved. Time and place are as they were, so nobody is mailed.")
    letters = Delivery.objects.filter(meetup=moved, kind=Delivery.Kind.MOVED, revision=moved.revision)
    num = fate_of(letters, zone=moved.zone).num_pending
    if not num:
        return _("Moved. There is nobody to write to about it.")
    if is_soon or moved.start - clock.now() < change.SOON:
        said = ngettext(
            "Moved. %(n)d letter with old and new is due now; the page of the letters says when it is gone.",
            "Moved. %(n)d letters with old and new are due now; the page of the letters says when they are gone.",
            num,
        )
    else:
        said = ngettext(
            "Moved. %(n)d letter with old and new leaves in ten minutes; change it again until then and it is one letter.",
            "Moved. %(n)d letters with old and new leave in ten minutes; change it again until then and each is one letter.",
            num,
        )
    return said % {"n": num}


@host_required
def cancel(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    if meetup.is_draft:
        return redirect("host_delete", meetup.code)
    if meetup.is_canceled or meetup.has_ended:
        return redirect("host_desk", meetup.code)
    form = CancelForm(request.POST or None, initial=initial_place(meetup), host_name=meetup.host.shown_name)
    if request.method == "POST" and form.is_valid():
        try:
            change.cancel_meetup(meetup, word=form.cleaned_data["word"])
        except MeetupError as refusal:
            form.add_error("word", str(refusal))
        else:
            messages.success(request, _("The evening is canceled."))
            return redirect("host_desk", meetup.code)
    num_told = len(change.informed_guests(meetup))
    is_soon = meetup.start - clock.now() < change.SOON
    facts = {"form": form, "meetup": meetup, "num_told": num_told, "is_soon": is_soon}
    return render(request, "planning/meetup_cancel.html", facts)


@require_POST
@host_required
def restore(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    try:
        change.restore_meetup(meetup)
        messages.success(request, _("Taken back: the evening is on again, and nobody was written to."))
    except MeetupError as refusal:
        messages.error(request, str(refusal))
    return redirect("host_desk", meetup.code)


@require_safe
@login_required
def desk(request: SignedInRequest, code: str) -> HttpResponse:
    mine = Meetup.objects.hosted_by(request.user).with_kit().select_related("debrief", "recap", "parent__host", "parent__recap")
    meetup = get_object_or_404(mine, code=code)
    company, potluck, friends = company_of(meetup), potluck_of(meetup), friends_of(meetup)
    fates = {} if meetup.is_draft else fates_of_meetup(meetup)
    missed = missed_letters(meetup, company.guests)
    written = [guest for guest in company.guests if can_take_back(guest, meetup)]
    context = {
        "meetup": meetup,
        "hold": last_freeze(meetup),
        "company": company,
        "step": next_step(meetup, company, lacks=potluck.lacks, friends=friends, fates=fates),
        "friends": friends,
        "lowered": say_lowered(meetup),
        "idle": idle_seats(meetup, company.guests),
        "potluck": potluck,
        "letters": letter_rows(meetup, fates),
        "missed": missed,
        "just_written": max(written, key=lambda guest: guest.answered_at or clock.now()) if written else None,
        "listed": replace(company, guests=rows_of_desk(company.guests, missed=missed)),
        "can_restore": change.can_restore(meetup),
        "share_link": share_link(meetup),
        "is_offered": is_asked_to_take_over(meetup, request.user.pk),
        "pairing": pairing_on(meetup, request.user) if meetup.is_draft and meetup.parent_id else None,
    }
    return render(request, "planning/meetup_desk.html", context)


def idle_seats(meetup: Meetup, guests: list[Guest]) -> str:
    """Return in words which seats stay free although people wait, or nothing."""
    idle = find_idle_seats(meetup, guests)
    return say_idle_seats(idle) if idle else ""


def share_link(meetup: Meetup) -> str:
    """Return the full URL of the public page, or nothing for a private or finished meetup."""
    return f"{settings.PUBLIC_URL}{meetup.get_absolute_url()}" if meetup.takes_strangers else ""
