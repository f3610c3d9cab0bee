"""Letters to guests who read French or Spanish: said as those languages say it, weekday, date, time and place first of all."""

import pytest
from django.utils import translation

from meetups.letters.message import build_message
from meetups.models import Guest
from meetups.planning.services.meetup import edit_meetup
from tests.factories import day, make_delivery, make_guest, make_meetup

pytestmark = pytest.mark.django_db
ANSWERED = {"rsvp": "yes", "had_seat": False, "missed": []}


@pytest.fixture
def meetup():
    return make_meetup(date=day("2026-12-15"), zone="America/Phoenix")


def letter_to(guest: Guest):
    return build_message(make_delivery("confirmation", guest=guest, context=ANSWERED))


@pytest.mark.parametrize(
    ("language", "subject", "moment", "places"),
    [
        (
            "fr",
            "mardi 15 décembre : vous avez une place",
            "mardi 15 décembre 2026, 19:00, heure locale à Phoenix",
            "2 couverts",
        ),
        ("es", "martes 15 de diciembre: tienes un sitio", "martes 15 de diciembre de 2026, 19:00, hora de Phoenix", "2 platos"),
    ],
)
def test_a_letter_says_the_moment_as_the_language_does_and_never_in_three_capitals(meetup, language, subject, moment, places):
    letter = letter_to(make_guest(meetup, rsvp="yes", party_size=2, language=language))

    assert letter.subject == f"Soup and one question, {subject}"
    assert moment in letter.body and places in letter.body
    assert "MST" not in letter.body and "p.m." not in letter.body
    assert f'<html lang="{language}" dir="ltr">' in letter.alternatives[0].content
    assert moment in letter.alternatives[0].content


def test_one_person_is_spoken_of_as_one(meetup):
    body = letter_to(make_guest(meetup, rsvp="yes", language="fr")).body

    assert "un couvert vous attend." in body


def test_a_guest_who_never_chose_is_written_to_in_the_evenings_language(meetup):
    guest = make_guest(edit_meetup(meetup, language="es"), rsvp="yes")

    assert "tienes un sitio" in letter_to(guest).subject
    Guest.objects.filter(pk=guest.pk).update(language="fr")
    assert "vous avez une place" in letter_to(Guest.objects.select_related("meetup__host").get(pk=guest.pk)).subject


def test_a_letter_speaks_the_guests_language_whatever_the_worker_speaks(meetup):
    guest = make_guest(meetup, rsvp="yes", language="fr")

    with translation.override("es"):
        assert "vous avez une place" in letter_to(guest).subject
        assert translation.get_language() == "es"
