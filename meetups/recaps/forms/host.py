"""What a host types after the evening: who came, six answers, the recap, and the order of what guests left."""

from typing import cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from meetups.forms.fields import LineField, WordsField, refuse_links
from meetups.forms.kept_input import KeepsTyped
from meetups.models import Consent, Contribution, Debrief, Guest, Meetup, Recap
from meetups.recaps.excerpt import clean_cut, is_cut_of
from meetups.text.clean import sentences_of

MOST_OTHERS = 20
MOST_SENTENCES = 3
LONGEST_ID = 19


def guest_label(guest: Guest) -> str:
    """Return a guest's name, with how many they were and what they say themselves."""
    label = guest.called
    if guest.party_size > 1:
        more = ngettext("and %(n)d more", "and %(n)d more", guest.party_size - 1) % {"n": guest.party_size - 1}
        label = f"{label}, {more}"
    if guest.attended is True:
        return _("%(name)s (was there)") % {"name": label}
    if guest.attended is False:
        return _("%(name)s (was not there)") % {"name": label}
    if guest.says_they_came:
        return _("%(name)s (says they were there)") % {"name": label}
    return label


class GuestChoices(forms.ModelMultipleChoiceField):
    """A tick for each guest."""

    def __init__(self, **kwargs) -> None:
        super().__init__(queryset=Guest.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, **kwargs)

    def clean(self, value: list[str] | None) -> QuerySet[Guest]:
        # SQLite raises an error for a number that does not fit into 64 bits.
        return super().clean([pk for pk in value or [] if len(pk) < LONGEST_ID])

    def label_from_instance(self, guest: Guest) -> str:
        return guest_label(guest)


class CameForm(KeepsTyped):
    """A tick for each guest who came, those without a yes in a list of their own, and names of people who were not invited."""

    yes = GuestChoices(label=gettext_lazy("They had said yes"))
    also = GuestChoices(label=gettext_lazy("They had not said yes, but came"))
    others = LineField(
        label=gettext_lazy("Somebody else came"),
        help_text=gettext_lazy("Their names, with commas between them."),
        required=False,
        max_length=600,
        validators=[refuse_links],
    )
    not_held = forms.BooleanField(label=gettext_lazy("It did not happen"), required=False)

    def __init__(self, *args, meetup: Meetup, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        guests = Guest.objects.counting().filter(meetup=meetup).order_by("name", "pk")
        cast(GuestChoices, self.fields["yes"]).queryset = guests.yes()
        cast(GuestChoices, self.fields["also"]).queryset = guests.exclude(rsvp=Guest.Rsvp.YES)
        came = list(guests.filter(attended=True))
        self.initial.setdefault("yes", [guest.pk for guest in came if guest.rsvp == Guest.Rsvp.YES])
        self.initial.setdefault("also", [guest.pk for guest in came if guest.rsvp != Guest.Rsvp.YES])

    def clean_others(self) -> list[str]:
        names = [name.strip() for name in self.cleaned_data["others"].split(",") if name.strip()]
        if len(names) > MOST_OTHERS:
            raise forms.ValidationError(_("At most twenty names, please."))
        if any(len(name) > 60 for name in names):
            raise forms.ValidationError(_("One of these names is longer than 60 letters. Is a comma missing?"))
        return names

    @property
    def came_ids(self) -> list[int]:
        return [guest.pk for name in ("yes", "also") for guest in self.cleaned_data[name]]


def at_most_three(text: str) -> None:
    """Raise ValidationError for more than three sentences: recaps are compared side by side."""
    if len(sentences_of(text)) > MOST_SENTENCES:
        raise forms.ValidationError(_("Three sentences at most, please."), code="sentences")


class NotesForm(KeepsTyped):
    """The answers that are saved while they are typed."""

    num_came = forms.IntegerField(
        label=gettext_lazy("How many guests came?"),
        required=False,
        min_value=0,
        max_value=500,
        widget=forms.NumberInput(attrs={"class": "short", "inputmode": "numeric"}),
    )
    agree = WordsField(
        label=gettext_lazy("What did you agree on?"),
        help_text=gettext_lazy("Up to three sentences, here and below."),
        required=False,
        max_length=600,
        rows=3,
    )
    differ = WordsField(
        label=gettext_lazy("Where did you differ?"),
        help_text=gettext_lazy("The view of one person at the table counts."),
        required=False,
        max_length=600,
        rows=3,
    )
    still_open = WordsField(label=gettext_lazy("What is still open?"), required=False, max_length=600, rows=3)
    next_time = WordsField(
        label=gettext_lazy("What would you do differently next time?"),
        help_text=gettext_lazy("Only you see this one."),
        required=False,
        max_length=600,
        rows=3,
    )


class DebriefForm(NotesForm):
    """Six short questions; the last is for the host alone."""

    did_happen = forms.TypedChoiceField(
        label=gettext_lazy("Did it happen?"),
        choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No, it did not happen"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    field_order = ["did_happen"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name in ("agree", "differ", "still_open"):
            self.fields[name].validators.append(at_most_three)

    @staticmethod
    def initial_from(debrief: Debrief | None, num_came: int) -> dict:
        """Return what the form begins with: the answers given before, else the number that was ticked."""
        if debrief is None:
            return {"did_happen": "yes" if num_came else None, "num_came": num_came or None}
        answers = {name: getattr(debrief, name) for name in NotesForm.base_fields}
        if debrief.did_happen is None:
            # Only saved while typing: the ticks of who came still count.
            ticked = {"did_happen": "yes" if num_came else None, "num_came": debrief.num_came or num_came or None}
            return answers | ticked
        return answers | {"did_happen": "yes" if debrief.did_happen else "no"}


class RecapForm(KeepsTyped):
    """The host's own words in the recap."""

    question = LineField(
        label=gettext_lazy("The question"),
        help_text=gettext_lazy("It is the headline. Take the one that you really talked about."),
        max_length=300,
    )
    text = WordsField(
        label=gettext_lazy("The evening, in your words"),
        help_text=gettext_lazy("A few lines for somebody who was not there. No address, and only names of people who agreed."),
        required=False,
        max_length=6000,
        rows=9,
    )
    agree = WordsField(label=gettext_lazy("We agree"), required=False, max_length=600, rows=3, validators=[at_most_three])
    differ = WordsField(label=gettext_lazy("We differ"), required=False, max_length=600, rows=3, validators=[at_most_three])
    still_open = WordsField(label=gettext_lazy("Still open"), required=False, max_length=600, rows=3, validators=[at_most_three])

    @staticmethod
    def initial_from(recap: Recap) -> dict:
        return {name: getattr(recap, name) for name in RecapForm.base_fields}


class CutField(LineField):
    """A guest's sentence with words left out; comes out empty where it is the whole sentence."""

    def __init__(self, *, sentence: str, **kwargs) -> None:
        self.sentence = sentence
        super().__init__(
            label=_("What to show of it"),
            help_text=_("Put […] where words are left out. The guest is asked; until the yes the whole sentence stands."),
            required=False,
            max_length=300,
            widget=forms.Textarea(attrs={"rows": 2}),
            **kwargs,
        )

    def clean(self, value) -> str:
        cut = clean_cut(super().clean(value))
        if cut in ("", self.sentence):
            return ""
        if not is_cut_of(cut, self.sentence):
            raise forms.ValidationError(_("Leave whole words out and put […] in their place. Nothing can be changed or added."))
        return cut


class ArrangeForm(KeepsTyped):
    """A position, and a tick to hide it, for each sentence and photo that guests left for everyone; the words do not change."""

    def __init__(self, *args, contributions: list[Contribution], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.contributions = contributions
        for number, left in enumerate(self.public_ones, start=1):
            self.fields[f"place_{left.pk}"] = forms.IntegerField(
                label=_("Place"), min_value=1, max_value=999, initial=number, widget=forms.NumberInput(attrs={"class": "short"})
            )
            if is_for(left, Consent.EVERYONE):
                self.fields[f"hide_{left.pk}"] = forms.BooleanField(
                    label=_("Leave the sentence out"), required=False, initial=left.is_hidden
                )
                self.fields[f"cut_{left.pk}"] = CutField(sentence=left.sentence, initial=left.cut or left.sentence)
            if photo_is_for(left, Consent.EVERYONE):
                self.fields[f"hide_photo_{left.pk}"] = forms.BooleanField(
                    label=_("Leave the photo out"), required=False, initial=left.photo.is_hidden
                )

    @property
    def public_ones(self) -> list[Contribution]:
        """Return the contributions of which something may be public."""
        return [left for left in self.contributions if is_for(left, Consent.EVERYONE) or photo_is_for(left, Consent.EVERYONE)]

    @property
    def rows(self) -> list[dict]:
        """Return what the host may read of each contribution, with its fields; nothing of what is for nobody."""
        seen = (Consent.EVERYONE, Consent.TABLE)
        return [
            {
                "sentence": left.sentence if is_for(left, *seen) else "",
                "is_for_everyone": is_for(left, Consent.EVERYONE),
                "shown_as": left.shown_as,
                "photo": left.photo if photo_is_for(left, *seen) else None,
                "photo_is_for_everyone": photo_is_for(left, Consent.EVERYONE),
                "fields": [self[name] for name in self._names(left) if name in self.fields],
                "cut_field": self[f"cut_{left.pk}"] if f"cut_{left.pk}" in self.fields else None,
                "left": left,
            }
            for left in self.contributions
            if is_for(left, *seen) or photo_is_for(left, *seen)
        ]

    @property
    def places(self) -> dict[int, dict]:
        """Return what arrange_contributions takes, from cleaned data."""
        data = self.cleaned_data
        places = {}
        for left in self.public_ones:
            place, hide, hide_photo = self._names(left)
            places[left.pk] = {"position": data[place]}
            if hide in data:
                places[left.pk]["is_hidden"] = data[hide]
            if hide_photo in data:
                places[left.pk]["photo_is_hidden"] = data[hide_photo]
        return places

    @property
    def cuts(self) -> dict[int, str]:
        """Return the cut of each sentence for everyone, empty for the whole sentence, from cleaned data."""
        names = {left.pk: f"cut_{left.pk}" for left in self.public_ones}
        # What was not sent at all stays as it is.
        return {pk: self.cleaned_data[name] for pk, name in names.items() if name in self.fields and name in self.data}

    @staticmethod
    def _names(left: Contribution) -> tuple[str, str, str]:
        return f"place_{left.pk}", f"hide_{left.pk}", f"hide_photo_{left.pk}"


def is_for(left: Contribution, *consents: str) -> bool:
    """Tell whether a contribution's sentence is there for one of these readers."""
    return bool(left.sentence) and left.sentence_consent in consents


def photo_is_for(left: Contribution, *consents: str) -> bool:
    """Tell whether a contribution's photo is there for one of these readers."""
    photo = getattr(left, "photo", None)
    return photo is not None and photo.consent in consents
