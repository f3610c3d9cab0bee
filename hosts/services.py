"""Acts on people and campaigns. Nothing here mails; meetups.campaigns.services wraps those that need a letter."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F, ProtectedError
from django.utils import timezone
from django.utils.text import slugify

from hosts.hooks import account_hooks
from hosts.models import Campaign, Organizer, User

Role = Organizer.Role


def find_or_add_user(email: str) -> User:
    """Return the user of this address, adding an unproven one where there is none. A second call returns the same row."""
    email = User.objects.normalize_email(email)
    user, _ = User.objects.get_or_create(email=email, defaults={"password": make_password(None)})
    return user


def find_or_add_user_signing_in(email: str) -> User:
    """Return the user of this address who asks for a sign-in code, adding an unproven one where there is none.

    Unproven rows are purged a day after `created_at`. Asking again in the second half of that day sets it to now, so that the
    row is not purged while the person types the code.
    """
    user = find_or_add_user(email)
    if user.proven_at is None and timezone.now() - user.created_at > timedelta(hours=settings.PURGE_UNPROVEN_HOURS / 2):
        user.created_at = timezone.now()
        user.save(update_fields=["created_at"])
    return user


def spend_code(user: User) -> bool:
    """Make the user's present sign-in code invalid everywhere; return whether this call did it, and so may sign them in.

    Of two calls for the same code at the same moment one returns True.
    """
    unspent = User.objects.filter(pk=user.pk, codes_spent=user.codes_spent)
    return unspent.update(codes_spent=F("codes_spent") + 1) == 1


@transaction.atomic
def prove_address(user: User, *, language: str = "") -> None:
    """Record that the person typed a code mailed to their address, and the language. A second call changes nothing."""
    if user.proven_at is None:
        user.proven_at, user.language = timezone.now(), user.language or language
        user.save(update_fields=["proven_at", "language"])
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def rename_user(user: User, *, shown_name: str) -> None:
    """Set the name to show. A second call changes nothing."""
    user.shown_name = shown_name
    user.save(update_fields=["shown_name"])


def keep_language(user: User, *, language: str) -> None:
    """Set the language of pages and letters. A second call changes nothing."""
    user.language = language
    user.save(update_fields=["language"])


@transaction.atomic
def appoint_staff(email: str) -> bool:
    """Make the person of this address staff with all rights; return whether that is new. A second call changes nothing."""
    user = find_or_add_user(email)
    if user.is_staff and user.is_superuser and user.is_active:
        return False
    user.is_staff = user.is_superuser = user.is_active = True
    user.save(update_fields=["is_staff", "is_superuser", "is_active"])
    return True


@transaction.atomic
def delete_account(user: User) -> list[tuple[str, str]]:
    """Delete the account and return an empty list, or change nothing and return what must be settled first (title, path).

    A row that held meetups refer to stays, without address, name or role. The stored password hash changes, which ends every
    session of the account. A second call changes nothing more.
    """
    user = get_user_model().objects.select_for_update().get(pk=user.pk)
    obstacles = account_hooks().obstacles_to_deletion(user)
    if obstacles:
        return obstacles
    account_hooks().before_deletion(user)
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    try:
        with transaction.atomic():
            user.delete()
    except ProtectedError:
        make_nameless(user)
    return []


def end_sessions(user: User) -> None:
    """Sign the person out everywhere: sessions carry a hash of the stored password, which changes. May be called again."""
    user.set_unusable_password()
    user.save(update_fields=["password"])


def make_nameless(user: User) -> None:
    """Take address, name and roles out of a row that has to stay; nobody can sign in to it."""
    user.email = f"{user.selector.lower()}@gone.invalid"
    user.shown_name = user.language = ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.save()
    user.groups.clear()
    user.user_permissions.clear()


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
    """Make a campaign whose owner is the user. A second call makes a second campaign, with another slug."""
    campaign = Campaign.objects.create(name=name, call=call, slug=free_slug(name))
    Organizer.objects.create(campaign=campaign, user=user, role=Role.OWNER)
    return campaign


@transaction.atomic
def add_organizer(campaign: Campaign, *, email: str, invited_by: User, role: str = Role.ORGANIZER) -> tuple[Organizer, bool]:
    """Give the person of this address a role that is not the owner's; return the row and whether it is new.

    A second call changes nothing, not even the role.
    """
    if role == Role.OWNER:
        raise ValueError("ownership is handed over, not given")
    user = find_or_add_user(email)
    facts = {"invited_by": invited_by, "role": role}
    return Organizer.objects.get_or_create(campaign=campaign, user=user, defaults=facts)


def _lock_roles(campaign_id: int) -> None:
    """Let acts on the roles of one campaign wait for each other, so that it never has two owners or none."""
    Campaign.objects.select_for_update().get(pk=campaign_id)


@transaction.atomic
def change_role(organizer: Organizer, *, role: str) -> bool:
    """Make an organizer a helper, or a helper an organizer; return whether that changed something. Never to or from owner."""
    _lock_roles(organizer.campaign_id)
    others = Organizer.objects.filter(pk=organizer.pk).exclude(role__in=[Role.OWNER, role])
    if role == Role.OWNER or not others.update(role=role):
        return False
    organizer.role = role
    return True


@transaction.atomic
def hand_over(campaign: Campaign, *, to: Organizer, by: User) -> bool:
    """Make another of the campaign's people its owner, and the present owner an organizer; return whether that changed something.

    Only the owner hands over, and only to somebody who has signed in once. A second call changes nothing.
    """
    _lock_roles(campaign.pk)
    heirs = Organizer.objects.filter(pk=to.pk, campaign=campaign, user__proven_at__isnull=False, user__is_active=True)
    is_owner = Organizer.objects.filter(campaign=campaign, user=by, role=Role.OWNER).exists()
    if not is_owner or not heirs.exclude(role=Role.OWNER).exists():
        return False
    Organizer.objects.filter(campaign=campaign, role=Role.OWNER).update(role=Role.ORGANIZER)
    heirs.update(role=Role.OWNER)
    to.role = Role.OWNER
    return True


@transaction.atomic
def remove_organizer(organizer: Organizer) -> bool:
    """Delete the role, but never the owner's, who hands over first; return whether it was deleted."""
    _lock_roles(organizer.campaign_id)
    return Organizer.objects.filter(pk=organizer.pk).exclude(role=Role.OWNER).delete()[0] > 0


@transaction.atomic
def leave_campaigns(user: User) -> list[tuple[Campaign, Organizer | None]]:
    """Delete all roles of somebody whose account is deleted.

    Where they were the owner, the organizer who has been there longest becomes it, else the helper. Return each such campaign
    with its new owner; None where nobody is left, and then the campaign ends now. A second call returns nothing.
    """
    left = []
    for role in Organizer.objects.filter(user=user).select_related("campaign").order_by("campaign"):
        _lock_roles(role.campaign_id)
        role.refresh_from_db(fields=["role"])
        if role.is_owner:
            others = role.campaign.organizers.select_related("user").exclude(pk=role.pk)
            others = others.filter(user__proven_at__isnull=False, user__is_active=True)
            # "organizer" comes after "helper" in the alphabet.
            heir = others.order_by("-role", "created_at", "pk").first()
            role.delete()
            if heir is not None:
                heir.role = Role.OWNER
                heir.save(update_fields=["role"])
            elif not role.campaign.has_ended:
                role.campaign.ends_at = timezone.now()
                role.campaign.save(update_fields=["ends_at"])
            left.append((role.campaign, heir))
        else:
            role.delete()
    return left


def unproven_users(before):
    """Return the users made before that moment who never typed a code and whom nobody made an organizer."""
    return get_user_model().objects.filter(proven_at=None, created_at__lt=before, organizing=None, is_staff=False)
