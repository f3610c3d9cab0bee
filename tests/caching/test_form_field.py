"""Fields rendered once for many readers look as if each had been rendered alone, and nothing that somebody typed is cached."""

import pytest
from django.forms import BoundField
from django.utils import translation

from meetups.caching import form_field
from meetups.guests.forms.answer import AnswerForm
from tests.factories import make_guest, make_meetup

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_cache():
    form_field._cached.clear()


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
    cached = dict(form_field._cached)

    groups(AnswerForm(guest=make_guest(make_meetup())))

    assert cached
    assert form_field._cached == cached


def test_what_a_person_typed_is_not_cached():
    guest = make_guest(make_meetup(), diet="no nuts", note="I come by train", shown_name="Maria")
    form = AnswerForm(guest=guest)

    shown = "".join(groups(form).values())

    assert all(words in shown for words in ("no nuts", "I come by train", "Maria"))
    assert not any(words in html for html in form_field._cached.values() for words in ("no nuts", "by train", "Maria"))


def test_a_form_that_was_sent_shows_its_own_errors():
    guest = make_guest(make_meetup())
    groups(AnswerForm(guest=guest))
    sent = AnswerForm({"rsvp": "yes", "party_size": "99"}, guest=guest)

    assert not sent.is_valid()
    assert groups(sent) == plain(sent)
    assert "aria-invalid" in groups(sent)["party_size"]


def test_what_is_cached_has_an_end(monkeypatch):
    monkeypatch.setattr(form_field, "MAX_FIELDS", 4)

    groups(AnswerForm(guest=make_guest(make_meetup())))

    assert len(form_field._cached) <= 4
