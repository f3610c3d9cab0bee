"""Fields rendered once for many readers look as if each had been rendered alone, and keep nothing that somebody typed."""

import pytest
from django.forms import BoundField
from django.utils import translation

from meetups.forms import quick
from meetups.forms.guest import AnswerForm
from tests.factories import make_guest, make_meetup

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept():
    quick._kept.clear()


def groups(form) -> dict[str, str]:
    return {field.name: field.as_field_group() for field in form}


def plain(form) -> dict[str, str]:
    return {field.name: BoundField.as_field_group(field) for field in form}


def test_every_field_looks_as_it_would_alone_for_each_guest_and_in_each_language():
    said = {"shows_name": True, "diet": "no nuts", "party_size": 2, "has_read": "partly"}
    guests = [make_guest(make_meetup(max_party=size), **fields) for size in (2, 5) for fields in ({}, said)]

    for language in ("en", "fr", "en"):
        with translation.override(language):
            for guest in guests:
                assert groups(AnswerForm(guest=guest)) == plain(AnswerForm(guest=guest))


def test_second_guest_is_spared_the_templates():
    groups(AnswerForm(guest=make_guest(make_meetup())))
    kept = dict(quick._kept)

    groups(AnswerForm(guest=make_guest(make_meetup())))

    assert kept
    assert quick._kept == kept


def test_what_a_person_typed_is_not_kept():
    guest = make_guest(make_meetup(), diet="no nuts", note="I come by train", shown_name="Maria")
    form = AnswerForm(guest=guest)

    shown = "".join(groups(form).values())

    assert all(words in shown for words in ("no nuts", "I come by train", "Maria"))
    assert not any(words in kept for kept in quick._kept.values() for words in ("no nuts", "by train", "Maria"))


def test_a_form_that_was_sent_shows_its_own_errors():
    guest = make_guest(make_meetup())
    groups(AnswerForm(guest=guest))
    sent = AnswerForm({"rsvp": "yes", "party_size": "99"}, guest=guest)

    assert not sent.is_valid()
    assert groups(sent) == plain(sent)
    assert "aria-invalid" in groups(sent)["party_size"]


def test_what_is_kept_has_an_end(monkeypatch):
    monkeypatch.setattr(quick, "MOST_KEPT", 4)

    groups(AnswerForm(guest=make_guest(make_meetup())))

    assert len(quick._kept) <= 4
