"""Views of the shared table: a guest's behind the link, and the host's."""

import secrets

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from meetups.access.permissions import host_required
from meetups.access.rate_limit import too_many
from meetups.access.visibility import shared_table
from meetups.exceptions import MeetupError
from meetups.guests.forms.dish import BringForm, DishForm, LayForm, SayForm
from meetups.guests.services import dish as acts
from meetups.guests.views.link_page import SeeOther, link_page, open_guest
from meetups.models import Dish, Guest, Meetup
from meetups.text.diets import sum_diets
from meetups.text.dishes import kind_words, lacks_words, list_words, suggestion

# For how long a second POST with the same idempotency key does nothing.
SAME_KEY_SECONDS = 3600


# Behind a guest's link -----------------------------------------------------------------------------------------------


@link_page(open_guest)
def guest_table(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET shows what the table lacks; POST takes a dish, says what it is, gives it back, or brings something else."""
    form, error, said = BringForm(), "", None
    if request.method == "POST":
        if "say" in request.POST:
            said = SayForm(request.POST)
        elif not {"take", "give_back"} & request.POST.keys():
            form = BringForm(request.POST)
        try:
            if _record(guest, request, said or form):
                return SeeOther(request.path)
        except MeetupError as refusal:
            error = str(refusal)
    table = shared_table(guest)
    mine = [(dish, _say_form(dish, said, request.POST.get("say"))) for dish in table.mine]
    context = {"guest": guest, "meetup": guest.meetup, "token": token, "table": table, "mine": mine, "form": form}
    context["said"] = next((say for _dish, say in mine if say.is_bound), None)
    return render(request, "guests/table_page.html", context | {"error": error, "lacks": list_words(table.lacks)})


def _record(guest: Guest, request: HttpRequest, form: BringForm | SayForm) -> bool:
    """Record what was posted; return False when the form is invalid and has to be shown again."""
    data = request.POST
    code = next((data[name] for name in ("take", "give_back", "say") if name in data), "")
    dish = Dish.objects.filter(meetup=guest.meetup_id, code=code[:16].replace("\0", "")).first() if code else None
    if "give_back" in data:
        if dish is not None:
            acts.give_back_dish(guest, dish=dish)
        return True
    if "take" in data:
        if dish is None:
            raise MeetupError(_("That is not asked for any more. This is what the table still lacks."))
        acts.take_dish(guest, dish=dish)
        return True
    if not form.is_valid():
        return False
    if "say" not in data:
        acts.bring_dish(guest, words=form.cleaned_data["words"])
    elif dish is not None and dish.guest_id == guest.pk:
        acts.take_dish(guest, dish=dish, words=form.cleaned_data["words"])
    return True


def _say_form(dish, said: SayForm | None, code: str | None) -> SayForm:
    """Return the form of one of the guest's dishes: as it was sent, or with the saved words."""
    if said is not None and code == dish.code:
        said.auto_id = f"id_{dish.code}_%s"
        return said
    return SayForm(initial={"words": dish.words}, auto_id=f"id_{dish.code}_%s")


# The host's --------------------------------------------------------------------------------------------------------


def _was_posted(request: HttpRequest) -> bool:
    """Tell whether this form, by its idempotency key, was posted before. A form without a key never was."""
    key = request.POST.get("press", "")
    return bool(key) and too_many("press", key, limit=1, seconds=SAME_KEY_SECONDS)


@host_required
def host_table(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Show who brings what, and ask for several dishes at once."""
    dishes = list(meetup.dishes.select_related("guest").in_order())
    suggested = suggestion(meetup.num_seats)
    form = LayForm(request.POST or None, suggested={} if dishes else suggested)
    if request.method == "POST" and form.is_valid():
        if _was_posted(request):
            return redirect("host_table", meetup.code)
        try:
            num = len(acts.lay_table(meetup, counts=form.counts))
        except MeetupError as refusal:
            form.add_error(None, str(refusal))
        else:
            words = ngettext("%(n)d dish is asked for.", "%(n)d dishes are asked for.", num)
            messages.success(request, words % {"n": num})
            return redirect("host_table", meetup.code)
    context = {
        "form": form,
        "meetup": meetup,
        "dishes": dishes,
        "lacks": list_words(lacks_words((dish.kind, dish.remark) for dish in dishes if not dish.guest_id and dish.is_asked)),
        "suggested": list_words([kind_words(kind, n) for kind, n in suggested.items()]),
        "eaters": (eaters := [guest for guest in _seated(meetup) if guest.diet_words]),
        "diets": list_words(sum_diets(guest.diets for guest in eaters)),
        "can_ask": not meetup.is_canceled and not meetup.has_started,
        "idempotency_key": secrets.token_urlsafe(12),
    }
    return render(request, "guests/host_table.html", context)


@host_required
def add_dish(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Ask for one dish, with a remark or with the guest who brings it."""
    form = DishForm(request.POST or None, seated=_seated(meetup), initial={"kind": Dish.Kind.OTHER})
    if request.method == "POST" and form.is_valid():
        if _was_posted(request):
            return redirect("host_table", meetup.code)
        try:
            acts.ask_for_dish(meetup, **_facts(form, meetup))
        except MeetupError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("It stands on the list of the table."))
            return redirect("host_table", meetup.code)
    context = {"form": form, "meetup": meetup, "dish": None, "idempotency_key": secrets.token_urlsafe(12)}
    return render(request, "guests/host_dish.html", context)


@host_required
def edit_dish(request: HttpRequest, meetup: Meetup, dish: str) -> HttpResponse:
    """Change a dish, or who brings it."""
    row = get_object_or_404(meetup.dishes.select_related("guest"), code=dish)
    form = DishForm(request.POST or None, seated=_seated(meetup), dish=row)
    if request.method == "POST" and form.is_valid():
        try:
            acts.edit_dish(row, **_facts(form, meetup))
        except MeetupError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("host_table", meetup.code)
    return render(request, "guests/host_dish.html", {"form": form, "meetup": meetup, "dish": row})


@require_POST
@host_required
def remove_dish(request: HttpRequest, meetup: Meetup, dish: str) -> HttpResponse:
    """Delete a dish; a second POST does nothing."""
    row = meetup.dishes.filter(code=dish).first()
    try:
        if row is not None:
            acts.remove_dish(row)
            messages.success(request, _("It is off the list."))
    except MeetupError as refusal:
        messages.error(request, str(refusal))
    return redirect("host_table", meetup.code)


def _seated(meetup: Meetup) -> list[Guest]:
    """Return who may bring something: the guests with a seat."""
    return list(Guest.objects.counting().yes().filter(meetup=meetup).order_by("answered_at", "pk"))


def _facts(form: DishForm, meetup: Meetup) -> dict:
    """Return what was typed, with the chosen guest as a row."""
    pk = form.cleaned_data["guest"]
    guest = Guest.objects.counting().filter(meetup=meetup, pk=pk).first() if pk else None
    return form.cleaned_data | {"guest": guest}
