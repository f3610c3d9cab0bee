"""What somebody types who is shown in a recap and would rather not be, and an organizer who takes one down."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meetups.forms.fields import LineField, choice_field, refuse_links
from meetups.forms.kept_input import KeepsTyped
from meetups.forms.trap import TrapForm
from meetups.recaps.services.removal_request import Block


def block_label(block: Block, number: int) -> str:
    """Return the words by which somebody finds a sentence or a photo again."""
    if block.photo is None:
        return _("the words “%(words)s”") % {"words": block.contribution.public_words}
    alt = block.photo.alt or _("without a description")
    return _("photo %(number)d: %(alt)s") % {"number": number, "alt": alt}


class RemovalForm(TrapForm):
    """Which sentence or photo, and a word to the host. Neither a name nor an address is asked for."""

    block = forms.ChoiceField(
        label=gettext_lazy("What should be taken out?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Please choose what should be taken out.")},
    )
    words = LineField(
        label=gettext_lazy("What the host should know"),
        help_text=gettext_lazy("You need not say who you are, nor why."),
        max_length=300,
        required=False,
        validators=[refuse_links],
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args, blocks: list[Block], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        photos = [block for block in blocks if block.photo]
        numbers = {block.name: number for number, block in enumerate(photos, start=1)}
        choice_field(self, "block").choices = [(block.name, block_label(block, numbers.get(block.name, 0))) for block in blocks]


class TakeDownForm(KeepsTyped):
    """Why an organizer takes a recap down."""

    reason = LineField(
        label=gettext_lazy("Why?"),
        help_text=gettext_lazy("The host reads it, and so does everybody who left something in the recap."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
