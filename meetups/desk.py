"""What a host's desk shows: what is best done next, what did not arrive, when which letter goes. Reads, and writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meetups import clock, when
from meetups.forecast import Forecast, forecast
from meetups.matching import Meeting, count_readers, meetings_of
from meetups.models import Delivery, Guest, Mailing, Meetup, Question, Suppression
from meetups.potluck import lacks_words, list_words
from meetups.relaywords import plain_words
from meetups.services.friend import friends_for_host
from meetups.services.mailing import letters_to_come, timeline
from meetups.services.meetup import SECOND_THOUGHTS, can_restore, what_is_missing

Rsvp = Guest.Rsvp
# From here on a phone call brings more guests than another letter.
CALL_THEM = timedelta(hours=36)
# Half of those invited say yes, so a table fills when twice as many are invited.
INVITED_FOR_EACH_SEAT = 2
MOST_ASKED_AGAIN = 100
ORDER = [Rsvp.YES, Rsvp.WAITING, Rsvp.MAYBE, Rsvp.INVITED, Rsvp.NO]


@dataclass(frozen=True)
class Step:
    """One line: what is best done next, and the page where it is done."""

    words: str
    url: str = ""
    label: str = ""


@dataclass(frozen=True)
class LetterRow:
    """One letter on the timeline, in words."""

    title: str
    iso: str
    when: str
    to: str
    css: str = ""


@dataclass(frozen=True)
class Company:
    """The guests of one meetup, and how many people they are."""

    guests: list[Guest]
    num_taken: int
    num_waiting: int
    laid: Forecast

    @property
    def seated(self) -> list[Guest]:
        return [guest for guest in self.guests if guest.has_seat]

    @property
    def num_unanswered(self) -> int:
        return sum(guest.rsvp == Rsvp.INVITED for guest in self.guests)

    @property
    def num_children(self) -> int:
        return sum(guest.num_children for guest in self.seated)

    @property
    def num_ask_again(self) -> int:
        return sum(guest.asks_again for guest in self.guests)

    @property
    def num_could_host(self) -> int:
        return sum(guest.could_host for guest in self.guests)

    @property
    def read(self) -> str:
        """Return how many have read the book: numbers alone, for nobody is asked to own up."""
        return list_words(count_readers(self.seated))

    @property
    def needing(self) -> list[Guest]:
        """Return those who need or offer something, with a seat or not yet."""
        return [guest for guest in self.guests if not guest.own_needs.is_empty]

    @property
    def seated_needing(self) -> list[Guest]:
        return [guest for guest in self.needing if guest.has_seat]

    @property
    def meetings(self) -> list[Meeting]:
        """Return whose offer meets whose need, among those with a seat."""
        return meetings_of(guest.needs for guest in self.seated_needing)

    @property
    def unconfirmed(self) -> list[Guest]:
        return [guest for guest in self.seated if guest.confirmed_at is None]


def company_of(meetup: Meetup) -> Company:
    """Return the guests of a meetup: those with a seat first, the waiting list in its order, those who declined last."""
    guests = list(Guest.objects.seen().filter(meetup=meetup).select_related("needs"))
    guests.sort(key=lambda guest: (ORDER.index(guest.rsvp), guest.waiting_since or guest.created_at, guest.pk))
    of_pk = {guest.pk: guest for guest in guests}
    for guest in guests:
        guest.meetup, guest.brought_by = meetup, of_pk.get(guest.brought_by_id)
    said = [("confirmed" if guest.confirmed_at and guest.has_seat else guest.rsvp, guest.party_size) for guest in guests]
    return Company(
        guests=guests,
        num_taken=sum(guest.party_size for guest in guests if guest.has_seat or guest.has_offer),
        num_waiting=sum(guest.party_size for guest in guests if guest.rsvp == Rsvp.WAITING and not guest.has_offer),
        laid=forecast(said),
    )


@dataclass(frozen=True)
class Potluck:
    """The shared table in a line: how much stands on it, what it lacks, how much came free again."""

    num_dishes: int
    num_taken: int
    num_given_back: int
    lacks: str


def potluck_of(meetup: Meetup) -> Potluck:
    """Return how the shared table of a meetup stands, in one query."""
    dishes = list(meetup.dishes.in_order().only("kind", "remark", "guest", "given_back_at"))
    free = [dish for dish in dishes if dish.guest_id is None]
    return Potluck(
        num_dishes=len(dishes),
        num_taken=len(dishes) - len(free),
        num_given_back=sum(dish.given_back_at is not None for dish in free),
        lacks=list_words(lacks_words((dish.kind, dish.remark) for dish in free)),
    )


def who_asked_again(meetup: Meetup) -> list[Guest]:
    """Return who said "ask me again" at another evening of this host, and is not on the list of this one.

    The last word of each address counts: not who has answered another evening since, nor who wants no such letters.
    """
    at_hosts = Guest.objects.seen().with_address().filter(meetup__host=meetup.host_id)
    later = at_hosts.filter(email_hash=OuterRef("email_hash"), answered_at__gt=OuterRef("answered_at"))
    asked = at_hosts.filter(rsvp=Rsvp.NO, asks_again=True).exclude(Exists(later))
    asked = asked.exclude(email_hash__in=Suppression.objects.for_meetup(meetup).values("address_hash"))
    asked = asked.exclude(email_hash__in=meetup.guests.values("email_hash"))
    by_address = {guest.email: guest for guest in asked.order_by("answered_at", "pk")[:MOST_ASKED_AGAIN]}
    return list(by_address.values())


def undelivered(meetup: Meetup) -> dict[int, str]:
    """Return, by guest, why the last letter did not arrive; a guest who got a later one is not here."""
    later = Delivery.objects.filter(guest=OuterRef("guest"), state=Delivery.State.SENT, finished_at__gt=OuterRef("finished_at"))
    failed = Delivery.objects.filter(meetup=meetup, guest__isnull=False, state=Delivery.State.FAILED).exclude(Exists(later))
    rows = failed.order_by("finished_at").values_list("guest_id", "last_code", "last_words")
    return {guest_id: plain_words(code, words) for guest_id, code, words in rows}


def unreachable(company: Company) -> dict[int, str]:
    """Return, by guest, why no letter of this evening reaches them any more."""
    return {
        guest.pk: plain_words(None, guest.undeliverable_words) for guest in company.guests if guest.undeliverable_at is not None
    }


def letter_rows(meetup: Meetup) -> list[LetterRow]:
    """Return the letters of a meetup in order, those of a draft as they would be planned now."""
    if meetup.is_draft:
        letters = letters_to_come(meetup) if meetup.starts_at else []
        return [_letter_row(meetup, letter, to=letter.get_segment_display()) for letter in letters]
    rows, next_is_marked = [], meetup.is_canceled
    for row in timeline(meetup):
        letter, css = row.mailing, ""
        if row.is_gone:
            to, css = _went_to(letter), "is-done"
        elif meetup.is_canceled:
            to, css = _("does not go: the evening is canceled"), "is-off"
        else:
            to, css = _goes_to(letter, row.num_today), "" if next_is_marked else "is-next"
            next_is_marked = True
        rows.append(_letter_row(meetup, letter, to=to, css=css))
    return rows


def _letter_row(meetup: Meetup, letter: Mailing, *, to: str, css: str = "") -> LetterRow:
    words = f"{when.day_words(letter.due_at, meetup.zone)}, {when.clock_words(letter.due_at, meetup.zone)}"
    return LetterRow(title=letter.get_kind_display(), iso=letter.due_at.isoformat(), when=words, to=to, css=css)


def _goes_to(letter: Mailing, num_today: int) -> str:
    if letter.segment == Mailing.Segment.HOST:
        return _("to you")
    return _("%(who)s; today that is %(n)d") % {"who": letter.get_segment_display(), "n": num_today}


def _went_to(letter: Mailing) -> str:
    if letter.segment == Mailing.Segment.HOST:
        return _("gone, to you") if letter.num_owed else _("not sent: its hour had passed")
    words = ngettext("gone, %(n)d letter, to %(who)s", "gone, %(n)d letters, to %(who)s", letter.num_owed)
    return words % {"who": letter.get_segment_display(), "n": letter.num_owed}


# What is best done next ----------------------------------------------------------------------------------------------


def next_step(meetup: Meetup, company: Company, *, lacks: str = "", friends: Sequence[Guest] = ()) -> Step:
    """Return what the host had best do next. Asks for debrief and recap, which the caller joins.

    `lacks` is what the shared table still lacks, in words; `friends` those of guests who asked to come.
    """
    if meetup.is_draft:
        return _step_of_draft(meetup)
    if meetup.is_canceled and can_restore(meetup):
        return _step_of_canceled(meetup)
    # Somebody waits for a word.
    if asked := _step_of_friends(friends):
        return asked
    if asked := _step_of_questions(meetup, company):
        return asked
    if meetup.is_canceled:
        return _step_of_canceled(meetup)
    if meetup.has_ended:
        return _step_after(meetup, company)
    return _step_before(meetup, company, lacks)


def friends_of(meetup: Meetup) -> list[Guest]:
    """Return the friends of guests about whom the host has something to decide or to take back."""
    return friends_for_host(meetup) if meetup.friend_asked_at and meetup.takes_answers else []


def _step_of_friends(friends: Sequence[Guest]) -> Step | None:
    asking = [friend for friend in friends if friend.awaits_host and friend.refused_at is None]
    if not asking:
        return None
    words = ngettext(
        "%(names)s, a friend of a guest, would like to come.",
        "%(n)d friends of guests would like to come: %(names)s.",
        len(asking),
    )
    names = ", ".join(friend.called for friend in asking[:5])
    return Step(words % {"n": len(asking), "names": names}, "#friends", _("Say yes or no"))


def _step_of_questions(meetup: Meetup, company: Company) -> Step | None:
    if not any(guest.asked_at for guest in company.guests):
        return None
    asked = Question.objects.open().for_host().filter(guest__meetup=meetup).select_related("guest")
    guests = list({question.guest_id: question.guest for question in asked[:50]}.values())
    if not guests:
        return None
    words = ngettext("%(names)s asks you something.", "%(n)d guests ask you something: %(names)s.", len(guests))
    names = ", ".join(guest.called for guest in guests[:5])
    url = reverse("host_answer", args=[meetup.code, guests[0].pk])
    return Step(words % {"n": len(guests), "names": names}, url, _("Read and answer"))


def _step_of_draft(meetup: Meetup) -> Step:
    missing = what_is_missing(meetup)
    if missing:
        words = _("Before you can publish it, it needs %(what)s.") % {"what": ", ".join(missing)}
        return Step(words, reverse("host_edit", args=[meetup.code]), _("Fill it in"))
    return Step(_("All is there. Look it over and publish it."), reverse("host_publish", args=[meetup.code]), _("Look it over"))


def _step_of_canceled(meetup: Meetup) -> Step:
    if not can_restore(meetup):
        return Step(_("This evening is canceled, and your guests know."))
    until = when.clock_words(meetup.canceled_at + SECOND_THOUGHTS, meetup.zone)
    return Step(_("Canceled. The letters leave at %(time)s; until then you can take it back.") % {"time": until})


def _step_before(meetup: Meetup, company: Company, lacks: str) -> Step:
    invite = reverse("host_invite", args=[meetup.code])
    if meetup.has_started:
        return Step(_("Your evening is on. Close this and look at your guests."))
    if not company.guests:
        return Step(
            _("It is published. Now invite your guests: about twice as many as there are seats."), invite, _("Invite guests")
        )
    if meetup.starts_at - clock.now() < CALL_THEM and company.unconfirmed:
        names = ", ".join(guest.called for guest in company.unconfirmed[:5])
        words = _("Call those who have not confirmed: %(names)s. A call brings more guests than any letter.")
        return Step(words % {"names": names}, "#guests", _("See them"))
    if company.num_taken >= (meetup.seats or 0) and lacks:
        return _step_to_the_table(meetup, _("Your table is full. It still lacks %(what)s.") % {"what": lacks})
    if company.num_taken >= (meetup.seats or 0):
        return Step(_("Your table is full. Whoever answers now waits for a seat."))
    missed = [guest.called for guest in company.guests if guest.undeliverable_at is not None and guest.rsvp != Rsvp.NO]
    if missed:
        words = _("No letter reaches %(names)s. Could you call?")
        return Step(words % {"names": ", ".join(missed[:5])}, "#guests", _("See them"))
    num_more = INVITED_FOR_EACH_SEAT * (meetup.seats - company.num_taken) - company.num_unanswered
    if num_more > 0:
        words = ngettext(
            "%(n)d seat is free. About half of those invited say yes, so invite %(more)d more.",
            "%(n)d seats are free. About half of those invited say yes, so invite %(more)d more.",
            meetup.seats - company.num_taken,
        )
        return Step(words % {"n": meetup.seats - company.num_taken, "more": num_more}, invite, _("Invite more"))
    if lacks:
        return _step_to_the_table(meetup, _("The table still lacks %(what)s.") % {"what": lacks})
    return Step(_("All is set. The letters below go by themselves."))


def _step_to_the_table(meetup: Meetup, words: str) -> Step:
    return Step(words, reverse("host_table", args=[meetup.code]), _("See who brings what"))


def _step_of_those_who_say_so(meetup: Meetup, company: Company) -> Step | None:
    names = [guest.called for guest in company.guests if guest.says_they_came]
    if not names:
        return None
    words = ngettext("%(names)s says they were there.", "%(n)d guests say they were there: %(names)s.", len(names))
    url = reverse("host_came", args=[meetup.code])
    return Step(words % {"n": len(names), "names": ", ".join(names[:5])}, url, _("Say yes or no"))


def _step_after(meetup: Meetup, company: Company) -> Step:
    debrief, recap = getattr(meetup, "debrief", None), getattr(meetup, "recap", None)
    if debrief is not None and debrief.did_happen is False:
        return Step(_("This evening did not happen. There is nothing more to do."))
    if step := _step_of_those_who_say_so(meetup, company):
        return step
    if recap is not None and recap.public_at is not None:
        words = _("Your table reads the recap first. It becomes public on %(day)s unless you stop it.")
        day = when.day_words(recap.public_at, meetup.zone)
        return Step(words % {"day": day}, reverse("host_recap_publish", args=[meetup.code]), _("Look at it"))
    if recap is not None and recap.is_published:
        return Step(_("The recap is out. Share it with whoever was not in the room."), recap.get_absolute_url(), _("Read it"))
    if any(guest.attended is None for guest in company.seated):
        return Step(_("How was it? First tick who came."), reverse("host_came", args=[meetup.code]), _("Who came"))
    if debrief is None or debrief.did_happen is None:
        words = _("Six short questions while you remember: four minutes.")
        return Step(words, reverse("host_debrief", args=[meetup.code]), _("Answer them"))
    return Step(
        _("The recap is drafted. Read it and show it to your table."),
        reverse("host_recap", args=[meetup.code]),
        _("Open the recap"),
    )
