"""Forms of a guest's question and of the host's answer. Forms clean and never save."""

from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from meetups.forms.fields import WordsField
from meetups.forms.kept_input import KeepsTyped
from meetups.models import Question


class AskForm(KeepsTyped):
    """One question to the host."""

    words = WordsField(label=_("Your question"), max_length=Question._meta.get_field("words").max_length, rows=3)

    def __init__(self, *args, host: str, **kwargs):
        super().__init__(*args, **kwargs)
        # Help texts are not escaped by the template, so the host's name is escaped here.
        self.fields["words"].help_text = _("It goes to %(host)s alone, without your address.") % {"host": escape(host)}


class AnswerGuestForm(KeepsTyped):
    """The host's answer to one guest."""

    words = WordsField(
        label=_("Your answer"),
        max_length=Question._meta.get_field("answer").max_length,
        rows=4,
        help_text=_("It goes to this guest alone, without your address."),
    )
