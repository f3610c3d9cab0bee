"""What a guest leaves after the evening: a sentence, a photo, a promise, and who may see each."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from meetups.forms.fields import LineField, refuse_links
from meetups.forms.kept_input import KeepsTyped
from meetups.models import Consent
from meetups.pictures.upload import ACCEPT, MOST_BYTES, READS_HEIC, too_large

CONSENT_QUESTION = {
    "sentence_consent": _("Who may read it?"),
    "photo_consent": _("Who may see it?"),
}


class WordsForm(KeepsTyped):
    """One sentence, the name beside it, and the consent; without one nobody may read it."""

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

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if data.get("sentence") and "sentence_consent" not in self.errors and not data.get("sentence_consent"):
            self.add_error("sentence_consent", _("Please say who may read your sentence."))
        return data

    def words(self) -> dict[str, Any]:
        """Return the guest's words as `contribute` takes them; without a sentence the consent is "nobody"."""
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
        self.fields["photo"].widget.attrs |= {"accept": ACCEPT, "data-most": str(MOST_BYTES), "data-too-large": too_large()}
        if READS_HEIC:
            self.fields["photo"].help_text = _("JPEG, PNG, WebP or HEIC, up to 10 MB. We remove the place and time it carries.")
        if has_photo:
            self.fields["photo"].label = _("Another photo in its place")
        else:
            del self.fields["remove_photo"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if data.get("photo") and not data.get("photo_consent"):
            self.add_error("photo_consent", _("Please say who may see your photo."))
        # People on a new photo have not agreed to it yet.
        is_asked = data.get("photo") or (self.has_photo and not self.faces_agreed_before)
        may_be_seen = is_asked and data.get("photo_consent") in (Consent.EVERYONE, Consent.TABLE)
        if may_be_seen and not data.get("faces_agreed") and not data.get("remove_photo"):
            self.add_error("faces_agreed", _("Please ask those who can be recognized, and tick this when they agree."))
        return data

    def clean_photo(self) -> UploadedFile | None:
        photo = self.cleaned_data["photo"]
        if photo and photo.size > MOST_BYTES:
            raise ValidationError(too_large())
        return photo

    def full_clean(self) -> None:
        super().full_clean()
        if self.errors and self.files.get("photo") and "photo" not in self.errors:
            self.add_error("photo", _("Please choose your photo once more: a page that is shown again cannot keep it."))

    def photo_facts(self) -> dict[str, Any]:
        """Return what came with the photo, as `contribute` takes it."""
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


class ReadForm(forms.Form):
    """The tick that goes with a yes or a no. A mail scanner that submits every button leaves it empty and changes nothing."""

    read = forms.BooleanField(
        label=_("I have read it"),
        error_messages={"required": _("Please tick the box once you have read it. Nothing was changed yet.")},
    )


class PromiseForm(KeepsTyped):
    """After thirty days: how it went, and whether the host may read it."""

    how_it_went = LineField(label=_("How did it go?"), max_length=280, required=False)
    host_may_read = forms.BooleanField(label=_("The host may read this"), required=False)
