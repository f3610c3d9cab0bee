"""What became of letters: the one function that pages and messages of a host ask before they say so (R126). Only reads.

A letter is gone when the relay took it (SENT), and in no other state. It is late from its `due_at` on, as long as it is wanted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meetups.models import Delivery, Guest, Meetup
from meetups.models.delivery import DeliveryQuerySet
from meetups.outbox.failure_text import is_vague, plain_words, words_of_relay
from meetups.outbox.letter_kinds import kinds_where
from meetups.times import clock, wall_time
from meetups.times import words as when

State = Delivery.State
OPEN = [State.QUEUED, State.SENDING, State.WAITING]
# Can be sent again by hand, while they are of use.
RETRIABLE = [State.FAILED, State.UNKNOWN]
# The links of an address concern no host, and who answered the ask in the room is not told to one.
NOT_FOR_HOSTS = [Delivery.Kind.MY_MEETUPS, Delivery.Kind.ROOM_ASK]
# A due letter that has not left after so long is shown as stuck; /healthz is red after the same time.
MAY_BE_LATE = timedelta(minutes=10)
MOST_REASONS = 3


@dataclass(frozen=True)
class Group:
    """Letters in one state for one reason. `late_since`: when the oldest became due, of those that are due and still wanted."""

    state: str
    code: int | None = None
    words: str = ""
    number: int = 1
    num_retriable: int = 0
    late_since: datetime | None = None
    next_try_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True)
class Fate:
    """What became of one letter or of many: how many are in which state, and why some are not gone."""

    groups: tuple[Group, ...] = ()
    zone: str = "UTC"

    def number(self, *states: str) -> int:
        return sum(group.number for group in self.groups if group.state in states)

    @property
    def num_all(self) -> int:
        return self.number(*State)

    @property
    def num_gone(self) -> int:
        return self.number(State.SENT)

    @property
    def num_pending(self) -> int:
        return self.number(*OPEN)

    @property
    def num_missed(self) -> int:
        """Return how many are wanted and will not arrive by themselves, or may not have arrived."""
        return self.number(State.FAILED, State.UNKNOWN, State.EXPIRED)

    @property
    def num_retriable(self) -> int:
        return sum(group.num_retriable for group in self.groups)

    @property
    def are_all_gone(self) -> bool:
        """Tell whether every letter that is still wanted has left; False where there is none."""
        return self.num_gone > 0 and self.num_gone + self.number(State.WITHDRAWN) == self.num_all

    @property
    def stuck(self) -> tuple[Group, ...]:
        """Return what is due and does not leave: a try failed, or it has been due for more than ten minutes."""
        now = clock.now()
        due = (group for group in self.groups if group.state in OPEN and group.late_since is not None)
        return tuple(
            group
            for group in due
            if group.late_since is not None and (group.state == State.WAITING or now - group.late_since > MAY_BE_LATE)
        )

    @property
    def num_stuck(self) -> int:
        return sum(group.number for group in self.stuck)

    @property
    def in_a_word(self) -> str:
        """Return the state of the whole in a word or two."""
        if self.are_all_gone:
            return _("gone")
        if self.num_pending:
            return _("not all gone yet") if self.num_gone else _("not gone yet")
        if self.num_gone:
            return _("not all arrived") if self.num_missed else _("gone")
        return _("may have arrived") if self.number(State.UNKNOWN) else _("not sent")

    @property
    def words(self) -> list[str]:
        """Return in words how many letters are in which state, without states that have none."""
        pending = self.num_pending
        sent, failed, unknown = (self.number(state) for state in (State.SENT, State.FAILED, State.UNKNOWN))
        expired, withdrawn = self.number(State.EXPIRED), self.number(State.WITHDRAWN)
        said = [
            (sent, ngettext("%(n)d gone", "%(n)d gone", sent)),
            (pending, ngettext("%(n)d waits", "%(n)d wait", pending)),
            (failed, ngettext("%(n)d did not arrive", "%(n)d did not arrive", failed)),
            (unknown, ngettext("%(n)d may have arrived", "%(n)d may have arrived", unknown)),
            (expired, ngettext("%(n)d came too late to go", "%(n)d came too late to go", expired)),
            (withdrawn, ngettext("%(n)d not wanted any more", "%(n)d not wanted any more", withdrawn)),
        ]
        return [words % {"n": n} for n, words in said if n]

    @property
    def reasons(self) -> list[str]:
        """Return why letters wait that were tried, or are late: the words of the relay, and when the next try is."""
        number_of, stuck = Counter[str](), self.stuck
        for group in self.groups:
            if group.state == State.WAITING or group in stuck:
                number_of[why_it_waits(group.code, group.words)] += group.number
        reasons = [reason for reason, _number in number_of.most_common(MOST_REASONS) if reason]
        late_since = min((group.late_since for group in stuck if group.late_since), default=None)
        if late_since is not None and not reasons:
            reasons.append(_("This is late (due: %(moment)s).") % {"moment": moment_words(late_since, self.zone)})
        tried_again = (group.next_try_at for group in self.groups if group.state == State.WAITING)
        next_try_at = min((moment for moment in tried_again if moment is not None), default=None)
        if next_try_at is not None:
            moment = moment_words(max(next_try_at, clock.now()), self.zone)
            reasons.append(_("The next try comes by itself (%(moment)s).") % {"moment": moment})
        return reasons

    @property
    def of_one(self) -> str:
        """Return what became of one letter, in a sentence."""
        if not self.groups:
            return ""
        group = self.groups[0]
        moment = {"moment": moment_words(group.finished_at, self.zone) if group.finished_at else ""}
        if group.state == State.SENT:
            return _("Gone: the mail server took it (%(moment)s).") % moment
        if group.state == State.FAILED:
            return _("It did not arrive.") + " " + why_it_failed(group.code, group.words)
        if group.state == State.UNKNOWN:
            return _("It may have arrived: the connection broke at the last moment. Another try may bring a second copy.")
        if group.state == State.EXPIRED:
            return " ".join(filter(None, [_("It came too late to go."), why_it_waits(group.code, group.words)]))
        if group.state == State.WITHDRAWN:
            return _("It is not wanted any more, so it does not go.")
        if self.reasons:
            return " ".join([_("It waits."), *self.reasons])
        if group.next_try_at is not None and group.next_try_at > clock.now():
            return _("It leaves later (%(moment)s).") % {"moment": moment_words(group.next_try_at, self.zone)}
        return _("It is due now.")


def moment_words(moment: datetime, zone: str) -> str:
    """Return the time on the clock of a zone, with the day where it is not today."""
    is_today = wall_time.local_date(moment, zone) == wall_time.local_date(clock.now(), zone)
    clock_time = when.clock_words(moment, zone)
    return clock_time if is_today else f"{when.day_words(moment, zone)}, {clock_time}"


def why_it_waits(code: int | None, words: str) -> str:
    """Return why a letter is tried again: the words of the relay, or our own in the language of the reader."""
    said = words_of_relay(code, words)
    if said:
        return _("The mail server says: “%(words)s”.") % {"words": said}
    if not words or code is not None:
        return ""
    return _(words) if words.endswith(".") else _("Our mail server does not answer.")


def why_it_failed(code: int | None, words: str) -> str:
    """Return why a letter did not arrive, in plain words, and in those of the relay where ours say little."""
    plain, said = plain_words(code, words), words_of_relay(code, words)
    if not said or not is_vague(code, words):
        return plain
    return plain + " " + _("The mail server says: “%(words)s”.") % {"words": said}


# Asking the outbox ---------------------------------------------------------------------------------------------------


def fates_by(rows: DeliveryQuerySet, *fields: str, zone: str) -> dict[tuple[Any, ...], Fate]:
    """Return what became of the letters of the queryset, by the values of these fields. One aggregated query."""
    now = clock.now()
    is_wanted_now = Q(state__in=OPEN, due_at__lte=now, not_after__gte=now)
    found: dict[tuple[Any, ...], list[Group]] = defaultdict(list)
    counted = (
        rows.order_by()
        .values_list(*fields, "state", "last_code", "last_words")
        .annotate(
            number=Count("pk"),
            num_retriable=Count("pk", filter=Q(state__in=RETRIABLE, not_after__gt=now)),
            late_since=Min("due_at", filter=is_wanted_now),
            first_try_at=Min("next_try_at", filter=Q(state__in=OPEN)),
            last_finished_at=Max("finished_at"),
        )
    )
    for row in counted:
        found[row[: len(fields)]].append(Group(*row[len(fields) :]))
    return {key: Fate(tuple(groups), zone) for key, groups in found.items()}


def fate_of(rows: DeliveryQuerySet, *, zone: str) -> Fate:
    """Return what became of all letters of the queryset together. One aggregated query."""
    return fates_by(rows, zone=zone).get((), Fate(zone=zone))


def together(fates: Iterable[Fate], *, zone: str) -> Fate:
    """Return several fates as one."""
    return Fate(tuple(group for fate in fates for group in fate.groups), zone)


def fate_of_letter(row: Delivery, *, zone: str) -> Fate:
    """Return what became of one letter. No query."""
    now = clock.now()
    is_late = row.state in OPEN and row.due_at <= now <= row.not_after
    group = Group(
        state=row.state,
        code=row.last_code,
        words=row.last_words,
        num_retriable=int(row.state in RETRIABLE and row.not_after > now),
        late_since=row.due_at if is_late else None,
        next_try_at=row.next_try_at if row.state in OPEN else None,
        finished_at=row.finished_at,
    )
    return Fate((group,), zone)


def fates_of_meetup(meetup: Meetup) -> dict[tuple[int | None, str], Fate]:
    """Return what became of a meetup's letters, by mailing (None for letters without one) and kind. One aggregated query."""
    return fates_by(Delivery.objects.filter(meetup=meetup), "mailing_id", "kind", zone=meetup.zone)


def letters_that_missed(meetup: Meetup, guests: Sequence[Guest]) -> dict[int, Delivery]:
    """Return, by guest of these, the last letter that did not arrive, may not have, came too late, or is due and does not leave.

    Not of guests to whom a later letter is gone. Letters that give way to another of the same day may come too late without
    anybody missing them, so they are left out. One query.
    """
    now = clock.now()
    later = Delivery.objects.filter(guest=OuterRef("guest"), state=State.SENT, finished_at__gt=OuterRef("finished_at"))
    is_stuck = Q(state=State.WAITING, due_at__lte=now) | Q(state__in=OPEN, due_at__lt=now - MAY_BE_LATE)
    gave_way = Q(state=State.EXPIRED, kind__in=kinds_where(lambda kind: kind.waits_its_turn))
    missed = Q(state__in=[State.FAILED, State.UNKNOWN, State.EXPIRED]) & ~gave_way & ~Exists(later)
    rows = Delivery.objects.filter(meetup=meetup, guest__in=guests).filter(is_stuck | missed).exclude(kind__in=NOT_FOR_HOSTS)
    return {row.guest_id: row for row in rows.order_by("due_at", "pk") if row.guest_id is not None}


def letters_to(guest: Guest, *, most: int = 30) -> list[Delivery]:
    """Return the letters to a guest that the host may know of, the newest first. One query.

    Left out: those of NOT_FOR_HOSTS.
    """
    rows = Delivery.objects.filter(guest=guest).exclude(kind__in=NOT_FOR_HOSTS)
    return list(rows.order_by("-due_at", "-pk")[:most])
