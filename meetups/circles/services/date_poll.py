"""Find a date: put some to the guests of a draft, take down what each says, and choose one."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from django.db import transaction
from django.utils.translation import gettext as _

from hosts.models import User
from meetups.circles.people import Person
from meetups.circles.services.again import invite_people, what_is_missing_but_the_day
from meetups.exceptions import MeetupError
from meetups.guests.services.invitation import Invited, invite_guests
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.guests.services.seats import lock_meetup
from meetups.models import DateAnswer, DateOption, DatePoll, Delivery, Guest, Meetup, Suppression
from meetups.outbox.queue import make_delivery, owe_many, withdraw_deliveries
from meetups.planning.services.meetup import publish_meetup, save_draft
from meetups.times import clock, wall_time

Letter = Delivery.Kind
Says = DateAnswer.Says
Rsvp = Guest.Rsvp
Day = tuple[date, time]


@transaction.atomic
def ask_dates(
    meetup: Meetup,
    *,
    days: Sequence[Day],
    by: User,
    people: Sequence[Person] = (),
    addresses: Sequence[tuple[str, str]] = (),
    personal: str = "",
) -> Invited:
    """Put some days to people by letter, and return what became of each address. `people` are of an evening before.

    A second call asks whoever was not asked yet, and adds no day. Raises MeetupError, with nothing changed, for what is no draft
    or lacks more than its day, for a day that is past, and as invite_guests does.
    """
    meetup = lock_meetup(meetup.pk)
    if not meetup.is_draft:
        raise MeetupError(_("This evening has its day already."))
    if missing := what_is_missing_but_the_day(meetup):
        raise MeetupError(_("Before guests can be asked for a day it needs %(what)s.") % {"what": ", ".join(missing)})
    poll, is_new = DatePoll.objects.get_or_create(meetup=meetup)
    if not is_new and not poll.is_open:
        raise MeetupError(_("Guests are not asked any more. Choose a day, or ask again."))
    if is_new:
        _write_options(poll, meetup, days)
        # A draft has no day while it is asked for: none of its pages and letters may name one.
        save_draft(by, meetup=meetup, date=None, time=None)
    until = last_of(poll, meetup)
    invited = invite_people(meetup, people, by=by, personal=personal, dates_until=until)
    if addresses:
        more = invite_guests(meetup, addresses=list(addresses), by=by, personal=personal, dates_until=until)
        invited = Invited(
            sent=[*invited.sent, *more.sent],
            later=[*invited.later, *more.later],
            already=[*invited.already, *more.already],
            refused=[*invited.refused, *more.refused],
        )
    if is_new and not (invited.sent or invited.later):
        raise MeetupError(_("There is nobody to ask.") + " " + " ".join(reason for _email, reason in invited.refused[:3]))
    return invited


def _write_options(poll: DatePoll, meetup: Meetup, days: Sequence[Day]) -> None:
    if not 2 <= len(set(days)) <= DatePoll.MOST:
        raise MeetupError(_("Please put two to %(n)d days to your guests.") % {"n": DatePoll.MOST})
    if any(wall_time.to_utc(day, hour, meetup.zone) <= clock.now() for day, hour in days):
        raise MeetupError(_("One of the days is past. Please choose days that lie ahead."))
    DateOption.objects.bulk_create([DateOption(poll=poll, date=day, time=hour) for day, hour in sorted(set(days))])


def start_of(option: DateOption, meetup: Meetup) -> datetime:
    """Return the moment of a date that is put to the guests."""
    return wall_time.nearest_utc(option.date, option.time, meetup.zone)


def last_of(poll: DatePoll, meetup: Meetup) -> datetime:
    """Return the moment of the last date of a question."""
    return max(start_of(option, meetup) for option in poll.options.all())


@transaction.atomic
def answer_dates(guest: Guest, said: Mapping[int, str]) -> None:
    """Write down what a guest says to dates, by the date's primary key. A second call with the same changes nothing.

    What they say again keeps the moment at which they said it first, which decides who has a seat. Raises MeetupError once the
    host has chosen, or asks no more.
    """
    meetup = lock_meetup(guest.meetup_id)
    poll = DatePoll.objects.filter(meetup=meetup).first()
    if poll is None or not DatePoll.objects.open().filter(pk=poll.pk).exists():
        raise MeetupError(_("The host does not ask for a day any more, so what you said stays as it was."))
    now, before = clock.now(), {answer.option_id: answer for answer in DateAnswer.objects.filter(guest=guest)}
    for option in poll.options.all():
        says = said.get(option.pk)
        if says not in Says.values or (option.pk in before and before[option.pk].says == says):
            continue
        facts = {"says": says, "said_at": now}
        DateAnswer.objects.update_or_create(option=option, guest=guest, defaults=facts)
    # The link was mailed to the address, so an answer behind it proves that its owner agrees to letters.
    Guest.objects.filter(pk=guest.pk, address_proven_at=None).update(address_proven_at=now)


@transaction.atomic
def stop_asking(meetup: Meetup) -> None:
    """Ask guests for a day no more; letters that have not left are withdrawn. A second call changes nothing."""
    meetup = lock_meetup(meetup.pk)
    DatePoll.objects.open().filter(meetup=meetup).update(stopped_at=clock.now())
    withdraw_deliveries(Delivery.objects.filter(meetup=meetup, kind=Letter.DATE_POLL), reason=NOT_ASKED)


NOT_ASKED = "The host does not ask for a date any more."


@transaction.atomic
def ask_on(meetup: Meetup) -> None:
    """Take back that guests are asked no more. Letters that were withdrawn leave again while they are of use."""
    meetup = lock_meetup(meetup.pk)
    DatePoll.objects.undecided().filter(meetup=meetup).update(stopped_at=None)
    held = Delivery.objects.filter(meetup=meetup, kind=Letter.DATE_POLL, state=Delivery.State.WITHDRAWN, last_words=NOT_ASKED)
    held.filter(not_after__gt=clock.now()).update(state=Delivery.State.QUEUED, finished_at=None, last_words="")


# The host chooses ----------------------------------------------------------------------------------------------------


@transaction.atomic
def choose_date(meetup: Meetup, *, day: date, hour: time, by: User) -> Meetup:
    """Choose the day: publish the draft, carry over what each guest said to it, and owe each of them a letter.

    A yes has a seat, in the order in which they were said, and the waiting list has who finds none; "if need be" is a maybe; a
    no is a no, and for who could come on another day "ask me again". Who said nothing is asked. A day that was not put to the
    guests carries nothing over. A second call changes nothing. Raises MeetupError as publish_meetup does.
    """
    meetup = lock_meetup(meetup.pk)
    poll = DatePoll.objects.filter(meetup=meetup).first()
    if poll is None:
        raise MeetupError(_("No days were put to the guests of this evening."))
    if poll.chosen_at is not None or not meetup.is_draft:
        return meetup
    save_draft(by, meetup=meetup, date=day, time=hour, fold=0)
    meetup = publish_meetup(meetup)
    poll.chosen_at = clock.now()
    poll.save(update_fields=["chosen_at"])
    withdraw_deliveries(Delivery.objects.filter(meetup=meetup, kind=Letter.DATE_POLL), reason="The day is chosen.")
    option = poll.options.filter(date=day, time=hour).first()
    suppressed = set(Suppression.objects.for_meetup(meetup).values_list("address_hash", flat=True))
    _carry_over(poll, option, suppressed)
    guests = list(Guest.objects.counting().with_address().filter(meetup=meetup))
    for guest in guests:
        guest.meetup = meetup
    owe_many(
        [
            make_delivery(Letter.DATE_CHOSEN, key=f"{guest.pk}:{guest.num_answers}", guest=guest)
            for guest in guests
            if guest.email_hash not in suppressed
        ]
    )
    return meetup


def _carry_over(poll: DatePoll, option: DateOption | None, suppressed: set[str]) -> None:
    """Make what guests said to the chosen day their answers. Whoever unsubscribed since would not hear of it, so has none."""
    if option is None:
        return
    could = DateAnswer.objects.filter(option__poll=poll).exclude(says=Says.NO)
    could_come = set(could.values_list("guest", flat=True))
    answers = DateAnswer.objects.filter(option=option).select_related("guest").order_by("said_at", "pk")
    for said in answers:
        guest = said.guest
        if not guest.counts or guest.email_hash in suppressed:
            continue
        record_rsvp(guest, _answer_of(said, is_asked_again=guest.pk in could_come), is_carried_over=True)


def _answer_of(said: DateAnswer, *, is_asked_again: bool) -> Answer:
    if said.says == Says.YES:
        return Answer(Rsvp.YES)
    if said.says == Says.IF_NEEDED:
        return Answer(Rsvp.MAYBE)
    return Answer(Rsvp.NO, asks_again=is_asked_again)
