"""A host would rather show less of a guest's words, and the guest says yes or no. Until a yes the whole sentence stands."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from meetups import clock
from meetups.cutting import clean_cut, is_cut_of
from meetups.exceptions import MeetupError
from meetups.models import Consent, Contribution, Delivery
from meetups.quiet import next_allowed
from meetups.services.delivery import enqueue, withdraw_deliveries
from meetups.services.touch import lock_recap, touch_recap

# A host who tries two or three cuts in a row asks once.
SECOND_THOUGHTS = timedelta(minutes=10)
MOST_ASKED = 3


@transaction.atomic
def propose_cut(contribution: Contribution, *, cut: str) -> Contribution:
    """Ask a guest whether their words may stand with some left out; an empty `cut`, or the sentence itself, takes that back.

    The guest gets one letter, ten minutes later. A second call with the same cut asks nothing again. Raises MeetupError for
    words that are not for everyone, for anything but whole words left out, and after the third letter to this guest.
    """
    lock_recap(contribution.meetup_id)
    contribution = Contribution.objects.select_for_update(of=("self",)).select_related("guest__meetup").get(pk=contribution.pk)
    cut = clean_cut(cut)
    cut = "" if cut == contribution.sentence else cut
    if cut == contribution.cut:
        return contribution
    if cut:
        _check_cut(contribution, cut)
    contribution.cut, contribution.cut_agreed_at, contribution.cut_refused_at = cut, None, None
    contribution.save(update_fields=["cut", "cut_agreed_at", "cut_refused_at", "updated_at"])
    asked = Delivery.objects.filter(kind=Delivery.Kind.CUT_ASKED, guest=contribution.guest)
    withdraw_deliveries(asked, reason="The host changed the cut.")
    if cut:
        _ask(contribution, asked)
    touch_recap(contribution.meetup_id)
    return contribution


def _check_cut(contribution: Contribution, cut: str) -> None:
    if contribution.withdrawn_at is not None or contribution.sentence_consent != Consent.EVERYONE:
        raise MeetupError(_("These words are not in the recap, so there is nothing to cut."))
    if not is_cut_of(cut, contribution.sentence):
        raise MeetupError(_("A cut leaves whole words out and puts […] in their place. It cannot change words or add any."))


def _ask(contribution: Contribution, asked) -> None:
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
    """Write the guest's yes or no to exactly this cut; a yes shows at once. A second call may say the opposite.

    Raises MeetupError when the host's cut is not, or not any more, the one that the guest read.
    """
    lock_recap(contribution.meetup_id)
    contribution = Contribution.objects.select_for_update(of=("self",)).get(pk=contribution.pk)
    if contribution.withdrawn_at is not None or not contribution.cut or contribution.cut != cut:
        raise MeetupError(_("The host has changed this meanwhile. Please look at it again."))
    now = clock.now()
    contribution.cut_agreed_at, contribution.cut_refused_at = (now, None) if agrees else (None, now)
    contribution.save(update_fields=["cut_agreed_at", "cut_refused_at", "updated_at"])
    withdraw_deliveries(Delivery.objects.filter(kind=Delivery.Kind.CUT_ASKED, guest=contribution.guest_id))
    touch_recap(contribution.meetup_id)
    return contribution
