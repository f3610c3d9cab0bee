"""What a person's account means for meetups; hosts.services asks here through the settings."""

from django.utils.translation import gettext as _

from hosts.models import User
from meetups.models import Cohost, Delivery, Kit, Mailing, Meetup, Recap


def what_keeps(user: User) -> list[tuple[str, str]]:
    """Return the upcoming meetups the person hosts, as title and path: guests count on them, so they are canceled first."""
    return [(meetup.title or _("A meetup"), meetup.get_desk_url()) for meetup in Meetup.objects.upcoming().filter(host=user)]


def let_go(user: User) -> None:
    """Remove what only the person had: drafts, places at other hosts' desks, letters owed. A second call finds nothing.

    Evenings that were held stay for those who were there, under no name; no more letters go out for them. What guests left
    goes when it always does (services.retention). To be called in the transaction that deletes the account.
    """
    drafts = Meetup.objects.drafts().filter(host=user)
    kits = list(drafts.values_list("kit", flat=True))
    drafts.delete()
    Kit.objects.filter(pk__in=kits).delete()
    Cohost.objects.filter(user=user).delete()
    Delivery.objects.filter(user=user).delete()
    Recap.objects.filter(meetup__host=user).update(hello="")
    Mailing.objects.pending().filter(meetup__host=user).update(is_off=True)
    # The way back into the evening: street, door and phone are the person's own and go at once.
    Meetup.objects.filter(host=user).update(street="", postal_code="", door="", parking="", day_phone="", word="", cancel_word="")
