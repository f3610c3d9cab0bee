"""Views of questions: a guest's behind the link, and the host's."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from meetups.access.permissions import host_required
from meetups.exceptions import MeetupError
from meetups.guests.forms.question import AnswerGuestForm, AskForm
from meetups.guests.services.question import answer_guest, ask_host, block_guest
from meetups.guests.views.guest_page import held_until
from meetups.guests.views.link_page import SeeOther, link_page, open_guest
from meetups.models import Guest, Meetup, Question


@link_page(open_guest)
def ask(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET shows what was asked and answered; POST asks the host something."""
    form = AskForm(request.POST if request.method == "POST" else None, host=str(guest.meetup.host))
    if request.method == "POST" and form.is_valid():
        try:
            ask_host(guest, words=form.cleaned_data["words"])
            return SeeOther(request.path)
        except MeetupError as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "guest": guest, "meetup": guest.meetup, "token": token, "questions": guest.questions.all()}
    context["held_until"] = held_until(guest.meetup)
    return render(request, "guests/ask_page.html", context)


@host_required
def answer(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """Show what a guest asked, and answer it; then go to the next guest who asked, or to the desk."""
    guest = get_object_or_404(Guest.objects.counting().filter(meetup=meetup, blocked_at=None), pk=pk)
    guest.meetup = meetup
    form = AnswerGuestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            answer_guest(guest, words=form.cleaned_data["words"])
        except MeetupError as refusal:
            form.add_error(None, str(refusal))
        else:
            said = (
                _("Your answer stands on %(name)s's page, and a letter with it is due now.")
                if guest.email
                else _("Your answer stands on %(name)s's page.")
            )
            messages.success(request, said % {"name": guest.called})
            return redirect(next_to_answer(meetup))
    questions = list(guest.questions.all())
    context = {"form": form, "guest": guest, "meetup": meetup, "questions": questions}
    return render(request, "guests/host_question.html", context | {"is_open": any(q.answered_at is None for q in questions)})


def next_to_answer(meetup: Meetup) -> str:
    """Return the address of the page of the next guest with an open question, or of the desk."""
    asked = Question.objects.open().for_host().filter(guest__meetup=meetup).first()
    return reverse("host_answer", args=[meetup.code, asked.guest_id]) if asked else meetup.get_desk_url()


@require_POST
@host_required
def block(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """Block a guest's messages to the host, or allow them again."""
    guest = get_object_or_404(Guest.objects.counting().filter(meetup=meetup), pk=pk)
    guest = block_guest(guest, is_blocked=request.POST.get("block") == "1")
    if guest.blocked_at is not None:
        said = _("Messages of %(name)s do not reach you any more. Nobody tells them.")
    else:
        said = _("Messages of %(name)s reach you again.")
    messages.success(request, said % {"name": guest.called})
    return redirect("host_guest", meetup.code, guest.pk)
