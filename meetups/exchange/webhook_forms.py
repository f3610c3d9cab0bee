"""The form of a webhook: an https address and the events that are posted there."""

import ipaddress
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext_lazy as _

from meetups.forms.fields import mark_needed_later
from meetups.forms.kept_input import KeepsTyped
from meetups.models import Webhook
from meetups.text.clean import clean_line
from meetups.webhooks.connection import is_public, is_test_address

LONGEST = 500


class WebhookForm(KeepsTyped):
    """Where events go, and which."""

    url = forms.CharField(
        label=_("Address"),
        max_length=LONGEST,
        help_text=_("Where your program listens. It begins with https://."),
        widget=forms.URLInput(attrs={"autocomplete": "off", "placeholder": "https://example.org/longtable"}),
    )
    events = forms.MultipleChoiceField(
        label=_("Tell it when"), choices=Webhook.Event, widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # Not one of them is needed, but some one is.
        mark_needed_later(self.fields["events"])

    def clean_url(self) -> str:
        """Return an address of the open internet as far as it can be told without asking; the rest is checked at each try."""
        url = clean_line(self.cleaned_data["url"])
        if is_test_address(url):
            return url
        try:
            parts = urlsplit(url)
            host, has_person = parts.hostname or "", bool(parts.username or parts.password)
            _port = parts.port
            URLValidator(schemes=["https"])(url)
        except ValueError:
            raise ValidationError(_("This is no address. It should look like https://example.org/longtable.")) from None
        except ValidationError:
            raise ValidationError(_("Please give an address that begins with https://, so that nobody reads along.")) from None
        if has_person or parts.fragment:
            raise ValidationError(_("Please leave out what stands before an @ or behind a #."))
        if not _looks_public(host):
            raise ValidationError(_("This address is in a private network, where nothing is sent."))
        return iri_to_uri(url)

    def clean_events(self) -> list[str]:
        events = self.cleaned_data["events"]
        if not events:
            raise ValidationError(_("Please tick at least one event."))
        return events


def _looks_public(host: str) -> bool:
    """Tell whether a host may be public: a name with a dot, or a public IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host and not host.lower().rstrip(".").endswith((".localhost", ".local", ".internal"))
    return is_public(host)
