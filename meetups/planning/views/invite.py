"""A host invites: pasted addresses or a file, a look at what was understood, and then the letters."""

from collections.abc import Sequence
from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hosts.requests import SignedInRequest
from meetups.access.permissions import host_required
from meetups.access.rate_limit import too_many
from meetups.exceptions import MeetupError
from meetups.forms.kept_input import is_anything_typed, typed_value, typed_values
from meetups.guests.services import invitation
from meetups.inviting.message import link_to_give, write_message
from meetups.inviting.past_guests import has_past_guests
from meetups.models import Guest, Meetup
from meetups.planning.address_list import AddressList, read_addresses
from meetups.planning.desk import company_of, guests_to_invite_again
from meetups.planning.forms.guest_file import ColumnsForm, initial_of, read_sent, samples
from meetups.planning.forms.guest_list import InviteForm, SendForm
from meetups.planning.guest_file import Table, column_letter, people_in, read_table, read_upload, to_text
from meetups.planning.steps.next_step import say_how_many

HOUR = 3600
# Well above what one meetup needs, and low enough that a stolen session cannot send much mail (R87).
INVITING_AN_HOUR = 30
FILES_AN_HOUR = 60


@host_required
def invite(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    """GET asks for addresses or a file; POST shows what was read in them; a POST of exactly that list, with the tick, sends."""
    if refused := refuse_by_state(request, meetup):
        return refused
    asked = guests_to_invite_again(meetup)
    if "file" in request.FILES:
        return read_file(request, meetup, asked)
    looked_at = request.POST.get("send") == "1" and request.POST.get("looked_at", "")
    form: InviteForm
    form = SendForm(request.POST, asked=asked) if looked_at else InviteForm(request.POST or None, asked=asked)
    if looked_at and looked_at != form.fingerprint:
        form, looked_at = InviteForm(request.POST, asked=asked), ""
        messages.info(request, _("You changed the list, so please look at it again before it is sent."))
    if looked_at and isinstance(form, SendForm) and form.is_valid():
        understood = what_was_understood(request, meetup, form)
        invited = send_invitations(request, meetup, form)
        if invited is not None:
            return show_invited(request, meetup, invited, understood)
    form.is_valid()
    return show_invite(request, meetup, form)


def refuse_by_state(request: HttpRequest, meetup: Meetup) -> HttpResponse | None:
    """Lead to where the host can go on, before publication and once the evening begins; None in between."""
    if meetup.is_draft:
        messages.info(request, _("Publish it first; then you can invite your guests."))
        return redirect("host_publish", meetup.code)
    if not meetup.takes_answers:
        messages.info(request, _("Invitations can be sent from publication until the evening begins."))
        return redirect("host_desk", meetup.code)
    return None


def show_invite(request: SignedInRequest, meetup: Meetup, form: InviteForm) -> HttpResponse:
    context = {"form": form, "meetup": meetup, "num_left": invitation.num_invites_left_today(request.user)}
    company = company_of(meetup)
    context |= {"how_many": say_how_many(meetup, company), "laid": company.laid}
    context["offers_past"] = meetup.host_id == request.user.pk and has_past_guests(meetup)
    if give_link := link_to_give(meetup):
        context |= {"give_link": give_link, "message": write_message(meetup, give_link)}
        context["message_language"] = meetup.spoken_language
    understood = what_was_understood(request, meetup, form)
    if understood and understood["found"].refused and "addresses" not in form.errors:
        form.fields["addresses"].widget.attrs["aria-describedby"] = "id_addresses_helptext not-understood"
    return render(request, "planning/invite.html", context | understood)


def show_invited(request: HttpRequest, meetup: Meetup, invited: invitation.Invited, understood: dict) -> HttpResponse:
    """Show what became of a list: who is invited, who was there, and what was not understood, to mend and to look at again."""
    invited.already = list(dict.fromkeys([*understood["there"], *invited.already]))
    found: AddressList = understood["found"]
    # Numbered as the lines of the field in which they can be mended.
    refused = [replace(entry, line=number) for number, entry in enumerate(found.refused_shown, 1)]
    context = {
        "meetup": meetup,
        "invited": invited,
        "num_invited": len(invited.sent) + len(invited.later),
        "not_understood": refused,
        "num_not_understood": found.num_refused,
        "num_unshown": found.num_refused_unshown,
        "form": InviteForm(initial={"addresses": "\n".join(entry.text for entry in refused)}),
    }
    return render(request, "planning/invite_done.html", context)


def send_invitations(request: SignedInRequest, meetup: Meetup, form: SendForm) -> invitation.Invited | None:
    """Invite those who are ticked; return None where it was refused, with the reason on the form."""
    if too_many("invite", str(request.user.pk), limit=INVITING_AN_HOUR, seconds=HOUR):
        form.add_error(None, _("That was a lot of inviting in one hour. Please wait a little; what you typed is still here."))
        return None
    try:
        return invitation.invite_guests(meetup, addresses=form.people, by=request.user, personal=form.cleaned_data["personal"])
    except MeetupError as refusal:
        form.add_error(None, str(refusal))
        return None


def what_was_understood(request: HttpRequest, meetup: Meetup, form: InviteForm) -> dict:
    """Return what was read in the form: who can be written to, each with its tick, and who is on the guest list already."""
    found: AddressList | None = getattr(form, "found", None)
    if found is None or "file" in form.errors or not (found.people or found.refused):
        return {}
    emails = [email for _name, email in found.people]
    there = set(Guest.objects.counting().filter(meetup=meetup, email__in=emails).values_list("email", flat=True))
    ticked = set(request.POST.getlist("to")) if isinstance(form, SendForm) else set(emails)
    new = [(name, email, email in ticked) for name, email in found.people if email not in there]
    return {"found": found, "new": new, "there": [email for email in emails if email in there], "looked_at": form.fingerprint}


# A file ---------------------------------------------------------------------------------------------------------------


def read_file(request: SignedInRequest, meetup: Meetup, asked: Sequence[Guest]) -> HttpResponse:
    """Show the columns of an uploaded table, or the people of a text, with what was typed beside it; nothing is stored."""
    form = InviteForm(request.POST, request.FILES, asked=asked)
    form.is_valid()
    if form.errors.keys() & {"file", "addresses"}:
        return show_invite(request, meetup, form)
    # Anything else that is wrong is said when the people are shown: a file would have to be chosen anew.
    try:
        if too_many("guest-file", str(request.user.pk), limit=FILES_AN_HOUR, seconds=HOUR):
            raise MeetupError(_("Those were many files in one hour. Please wait a little."))
        data = read_upload(form.cleaned_data["file"])
        table = read_table(data)
    except MeetupError as refusal:
        form.add_error("file", str(refusal))
        return show_invite(request, meetup, form)
    if not table.rows:
        return show_people(request, meetup, read_addresses(table.text), asked)
    return show_columns(request, meetup, ColumnsForm(initial=initial_of(table, data), table=table), table)


@require_http_methods(["GET", "HEAD", "POST"])
@host_required
def invite_file(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    """POST reads the file that comes along by the chosen columns and shows its people; in another encoding its columns again."""
    if request.method != "POST" and not is_anything_typed():
        return redirect("host_invite", meetup.code)
    if refused := refuse_by_state(request, meetup):
        return refused
    asked = guests_to_invite_again(meetup)
    if request.method != "POST" and not typed_value("file"):
        # Another language below the people of a file.
        return show_invite(request, meetup, InviteForm(asked=asked))
    encoding = request.POST.get("encoding", typed_value("encoding"))
    try:
        table = read_table(read_sent(request.POST.get("file", typed_value("file"))), encoding)
    except MeetupError as refusal:
        form = InviteForm(request.POST, asked=asked)
        form.is_valid()
        form.add_error("file", str(refusal))
        return show_invite(request, meetup, form)
    if request.method != "POST":
        return show_columns(request, meetup, ColumnsForm(table=table), table)
    if encoding != request.POST.get("encoding_shown", encoding) and not table.is_certain:
        again = ColumnsForm(initial=request.POST.dict() | {"encoding_shown": encoding}, table=table)
        return show_columns(request, meetup, again, table)
    columns = ColumnsForm(request.POST, table=table)
    if columns.is_valid():
        found = people_in(table, columns.columns, is_headed=columns.cleaned_data["is_headed"])
        if found.people:
            return show_people(request, meetup, found, asked)
        columns.add_error("email", _("There is no address in this column."))
    return show_columns(request, meetup, columns, table)


def show_columns(request: SignedInRequest, meetup: Meetup, form: ColumnsForm, table: Table) -> HttpResponse:
    """Show the columns with their first cells, and ask which is which. What was typed beside the file comes along."""
    columns = [(column_letter(place), cells) for place in range(table.width) if (cells := samples(table, place))]
    typed = [
        (name, value)
        for name in ("addresses", "personal", "again")
        for value in request.POST.getlist(name) or typed_values(name)
        if value
    ]
    context = {"form": form, "meetup": meetup, "columns": columns, "typed": typed, "num_rows": len(table.rows)}
    return render(request, "planning/invite_file.html", context)


def show_people(request: SignedInRequest, meetup: Meetup, found: AddressList, asked: Sequence[Guest]) -> HttpResponse:
    """Show the people of a file as if they had been pasted below what was typed."""
    data = request.POST.copy()
    data["addresses"] = "\n".join(filter(None, [data.get("addresses", "").strip(), to_text(found)]))
    form = InviteForm(data, asked=asked)
    if form.is_valid():
        form.found.add_counts(found)
    return show_invite(request, meetup, form)
