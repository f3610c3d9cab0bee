"""What a host should do next with an evening: one line, and the page where to do it. Decided here alone, for the desk and for
every page around it. Only reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meetups.guests.services.seats import find_idle_seats
from meetups.inviting.who_asks import say_who_asks
from meetups.models import Delivery, Guest, Meetup, Question
from meetups.outbox.fate import fates_of_meetup, together
from meetups.planning.desk import Company, Fates, company_of, friends_of, potluck_of
from meetups.planning.seat_words import say_idle_seats
from meetups.planning.services.change import SECOND_THOUGHTS, can_restore, guests_told_of_canceling, informed_guests
from meetups.planning.services.meetup import what_is_missing
from meetups.planning.steps.parts import url_to_go_on
from meetups.text.dishes import list_words
from meetups.times import clock
from meetups.times import words as when

Rsvp = Guest.Rsvp
# This long before the start a phone call brings more guests than another letter.
CALL_THEM = timedelta(hours=36)


@dataclass(frozen=True)
class Step:
    """What the host should do next: a line, and the page where to do it."""

    words: str
    url: str = ""
    label: str = ""


def best_next(meetup: Meetup) -> Step:
    """Return what the host should do next, for a page that has nothing else of the desk. As many queries for any number of
    guests."""
    if meetup.is_draft:
        return _step_of_draft(meetup)
    # What became of the letters and what the table lacks counts until the evening is over.
    fates = {} if meetup.is_held else fates_of_meetup(meetup)
    lacks = potluck_of(meetup).lacks if meetup.takes_answers else ""
    return next_step(meetup, company_of(meetup), lacks=lacks, friends=friends_of(meetup), fates=fates)


def next_step(
    meetup: Meetup, company: Company, *, lacks: str = "", friends: Sequence[Guest] = (), fates: Fates | None = None
) -> Step:
    """Return what the host should do next. Reads debrief and recap, which the caller joins.

    `lacks` says which dishes are missing; `friends` are those of guests who asked to come; `fates` what became of the letters.
    """
    fates = fates or {}
    if meetup.is_draft:
        return _step_of_draft(meetup)
    if meetup.is_canceled and can_restore(meetup):
        return _step_of_canceled(meetup, company, fates)
    # People who need an answer come first, even when the meetup is canceled.
    if asked := _step_of_friends(meetup, friends):
        return asked
    if asked := _step_of_questions(meetup, company):
        return asked
    if meetup.is_canceled:
        return _step_of_canceled(meetup, company, fates)
    if meetup.has_ended:
        return _step_after(meetup, company)
    return _step_before(meetup, company, lacks, fates)


def _step_of_friends(meetup: Meetup, friends: Sequence[Guest]) -> Step | None:
    words = say_who_asks(friends)
    return Step(words, f"{meetup.get_desk_url()}#friends", _("Say yes or no")) if words else None


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
        words = _("Before you can publish it, it needs %(what)s.") % {"what": list_words(missing)}
        return Step(words, url_to_go_on(meetup), _("Fill it in"))
    return Step(_("All is there. Look it over and publish it."), url_to_go_on(meetup), _("Look it over"))


def _step_of_canceled(meetup: Meetup, company: Company, fates: Fates) -> Step:
    fate = together((fate for (_pk, kind), fate in fates.items() if kind == Delivery.Kind.CANCELED), zone=meetup.zone)
    if meetup.canceled_at is not None and can_restore(meetup):
        until = {"time": when.clock_words(meetup.canceled_at + SECOND_THOUGHTS, meetup.zone)}
        if not fate.num_pending:
            return Step(_("Canceled, and there is nobody to write to. Until %(time)s you can take it back.") % until)
        return Step(_("Canceled. The letters leave at %(time)s; until then you can take it back.") % until)
    if meetup.has_ended:
        return Step(_("This evening is canceled."))
    told = guests_told_of_canceling(meetup)
    uninformed = [guest for guest in _to_tell_of_canceling(meetup, company) if guest.pk not in told]
    if not uninformed:
        return Step(_("This evening is canceled, and your guests know.") if told else _("This evening is canceled."))
    words = ngettext(
        "This evening is canceled. No letter about it has reached %(names)s yet. Could you call?",
        "This evening is canceled. To %(n)d guests no letter about it is gone yet: %(names)s. Could you call?",
        len(uninformed),
    )
    names = ", ".join(guest.called for guest in uninformed[:5])
    return Step(
        " ".join([words % {"n": len(uninformed), "names": names}, *fate.reasons]),
        f"{meetup.get_desk_url()}#guests",
        _("See them"),
    )


def _to_tell_of_canceling(meetup: Meetup, company: Company) -> list[Guest]:
    """Return the guests who expect the evening: those who heard of it by a letter, and those without an address."""
    informed = {guest.pk for guest in informed_guests(meetup)}
    no_address = {guest.pk for guest in company.guests if not guest.email and guest.rsvp != Rsvp.NO}
    return [guest for guest in company.guests if guest.pk in informed | no_address]


def _step_on_hold(meetup: Meetup) -> Step:
    words = _("Your evening is on hold until %(until)s. Until then emails about it wait, invitations too.")
    until = when.full_moment(meetup.frozen_until, meetup.zone) if meetup.frozen_until else ""
    return Step(words % {"until": until}, reverse("host_hold", args=[meetup.code]), _("Read it, and answer"))


def _step_before(meetup: Meetup, company: Company, lacks: str, fates: Fates) -> Step:
    invite = reverse("host_invite", args=[meetup.code])
    if meetup.is_frozen:
        return _step_on_hold(meetup)
    if meetup.has_started:
        return Step(_("Your evening is on. Close this and look at your guests."))
    if not company.guests:
        words = _("It is published. Now invite your guests.")
        return Step(f"{words} {say_how_many(meetup, company)}", invite, _("Invite guests"))
    if meetup.start - clock.now() < CALL_THEM and company.unconfirmed:
        names = ", ".join(guest.called for guest in company.unconfirmed[:5])
        words = _("Call those who have not confirmed: %(names)s. A call brings more guests than any letter.")
        return Step(words % {"names": names}, f"{meetup.get_desk_url()}#guests", _("See them"))
    if stuck := _step_of_stuck_letters(meetup, fates):
        return stuck
    if company.num_taken >= meetup.num_seats and lacks:
        return _step_to_the_table(meetup, _("Your table is full. It still lacks %(what)s.") % {"what": lacks})
    if company.num_taken >= meetup.num_seats:
        return Step(_("Your table is full. Whoever answers now waits for a seat."))
    if idle := find_idle_seats(meetup, company.guests):
        return Step(f"{say_idle_seats(idle)} {say_how_many(meetup, company)}", f"{meetup.get_desk_url()}#guests", _("See them"))
    missed = [guest.called for guest in company.guests if guest.undeliverable_at is not None and guest.rsvp != Rsvp.NO]
    if missed:
        words = _("No letter reaches %(names)s. Could you call?")
        return Step(words % {"names": ", ".join(missed[:5])}, f"{meetup.get_desk_url()}#guests", _("See them"))
    if company.laid.to_invite:
        num_free = meetup.num_seats - company.num_taken
        free = ngettext("%(n)d seat is free.", "%(n)d seats are free.", num_free) % {"n": num_free}
        return Step(f"{free} {say_how_many(meetup, company)}", invite, _("Invite more"))
    if lacks:
        return _step_to_the_table(meetup, _("The table still lacks %(what)s.") % {"what": lacks})
    return Step(_("All is set. The letters below go by themselves."))


def say_how_many(meetup: Meetup, company: Company) -> str:
    """Return how many more to invite, in a sentence with its reason; nothing where nobody is wanting."""
    num = company.laid.to_invite
    if not num:
        return ""
    ask = (
        _("For %(seats)d at the table invite %(more)d more.")
        if company.guests
        else _("For %(seats)d at the table invite %(more)d.")
    )
    said = [ask % {"seats": meetup.num_seats, "more": num}, _("About half of those asked say yes, and about half of these come.")]
    if company.guests and num > 2 * (meetup.num_seats - company.num_taken):
        said.append(_("Whoever says yes when all seats are taken waits in line."))
    return " ".join(said)


def _step_of_stuck_letters(meetup: Meetup, fates: Fates) -> Step | None:
    fate = together(fates.values(), zone=meetup.zone)
    if not fate.num_stuck:
        return None
    words = ngettext("%(n)d letter should have left and waits.", "%(n)d letters should have left and wait.", fate.num_stuck) % {
        "n": fate.num_stuck
    }
    url = reverse("host_letters", args=[meetup.code])
    return Step(" ".join([words, *fate.reasons]), url, _("See the letters"))


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
