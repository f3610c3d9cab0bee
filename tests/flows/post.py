"""Every kind of letter, written for one guest or host: for the tests of leaks and of robots."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.mail import EmailMultiAlternatives

from hosts.models import Organizer, User
from meetups.exceptions import MeetupError
from meetups.letters import build_message
from meetups.models import Contribution, Delivery, Guest, Kit, Meetup, Recap, RemovalRequest
from meetups.times import clock
from tests.factories import make_delivery, make_draft, make_guest
from tests.letters.letters import CONTEXTS, TO_HOSTS, make_own_letter

TO_GUESTS = [kind for kind in Delivery.Kind.values if kind not in TO_HOSTS]


def letters_to_guest(guest: Guest, kinds: list[str] = TO_GUESTS) -> dict[str, EmailMultiAlternatives]:
    """Return every letter that can be written to a guest as things stand, by kind, whether or not anybody would send it."""
    guest = Guest.objects.select_related("meetup__host", "meetup__kit__book", "meetup__campaign").get(pk=guest.pk)
    Contribution.objects.filter(guest=guest).update(promise="Ask my neighbors to the next one.")
    own = make_own_letter(guest.meetup)
    mailings = {"host_letter": own}
    letters = {}
    for kind in kinds:
        with at_stage(guest.meetup, kind):
            context = CONTEXTS.get(kind, {}) | ({"address": guest.email_hash} if kind == "my_meetups" else {})
            row = make_delivery(kind, guest=guest, context=context, mailing=mailings.get(kind))
            letters |= _written({kind: row})
    own.delete()
    return letters


@contextmanager
def at_stage(meetup: Meetup, kind: str) -> Iterator[None]:
    """Put the recap into the state in which this letter is written (not public yet, taken down, a cut asked for), and back."""
    recaps, left = Recap.objects.filter(meetup=meetup), Contribution.objects.filter(meetup=meetup)
    fields = ("state", "public_at", "taken_down_at", "taken_down_reason")
    before = recaps.values(*fields).first()
    stages = {"recap_preview": {"state": "draft", "public_at": clock.now()}}
    stages |= dict.fromkeys(
        ["table_taken_down", "recap_taken_down"], {"taken_down_at": clock.now(), "taken_down_reason": "Names."}
    )
    if kind in stages:
        recaps.update(**stages[kind])
    if kind == "cut_asked":
        left.update(cut=CONTEXTS[kind]["cut"])
    yield
    if before and kind in stages:
        recaps.update(**before)
    if kind == "cut_asked":
        left.update(cut="")


def letters_to_host(meetup: Meetup) -> dict[str, EmailMultiAlternatives]:
    """Return every letter about a meetup to its host, as things stand."""
    meetup = Meetup.objects.with_kit().get(pk=meetup.pk)
    kinds = [kind for kind in TO_HOSTS if kind not in ("organizer_added", "organizer_role")]
    broken = {"undeliverable_at": clock.now(), "undeliverable_words": "5.1.1 smtp; 550 No such person here"}
    writer = make_guest(meetup, "wanda@example.org", name="Wanda", rsvp="yes", **broken)
    # Who says that they were there is what one of the letters is about.
    at_the_door = make_guest(meetup, None, name="Wim", rsvp="no", said_there=True)
    context = {"since": "2020-01-01T00:00:00+00:00", "guest": writer.pk, "words": "Is there a stair to climb?"}
    child = make_draft(parent=meetup, title=meetup.title, kit=Kit.objects.create())
    context |= {"removal": _asked_of(meetup), "child": child.pk}

    def owed(kinds: list[str]) -> dict[str, Delivery]:
        return {kind: make_delivery(kind, user=meetup.host, meetup=meetup, context=context) for kind in kinds}

    letters = _written(owed([kind for kind in kinds if kind != "recap_taken_down"]))
    with at_stage(meetup, "recap_taken_down"):
        letters |= _written(owed(["recap_taken_down"]))
    writer.delete()
    at_the_door.delete()
    child.delete()
    child.kit.delete()
    return letters


def _asked_of(meetup: Meetup) -> int:
    """Return the number of a request for removal of what somebody left at this table, made when there is none; or nothing."""
    left, recap = meetup.contributions.exclude(sentence="").first(), Recap.objects.filter(meetup=meetup).first()
    if left is None or recap is None:
        return 0
    return RemovalRequest.objects.get_or_create(recap=recap, contribution=left, defaults={"words": "That is me."})[0].pk


def letter_to_organizer(user: User, campaign) -> dict[str, EmailMultiAlternatives]:
    Organizer.objects.get_or_create(campaign=campaign, user=user)
    context = {"campaign": campaign.pk, "by": "Ben", "change": "organizer"}
    kinds = ("organizer_added", "organizer_role")
    return _written({kind: make_delivery(kind, user=user, meetup=None, context=context) for kind in kinds})


def _written(deliveries: dict[str, Delivery]) -> dict[str, EmailMultiAlternatives]:
    """Build the messages, without those that cannot be written, and delete the rows."""
    letters = {}
    for kind, delivery in deliveries.items():
        try:
            letters[kind] = build_message(delivery)
        except MeetupError:
            pass
        delivery.delete()
    return letters


def words_of(message: EmailMultiAlternatives) -> str:
    """Return all that stands in a message: headers, text, HTML, calendar and files, decoded; and unfolded as calendars are."""
    mime = message.message()
    parts = [part.get_payload(decode=True) or b"" for part in mime.walk() if not part.is_multipart()]
    headers = [f"{name}: {value}" for part in mime.walk() for name, value in part.items()]
    words = "\n".join([str(message.subject), *headers, *(part.decode(errors="replace") for part in parts), mime.as_string()])
    return words + words.replace("\r\n ", "").replace("\\,", ",").replace("\n ", "")
