"""Leaving everything: nothing says any more who it was, the numbers stay, and a restored backup forgets it again."""

import json
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from django.core.management import call_command
from django.db import models, transaction

from hosts.mail.files import message_names, read_message, write_message
from meetups.access.address_hash import hash_address
from meetups.access.tokens import make_contribution_token, make_guest_token
from meetups.dispatch.send import deliver_due
from meetups.guests.services.dish import bring_dish
from meetups.guests.services.seat_request import ask_for_seat
from meetups.models import AddressLedger, Contribution, Delivery, Dish, Erasure, Guest, Meetup, Photo, Suppression
from meetups.privacy import erasure_log
from meetups.privacy.erasure import erase_address, erase_guest, forget_erasures, replay_erasures
from meetups.times import clock
from tests.browser.page_states import add_photo
from tests.factories import (
    STREET,
    make_contribution,
    make_delivery,
    make_guest,
    make_held_meetup,
    make_host,
    make_meetup,
    make_recap,
)
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
MARIA = "maria@example.net"
SAID = {
    "name": "Maria Lindqvist",
    "shown_name": "Maria L.",
    "diet": "no nuts",
    "diets": "vegan",
    "note": "We bring a bench.",
    "language": "fr",
}


@pytest.fixture(autouse=True)
def own_folders(settings, tmp_path):
    settings.MEDIA_ROOT, settings.VAR_DIR = tmp_path / "media", tmp_path / "var"


@pytest.fixture
def written(django_capture_on_commit_callbacks):
    """Erase as a committed transaction does, with what follows the commit."""

    def erase(guest: Guest, *, everything: bool = False) -> int:
        with django_capture_on_commit_callbacks(execute=True):
            return erase_address(guest.email_hash) if everything else erase_guest(guest)

    return erase


def traces(*words: str) -> list[str]:
    """Return the tables in which one of these words still stands."""
    return [name for name, rows in all_rows().items() if any(word.lower() in repr(row).lower() for word in words for row in rows)]


def test_nothing_of_the_guest_is_left_in_any_table_but_a_mark(written):
    guest = make_guest(make_held_meetup(), MARIA, rsvp="yes", attended=True, **SAID)
    make_contribution(guest, "I will plant an oak.", promise="Plant it.", shown_as="Maria")
    make_delivery("confirmation", guest=guest, state="sent", context={"personal": "Dear Maria"}, finished_at=clock.now())
    make_delivery("guest_words", user=make_host(), meetup=guest.meetup, context={"guest": guest.pk, "words": "Maria says yes"})

    assert written(guest) == 1

    assert traces("maria", "no nuts", "bench", "an oak", "Plant", guest.selector) == []
    mark = hash_address(MARIA)
    assert set(traces(mark)) == {"meetups.Suppression", "meetups.Erasure"}


def test_no_file_of_mail_tells_the_street_to_whoever_left_the_evening(written, settings, tmp_path):
    settings.MAIL_DIR, settings.MAIL_IS_FILES = tmp_path / "mail", True
    meetup = make_meetup(make_host("ana@example.org"), in_days=1)
    guest, other = make_guest(meetup, MARIA, rsvp="yes"), make_guest(meetup, "omar@example.org", rsvp="yes")
    elsewhere = make_guest(make_meetup(), MARIA, rsvp="yes")
    for reader in (guest, other, elsewhere):
        make_delivery("confirmation", guest=reader, context={"said": "yes"})
    deliver_due()
    assert [STREET in text_of(name) for name in message_names()] == [True, True, True]

    written(guest)

    left = sorted(str(message_of(name)["To"]) for name in message_names())
    assert len(left) == 2
    assert "omar@example.org" in left[1]
    assert [str(message_of(name)["Message-ID"]) for name in message_names() if MARIA in str(message_of(name)["To"])] == [
        Delivery.objects.get(guest=elsewhere).message_id
    ]


def message_of(name: str) -> EmailMessage:
    return message_from_bytes(read_message(name) or b"", policy=policy.default)


def text_of(name: str) -> str:
    body = message_of(name).get_body(("plain",))
    return body.get_content() if body else ""


def test_the_numbers_of_an_evening_stay(written):
    meetup = make_held_meetup()
    guest = make_guest(meetup, MARIA, rsvp="yes", party_size=2, attended=True, could_host=True)
    before = Meetup.objects.with_guest_counts().get(pk=meetup.pk)

    written(guest)

    after = Meetup.objects.with_guest_counts().get(pk=meetup.pk)
    assert (
        (after.num_yes, after.num_came, after.num_invited) == (before.num_yes, before.num_came, before.num_invited) == (2, 2, 1)
    )


def test_a_seat_goes_to_the_next_in_line_and_nobody_is_written_to_about_it(written):
    meetup = make_meetup(seats=1)
    guest, second = make_guest(meetup, MARIA, rsvp="yes"), make_guest(meetup, rsvp="waiting")

    written(guest)

    second.refresh_from_db()
    assert second.has_offer
    assert not Delivery.objects.filter(guest=guest).exists()
    assert Delivery.objects.get(guest=second).kind == "seat_offered"


def test_what_was_brought_is_free_for_others(written):
    guest = make_guest(make_meetup(), MARIA, rsvp="yes")
    bring_dish(guest, words="Maria's soup")

    written(guest)

    assert not Dish.objects.exclude(guest=None).exists()
    assert traces("soup'") == []


def test_photo_and_words_leave_the_recap_at_once(client, written):
    guest = make_guest(make_held_meetup(), MARIA, rsvp="yes", attended=True)
    words = make_contribution(guest, "I will plant an oak.")
    others = [make_guest(guest.meetup, rsvp="yes", attended=True) for _ in range(3)]
    for other in others:
        make_contribution(other, "Soup helps.")
    photo, recap = add_photo(words), make_recap(guest.meetup)
    file, storage = photo.file.name, photo.file.storage
    words_link = f"/w/{make_contribution_token(words)}"
    assert "plant an oak" in client.get(recap.get_absolute_url()).content.decode()

    written(guest)

    assert "plant an oak" not in client.get(recap.get_absolute_url()).content.decode()
    assert client.get(photo.get_absolute_url()).status_code == 404
    assert client.get(words_link).status_code == 404
    assert not storage.exists(file)
    assert not Photo.objects.exists() and Contribution.objects.count() == len(others)


def test_every_row_that_hangs_on_a_guest_goes_with_the_guest_or_is_freed():
    """A table that one day points at guests has to be thought of in services/erasing.py: what is not deleted is named here."""
    freed = {Dish, Guest}
    hanging = {relation.related_model for relation in Guest._meta.related_objects if relation.on_delete is not models.CASCADE}

    assert hanging - freed == set()


def test_only_this_evening_leaves_the_others_alone(client, written):
    here, there = make_guest(make_meetup(), MARIA, **SAID), make_guest(make_meetup(), MARIA, **SAID)

    assert written(here) == 1

    there.refresh_from_db()
    assert (there.email, there.note) == (MARIA, SAID["note"])
    assert client.get(f"/r/{make_guest_token(there)}").status_code == 200
    assert list(Suppression.objects.values_list("target", flat=True)) == [f"meetup:{here.meetup_id}"]


def test_everything_reaches_every_table_and_the_ledger_and_nobody_elses(written):
    rows = [make_guest(make_meetup(), MARIA, **SAID), make_guest(make_held_meetup(), MARIA, rsvp="no", **SAID)]
    other = make_guest(rows[0].meetup, "maria@example.com", name="Another Maria")
    AddressLedger.objects.create(address_hash=hash_address(MARIA), kind="invitation", at=clock.now())

    assert written(rows[0], everything=True) == 2

    assert Guest.objects.filter(email_hash=hash_address(MARIA)).count() == 0
    assert AddressLedger.objects.count() == 0
    assert list(Suppression.objects.values_list("target", flat=True)) == [""]
    other.refresh_from_db()
    assert (other.name, other.email) == ("Another Maria", "maria@example.com")


def test_letters_that_a_trial_site_keeps_as_files_go_with_everything(written, settings, tmp_path):
    settings.MAIL_DIR = tmp_path / "mail"
    for address in (MARIA, "another.maria@example.net"):
        write_message(f"To: Maria <{address}>\r\nSubject: x\r\n\r\nDear Maria\r\n".encode())

    written(make_guest(make_meetup(), MARIA), everything=True)

    (left,) = message_names()
    assert b"another.maria@example.net" in read_message(left)


def test_a_second_call_finds_nobody(written):
    guest = make_guest(make_meetup(), MARIA, rsvp="yes")
    written(guest)
    once = all_rows()

    assert written(guest) == 0
    assert all_rows() == once


def test_a_letter_in_a_workers_hand_loses_what_it_says_and_nothing_breaks(written):
    guest = make_guest(make_meetup(), MARIA)
    row = make_delivery("host_words", guest=guest, state="sending", context={"words": "for Maria"}, lease_token="x")

    written(guest)

    row.refresh_from_db()
    assert (row.state, row.context) == ("sending", {})


def test_what_is_rolled_back_is_not_written_down_and_nobody_is_erased():
    guest = make_guest(make_meetup(), MARIA, **SAID)

    with pytest.raises(RuntimeError), transaction.atomic():
        erase_guest(guest)
        raise RuntimeError

    assert list(erasure_log.read_all()) == []
    guest.refresh_from_db()
    assert guest.name == SAID["name"]


# After a backup was restored -----------------------------------------------------------------------------------------


def restore(guest: Guest) -> Guest:
    """Bring the guest back as a backup would, and take from the database that there was an erasure."""
    Guest.objects.filter(pk=guest.pk).delete()
    Erasure.objects.all().delete()
    Suppression.objects.all().delete()
    guest.save(force_insert=True)
    return guest


@pytest.mark.parametrize("everything", [True, False])
def test_a_restored_backup_forgets_again_by_the_files_beside_the_database(written, capsys, everything):
    guest = make_guest(make_held_meetup(), MARIA, rsvp="yes", attended=True, **SAID)
    kept = Guest.objects.get(pk=guest.pk)
    written(guest, everything=everything)
    make_contribution(restore(kept), "I will plant an oak.")

    call_command("replay_erasures")

    assert capsys.readouterr().out == "1 guests were erased again.\n"
    assert traces("maria", "bench", "an oak") == []
    assert Suppression.objects.get().target == ("" if everything else f"meetup:{kept.meetup_id}")
    call_command("replay_erasures")
    assert capsys.readouterr().out == "There was nothing to erase again.\n"


def test_whoever_comes_back_after_leaving_stays(written, moved_clock):
    meetup = make_meetup(visibility="listed")
    written(make_guest(meetup, MARIA))
    moved_clock(hours=1)
    ask_for_seat(meetup, name="Maria", email=MARIA)
    Guest.objects.filter(email=MARIA).update(created_at=clock.now())

    assert replay_erasures() == 0
    assert Guest.objects.filter(email=MARIA).exists()


def test_a_torn_line_or_a_full_disk_stops_nothing(written, settings, caplog):
    written(make_guest(make_meetup(), MARIA))
    (erasure_log.folder() / "2020-01-01").write_text("torn\n2020-01-01T00:00:00+00:00 abc -\n")
    assert len(list(erasure_log.read_all())) == 1
    settings.VAR_DIR = erasure_log.folder() / "2020-01-01"

    erasure_log.write_down(clock.now(), "a" * 64, "")

    assert "could not be written down" in caplog.text


def test_the_list_itself_is_forgotten_when_no_backup_is_as_old(written, settings):
    written(make_guest(make_meetup(), MARIA))
    later = clock.now() + timedelta(days=settings.RETAIN_ERASURES_DAYS + 1)

    assert forget_erasures(clock.now()) == 0
    assert forget_erasures(later) == 1
    assert list(erasure_log.read_all()) == []
    assert settings.RETAIN_ERASURES_DAYS > 35


def test_the_file_names_nobody(written):
    written(make_guest(make_meetup(), MARIA, **SAID), everything=True)

    (file,) = erasure_log.folder().iterdir()

    assert "maria" not in file.read_text().lower()
    assert file.stat().st_mode & 0o077 == 0
    assert json.dumps(list(map(str, erasure_log.read_all())))


def test_a_friend_who_came_and_leaves_still_counts(written):
    meetup = make_held_meetup()
    friend = make_guest(meetup, MARIA, rsvp="yes", attended=True, origin="friend", admitted_at=clock.now())

    written(friend)

    assert Meetup.objects.with_guest_counts().get(pk=meetup.pk).num_came == 1
