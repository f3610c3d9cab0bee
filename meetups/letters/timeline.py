"""The letters of a meetup as its host sees them: when each is sent to whom, a preview, and what became of it. Reads only."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError
from meetups.letters import Letter, sender_line, show_letter
from meetups.models import Delivery, Guest, Mailing, Meetup
from meetups.models.delivery import DeliveryQuerySet
from meetups.outbox.fate import Fate, fate_of, fate_of_letter, fates_by, why_it_failed
from meetups.outbox.letter_kinds import kind_of
from meetups.outbox.plan import letters_to_come
from meetups.outbox.segments import SEGMENTS, count_segments
from meetups.times import clock
from meetups.times import words as when

Kind, Segment, State = Mailing.Kind, Mailing.Segment, Delivery.State
MOST_FAILURES = 200


@dataclass(frozen=True)
class Failure:
    """One guest whom a letter did not reach, or may not have reached, and why in a sentence."""

    guest: Guest
    why: str


@dataclass(frozen=True)
class Line:
    """One letter on the timeline, as text."""

    mailing: Mailing
    title: str
    iso: str
    when: str
    to: str
    state: str
    css: str
    fate: Fate
    failures: list[Failure]
    num_today: int = 0


def letter_title(mailing: Mailing) -> str:
    """Return what a host calls this letter: its kind, or the subject of one of their own."""
    return mailing.subject if mailing.is_own and mailing.subject else mailing.get_kind_display()


def lines_of(meetup: Meetup) -> list[Line]:
    """Return every letter of a meetup in order, those switched off included. Four queries, however many there are."""
    if meetup.is_draft:
        planned = letters_to_come(meetup) if meetup.starts_at else []
        return [_line(meetup, mailing, Counter({Segment.HOST.value: 1}), Fate(), []) for mailing in planned]
    rows = Delivery.objects.filter(meetup=meetup, mailing__isnull=False)
    counts, fates, failures = (
        count_segments(meetup),
        fates_by(rows, "mailing_id", zone=meetup.zone),
        failures_by(rows, "mailing_id"),
    )
    lines, next_is_marked = [], False
    for mailing in meetup.mailings.order_by("due_at", "pk"):
        mailing.meetup = meetup
        fate = fates.get((mailing.pk,), Fate(zone=meetup.zone))
        line = _line(meetup, mailing, counts, fate, failures[mailing.pk], is_next=not next_is_marked)
        next_is_marked = next_is_marked or line.css == "is-next"
        lines.append(line)
    return lines


def line_of(mailing: Mailing) -> Line:
    """Return one letter as it is shown on the timeline."""
    meetup = mailing.meetup
    rows = Delivery.objects.filter(meetup=meetup, mailing=mailing)
    failures = failures_by(rows, "mailing_id")[mailing.pk]
    return _line(meetup, mailing, count_segments(meetup), fate_of(rows, zone=meetup.zone), failures)


@dataclass(frozen=True)
class OtherLetters:
    """The letters of one kind that no mailing planned, and what became of them."""

    kind: str
    title: str
    fate: Fate
    failures: list[Failure]


def other_letters(meetup: Meetup) -> list[OtherLetters]:
    """Return what became of the letters to guests without a mailing: invitations, confirmations and so on. Two queries."""
    rows = Delivery.objects.filter(meetup=meetup, mailing=None, guest__isnull=False)
    fates, failures = fates_by(rows, "kind", zone=meetup.zone), failures_by(rows, "kind")
    return [OtherLetters(kind, str(Delivery.Kind(kind).label), fate, failures[kind]) for (kind,), fate in sorted(fates.items())]


def failures_by(rows: DeliveryQuerySet, name: str) -> defaultdict[Any, list[Failure]]:
    """Return, by the value of a field, to whom the letters of the queryset did not come, or may not have. One query."""
    missed = rows.filter(state__in=[State.FAILED, State.UNKNOWN, State.EXPIRED], guest__isnull=False, guest__removed_at=None)
    failures: defaultdict[Any, list[Failure]] = defaultdict(list)
    for row in missed.select_related("guest", "meetup").order_by("finished_at", "pk")[:MOST_FAILURES]:
        if row.guest is not None:
            failures[getattr(row, name)].append(Failure(row.guest, why_missed(row)))
    return failures


def why_missed(row: Delivery) -> str:
    """Return why a letter did not arrive; of a failed one the reason alone, because the line above says that it failed."""
    if row.state == State.FAILED:
        return why_it_failed(row.last_code, row.last_words)
    return fate_of_letter(row, zone=row.meetup.zone if row.meetup else "UTC").of_one


def _line(
    meetup: Meetup, mailing: Mailing, counts: dict[str, int], fate: Fate, failures: list[Failure], *, is_next: bool = True
) -> Line:
    state, css = _state_of(meetup, mailing, fate)
    if css == "" and is_next and meetup.is_published:
        css = "is-next"
    moment = f"{when.day_words(mailing.due_at, meetup.zone)}, {when.clock_words(mailing.due_at, meetup.zone)}"
    if kind_of(mailing).is_one_by_one:
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
        failures=failures,
        num_today=num_today,
    )


def _state_of(meetup: Meetup, mailing: Mailing, fate: Fate) -> tuple[str, str]:
    """Return the state of a letter in a word or two, and its class."""
    is_again = kind_of(mailing).is_one_by_one
    if mailing.is_gone and not is_again:
        if mailing.is_off:
            return _("taken back"), "is-off"
        if not fate.groups and mailing.num_owed:
            # The rows of its copies are deleted after some weeks, and nothing says any more what became of them.
            return "", "is-done"
        return fate.in_a_word, "is-done"
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


# Previews -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Preview:
    """A letter as an invented reader would get it; or without a letter, why there is no preview yet."""

    letter: Letter | None
    sender: str = ""
    to: str = ""
    trouble: str = ""


def preview_of(mailing: Mailing) -> Preview:
    """Return a preview of a letter to an invented guest, whose links open nothing. Writes nothing."""
    meetup = mailing.meetup
    due_at = max(mailing.due_at, clock.now())
    delivery = Delivery(kind=mailing.kind, meetup=meetup, mailing=mailing, due_at=due_at)
    if mailing.is_to_host:
        delivery.user, to = meetup.host, _("you")
    else:
        name = _("Maria")
        said = SEGMENTS[mailing.segment].sample_answer
        delivery.guest = Guest(meetup=meetup, name=name, email="maria@example.org", rsvp=said)
        delivery.context = {"promise": _("Ask my neighbors to the next one.")}
        to = _("%(name)s, who is invented") % {"name": name}
    try:
        letter = show_letter(delivery)
    except MeetupError as said_no:
        return Preview(None, trouble=str(said_no))
    return Preview(letter, sender=sender_line(letter.sender), to=to)
