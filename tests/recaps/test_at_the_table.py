"""Who was at the table: what a guest answered, what they say afterwards, what the host says; and what follows from it."""

import pytest

from meetups.access.tokens import make_contribution_token, make_guest_token
from meetups.models import Contribution, Guest, Mailing, Recap
from meetups.outbox.segments import segment_guests
from meetups.recaps.public_view import make_broadside
from meetups.recaps.services.attendance import confirm_attendance, record_attendance
from meetups.recaps.services.debrief import record_came
from tests.browser.page_states import add_photo
from tests.factories import (
    let_all_stand,
    make_contribution,
    make_guest,
    make_held_meetup,
    make_host,
    make_others_speak,
    make_recap,
)
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
SENTENCE = "I left less alone than I came."
WORDS = {"sentence": SENTENCE, "sentence_consent": "everyone", "shown_as": "Ned"}
SECRET = "For those who were here only."

# Said one after the other, and whether that guest then was at the table, and may leave something.
WITH_A_SEAT = [
    ([], True, True),
    (["guest: yes"], True, True),
    (["guest: no"], False, False),
    (["host: yes"], True, True),
    (["host: no"], False, False),
    (["host: no", "guest: yes"], True, True),
    (["guest: yes", "host: no"], False, False),
    (["host: yes", "guest: no"], False, False),
    (["guest: no", "host: yes"], True, True),
]
WITHOUT = [
    ([], False, False),
    (["guest: yes"], False, True),
    (["guest: no"], False, False),
    (["guest: yes", "guest: no"], False, False),
    (["host: yes"], True, True),
    (["guest: yes", "host: yes"], True, True),
    (["guest: yes", "host: no"], False, False),
    (["host: yes", "guest: no"], True, True),
    (["host: yes", "host: no"], False, False),
    (["guest: yes", "host: ticks others"], False, True),
    (["guest: yes", "host: no", "host: ticks others"], False, False),
]
CASES = [
    *(("yes", *case) for case in WITH_A_SEAT),
    *(("no", *case) for case in WITHOUT),
    *((rsvp, *case) for rsvp in ("invited", "maybe", "waiting") for case in WITHOUT[:2]),
]


def say(guest: Guest, word: str) -> None:
    guest = Guest.objects.get(pk=guest.pk)
    others = list(guest.meetup.guests.exclude(pk=guest.pk).values_list("pk", flat=True))
    if word.startswith("guest"):
        record_attendance(guest, attended=word == "guest: yes")
    elif word == "host: no" and guest.said_there and guest.rsvp != "yes":
        confirm_attendance(guest, attended=False)
    else:
        record_came(guest.meetup, [*others, guest.pk] if word == "host: yes" else others)


@pytest.mark.parametrize(
    ("rsvp", "said", "was_there", "may_write"), [pytest.param(*case, id=f"{case[0]}, {', '.join(case[1])}") for case in CASES]
)
def test_what_somebody_leaves_counts_where_they_were_at_the_table(client, rsvp, said, was_there, may_write):
    meetup = make_held_meetup()
    make_recap(meetup)
    make_others_speak(meetup, 2)
    promised = {"sentence_consent": "table", "promise": "Call Bo.", "promise_for_table": True}
    other = make_contribution(make_guest(meetup, rsvp="yes", attended=True), SECRET, **promised)
    guest = make_guest(meetup, name="Ned", rsvp=rsvp)
    for word in said:
        say(guest, word)

    page = client.get(f"/r/{make_guest_token(guest)}/after").content.decode()
    client.post(f"/r/{make_guest_token(guest)}/after", WORDS | {"promise": "Ask the street."})
    left = Contribution.objects.filter(guest=guest).first()
    # What was left before counts by the same rule, whatever may be written now.
    left = left or make_contribution(guest, SENTENCE, promise="Ask the street.", promise_for_table=True)
    let_all_stand(meetup)
    photo = add_photo(left, consent="everyone", alt="Six bowls")
    guest.refresh_from_db()

    assert ('name="sentence"' in page) is may_write
    assert Guest.objects.get(pk=guest.pk).was_at_table is was_there
    assert {SECRET in page, "Call Bo." in page} == {was_there}
    for counted in (Contribution.objects.public(), Contribution.objects.speaking()):
        assert counted.filter(guest=guest).exists() is was_there
    assert (SENTENCE in make_broadside(Recap.objects.with_meetup().get()).sentences) is was_there
    assert client.get(photo.get_absolute_url()).status_code == (200 if was_there else 404)
    theirs = client.get(f"/r/{make_guest_token(other.guest)}/after").content.decode()
    assert {SENTENCE in theirs, "Ask the street." in theirs, photo.name in theirs} == {was_there}
    client.force_login(meetup.host)
    desk = client.get(f"/host/{meetup.code}/recap/").content.decode()
    assert (SENTENCE in desk) is was_there
    assert client.get(f"/host/{meetup.code}/photos/{photo.name}.jpg").status_code == (200 if was_there else 404)
    for segment in (Mailing.Segment.CAME, Mailing.Segment.CONTRIBUTED, Mailing.Segment.PROMISED):
        assert segment_guests(meetup, segment).filter(pk=guest.pk).exists() is was_there


def test_two_voices_and_one_who_only_says_that_they_were_there_do_not_make_three():
    meetup = make_held_meetup()
    recap = make_recap(meetup)
    make_others_speak(meetup, 2)
    ned = make_guest(meetup, name="Ned", rsvp="no")
    record_attendance(ned, attended=True)
    make_contribution(ned, SENTENCE)
    alone = make_broadside(recap).sentences

    confirm_attendance(ned, attended=True)

    assert alone == []
    assert len(make_broadside(recap).sentences) == 3


# The guest's page ----------------------------------------------------------------------------------------------------


def test_somebody_without_a_seat_reads_that_their_words_wait(client):
    ned = make_guest(make_held_meetup(make_host(shown_name="Ana")), name="Ned", rsvp="no")
    path = f"/r/{make_guest_token(ned)}/after"

    client.post(path, {"attended": "yes"})
    client.post(path, WORDS)
    page = client.get(path).content.decode()
    words = client.get(f"/w/{make_contribution_token(Contribution.objects.get())}").content.decode()

    assert "You say that you were there" in page
    assert "You had no seat on the list, so Ana is asked to say so too." in page
    for text in (page, words):
        assert "It waits: nobody else reads it until Ana says that you were there." in text
        assert "Everyone may read this" not in text
    confirm_attendance(ned, attended=False)
    page = client.get(path).content.decode()
    assert "Ana has written down that you were not" in page
    assert "because it is not written down that you were there" in page
    confirm_attendance(ned, attended=True)
    page = client.get(path).content.decode()
    assert "You were there" in page
    assert "That is wrong" not in page


def test_words_of_somebody_who_was_not_there_can_still_be_corrected_and_taken_out(client):
    guest = make_guest(make_held_meetup(), rsvp="yes")
    left = make_contribution(guest)
    record_attendance(guest, attended=False)
    path = f"/w/{make_contribution_token(left)}"

    client.post(path, WORDS | {"sentence": "Other words."})
    left.refresh_from_db()
    corrected = left.sentence
    client.post(path, {"take_out": "1", "really": "1", "sure": "on"})

    left.refresh_from_db()
    assert (corrected, left.sentence) == ("Other words.", "")


def test_somebody_who_was_not_there_reads_no_recap_before_everybody_does(client):
    meetup = make_held_meetup()
    recap = make_recap(meetup, state="draft", text="Eight of us sat down.")
    Recap.objects.filter(pk=recap.pk).update(public_at=meetup.ends_at)
    guest = make_guest(meetup, rsvp="no")
    left = make_contribution(guest)
    path = f"/w/{make_contribution_token(left)}"
    before = client.get(path).content.decode()

    record_came(meetup, [guest.pk])

    assert recap.text not in before
    assert recap.text in client.get(path).content.decode()


# The host's page -----------------------------------------------------------------------------------------------------


@pytest.fixture
def ned() -> Guest:
    guest = make_guest(make_held_meetup(make_host()), name="Ned", rsvp="no")
    return record_attendance(guest, attended=True)


@pytest.mark.parametrize(("then", "came"), [("was_there", True), ("was_not", False), ("", False)])
def test_the_host_says_with_one_press_whether_they_were_there(client, ned, then, came):
    code = ned.meetup.code
    client.force_login(ned.meetup.host)
    asked = [client.get(f"/host/{code}/{page}").content.decode() for page in ("", "came/", "recap/")]

    for _press in range(2):
        response = client.post(f"/host/{code}/came/{ned.pk}/", {"then": then, "back": "recap"})

    # On the pages where the host answers it is what is best done next, too.
    assert [text.count("Ned says they were there") for text in asked] == [1, 2, 2]
    assert (response.status_code, response["Location"]) == (302, f"/host/{code}/recap/")
    ned.refresh_from_db()
    assert ned.attended is came
    assert "Ned says they were there" not in client.get(f"/host/{code}/came/").content.decode()


def test_nobody_else_says_who_was_there(client, ned):
    path = f"/host/{ned.meetup.code}/came/{ned.pk}/"
    before = all_rows()["meetups.Guest"]

    assert client.post(path, {"then": "was_there"})["Location"].startswith("/accounts/login/")
    client.force_login(make_host())
    assert client.post(path, {"then": "was_there"}).status_code == 404
    other = make_held_meetup(make_host())
    client.force_login(other.host)
    assert client.post(f"/host/{other.code}/came/{ned.pk}/", {"then": "was_there"}).status_code == 404
    client.force_login(ned.meetup.host)
    assert client.get(path).status_code == 405
    assert all_rows()["meetups.Guest"] == before


def test_the_host_cannot_say_it_of_somebody_who_does_not(client):
    silent = make_guest(make_held_meetup(make_host()), name="Ned", rsvp="no")
    client.force_login(silent.meetup.host)

    page = client.post(f"/host/{silent.meetup.code}/came/{silent.pk}/", {"then": "was_there"}, follow=True).content.decode()

    silent.refresh_from_db()
    assert silent.attended is None
    assert "This guest does not say so any more." in page
