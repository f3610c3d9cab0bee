"""Facts: fields, constraints, one-row questions, querysets."""

from meetups.models.delivery import AddressLedger, Delivery, Heartbeat, Suppression
from meetups.models.dish import Dish
from meetups.models.erasure import Erasure
from meetups.models.guest import Guest
from meetups.models.kit import Book, Cover, Kit
from meetups.models.linkrequest import LinkRequest
from meetups.models.mailing import Mailing
from meetups.models.meetup import Cohost, Meetup
from meetups.models.needs import Needs
from meetups.models.question import Question
from meetups.models.recap import Consent, Contribution, Debrief, Photo, ReaderCount, Recap
from meetups.models.removal import RemovalRequest
from meetups.models.sense import SenseReport
from meetups.models.town import Town

__all__ = [
    "AddressLedger",
    "Book",
    "Cohost",
    "Consent",
    "Contribution",
    "Cover",
    "Debrief",
    "Delivery",
    "Dish",
    "Erasure",
    "Guest",
    "Heartbeat",
    "Kit",
    "LinkRequest",
    "Mailing",
    "Meetup",
    "Needs",
    "Photo",
    "ReaderCount",
    "Question",
    "Recap",
    "SenseReport",
    "RemovalRequest",
    "Suppression",
    "Town",
]
