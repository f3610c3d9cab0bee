"""Doors of a guest after the evening: were you there, one sentence, one photo, and taking them out again."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from meetups import when
from meetups.broadside import make_broadside
from meetups.exceptions import MeetupError
from meetups.forms.guest import PromiseForm, ReadForm, SureForm, TableForm, WordsForm
from meetups.models import Consent, Contribution, Guest, Photo, Recap
from meetups.services.coming import record_attendance
from meetups.services.contribution import contribute, tell_how_it_went, withdraw_contribution
from meetups.services.cuts import answer_cut
from meetups.services.guest import offer_to_host
from meetups.services.showing import say_fine
from meetups.tokens import make_contribution_token, read_contribution_token
from meetups.views.links import SeeOther, link_page, open_guest
from meetups.views.media import photo_response
from meetups.visibility import may_write, reads_table, table_promises, table_voices


@link_page(open_guest)
def after(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET asks what was; POST takes one part at a time: `attended`, `could_host`, or the words and the photo."""
    # Whom the host did not let in, and whoever never proved the address, was not at the table.
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
    return render(request, "guest/after_page.html", context)


def _is_late(meetup_id: int) -> bool:
    """Tell whether what is written now waits for the host, because the recap was public already."""
    return Recap.objects.filter(meetup=meetup_id, published_at__isnull=False).exists()


def _there(guest: Guest) -> str:
    """Return what is known of whether this guest was there: yes, no, says (and the host does not yet), refused, or nothing."""
    if guest.attended:
        return "yes"
    if guest.says_they_came:
        return "says"
    if guest.attended is False and guest.said_there and guest.rsvp != Guest.Rsvp.YES:
        return "refused"
    return "no" if False in (guest.attended, guest.said_there) else ""


def _take_part(request: HttpRequest, guest: Guest, contribution: Contribution | None, form: TableForm) -> bool:
    """Do what one button asks for; False when a form has to be shown again. Raises MeetupError in words."""
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
        contribute(guest, **form.words(), **form.photo_facts(), promise=form.cleaned_data["promise"])
    return True


def _table_form(guest: Guest, contribution: Contribution | None, *data) -> TableForm:
    """Return the form with what is there already."""
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
    """Return what a guest may agree to be shown as by leaving it there: the first word of the name, never a surname, and the
    town of the table."""
    # "Li, Ana" is how address books write it, and "Dr." is nobody's first name.
    before, _comma, behind = guest.name.partition(",")
    words = (word.strip(",") for word in (guest.shown_name or behind.strip() or before).split() if not word.endswith("."))
    return ", ".join(filter(None, [next(words, ""), guest.meetup.town_name]))[:60]


@link_page(open_guest)
def own_photo(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """Show a guest their own photo, whoever else may see it; with `?of=`, one that another guest left for the table."""
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
    """A link of its own that does not expire (R73): look, correct the words and who may read them, or take all of it out.

    Before the recap is public it is here to read, with "fine as it is"; and where the host would cut, a yes or a no. Both want
    a tick, which no scanner sets that presses all buttons.
    """
    if request.method == "POST" and "take_out" in request.POST:
        return _take_out(request, contribution, token)
    photo = Photo.objects.filter(contribution=contribution).first()
    forms, error = _forms_of(request, contribution), ""
    if request.method == "POST":
        try:
            if _take_words(request, contribution, photo, forms):
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
        "token": token,
        "error": error,
        "is_out": contribution.withdrawn_at is not None,
        "is_late": _is_late(contribution.meetup_id),
        "asks_cut": contribution.cut and contribution.sentence_consent == Consent.EVERYONE,
    }
    return render(request, "guest/words_page.html", context | _told_so_far(contribution))


def _forms_of(request: HttpRequest, contribution: Contribution) -> dict:
    """Return the forms of the page: the one whose button was pressed with what was sent, the others as they begin."""
    words = {name: getattr(contribution, name) for name in ("sentence", "sentence_consent", "shown_as")}
    promise = {name: getattr(contribution, name) for name in ("how_it_went", "host_may_read")}
    forms = {
        "words": WordsForm(initial=words),
        "promise": PromiseForm(initial=promise),
        "fine": ReadForm(auto_id="fine_%s"),
        "cut": ReadForm(auto_id="cut_%s"),
    }
    sent = request.POST
    if "fine" in sent:
        forms["fine"] = ReadForm(sent, auto_id="fine_%s")
    elif sent.get("agrees") in ("yes", "no"):
        forms["cut"] = ReadForm(sent, auto_id="cut_%s")
    elif "how_it_went" in sent and contribution.promise:
        forms["promise"] = PromiseForm(sent)
    elif "sentence" in sent and contribution.withdrawn_at is None:
        forms["words"] = WordsForm(sent)
    return forms


def _take_out(request: HttpRequest, contribution: Contribution, token: str) -> HttpResponse:
    """A first press asks whether it is meant, a second one, with the tick, deletes: no scanner takes words out by itself."""
    if contribution.withdrawn_at is not None:
        return SeeOther(request.path)
    form = SureForm(request.POST if "really" in request.POST else None)
    if form.is_valid():
        withdraw_contribution(contribution)
        return SeeOther(request.path)
    return render(request, "guest/take_out_page.html", {"meetup": contribution.meetup, "token": token, "form": form})


def _take_words(request: HttpRequest, contribution: Contribution, photo: Photo | None, forms: dict) -> bool:
    """Do what one button asks for; False when a form has to be shown again. Raises MeetupError in words."""
    pressed = next((name for name, form in forms.items() if form.is_bound), "")
    if not pressed or not forms[pressed].is_valid():
        return False
    data = forms[pressed].cleaned_data
    if pressed == "fine":
        say_fine(contribution)
    elif pressed == "cut":
        answer_cut(contribution, cut=request.POST.get("cut", ""), agrees=request.POST["agrees"] == "yes")
    elif pressed == "promise":
        tell_how_it_went(contribution, **data)
    else:
        contribute(contribution.guest, **forms["words"].words(), **_as_it_is(photo))
    return True


def _told_so_far(contribution: Contribution) -> dict:
    """Return the recap for those who left something in it: once it was shown to them, and while it is public. Whoever was
    not at the table, or was taken off the list since, reads it when everybody does."""
    recap = Recap.objects.with_meetup().filter(meetup=contribution.meetup_id).first()
    is_shown = recap is not None and recap.public_at is not None and reads_table(contribution.guest)
    if recap is None or not (recap.is_published or is_shown):
        return {}
    public_day = when.day_words(recap.public_at, recap.meetup.zone) if recap.public_at else ""
    return {"recap": recap, "broadside": make_broadside(recap), "public_day": public_day}


@link_page(read_contribution_token)
def told_photo(request: HttpRequest, contribution: Contribution, token: str) -> HttpResponse:
    """Show a photo of the recap to somebody who left something in it, once it was shown to them: `?of=` is its name."""
    broadside = _told_so_far(contribution).get("broadside") if contribution.withdrawn_at is None else None
    photos = [voice.photo for voice in broadside.voices if voice.photo] if broadside else []
    photo = next((photo for photo in photos if photo.name == request.GET.get("of")), None)
    if photo is None:
        raise Http404
    return photo_response(request, photo)


def _as_it_is(photo: Photo | None) -> dict:
    """Return a photo's facts as they are, for a change of the words alone."""
    if photo is None:
        return {}
    return {"photo_consent": photo.consent, "photo_alt": photo.alt, "faces_agreed": photo.faces_agreed_at is not None}
