"""The papers of an evening: what stands on them, read back out of the PDF, and who may print them."""

import io
import re
import subprocess
import sys
import unicodedata

import pypdf
import pytest
import qrcode
from django.conf import settings
from django.core.cache import cache
from django.utils import translation

from meetups.access.visibility import exact_place
from meetups.models import Needs
from meetups.planning import paper as papers
from tests.factories import STREET, day, make_book, make_draft, make_guest, make_held_meetup, make_host, make_kit, make_meetup

pytestmark = pytest.mark.django_db
ALL = ["sign_in", "agenda", "name_tags", "table_cards", "invitations"]
POINTS = {"a4": (595.28, 841.89), "letter": (612.0, 792.0)}


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


def read(response) -> pypdf.PdfReader:
    assert response["Content-Type"] == "application/pdf", response.content.decode()
    return pypdf.PdfReader(io.BytesIO(response.content))


def pages_of(response) -> list[str]:
    """Return the text of each page on one line, composed, without the marks of direction that a reader puts in."""
    texts = [unicodedata.normalize("NFKC", page.extract_text()) for page in read(response).pages]
    return [" ".join(re.sub("[\u200e\u200f\u202a-\u202e]", "", text).split()) for text in texts]


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def ask(door, meetup, *kinds: str, size: str = "a4", **more):
    return door.get(f"/host/{meetup.code}/paper.pdf", {"kinds": kinds, "size": size, **more})


def test_list_for_the_door_has_the_names_of_those_with_a_seat_and_room_for_more(door, host):
    meetup = make_meetup(host, seats=12, date=day("2030-11-21"))
    make_guest(meetup, rsvp="yes", shown_name="Ben", party_size=3, party_names="Ilse", diet="no nuts", note="By train")
    make_guest(meetup, rsvp="yes", shown_name="Nguyễn Thị Hằng", email="hang@example.net")
    make_guest(meetup, rsvp="maybe", shown_name="Carl")

    (page,) = pages_of(ask(door, meetup, "sign_in"))

    for told in (
        "An evening with Ana",
        meetup.title,
        "Thursday 21 November 2030",
        "Ben",
        "Ilse",
        "Nguyễn Thị Hằng",
        "I could host",
    ):
        assert told in page
    assert "Email or phone, if Ana may write to you" in page
    for kept in ("Carl", "hang@example.net", "no nuts", "By train", STREET):
        assert kept not in page


def test_names_stand_in_order_whatever_their_accents(host):
    meetup = make_meetup(host, seats=12)
    for name in ("Zoë", "Éloïse", "ben", "Ana"):
        make_guest(meetup, rsvp="yes", shown_name=name)

    assert papers.names_of(papers.seated_guests(meetup)) == (["Ana", "ben", "Éloïse", "Zoë"], 0)


def test_evening_for_the_wall_has_its_run_questions_and_agreements(door, host):
    kit = make_kit(run="7:00 soup\n\n8:00 the question", questions="Who decides?\nWhat next?", agreements="One at a time.")

    (page,) = pages_of(ask(door, make_meetup(host, kit=kit), "agenda"))

    for told in ("7:00 soup", "8:00 the question", "1. Who decides?", "2. What next?", "How we talk", "One at a time."):
        assert told in page


def test_long_evening_goes_on_over_pages_and_no_line_of_it_is_lost(door, host):
    questions = [f"Question number {number}: " + "and what did it take, " * 12 for number in range(1, 16)]

    pages = pages_of(ask(door, make_meetup(host, kit=make_kit(questions="\n".join(questions))), "agenda", size="letter"))

    assert len(pages) > 1
    whole = bare(" ".join(pages))
    assert all(bare(question) in whole for question in questions)


def test_tags_and_cards_name_the_host_and_all_at_the_table_and_leave_room_for_those_without_a_name(door, host):
    meetup = make_meetup(host, seats=30)
    for number in range(9):
        make_guest(meetup, rsvp="yes", shown_name=f"Guest {number}")
    make_guest(meetup, rsvp="yes", shown_name="", name="", party_size=2)

    tags, cards = pages_of(ask(door, meetup, "name_tags")), pages_of(ask(door, meetup, "table_cards"))

    # The host, nine guests, two without a name: twelve tags on two pages, twelve cards on three.
    assert (len(tags), len(cards)) == (2, 3)
    for number in range(9):
        assert " ".join(tags).count(f"Guest {number}") == 1
        assert " ".join(cards).count(f"Guest {number}") == 2
    assert "Ana" in tags[0]
    assert "a guest" not in " ".join(tags)


def test_invitation_has_the_public_link_as_a_code_and_never_the_street_unless_the_host_says_so(door, host, settings):
    book = make_book("Transforming Power", "Judy Rebick")
    meetup = make_meetup(host, visibility="link", kit=make_kit(book=book, questions="Who decides?"), door="Bell 4")
    link = f"{settings.PUBLIC_URL}/m/{meetup.code}/"

    plain, told = ask(door, meetup, "invitations"), ask(door, meetup, "invitations", street="on")

    (page,), (with_street,) = pages_of(plain), pages_of(told)
    assert page.count(meetup.title) == page.count("Transforming Power by Judy Rebick") == page.count("Who decides?") == 4
    assert page.count(bare(link).partition("://")[2].rstrip("/")) == 4
    assert {annotation.get_object()["/A"]["/URI"] for annotation in read(plain).pages[0]["/Annots"]} == {link}
    assert STREET not in page and "Toronto, Ontario" in page
    assert with_street.count(STREET) == 4
    assert "Bell 4" not in with_street and exact_place(meetup).phone not in with_street


def test_code_on_an_invitation_is_that_of_the_link(door, host):
    """Four times as many dark bars are drawn as the code of the link has; its address is in the link that lies on it."""
    meetup = make_meetup(host, visibility="listed")
    page = read(ask(door, meetup, "invitations")).pages[0]
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=4)
    code.add_data(page["/Annots"][0].get_object()["/A"]["/URI"])
    runs = sum(len(re.findall("1+", "".join("01"[cell] for cell in row))) for row in code.get_matrix())
    drawn = page.get_contents().get_data().decode("latin-1")

    assert len(re.findall(r" re f\b", drawn)) == 4 * runs


def test_invitation_to_a_private_evening_has_no_code_and_asks_to_tell_the_host(door, host):
    response = ask(door, make_meetup(host), "invitations")

    assert pages_of(response)[0].count("Tell Ana whether you can come.") == 4
    assert "/Annots" not in read(response).pages[0]


@pytest.mark.parametrize("size", POINTS)
def test_every_page_has_the_size_of_the_paper_and_nothing_stands_outside_of_it(door, host, size):
    meetup = make_meetup(host, seats=60, visibility="listed", title="A very long title of an evening about everything " * 2)
    for number in range(30):
        make_guest(meetup, rsvp="yes", shown_name=f"Maria-Magdalena Lindqvist-van der Westhuizen {number}", party_size=2)

    reader = read(ask(door, meetup, *ALL, size=size))

    assert {tuple(round(float(side), 2) for side in page.mediabox[2:]) for page in reader.pages} == {POINTS[size]}
    width, height = POINTS[size]
    for page in reader.pages:
        places = places_on(page)
        assert places
        # Printers leave out about six millimeters, which are seventeen points.
        assert all(17 < x < width - 17 and 17 < y < height - 17 for x, y in places)


def places_on(page: pypdf.PageObject) -> list[tuple[float, float]]:
    """Return where the pieces of text on a page begin, in points from its lower left corner."""
    places = []

    def look(text, outer, at, *_rest) -> None:
        if text.strip():
            x, y = at[4], at[5]
            places.append((outer[0] * x + outer[2] * y + outer[4], outer[1] * x + outer[3] * y + outer[5]))

    page.extract_text(visitor_text=look)
    return places


def test_papers_speak_the_language_of_the_evening_and_the_page_that_of_the_host(door, host):
    meetup = make_meetup(host, language="fr", date=day("2030-11-21"))

    (page,) = pages_of(ask(door, meetup, "agenda"))
    choices = door.get(f"/host/{meetup.code}/paper/").content.decode()

    assert "Une soirée avec Ana" in page and "jeudi 21 novembre 2030" in page
    assert read(ask(door, meetup, "agenda")).trailer["/Root"]["/Lang"] == "fr"
    assert "What do you need?" in choices and translation.get_language() == "en"


@pytest.mark.parametrize("name", ["نور الهدى", "נועה כהן", "आशा शर्मा", "สมชาย ใจดี", "ნინო", "Ωμέγα", "Жанна", "Phở 🍲"])
def test_names_in_every_script_can_be_read_back(door, host, name):
    meetup = make_meetup(host)
    make_guest(meetup, rsvp="yes", shown_name=name)

    whole = bare(" ".join(pages_of(ask(door, meetup, "name_tags", "sign_in"))))

    wanted = bare(unicodedata.normalize("NFKC", name.replace("🍲", "")))
    assert whole.count(wanted) == 2


def to_unicode(door, meetup) -> str:
    """Return which letters the glyphs on the agenda stand for, in hexadecimal, as its fonts say."""
    page = read(ask(door, meetup, "agenda")).pages[0]
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    return " ".join(font["/ToUnicode"].get_data().decode("latin-1").lower() for font in fonts)


def test_arabic_letters_are_joined(door, host):
    """Heh has another shape at the beginning, in the middle and at the end of a word; unshaped it has one."""
    said = to_unicode(door, make_meetup(host, kit=make_kit(questions="ههه")))

    assert said.count("<0647>") == 3


def test_hindi_letters_that_become_one_shape_are_one_glyph_that_reads_as_both(door, host):
    said = to_unicode(door, make_meetup(host, kit=make_kit(questions="क्षत्रिय")))

    assert "क्ष".encode("utf-16-be").hex() in said


def test_without_guests_the_papers_are_lines_to_write_on(door, host):
    meetup = make_meetup(host)

    page = door.get(f"/host/{meetup.code}/paper/").content.decode()
    reader = read(ask(door, meetup, "sign_in", "name_tags", "table_cards"))

    assert "there are lines to write on" in page
    assert len(reader.pages) == 3


def test_choice_that_is_none_is_said_beside_the_field_and_nothing_chosen_is_lost(door, host):
    meetup = make_meetup(host)

    nothing = ask(door, meetup, size="letter").content.decode()
    forged = ask(door, meetup, "sign_in", "../../etc", size="a3").content.decode()

    assert "Tick what you want to print." in nothing
    assert re.search(r'value="letter"[^>]* checked', nothing)
    assert re.search(r'value="sign_in"[^>]* checked', forged)
    assert "errors" in forged or "error" in forged


def test_paper_is_that_of_the_country(door, host):
    def chosen(**place) -> str:
        page = door.get(f"/host/{make_meetup(host, **place).code}/paper/").content.decode()
        return re.findall(r'value="(letter|a4)"[^>]* checked', page)[0]

    assert chosen(country="Canada") == "letter"
    assert chosen(country="France", zone="Europe/Paris") == "a4"
    assert chosen(country="", zone="America/Chicago") == "letter"
    assert chosen(country="", zone="Europe/Madrid") == "a4"


def test_draft_and_canceled_evening_have_none_and_a_held_one_no_invitations(door, host):
    draft, canceled, held = make_draft(host), make_meetup(host, status="canceled"), make_held_meetup(host)

    for meetup in (draft, canceled):
        assert door.get(f"/host/{meetup.code}/paper/").url == meetup.get_desk_url()
        assert ask(door, meetup, "agenda").url == meetup.get_desk_url()
    assert "Invitations to pass on" not in door.get(f"/host/{held.code}/paper/").content.decode()
    assert ask(door, held, "invitations", street="on")["Content-Type"].startswith("text/html")
    assert read(ask(door, held, "sign_in")).pages


def test_stranger_signs_in_first_another_host_finds_nothing_and_nobody_posts(client, host):
    meetup = make_meetup(host)
    for path in (f"/host/{meetup.code}/paper/", f"/host/{meetup.code}/paper.pdf?kinds=sign_in&size=a4"):
        client.logout()
        assert client.get(path).url.startswith("/accounts/login/?next=")
        client.force_login(make_host())
        assert client.get(path).status_code == 404
        client.force_login(host)
        assert client.post(path).status_code == 405


def test_pdf_is_kept_by_no_cache_and_what_a_guest_told_the_host_is_on_none_of_it(door, host):
    meetup = make_meetup(host, visibility="listed", seats=12)
    ben = make_guest(meetup, "ben@example.net", rsvp="yes", shown_name="Ben", diet="no nuts", note="By train", could_host=True)
    Needs.objects.create(guest=ben, wants_step_free=True, contact="416 555 0101")

    response = ask(door, meetup, *ALL)

    assert response["Cache-Control"] == "private, no-store"
    whole = " ".join(pages_of(response))
    for kept in ("no nuts", "By train", "ben@example.net", "416", STREET, "Bell"):
        assert kept not in whole


def test_it_asks_as_often_for_twelve_guests_as_for_one(door, host, django_assert_num_queries):
    meetup = make_meetup(host, seats=30)
    make_guest(meetup, rsvp="yes")
    with django_assert_num_queries(4):
        ask(door, meetup, *ALL)
    for _ in range(11):
        make_guest(meetup, rsvp="yes")
    with django_assert_num_queries(4):
        ask(door, meetup, *ALL)


def test_program_that_fails_is_said_on_the_page(door, host, monkeypatch):
    monkeypatch.setattr(papers, "PROGRAM", "meetups.drawing.no_such_program")

    page = ask(door, make_meetup(host), "sign_in").content.decode()

    assert "The paper could not be drawn just now." in page
    assert re.search(r'value="sign_in"[^>]* checked', page)


def test_program_sees_no_secret_of_the_site(door, host, monkeypatch, tmp_path):
    """What the process is given: the way to Python, and nothing of keys or databases."""
    seen = {}
    run = papers.subprocess.run

    def look(command, **options):
        seen.update(options["env"])
        return run(command, **options)

    monkeypatch.setattr(papers.subprocess, "run", look)
    monkeypatch.setenv("SECRET_KEY", "x" * 50)
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody:secret@127.0.0.1/x")

    ask(door, make_meetup(host), "agenda")

    assert seen.keys() <= set(papers.ENVIRONMENT)


def test_site_itself_never_loads_what_writes_pdfs():
    """It takes 40 MB in each process; the program has it to itself."""
    asked = "import django, sys; django.setup(); import config.urls; print('fpdf' in sys.modules, 'fontTools' in sys.modules)"

    seen = subprocess.run([sys.executable, "-c", asked], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True)

    assert seen.stdout.split() == ["False", "False"]


def test_much_paper_in_one_hour_is_refused(door, host, monkeypatch):
    monkeypatch.setattr("meetups.planning.views.paper.PRINTING_AN_HOUR", 1)
    meetup = make_meetup(host)

    first, second = ask(door, meetup, "agenda"), ask(door, meetup, "agenda")

    assert first["Content-Type"] == "application/pdf"
    assert "That was much paper in one hour." in second.content.decode()
