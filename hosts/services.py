"""Acts on people and campaigns. Nothing here mails; meetups.services.campaign wraps these where a letter is owed."""

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.text import slugify

from hosts.models import Campaign, Organizer, User


def find_or_add_user(email: str) -> User:
    """Return the user of this address, adding an unproven one where there is none. A second call returns the same row."""
    email = User.objects.normalize_email(email)
    user = User.objects.filter(email=email).first()
    return user or User.objects.create_user(email)


def free_slug(name: str) -> str:
    """Return a slug made from the name that no campaign has yet."""
    stem = slugify(name)[:50].strip("-") or "campaign"
    taken = set(Campaign.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    taken.add("new")  # /c/new/ is the page that starts one
    if stem not in taken:
        return stem
    number = 2
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"


@transaction.atomic
def start_campaign(user: User, *, name: str, call: str) -> Campaign:
    """Make a campaign whose first organizer is the user. A second call makes a second campaign, with another slug."""
    campaign = Campaign.objects.create(name=name, call=call, slug=free_slug(name))
    Organizer.objects.create(campaign=campaign, user=user)
    return campaign


@transaction.atomic
def add_organizer(campaign: Campaign, *, email: str, invited_by: User) -> tuple[Organizer, bool]:
    """Make the person of this address an organizer; return the row and whether it is new. A second call changes nothing."""
    user = find_or_add_user(email)
    return Organizer.objects.get_or_create(campaign=campaign, user=user, defaults={"invited_by": invited_by})


@transaction.atomic
def remove_organizer(organizer: Organizer) -> bool:
    """Take the role away, but never from the last organizer; return whether it was taken."""
    Campaign.objects.select_for_update().get(pk=organizer.campaign_id)
    if Organizer.objects.filter(campaign=organizer.campaign_id).count() < 2:
        return False
    organizer.delete()
    return True


@transaction.atomic
def hand_over_campaign(campaign: Campaign, *, to_email: str, by: User) -> Organizer:
    """Make the person of this address an organizer and take the role of `by` away. A second call changes nothing more."""
    organizer, _ = add_organizer(campaign, email=to_email, invited_by=by)
    if organizer.user_id != by.pk:
        Organizer.objects.filter(campaign=campaign, user=by).delete()
    return organizer


def unproven_users(before):
    """Return the users made before that moment who never typed a code and whom nobody made an organizer."""
    return get_user_model().objects.filter(proven_at=None, created_at__lt=before, organizing=None, is_staff=False)
