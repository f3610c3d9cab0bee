"""Acts on the roles of a campaign: each is logged, and mailed to whom it concerns. A campaign is never without an owner."""

import logging

from django.db import transaction
from django.utils.translation import gettext as _

from hosts import services as hosts
from hosts.models import Campaign, Organizer, User
from meetups.exceptions import MeetupError
from meetups.models import AddressLedger, ApiToken, Delivery
from meetups.outbox.queue import enqueue
from meetups.outbox.stranger_limits import note_stranger_mail
from meetups.times import clock
from meetups.webhooks.services import turn_off_those_of

logger = logging.getLogger("longtable.security")
Role = Organizer.Role


@transaction.atomic
def invite_organizer(campaign: Campaign, *, email: str, by: User, role: str = Role.ORGANIZER) -> tuple[Organizer, bool]:
    """Give the person of this address a role and queue a letter to them; return the row and whether it is new.

    A second call changes nothing and queues no second letter. Raises MeetupError where this address may not get one (R88).
    """
    is_there = campaign.organizers.filter(user__email=User.objects.normalize_email(email)).exists()
    if not is_there and not note_stranger_mail(email, kind=AddressLedger.Kind.INVITATION, sender=by):
        raise MeetupError(_("This address had its letters from us for today. Please try again tomorrow."))
    organizer, is_new = hosts.add_organizer(campaign, email=email, invited_by=by, role=role)
    if is_new:
        context = {"campaign": campaign.pk, "by": str(by)}
        enqueue(Delivery.Kind.ORGANIZER_ADDED, key=str(organizer.pk), user=organizer.user, context=context)
        _log(organizer, f"added as {role}", by=by)
    return organizer, is_new


@transaction.atomic
def set_role(organizer: Organizer, *, role: str, by: User) -> bool:
    """Make an organizer a helper or the other way round; return whether that changed something. Tells the person."""
    if not hosts.change_role(organizer, role=role):
        return False
    if role not in Organizer.LEADING:
        _cut_off_programs(organizer.campaign, organizer.user)
    _log(organizer, f"now {role}", by=by)
    _tell(organizer.campaign, organizer.user, change=role, by=by)
    return True


@transaction.atomic
def give_ownership(organizer: Organizer, *, by: User) -> None:
    """Make this person the campaign's owner, and the present owner an organizer. It holds at once; the new owner is told.

    A second call changes nothing. Raises MeetupError for somebody who has never signed in, and where `by` is not the owner any
    more, as in the second of two windows.
    """
    if organizer.is_owner:
        return
    if not hosts.hand_over(organizer.campaign, to=organizer, by=by):
        if not organizer.campaign.organizers.filter(user=by, role=Role.OWNER).exists():
            raise MeetupError(_("Only the owner of this campaign can do this."))
        raise MeetupError(_("This person has not signed in yet, so they cannot be the owner."))
    _log(organizer, "now owner", by=by)
    _tell(organizer.campaign, organizer.user, change=Role.OWNER, by=by)


@transaction.atomic
def take_off(organizer: Organizer, *, by: User) -> None:
    """End somebody's role. The person is told, or the owner where they left by themselves. A second call changes nothing.

    Raises MeetupError for the owner, who hands over first.
    """
    if organizer.is_owner:
        raise MeetupError(_("A campaign is never without an owner. Hand it over first."))
    if not hosts.remove_organizer(organizer):
        return
    _cut_off_programs(organizer.campaign, organizer.user)
    _log(organizer, "removed", by=by)
    if organizer.user_id != by.pk:
        _tell(organizer.campaign, organizer.user, change="removed", by=by)
        return
    owner = organizer.campaign.organizers.select_related("user").filter(role=Role.OWNER).first()
    if owner is not None:
        _tell(organizer.campaign, owner.user, change="left", by=by)


@transaction.atomic
def leave_all_campaigns(user: User) -> None:
    """End all roles of somebody whose account is deleted, and tell whoever becomes the owner of a campaign by that.

    A campaign where nobody is left has ended. A second call changes nothing.
    """
    for campaign in Campaign.objects.filter(organizers__user=user):
        _cut_off_programs(campaign, user)
    for campaign, heir in hosts.leave_campaigns(user):
        logger.info("owner gone campaign=%s heir=%s", campaign.pk, heir.user_id if heir else None)
        if heir is not None:
            _tell(campaign, heir.user, change=Role.OWNER, by=None)


def _cut_off_programs(campaign: Campaign, user: User) -> None:
    """End the tokens and webhooks of somebody who leads the campaign no more, for good: a new role brings none of them back."""
    ApiToken.objects.filter(campaign=campaign, user=user, revoked_at=None).update(revoked_at=clock.now())
    turn_off_those_of(user, campaign)


def _log(organizer: Organizer, what: str, *, by: User) -> None:
    logger.info("organizer %s campaign=%s user=%s by=%s", what, organizer.campaign_id, organizer.user_id, by.pk)


def _tell(campaign: Campaign, user: User, *, change: str, by: User | None) -> None:
    """Owe a letter about a role. Who never signed in gets none: no address that never agreed is mailed again and again."""
    if user.proven_at is None:
        return
    context = {"campaign": campaign.pk, "change": change, "by": by.shown_name if by else ""}
    key = f"{campaign.pk}:{user.pk}:{clock.now().timestamp():.6f}"
    enqueue(Delivery.Kind.ORGANIZER_ROLE, key=key, user=user, context=context)
