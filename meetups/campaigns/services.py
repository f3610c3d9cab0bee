"""Acts on a campaign: start it, change its words."""

from datetime import date

from django.db import transaction

from hosts import services as hosts
from hosts.models import Campaign, User
from meetups.campaigns.lead.kit import write_campaign_kit

Color = Campaign.Color


@transaction.atomic
def open_campaign(user: User, *, name: str, call: str, kit: dict, color: str = Color.CLOTH, day: date | None = None) -> Campaign:
    """Start a campaign with its kit; the user is its owner. A second call starts a second one."""
    campaign = hosts.start_campaign(user, name=name, call=call)
    campaign.color, campaign.day = color or Color.CLOTH, day
    campaign.save(update_fields=["color", "day"])
    write_campaign_kit(campaign, **kit)
    return campaign


@transaction.atomic
def write_campaign(campaign: Campaign, *, name: str, call: str, kit: dict, color: str = "", day: date | None = None) -> int:
    """Change a campaign's words and its kit, and return how many drafts the kit's change reached; see write_campaign_kit."""
    campaign.name, campaign.call, campaign.color, campaign.day = name, call, color or campaign.color, day
    campaign.save(update_fields=["name", "call", "color", "day"])
    return write_campaign_kit(campaign, **kit)
