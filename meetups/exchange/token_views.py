"""The page on which organizers make tokens for programs that read their campaign, and revoke them."""

import logging
import secrets

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from hosts.models import Campaign
from hosts.permissions import organizer_required
from hosts.requests import SignedInRequest
from meetups.exceptions import MeetupError
from meetups.exchange.tokens import make_token, revoke_token
from meetups.forms.fields import LineField, mark_needed_later, row_number
from meetups.forms.kept_input import KeepsTyped
from meetups.models import ApiToken

logger = logging.getLogger("longtable.security")


class TokenForm(KeepsTyped):
    """What a token is for, what it may read, and until when."""

    name = LineField(label=gettext_lazy("What is it for?"), max_length=80)
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("It may read"), choices=ApiToken.Scope, widget=forms.CheckboxSelectMultiple, required=False
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("It ends after"),
        coerce=int,
        choices=[(30, gettext_lazy("30 days")), (90, gettext_lazy("90 days")), (365, gettext_lazy("a year"))],
    )
    form_key = forms.SlugField(max_length=32, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        mark_needed_later(self.fields["scopes"])

    def clean_scopes(self) -> list[str]:
        scopes = self.cleaned_data["scopes"]
        if not scopes:
            raise forms.ValidationError(_("Please tick at least one."))
        return scopes


@organizer_required(after_end=True)
@never_cache
def tokens(request: SignedInRequest, campaign: Campaign) -> HttpResponse:
    """GET lists the tokens; POST makes one, which this one answer shows, or revokes one, also after the end of the campaign."""
    if "revoke" in request.POST:
        row = get_object_or_404(campaign.api_tokens, pk=row_number(request.POST["revoke"]))
        revoke_token(row)
        logger.info("API token revoked campaign=%s token=%s by=%s", campaign.pk, row.pk, request.user.pk)
        messages.success(request, _("Revoked. It opens nothing any more."))
        return redirect("campaign_tokens", campaign.slug)
    if request.method == "POST" and campaign.has_ended:
        messages.info(request, _("This campaign has ended: its organizers see totals only."))
        return redirect("campaign_tokens", campaign.slug)
    initial = {"scopes": ApiToken.Scope.values, "days": 90, "form_key": secrets.token_urlsafe(16)}
    form, new, token = TokenForm(request.POST or None, initial=initial), None, ""
    if request.method == "POST" and form.is_valid():
        try:
            new, token = make_token(campaign, by=request.user, **form.cleaned_data)
        except MeetupError as refusal:
            form.add_error(None, str(refusal))
        else:
            if not token:
                messages.error(request, _("This token was made already, and is shown only once. Revoke it if nobody has it."))
                return redirect("campaign_tokens", campaign.slug)
            logger.info("API token made campaign=%s token=%s by=%s", campaign.pk, new.pk, request.user.pk)
            form = TokenForm(initial=initial)
    rows = campaign.api_tokens.select_related("user").order_by("-created_at", "-pk")
    scopes = dict(ApiToken.Scope.choices)
    listed = [(row, [scopes[scope] for scope in row.scopes if scope in scopes]) for row in rows]
    context = {"campaign": campaign, "tokens": listed, "form": form, "new": new, "token": token}
    return render(request, "exchange/tokens.html", context)
