"""Letters of an organizer to a host, in the organizer's name, and about one's own role in a campaign."""

from django.urls import reverse
from django.utils.translation import gettext as _

from hosts.models import Campaign, Organizer
from meetups.exceptions import MeetupError
from meetups.letters.context import host_facts, public_url, user_facts
from meetups.letters.letter import Letter, write_letter
from meetups.models import Delivery
from meetups.outbox.free_text import mailed_words
from meetups.text.clean import clean_line, clean_words, shorten

LONGEST_WORDS = 1500


def organizer_who_wrote(delivery: Delivery) -> Organizer | None:
    """Return the organizer who wrote a letter; None when they are not one any more, or only a helper."""
    of = {"campaign": delivery.context.get("campaign"), "user": delivery.context.get("by")}
    return Organizer.objects.filter(**of, role__in=Organizer.LEADING).select_related("user", "campaign").first()


def organizer_who_writes(delivery: Delivery) -> Organizer:
    """Return the organizer who wrote a letter. Raises MeetupError when they are not one any more, and when the campaign has ended
    meanwhile."""
    organizer = organizer_who_wrote(delivery)
    if organizer is None:
        raise MeetupError(_("Whoever wrote this is not an organizer any more."))
    if organizer.campaign.has_ended:
        raise MeetupError(_("This campaign has ended already."))
    return organizer


def organizer_words(delivery: Delivery) -> Letter:
    """An organizer's words about one evening. Raises MeetupError as `organizer_who_writes` does."""
    organizer = organizer_who_writes(delivery)
    by = shorten(clean_line(mailed_words(organizer.user, organizer.user.shown_name)), 40)
    said = shorten(clean_words(mailed_words(organizer.user, str(delivery.context.get("words") or ""))), LONGEST_WORDS)
    facts = host_facts(delivery) | {
        "by": by or _("an organizer"),
        "campaign": shorten(clean_line(organizer.campaign.name), 60),
        "said": said,
        "can_reply": True,
    }
    return write_letter("organizer_words", facts, sender=by)


def campaign_facts(delivery: Delivery) -> dict:
    """Return what a letter about somebody's role says of the campaign. Raises MeetupError when the campaign is gone."""
    campaign = Campaign.objects.filter(pk=delivery.context.get("campaign")).first()
    if campaign is None:
        raise MeetupError(_("This campaign does not exist any more."))
    return user_facts(delivery) | {
        "campaign": clean_line(campaign.name),
        "campaign_in_subject": shorten(clean_line(campaign.name), 60),
        "by": clean_line(str(delivery.context.get("by") or "")),
        "campaign_url": public_url(campaign.get_absolute_url()),
        "is_to_organizer": True,
        "dashboard": public_url(reverse("dashboard", args=[campaign.slug])),
    }


def organizer_added(delivery: Delivery) -> Letter:
    """Somebody gave this person a role in a campaign. Raises MeetupError when campaign or role are gone."""
    facts = campaign_facts(delivery)
    organizer = Organizer.objects.filter(campaign=delivery.context.get("campaign"), user=delivery.user).first()
    if organizer is None:
        raise MeetupError(_("This person has no role in the campaign any more."))
    return write_letter("organizer_added", facts | {"is_helper": organizer.role == Organizer.Role.HELPER}, sender=facts["by"])


def organizer_role(delivery: Delivery) -> Letter:
    """Somebody changed this person's role, took them off, handed the campaign over to them, or left it. `change` is the role
    they have now, "removed" or "left". Raises MeetupError when the campaign is gone."""
    facts = campaign_facts(delivery) | {"change": str(delivery.context.get("change") or "")}
    return write_letter("organizer_role", facts, sender=facts["by"])
