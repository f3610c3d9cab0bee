"""What a guest types behind a link. Forms clean and never save."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from meetups.forms.fields import LineField, refuse_links
from meetups.forms.needs import NeedsFields, PartyFields
from meetups.forms.quick import QuickField
from meetups.forms.typed import KeepsTyped
from meetups.models import Consent, Guest
from meetups.photos import ACCEPT, READS_HEIC

# Two more ways to say no, each in one press; the last word counts.
KINDS_OF_NO = ("again", "host")
WORDS = ("shown_name", "note", "diet", "has_read", "party_names", "num_children")


class AnswerForm(PartyFields, NeedsFields):
    """Yes, maybe or no, with what belongs to it. What was not sent at all stays as it is.

    `rsvp` may also be one of KINDS_OF_NO: "not this time, but ask me again" and "I can't come, but I could host".
    """

    bound_field_class = QuickField

    rsvp = forms.ChoiceField(
        choices=[("yes", _("Yes")), ("maybe", _("Maybe")), ("no", _("No")), *((kind, kind) for kind in KINDS_OF_NO)],
        widget=forms.HiddenInput,
        error_messages={key: _("Please choose yes, maybe or no.") for key in ("required", "invalid_choice")},
    )
    party_size = forms.TypedChoiceField(label=_("How many of you come"), coerce=int, empty_value=None)
    shown_name = LineField(
        label=_("Your name, as the others may see it"), max_length=60, required=False, validators=[refuse_links]
    )
    shows_name = forms.BooleanField(label=_("The others at the table may see my name"), required=False)
    note = LineField(label=_("A word to the host"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    diet = LineField(
        label=_("Anything you do not eat, or must not"), max_length=300, required=False, help_text=_("Only the host sees this.")
    )
    has_read = forms.ChoiceField(
        label=_("Have you read the book?"),
        choices=[
            ("", _("I would rather not say")),
            (Guest.HasRead.FULLY, _("Yes, all of it")),
            (Guest.HasRead.PARTLY, _("Some of it")),
            (Guest.HasRead.NOT_YET, _("Not yet")),
        ],
        required=False,
        help_text=_("Each answer is a good one. The host sees only how many gave which."),
    )

    def __init__(self, *args, guest: Guest, **kwargs):
        self.guest = guest
        initial = {name: getattr(guest, name) for name in ("party_size", "shows_name", *WORDS)} | self.initial_needs(guest)
        initial["shown_name"] = guest.shown_name or guest.name
        super().__init__(*args, initial=initial, **kwargs)
        most = max(guest.meetup.max_party, guest.party_size)
        self._offer_seats(most)
        self.fit_to(most)
        self.fields["shown_name"].widget.attrs["autocomplete"] = "name"
        if guest.meetup.kit.book is None:
            del self.fields["has_read"]

    def _offer_seats(self, most: int) -> None:
        field = self.fields["party_size"]
        field.choices = [(n, str(n)) for n in range(1, most + 1)]
        words = ngettext(
            "At this table each guest may take %(n)d seat.", "At this table each guest may take up to %(n)d seats.", most
        )
        field.error_messages["invalid_choice"] = words % {"n": most}
        # A press of one button alone sends no number, and keeps the one that was.
        field.required = not self.is_bound or "party_size" in self.data
        field.widget.attrs["class"] = "short"
        field.help_text = _("Children count.")
        if most == 1:
            # One seat each leaves nothing to choose; the value is still read when somebody sends it.
            field.widget = forms.HiddenInput()

    def clean_party_size(self) -> int:
        return self.cleaned_data["party_size"] or self.guest.party_size

    def clean(self) -> dict:
        data = super().clean()
        if "party_names" in self.data and "party_size" in data and data.get("rsvp") in ("yes", "maybe"):
            self.check_party(data["party_size"])
        return data

    @property
    def rsvp_said(self) -> str:
        """Return yes, maybe or no."""
        said = self.cleaned_data["rsvp"]
        return "no" if said in KINDS_OF_NO else said

    def words(self) -> dict[str, str | bool | int]:
        """Return what was typed, without the fields that were not sent: a press of one button alone keeps the rest."""
        sent = [name for name in WORDS if name in self.data and name in self.fields]
        # A tick that is not there was taken away, but only where the form it stands in was sent.
        if "shown_name" in self.data:
            sent.append("shows_name")
        words, said = {name: self.cleaned_data[name] for name in sent}, self.cleaned_data["rsvp"]
        return words | {"asks_again": said == "again", "could_host": said == "host"} if self.rsvp_said == "no" else words


class FriendForm(KeepsTyped):
    """What a guest's friend says: shall the host be asked, and with what word."""

    rsvp = forms.ChoiceField(
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(["required", "invalid_choice"], _("Please choose one of the two.")),
    )
    note = LineField(label=_("A word to the host"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))


CONSENT_QUESTION = {
    "sentence_consent": _("Who may read it?"),
    "photo_consent": _("Who may see it?"),
}


class WordsForm(KeepsTyped):
    """One sentence, who may read it, and the name beside it. Nobody may, unless the guest says so."""

    sentence = LineField(
        label=_("What would you tell a friend who missed it?"),
        max_length=280,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 280}),
        help_text=_("One sentence, at most 280 characters."),
    )
    sentence_consent = forms.ChoiceField(
        label=CONSENT_QUESTION["sentence_consent"],
        choices=Consent.choices,
        required=False,
        widget=forms.RadioSelect,
        help_text=_(
            "Nobody reads it until you say so. Everyone means the recap, and pictures of your sentence made for sharing: what "
            "others have sent on, nobody can call back. Here you can change this, or take it out, at any time."
        ),
    )
    shown_as = LineField(
        label=_("Shown as"),
        max_length=60,
        required=False,
        validators=[refuse_links],
        help_text=_("A first name and your town. Leave it empty to be “A guest”."),
    )

    def clean(self) -> dict:
        data = super().clean()
        if data.get("sentence") and "sentence_consent" not in self.errors and not data.get("sentence_consent"):
            self.add_error("sentence_consent", _("Please say who may read your sentence."))
        return data

    def words(self) -> dict[str, str]:
        """Return the guest's words as services.contribution takes them; without a sentence there is nothing to agree to."""
        data = self.cleaned_data
        consent = data["sentence_consent"] if data["sentence"] else ""
        return {
            "sentence": data["sentence"],
            "sentence_consent": consent or Consent.NOBODY,
            "shown_as": data["shown_as"],
        }


class TableForm(WordsForm):
    """Sentence and photo, each with a consent of its own (R109)."""

    photo = forms.FileField(
        label=_("One photo"),
        required=False,
        help_text=_("JPEG, PNG or WebP, up to 10 MB. We remove the place and time it carries."),
    )
    photo_consent = forms.ChoiceField(
        label=CONSENT_QUESTION["photo_consent"], choices=Consent.choices, required=False, widget=forms.RadioSelect
    )
    photo_alt = LineField(
        label=_("What the photo shows"),
        max_length=200,
        required=False,
        help_text=_("In a few words, for those who cannot see it."),
    )
    faces_agreed = forms.BooleanField(
        label=_("Everybody who can be recognized agrees, and for children their parents do"), required=False
    )
    remove_photo = forms.BooleanField(label=_("Take my photo out"), required=False)

    promise = LineField(
        label=_("I will …"),
        max_length=200,
        required=False,
        help_text=_(
            "One thing you will do. Your table reads it, nobody else, and it is never in the recap. "
            "In thirty days one letter asks you how it went."
        ),
    )

    def __init__(self, *args, has_photo: bool = False, faces_agreed_before: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.has_photo, self.faces_agreed_before = has_photo, faces_agreed_before
        self.fields["photo"].widget.attrs["accept"] = ACCEPT
        if READS_HEIC:
            self.fields["photo"].help_text = _("JPEG, PNG, WebP or HEIC, up to 10 MB. We remove the place and time it carries.")
        if has_photo:
            self.fields["photo"].label = _("Another photo in its place")
        else:
            del self.fields["remove_photo"]

    def clean(self) -> dict:
        data = super().clean()
        if data.get("photo") and not data.get("photo_consent"):
            self.add_error("photo_consent", _("Please say who may see your photo."))
        # Whoever is on another photo has not agreed to it yet.
        is_asked = data.get("photo") or (self.has_photo and not self.faces_agreed_before)
        may_be_seen = is_asked and data.get("photo_consent") in (Consent.EVERYONE, Consent.TABLE)
        if may_be_seen and not data.get("faces_agreed") and not data.get("remove_photo"):
            self.add_error("faces_agreed", _("Please ask those who can be recognized, and tick this when they agree."))
        return data

    def photo_facts(self) -> dict:
        """Return what came with the photo, as services.contribution takes it."""
        data = self.cleaned_data
        return {
            "photo": data["photo"],
            "photo_consent": data["photo_consent"] or Consent.NOBODY,
            "photo_alt": data["photo_alt"],
            "faces_agreed": data["faces_agreed"],
            "remove_photo": data.get("remove_photo", False),
        }

    def is_empty(self) -> bool:
        """Tell whether there is no sentence, no photo and no promise in it."""
        return not any(self.cleaned_data[name] for name in ("sentence", "photo", "promise"))


class SureForm(forms.Form):
    """The second thought before something is deleted: the box is empty, so that no machine presses this by itself (R67)."""

    sure = forms.BooleanField(
        label=_("Yes, delete it"),
        error_messages={"required": _("Please tick the box if you mean it. Nothing was deleted yet.")},
    )


class EndLinkForm(forms.Form):
    """The second thought of whoever was passed a guest's own link: a machine that presses buttons would end each new one."""

    sure = forms.BooleanField(error_messages={"required": _("Please tick the box if you mean it. The link still works.")})

    def __init__(self, *args, name: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["sure"].label = _("I am not %(name)s") % {"name": name}


class ReadForm(forms.Form):
    """The tick beside a yes or a no to what stands above it: empty, so that no machine says it by pressing every button."""

    read = forms.BooleanField(
        label=_("I have read it"),
        error_messages={"required": _("Please tick the box once you have read it. Nothing was changed yet.")},
    )


class PromiseForm(KeepsTyped):
    """Thirty days on: how it went, in a line, and who may read it."""

    how_it_went = LineField(label=_("How did it go?"), max_length=280, required=False)
    host_may_read = forms.BooleanField(label=_("The host may read this"), required=False)
