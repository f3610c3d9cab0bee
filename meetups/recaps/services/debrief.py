"""Acts of the host after the meetup: who came, and the debrief."""

from django.db import transaction
from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError
from meetups.models import Debrief, Delivery, Guest, Meetup, Recap
from meetups.outbox.letter_kinds import kinds_where
from meetups.outbox.queue import withdraw_deliveries
from meetups.recaps.services.revision import lock_recap, public_part, touch_recap
from meetups.text.clean import clean_line, cut
from meetups.times import clock

# The parts of a recap that are drafted from the debrief.
DEBRIEF_PARTS = ("agree", "differ", "still_open")


@transaction.atomic
def record_came(meetup: Meetup, came_ids: list[int], *, others: list[str] | None = None) -> None:
    """Record who came: ticked guests did, others with a yes did not, and of the rest it is not known.

    `others` are names of people who came without being on the list; each becomes a guest without an address, once. Ids of
    other meetups' guests are ignored. A second call replaces the first. Raises MeetupError before the start.
    """
    check_begun(meetup)
    before, now = public_part(meetup.pk), clock.now()
    guests = Guest.objects.counting().filter(meetup=meetup)
    guests.filter(pk__in=came_ids).update(attended=True, attended_at=now)
    rest = guests.exclude(pk__in=came_ids)
    rest.yes().update(attended=False, attended_at=now)
    # For the others it is not known, except that a denial by the host stays.
    rest.exclude(rsvp=Guest.Rsvp.YES).filter(attended=True).update(attended=None, attended_at=now)
    for name in filter(None, map(clean_line, others or [])):
        known = guests.filter(name__iexact=cut(name, 80), email=None).first()
        guest = known or Guest(meetup=meetup, name=cut(name, 80), shown_name=cut(name, 60), invited_by=meetup.host)
        guest.attended, guest.attended_at = True, now
        guest.save()
    # Contributions may be shown or hidden now.
    touch_recap(meetup, before=before)


@transaction.atomic
def record_debrief(
    meetup: Meetup,
    *,
    did_happen: bool,
    num_came: int | None = None,
    agree: str = "",
    differ: str = "",
    still_open: str = "",
    next_time: str = "",
) -> Debrief:
    """Write the host's six answers; a second call overwrites them.

    A drafted recap takes them over where the host has not edited it. The letter that asks for the debrief is withdrawn, and
    after "it did not happen" those that ask guests whether they came too. Raises MeetupError before the start, and for "it did
    not happen" while the recap is published.
    """
    check_begun(meetup)
    debrief = Debrief.objects.select_for_update().filter(meetup=meetup).first() or Debrief(meetup=meetup)
    recap = lock_recap(meetup.pk)
    if not did_happen and recap is not None and recap.is_published:
        raise MeetupError(_("The recap is published. Take it down first, then say that it did not happen."))
    was_off = debrief.did_happen is False
    debrief.did_happen = did_happen
    answers = {"num_came": num_came, "agree": agree, "differ": differ, "still_open": still_open, "next_time": next_time}
    _write_answers(debrief, recap, answers)
    if not did_happen and recap is not None:
        # A started preview is stopped.
        Recap.objects.filter(pk=recap.pk).update(public_at=None)
    _withdraw_questions(meetup, did_happen=did_happen, was_off=was_off)
    return debrief


@transaction.atomic
def note_debrief(meetup: Meetup, **answers) -> Debrief:
    """Save what the host has typed so far of num_came, agree, differ, still_open and next_time; the rest does not change.

    Whether the meetup happened is decided by record_debrief only. A second call overwrites. Raises MeetupError before the start.
    """
    check_begun(meetup)
    debrief = Debrief.objects.select_for_update().filter(meetup=meetup).first() or Debrief(meetup=meetup)
    _write_answers(debrief, lock_recap(meetup.pk), answers)
    return debrief


def _write_answers(debrief: Debrief, recap: Recap | None, answers: dict) -> None:
    """Write answers, also into a drafted recap where the host has not edited it."""
    before = {name: getattr(debrief, name) for name in DEBRIEF_PARTS}
    for name, value in answers.items():
        setattr(debrief, name, value)
    debrief.save()
    if recap is None or recap.state != Recap.State.DRAFT:
        return
    for name in DEBRIEF_PARTS:
        if getattr(recap, name) == before[name]:
            setattr(recap, name, getattr(debrief, name))
    recap.save()


def record_not_held(meetup: Meetup) -> Debrief:
    """Record that the meetup did not happen; other answers stay. A second call changes nothing more."""
    debrief = Debrief.objects.filter(meetup=meetup).first() or Debrief(meetup=meetup)
    words = {name: getattr(debrief, name) for name in (*DEBRIEF_PARTS, "next_time")}
    return record_debrief(meetup, did_happen=False, num_came=0, **words)


def _withdraw_questions(meetup: Meetup, *, did_happen: bool, was_off: bool) -> None:
    """Withdraw the letters that ask what is known now: for the debrief, and, if the meetup did not happen, those to guests.
    The latter are planned again where a host takes "it did not happen" back in time."""
    about_evening = kinds_where(lambda kind: kind.is_about_the_past)
    asking = [kind for kind in about_evening if kind != Delivery.Kind.DEBRIEF]
    kinds = [Delivery.Kind.DEBRIEF] if did_happen else about_evening
    meetup.mailings.planned().filter(fanned_out_at=None, kind__in=kinds).update(is_off=True)
    withdraw_deliveries(Delivery.objects.filter(meetup=meetup, kind__in=kinds))
    if did_happen and was_off:
        asked = meetup.mailings.planned().filter(fanned_out_at=None, kind__in=asking)
        asked.update(is_off=False)


def check_begun(meetup: Meetup) -> None:
    """Raise MeetupError before the start."""
    if not meetup.is_published or not meetup.has_started:
        raise MeetupError(_("The evening has not begun yet."))
