"""Doors of a host's desk to its guests: invite, add by hand, remove, a new link."""

import secrets

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from meetups import clock
from meetups.desk import who_asked_again
from meetups.exceptions import MeetupError
from meetups.forms.guests import AddGuestForm, AddressList, EditGuestForm, InviteForm, SendForm, initial_from_guest
from meetups.limits import too_many
from meetups.models import Delivery, Guest, Meetup
from meetups.permissions import host_required
from meetups.services import guest as acts

Rsvp = Guest.Rsvp
HOUR = 3600
# Far above what an evening needs, and low enough that a stolen session is no mail gun (R87).
INVITING_AN_HOUR = 30
ADDING_AN_HOUR = 120
ANSWERS_A_DAY = 10
LINKS_A_DAY = 3
# Within this time a second press of "new link" is the same press (R77).
SAME_LINK_SECONDS = 600


@host_required
def invite(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Ask for addresses, show what was understood, and send only after that look and the tick."""
    if meetup.is_draft:
        messages.info(request, _("Publish it first; then you can invite your guests."))
        return redirect("host_publish", meetup.code)
    if not meetup.takes_answers:
        messages.info(request, _("Invitations can be sent from publication until the evening begins."))
        return redirect("host_desk", meetup.code)
    looked_at = request.POST.get("send") == "1" and request.POST.get("looked_at", "")
    asked = who_asked_again(meetup)
    form = SendForm(request.POST, asked=asked) if looked_at else InviteForm(request.POST or None, asked=asked)
    if looked_at and looked_at != form.fingerprint:
        form, looked_at = InviteForm(request.POST, asked=asked), ""
        messages.info(request, _("You changed the list, so please look at it again before it is sent."))
    if looked_at and form.is_valid():
        invited = send_invitations(request, meetup, form)
        if invited is not None:
            return render(request, "host/invite_done.html", {"meetup": meetup, "invited": invited})
    form.is_valid()
    context = {"form": form, "meetup": meetup, "num_left": acts.num_invites_left_today(request.user)}
    return render(request, "host/invite.html", context | what_was_understood(request, meetup, form))


def send_invitations(request: HttpRequest, meetup: Meetup, form: SendForm) -> acts.Invited | None:
    """Invite those who are ticked; None when a rule said no, and the form then says which."""
    if too_many("invite", str(request.user.pk), limit=INVITING_AN_HOUR, seconds=HOUR):
        form.add_error(None, _("That was a lot of inviting in one hour. Please wait a little; what you typed is still here."))
        return None
    try:
        return acts.invite_guests(meetup, addresses=form.people, by=request.user, personal=form.cleaned_data["personal"])
    except MeetupError as refusal:
        form.add_error(None, str(refusal))
        return None


def what_was_understood(request: HttpRequest, meetup: Meetup, form: InviteForm) -> dict:
    """Return who could be written to, each with whether it is ticked, and who is on the list already."""
    found: AddressList | None = getattr(form, "found", None)
    if found is None or not found.people and not found.refused:
        return {}
    emails = [email for _name, email in found.people]
    there = set(Guest.objects.seen().filter(meetup=meetup, email__in=emails).values_list("email", flat=True))
    ticked = set(request.POST.getlist("to")) if isinstance(form, SendForm) else set(emails)
    new = [(name, email, email in ticked) for name, email in found.people if email not in there]
    return {"found": found, "new": new, "there": [email for email in emails if email in there], "looked_at": form.fingerprint}


@host_required
def add_guest(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Somebody phoned: name, answer, done."""
    if not meetup.takes_answers:
        messages.info(request, _("Guests can be added from publication until the evening begins."))
        return redirect("host_desk", meetup.code)
    form = AddGuestForm(request.POST or None, max_party=meetup.max_party, initial={"rsvp": Rsvp.YES})
    if request.method == "POST" and form.is_valid():
        press = request.POST.get("press", "")
        if press and too_many("press", press, limit=1, seconds=HOUR):
            return redirect("host_desk", meetup.code)
        if too_many("add-guest", str(request.user.pk), limit=ADDING_AN_HOUR, seconds=HOUR):
            form.add_error(None, _("Those were many guests in one hour. Please wait a little."))
        elif write_new_guest(request, meetup, form):
            return redirect("host_guest_add" if request.POST.get("then") == "another" else "host_desk", meetup.code)
    context = {"form": form, "meetup": meetup, "press": secrets.token_urlsafe(12)}
    return render(request, "host/guest_add.html", context)


def write_new_guest(request: HttpRequest, meetup: Meetup, form: AddGuestForm) -> bool:
    """Add the guest and say what became of the answer; False when a rule said no, and the form then says which."""
    words = form.cleaned_data
    try:
        guest = acts.add_guest(
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
    """Return what became of an answer that the host wrote down."""
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
    return said[guest.rsvp] % {"name": name}


@host_required
def edit_guest(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """Write down what a guest told the host: the answer, how many, what they do not eat."""
    guest = get_object_or_404(Guest.objects.seen().filter(meetup=meetup), pk=pk)
    guest.meetup = meetup
    form = EditGuestForm(
        request.POST or None, max_party=max(meetup.max_party, guest.party_size), initial=initial_from_guest(guest)
    )
    if guest.blocked_at is not None:
        # What they wrote to the host reaches nobody, and stays as they wrote it (R111).
        del form.fields["note"]
    if request.method == "POST" and form.is_valid():
        if too_many("host-answer", str(guest.pk), limit=ANSWERS_A_DAY, seconds=24 * HOUR):
            form.add_error(None, _("This answer was changed many times today. Please try again tomorrow."))
        else:
            try:
                answered = acts.record_rsvp(guest, by_host=True, **form.cleaned_data)
                messages.success(request, say_answer(answered))
                return redirect("host_desk", meetup.code)
            except MeetupError as refusal:
                form.add_error(None, str(refusal))
    return render(request, "host/guest_edit.html", {"form": form, "meetup": meetup, "guest": guest})


@host_required
def remove_guest(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    guest = get_object_or_404(meetup.guests, pk=pk)
    if guest.is_unproven:
        raise Http404
    if guest.removed_at is not None:
        # The second press of the same button.
        return redirect("host_desk", meetup.code)
    if request.method == "POST":
        acts.remove_guest(guest)
        messages.success(request, _("%(name)s is off your list.") % {"name": guest.called})
        return redirect("host_desk", meetup.code)
    return render(request, "host/guest_remove.html", {"meetup": meetup, "guest": guest})


@require_POST
@host_required
def new_link(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """Make the links mailed so far fail, and mail a new one."""
    guest = get_object_or_404(Guest.objects.seen().filter(meetup=meetup), pk=pk)
    if not guest.email:
        messages.error(request, _("There is no address to send a link to."))
    elif too_many("new-link", str(guest.pk), limit=1, seconds=SAME_LINK_SECONDS):
        messages.info(request, _("A new link is on its way already."))
    elif too_many("new-link-day", str(guest.pk), limit=LINKS_A_DAY, seconds=24 * HOUR):
        messages.error(request, _("Those were three new links today. Please try again tomorrow."))
    else:
        messages.success(request, say_new_link(acts.renew_link(guest)))
    return redirect("host_guest", meetup.code, guest.pk)


def say_new_link(guest: Guest) -> str:
    """Return what became of the letter with a new link; an address that never answered gets few letters (R88)."""
    letter = Delivery.objects.filter(guest=guest, kind=Delivery.Kind.NEW_LINK).pending().first()
    if letter is None:
        return _("The old links do not open any more. This address had several letters already, so tell them yourself.")
    if letter.due_at > clock.now():
        return _("The old links do not open any more. %(name)s had a letter today, so the new one leaves tomorrow.") % {
            "name": guest.called
        }
    return _("The old links do not open any more, and a new one is on its way to %(name)s.") % {"name": guest.called}
