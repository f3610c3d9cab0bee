"""A guest's link, opened more than fourteen days after the evening: why it is closed, and the way to the recap."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from meetups.access.tokens import make_guest_token
from meetups.guests.services.access_link import renew_link
from meetups.guests.services.guest_list import remove_guest
from meetups.models import Delivery, Guest
from meetups.privacy.retention import retire
from meetups.times import clock
from tests.factories import DOOR, PHONE, STREET, make_guest, make_meetup, make_recap
from tests.guests.views.reading import heading, link

pytestmark = pytest.mark.django_db
PAGES = ["guest", "guest_calendar", "guest_calendar_page", "guest_map", "guest_table", "guest_confirm", "guest_here", "guest_ask"]
PAGES += ["guest_not_me", "guest_after", "guest_photo"]


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


def over(days: float = 14.2, **fields) -> Guest:
    """Return a guest of an evening that ended so many days ago."""
    ended = clock.now() - timedelta(days=days)
    began = ended - timedelta(hours=3)
    when = {"date": began.date(), "time": began.time(), "zone": "UTC", "title": "Secret soup"}
    return make_guest(make_meetup(**when | fields), name="Maria", rsvp="yes", attended=True)


def test_it_says_why_and_leads_to_the_recap(client):
    guest = over()
    recap = make_recap(guest.meetup)

    response = client.get(link(guest))
    html = response.content.decode()

    assert response.status_code == 410
    assert heading(html) == "This page is closed"
    assert "more than fourteen days ago" in html
    assert f'href="{recap.get_absolute_url()}"' in html
    assert client.get(recap.get_absolute_url()).status_code == 200


def test_until_then_the_page_is_open(client):
    assert client.get(link(over(13.9))).status_code == 200


@pytest.mark.parametrize("state", ["draft", "withdrawn", None])
def test_without_a_public_recap_it_leads_nowhere(client, state):
    guest = over()
    if state:
        make_recap(guest.meetup, state=state)

    html = client.get(link(guest)).content.decode()

    assert "No recap of it is public." in html
    assert "/recaps/" not in html


def test_a_canceled_evening_is_called_so(client):
    html = client.get(link(over(status="canceled", canceled_at=clock.now()))).content.decode()

    assert "The evening was canceled" in html
    assert "recap of it" not in html


@pytest.mark.parametrize("name", PAGES)
def test_every_page_behind_the_link_says_the_same_and_a_post_changes_nothing(client, name):
    guest = over()
    path = reverse(name, args=[make_guest_token(guest)])
    before = Guest.objects.values().get()

    shown, posted = client.get(path), client.post(path, {"rsvp": "no", "here": "yes", "words": "Hi", "sure": "on", "speak": "fr"})

    assert [shown.status_code, posted.status_code] == [410, 410]
    assert Guest.objects.values().get() == before
    assert not Delivery.objects.exists()


def test_nothing_of_the_evening_or_its_people_is_told(client):
    guest = over()
    make_recap(guest.meetup)

    response = client.get(link(guest))
    html = response.content.decode()

    for secret in ["Secret soup", "Maria", "Ana", guest.email, STREET, DOOR, PHONE, "M6G", "Toronto"]:
        assert secret not in html
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert not response.cookies


def test_it_is_in_the_language_of_the_guest(client):
    guest = over()
    Guest.objects.update(language="fr")

    response = client.get(link(guest))

    assert response["Content-Language"] == "fr"


def test_wrong_and_revoked_links_are_told_nothing_of_that(client):
    wrong, renewed, removed = over(), over(), over()
    renewed_link, removed_link = link(renewed), link(removed)
    renew_link(renewed)
    remove_guest(removed)
    wrong_link = link(wrong)[:-1] + ("A" if link(wrong)[-1] != "A" else "E")

    for path in (wrong_link, renewed_link, removed_link, "/r/wrong"):
        response = client.get(path)
        assert response.status_code == 404
        assert "closed" not in response.content.decode()


def test_it_still_says_so_when_names_and_addresses_are_forgotten(client):
    guest = over(60)
    recap = make_recap(guest.meetup)
    path = link(guest)
    retire()

    html = client.get(path).content.decode()

    assert recap.get_absolute_url() in html


def test_data_and_leaving_stay_open(client):
    guest = over()

    for name in ("guest_data", "guest_leave"):
        path = reverse(name, args=[make_guest_token(guest)])
        assert path in client.get(link(guest)).content.decode()
        assert client.get(path).status_code == 200
