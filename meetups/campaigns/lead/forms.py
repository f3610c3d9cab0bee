"""Forms of those who lead a campaign: another person's address and role, the end, the day of action."""

from django import forms
from django.utils.translation import gettext_lazy as _

from hosts.forms import AddressField
from hosts.models import Organizer
from meetups.forms.kept_input import KeepsTyped

Role = Organizer.Role
ROLES = [
    (Role.ORGANIZER, _("organizer: writes to hosts, changes call and kit")),
    (Role.HELPER, _("helper: sees how it goes, changes nothing")),
]


class OrganizerForm(KeepsTyped):
    """The address of another person for a campaign, and their role."""

    email = AddressField(label=_("Email"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label=_("Role"), choices=ROLES, initial=Role.ORGANIZER, widget=forms.RadioSelect)


class EndForm(KeepsTyped):
    """The last day of a campaign."""

    last_day = forms.DateField(
        label=_("The last day"),
        help_text=_("It ends with this day, by UTC."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
