"""A promise after the evening: made behind the guest's link, asked about behind one that does not expire, and nobody else's."""

from datetime import timedelta

import pytest
from django.conf import settings as site
from django.core.cache import cache

from meetups.access.tokens import make_contribution_token, make_guest_token
from meetups.models import Contribution
from meetups.privacy.retention import retire
from meetups.times import clock
from tests.factories import make_contribution, make_guest, make_held_meetup, make_host, make_others_speak, make_recap
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
PROMISE = "Ask my neighbors to the next one."


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


@pytest.fixture
def guest():
    return make_guest(make_held_meetup(make_host()), name="Maria", rsvp="yes", attended=True)


def words_link(contribution: Contribution) -> str:
    return f"/w/{make_contribution_token(contribution)}"


def test_a_promise_alone_is_kept_and_stays_when_the_words_are_changed(client, guest):
    path = f"/r/{make_guest_token(guest)}/after"

    client.post(path, {"sentence": "", "promise": PROMISE})
    alone = Contribution.objects.get()
    client.post(words_link(alone), {"sentence": "Mine.", "sentence_consent": "everyone", "shown_as": ""})

    assert (alone.promise, alone.sentence) == (PROMISE, "")
    assert Contribution.objects.get().promise == PROMISE
    assert PROMISE in client.get(path).content.decode()


def test_how_it_went_is_told_and_is_nobody_elses_without_the_tick(client, guest):
    contribution = make_contribution(guest, promise=PROMISE)

    answer = client.post(words_link(contribution), {"how_it_went": "Not yet."})

    contribution.refresh_from_db()
    assert (answer.status_code, contribution.how_it_went, contribution.host_may_read) == (303, "Not yet.", False)
    client.force_login(guest.meetup.host)
    assert "Not yet." not in client.get(f"/host/{guest.meetup.code}/recap/").content.decode()


def test_the_host_reads_what_was_ticked(client, guest):
    contribution = make_contribution(guest, promise=PROMISE)

    client.post(words_link(contribution), {"how_it_went": "<b>They said yes.</b>", "host_may_read": "on"})
    client.force_login(guest.meetup.host)
    page = client.get(f"/host/{guest.meetup.code}/recap/").content.decode()

    assert PROMISE in page
    assert "&lt;b&gt;They said yes.&lt;/b&gt;" in page


def test_a_promise_is_in_no_recap(client, guest):
    make_contribution(guest, promise=PROMISE, how_it_went="They said yes.", host_may_read=True)
    make_others_speak(guest.meetup)
    recap = make_recap(guest.meetup)

    page = client.get(recap.get_absolute_url()).content.decode()

    assert "I left less alone than I came." in page
    assert PROMISE not in page
    assert "They said yes." not in page


def test_taking_out_takes_the_promise_too(client, guest):
    contribution = make_contribution(guest, promise=PROMISE, how_it_went="Not yet.")

    client.post(words_link(contribution), {"take_out": "1", "really": "1", "sure": "on"})

    contribution.refresh_from_db()
    assert (contribution.promise, contribution.how_it_went) == ("", "")


def test_without_a_promise_there_is_nothing_to_tell(client, guest):
    contribution = make_contribution(guest)
    before = all_rows()

    answer = client.post(words_link(contribution), {"how_it_went": "Not yet."})

    assert answer.status_code == 200
    assert all_rows() == before


def test_a_line_that_is_too_long_is_refused_in_words(client, guest):
    contribution = make_contribution(guest, promise=PROMISE)

    page = client.post(words_link(contribution), {"how_it_went": "a" * 281}).content.decode()

    assert "<title>Error:" in page
    assert "a" * 281 in page


def test_somebody_who_promised_is_still_known_on_the_thirtieth_day(guest):
    silent = make_guest(guest.meetup, rsvp="yes")
    unsure = make_guest(guest.meetup, rsvp="yes")
    make_contribution(unsure, promise=PROMISE)

    retire(guest.meetup.ends_at + timedelta(days=site.RETAIN_ADDRESS_DAYS, hours=1))
    silent.refresh_from_db()
    unsure.refresh_from_db()
    retire(clock.now() + timedelta(days=site.RETAIN_CONTACT_OF_COMERS_DAYS))

    assert silent.email is None
    assert unsure.email is not None
    unsure.refresh_from_db()
    assert unsure.email is None
