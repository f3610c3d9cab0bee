"""Pages of a host about guests: add by hand, edit, remove, send a new link."""

import secrets

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from hosts.requests import SignedInRequest
from meetups.access.permissions import host_required
from meetups.access.rate_limit import too_many
from meetups.exceptions import MeetupError
from meetups.guests.services import access_link, guest_list
from meetups.guests.services.rsvp import Answer
from meetups.models import Delivery, Guest, Meetup
from meetups.outbox.fate import fate_of_letter, letters_to
from meetups.planning.desk import missed_letters
from meetups.planning.forms.guest_list import AddGuestForm, EditGuestForm, MendGuestForm, initial_from_guest
from meetups.planning.services import take_back
from meetups.times import clock

Rsvp = Guest.Rsvp
HOUR = 3600
ADDING_AN_HOUR = 120
MENDING_AN_HOUR = 60
ANSWERS_A_DAY = 10
LINKS_A_DAY = 3
# Within this time a second click on "new link" sends no second letter (R77).
SAME_LINK_SECONDS = 600


@host_required
def add_guest(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    """Add a guest who answered by phone or in person."""
    if not meetup.takes_answers:
        messages.info(request, _("Guests can be added from publication until the evening begins."))
        return redirect("host_desk", meetup.code)
    form = AddGuestForm(request.POST or None, max_party=meetup.max_party, initial={"rsvp": Rsvp.YES})
    if request.method == "POST" and form.is_valid():
        key = request.POST.get("press", "")
        if key and too_many("press", key, limit=1, seconds=HOUR):
            return redirect("host_desk", meetup.code)
        if too_many("add-guest", str(request.user.pk), limit=ADDING_AN_HOUR, seconds=HOUR):
            form.add_error(None, _("Those were many guests in one hour. Please wait a little."))
        elif write_new_guest(request, meetup, form):
            return redirect("host_guest_add" if request.POST.get("then") == "another" else "host_desk", meetup.code)
    context = {"form": form, "meetup": meetup, "idempotency_key": secrets.token_urlsafe(12)}
    return render(request, "planning/guest_add.html", context)


def write_new_guest(request: SignedInRequest, meetup: Meetup, form: AddGuestForm) -> bool:
    """Add the guest and say what became of the answer; return False where it was refused, with the reason on the form."""
    words = form.cleaned_data
    try:
        guest = guest_list.add_guest(
            meetup,
            by=request.user,
            name=words["name"],
            email=words["email"] or None,
            rsvp=words["rsvp"],
            party_size=words["party_size"],
            note=words["note"],
            language=words["language"],
        )
    except MeetupError as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, say_answer(guest))
    return True


def say_answer(guest: Guest) -> str:
    """Return a sentence about the answer that the host entered."""
    name = guest.called
    if guest.rsvp == Rsvp.WAITING:
        return _("There is no seat for %(name)s now, so %(name)s waits in line and is asked when one is free.") % {"name": name}
    if guest.rsvp == Rsvp.YES:
        words = ngettext("%(name)s has a seat.", "%(name)s has %(n)d seats.", guest.party_size)
        return words % {"name": name, "n": guest.party_size}
    said = {
        Rsvp.MAYBE: _("%(name)s said maybe."),
        Rsvp.NO: _("%(name)s cannot come."),
        Rsvp.INVITED: _("%(name)s is on your list."),
    }
    return said[Rsvp(guest.rsvp)] % {"name": name}


@host_required
def edit_guest(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """Write down what a guest told the host: the answer, how many, what they do not eat."""
    guest = get_object_or_404(Guest.objects.counting().filter(meetup=meetup), pk=pk)
    guest.meetup = meetup
    form = EditGuestForm(
        request.POST or None, max_party=max(meetup.max_party, guest.party_size), initial=initial_from_guest(guest)
    )
    if guest.blocked_at is not None:
        # A blocked guest's note is not shown to the host, so it must not be overwritten by an empty field either (R111).
        del form.fields["note"]
    if request.method == "POST" and form.is_valid():
        if too_many("host-answer", str(guest.pk), limit=ANSWERS_A_DAY, seconds=24 * HOUR):
            form.add_error(None, _("This answer was changed many times today. Please try again tomorrow."))
        else:
            try:
                answered = take_back.write_answer_down(guest, Answer(**form.cleaned_data))
                messages.success(request, say_answer(answered))
                return redirect("host_desk", meetup.code)
            except MeetupError as refusal:
                form.add_error(None, str(refusal))
    context = {"form": form, "meetup": meetup, "guest": guest} | letters_of_guest(meetup, guest)
    context["can_take_back"] = take_back.can_take_back(guest, meetup)
    return render(request, "planning/guest_edit.html", context)


@require_POST
@host_required
def take_answer_back(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """Undo an answer that the host wrote down just before."""
    guest = get_object_or_404(Guest.objects.counting().filter(meetup=meetup), pk=pk)
    try:
        take_back.take_answer_back(guest)
        messages.success(request, _("%(name)s has not answered yet, as before.") % {"name": guest.called})
    except MeetupError as refusal:
        messages.error(request, str(refusal))
    return redirect("host_guest", meetup.code, guest.pk)


@host_required
def mend_guest(request: SignedInRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """Give a guest a name, and mend an address that nobody has acted from."""
    guest = get_object_or_404(Guest.objects.counting().filter(meetup=meetup), pk=pk)
    guest.meetup = meetup
    is_theirs = guest_list.acted_themselves(guest)
    form = MendGuestForm(
        request.POST or None,
        initial={"name": guest.name, "email": guest.known_email},
        has_own_name=is_theirs and bool(guest.shown_name),
        has_own_address=is_theirs or not meetup.takes_answers,
    )
    if request.method == "POST" and form.is_valid():
        if too_many("mend-guest", str(request.user.pk), limit=MENDING_AN_HOUR, seconds=HOUR):
            form.add_error(None, _("Those were many changes in one hour. Please wait a little."))
        else:
            try:
                mended = guest_list.mend_guest(guest, by=request.user, **form.cleaned_data)
                messages.success(request, say_mended(guest, mended))
                return redirect("host_guest", meetup.code, mended.pk)
            except MeetupError as refusal:
                form.add_error("email" if "email" in form.fields else None, str(refusal))
    context = {"form": form, "meetup": meetup, "guest": guest, "is_theirs": is_theirs}
    return render(request, "planning/guest_mend.html", context)


def say_mended(before: Guest, mended: Guest) -> str:
    """Return what follows from a mended name or address."""
    if mended.known_email == before.known_email:
        return _("Saved. Nobody is mailed about it.")
    said = [_("Saved.")]
    letter = Delivery.objects.filter(guest=mended).pending().order_by("due_at").first()
    if letter is not None:
        said.append(fate_of_letter(letter, zone=mended.meetup.zone).of_one)
    if before.email:
        said.append(_("The old address gets nothing more, and its link opens nothing."))
    return " ".join(said)


def letters_of_guest(meetup: Meetup, guest: Guest) -> dict:
    """Return the letters to a guest with their fates, what is wrong with the last, and whether any can be tried again."""
    rows = letters_to(guest)
    fates = [(row, fate_of_letter(row, zone=meetup.zone)) for row in rows]
    return {
        "letters": [{"title": row.get_kind_display(), "fate": fate} for row, fate in fates],
        "missed": missed_letters(meetup, [guest]).get(guest.pk),
        "can_retry": any(
            fate.num_retriable and (meetup.is_published or row.kind == Delivery.Kind.CANCELED) for row, fate in fates
        ),
    }


@host_required
def remove_guest(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    guest = get_object_or_404(meetup.guests, pk=pk)
    if guest.is_unproven:
        raise Http404
    if guest.removed_at is not None:
        # The form was sent twice.
        return redirect("host_desk", meetup.code)
    if request.method == "POST":
        guest_list.remove_guest(guest)
        messages.success(request, _("%(name)s is off your list.") % {"name": guest.called})
        return redirect("host_desk", meetup.code)
    return render(request, "planning/guest_remove.html", {"meetup": meetup, "guest": guest})


@require_POST
@host_required
def new_link(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """Make the links mailed so far fail, and mail a new one."""
    guest = get_object_or_404(Guest.objects.counting().filter(meetup=meetup), pk=pk)
    if not guest.email:
        messages.error(request, _("There is no address to send a link to."))
    elif too_many("new-link", str(guest.pk), limit=1, seconds=SAME_LINK_SECONDS):
        messages.info(request, say_earlier_link(guest))
    elif too_many("new-link-day", str(guest.pk), limit=LINKS_A_DAY, seconds=24 * HOUR):
        messages.error(request, _("Those were three new links today. Please try again tomorrow."))
    else:
        messages.success(request, say_new_link(access_link.renew_link(guest)))
    return redirect("host_guest", meetup.code, guest.pk)


def say_earlier_link(guest: Guest) -> str:
    """Return what became of the letter with a new link that was asked for just before."""
    letter = Delivery.objects.filter(guest=guest, kind=Delivery.Kind.NEW_LINK).order_by("-pk").first()
    words = _("A new link was asked for just before.")
    return f"{words} {fate_of_letter(letter, zone=guest.meetup.zone).of_one}" if letter else words


def say_new_link(guest: Guest) -> str:
    """Return a sentence about the letter with a new link; an address that never answered gets few letters (R88)."""
    letter = Delivery.objects.filter(guest=guest, kind=Delivery.Kind.NEW_LINK).pending().first()
    if letter is None:
        return _("The old links do not open any more. This address had several letters already, so tell them yourself.")
    if letter.due_at > clock.now():
        return _("The old links do not open any more. %(name)s had a letter today, so the new one leaves tomorrow.") % {
            "name": guest.called
        }
    return _("The old links do not open any more, and a letter with a new one to %(name)s is due now.") % {"name": guest.called}
