"""Every kind of letter in every variant: what it says, and what it never says.

UPDATE_EXAMPLES=1 writes the saved examples again; read the difference before it is committed.
"""

import os
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from meetups.exceptions import MeetupError
from meetups.letters import build_message
from meetups.letters.builders import BUILDERS, MODULES
from meetups.models import Delivery, Guest, Meetup, Recap
from meetups.outbox.letter_kinds import KINDS, LetterKind
from tests.factories import make_meetup
from tests.letters.letters import (
    LOGIN,
    NOW,
    OTHER_SELECTOR,
    STREET,
    TO_HOSTS,
    USUAL_ANSWER,
    VARIANTS,
    make_evening,
    make_letter,
    make_table,
    read_at,
)

pytestmark = pytest.mark.django_db
EXAMPLES = Path(__file__).parent / "examples"
TELL_THE_ADDRESS = {"confirmation", "address_day", "date_chosen"}


@pytest.fixture(autouse=True)
def known_world(settings, day_of_the_letters):
    settings.LINK_KEYS = ["a key of the examples, and of nothing else at all"]
    settings.PUBLIC_URL = "https://longtable.example"
    settings.MAIL_FROM, settings.MAIL_DOMAIN = "meetups@longtable.example", "longtable.example"
    settings.POSTAL_ADDRESS = "1 Commons Road, Vancouver"
    return day_of_the_letters


def parts_of(message) -> str:
    """Return everything a reader or a program can find in a message, decoded."""
    mime = message.message()
    found = [f"{name}: {value}" for name, value in mime.items()] + [message.subject, str(message.from_email)]
    for part in mime.walk():
        if not part.is_multipart():
            text = part.get_payload(decode=True).decode()
            found += [text, text.replace("\r\n ", "")]
    return "\n".join(found)


@pytest.fixture
def written(known_world):
    """Write the letter of a variant, at the time when it would be read."""
    return lambda name: write(name, known_world)


def write(name: str, move_clock):
    kind, rsvp, context = VARIANTS[name]
    move_clock(to=read_at(name))
    meetup = make_evening(cancel_word="The boiler is broken, and so am I." if kind == "canceled" else "")
    make_table(meetup)
    party_size = 3 if name == "waiting_party" else 1
    return build_message(make_letter(kind, meetup=meetup, rsvp=rsvp, context=context, party_size=party_size))


@pytest.mark.parametrize("kind", Delivery.Kind.values)
def test_every_kind_has_its_row_its_builder_and_its_three_templates(kind):
    folder = settings.BASE_DIR / "templates" / "emails" / kind

    assert isinstance(KINDS[kind], LetterKind)
    assert [module.__name__ for module in MODULES if hasattr(module, kind)] == [BUILDERS[kind].__module__]
    assert sorted(file.name for file in folder.iterdir()) == ["body.html", "body.txt", "subject.txt"]


def test_there_is_no_row_no_builder_and_no_folder_without_a_kind():
    folders = {path.name for path in (settings.BASE_DIR / "templates" / "emails").iterdir() if path.is_dir()}

    assert set(KINDS) == set(BUILDERS) == folders == set(Delivery.Kind.values)


@pytest.mark.parametrize("name", VARIANTS)
def test_letter_reads_as_its_example(name, written):
    message = written(name)

    text = f"From: {message.from_email}\nSubject: {message.subject}\n\n{message.body}"
    file = EXAMPLES / f"{name}.txt"
    if os.environ.get("UPDATE_EXAMPLES") == "1":
        file.write_text(text)
    assert text == file.read_text()


@pytest.mark.parametrize("name", VARIANTS)
def test_text_is_narrow_and_its_links_stand_alone(name, written):
    body = written(name).body

    assert [line for line in body.splitlines() if "://" in line and not re.fullmatch(r"\s*\S+://\S+", line)] == []
    assert [line for line in body.splitlines() if len(line) > 76 and "://" not in line] == []
    assert "\x02" not in body and "{{" not in body and "{%" not in body


@pytest.mark.parametrize("name", VARIANTS)
def test_html_is_small_and_asks_nothing_of_anybody(name, written):
    html = next(part.content for part in written(name).alternatives if part.mimetype == "text/html")

    assert len(html.encode()) < 80_000
    assert re.findall(r"<(?:img|script|link|form|iframe|object|video|input)\b", html) == []
    assert re.findall(r"url\(|@import|\bsrc=|\bbackground=", html) == []
    assert '<html lang="en" dir="ltr">' in html
    assert set(re.findall(r'href="(https?://[^/"]+)', html)) == {"https://longtable.example"}
    assert "\x02" not in html and "{{" not in html


@pytest.mark.parametrize("name", VARIANTS)
def test_both_parts_hold_the_same_links(name, written):
    message = written(name)

    html = next(part.content for part in message.alternatives if part.mimetype == "text/html")
    assert set(re.findall(r"https://\S+", message.body)) - set(re.findall(r'href="([^"]+)"', html)) == set()


@pytest.mark.parametrize("name", [name for name, (kind, _, _) in VARIANTS.items() if kind not in TO_HOSTS])
def test_guest_never_reads_the_login_address_of_the_host_nor_words_meant_for_the_host(name, written):
    everything = parts_of(written(name))

    assert LOGIN not in everything
    private = [
        "no nuts",
        "nothing with a face",
        "Sorry, I work that night.",
        "We will bring bread.",
        "Lentil stew",
        "Dov",
        "Farid",
        "Esther",
    ]
    assert [words for words in private if words in everything] == []


@pytest.mark.parametrize("kind", USUAL_ANSWER)
@pytest.mark.parametrize("rsvp", ["invited", "maybe", "no", "waiting"])
def test_street_is_in_no_letter_to_somebody_without_a_seat(kind, rsvp):
    said = {"rsvp": rsvp} if kind == "confirmation" else {}
    delivery = make_letter(kind, rsvp=rsvp, context=said | {"had_seat": True, "missed": ["three_days"]})

    try:
        everything = parts_of(build_message(delivery))
    except MeetupError:
        everything = ""
    for secret in [STREET, "Lindenblossom", "bell Marlowe", "behind the bakery", "416 555"]:
        assert secret not in everything


@pytest.mark.parametrize("kind", sorted(USUAL_ANSWER))
def test_text_tells_a_yes_the_street_in_three_letters_only(kind):
    if kind in {"seat_offered", "prove_address", "removed"}:
        pytest.skip("nobody with a seat gets this letter")
    message = build_message(make_letter(kind, rsvp="yes"))

    html = next(part.content for part in message.alternatives if part.mimetype == "text/html")
    assert STREET not in message.subject
    assert (STREET in message.body) == (STREET in html) == (kind in TELL_THE_ADDRESS)


def test_unproven_stranger_with_a_yes_is_told_nothing():
    delivery = make_letter("confirmation", rsvp="yes", origin="self")

    with pytest.raises(MeetupError):
        build_message(delivery)


@pytest.mark.parametrize("change", ["removed", "canceled", "long ago"])
def test_address_day_is_not_written_when_the_address_is_not_theirs(change, known_world):
    delivery = make_letter("address_day")
    if change == "removed":
        Guest.objects.update(removed_at=NOW)
    if change == "canceled":
        Meetup.objects.update(status="canceled")
    if change == "long ago":
        known_world(to=NOW + timedelta(days=60))

    with pytest.raises(MeetupError):
        build_message(Delivery.objects.get(pk=delivery.pk))


def test_street_is_in_no_host_written_subject(known_world):
    for kind in Delivery.Kind.values:
        Delivery.objects.all().delete()
        Guest.objects.all().delete()
        Recap.objects.all().delete()
        meetup = Meetup.objects.first() or make_evening()
        make_table(meetup)
        subject = build_message(make_letter(kind, meetup=meetup)).subject
        assert STREET not in subject and "no nuts" not in subject


def test_seven_days_says_how_far_it_is_and_the_whole_date(known_world):
    delivery = make_letter("seven_days")
    known_world(to=NOW + timedelta(days=15))

    body = build_message(delivery).body

    assert "It is in 7 days" in body
    assert "Tuesday 15 December 2026, 7:00 p.m., Vancouver time" in body


def test_day_before_says_tomorrow_in_the_meetups_zone(known_world):
    delivery = make_letter("please_confirm")
    # 23:30 on the 14th in Vancouver, the 15th in UTC already.
    known_world(to=datetime(2026, 12, 15, 6, 30, tzinfo=UTC))

    assert "tomorrow" in build_message(delivery).body


def test_invitation_cuts_the_hosts_line_at_300_characters_and_shows_a_script_as_text():
    delivery = make_letter("invitation", context={"personal": "<script>alert(1)</script> " + "word " * 200})

    message = build_message(delivery)

    html = message.alternatives[0].content
    assert "&lt;script&gt;" in html and "<script" not in html
    quoted = " ".join(line.strip() for line in message.body.splitlines() if line.startswith("    ") and "word" in line)
    assert len(quoted) <= 300


def test_invitation_says_who_gave_the_address_and_how_to_stop_and_report():
    body = build_message(make_letter("invitation")).body

    flat = " ".join(body.split())
    assert "Longtable sends this letter for Ana, who gave us your address to invite you to this one evening." in flat
    assert "https://longtable.example/u/" in body
    assert "https://longtable.example/report/" in body
    assert "1 Commons Road, Vancouver" in body


def test_prove_address_repeats_nothing_the_stranger_typed():
    message = build_message(make_letter("prove_address", name="Buy pills"))

    assert "Buy pills" not in parts_of(message)
    assert message.body.startswith("Hello,")


def test_recap_letter_is_not_written_when_the_recap_was_taken_down():
    delivery = make_letter("recap_came")
    Recap.objects.update(state=Recap.State.WITHDRAWN)

    with pytest.raises(MeetupError):
        build_message(delivery)


def test_recap_letter_leaves_out_a_sentence_without_consent():
    delivery = make_letter("recap_missed")
    delivery.guest.meetup.contributions.update(sentence_consent="table")

    assert "I left less alone than I came." not in parts_of(build_message(delivery))


def test_recap_letter_of_fewer_than_three_voices_holds_the_hosts_words_alone():
    delivery = make_letter("recap_missed")
    delivery.guest.meetup.contributions.last().delete()

    text = parts_of(build_message(delivery))
    assert "Whether to begin with the city or the street." in text
    assert "I left less alone than I came." not in text and "Somebody has to ask" not in text
    assert "Maria, Toronto" not in text and "(Ben)" not in text


def test_expired_offer_is_not_written(known_world):
    delivery = make_letter("seat_offered")
    known_world(to=NOW + timedelta(days=2))

    with pytest.raises(MeetupError):
        build_message(delivery)


def test_longest_words_of_everybody_stay_small():
    meetup = make_evening(title="&" * 120, word="<" * 2000, cancel_word="<" * 1000)
    meetup.kit.__class__.objects.update(way_in="&" * 4000, questions="&" * 4000, meal="&" * 2000)
    meetup.refresh_from_db()
    for number in range(60):
        fields = {"name": "&" * 60, "note": "<" * 500, "diet": "<" * 300, "rsvp": "yes", "shows_name": True}
        guest = Guest(meetup=meetup, shown_name="&" * 60, answered_at=NOW, email=f"{number}@example.org", **fields)
        guest.save()
    sizes = {}
    for name, (kind, rsvp, context) in VARIANTS.items():
        Guest.objects.filter(email__regex="^[a-z]+@").delete()
        Recap.objects.all().delete()
        if kind in ("organizer_added", "organizer_role", "paired"):
            continue
        message = build_message(make_letter(kind, meetup=meetup, rsvp=rsvp, context=context))
        sizes[name] = len(message.alternatives[0].content.encode())

    assert {name: size for name, size in sizes.items() if size >= 80_000} == {}


def test_guest_reads_in_their_own_language(settings):
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic"), ("fr", "French")]

    french = build_message(make_letter("invitation", language="fr"))

    assert "mardi 15 décembre 2026, 19:00" in french.body
    assert '<html lang="fr" dir="ltr">' in french.alternatives[0].content


def test_right_to_left_letter_says_so(settings):
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]

    html = build_message(make_letter("invitation", language="ar")).alternatives[0].content

    assert '<html lang="ar" dir="rtl">' in html


def test_unknown_language_falls_back_to_the_sites():
    html = build_message(make_letter("invitation", language="xx")).alternatives[0].content

    assert '<html lang="en" dir="ltr">' in html


def test_letter_takes_few_queries(django_assert_max_num_queries):
    delivery = make_letter("three_days")
    make_table(delivery.meetup)
    delivery = Delivery.objects.select_related("guest__meetup__host", "guest__meetup__kit__book", "meetup").get(pk=delivery.pk)

    with django_assert_max_num_queries(4):
        build_message(delivery)


@pytest.mark.parametrize(
    ("zone", "day", "clock", "words", "instant"),
    [
        (
            "America/Vancouver",
            date(2026, 12, 15),
            time(19),
            "Tuesday 15 December 2026, 7:00 p.m., Vancouver time",
            "20261216T020000Z",
        ),
        ("America/Toronto", date(2026, 11, 1), time(19), "Sunday 1 November 2026, 7:00 p.m., Toronto time", "20261102T000000Z"),
        ("America/Toronto", date(2027, 3, 14), time(19), "Sunday 14 March 2027, 7:00 p.m., Toronto time", "20270314T230000Z"),
        (
            "America/St_Johns",
            date(2027, 3, 14),
            time(19, 30),
            "Sunday 14 March 2027, 7:30 p.m., St. John's time",
            "20270314T220000Z",
        ),
        ("Australia/Lord_Howe", date(2027, 4, 4), time(19), "Sunday 4 April 2027, 7:00 p.m., Lord Howe time", "20270404T083000Z"),
        (
            "Asia/Kathmandu",
            date(2026, 12, 15),
            time(19),
            "Tuesday 15 December 2026, 7:00 p.m., Kathmandu time",
            "20261215T131500Z",
        ),
    ],
)
def test_letter_and_calendar_name_the_same_moment(zone, day, clock, words, instant, known_world):
    meetup = make_evening(zone=zone, date=day, time=clock)
    known_world(to=meetup.starts_at - timedelta(days=3))

    message = build_message(make_letter("confirmation", meetup=meetup))

    assert words in message.body
    assert f"DTSTART:{instant}" in parts_of(message)


# Other ways to answer ------------------------------------------------------------------------------------------------


def test_a_confirmed_no_says_that_the_host_may_ask_again_or_where_an_evening_is_begun(known_world):
    again = make_letter("confirmation", rsvp="no", context={"rsvp": "no"}, asks_again=True)
    assert "Ana sees that you would like to be asked again" in build_message(again).body

    facts = {"rsvp": "no", "could_host": True, "selector": OTHER_SELECTOR}
    hosts = make_letter("confirmation", meetup=make_meetup(), context={"rsvp": "no"}, **facts)
    assert "https://longtable.example/host/new/" in build_message(hosts).body


def test_one_more_is_asked_only_of_a_party_that_may_grow(known_world):
    letter = make_letter("please_confirm", party_size=2)

    assert "say=more" not in build_message(letter).body
    assert "say=ride" in build_message(letter).body


def test_what_guests_need_stands_in_no_subject_and_in_no_calendar(known_world):
    meetup = make_evening()
    make_table(meetup)
    letters = [build_message(make_letter(kind, meetup=meetup)) for kind in ("places_to_lay", "host_answers", "confirmation")]

    for letter in letters:
        assert not re.search("ride|steps|children", letter.subject)
    calendar = "".join(
        part.get_payload(decode=True).decode() for part in letters[2].message().walk() if "calendar" in part.get_content_type()
    )
    assert "BEGIN:VEVENT" in calendar
    assert not re.search("ride|steps|children|Devi", calendar)
