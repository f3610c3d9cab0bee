"""The host's desk of a public recap: what waits for a word, what was left out; and what the guest reads of it meanwhile."""

import pytest

from meetups.access.tokens import make_contribution_token, make_guest_token
from meetups.models import Contribution, Photo, RemovalRequest
from meetups.recaps.services.moderation import version_of
from meetups.times import clock
from tests.browser.page_states import add_photo
from tests.factories import make_contribution, make_guest, make_held_meetup, make_host, make_others_speak, make_recap
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
SENTENCE = "I left less alone than I came."


@pytest.fixture
def words() -> Contribution:
    """What Maria left once the recap was public: a sentence and a photo."""
    meetup = make_held_meetup(make_host(shown_name="Ana"))
    make_others_speak(meetup, 3)
    make_recap(meetup)
    words = make_contribution(make_guest(meetup, name="Maria", rsvp="yes"), SENTENCE, waits_since=clock.now())
    add_photo(words, consent="everyone", alt="Six bowls", waits_since=clock.now())
    return words


def desk(words: Contribution) -> str:
    return f"/host/{words.meetup.code}/recap/"


def press(words: Contribution, *, what: str = "words", then: str = "show") -> tuple[str, dict]:
    row = words.photo if what == "photo" else words
    data = {"what": what, "then": then, "version": version_of(row)}
    return f"{desk(words)}waiting/{words.pk}/", data


def public(client, words: Contribution) -> tuple[bool, bool]:
    page = client.get(words.meetup.recap.get_absolute_url()).content.decode()
    return SENTENCE in page, words.photo.name in page


def test_the_host_reads_what_waits_and_shows_each_with_one_press(client, words):
    client.force_login(words.meetup.host)
    page = client.get(desk(words)).content.decode()
    before = public(client, words)

    for what in ("words", "photo", "photo"):
        response = client.post(*press(words, what=what))

    assert "It waits for your word" in page and page.count("· waits for your word<") == 2
    assert (response.status_code, response["Location"]) == (302, desk(words))
    assert (before, public(client, words)) == ((False, False), (True, True))
    assert "It waits for your word" not in client.get(desk(words)).content.decode()


def test_what_the_host_leaves_out_can_be_shown_later_by_its_tick(client, words):
    client.force_login(words.meetup.host)

    client.post(*press(words, then="leave_out"))

    left_out = Contribution.objects.get(pk=words.pk)
    assert (left_out.is_hidden, left_out.waits_since) == (True, None)
    assert public(client, words) == (False, False)


def test_what_was_changed_meanwhile_is_shown_to_the_host_again(client, words):
    client.force_login(words.meetup.host)
    url, data = press(words)
    Contribution.objects.filter(pk=words.pk).update(waits_since=clock.now())

    page = client.post(url, data, follow=True).content.decode()

    assert "The guest has changed it meanwhile." in page
    assert public(client, words) == (False, False)


def test_nobody_but_the_host_lets_anything_stand(client, words):
    before = all_rows()["meetups.Contribution"]
    url, data = press(words)

    assert client.post(url, data)["Location"].startswith("/accounts/login/")
    other = make_held_meetup(make_host())
    client.force_login(other.host)
    assert client.post(url, data).status_code == 404
    assert client.post(f"/host/{other.code}/recap/waiting/{words.pk}/", data).status_code == 404
    client.force_login(words.meetup.host)
    assert client.get(url).status_code == 405
    assert client.post(f"{desk(words)}waiting/{words.pk + 1000}/", data).status_code == 404
    assert all_rows()["meetups.Contribution"] == before


def test_the_guest_reads_that_it_waits_and_that_what_follows_will(client, words):
    pages = [f"/r/{make_guest_token(words.guest)}/after", f"/w/{make_contribution_token(words)}"]

    for page in [client.get(url).content.decode() for url in pages]:
        assert "It waits: nobody else reads it until Ana has read it and lets it stand." in page
        assert "It waits: nobody else sees it until Ana has seen it and lets it stand." in page
        assert "What you change or add waits until Ana has seen it; what you take out goes at once." in page
        assert "Everyone may" not in page


def test_before_the_recap_was_public_nothing_is_said_of_waiting(client):
    words = make_contribution(make_guest(make_held_meetup(), rsvp="yes"))

    page = client.get(f"/w/{make_contribution_token(words)}").content.decode()

    assert "waits" not in page
    assert "Everyone may read this, in the recap." in page


def test_a_photo_left_out_for_good_is_shown_again_from_the_desk(client, words):
    Contribution.objects.update(waits_since=None)
    Photo.objects.update(waits_since=None, removal_asked_at=clock.now())
    facts = {"contribution": words, "is_photo": True, "outcome": "left_out", "settled_at": clock.now()}
    removal = RemovalRequest.objects.create(recap=words.meetup.recap, **facts)
    client.force_login(words.meetup.host)
    page = client.get(desk(words)).content.decode()

    for _press in range(2):
        client.post(f"{desk(words)}removals/{removal.pk}/", {"then": "put_back"})

    assert "Left out because somebody asked" in page
    assert public(client, words) == (True, True)
    assert "Left out because somebody asked" not in client.get(desk(words)).content.decode()
