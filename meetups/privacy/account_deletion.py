"""What deleting an account means for meetups; hosts calls these functions through its hooks (account_hooks.py)."""

from django.db.models import Q
from django.utils.translation import gettext as _

from hosts.models import User
from meetups.campaigns.lead.roles import leave_all_campaigns
from meetups.models import Cohost, Delivery, Helper, Kit, Mailing, Meetup, Pairing, Recap


def obstacles_to_deletion(user: User) -> list[tuple[str, str]]:
    """Return the upcoming meetups the person hosts, as title and path: guests count on them, so they are canceled first."""
    return [(meetup.title or _("A meetup"), meetup.get_desk_url()) for meetup in Meetup.objects.upcoming().filter(host=user)]


def remove_before_deletion(user: User) -> None:
    """Delete what was the person's alone: drafts, kept kits, roles, pairings, letters. A second call finds nothing.

    Meetups that were held stay, without the host's name, and no more letters are sent for them. What guests left is deleted
    when it always is (privacy.retention). To be called in the transaction that deletes the account.
    """
    drafts = Meetup.objects.drafts().filter(host=user)
    kits = list(drafts.values_list("kit", flat=True))
    drafts.delete()
    Kit.objects.filter(pk__in=kits).delete()
    Kit.objects.filter(owner=user).delete()
    Cohost.objects.filter(user=user).delete()
    leave_all_campaigns(user)
    Helper.objects.filter(user=user).delete()
    Pairing.objects.filter(Q(helper=user) | Q(newcomer=user)).delete()
    Delivery.objects.filter(user=user).delete()
    Recap.objects.filter(meetup__host=user).update(hello="")
    Mailing.objects.pending().filter(meetup__host=user).update(is_off=True)
    # Street, door and phone are the person's own data and are deleted at once.
    Meetup.objects.filter(host=user).update(street="", postal_code="", door="", parking="", day_phone="", word="", cancel_word="")
