"""Make the draft of a guest who could host, from the table they sat at."""

from django.db import transaction

from hosts.models import User
from hosts.services import find_or_add_user_signing_in, rename_user
from meetups.guests.services.next_host import code_for, stop_asking
from meetups.models import Guest, Meetup
from meetups.planning.services.fork import kit_words
from meetups.planning.services.meetup import save_draft


@transaction.atomic
def begin_draft(guest: Guest, *, host: User | None = None) -> Meetup:
    """Make the draft of a guest who could host, and return it: title and kit of their table, no people, no place, no date.

    It belongs to `host`, else to whoever reads the mail of the guest's address, which is added as an unproven user where it is
    not known: only a mailed code opens it. The evening comes from the guest's; no more letters about hosting are sent. A second
    call returns the same draft, also when it is published already. Raises ValueError for a guest without an address and `host`.
    """
    parent = guest.meetup
    if host is None:
        if not guest.email:
            raise ValueError("there is nobody to make a draft for")
        host = find_or_add_user_signing_in(guest.email)
        if not host.shown_name and guest.shown_name:
            rename_user(host, shown_name=guest.shown_name[:60])
    guest.could_host = True
    guest.save(update_fields=["could_host"])
    stop_asking(guest)
    return save_draft(
        host,
        code=code_for(guest, host),
        title=parent.title,
        language=parent.spoken_language,
        kit=kit_words(parent.kit) | {"shelf": parent.kit.shelf},
        parent=parent,
        campaign=parent.campaign,
        copied_from=parent.kit,
    )
