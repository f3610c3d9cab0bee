"""What the host's doors need of the services: one draft for one press, no letters to addresses without end."""

import pytest

from meetups.exceptions import MeetupError
from meetups.guests.services.guest_list import add_guest
from meetups.models import Guest, Kit, Mailing, Meetup
from meetups.outbox.failure_text import plain_words
from meetups.outbox.plan import letters_to_come, plan_mailings
from meetups.planning.services.meetup import publish_meetup, save_draft
from meetups.planning.zones import zone_choices
from tests.factories import make_draft, make_host, make_meetup

pytestmark = pytest.mark.django_db


def test_save_draft_with_the_same_code_returns_the_first_draft():
    host = make_host()

    first = save_draft(host, code="abcdefghjk", title="Soup")
    second = save_draft(host, code="abcdefghjk", title="Other")

    assert first == second
    assert (Meetup.objects.count(), Kit.objects.count(), Meetup.objects.get().title) == (1, 1, "Soup")


def test_add_guest_writes_an_address_that_never_agreed_into_the_ledger_once_a_day():
    host = make_host()
    add_guest(make_meetup(host), name="Maria", email="maria@example.org", by=host)

    with pytest.raises(MeetupError):
        add_guest(make_meetup(host), name="Maria", email="maria@example.org", by=host)

    assert Guest.objects.count() == 1


def test_letters_to_come_are_those_that_publishing_plans():
    draft = make_draft(in_days=2)

    looked_at = [(letter.kind, letter.due_at) for letter in letters_to_come(draft)]
    published = publish_meetup(draft)
    plan_mailings(published)

    assert looked_at == list(Mailing.objects.order_by("due_at").values_list("kind", "due_at"))


@pytest.mark.parametrize(
    ("code", "words", "said"),
    [
        (550, "5.1.1 <x@example.org>: user unknown", "There is no such address. Is it spelled right?"),
        (552, "5.2.2 mailbox full", "The mailbox is full."),
        (550, "5.7.1 blocked", "The other side does not take our letters. Please tell them another way."),
        (550, "no", "The other side refused the letter. The address may be wrong."),
        (None, "", "The letter could not be handed over. Please tell them another way."),
    ],
)
def test_what_a_relay_said_is_put_in_plain_words(code, words, said):
    assert plain_words(code, words) == said


def test_every_zone_can_be_chosen_under_the_name_of_its_place():
    choices = {zone: label for _group, zones in zone_choices() for zone, label in zones}

    assert choices["America/Vancouver"] == "Vancouver, Canada"
    assert len(choices) > 400
