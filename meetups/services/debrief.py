"""Acts of the host after the evening: who came, and six questions."""

from django.db import transaction
from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError
from meetups.models import Debrief, Delivery, Guest, Meetup, Recap
from meetups.plain import clean_line
from meetups.services.delivery import withdraw_deliveries
from meetups.services.touch import lock_recap, touch_recap

# The three parts of a recap that the host's debrief fills.
DEBRIEF_PARTS = ("agree", "differ", "still_open")


@transaction.atomic
def record_came(meetup: Meetup, came_ids: list[int], *, others: list[str] | None = None) -> None:
    """Record the host's ticks: those came; a yes that is not ticked did not; of anybody else nothing is known.

    `others` are names of people who came without being on the list; each becomes a guest without an address, once. Ids of
    other meetups' guests are passed over. A second call counts anew. Raises MeetupError before the evening has begun.
    """
    check_begun(meetup)
    guests = Guest.objects.seen().filter(meetup=meetup)
    guests.filter(pk__in=came_ids).update(attended=True)
    rest = guests.exclude(pk__in=came_ids)
    rest.yes().update(attended=False)
    # Nothing is known of the others; but the host's no to somebody who says they were there stays.
    rest.exclude(rsvp=Guest.Rsvp.YES).filter(attended=True).update(attended=None)
    for name in filter(None, map(clean_line, others or [])):
        known = guests.filter(name__iexact=name[:80], email=None).first()
        guest = known or Guest(meetup=meetup, name=name[:80], shown_name=name[:60], invited_by=meetup.host)
        guest.attended = True
        guest.save()
    # Whose words count may have changed.
    touch_recap(meetup)


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
    """Write the host's six answers; a second call writes them anew.

    A recap's draft follows along, but for what the host has written there already. The letter that asks the host is not sent
    any more, and after "it did not happen" nobody is asked whether they were there. Raises MeetupError before the evening has
    begun, and when a published recap says that it happened.
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
        # What was to become public by itself does not any more.
        Recap.objects.filter(pk=recap.pk).update(public_at=None)
    _take_back_questions(meetup, did_happen=did_happen, was_off=was_off)
    return debrief


@transaction.atomic
def note_debrief(meetup: Meetup, **answers) -> Debrief:
    """Write what the host has typed so far of num_came, agree, differ, still_open and next_time; the rest stays as it is.

    Only words are kept: whether it happened, and what follows from that, waits for record_debrief. A second call writes anew.
    Raises MeetupError before the evening has begun.
    """
    check_begun(meetup)
    debrief = Debrief.objects.select_for_update().filter(meetup=meetup).first() or Debrief(meetup=meetup)
    _write_answers(debrief, lock_recap(meetup.pk), answers)
    return debrief


def _write_answers(debrief: Debrief, recap: Recap | None, answers: dict) -> None:
    """Write answers, and let a recap's draft follow along where the host has not written something else there."""
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
    """Record that the evening did not happen; what the host had written stays. A second call changes nothing more."""
    debrief = Debrief.objects.filter(meetup=meetup).first() or Debrief(meetup=meetup)
    words = {name: getattr(debrief, name) for name in (*DEBRIEF_PARTS, "next_time")}
    return record_debrief(meetup, did_happen=False, num_came=0, **words)


def _take_back_questions(meetup: Meetup, *, did_happen: bool, was_off: bool) -> None:
    """Take back the letters that ask what is known now: the host's six questions, and "were you there?" after an evening
    that was not. A host who pressed that by mistake and says so in time gets the latter back."""
    asking = [Delivery.Kind.WERE_YOU_THERE, Delivery.Kind.HOW_DID_IT_GO]
    kinds = [Delivery.Kind.DEBRIEF] if did_happen else [Delivery.Kind.DEBRIEF, *asking]
    meetup.mailings.planned().filter(fanned_out_at=None, kind__in=kinds).update(is_off=True)
    withdraw_deliveries(Delivery.objects.filter(meetup=meetup, kind__in=kinds))
    if did_happen and was_off:
        asked = meetup.mailings.planned().filter(fanned_out_at=None, kind__in=asking)
        asked.update(is_off=False)


def check_begun(meetup: Meetup) -> None:
    """Raise MeetupError before the evening has begun."""
    if not meetup.is_published or not meetup.has_started:
        raise MeetupError(_("The evening has not begun yet."))
