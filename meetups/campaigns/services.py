"""Acts on a campaign that queue letters or change its kit."""

from django.db import transaction
from django.utils.translation import gettext as _

from hosts import services as hosts
from hosts.models import Campaign, Organizer, User
from meetups.exceptions import MeetupError
from meetups.models import AddressLedger, Delivery, Kit
from meetups.outbox.queue import enqueue
from meetups.outbox.stranger_limits import note_stranger_mail
from meetups.planning.services.kit import write_kit


@transaction.atomic
def open_campaign(user: User, *, name: str, call: str, kit: dict) -> Campaign:
    """Start a campaign with its kit; the user is its first organizer. A second call starts a second one."""
    campaign = hosts.start_campaign(user, name=name, call=call)
    write_kit(Kit(campaign=campaign), **kit)
    return campaign


@transaction.atomic
def write_campaign(campaign: Campaign, *, name: str, call: str, kit: dict) -> Campaign:
    """Change a campaign's words and its kit; copies that were made of the kit stay as they are."""
    campaign.name, campaign.call = name, call
    campaign.save(update_fields=["name", "call"])
    write_kit(campaign.kits.first() or Kit(campaign=campaign), **kit)
    return campaign


@transaction.atomic
def invite_organizer(campaign: Campaign, *, email: str, by: User) -> tuple[Organizer, bool]:
    """Make the person of this address an organizer and queue a letter to them; return the row and whether it is new.

    A second call changes nothing and queues no second letter. Raises MeetupError where this address may not get one (R88).
    """
    is_there = campaign.organizers.filter(user__email=User.objects.normalize_email(email)).exists()
    if not is_there and not note_stranger_mail(email, kind=AddressLedger.Kind.INVITATION, sender=by):
        raise MeetupError(_("This address had its letters from us for today. Please try again tomorrow."))
    organizer, is_new = hosts.add_organizer(campaign, email=email, invited_by=by)
    if is_new:
        context = {"campaign": campaign.pk, "by": str(by)}
        enqueue(Delivery.Kind.ORGANIZER_ADDED, key=str(organizer.pk), user=organizer.user, context=context)
    return organizer, is_new
