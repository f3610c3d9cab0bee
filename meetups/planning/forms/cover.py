"""The picture of a book's cover. Forms clean and never save."""

from django import forms
from django.utils.translation import gettext_lazy as _

from meetups.pictures.upload import ACCEPT, MOST_BYTES, too_large


class CoverForm(forms.Form):
    """One file."""

    photo = forms.FileField(
        label=_("A picture of the cover"),
        help_text=_("Photographed or scanned, cut to the edges of the book, up to 10 MB. Only one that you may show."),
        widget=forms.FileInput(attrs={"accept": ACCEPT, "data-most": str(MOST_BYTES)}),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["photo"].widget.attrs["data-too-large"] = too_large()
