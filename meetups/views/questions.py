"""Doors for a question: a guest's behind their link, the host's at the desk."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from meetups.exceptions import MeetupError
from meetups.forms.question import AnswerGuestForm, AskForm
from meetups.models import Guest, Meetup, Question
from meetups.permissions import host_required
from meetups.services.question import answer_guest, ask_host, block_guest
from meetups.views.links import SeeOther, link_page, open_guest


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
    return render(request, "guest/ask_page.html", context)


@host_required
def answer(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """Show what a guest asked, and answer it; then on to the next who asks, or to the desk."""
    guest = get_object_or_404(Guest.objects.seen().filter(meetup=meetup, blocked_at=None), pk=pk)
    guest.meetup = meetup
    form = AnswerGuestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            answer_guest(guest, words=form.cleaned_data["words"])
        except MeetupError as refusal:
            form.add_error(None, str(refusal))
        else:
            said = _("Your answer is on its way to %(name)s.") if guest.email else _("Your answer stands on %(name)s's page.")
            messages.success(request, said % {"name": guest.called})
            return redirect(next_to_answer(meetup))
    questions = list(guest.questions.all())
    context = {"form": form, "guest": guest, "meetup": meetup, "questions": questions}
    return render(request, "host/answer.html", context | {"is_open": any(q.answered_at is None for q in questions)})


def next_to_answer(meetup: Meetup) -> str:
    """Return the page of the next guest who asks something, or the desk."""
    asked = Question.objects.open().for_host().filter(guest__meetup=meetup).first()
    return reverse("host_answer", args=[meetup.code, asked.guest_id]) if asked else meetup.get_desk_url()


@require_POST
@host_required
def block(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """Let a guest's messages reach the host no more, or again."""
    guest = get_object_or_404(Guest.objects.seen().filter(meetup=meetup), pk=pk)
    guest = block_guest(guest, is_blocked=request.POST.get("block") == "1")
    if guest.blocked_at is not None:
        said = _("Messages of %(name)s do not reach you any more. Nobody tells them.")
    else:
        said = _("Messages of %(name)s reach you again.")
    messages.success(request, said % {"name": guest.called})
    return redirect("host_guest", meetup.code, guest.pk)
