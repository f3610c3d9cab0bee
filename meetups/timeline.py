"""The letters of a meetup as its host sees them: what goes when to whom, what it will say, what became of it. Reads only."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meetups import clock, when
from meetups.emails import Letter, sender_line, show_letter
from meetups.exceptions import MeetupError
from meetups.models import Delivery, Guest, Mailing, Meetup
from meetups.relaywords import plain_words
from meetups.services.mailing import count_segments, letters_to_come

Kind, Segment, State = Mailing.Kind, Mailing.Segment, Delivery.State
MOST_FAILURES = 200


@dataclass(frozen=True)
class Failure:
    """One guest whom a letter did not reach, and why in a sentence."""

    guest: Guest
    why: str


@dataclass(frozen=True)
class Fate:
    """What became of the copies of a letter."""

    counts: Counter
    failures: list[Failure] = field(default_factory=list)

    @property
    def num_all(self) -> int:
        return sum(self.counts.values())

    @property
    def num_gone(self) -> int:
        return self.counts[State.SENT] + self.counts[State.UNKNOWN]

    @property
    def num_waiting(self) -> int:
        return self.counts[State.QUEUED] + self.counts[State.WAITING] + self.counts[State.SENDING]

    @property
    def num_failed(self) -> int:
        return self.counts[State.FAILED]

    @property
    def words(self) -> list[str]:
        """Return in words how many copies are where; nothing for what there is none of."""
        counts = self.counts
        said = [
            (counts[State.SENT], ngettext("%(n)d gone", "%(n)d gone", counts[State.SENT])),
            (self.num_waiting, ngettext("%(n)d waits", "%(n)d wait", self.num_waiting)),
            (counts[State.FAILED], ngettext("%(n)d did not arrive", "%(n)d did not arrive", counts[State.FAILED])),
            (counts[State.UNKNOWN], ngettext("%(n)d may have arrived", "%(n)d may have arrived", counts[State.UNKNOWN])),
            (counts[State.EXPIRED], ngettext("%(n)d came too late to go", "%(n)d came too late to go", counts[State.EXPIRED])),
            (
                counts[State.WITHDRAWN],
                ngettext("%(n)d not wanted any more", "%(n)d not wanted any more", counts[State.WITHDRAWN]),
            ),
        ]
        return [words % {"n": n} for n, words in said if n]


@dataclass(frozen=True)
class Line:
    """One letter on the timeline, in words."""

    mailing: Mailing
    title: str
    iso: str
    when: str
    to: str
    state: str
    css: str
    fate: Fate
    num_today: int = 0


def letter_title(mailing: Mailing) -> str:
    """Return what a host calls this letter: its kind, or the subject of one of their own."""
    return mailing.subject if mailing.is_own and mailing.subject else mailing.get_kind_display()


def lines_of(meetup: Meetup) -> list[Line]:
    """Return every letter of a meetup in its order, those switched off included. Four queries, however many there are."""
    if meetup.is_draft:
        planned = letters_to_come(meetup) if meetup.starts_at else []
        return [_line(meetup, mailing, Counter({Segment.HOST.value: 1}), Fate(Counter())) for mailing in planned]
    counts, fates = count_segments(meetup), fates_of(meetup)
    lines, next_is_marked = [], False
    for mailing in meetup.mailings.order_by("due_at", "pk"):
        mailing.meetup = meetup
        line = _line(meetup, mailing, counts, fates.get(mailing.pk, Fate(Counter())), is_next=not next_is_marked)
        next_is_marked = next_is_marked or line.css == "is-next"
        lines.append(line)
    return lines


def line_of(mailing: Mailing) -> Line:
    """Return one letter as it stands on the timeline."""
    meetup = mailing.meetup
    return _line(meetup, mailing, count_segments(meetup), fates_of(meetup, mailing).get(mailing.pk, Fate(Counter())))


def fates_of(meetup: Meetup, mailing: Mailing | None = None) -> dict[int, Fate]:
    """Return, by mailing, what became of its copies. Two queries."""
    rows = Delivery.objects.filter(meetup=meetup, mailing__isnull=False)
    return _fates(rows.filter(mailing=mailing) if mailing else rows, by="mailing_id")


def fates_of_others(meetup: Meetup) -> list[tuple[str, Fate]]:
    """Return what became of the letters to guests that no plan made: invitations, confirmations and the like. Two queries."""
    rows = Delivery.objects.filter(meetup=meetup, mailing=None, guest__isnull=False)
    names = dict(Delivery.Kind.choices)
    return [(names[kind], fate) for kind, fate in sorted(_fates(rows, by="kind").items())]


def _fates(rows, *, by: str) -> dict:
    counts: dict = defaultdict(Counter)
    for key, state, n in rows.order_by().values_list(by, "state").annotate(n=Count("pk")):
        counts[key][state] = n
    failures: dict = defaultdict(list)
    failed = rows.filter(state=State.FAILED, guest__isnull=False, guest__removed_at=None).select_related("guest", "meetup")
    for row in failed.order_by("finished_at", "pk")[:MOST_FAILURES]:
        failures[getattr(row, by)].append(Failure(row.guest, plain_words(row.last_code, row.last_words)))
    return {key: Fate(counts[key], failures[key]) for key in counts}


def _line(meetup: Meetup, mailing: Mailing, counts: dict[str, int], fate: Fate, *, is_next: bool = True) -> Line:
    state, css = _state_of(meetup, mailing)
    if css == "" and is_next and meetup.is_published:
        css = "is-next"
    moment = f"{when.day_words(mailing.due_at, meetup.zone)}, {when.clock_words(mailing.due_at, meetup.zone)}"
    if mailing.kind == Kind.INVITATION_AGAIN:
        moment = _("72 hours after each invitation")
    elif mailing.is_draft:
        moment = _("when you send it")
    num_today = counts.get(mailing.segment, 0)
    return Line(
        mailing=mailing,
        title=letter_title(mailing),
        iso=mailing.due_at.isoformat(),
        when=moment,
        to=_to_whom(meetup, mailing, num_today),
        state=state,
        css=css,
        fate=fate,
        num_today=num_today,
    )


def _state_of(meetup: Meetup, mailing: Mailing) -> tuple[str, str]:
    """Return the state of a letter in a word or two, and its class."""
    is_again = mailing.kind == Kind.INVITATION_AGAIN
    if mailing.is_gone and not is_again:
        if mailing.is_off:
            return _("taken back"), "is-off"
        return (_("gone") if mailing.num_owed else _("not sent")), "is-done"
    if meetup.is_canceled:
        return _("does not go: the evening is canceled"), "is-off"
    if mailing.is_draft:
        return _("not sent yet"), "is-off"
    if mailing.is_off:
        return _("switched off"), "is-off"
    if is_again:
        return "", "is-done"
    return (_("changed by you") if mailing.is_changed and not mailing.is_own else ""), ""


def _to_whom(meetup: Meetup, mailing: Mailing, num_today: int) -> str:
    if mailing.is_to_host:
        return _("to you")
    who = mailing.get_segment_display()
    if mailing.is_gone or meetup.is_draft or meetup.is_canceled:
        return _("to: %(who)s") % {"who": who}
    return _("to: %(who)s; today that is %(n)d") % {"who": who, "n": num_today}


# What it will say ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Preview:
    """A letter as an invented reader would get it; without a letter, why it cannot be shown yet."""

    letter: Letter | None
    sender: str = ""
    to: str = ""
    trouble: str = ""


# What the invented reader said, where the letter depends on it.
SAID = {
    Segment.UNDECIDED: Guest.Rsvp.INVITED,
    Segment.NO_ANSWER: Guest.Rsvp.INVITED,
    Segment.MAYBE: Guest.Rsvp.MAYBE,
    Segment.WAITING: Guest.Rsvp.WAITING,
    Segment.DECLINED: Guest.Rsvp.NO,
}


def preview_of(mailing: Mailing) -> Preview:
    """Return a letter as it will be read, by an invented guest whose links open nothing. Writes nothing."""
    meetup = mailing.meetup
    due_at = max(mailing.due_at, clock.now())
    delivery = Delivery(kind=mailing.kind, meetup=meetup, mailing=mailing, due_at=due_at)
    if mailing.is_to_host:
        delivery.user, to = meetup.host, _("you")
    else:
        name = _("Maria")
        said = SAID.get(mailing.segment, Guest.Rsvp.YES)
        delivery.guest = Guest(meetup=meetup, name=name, email="maria@example.org", rsvp=said)
        delivery.context = {"promise": _("Ask my neighbors to the next one.")}
        to = _("%(name)s, who is invented") % {"name": name}
    try:
        letter = show_letter(delivery)
    except MeetupError as said_no:
        return Preview(None, trouble=str(said_no))
    return Preview(letter, sender=sender_line(letter.sender), to=to)
