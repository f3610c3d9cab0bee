"""Facts: fields, constraints, one-row questions, querysets."""

from meetups.models.address import AddressLedger, Suppression
from meetups.models.campaigns.announcement import Announcement
from meetups.models.campaigns.api_token import ApiToken
from meetups.models.campaigns.care import CareNote
from meetups.models.campaigns.descent import Descent, DescentMonth
from meetups.models.campaigns.intervention import Intervention
from meetups.models.campaigns.kit_version import KitVersion
from meetups.models.campaigns.webhook import Webhook, WebhookPost
from meetups.models.circles.circle import Circle, CircleEvening, CircleMember
from meetups.models.circles.date_poll import DateAnswer, DateOption, DatePoll
from meetups.models.delivery import Delivery
from meetups.models.dish import Dish
from meetups.models.evening.door import DoorAct, DoorLink, RoomAnswer
from meetups.models.guest import Guest
from meetups.models.housekeeping import Erasure, EveningCount, Heartbeat, KeptForecast, LinkRequest, SiteForecast
from meetups.models.kit import Book, Cover, Kit
from meetups.models.mailing import Mailing
from meetups.models.meetup import Cohost, Meetup
from meetups.models.needs import Needs
from meetups.models.pairing import Helper, Pairing
from meetups.models.question import Question
from meetups.models.recap import Consent, Contribution, Debrief, Photo, ReaderCount, Recap, RemovalRequest
from meetups.models.sense import SenseReport
from meetups.models.town import Town, TownFile, TownName

__all__ = [
    "AddressLedger",
    "Announcement",
    "ApiToken",
    "Book",
    "Circle",
    "CircleEvening",
    "CircleMember",
    "Cohost",
    "CareNote",
    "Consent",
    "Contribution",
    "Cover",
    "DateAnswer",
    "DateOption",
    "DatePoll",
    "Debrief",
    "Delivery",
    "Descent",
    "DescentMonth",
    "Dish",
    "DoorAct",
    "DoorLink",
    "Erasure",
    "EveningCount",
    "Guest",
    "Heartbeat",
    "Helper",
    "Intervention",
    "KeptForecast",
    "Kit",
    "KitVersion",
    "LinkRequest",
    "Mailing",
    "Meetup",
    "Needs",
    "Pairing",
    "Photo",
    "ReaderCount",
    "Question",
    "Recap",
    "SenseReport",
    "SiteForecast",
    "RemovalRequest",
    "RoomAnswer",
    "Suppression",
    "Town",
    "TownFile",
    "TownName",
    "Webhook",
    "WebhookPost",
]
