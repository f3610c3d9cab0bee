"""Hold a conversation on: a draft from the recap of another table, and a word between the two hosts without an address."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from hosts.models import User
from meetups import clock
from meetups.exceptions import MeetupError
from meetups.models import Delivery, Kit, Meetup, Recap
from meetups.plain import holds_any
from meetups.quiet import next_allowed
from meetups.services.delivery import enqueue
from meetups.services.meetup import save_draft

# A recap that many hold on is told about this often in a day; the numbers are on the page of what it led to.
TOLD_IN_A_DAY = 3


def kit_words(kit: Kit) -> dict:
    """Return a kit's words as services.meetup.write_kit takes them: the book, never people, place or date."""
    words = {name: getattr(kit, name) for name in Kit.COPIED_FIELDS if name != "book"}
    book = kit.book
    return words | {"book": {"title": book.title, "author": book.author, "isbn": book.isbn} if book else None}


@transaction.atomic
def hold_conversation(host: User, recap: Recap, *, code: str = "", kit: dict | None = None, **fields) -> Meetup:
    """Make a draft that comes from a recap, with its kit copied or as the host changed it, and tell both hosts.

    `fields` are those of save_draft; without a title it has the parent's. A second call with the same `code` returns the same
    draft and owes no second letter. Nobody is told of a copy of one's own evening. Raises MeetupError as save_draft does.
    """
    parent = recap.meetup
    fields.setdefault("title", parent.title)
    words = kit_words(parent.kit) if kit is None else kit
    origin = {"parent": parent, "campaign": parent.campaign, "copied_from": parent.kit}
    meetup = save_draft(host, code=code, kit=words, **origin, **fields)
    if not parent.is_hosted_by(host):
        enqueue(Delivery.Kind.HOLD_STARTED, key=str(meetup.pk), user=host, context={"child": meetup.pk})
        _tell_parent(parent, meetup)
    return meetup


def _tell_parent(parent: Meetup, child: Meetup) -> None:
    """Owe the parent's host one letter for each person who holds the conversation on, and few a day."""
    now = clock.now()
    told = Delivery.objects.filter(kind=Delivery.Kind.HELD_ON, meetup=parent, created_at__gt=now - timedelta(days=1))
    if told.count() >= TOLD_IN_A_DAY:
        return
    words = {"user": parent.host, "meetup": parent, "context": {"child": child.pk}}
    enqueue(Delivery.Kind.HELD_ON, key=f"{parent.pk}:{child.host_id}", due_at=next_allowed(now, parent.zone), **words)


def say_hello(recap: Recap, *, hello: str) -> Recap:
    """Write the one line for those who hold the conversation on; an empty one takes it back. A second call says it anew.

    Raises MeetupError for words that hold the street or the phone number of the evening.
    """
    if holds_any(hello, recap.meetup.street, recap.meetup.day_phone):
        raise MeetupError(_("These words hold the address or the phone number of the house. Please leave it out."))
    recap.hello = hello
    recap.save(update_fields=["hello"])
    return recap
