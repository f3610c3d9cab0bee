"""No web address that a new host has typed leaves in any letter to a guest, whatever field it stands in (R89, R125)."""

from datetime import timedelta

import pytest

from hosts.models import User
from meetups.letters import build_message
from meetups.models import Book, Debrief, Delivery, Dish, Kit, Mailing, Meetup, Recap
from meetups.outbox.free_text import NEW_ACCOUNT_DAYS
from meetups.times import clock
from tests.letters.letters import NOW, TO_HOSTS, VARIANTS, make_evening, make_letter, make_table

pytestmark = pytest.mark.django_db

BAIT = "See evil.app/win now"
MODELS = {
    Meetup: ("title", "word", "cancel_word", "town_name", "region", "street", "door", "parking", "day_phone"),
    Kit: ("questions", "way_in", "run", "meal", "agreements", "book_link"),
    Book: ("title", "author"),
    Mailing: ("subject", "words"),
    Dish: ("remark",),
    Debrief: ("question", "agree", "differ", "still_open"),
    Recap: ("question", "agree", "differ", "still_open"),
    User: ("shown_name",),
}
GUEST_VARIANTS = [name for name, (kind, _rsvp, _context) in VARIANTS.items() if kind not in TO_HOSTS]


def bait_everything(row: Delivery, *, proven_at) -> Delivery:
    """Put the bait into every field that a host types, past the forms; return the letter read anew."""
    for model, names in MODELS.items():
        present = {field.name for field in model._meta.concrete_fields}
        model.objects.update(**{name: BAIT for name in names if name in present})
    User.objects.update(proven_at=proven_at)
    context = {name: BAIT if name in {"personal", "words", "reason"} else value for name, value in row.context.items()}
    if row.kind == "invitation":
        context["personal"] = BAIT
    Delivery.objects.filter(pk=row.pk).update(context=context)
    return Delivery.objects.select_related("guest__meetup__host", "meetup__host", "mailing").get(pk=row.pk)


def text_of(row: Delivery) -> str:
    message = build_message(row)
    parts = [str(part[0]) for part in message.alternatives]
    return "\n".join([str(message.subject), str(message.from_email), str(message.body), *parts])


@pytest.mark.parametrize("variant", GUEST_VARIANTS)
def test_no_letter_to_a_guest_holds_a_link_of_a_new_host(variant, late_november):
    late_november(to=NOW)
    kind, rsvp, context = VARIANTS[variant]
    meetup = make_evening()
    make_table(meetup)
    row = bait_everything(make_letter(kind, meetup=meetup, rsvp=rsvp, context=context), proven_at=clock.now())

    assert "evil.app" not in text_of(row)


def test_what_stands_around_a_link_still_leaves(late_november):
    late_november(to=NOW)
    row = bait_everything(make_letter("invitation"), proven_at=clock.now())

    assert "See […] now" in text_of(row)


def test_after_its_first_week_an_account_may_send_links(late_november):
    late_november(to=NOW)
    long_ago = clock.now() - timedelta(days=NEW_ACCOUNT_DAYS, hours=1)
    row = bait_everything(make_letter("invitation"), proven_at=long_ago)

    assert "See evil.app/win now" in text_of(row)
