"""Fork a conversation: make a draft from the recap of another meetup, and carry a line between the two hosts."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from hosts.models import User
from meetups.access.visibility import find_place_in
from meetups.exceptions import MeetupError
from meetups.models import Delivery, Kit, Meetup, Recap
from meetups.outbox.queue import enqueue
from meetups.planning.services.meetup import save_draft
from meetups.times import clock
from meetups.times.quiet_hours import next_allowed

# The most letters about forks of one recap in a day; its reach page has the numbers.
LETTERS_A_DAY = 3


def kit_words(kit: Kit) -> dict:
    """Return a kit's texts and book as write_kit takes them."""
    words = {name: getattr(kit, name) for name in Kit.COPIED_FIELDS if name != "book"}
    book = kit.book
    return words | {"book": {"title": book.title, "author": book.author, "isbn": book.isbn} if book else None}


@transaction.atomic
def fork_conversation(host: User, recap: Recap, *, code: str = "", kit: dict | None = None, **fields) -> Meetup:
    """Make a draft from a recap, with its kit copied or as given in `kit`, and queue a letter to each of the two hosts.

    `fields` are those of save_draft; the title defaults to the parent's. A second call with the same `code` returns the same
    draft and queues no second letter. Forking one's own meetup queues none. Raises MeetupError as save_draft does.
    """
    parent = recap.meetup
    fields.setdefault("title", parent.title)
    words = kit_words(parent.kit) if kit is None else kit
    meetup = save_draft(host, code=code, kit=words, parent=parent, campaign=parent.campaign, copied_from=parent.kit, **fields)
    if not parent.is_hosted_by(host):
        enqueue(Delivery.Kind.HOLD_STARTED, key=str(meetup.pk), user=host, context={"child": meetup.pk})
        _enqueue_fork_letter(parent, meetup)
    return meetup


def _enqueue_fork_letter(parent: Meetup, child: Meetup) -> None:
    """Queue one letter to the parent's host for each person who forks it, and a few a day at most."""
    now = clock.now()
    letters = Delivery.objects.filter(kind=Delivery.Kind.HELD_ON, meetup=parent, created_at__gt=now - timedelta(days=1))
    if letters.count() >= LETTERS_A_DAY:
        return
    enqueue(
        Delivery.Kind.HELD_ON,
        key=f"{parent.pk}:{child.host_id}",
        user=parent.host,
        meetup=parent,
        due_at=next_allowed(now, parent.zone),
        context={"child": child.pk},
    )


def set_hello(recap: Recap, *, hello: str) -> Recap:
    """Write the line for those who fork the recap; an empty one removes it. A second call overwrites it.

    Raises MeetupError for a line that tells where the house is.
    """
    if find_place_in(recap.meetup, hello):
        raise MeetupError(_("These words hold the address or the phone number of the house. Please leave it out."))
    recap.hello = hello
    recap.save(update_fields=["hello"])
    return recap
