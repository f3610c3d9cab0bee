"""A host invites from a file: the columns are shown and chosen, and then it is as if the people had been pasted."""

from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meetups.models import Delivery, Guest
from meetups.planning.views import invite
from tests.factories import make_draft, make_guest, make_held_meetup, make_host, make_meetup

pytestmark = pytest.mark.django_db
FILE = "Name;Email;Phone\nAna Li;ana@example.org;416-555-0100\nBen Wu;ben@example.org;\nCleo;;416-555-0101\n"


@pytest.fixture
def host():
    return make_host("host@example.org")


@pytest.fixture
def meetup(host):
    return make_meetup(host, seats=4)


def upload(door, meetup, data: str | bytes = FILE, **fields):
    file = SimpleUploadedFile("guests.csv", data.encode() if isinstance(data, str) else data)
    return door.post(f"/host/{meetup.code}/invite/", {"addresses": "", "personal": "", "file": file} | fields)


def choose(door, seen, meetup, **fields):
    """Send the form of the columns as it is shown, but for `fields`."""
    form = seen.context["form"]
    shown = {name: form[name].value() for name in form.fields} | dict(seen.context["typed"]) | fields
    return door.post(f"/host/{meetup.code}/invite/file/", {name: value for name, value in shown.items() if value})


# Who may come in -----------------------------------------------------------------------------------------------------


def test_a_stranger_is_asked_to_sign_in(client, meetup):
    path = f"/host/{meetup.code}/invite/file/"

    assert client.post(path, {"file": "QQ=="}).url.startswith(f"/accounts/login/?next={quote(path, safe='')}")


def test_another_host_finds_nothing(door):
    assert door.post(f"/host/{make_meetup(make_host()).code}/invite/file/", {"file": "QQ=="}).status_code == 404
    assert upload(door, make_meetup(make_host())).status_code == 404


def test_a_file_cannot_be_read_before_publication_nor_once_the_evening_has_begun(door, host):
    draft, held = make_draft(host), make_held_meetup(host)

    assert [upload(door, row).url for row in (draft, held)] == [f"/host/{draft.code}/publish/", f"/host/{held.code}/"]
    assert [door.post(f"/host/{row.code}/invite/file/").status_code for row in (draft, held)] == [302, 302]


def test_the_second_step_begins_with_the_first(door, meetup):
    assert door.get(f"/host/{meetup.code}/invite/file/").url == f"/host/{meetup.code}/invite/"


# Columns ---------------------------------------------------------------------------------------------------------------


def test_the_columns_are_shown_and_guessed_and_nothing_is_stored(door, meetup):
    seen = upload(door, meetup)
    page = seen.content.decode()

    assert seen.context["columns"] == [
        ("A", ["Name", "Ana Li", "Ben Wu", "Cleo"]),
        ("B", ["Email", "ana@example.org", "ben@example.org"]),
        ("C", ["Phone", "416-555-0100", "416-555-0101"]),
    ]
    assert [seen.context["form"][name].value() for name in ("is_headed", "email", "name", "rest")] == [True, "1", "0", ""]
    assert "Your file has 4 rows." in page
    assert (Guest.objects.count(), Delivery.objects.count()) == (0, 0)


def test_the_people_of_a_file_are_looked_at_like_a_pasted_list_and_sent(door, meetup):
    make_guest(meetup, "ben@example.org")
    seen = choose(door, upload(door, meetup, personal="See you soon"), meetup)

    assert seen.context["new"] == [("Ana Li", "ana@example.org", True)]
    assert seen.context["there"] == ["ben@example.org"]
    assert "See you soon" in seen.content.decode()
    text = seen.context["form"]["addresses"].value()
    fields = {"addresses": text, "personal": "See you soon", "looked_at": seen.context["looked_at"]}
    done = door.post(f"/host/{meetup.code}/invite/", fields | {"send": "1", "to": ["ana@example.org"], "knows": "on"})
    page = " ".join(done.content.decode().split())

    assert "1 person is added to your list. 1 was there already. 1 line was not understood." in page
    assert "Line 1: <b>Cleo 416-555-0101</b> There is no address in it." in page
    assert done.context["form"]["addresses"].value() == "Cleo 416-555-0101"
    assert Delivery.objects.get(kind="invitation").guest.name == "Ana Li"


def test_what_was_typed_beside_the_file_comes_along(door, meetup, host):
    ada = make_guest(make_held_meetup(host), "ada@example.org", name="Ada", rsvp="no", asks_again=True)
    seen = upload(door, meetup, addresses="Dora <dora@example.org>", again=[str(ada.pk)])

    understood = choose(door, seen, meetup)

    emails = [email for _name, email, _ticked in understood.context["new"]]
    assert emails == ["ada@example.org", "dora@example.org", "ana@example.org", "ben@example.org"]


def test_other_columns_can_be_chosen(door, meetup):
    file = "Host;First;Last;Mail\nAna;Ben;Wu;ben@example.org\nAna;Cleo;Oh;cleo@example.org\n"

    understood = choose(door, upload(door, meetup, file), meetup, name="1", rest="2")

    assert [name for name, _email, _ticked in understood.context["new"]] == ["Ben Wu", "Cleo Oh"]


def test_a_column_without_addresses_is_refused_beside_the_field_and_the_file_kept(door, meetup):
    again = choose(door, upload(door, meetup), meetup, email="0")

    assert again.context["form"].errors == {"email": ["There is no address in this column."]}
    assert [name for name, *_rest in choose(door, again, meetup, email="1").context["new"]] == ["Ana Li", "Ben Wu"]


def test_a_column_that_is_not_there_is_refused(door, meetup):
    again = choose(door, upload(door, meetup), meetup, email="7", name="x")

    assert sorted(again.context["form"].errors) == ["email", "name"]


def test_another_encoding_shows_the_columns_again(door, meetup):
    data = "Name;Email\nŁukasz;lukasz@example.org\n".encode("cp1250")
    first = upload(door, meetup, data)
    again = choose(door, first, meetup, encoding="windows-1250")
    understood = choose(door, again, meetup)

    assert "£ukasz" in first.content.decode()
    assert "Łukasz" in again.content.decode()
    assert [name for name, *_rest in understood.context["new"]] == ["Łukasz"]


def test_another_language_keeps_the_columns_and_what_was_typed(door, meetup):
    seen = upload(door, meetup, addresses="Dora <dora@example.org>")

    french = choose(door, seen, meetup, speak="fr", name="2")
    understood = choose(door, french, meetup)

    assert 'lang="fr"' in french.content.decode()
    assert [french.context["form"][name].value() for name in ("email", "name")] == ["1", "2"]
    assert [email for _name, email, _ticked in understood.context["new"]] == [
        "dora@example.org",
        "ana@example.org",
        "ben@example.org",
    ]


def test_another_language_below_the_people_of_a_file_keeps_them(door, meetup):
    understood = choose(door, upload(door, meetup), meetup)
    typed = {"addresses": understood.context["form"]["addresses"].value(), "personal": "See you soon", "speak": "fr"}

    french = door.post(f"/host/{meetup.code}/invite/file/", typed)

    assert 'lang="fr"' in french.content.decode()
    assert french.context["form"]["addresses"].value() == typed["addresses"]
    assert "See you soon" in french.content.decode()


def test_a_text_that_is_no_table_is_read_without_asking_for_columns(door, meetup):
    seen = upload(door, meetup, "Ana Li <ana@example.org>\nBen <ben@example.org>, Cleo\n")

    assert [email for _name, email, _ticked in seen.context["new"]] == ["ana@example.org", "ben@example.org"]
    assert [entry.text for entry in seen.context["found"].refused] == ["Cleo"]


def test_a_file_of_three_hundred_and_more_says_how_many_are_left_out(door, meetup):
    rows = "".join(f"Guest {number};g{number}@example.org\n" for number in range(320))

    seen = choose(door, upload(door, meetup, f"Name;Email\n{rows}Nobody;\n"), meetup)

    assert len(seen.context["new"]) == 300
    assert "20 more are left out" in seen.content.decode()


# What is refused -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a@b.co\n" * 100_000, "more than 5,000 lines"),
        (b"a@b.co," * 200_000, "larger than 1 MB"),
        (b"PK\x03\x04" + b"x" * 50, "This is a workbook."),
        (b"Ana\nBen\n", "There is no address in this file."),
        (b"", "empty"),
    ],
)
def test_what_cannot_be_read_is_said_beside_the_field_and_what_was_typed_is_kept(door, meetup, data, words):
    seen = upload(door, meetup, data, addresses="Dora, dora@example.org", personal="See you soon")

    assert words in seen.context["form"].errors["file"][0]
    assert seen.context["form"]["addresses"].value() == "Dora, dora@example.org"
    assert "See you soon" in seen.content.decode()


@pytest.mark.parametrize("sent", ["", "%%%", "é", "QUFBQQ==", "A" * 1_400_000])
def test_a_file_that_came_along_broken_is_refused(door, meetup, sent):
    seen = door.post(f"/host/{meetup.code}/invite/file/", {"file": sent, "addresses": "Dora, dora@example.org"})

    assert "file" in seen.context["form"].errors
    assert "Dora, dora@example.org" in seen.content.decode()


def test_reading_files_all_day_long_is_slowed_down(door, meetup, monkeypatch):
    monkeypatch.setattr(invite, "FILES_AN_HOUR", 1)
    upload(door, meetup)

    assert "many files in one hour" in upload(door, meetup).content.decode()


def test_a_script_in_a_file_is_shown_as_text(door, meetup):
    file = FILE + "<script>alert(1)</script>;eve@example.org;<script>\n"
    seen = upload(door, meetup, file)

    assert "<script" not in seen.content.decode()
    assert "<script" not in choose(door, seen, meetup).content.decode()


def test_the_queries_do_not_grow_with_the_file(door, meetup, django_assert_num_queries):
    files = [f"Name;Email\n{''.join(f'G;g{number}@example.org' + chr(10) for number in range(num))}" for num in (2, 200)]
    shown = [upload(door, meetup, file) for file in files]
    choose(door, shown[0], meetup)

    with CaptureQueriesContext(connection) as few:
        choose(door, shown[0], meetup)
    with django_assert_num_queries(len(few)):
        choose(door, shown[1], meetup)
