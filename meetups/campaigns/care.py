"""Which evenings of a campaign need a hand today, why, and what an organizer can do about each: nothing here stops a host."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import BooleanField, Case, Count, Exists, F, OuterRef, Q, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hosts.models import Campaign, User
from meetups.access.address_hash import hash_address
from meetups.campaigns.figures import campaign_meetups
from meetups.exceptions import MeetupError
from meetups.models import CareNote, Debrief, Delivery, Descent, Meetup, Suppression
from meetups.models.meetup import GUEST_COUNTS, MeetupQuerySet
from meetups.outbox.free_text import check_words
from meetups.outbox.queue import enqueue, withdraw_deliveries
from meetups.times import clock

MOST_SHOWN = 100
PUT_OFF = timedelta(days=3)
# A host who got a letter is left in peace for so long; the reason comes back if it still holds.
LEFT_IN_PEACE = timedelta(days=7)
# For so long an organizer can take a letter back.
TAKE_BACK = timedelta(minutes=5)
State = CareNote.State


@dataclass(frozen=True)
class Need:
    """One evening that needs a hand: the reason, in words to the organizer, and words to its host to begin from."""

    meetup: Meetup
    reason: str

    @property
    def why(self) -> str:
        """Return in one sentence why this evening needs a hand."""
        meetup = self.meetup
        sentences = {
            "bounced": lambda: (
                ngettext(
                    "Emails to %(n)d guest do not arrive.", "Emails to %(n)d guests do not arrive.", _of(meetup, "num_bounced")
                )
                % {"n": _of(meetup, "num_bounced")}
            ),
            "few_yes": lambda: (
                _("It is near, and %(yes)d of %(seats)d seats are taken.") % {"yes": meetup.num_yes, "seats": meetup.seats}
            ),
            "silent": lambda: _("Nobody has been invited yet."),
            "long_line": lambda: (
                ngettext(
                    "It is full, and %(n)d person waits for a seat.",
                    "It is full, and %(n)d people wait for a seat.",
                    meetup.num_waiting,
                )
                % {"n": meetup.num_waiting}
            ),
            "first_time": lambda: _("It is this host's first evening."),
            "no_debrief": lambda: _("It was held, and the host has not said how it went."),
            "no_recap": lambda: _("The host said how it went, and there is no recap yet."),
            "could_host": lambda: (
                ngettext(
                    "%(n)d guest said “I could host”, and nobody has begun.",
                    "%(n)d guests said “I could host”, and nobody has begun.",
                    _of(meetup, "num_could_host"),
                )
                % {"n": _of(meetup, "num_could_host")}
            ),
        }
        return str(sentences[self.reason]())

    @property
    def words(self) -> str:
        """Return words to the host to begin from. The organizer reads and changes them before anything is sent."""
        sentences = {
            "bounced": _("Emails to some of your guests do not arrive. Could you check their addresses on the guest list?"),
            "few_yes": _("Your evening is near. Calling those who have not answered helps more than any email. Can I help?"),
            "silent": _("Your evening is published, and nobody is invited yet. Do you want to think of names together?"),
            "long_line": _("Your table is full, and people wait. Would you add a chair, or may somebody in line host another?"),
            "first_time": _("It is your first evening. If anything is unclear, ask me: I am glad that you open your door."),
            "no_debrief": _("How was your evening? A few words on the page of your evening are enough."),
            "no_recap": _("Thank you for telling how it went. Will you publish a recap, so that others read of it?"),
            "could_host": _("Some of your guests said that they could host. A word from you would help them begin."),
        }
        return sentences[self.reason]


REASONS = ("bounced", "few_yes", "silent", "long_line", "no_debrief", "no_recap", "could_host", "first_time")


def _of(meetup: Meetup, name: str) -> int:
    return int(getattr(meetup, name))


def _with_facts(meetups: MeetupQuerySet) -> MeetupQuerySet:
    """Annotate what the reasons ask."""
    earlier = Meetup.objects.order_by().published().filter(host=OuterRef("host"), ends_at__lt=OuterRef("starts_at"))
    is_undeliverable = GUEST_COUNTS & Q(guests__undeliverable_at__isnull=False)
    return meetups.annotate(
        **{
            "num_bounced": Count("guests", filter=is_undeliverable),
            "num_could_host": Count("guests", filter=GUEST_COUNTS & Q(guests__could_host=True)),
            "has_debrief": Exists(Debrief.objects.filter(meetup=OuterRef("pk"))),
            "led_on": Exists(Descent.objects.filter(parent=OuterRef("pk"))),
            "is_first": ~Exists(earlier),
            "was_written_to": Exists(CareNote.objects.filter(meetup=OuterRef("pk"), state=State.WROTE)),
        }
    )


def _conditions() -> dict[str, Q]:
    """Return when each reason holds."""
    now = clock.now()
    upcoming, days = Q(starts_at__gt=now), timedelta(days=1)

    def ended(least: int, most: int) -> Q:
        return Q(ends_at__lt=now - least * days, ends_at__gt=now - most * days)

    conditions = {
        "bounced": upcoming & Q(num_bounced__gte=2),
        "few_yes": upcoming & Q(starts_at__lt=now + 5 * days, num_invited__gt=0, seats__gt=F("num_yes") * 2),
        "silent": upcoming & Q(num_invited=0, published_at__lt=now - 2 * days),
        "long_line": upcoming & Q(num_taken__gte=F("seats"), num_waiting__gte=3),
        "no_debrief": ended(3, 30) & Q(has_debrief=False, has_recap=False),
        "no_recap": ended(7, 45) & Q(has_debrief=True, has_recap=False),
        "could_host": ended(7, 60) & Q(num_could_host__gt=0, led_on=False),
        # Whoever had a word from an organizer about this evening has been welcomed by it.
        "first_time": upcoming & Q(is_first=True, was_written_to=False),
    }
    return {reason: conditions[reason] & ~_is_cared_for(reason) for reason in REASONS}


def _is_cared_for(reason: str) -> Q:
    """Match evenings about which somebody did something for this reason that still stands."""
    stands = Q(until=None) | Q(until__gt=clock.now())
    return Q(Exists(CareNote.objects.filter(stands, meetup=OuterRef("pk"), reason=reason)))


def find_needs(campaign: Campaign) -> list[Need]:
    """Return the evenings that need a hand, each once, for its most urgent reason, the soonest first. One query."""
    conditions = _conditions()
    meetups = _with_facts(campaign_meetups(campaign))
    reason = Case(*[When(condition, then=Value(name)) for name, condition in conditions.items()], default=Value(""))
    needing = meetups.annotate(**{"reason": reason}).exclude(**{"reason": ""})
    is_over = Case(When(ends_at__lte=clock.now(), then=True), default=False, output_field=BooleanField())
    rows = needing.order_by(is_over, "starts_at", "pk")[:MOST_SHOWN]
    return [Need(meetup, str(vars(meetup)["reason"])) for meetup in rows]


def find_need(campaign: Campaign, *, code: str, reason: str) -> Need | None:
    """Return the need of one evening of a campaign, whether it still holds or not; None for an unknown evening or reason."""
    meetup = _with_facts(campaign_meetups(campaign)).filter(code=code).first()
    return Need(meetup, reason) if meetup is not None and reason in REASONS else None


def recent_notes(campaign: Campaign) -> list[CareNote]:
    """Return what organizers did last, the latest first. One query."""
    notes = CareNote.objects.filter(meetup__campaign=campaign).select_related("meetup__host", "by", "delivery")
    return list(notes.order_by("-at", "-pk")[:20])


def _note(need: Need, state: str, by: User, *, until: timedelta | None, delivery: Delivery | None = None) -> CareNote:
    now = clock.now()
    facts = {"state": state, "by": by, "at": now, "until": now + until if until else None, "delivery": delivery}
    return CareNote.objects.update_or_create(meetup=need.meetup, reason=need.reason, defaults=facts)[0]


def put_off(need: Need, *, by: User) -> CareNote:
    """Let the need come back in three days, if it still holds. A second call counts from now."""
    return _note(need, State.LATER, by, until=PUT_OFF)


def call_done(need: Need, *, by: User) -> CareNote:
    """Take the need off the list for good. A second call changes who did it and when."""
    return _note(need, State.DONE, by, until=None)


@transaction.atomic
def write_to_host(campaign: Campaign, need: Need, *, words: str, by: User) -> CareNote:
    """Owe the host a letter in the organizer's name, due in five minutes, until when it can be taken back.

    Raises MeetupError when the host wants no such letters, when an organizer wrote about this evening within a day, and for
    words that a new account may not send yet. A second call within the day raises, so that a second press writes nothing.
    """
    meetup = Meetup.objects.select_for_update().get(pk=need.meetup.pk)
    if Suppression.objects.for_meetup(meetup).filter(address_hash=hash_address(meetup.host.email)).exists():
        raise MeetupError(_("This host does not want emails from us, so nothing is sent."))
    check_words(by, words=words)
    now = clock.now()
    lately = Delivery.objects.filter(kind=Delivery.Kind.ORGANIZER_WORDS, meetup=meetup, due_at__gt=now - timedelta(days=1))
    if lately.exclude(state=Delivery.State.WITHDRAWN).exists():
        raise MeetupError(_("An organizer wrote to this host within a day. Please wait until tomorrow."))
    delivery = enqueue(
        Delivery.Kind.ORGANIZER_WORDS,
        key=f"{meetup.pk}:{now.timestamp():.6f}",
        user=meetup.host,
        meetup=meetup,
        due_at=now + TAKE_BACK,
        context={"words": words, "by": by.pk, "campaign": campaign.pk},
    )
    return _note(need, State.WROTE, by, until=LEFT_IN_PEACE, delivery=delivery)


@transaction.atomic
def take_back(note: CareNote) -> bool:
    """Undo a note, and withdraw its letter; return whether it could be: a letter that has left stays sent. Safe to repeat."""
    if note.delivery is not None and note.delivery.state != Delivery.State.WITHDRAWN:
        if not withdraw_deliveries(Delivery.objects.filter(pk=note.delivery.pk)):
            return False
    note.delete()
    return True
