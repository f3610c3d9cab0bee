"""Doors for a host: the list of meetups, drafts, publishing, moving, canceling, the desk."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from hosts.models import Campaign, User
from meetups import clock, when
from meetups.desk import company_of, friends_of, letter_rows, next_step, potluck_of, undelivered, unreachable
from meetups.exceptions import MeetupError
from meetups.forms.host import CancelForm, DraftForm, MoveForm, WordsForm, initial_from_kit, initial_from_meetup
from meetups.limits import too_many
from meetups.models import Book, Kit, Meetup, Recap
from meetups.permissions import host_required
from meetups.press import new_press, read_press
from meetups.services import meetup as acts
from meetups.services.hold import hold_conversation

DRAFTS_AN_HOUR = 60


# The list ------------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def meetup_list(request: HttpRequest) -> HttpResponse:
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
    return render(request, "host/meetup_list.html", context)


# Drafts --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """What a new meetup begins from: nothing, a book, a campaign's kit, or the kit of an evening whose recap somebody read."""

    kit: Kit | None = None
    parent: Meetup | None = None
    campaign: Campaign | None = None
    recap: Recap | None = None
    book: Book | None = None
    is_missing: bool = False

    @property
    def initial(self) -> dict:
        kit = self.kit or Kit(book=self.book)
        return initial_from_kit(kit, title=self.parent.title if self.parent else "") if self.kit or self.book else {}


def find_source(asked: QueryDict) -> Source:
    """Return what `from` (a published recap), `campaign` or `book` names; what cannot be found leaves the form empty."""
    if asked.get("from"):
        recap = Recap.objects.public().with_meetup().filter(slug=asked["from"]).first()
        if recap is None:
            return Source(is_missing=True)
        return Source(kit=recap.meetup.kit, parent=recap.meetup, campaign=recap.meetup.campaign, recap=recap)
    if asked.get("campaign"):
        campaign = Campaign.objects.filter(slug=asked["campaign"]).first()
        if campaign is None:
            return Source(is_missing=True)
        return Source(kit=campaign.kits.select_related("book").first(), campaign=campaign)
    if asked.get("book"):
        book = Book.objects.public().filter(slug=asked["book"]).first()
        return Source(book=book, is_missing=book is None)
    return Source()


def make_draft(request: HttpRequest, source: Source, **fields) -> Meetup:
    """Save a new draft. One that comes from a recap is told to the host of it."""
    code = read_press(request)
    if source.recap:
        return hold_conversation(request.user, source.recap, code=code, **fields)
    origin = {"campaign": source.campaign, "copied_from": source.kit}
    return acts.save_draft(request.user, code=code, **origin, **fields)


@login_required
def new_meetup(request: HttpRequest) -> HttpResponse:
    if not request.user.shown_name:
        return redirect(f"{reverse('account_name')}?{urlencode({'next': request.get_full_path()})}")
    source = find_source(request.POST if request.method == "POST" else request.GET)
    form = DraftForm(request.POST or None, initial=source.initial)
    if request.method == "POST" and form.is_valid():
        if too_many("draft", str(request.user.pk), limit=DRAFTS_AN_HOUR, seconds=3600):
            form.add_error(None, _("Those were many drafts in one hour. Please wait a little."))
        else:
            return after_saving(request, make_draft(request, source, kit=form.kit_words, **form.fields_to_save))
    press = request.POST.get("press") or new_press(request.user)
    context = {"form": form, "source": source, "press": press, "towns": known_towns(request.user)}
    return render(request, "host/meetup_new.html", context)


def known_towns(user: User) -> list[str]:
    """Return towns to suggest: the host's own, and those of listed evenings."""
    near = Meetup.objects.filter(Q(host=user) | Q(status=Meetup.Status.PUBLISHED, visibility=Meetup.Visibility.LISTED))
    return list(near.exclude(town_name="").order_by("town_name").values_list("town_name", flat=True).distinct()[:40])


def after_saving(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Say whose clock counts, and go where the pressed button leads."""
    if meetup.zone:
        place = when.place_of_zone(meetup.zone)
        messages.success(request, _("The draft is saved. Its time is %(place)s time.") % {"place": place})
    else:
        messages.success(request, _("The draft is saved."))
    return redirect("host_publish" if request.POST.get("then") == "look" else "host_desk", meetup.code)


@host_required
def edit_meetup(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    if meetup.is_canceled:
        messages.info(request, _("A canceled evening is not changed any more."))
        return redirect("host_desk", meetup.code)
    form_class = DraftForm if meetup.is_draft else WordsForm
    form = form_class(request.POST or None, initial=initial_from_meetup(meetup))
    if request.method == "POST" and form.is_valid():
        try:
            if meetup.is_draft:
                saved = acts.save_draft(request.user, meetup=meetup, kit=form.kit_words, **form.fields_to_save)
                return after_saving(request, saved)
            acts.edit_meetup(meetup, kit=form.kit_words, **form.fields_to_save)
            messages.success(request, _("Saved. Nobody was mailed about it."))
            return redirect("host_desk", meetup.code)
        except MeetupError as refusal:
            # What was read a moment ago may have changed since; of a published meetup only the seats can be refused.
            form.add_error(None if meetup.is_draft else "seats", str(refusal))
    # The page's title names the meetup as it is saved, not as somebody is typing it.
    context = {"form": form, "meetup": meetup, "towns": known_towns(request.user) if meetup.is_draft else []}
    return render(request, "host/meetup_edit.html", context)


@host_required
def publish(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    if not meetup.is_draft:
        return redirect("host_desk", meetup.code)
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
        "letters": letter_rows(meetup),
    }
    return render(request, "host/meetup_publish.html", context)


@login_required
def delete_draft(request: HttpRequest, code: str) -> HttpResponse:
    if request.method == "POST" and code == request.session.get("deleted_draft"):
        # The second press of the same button.
        return redirect("host_list")
    meetup = get_object_or_404(Meetup.objects.hosted_by(request.user), code=code)
    if not meetup.is_draft:
        messages.info(request, _("Only a draft can be deleted. This evening can be canceled instead."))
        return redirect("host_desk", code)
    if request.method == "POST":
        acts.delete_draft(meetup)
        request.session["deleted_draft"] = code
        messages.success(request, _("The draft is deleted."))
        return redirect("host_list")
    return render(request, "host/meetup_delete.html", {"meetup": meetup})


# A published evening -------------------------------------------------------------------------------------------------


@host_required
def move(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    if meetup.is_draft:
        return redirect("host_edit", meetup.code)
    if not meetup.takes_answers:
        messages.info(request, _("Only a published evening that has not begun can be moved."))
        return redirect("host_desk", meetup.code)
    form = MoveForm(request.POST or None, initial=initial_from_meetup(meetup))
    is_soon = meetup.starts_at - clock.now() < acts.SOON
    if request.method == "POST" and form.is_valid():
        try:
            moved = acts.reschedule_meetup(meetup, **form.moment_fields)
            messages.success(request, say_moved(meetup, moved, is_soon=is_soon))
            return redirect("host_desk", meetup.code)
        except MeetupError as refusal:
            form.add_error(None, str(refusal))
    num_told = len(acts.guests_who_were_told(meetup))
    context = {"form": form, "meetup": meetup, "is_soon": is_soon, "num_told": num_told, "towns": known_towns(request.user)}
    return render(request, "host/meetup_move.html", context)


def say_moved(before: Meetup, moved: Meetup, *, is_soon: bool) -> str:
    """Return what the host is told after a change of time or place."""
    if moved.revision == before.revision:
        return _("Saved. Time and place are as they were, so nobody is mailed.")
    if is_soon or moved.starts_at - clock.now() < acts.SOON:
        return _("Moved. The letters to your guests, with old and new, leave now.")
    return _("Moved. Your guests hear of it in ten minutes, with old and new; change it again until then and it is one letter.")


@host_required
def cancel(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    if meetup.is_draft:
        return redirect("host_delete", meetup.code)
    if meetup.is_canceled or meetup.has_ended:
        return redirect("host_desk", meetup.code)
    form = CancelForm(request.POST or None, initial={"street": meetup.street})
    if request.method == "POST" and form.is_valid():
        try:
            acts.cancel_meetup(meetup, word=form.cleaned_data["word"])
        except MeetupError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The evening is canceled."))
        return redirect("host_desk", meetup.code)
    num_told = len(acts.guests_who_were_told(meetup))
    is_soon = meetup.starts_at - clock.now() < acts.SOON
    return render(request, "host/meetup_cancel.html", {"form": form, "meetup": meetup, "num_told": num_told, "is_soon": is_soon})


@require_POST
@host_required
def restore(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    try:
        acts.restore_meetup(meetup)
        messages.success(request, _("Taken back: the evening is on again, and nobody was written to."))
    except MeetupError as refusal:
        messages.error(request, str(refusal))
    return redirect("host_desk", meetup.code)


@require_safe
@login_required
def desk(request: HttpRequest, code: str) -> HttpResponse:
    mine = Meetup.objects.hosted_by(request.user).with_kit().select_related("debrief", "recap", "parent__host", "parent__recap")
    meetup = get_object_or_404(mine, code=code)
    company, potluck, friends = company_of(meetup), potluck_of(meetup), friends_of(meetup)
    context = {
        "meetup": meetup,
        "company": company,
        "step": next_step(meetup, company, lacks=potluck.lacks, friends=friends),
        "friends": friends,
        "potluck": potluck,
        "letters": letter_rows(meetup),
        "undelivered": unreachable(company) | undelivered(meetup) if company.guests else {},
        "can_restore": acts.can_restore(meetup),
        "share_link": share_link(meetup),
    }
    return render(request, "host/meetup_desk.html", context)


def share_link(meetup: Meetup) -> str:
    """Return the whole address that may be given to anybody, or nothing for a private or finished evening."""
    return f"{settings.PUBLIC_URL}{meetup.get_absolute_url()}" if meetup.takes_strangers else ""
