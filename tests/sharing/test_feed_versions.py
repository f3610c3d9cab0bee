"""When an entry of a feed is said to be new: after a change that anybody can read, and after no other."""

import json

import pytest
from django.core.cache import cache

from meetups.guests.services.guest_list import remove_guest
from meetups.models import Contribution, Meetup, Recap
from meetups.recaps.services.attendance import record_attendance
from meetups.recaps.services.contribution import contribute, withdraw_contribution
from meetups.recaps.services.debrief import record_came
from meetups.recaps.services.excerpt import answer_cut, propose_cut
from meetups.recaps.services.moderation import review_contribution, version_of
from meetups.recaps.services.recap import arrange_contributions, edit_recap
from meetups.recaps.services.removal_request import blocks_of, request_removal, settle_removal
from tests.factories import make_contribution, make_guest, make_held_meetup, make_recap

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


@pytest.fixture
def recap(moved_clock) -> Recap:
    """A published recap with three voices; a minute after its last change."""
    meetup = make_held_meetup()
    recap = make_recap(meetup)
    for number in range(1, 4):
        guest = make_guest(meetup, rsvp="yes", attended=True)
        make_contribution(guest, f"Sentence number {number} of ours.", position=number, shown_as="")
    moved_clock(minutes=1)
    return recap


def modified(client) -> str:
    return json.loads(client.get("/feed.json").content)["items"][0]["date_modified"]


def first(meetup: Meetup) -> Contribution:
    return meetup.contributions.order_by("position").first()


def new_sentence(recap: Recap) -> Contribution:
    return contribute(make_guest(recap.meetup, rsvp="yes"), sentence="This waits for you.", sentence_consent="everyone")


def words_for_the_table(recap: Recap) -> None:
    contribute(make_guest(recap.meetup, rsvp="yes"), sentence="For our table.", sentence_consent="table")


def a_promise(recap: Recap) -> None:
    words = first(recap.meetup)
    contribute(words.guest, sentence=words.sentence, sentence_consent="everyone", promise="I will call.")


def a_proposed_cut(recap: Recap) -> None:
    propose_cut(first(recap.meetup), cut="Sentence […] of ours.")


def a_refused_cut(recap: Recap) -> None:
    a_proposed_cut(recap)
    answer_cut(first(recap.meetup), cut="Sentence […] of ours.", agrees=False)


def the_same_order(recap: Recap) -> None:
    arrange_contributions(recap.meetup, {row.pk: {"position": row.position} for row in recap.meetup.contributions.all()})


def the_same_words(recap: Recap) -> None:
    edit_recap(recap, question=recap.question, text=recap.text)


def a_guest_without_words_says_they_came(recap: Recap) -> None:
    record_attendance(make_guest(recap.meetup, rsvp="yes"), attended=True)


def the_host_hides_what_waits(recap: Recap) -> None:
    words = new_sentence(recap)
    review_contribution(words, is_photo=False, seen=version_of(words), is_shown=False)


SILENT = [new_sentence, words_for_the_table, a_promise, a_proposed_cut, a_refused_cut, the_same_order, the_same_words]
SILENT += [a_guest_without_words_says_they_came, the_host_hides_what_waits]


@pytest.mark.parametrize("act", SILENT)
def test_what_nobody_can_read_changes_no_entry(client, recap, act):
    before, version = modified(client), Recap.objects.get().card_version

    act(recap)

    assert modified(client) == before
    assert Recap.objects.get().card_version == version


def the_host_shows_what_waits(recap: Recap) -> None:
    words = new_sentence(recap)
    review_contribution(words, is_photo=False, seen=version_of(words), is_shown=True)


def a_changed_sentence_waits_and_the_old_one_is_gone(recap: Recap) -> None:
    contribute(first(recap.meetup).guest, sentence="Quite another one.", sentence_consent="everyone")


def a_withdrawn_sentence(recap: Recap) -> None:
    withdraw_contribution(first(recap.meetup))


def an_agreed_cut(recap: Recap) -> None:
    a_proposed_cut(recap)
    answer_cut(first(recap.meetup), cut="Sentence […] of ours.", agrees=True)


def another_order(recap: Recap) -> None:
    arrange_contributions(recap.meetup, {first(recap.meetup).pk: {"position": 9}})


def other_words_of_the_host(recap: Recap) -> None:
    edit_recap(recap, text="Nine of us sat down.")


def a_request_to_remove(recap: Recap) -> None:
    request_removal(recap, block=blocks_of(recap)[0].name)


def a_removal_that_is_put_back(recap: Recap) -> None:
    settle_removal(request_removal(recap, block=blocks_of(recap)[0].name), is_put_back=True, by="host")


def one_who_did_not_come(recap: Recap) -> None:
    record_came(recap.meetup, [row.guest_id for row in recap.meetup.contributions.all()][1:])


READ_BY_ALL = [the_host_shows_what_waits, a_changed_sentence_waits_and_the_old_one_is_gone, a_withdrawn_sentence, an_agreed_cut]
READ_BY_ALL += [another_order, other_words_of_the_host, a_request_to_remove, a_removal_that_is_put_back, one_who_did_not_come]


@pytest.mark.parametrize("act", READ_BY_ALL)
def test_what_anybody_can_read_changes_the_entry(client, recap, act):
    before, version = modified(client), Recap.objects.get().card_version

    act(recap)

    assert modified(client) > before
    assert Recap.objects.get().card_version > version


def test_a_recap_that_is_not_public_gets_a_new_version_all_the_same(recap):
    Recap.objects.update(state="draft")
    version = Recap.objects.get().card_version

    a_promise(recap)

    assert Recap.objects.get().card_version == version + 1


def test_a_removed_guest_leaves_the_entry_as_it_reads(client, recap):
    before = modified(client)

    remove_guest(make_guest(recap.meetup, rsvp="yes"))

    assert modified(client) == before
