"""A guest without a name is asked for it on their page, in one field that may stay empty."""

import pytest
from django.core.cache import cache

from meetups.models import Guest
from meetups.times import clock
from tests.factories import make_guest, make_meetup
from tests.guests.views.reading import link, page, words_of

pytestmark = pytest.mark.django_db
FIELD = 'name="shown_name"'


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def guest() -> Guest:
    return make_guest(make_meetup(), name="")


def outside_the_fold(html: str) -> str:
    """Return the page without what is folded away."""
    form = html[html.index('id="typed"') :]
    return form.partition("<details")[0]


def test_the_field_stands_below_the_buttons_once_and_asks_for_nothing_more(client, guest):
    html = page(client, link(guest))

    assert outside_the_fold(html).index('value="no"') < outside_the_fold(html).index(FIELD)
    assert html.count(FIELD) == 1
    assert "You may leave it empty." in html
    assert "a guest" not in words_of(html)


def test_who_has_a_name_finds_the_field_in_the_fold(client):
    for names in ({"name": "Maria", "shown_name": ""}, {"name": "", "shown_name": "Maria"}):
        html = page(client, link(make_guest(make_meetup(), **names)))

        assert FIELD not in outside_the_fold(html)
        assert html.count(FIELD) == 1


def test_the_name_comes_with_the_answer(client, guest):
    client.post(link(guest), {"rsvp": "yes", "party_size": "1", "shown_name": "Maria"})

    guest.refresh_from_db()
    assert (guest.called, guest.rsvp) == ("Maria", "yes")


def test_it_may_stay_empty_and_is_asked_again_after_the_yes(client, guest):
    client.post(link(guest), {"rsvp": "yes", "party_size": "1", "shown_name": ""})
    html = page(client, link(guest))

    guest.refresh_from_db()
    assert (guest.called, guest.rsvp) == ("a guest", "yes")
    assert FIELD in outside_the_fold(html)
    assert "You said yes, one of you." in words_of(html)
    assert "a guest" not in words_of(html)
    assert "Keep the name" in html


def test_a_name_given_afterwards_keeps_the_answer_and_mails_nobody_twice(client, guest):
    client.post(link(guest), {"rsvp": "yes", "party_size": "1", "shown_name": ""})
    client.post(link(guest), {"rsvp": "yes", "party_size": "1", "shown_name": "Maria"})

    guest.refresh_from_db()
    assert (guest.called, guest.num_answers) == ("Maria", 1)


def test_a_web_address_is_refused_beside_the_field_and_stays_typed(client, guest):
    response = client.post(link(guest), {"rsvp": "yes", "party_size": "1", "shown_name": "see casino.example.com"})
    html = response.content.decode()

    assert "A web address cannot stand here." in html
    assert 'value="see casino.example.com"' in outside_the_fold(html)
    guest.refresh_from_db()
    assert guest.rsvp == "invited"


def test_a_wrong_or_ended_link_gives_nobody_a_name(client, guest):
    right = link(guest)
    wrong = right[:-2] + ("AA" if right[-2:] != "AA" else "BA")
    removed = make_guest(guest.meetup, name="", removed_at=clock.now())

    for path in (wrong, "/r/nobody", link(removed)):
        assert client.post(path, {"rsvp": "yes", "shown_name": "Eve"}).status_code == 404
    assert not Guest.objects.exclude(shown_name="").exists()


def test_two_guests_without_a_name_share_a_page_and_no_words(client):
    meetup = make_meetup()
    first, second = make_guest(meetup, name=""), make_guest(meetup, name="Joan")

    assert "Joan" not in page(client, link(first))
    assert "You are answering for Joan" in page(client, link(second))
    assert "Joan" not in page(client, link(first))
