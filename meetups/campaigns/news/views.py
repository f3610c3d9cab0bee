"""The page on which an organizer says how often news of the campaign come."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hosts.models import Campaign, Organizer
from hosts.permissions import ANY_ROLE, organizer_required
from hosts.requests import OrganizerRequest
from meetups.access.address_hash import hash_address
from meetups.forms.kept_input import KeepsTyped
from meetups.outbox.suppression import stop_suppressing


class NewsForm(KeepsTyped):
    """How often."""

    news = forms.ChoiceField(label=gettext_lazy("How often?"), choices=Organizer.News.choices, widget=forms.RadioSelect)


@transaction.atomic
def choose_news(organizer: Organizer, news: str) -> None:
    """Keep how often an organizer gets news; asking for some undoes that they had stopped the letters of this campaign."""
    organizer.news = news
    organizer.save(update_fields=["news"])
    if news != Organizer.News.NONE:
        stop_suppressing(hash_address(organizer.user.email), target=f"campaign:{organizer.campaign_id}")


@organizer_required(may_be=ANY_ROLE)
def campaign_news(request: OrganizerRequest, campaign: Campaign) -> HttpResponse:
    """GET shows how often news come to this organizer; POST changes that, for them alone."""
    organizer = request.organizer
    form = NewsForm(request.POST or None, initial={"news": organizer.news})
    if request.method == "POST" and form.is_valid():
        choose_news(organizer, form.cleaned_data["news"])
        messages.success(request, _("Saved."))
        return redirect("campaign_news", campaign.slug)
    return render(request, "campaigns/news.html", {"campaign": campaign, "form": form})
