"""What a host types about guests: pasted addresses, somebody who phoned. Nothing here saves or mails."""

import hashlib
import re
from dataclasses import dataclass, field
from email.utils import getaddresses

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hosts.forms import AddressField, clean_name
from hosts.language import language_names
from meetups.forms.fields import LineField, WordsField, refuse_links
from meetups.models import Guest
from meetups.plain import clean_line, clean_words, shorten

MOST_AT_ONCE = 300
MOST_TYPED = 60_000
# What was not understood is shown, but a page of prose pasted by mistake not word for word.
MOST_REFUSED_SHOWN = 40
LONGEST_NAME = 80
LONGEST_EMAIL = 254
# A separator outside of quotes and brackets: "Li, Ana" <ana@example.org> is one entry.
PIECES = re.compile(r'"(?:[^"\\\n]|\\.)*"|<[^<>\n]*>|\([^()\n]*\)|[,;\n]|[^"<(,;\n]+|.', re.DOTALL)


@dataclass
class AddressList:
    """What was read in pasted text: people to write to, addresses that stood there twice, and what is no address and why."""

    people: list[tuple[str, str]] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)

    @property
    def num_refused_unshown(self) -> int:
        return max(0, len(self.refused) - MOST_REFUSED_SHOWN)

    @property
    def refused_shown(self) -> list[tuple[str, str]]:
        return self.refused[:MOST_REFUSED_SHOWN]


def read_addresses(text: str) -> AddressList:
    """Read addresses in any usual form: lines, commas, semicolons, "Ana Li <ana@…>", "ana@… (Ana)", "Li, Ana <ana@…>".

    Addresses come out in lower case, in the order they stood in, each once; a name given the second time only is kept.
    """
    found, seen = AddressList(), {}
    for piece in _split(clean_words(text)):
        for name, email in _read_piece(piece):
            email = email.strip().lower()
            reason = _why_not(name, email, piece)
            if reason:
                found.refused.append((shorten(piece, 80), reason))
            elif email in seen:
                found.duplicates += [email] if email not in found.duplicates else []
                position = seen[email]
                found.people[position] = (found.people[position][0] or _tidy_name(name), email)
            elif len(found.people) >= MOST_AT_ONCE:
                found.refused.append(
                    (shorten(email, 80), _("Three hundred at once is the most. Send these, then paste the rest."))
                )
            else:
                seen[email] = len(found.people)
                found.people.append((_tidy_name(name), email))
    return found


def _split(text: str) -> list[str]:
    """Split pasted text at commas, semicolons and line ends outside of quotes and brackets."""
    entries, current = [], ""
    for match in PIECES.finditer(text):
        part = match.group()
        if part not in {",", ";", "\n"}:
            current += part
            continue
        # "Li, Ana <ana@example.org>" as some programs copy it: a name without an address belongs to what follows.
        if part == "," and current.strip() and "@" not in current and _next_is_bracketed(text, match.end()):
            current += part
            continue
        entries.append(current)
        current = ""
    return [entry.strip() for entry in [*entries, current] if entry.strip(" \t.")]


def _next_is_bracketed(text: str, position: int) -> bool:
    following = re.match(r"[^,;\n@<]*<[^<>\n]*@[^<>\n]*>", text[position:])
    return following is not None


def _read_piece(piece: str) -> list[tuple[str, str]]:
    """Return (name, address) pairs of one entry; an address that is empty means that none was found."""
    if piece.count("@") == 1 and ("<" in piece or "(" in piece or '"' in piece):
        quoted = _quote_commas(piece)
        pairs = [(name, email) for name, email in getaddresses([quoted]) if "@" in email]
        if len(pairs) == 1 and not re.search(r'[\s"<>]', pairs[0][1]):
            return [(pairs[0][0], _bare(pairs[0][1]))]
    words = piece.replace("<", " ").replace(">", " ").split()
    emails = [_bare(word) for word in words if "@" in word.strip("@")]
    if not emails:
        return [("", "")]
    name = " ".join(word for word in words if "@" not in word) if len(emails) == 1 else ""
    return [(name, email) for email in emails]


def _quote_commas(piece: str) -> str:
    name, bracket, rest = piece.partition("<")
    if bracket and "," in name and '"' not in name:
        return f'"{name.strip()}" <{rest}'
    return piece


def _bare(email: str) -> str:
    return re.sub(r"(?i)^mailto:", "", email.strip(" \t\"'()[].:")).strip("\"'()[].:")


def _tidy_name(name: str) -> str:
    return shorten(clean_line(name).strip("\"'()[]:,- "), LONGEST_NAME)


def _why_not(name: str, email: str, piece: str) -> str:
    """Return in words why an entry cannot be written to, or nothing."""
    if not email:
        return _("There is no address in it.")
    try:
        validate_email(email)
    except ValidationError:
        return _("This is not an address we can write to.")
    if len(email) > LONGEST_EMAIL:
        return _("This address is too long.")
    try:
        refuse_links(name if "://" not in piece else piece)
    except ValidationError:
        return _("The name holds a web address.")
    return ""


class InviteForm(forms.Form):
    """Pasted addresses and a line to all. Reading them is the first step; sending needs a look and a tick."""

    again = forms.MultipleChoiceField(
        label=gettext_lazy("They said: not this time, but ask me again"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("At an evening of yours before. Tick whom you want to ask."),
    )
    addresses = forms.CharField(
        label=gettext_lazy("Addresses"),
        required=False,
        max_length=MOST_TYPED,
        widget=forms.Textarea(attrs={"rows": 7, "autocapitalize": "none", "spellcheck": "false"}),
        help_text=gettext_lazy("Paste them as they are, with names or without: lines, commas and semicolons are all fine."),
    )
    personal = WordsField(
        label=gettext_lazy("A line to all of them"),
        required=False,
        max_length=300,
        rows=3,
        validators=[refuse_links],
        help_text=gettext_lazy("It stands at the top of the invitation. Up to 300 characters, no web addresses."),
    )

    def __init__(self, *args, asked: list[Guest] = (), **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.asked = {str(guest.pk): guest for guest in asked}
        self.fields["again"].choices = [(pk, guest.called) for pk, guest in self.asked.items()]
        self.fields["addresses"].is_needed_later = True
        if not self.asked:
            del self.fields["again"]

    def clean(self) -> dict:
        data = super().clean()
        if not self.chosen and not data.get("addresses") and "addresses" not in self.errors:
            self.add_error("addresses", self.fields["addresses"].error_messages["required"])
        if "addresses" not in self.errors:
            self.found = self.read_list()
        return data

    @property
    def chosen(self) -> list[Guest]:
        """Return those who are ticked of whoever asked to be asked again."""
        ticked = set(self.data.getlist("again")) if hasattr(self.data, "getlist") else set(self.data.get("again", ()))
        return [guest for pk, guest in self.asked.items() if pk in ticked]

    def read_list(self) -> AddressList:
        """Return what stands in the list: whoever is ticked, and then what was read in the pasted text."""
        found = read_addresses(self.data.get("addresses", ""))
        ticked = {guest.email: (guest.name or guest.shown_name, guest.email) for guest in self.chosen}
        found.people = [*ticked.values(), *(person for person in found.people if person[1] not in ticked)]
        return found

    @property
    def fingerprint(self) -> str:
        """Return what tells this list from another, so that nothing is sent that was not looked at."""
        words = "\n".join([clean_words(self.data.get("addresses", "")), *(guest.email for guest in self.chosen)])
        return hashlib.sha256(words.encode()).hexdigest()[:16]


class SendForm(InviteForm):
    """The second step: who of the list, and the tick."""

    knows = forms.BooleanField(
        label=gettext_lazy("I know these people, and they may expect this"),
        error_messages={"required": gettext_lazy("Please tick this if it is so. We write only to people the host knows.")},
    )
    to = forms.MultipleChoiceField(
        label=gettext_lazy("Who gets it"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("The list has changed. Please look at it again.")},
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        emails = [email for _name, email in self.read_list().people]
        self.fields["to"].choices = [(email, email) for email in emails]

    def clean_to(self) -> list[str]:
        if not self.cleaned_data["to"]:
            raise ValidationError(_("Nobody is ticked, so there is nobody to write to."))
        return self.cleaned_data["to"]

    @property
    def people(self) -> list[tuple[str, str]]:
        """Return those who are to be written to."""
        chosen = set(self.cleaned_data["to"])
        return [(name, email) for name, email in self.found.people if email in chosen]


ANSWERS = [(Guest.Rsvp.YES, gettext_lazy("yes")), (Guest.Rsvp.MAYBE, gettext_lazy("maybe")), (Guest.Rsvp.NO, gettext_lazy("no"))]


class AnswerFields(forms.Form):
    """An answer that somebody gave the host."""

    rsvp = forms.ChoiceField(label=gettext_lazy("The answer"), choices=ANSWERS, widget=forms.RadioSelect)
    party_size = forms.IntegerField(label=gettext_lazy("How many of them"), min_value=1, initial=1)

    def __init__(self, *args, max_party: int = 10, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        words = ngettext(
            "At this table each guest may take %(n)d seat.", "At this table each guest may take up to %(n)d seats.", max_party
        )
        self.fields["party_size"].validators.append(MaxValueValidator(max_party, words % {"n": max_party}))
        self.fields["party_size"].widget.attrs["max"] = max_party


class AddGuestForm(AnswerFields):
    """Somebody who phoned: ten seconds."""

    name = LineField(
        label=gettext_lazy("Name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True})
    )
    email = AddressField(
        label=gettext_lazy("Email"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("With an address they get the letters too. They must have said that you may give it."),
    )
    note = LineField(label=gettext_lazy("A word to remember"), required=False, max_length=500)
    language = forms.ChoiceField(label=gettext_lazy("Their letters are in"), required=False)

    field_order = ["name", "rsvp", "party_size", "email", "language", "note"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [("", gettext_lazy("the language of the evening")), *language_names()]

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])


class EditGuestForm(AnswerFields):
    """The answer of a guest who told the host, and what the host should know at the stove."""

    diet = LineField(label=gettext_lazy("What they do not eat"), required=False, max_length=300)
    note = LineField(label=gettext_lazy("A word to remember"), required=False, max_length=500)


def initial_from_guest(guest: Guest) -> dict:
    """Return what the form starts with; whoever waits has said yes."""
    rsvp = {Guest.Rsvp.WAITING: Guest.Rsvp.YES, Guest.Rsvp.INVITED: ""}.get(guest.rsvp, guest.rsvp)
    return {"rsvp": rsvp, "party_size": guest.party_size, "diet": guest.diet, "note": guest.note}
