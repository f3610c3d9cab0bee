"""All letters at once: what the tests of leaks and of robots read."""

from django.core.mail import EmailMultiAlternatives

from hosts.models import User
from meetups import clock
from meetups.emails import build_message
from meetups.exceptions import MeetupError
from meetups.models import Contribution, Delivery, Guest, Meetup
from tests.factories import make_delivery, make_guest
from tests.meetups.emails.letters import CONTEXTS, TO_HOSTS, make_own_letter

TO_GUESTS = [kind for kind in Delivery.Kind.values if kind not in TO_HOSTS]


def letters_to_guest(guest: Guest, kinds: list[str] = TO_GUESTS) -> dict[str, EmailMultiAlternatives]:
    """Return every letter that can be written to a guest as things stand, by kind, whether or not anybody would send it."""
    guest = Guest.objects.select_related("meetup__host", "meetup__kit__book", "meetup__campaign").get(pk=guest.pk)
    Contribution.objects.filter(guest=guest).update(promise="Ask my neighbors to the next one.")
    own = make_own_letter(guest.meetup)
    mailings = {"host_letter": own}
    letters = _written(
        {kind: make_delivery(kind, guest=guest, context=CONTEXTS.get(kind, {}), mailing=mailings.get(kind)) for kind in kinds}
    )
    own.delete()
    return letters


def letters_to_host(meetup: Meetup) -> dict[str, EmailMultiAlternatives]:
    """Return every letter about a meetup to its host, as things stand."""
    meetup = Meetup.objects.with_kit().get(pk=meetup.pk)
    kinds = [kind for kind in TO_HOSTS if kind != "organizer_added"]
    broken = {"undeliverable_at": clock.now(), "undeliverable_words": "5.1.1 smtp; 550 No such person here"}
    writer = make_guest(meetup, "wanda@example.org", name="Wanda", rsvp="yes", **broken)
    context = {"since": "2020-01-01T00:00:00+00:00", "guest": writer.pk, "words": "Is there a stair to climb?"}
    letters = _written({kind: make_delivery(kind, user=meetup.host, meetup=meetup, context=context) for kind in kinds})
    writer.delete()
    return letters


def letter_to_organizer(user: User, campaign) -> dict[str, EmailMultiAlternatives]:
    context = {"campaign": campaign.pk, "by": "Ben"}
    return _written({"organizer_added": make_delivery("organizer_added", user=user, meetup=None, context=context)})


def _written(deliveries: dict[str, Delivery]) -> dict[str, EmailMultiAlternatives]:
    """Build them, leave out what cannot be said, and forget that they were owed."""
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
