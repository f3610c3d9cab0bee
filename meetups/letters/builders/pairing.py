"""The letter to a helper and a first-time host who both ticked: each other's first name, and how to answer."""

from django.utils.translation import gettext as _

from meetups.access.tokens import PairingSide
from meetups.exceptions import MeetupError
from meetups.letters.context import user_facts, user_of
from meetups.letters.letter import Letter, write_letter
from meetups.models import Delivery, Pairing
from meetups.pairing.services import first_name
from meetups.text.clean import clean_line


def side_of(delivery: Delivery) -> PairingSide:
    """Return which of the two a letter is for. Raises MeetupError where the pairing was taken back or has ended."""
    row = Pairing.objects.open().select_related("helper", "newcomer").filter(pk=delivery.context.get("pairing")).first()
    user = user_of(delivery)
    if row is None or user.pk not in (row.helper_id, row.newcomer_id):
        raise MeetupError(_("They are not paired any more."))
    return PairingSide(row, is_helper=user.pk == row.helper_id)


def paired(delivery: Delivery) -> Letter:
    """To each of two who both ticked: the other's first name. A reply goes to the other's own address."""
    side = side_of(delivery)
    other = clean_line(first_name(side.other))
    return write_letter(
        "paired", user_facts(delivery) | {"other": other, "is_helper": side.is_helper, "is_paired": True}, sender=other
    )
