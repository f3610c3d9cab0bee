"""What is true of each kind of letter: one row for each, and nothing about a kind stands in a table elsewhere.

A new letter is one row here, one builder of the same name in `letters/builders/`, and one folder in `templates/emails/`. One that
is planned also has an hour in `outbox/plan.py`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings

# Reasons are stored in English and translated by the page that shows them.
from django.utils.translation import gettext_noop as _

from meetups.models import Delivery, Mailing, Meetup

Kind = Delivery.Kind
Segment = Mailing.Segment

# A lower number is claimed first: a cancellation leaves before five thousand recaps (R37).
URGENT = 0
INVITING = 1
REMINDING = 5
TELLING_HOSTS = 7
LOOKING_BACK = 9
MUCH_LATER = 10

# A guest who never answered gets so many letters at most, whatever is planned.
MOST_UNASKED = 3
CANCELED_MEANWHILE = _("The meetup was canceled.")
FROZEN = _("The evening is on hold; this goes on when that ends.")


@dataclass(frozen=True)
class Until:
    """The last moment at which a letter is of use, counted from the meetup's start or end, or from when the letter was due."""

    anchor: Literal["start", "end", "due"]
    offset: timedelta = timedelta()

    def moment(self, meetup: Meetup | None, due_at: datetime) -> datetime:
        """Return that moment; without a meetup that has a time, one counted from `due_at`."""
        if meetup is None or meetup.starts_at is None or meetup.ends_at is None or self.anchor == "due":
            return due_at + (self.offset if self.anchor == "due" else USUAL_AGE)
        return (meetup.starts_at if self.anchor == "start" else meetup.ends_at) + self.offset


USUAL_AGE = timedelta(days=14)
START, END = Until("start"), Until("end")


def before_start(**delta: int) -> Until:
    return Until("start", -timedelta(**delta))


def after_end(**delta: int) -> Until:
    return Until("end", timedelta(**delta))


def for_days(days: int) -> Until:
    return Until("due", timedelta(days=days))


@dataclass(frozen=True, kw_only=True)
class LetterKind:
    """The rules of one kind of letter."""

    priority: int = REMINDING
    until: Until = Until("due", USUAL_AGE)
    # Whom a planned letter goes to; None where each letter is owed to one person, or where the host chooses.
    audience: Segment | None = None
    # The segment in which the guest must still be when the letter is claimed.
    still_in: Segment | None = None

    # What kind of letter it is ----------------------------------------------------------------------------------------
    is_invitation: bool = False
    # Planned before the evening. It names the time, and says nothing new to a guest who answered in the last hours.
    is_reminder: bool = False
    # Asks a guest who has not answered once more: R88 limits these, and so does MOST_UNASKED.
    asks_again: bool = False
    # Tells a guest what their answer means for their seat; a later answer takes its place.
    is_about_an_answer: bool = False
    # Answers what its reader just did, so suppression does not apply to it (R46).
    answers_an_act: bool = False
    # With `had_own_seat` in its context it says that a seat is lost which the guest took, and suppression does not apply to it.
    tells_of_a_lost_seat: bool = False
    # About the evening, so it is never sent before the end.
    is_about_the_past: bool = False
    is_recap: bool = False
    # Carries the link to a guest's own page because somebody typed the address (R77).
    is_link_on_request: bool = False

    # When it is sent --------------------------------------------------------------------------------------------------
    # Automatic letters: each reader gets one of them a day.
    is_automatic: bool = False
    # Is delayed by a day where its reader has an automatic letter today already.
    waits_its_turn: bool = False
    # Is withdrawn where another letter asks the same, and does not count for any limit until it was sent.
    gives_way: bool = False
    # Is due at an hour of its own for each guest, so the mailing has none: it is never fanned out and never finished.
    is_one_by_one: bool = False
    # Is withdrawn when the meetup's time or place changed after it was owed.
    is_of_one_revision: bool = False
    needs_public_recap: bool = False
    leaves_when_canceled: bool = False
    # Leaves although organizers or staff have frozen the meetup: it tells of that, or nobody must wait for it.
    leaves_when_frozen: bool = False
    # Is not delayed in the quiet hours: it was made due outside them.
    leaves_at_night: bool = False
    # Goes to a guest who does not count yet: a stranger's address that is not proven, a friend without the host's word.
    goes_to_unproven: bool = False

    # What stands in it ------------------------------------------------------------------------------------------------
    may_be_unsubscribed: bool = True
    # Is sent although its reader wants no letters: it tells a host what somebody did to their evening.
    overrides_suppression: bool = False
    # In the name of a campaign, which its context names, to a host or an organizer, who can stop these and keep all others.
    is_of_a_campaign: bool = False
    # False for a letter about a campaign or a draft.
    is_about_a_meetup: bool = True
    # Goes to guests of a draft, whose day is not chosen yet.
    is_about_a_draft: bool = False
    # About an address and not one meetup: in no thread, under no host's suppression, and not to be replied to.
    is_about_an_address: bool = False
    # May have the link to the reader's contribution to the recap.
    links_to_contribution: bool = False

    @property
    def is_unasked(self) -> bool:
        """Tell whether it counts among the MOST_UNASKED letters of a guest who never answered."""
        return self.is_invitation or self.asks_again

    @property
    def is_before_the_evening(self) -> bool:
        """Tell whether it is of no use once the evening has begun, also where that was moved to an earlier day."""
        return self.until.anchor == "start"


KINDS: dict[str, LetterKind] = {
    # Asking and answering ---------------------------------------------------------------------------------------------
    Kind.INVITATION: LetterKind(
        priority=INVITING, until=START, still_in=Segment.NO_ANSWER, is_invitation=True, leaves_at_night=True
    ),
    Kind.INVITATION_AGAIN: LetterKind(
        priority=INVITING,
        # Nearer to the evening a second invitation is no help.
        until=before_start(hours=12),
        audience=Segment.NO_ANSWER,
        still_in=Segment.NO_ANSWER,
        is_invitation=True,
        asks_again=True,
        is_automatic=True,
        gives_way=True,
        is_one_by_one=True,
    ),
    Kind.CONFIRMATION: LetterKind(
        priority=URGENT,
        until=START,
        is_about_an_answer=True,
        answers_an_act=True,
        tells_of_a_lost_seat=True,
        may_be_unsubscribed=False,
    ),
    Kind.WAITING: LetterKind(
        priority=URGENT,
        until=START,
        still_in=Segment.WAITING,
        is_about_an_answer=True,
        answers_an_act=True,
        tells_of_a_lost_seat=True,
        may_be_unsubscribed=False,
    ),
    Kind.SEAT_OFFERED: LetterKind(priority=URGENT, until=START, is_about_an_answer=True, answers_an_act=True),
    Kind.PROVE_ADDRESS: LetterKind(
        priority=URGENT,
        until=Until("due", timedelta(hours=settings.PURGE_UNPROVEN_HOURS)),
        answers_an_act=True,
        is_link_on_request=True,
        goes_to_unproven=True,
        may_be_unsubscribed=False,
    ),
    # To a guest's friend, and to whoever else the host looked at first. Also where the evening is canceled before they did.
    Kind.FRIEND_NO: LetterKind(
        priority=INVITING,
        until=START,
        answers_an_act=True,
        leaves_when_canceled=True,
        goes_to_unproven=True,
        may_be_unsubscribed=False,
    ),
    Kind.NEW_LINK: LetterKind(priority=URGENT, until=for_days(3), is_link_on_request=True, may_be_unsubscribed=False),
    Kind.MY_MEETUPS: LetterKind(
        priority=URGENT,
        until=for_days(1),
        is_link_on_request=True,
        leaves_when_canceled=True,
        leaves_when_frozen=True,
        may_be_unsubscribed=False,
        is_about_an_address=True,
    ),
    # Which day -------------------------------------------------------------------------------------------------------
    Kind.DATE_POLL: LetterKind(
        priority=INVITING, still_in=Segment.NO_ANSWER, is_invitation=True, asks_again=True, is_about_a_draft=True
    ),
    # What guests said to the day is their answer now; whoever has not said anything is asked once more.
    Kind.DATE_CHOSEN: LetterKind(priority=INVITING, until=START, is_about_an_answer=True, asks_again=True),
    # Changes ----------------------------------------------------------------------------------------------------------
    Kind.REMOVED: LetterKind(
        priority=URGENT, until=END, tells_of_a_lost_seat=True, leaves_when_canceled=True, may_be_unsubscribed=False
    ),
    Kind.MOVED: LetterKind(priority=URGENT, until=START, is_of_one_revision=True),
    # Also of a frozen meetup, without the host's words: nobody shall stand before a closed door.
    Kind.CANCELED: LetterKind(
        priority=URGENT,
        until=END,
        tells_of_a_lost_seat=True,
        leaves_when_canceled=True,
        leaves_when_frozen=True,
        may_be_unsubscribed=False,
    ),
    # Planned before the evening ---------------------------------------------------------------------------------------
    Kind.SEVEN_DAYS: LetterKind(
        until=before_start(days=3),
        audience=Segment.UNDECIDED,
        still_in=Segment.UNDECIDED,
        is_reminder=True,
        asks_again=True,
        is_automatic=True,
        is_of_one_revision=True,
    ),
    Kind.THREE_DAYS: LetterKind(
        until=before_start(hours=24),
        audience=Segment.YES_MAYBE,
        still_in=Segment.YES_MAYBE,
        is_reminder=True,
        is_automatic=True,
        is_of_one_revision=True,
    ),
    Kind.PLEASE_CONFIRM: LetterKind(
        until=before_start(hours=1),
        audience=Segment.YES,
        still_in=Segment.NOT_CONFIRMED,
        is_reminder=True,
        is_automatic=True,
        is_of_one_revision=True,
    ),
    Kind.PLACES_TO_LAY: LetterKind(
        until=START, audience=Segment.HOST, is_reminder=True, is_automatic=True, is_of_one_revision=True
    ),
    Kind.ADDRESS_DAY: LetterKind(
        until=START,
        audience=Segment.YES,
        still_in=Segment.YES,
        is_reminder=True,
        is_automatic=True,
        is_of_one_revision=True,
    ),
    Kind.HOST_LETTER: LetterKind(asks_again=True),
    # After the evening ------------------------------------------------------------------------------------------------
    Kind.WERE_YOU_THERE: LetterKind(
        until=after_end(days=7),
        audience=Segment.CAME,
        still_in=Segment.CAME,
        is_about_the_past=True,
        is_automatic=True,
        waits_its_turn=True,
    ),
    Kind.DEBRIEF: LetterKind(
        until=after_end(days=10), audience=Segment.HOST, is_about_the_past=True, is_automatic=True, waits_its_turn=True
    ),
    Kind.HOW_DID_IT_GO: LetterKind(
        priority=MUCH_LATER,
        # Those who came are forgotten forty-five days after the evening (R103).
        until=after_end(days=44),
        audience=Segment.PROMISED,
        still_in=Segment.CAME,
        is_about_the_past=True,
        is_automatic=True,
        waits_its_turn=True,
        links_to_contribution=True,
    ),
    # The recap --------------------------------------------------------------------------------------------------------
    Kind.RECAP_CAME: LetterKind(
        priority=LOOKING_BACK,
        audience=Segment.CAME,
        is_recap=True,
        is_automatic=True,
        waits_its_turn=True,
        needs_public_recap=True,
        links_to_contribution=True,
    ),
    Kind.RECAP_MISSED: LetterKind(
        priority=LOOKING_BACK,
        audience=Segment.MISSED,
        is_recap=True,
        is_automatic=True,
        waits_its_turn=True,
        needs_public_recap=True,
        links_to_contribution=True,
    ),
    Kind.RECAP_DECLINED: LetterKind(
        priority=LOOKING_BACK,
        audience=Segment.DECLINED,
        is_recap=True,
        is_automatic=True,
        waits_its_turn=True,
        needs_public_recap=True,
        links_to_contribution=True,
    ),
    # The guest's day to object begins with it, so it is not delayed for another letter.
    Kind.RECAP_PREVIEW: LetterKind(
        audience=Segment.CONTRIBUTED, still_in=Segment.CAME, is_automatic=True, links_to_contribution=True
    ),
    Kind.CUT_ASKED: LetterKind(still_in=Segment.CAME, is_automatic=True, waits_its_turn=True, links_to_contribution=True),
    Kind.TABLE_TAKEN_DOWN: LetterKind(priority=TELLING_HOSTS, links_to_contribution=True),
    Kind.RECAP_TAKEN_DOWN: LetterKind(priority=TELLING_HOSTS, leaves_when_frozen=True),
    Kind.WORDS_WAIT: LetterKind(),
    # To hosts, organizers and staff; a repeated request also to whoever left what is asked about.
    Kind.REMOVAL_ASKED: LetterKind(priority=INVITING, leaves_when_frozen=True, links_to_contribution=True),
    # To hosts and organizers ------------------------------------------------------------------------------------------
    Kind.HOST_ANSWERS: LetterKind(priority=TELLING_HOSTS, until=for_days(1)),
    Kind.HOST_FULL: LetterKind(priority=TELLING_HOSTS, until=START),
    Kind.HOST_BOUNCED: LetterKind(priority=TELLING_HOSTS, until=START, leaves_when_canceled=True),
    Kind.COHOST_ADDED: LetterKind(priority=INVITING, until=for_days(7)),
    Kind.ORGANIZER_ADDED: LetterKind(priority=INVITING, until=for_days(7), is_about_a_meetup=False),
    Kind.ORGANIZER_ROLE: LetterKind(priority=TELLING_HOSTS, until=for_days(7), is_about_a_meetup=False),
    Kind.ORGANIZER_WORDS: LetterKind(priority=TELLING_HOSTS, until=for_days(3), is_of_a_campaign=True),
    Kind.INTERVENED: LetterKind(
        priority=URGENT,
        leaves_when_canceled=True,
        leaves_when_frozen=True,
        leaves_at_night=True,
        may_be_unsubscribed=False,
        overrides_suppression=True,
    ),
    Kind.FREEZE_ANSWERED: LetterKind(
        priority=INVITING, until=for_days(7), leaves_when_canceled=True, leaves_when_frozen=True, may_be_unsubscribed=False
    ),
    Kind.CAMPAIGN_LETTER: LetterKind(priority=LOOKING_BACK, until=for_days(3), is_about_a_meetup=False, is_of_a_campaign=True),
    Kind.ORGANIZER_NEWS: LetterKind(priority=MUCH_LATER, until=for_days(2), is_about_a_meetup=False, is_of_a_campaign=True),
    # Between guest and host -------------------------------------------------------------------------------------------
    Kind.GUEST_WORDS: LetterKind(priority=INVITING, leaves_when_canceled=True),
    Kind.HOST_WORDS: LetterKind(priority=INVITING, leaves_when_canceled=True),
    # Forked conversations ---------------------------------------------------------------------------------------------
    Kind.HOLD_STARTED: LetterKind(priority=INVITING, until=for_days(3), is_about_a_meetup=False),
    Kind.HELD_ON: LetterKind(priority=TELLING_HOSTS, needs_public_recap=True),
    # To a guest who said that they could host: at most three, which their "not now" ends for good.
    Kind.COULD_HOST: LetterKind(priority=MUCH_LATER, until=for_days(4), is_automatic=True, waits_its_turn=True),
    # To an address that was typed at the ask in the room: one letter, which proves it; to a guest who is known, three as above.
    Kind.ROOM_ASK: LetterKind(
        priority=MUCH_LATER, until=for_days(4), is_automatic=True, waits_its_turn=True, goes_to_unproven=True
    ),
    # To two who both ticked, one each; it is due outside the quiet hours of the table that one of them sat at.
    Kind.PAIRED: LetterKind(priority=INVITING, until=for_days(7), is_about_a_meetup=False),
    Kind.LED_TO: LetterKind(
        priority=MUCH_LATER, audience=Segment.HOST, is_automatic=True, waits_its_turn=True, needs_public_recap=True
    ),
}


def kind_of(letter: Delivery | Mailing) -> LetterKind:
    """Return the rules of a delivery's or a mailing's kind."""
    return KINDS[letter.kind]


def kinds_where(is_meant: Callable[[LetterKind], bool], among: Iterable[str] = KINDS) -> list[str]:
    """Return the kinds with a property, for a query: `kinds_where(lambda kind: kind.is_reminder)`."""
    return [name for name in among if is_meant(KINDS[name])]


def audience_of(kind: str) -> Segment:
    """Return whom a planned letter of this kind goes to. Raises LookupError for a kind that is not planned."""
    audience = KINDS[kind].audience
    if audience is None:
        raise LookupError(f"{kind} goes to nobody by itself")
    return audience


def latest_useful(kind: str, due_at: datetime, meetup: Meetup | None) -> datetime:
    """Return until when a letter of this kind is worth sending: its `not_after` where the caller has no better one."""
    return KINDS[kind].until.moment(meetup, due_at)


RECAP_LETTERS = kinds_where(lambda kind: kind.is_recap)
