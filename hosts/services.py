"""Acts on people and campaigns. Nothing here mails; meetups.services.campaign wraps these where a letter is owed."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.text import slugify

from hosts.models import Campaign, Organizer, User


def find_or_add_user(email: str) -> User:
    """Return the user of this address, adding an unproven one where there is none. A second call returns the same row."""
    email = User.objects.normalize_email(email)
    user, _ = User.objects.get_or_create(email=email, defaults={"password": make_password(None)})
    return user


def let_knock(email: str) -> User:
    """Return the user of this address for a sign-in, adding an unproven one where there is none.

    Somebody who knocks again late in the first day begins another one, so that the row is not purged while they type.
    """
    user = find_or_add_user(email)
    if user.proven_at is None and timezone.now() - user.created_at > timedelta(hours=settings.PURGE_UNPROVEN_HOURS / 2):
        user.created_at = timezone.now()
        user.save(update_fields=["created_at"])
    return user


@transaction.atomic
def prove_address(user: User, *, language: str = "") -> None:
    """Note that the person typed a code mailed to their address, and in which language. A second call changes nothing."""
    if user.proven_at is None:
        user.proven_at, user.language = timezone.now(), user.language or language
        user.save(update_fields=["proven_at", "language"])
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def rename_user(user: User, *, shown_name: str) -> None:
    """Show the person by this name from now on. A second call changes nothing."""
    user.shown_name = shown_name
    user.save(update_fields=["shown_name"])


def keep_language(user: User, *, language: str) -> None:
    """Speak to the person in this language from now on, in letters too. A second call changes nothing."""
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


def what_keeps(user: User) -> list[tuple[str, str]]:
    """Return what must be settled before the account can go, as title and path; hosts knows of none itself."""
    return import_string(settings.WHAT_KEEPS_AN_ACCOUNT)(user)


def data_of(user: User) -> dict:
    """Return all that is kept about the person, as plain values; hosts knows only where to ask."""
    return import_string(settings.DATA_OF_AN_ACCOUNT)(user)


@transaction.atomic
def delete_account(user: User) -> list[tuple[str, str]]:
    """Take the person out and return nothing, or change nothing and return what keeps the account (see what_keeps).

    Where evenings that others remember hang on the row, it stays without address, name or role; else it goes. The stored
    password hash changes, so every session of the account ends. A second call changes nothing more.
    """
    user = get_user_model().objects.select_for_update().get(pk=user.pk)
    keepers = what_keeps(user)
    if keepers:
        return keepers
    import_string(settings.BEFORE_AN_ACCOUNT_GOES)(user)
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    Organizer.objects.filter(user=user).delete()
    try:
        with transaction.atomic():
            user.delete()
    except ProtectedError:
        make_nameless(user)
    return []


def end_sessions(user: User) -> None:
    """Sign the person out everywhere: a session is good as long as the stored hash is the same. May be done again."""
    user.set_unusable_password()
    user.save(update_fields=["password"])


def make_nameless(user: User) -> None:
    """Leave a row that nobody can be found by and nobody can sign in to."""
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
