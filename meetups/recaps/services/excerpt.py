"""Cuts: a host proposes to show less of a guest's sentence, and the guest agrees or not. Until a yes all of it is shown."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError
from meetups.models import Consent, Contribution, Delivery
from meetups.models.delivery import DeliveryQuerySet
from meetups.outbox.queue import enqueue, withdraw_deliveries
from meetups.recaps.excerpt import clean_cut, is_cut_of
from meetups.recaps.services.revision import lock_recap, public_part, touch_recap
from meetups.times import clock
from meetups.times.quiet_hours import next_allowed

# Cuts that follow each other within this time are one letter.
SECOND_THOUGHTS = timedelta(minutes=10)
MOST_ASKED = 3


@transaction.atomic
def propose_cut(contribution: Contribution, *, cut: str) -> Contribution:
    """Propose a cut to a guest; an empty `cut`, or the whole sentence, takes the proposal back.

    The guest gets one letter, due in ten minutes. A second call with the same cut changes nothing. Raises MeetupError for a
    sentence that is not for everyone, for anything but whole words left out, and after the third letter to this guest.
    """
    lock_recap(contribution.meetup_id)
    contribution = Contribution.objects.select_for_update(of=("self",)).select_related("guest__meetup").get(pk=contribution.pk)
    cut = clean_cut(cut)
    cut = "" if cut == contribution.sentence else cut
    if cut == contribution.cut:
        return contribution
    if cut:
        _check_cut(contribution, cut)
    before = public_part(contribution.meetup_id)
    contribution.cut, contribution.cut_agreed_at, contribution.cut_refused_at = cut, None, None
    contribution.save(update_fields=["cut", "cut_agreed_at", "cut_refused_at", "updated_at"])
    asked = Delivery.objects.filter(kind=Delivery.Kind.CUT_ASKED, guest=contribution.guest)
    withdraw_deliveries(asked, reason="The host changed the cut.")
    if cut:
        _enqueue_cut_letter(contribution, asked)
    touch_recap(contribution.meetup_id, before=before)
    return contribution


def _check_cut(contribution: Contribution, cut: str) -> None:
    if contribution.withdrawn_at is not None or contribution.sentence_consent != Consent.EVERYONE:
        raise MeetupError(_("These words are not in the recap, so there is nothing to cut."))
    if not is_cut_of(cut, contribution.sentence):
        raise MeetupError(_("A cut leaves whole words out and puts […] in their place. It cannot change words or add any."))


def _enqueue_cut_letter(contribution: Contribution, asked: DeliveryQuerySet) -> None:
    if asked.exclude(state=Delivery.State.WITHDRAWN).count() >= MOST_ASKED:
        raise MeetupError(_("This guest was asked three times. Let the sentence stand, or leave it out."))
    now = clock.now()
    enqueue(
        Delivery.Kind.CUT_ASKED,
        key=f"{contribution.pk}:{now:%Y%m%dT%H%M%S.%fZ}",
        guest=contribution.guest,
        due_at=next_allowed(now + SECOND_THOUGHTS, contribution.meetup.zone),
        context={"cut": contribution.cut},
    )


@transaction.atomic
def answer_cut(contribution: Contribution, *, cut: str, agrees: bool) -> Contribution:
    """Write the guest's yes or no to this cut; a yes shows it at once. A second call may say the opposite.

    Raises MeetupError when the host's cut is another one than the guest read.
    """
    lock_recap(contribution.meetup_id)
    contribution = Contribution.objects.select_for_update(of=("self",)).get(pk=contribution.pk)
    if contribution.withdrawn_at is not None or not contribution.cut or contribution.cut != cut:
        raise MeetupError(_("The host has changed this meanwhile. Please look at it again."))
    now, before = clock.now(), public_part(contribution.meetup_id)
    contribution.cut_agreed_at, contribution.cut_refused_at = (now, None) if agrees else (None, now)
    contribution.save(update_fields=["cut_agreed_at", "cut_refused_at", "updated_at"])
    withdraw_deliveries(Delivery.objects.filter(kind=Delivery.Kind.CUT_ASKED, guest=contribution.guest_id))
    touch_recap(contribution.meetup_id, before=before)
    return contribution
