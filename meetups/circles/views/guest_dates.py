"""The page behind a guest's link on which they say which evenings they could come, until the host has chosen one."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from meetups.access.tokens import read_guest_token
from meetups.circles.date_words import words_of
from meetups.circles.forms.date_poll import DateAnswersForm
from meetups.circles.services.date_poll import answer_dates
from meetups.exceptions import MeetupError
from meetups.guests.views.link_page import SeeOther, link_page
from meetups.models import DateAnswer, DatePoll, Guest


@link_page(read_guest_token)
def dates(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET shows the days and what this guest said; POST writes it down. Once a day is chosen it leads to the usual page."""
    meetup = guest.meetup
    poll = DatePoll.objects.filter(meetup=meetup).first()
    if not meetup.is_draft:
        return SeeOther(reverse("guest", args=[token]))
    if poll is None:
        raise Http404
    poll.meetup = meetup
    options = list(poll.options.all())
    said = {answer.option_id: answer.says for answer in DateAnswer.objects.filter(guest=guest)}
    labels = {option.pk: words_of(option, meetup) for option in options}
    is_sent = request.method == "POST" and poll.is_open
    form = DateAnswersForm(request.POST if is_sent else None, options=options, said=said, labels=labels)
    if is_sent and form.is_valid():
        try:
            answer_dates(guest, form.said)
            return SeeOther(f"{request.path}?said=1")
        except MeetupError as refusal:
            form.add_error(None, str(refusal))
    context = {
        "guest": guest,
        "meetup": meetup,
        "token": token,
        "form": form,
        "is_open": poll.is_open,
        "has_said": bool(said),
        "is_said_now": "said" in request.GET,
    }
    return render(request, "circles/guest_dates_page.html", context)
