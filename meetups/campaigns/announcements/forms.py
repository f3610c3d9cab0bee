"""What an organizer writes to hosts."""

import hashlib

from django import forms
from django.utils.translation import gettext_lazy as _

from meetups.forms.fields import LineField, WordsField
from meetups.forms.kept_input import KeepsTyped
from meetups.models import Announcement


class AnnouncementForm(KeepsTyped):
    """To whom, the subject, and the words. `digest` tells whether what is sent is what was looked at."""

    segment = forms.ChoiceField(label=_("To whom?"), choices=Announcement.Segment.choices, widget=forms.RadioSelect)
    subject = LineField(label=_("Subject"), max_length=120)
    words = WordsField(label=_("Your words"), max_length=3000, rows=10)

    @property
    def digest(self) -> str:
        """Return a digest of what is in a valid form."""
        said = "\0".join(self.cleaned_data[name] for name in ("segment", "subject", "words"))
        return hashlib.sha256(said.encode()).hexdigest()[:16]
