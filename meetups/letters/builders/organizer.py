"""The letter of an organizer to a host, in the organizer's name."""

from django.utils.translation import gettext as _

from hosts.models import Organizer
from meetups.exceptions import MeetupError
from meetups.letters.context import host_facts
from meetups.letters.letter import Letter, write_letter
from meetups.models import Delivery
from meetups.outbox.free_text import mailed_words
from meetups.text.clean import clean_line, clean_words, shorten

LONGEST_WORDS = 1500


def organizer_who_wrote(delivery: Delivery) -> Organizer | None:
    """Return the organizer who wrote a letter; None when they are not one any more."""
    of = {"campaign": delivery.context.get("campaign"), "user": delivery.context.get("by")}
    return Organizer.objects.filter(**of).select_related("user", "campaign").first()


def organizer_words(delivery: Delivery) -> Letter:
    """An organizer's words about one evening. Raises MeetupError when who wrote them is not an organizer any more."""
    organizer = organizer_who_wrote(delivery)
    if organizer is None:
        raise MeetupError(_("Whoever wrote this is not an organizer any more."))
    by = shorten(clean_line(mailed_words(organizer.user, organizer.user.shown_name)), 40)
    said = shorten(clean_words(mailed_words(organizer.user, str(delivery.context.get("words") or ""))), LONGEST_WORDS)
    facts = host_facts(delivery) | {
        "by": by or _("an organizer"),
        "campaign": shorten(clean_line(organizer.campaign.name), 60),
        "said": said,
        "can_reply": True,
    }
    return write_letter("organizer_words", facts, sender=by)
