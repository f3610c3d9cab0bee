"""What organizers see of a campaign: counts, never a guest's name nor a street."""

from django.db.models import Exists, OuterRef, Q

from hosts.models import Campaign
from meetups.campaigns.board.facts import read_facts
from meetups.campaigns.board.numbers import add_up, funnel
from meetups.campaigns.choice import PUBLISHED
from meetups.models import Descent, Meetup, Recap
from meetups.models.meetup import MeetupQuerySet

# Which evenings count where nothing is chosen.
EVERYTHING = PUBLISHED
__all__ = ["EVERYTHING", "campaign_meetups", "campaign_totals", "funnel", "num_next_hosts"]


def campaign_meetups(campaign: Campaign, chosen: Q = EVERYTHING) -> MeetupQuerySet:
    """Return the chosen meetups of a campaign, drafts never, with their counts, num_children and has_recap.

    Children are counted in the campaign alone: of others an organizer sees no number below five.
    """
    recap = Recap.objects.public().order_by().filter(meetup=OuterRef("pk"))
    meetups = Meetup.objects.for_campaign(campaign).exclude(status=Meetup.Status.DRAFT).filter(chosen).select_related("host")
    return meetups.with_guest_counts().with_num_children(campaign).annotate(**{"has_recap": Exists(recap)})


def campaign_totals(campaign: Campaign) -> dict[str, int]:
    """Return the sums over the campaign's published meetups. Five queries."""
    return add_up(read_facts(campaign, EVERYTHING), counts_canceled=False, num_next=0).totals


def num_next_hosts(campaign: Campaign, chosen: Q = EVERYTHING) -> int:
    """Return how many first-time hosts came from the chosen evenings, as the night has counted them. One query."""
    return Descent.objects.filter(parent__in=Meetup.objects.for_campaign(campaign).filter(chosen)).count()
