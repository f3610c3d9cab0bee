"""Pages of a guest after the meetup: whether they came, one sentence, one photo, and withdrawing them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from meetups.access.tokens import make_contribution_token, read_contribution_token
from meetups.access.visibility import may_write, reads_table, table_promises, table_voices
from meetups.exceptions import MeetupError
from meetups.guests.forms.answer import SureForm
from meetups.guests.services.rsvp import offer_to_host
from meetups.guests.views.link_page import SeeOther, link_page, open_guest
from meetups.models import Consent, Contribution, Guest, Photo, Recap, RemovalRequest
from meetups.pictures.responses import photo_response
from meetups.recaps.forms.contribution import PromiseForm, ReadForm, TableForm, WordsForm
from meetups.recaps.public_view import make_broadside
from meetups.recaps.services.attendance import record_attendance
from meetups.recaps.services.contribution import contribute, withdraw_contribution, write_how_it_went
from meetups.recaps.services.excerpt import answer_cut
from meetups.recaps.services.preview import say_fine
from meetups.recaps.services.removal_request import open_for_author, settle_removal
from meetups.text.clean import cut
from meetups.times import words as when


@link_page(open_guest)
def after(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET shows the questions; POST takes one part at a time: `attended`, `could_host`, or the words and the photo."""
    # Guests whose address is not proven or who were not admitted cannot have been there.
    if not guest.meetup.has_started or not guest.meetup.is_published or guest.is_unproven:
        return SeeOther(reverse("guest", args=[token]))
    contribution = Contribution.objects.standing().filter(guest=guest).select_related("photo").first()
    form, error = _table_form(guest, contribution), ""
    if request.method == "POST":
        form = _table_form(guest, contribution, request.POST, request.FILES) if "sentence" in request.POST else form
        try:
            if _take_part(request, guest, contribution, form):
                return SeeOther(request.path)
        except MeetupError as said:
            error = str(said)
            if form.is_bound and form.is_valid():
                form.add_error(None, error)
                error = ""
    context = {
        "guest": guest,
        "meetup": guest.meetup,
        "token": token,
        "form": form,
        "error": error,
        "contribution": contribution,
        "photo": getattr(contribution, "photo", None),
        "words_token": make_contribution_token(contribution) if contribution else "",
        "there": _there(guest),
        "may_write": may_write(guest) or contribution is not None,
        "is_late": _is_late(guest.meetup_id),
        "voices": table_voices(guest),
        "promises": table_promises(guest),
    }
    return render(request, "recaps/after_page.html", context)


def _is_late(meetup_id: int) -> bool:
    """Tell whether new content is pending review, because the recap was public already."""
    return Recap.objects.filter(meetup=meetup_id, published_at__isnull=False).exists()


def _there(guest: Guest) -> str:
    """Return whether this guest came: yes, no, says (not confirmed by the host yet), refused (denied by the host), or empty."""
    if guest.attended:
        return "yes"
    if guest.says_they_came:
        return "says"
    if guest.attended is False and guest.said_there and guest.rsvp != Guest.Rsvp.YES:
        return "refused"
    return "no" if False in (guest.attended, guest.said_there) else ""


def _take_part(request: HttpRequest, guest: Guest, contribution: Contribution | None, form: TableForm) -> bool:
    """Do what one button names; return False where a form has to be shown again. Raises MeetupError with the reason."""
    yes_or_no = {"yes": True, "no": False}
    if request.POST.get("attended") in yes_or_no:
        record_attendance(guest, attended=yes_or_no[request.POST["attended"]])
    elif request.POST.get("could_host") in yes_or_no:
        offer_to_host(guest, could_host=yes_or_no[request.POST["could_host"]])
    elif not form.is_bound:
        raise MeetupError(_("Nothing was chosen, so nothing was changed."))
    elif contribution is None and not may_write(guest):
        raise MeetupError(_("Say first that you were there: the table's words are of those who were."))
    elif not form.is_valid():
        return False
    elif form.is_empty() and contribution is None:
        raise MeetupError(_("There is nothing to leave yet: write a sentence, or choose a photo."))
    else:
        contribute(guest, **(form.words() | form.photo_facts()), promise=form.cleaned_data["promise"])
    return True


def _table_form(guest: Guest, contribution: Contribution | None, *data) -> TableForm:
    """Return the form, filled with what the guest left before."""
    photo = getattr(contribution, "photo", None)
    initial = {"shown_as": shown_as_at_first(guest)}
    if contribution is not None:
        initial = {name: getattr(contribution, name) for name in ("sentence", "sentence_consent", "shown_as", "promise")}
    if contribution is not None and not contribution.sentence:
        initial["sentence_consent"] = ""
    if photo is not None:
        initial |= {"photo_consent": photo.consent, "photo_alt": photo.alt}
    faces_agreed_before = photo is not None and photo.faces_agreed_at is not None
    return TableForm(*data, initial=initial, has_photo=photo is not None, faces_agreed_before=faces_agreed_before)


def shown_as_at_first(guest: Guest) -> str:
    """Return the suggested name to show: the first word of the name, never a surname, and the town of the meetup."""
    # "Li, Ana" has the first name behind the comma; "Dr." is no first name.
    before, _comma, behind = guest.name.partition(",")
    words = (word.strip(",") for word in (guest.shown_name or behind.strip() or before).split() if not word.endswith("."))
    return cut(", ".join(filter(None, [next(words, ""), guest.meetup.town_name])), 60)


@link_page(open_guest)
def own_photo(request: HttpRequest, guest: Guest, token: str) -> HttpResponseBase:
    """Return a guest's own photo, whatever its consent; with `?of=`, one that another guest left for the table."""
    name = request.GET.get("of", "")
    if name:
        photo = next((voice.photo for voice in table_voices(guest) if voice.photo and voice.photo.name == name), None)
    else:
        photo = Photo.objects.filter(contribution__guest=guest, contribution__withdrawn_at=None).first()
    if photo is None:
        raise Http404
    return photo_response(request, photo)


@link_page(read_contribution_token)
def contribution(request: HttpRequest, contribution: Contribution, token: str) -> HttpResponse:
    """The page of a contribution, behind a link that does not expire (R73): edit the words and the consent, or withdraw it.

    It shows the recap during the preview, with "fine as it is"; a cut that the host proposes, with a yes and a no; and a removal
    request that its author decides. All three need a tick, which a mail scanner that submits every button does not set.
    """
    if request.method == "POST" and "take_out" in request.POST:
        return _take_out(request, contribution, token)
    removals = open_for_author(contribution)
    photo = Photo.objects.filter(contribution=contribution).first()
    forms, error = _forms_of(request, contribution), ""
    if request.method == "POST":
        try:
            if _take_words(request, contribution, photo, forms) or _settle_removal(request, removals, forms["removal"]):
                return SeeOther(request.path)
        except MeetupError as said:
            error = str(said)
            if forms["words"].is_bound:
                forms["words"].add_error(None, error)
                error = ""
    context = {
        "contribution": contribution,
        "meetup": contribution.meetup,
        "photo": photo,
        "form": forms["words"],
        "promise_form": forms["promise"],
        "fine_form": forms["fine"],
        "cut_form": forms["cut"],
        "removal_form": forms["removal"],
        "removals": removals,
        "token": token,
        "error": error,
        "is_out": contribution.withdrawn_at is not None,
        "is_late": _is_late(contribution.meetup_id),
        "asks_cut": contribution.cut and contribution.sentence_consent == Consent.EVERYONE,
    }
    return render(request, "recaps/words_page.html", context | _recap_for_contributor(contribution))


def _forms_of(request: HttpRequest, contribution: Contribution) -> dict:
    """Return the forms of the page: the one that was posted is bound, the others have their initial values."""
    words = {name: getattr(contribution, name) for name in ("sentence", "sentence_consent", "shown_as")}
    promise = {name: getattr(contribution, name) for name in ("how_it_went", "host_may_read")}
    forms = {
        "words": WordsForm(initial=words),
        "promise": PromiseForm(initial=promise),
        "fine": ReadForm(auto_id="fine_%s"),
        "cut": ReadForm(auto_id="cut_%s"),
        "removal": ReadForm(auto_id="removal_%s"),
    }
    sent = request.POST
    if "fine" in sent:
        forms["fine"] = ReadForm(sent, auto_id="fine_%s")
    elif sent.get("agrees") in ("yes", "no"):
        forms["cut"] = ReadForm(sent, auto_id="cut_%s")
    elif sent.get("then") in ("put_back", "leave_out"):
        forms["removal"] = ReadForm(sent, auto_id="removal_%s")
    elif "how_it_went" in sent and contribution.promise:
        forms["promise"] = PromiseForm(sent)
    elif "sentence" in sent and contribution.withdrawn_at is None:
        forms["words"] = WordsForm(sent)
    return forms


def _take_out(request: HttpRequest, contribution: Contribution, token: str) -> HttpResponse:
    """The first POST asks for confirmation; the second, with the tick, deletes. A mail scanner does not set the tick."""
    if contribution.withdrawn_at is not None:
        return SeeOther(request.path)
    form = SureForm(request.POST if "really" in request.POST else None)
    if form.is_valid():
        withdraw_contribution(contribution)
        return SeeOther(request.path)
    return render(request, "recaps/take_out_page.html", {"meetup": contribution.meetup, "token": token, "form": form})


def _take_words(request: HttpRequest, contribution: Contribution, photo: Photo | None, forms: dict) -> bool:
    """Do what one button names; return False where a form has to be shown again. Raises MeetupError with the reason."""
    posted = next((name for name, form in forms.items() if form.is_bound), "")
    if posted in ("", "removal") or not forms[posted].is_valid():
        return False
    data = forms[posted].cleaned_data
    if posted == "fine":
        say_fine(contribution)
    elif posted == "cut":
        answer_cut(contribution, cut=request.POST.get("cut", ""), agrees=request.POST["agrees"] == "yes")
    elif posted == "promise":
        write_how_it_went(contribution, **data)
    else:
        contribute(contribution.guest, **forms["words"].words(), **_as_it_is(photo))
    return True


def _settle_removal(request: HttpRequest, removals: list[RemovalRequest], form: ReadForm) -> bool:
    """Write the author's decision about the request whose number was posted; return False where nothing was decided."""
    removal = next((removal for removal in removals if str(removal.pk) == request.POST.get("removal")), None)
    if removal is None or not form.is_bound or not form.is_valid():
        return False
    settle_removal(removal, is_put_back=request.POST["then"] == "put_back", by="author")
    return True


def _recap_for_contributor(contribution: Contribution) -> dict:
    """Return the recap as a contributor may read it: during its preview and while it is public, else an empty dict. A guest
    who did not come, or was removed since, has no preview."""
    recap = Recap.objects.with_meetup().filter(meetup=contribution.meetup_id).first()
    is_shown = recap is not None and recap.public_at is not None and reads_table(contribution.guest)
    if recap is None or not (recap.is_published or is_shown):
        return {}
    public_day = when.day_words(recap.public_at, recap.meetup.zone) if recap.public_at else ""
    return {"recap": recap, "broadside": make_broadside(recap), "public_day": public_day}


@link_page(read_contribution_token)
def recap_photo(request: HttpRequest, contribution: Contribution, token: str) -> HttpResponseBase:
    """Return a photo of the recap that a contributor may read; `?of=` is its name."""
    broadside = _recap_for_contributor(contribution).get("broadside") if contribution.withdrawn_at is None else None
    photos = [voice.photo for voice in broadside.voices if voice.photo] if broadside else []
    photo = next((photo for photo in photos if photo.name == request.GET.get("of")), None)
    if photo is None:
        raise Http404
    return photo_response(request, photo)


def _as_it_is(photo: Photo | None) -> dict:
    """Return a photo's present consent and description, for a change of the words alone."""
    if photo is None:
        return {}
    return {"photo_consent": photo.consent, "photo_alt": photo.alt, "faces_agreed": photo.faces_agreed_at is not None}
