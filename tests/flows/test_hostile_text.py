"""What people type stays text: on every page, in letters, on dashboard and desk, in the admin and in exports (R91)."""

import csv
import io
from itertools import count

import pytest
from django.core.cache import cache
from django.db import models
from django.test import Client
from icalendar import Calendar

from hosts.mail.files import write_message
from hosts.models import Campaign, User
from meetups.access.tokens import make_contribution_token, make_friend_token, make_guest_token
from meetups.guests import ical
from meetups.guests.services.friend import answer_as_friend
from meetups.guests.services.question import answer_guest, ask_host
from meetups.guests.services.seat_request import ask_as_friend
from meetups.models import (
    Book,
    Contribution,
    Debrief,
    Delivery,
    Dish,
    Guest,
    Kit,
    Meetup,
    Needs,
    Photo,
    Question,
    Recap,
    RemovalRequest,
)
from meetups.planning.steps.parts import PARTS
from meetups.text.clean import clean_line
from meetups.text.csv import BOM, safe_cell
from tests.browser.page_states import add_photo, sign_in
from tests.factories import (
    make_campaign,
    make_contribution,
    make_debrief,
    make_delivery,
    make_dish,
    make_factor,
    make_guest,
    make_held_meetup,
    make_meetup,
    make_recap,
    make_user,
)
from tests.flows.post import letters_to_guest, letters_to_host, words_of
from tests.hostile import HOSTILE, LONGEST, MARK, Reader, squeeze

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
# Fields that no person types into.
NOT_TYPED = {"email", "email_hash", "selector", "slug", "code", "password", "isbn", "book_link", "zone", "language", "name"}
NOT_TYPED |= {"lease_token", "message_id", "dedupe_key", "file", "link_selector"}
MODELS = [User, Campaign, Book, Kit, Meetup, Guest, Needs, Dish, Debrief, Recap, Contribution, Photo, RemovalRequest, Question]
PLAIN = "Just plain words"
ROOM_FOR_MANY = 600
QUOTES_AND_TAG = "'\"<u>"
NEVER = {"<iframe>", "<object>", "<embed>", "<base>", "<style>", "<marquee>", "<math>"}
# What a template writes between the lines of a text, and how a drawn cover breaks it into more or fewer lines.
FROM_LINES = {"<br>", "<p>", "<tspan>", "<text>", "<li>"}


def text_fields(model: type[models.Model]) -> list[models.Field]:
    """Return the fields in which a person's words stand."""
    is_name_typed = model in (Campaign, Guest)
    return [
        field
        for field in model._meta.concrete_fields
        if type(field) in (models.CharField, models.TextField)
        and not field.choices
        and (field.name not in NOT_TYPED or (field.name == "name" and is_name_typed))
    ]


def say_everywhere(*words: str) -> None:
    """Write these words into every text field of every row, without a form: long fields get all of them, short ones one in turn.

    A short one that has but one of many begins with what ends an attribute and opens an element, whichever its turn brings.
    """
    turn = count()
    start = QUOTES_AND_TAG if len(words) > 1 else ""
    for model in MODELS:
        fits = {}
        for field in text_fields(model):
            one = start + words[next(turn) % len(words)]
            is_long = field.max_length is None or field.max_length >= ROOM_FOR_MANY
            fits[field.name] = " ".join(words) if is_long else one[: field.max_length]
        model._base_manager.update(**fits)
    Delivery.objects.update(last_words=words[0][:300], context={"personal": " ".join(words)})


def packs() -> list[list[str]]:
    """Return the hostile words, as many together as every long field has room for."""
    packed = [[]]
    for words in HOSTILE:
        if len(" ".join([*packed[-1], words])) > ROOM_FOR_MANY:
            packed.append([])
        packed[-1].append(words)
    return packed


@pytest.fixture
def house(settings, tmp_path) -> dict:
    """An evening to come and one that was held, with everything people can write somewhere; and who looks at it."""
    settings.MEDIA_ROOT, settings.MAIL_DIR, settings.MAILBOX_IS_OPEN = tmp_path / "media", tmp_path / "mail", True
    cache.clear()
    host, staff = make_user(), make_user(is_staff=True, is_superuser=True)
    make_factor(staff)
    campaign = make_campaign(host)
    Kit.objects.create(campaign=campaign)
    table = {"campaign": campaign, "visibility": "listed"}
    meetup, held = make_meetup(host, plan=True, **table), make_held_meetup(host, **table)
    canceled = make_meetup(host, status="canceled", canceled_at=meetup.published_at, **table)
    draft = make_meetup(host, status="draft")
    guests = [make_guest(meetup, rsvp=rsvp, shows_name=True) for rsvp in ("yes", "yes", "maybe", "no", "waiting", "invited")]
    for guest in (*guests[:2], None):
        make_dish(meetup, "other", guest=guest, feeds=4)
    # What two guests need and offer meets, so that each is on the other's page.
    needs = {"wants_ride": True, "shares_contact": True}, {"offers_ride": True, "ride_seats": 2, "shares_contact": True}
    Needs.objects.bulk_create([Needs(guest=guest, **facts) for guest, facts in zip(guests[:2], needs, strict=True)])
    failed = {"state": "failed", "last_code": 550, "finished_at": meetup.published_at}
    make_delivery("invitation", guest=guests[5], **failed)
    came = [make_guest(held, rsvp="yes", attended=True) for _ in range(3)]
    words = [make_contribution(guest) for guest in came]
    add_photo(words[0])
    make_debrief(held)
    ask_host(guests[0], words="Is there a stair to climb?")
    answer_guest(guests[0], words="One, and many hands.")
    ask_host(guests[0], words="And a lift?")
    ask_as_friend(guests[0], name="Kim", email="kim@example.net")
    friend = answer_as_friend(Guest.objects.get(email="kim@example.net"), comes=True, note="A salad.")
    recap = make_recap(held)
    RemovalRequest.objects.create(recap=recap, contribution=words[1], words="That is me.")
    return {
        "host": host, "staff": staff, "campaign": campaign, "meetup": meetup, "held": held, "canceled": canceled, "draft": draft,
        "friend": friend, "guests": guests, "came": came[0], "words": words[0], "recap": recap,
        "own": client_of(host), "other": Client(), "back": client_of(staff),
    }  # fmt: skip


def client_of(user: User) -> Client:
    client = Client(REMOTE_ADDR="127.0.0.1", HTTP_HOST="localhost")
    client.cookies["sessionid"] = sign_in(user)
    return client


def pages_of(house: dict) -> list[tuple[str, str]]:
    """Return who opens which page: every page on which anybody's words stand."""
    meetup, held, draft, recap = house["meetup"], house["held"], house["draft"], house["recap"]
    slug, guest = house["campaign"].slug, house["guests"][0]
    links = [f"/r/{make_guest_token(row)}" for row in (*house["guests"], house["came"])]
    public = ["/", "/find/", f"/c/{slug}/", *(row.get_absolute_url() for row in (meetup, house["canceled"], recap))]
    public += [
        *links,
        f"{links[0]}/confirm",
        f"{links[0]}/not-me",
        f"{links[0]}/ask",
        f"/f/{make_friend_token(house['guests'][0])}",
        f"/r/{make_guest_token(house['friend'])}",
        f"{links[0]}/table",
        f"{links[5]}/table",
        f"{links[-1]}/after",
    ]
    public += [f"/w/{make_contribution_token(house['words'])}", f"{recap.get_absolute_url()}removal/"]
    book = recap.meetup.kit.book.get_absolute_url()
    public += [f"{recap.get_absolute_url()}{page}/" for page in ("embed", "hold", "share")] + [book]
    own = ["/host/", "/accounts/", "/accounts/name/", f"/host/new/?from={recap.slug}", f"/host/new/?campaign={slug}"]
    own += [f"/host/new/all/?from={recap.slug}", f"/host/new/all/?campaign={slug}"]
    own += [f"/host/{row.code}/" for row in (meetup, held, draft, house["canceled"])]
    own += [
        f"/host/{meetup.code}/{page}/"
        for page in (
            "edit",
            "edit/all",
            "edit/what",
            "edit/talk",
            "cover",
            "move",
            "cancel",
            "invite",
            "guests/add",
            "table",
            "table/add",
            "print",
        )
    ]
    own += [f"/host/{meetup.code}/table/{dish.code}/" for dish in meetup.dishes.all()]
    own += [
        f"/host/{held.code}/{page}/" for page in ("came", "debrief", "recap", "recap/publish", "recap/take-down", "recap/reach")
    ]
    own += [f"/host/{draft.code}/{page}/" for page in ("edit", "edit/all", "publish", "delete")]
    own += [f"/host/{draft.code}/edit/{part}/" for part in PARTS]
    own += [guest.get_desk_url(), f"{guest.get_desk_url()}remove/", f"{guest.get_desk_url()}answer/"]
    own += [f"/c/{slug}/{page}" for page in ("dashboard/", "dashboard/?show=held", "edit/", "organizers/")]
    own += [f"/c/{slug}/recaps/{recap.slug}/", f"{recap.get_absolute_url()}hold/draft/", f"{book}reports/"]
    rows = {"meetups/meetup": meetup, "meetups/guest": guest, "meetups/recap": recap, "meetups/contribution": house["words"]}
    rows |= {"hosts/campaign": house["campaign"], "hosts/user": house["host"]}
    back = [f"/staff/{name}/" for name in (*rows, "meetups/delivery", "meetups/mailing")]
    back += [f"/staff/{name}/{row.pk}/change/" for name, row in rows.items()]
    return [("other", page) for page in public] + [("own", page) for page in own] + [("back", page) for page in back]


def read_all(house: dict) -> dict[str, tuple[Reader, str]]:
    """Open every page and return it as a browser reads it, and as it was sent."""
    pages = {}
    for who, url in pages_of(house):
        response = house[who].get(url, follow=url.startswith("/host/new/"))
        assert response.status_code == 200, (url, response.status_code)
        source = response.content.decode()
        pages[f"{who} {url}"] = Reader(source), source
    return pages


def shapes(house: dict) -> dict[str, set[str]]:
    """Return what each page is made of when all words are plain."""
    say_everywhere(PLAIN)
    return {name: page.shape for name, (page, _source) in read_all(house).items()}


def test_hostile_strings_are_many_and_different():
    assert len(set(HOSTILE)) == len(HOSTILE) >= 50
    assert all(MARK in words for words in HOSTILE)


def test_every_text_that_people_type_is_among_the_fields(house):
    fields = {f"{model.__name__}.{field.name}" for model in MODELS for field in text_fields(model)}

    assert {
        "User.shown_name",
        "Dish.words",
        "Dish.remark",
        "Campaign.call",
        "Book.title",
        "Kit.questions",
        "Meetup.street",
        "Guest.diet",
    } <= fields
    assert {"Recap.text", "Debrief.next_time", "Contribution.sentence", "Photo.alt", "Guest.name", "Meetup.cancel_word"} <= fields
    assert len(fields) >= 35


def test_hostile_words_are_text_on_every_page(house):
    plain = shapes(house)
    wrong, seen = [], set()
    for batch in packs():
        say_everywhere(*batch)
        for name, (page, source) in read_all(house).items():
            wrong += [f"{name}: {batch} make {part}" for part in sorted(page.shape - plain[name] - FROM_LINES)]
            wrong += [f"{name}: {batch} lead to {link}" for link in page.bad_links]
            wrong += [f"{name}: {words!r} as it is" for words in batch if words.startswith("<") and words[:40] in source]
            seen |= {f"{name.partition(' ')[0]} {words}" for words in batch if squeeze(words)[:40] in page.text}
        cache.clear()

    assert wrong == []
    # Shown, and not swallowed: to strangers, to the host and to staff.
    assert seen == {f"{who} {words}" for who in ("other", "own", "back") for words in HOSTILE}


def test_ten_thousand_letters_in_every_field_break_no_page(house):
    plain = shapes(house)
    say_everywhere(("<b>" + "m" * 50 + "</b> ") * (LONGEST // 58))

    wrong = {name: page.shape - plain[name] - FROM_LINES for name, (page, _source) in read_all(house).items()}

    assert {name: parts for name, parts in wrong.items() if parts} == {}


def all_letters(house: dict) -> dict:
    letters = {("host", kind): letter for kind, letter in letters_to_host(house["meetup"]).items()}
    for name, guest in {"yes": house["guests"][0], "invited": house["guests"][5], "came": house["came"]}.items():
        letters |= {(name, kind): letter for kind, letter in letters_to_guest(guest).items()}
    return letters


def html_of(letter) -> Reader:
    return Reader(letter.alternatives[0][0])


def test_hostile_words_are_text_in_letters_their_headers_and_their_calendars(house):
    say_everywhere(PLAIN)
    plain = {key: html_of(letter).shape for key, letter in all_letters(house).items()}
    headers = {key: set(letter.message().keys()) for key, letter in all_letters(house).items()}
    wrong, seen = [], set()
    for batch in [*packs(), ["A name\r\nBcc: evil@example.net\r\n\r\nBody"], ["A name Bcc: evil@example.net"]]:
        say_everywhere(*batch)
        for key, letter in all_letters(house).items():
            page, mime = html_of(letter), letter.message()
            wrong += [f"{key}: {batch} make {part}" for part in page.shape - plain[key] - FROM_LINES]
            wrong += [f"{key}: {batch} lead to {link}" for link in page.bad_links]
            wrong += [f"{key}: {batch} add {name}" for name in set(mime.keys()) - headers[key]]
            if letter.recipients() != letter.to or len(letter.to) != 1 or "\n" in letter.subject:
                wrong.append(f"{key}: {batch} change the head")
            body = squeeze(letter.body)
            seen |= {words for words in batch if clean_line(words)[:30] in body and clean_line(words)[:30] in page.text}

    assert wrong == []
    assert set(HOSTILE) <= seen


def test_hostile_words_are_one_event_in_a_calendar_file(house):
    for words in [*HOSTILE, "A\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:B", 'A, B; C\\ "D"\nBEGIN:VALARM']:
        say_everywhere(words)
        guest = Guest.objects.select_related("meetup__host", "meetup__kit__book").get(pk=house["guests"][0].pk)

        calendar = Calendar.from_ical(ical.calendar_file(guest))

        events = calendar.walk("VEVENT")
        assert len(events) == 1
        assert len(calendar.walk("VALARM")) == 0
        assert squeeze(clean_line(words))[:30] in squeeze(str(events[0]["SUMMARY"]))


def test_hostile_words_are_cells_of_text_in_the_csv(house):
    for words in HOSTILE:
        say_everywhere(words)

        text = b"".join(house["own"].get(f"/c/{house['campaign'].slug}/dashboard.csv")).decode()

        rows = list(csv.DictReader(io.StringIO(text.removeprefix(BOM))))
        assert len(rows) == 2
        for row in rows:
            assert row["title"] == safe_cell(words[:120])
            assert not row["title"].startswith(("=", "+", "-", "@"))
            assert row["host"] == safe_cell(words[:60])


def test_hostile_letters_are_text_in_the_mailbox(house):
    """The mailbox shows letters to whoever sits at the machine; their HTML stands in a frame that runs nothing."""
    for words in HOSTILE[::4]:
        say_everywhere(words)
        letter = letters_to_guest(house["guests"][5], ["invitation"])["invitation"]
        path = write_message(letter.message().as_bytes(linesep="\r\n"))

        listed, shown = (house["own"].get(url) for url in ("/mailbox/", f"/mailbox/{path.stem}/"))
        body = house["own"].get(f"/mailbox/{path.stem}/body.html")

        for response in (listed, shown):
            page = Reader(response.content.decode())
            assert response.status_code == 200
            assert page.bad_links == []
            assert not {part for part in page.shape if " on" in part or part == "<script>"}
            assert clean_line(words)[:20] in page.text
        assert "sandbox" in body["Content-Security-Policy"]
        assert "allow-scripts" not in body["Content-Security-Policy"]
        assert Reader(body.content.decode()).bad_links == []


FORMS = [
    (
        "own",
        "/host/new/all/",
        "title book_title book_author way_in questions run meal agreements town_name street door parking day_phone word",
    ),
    ("own", "/host/new/", "title choose kit from campaign book shown_title press"),
    ("own", "/accounts/name/", "shown_name"),
    ("own", "/c/new/", "name call book_title way_in questions"),
    ("other", "/report/", "what page email"),
    ("other", "meetup", "name email crumbs"),
    ("other", "guest", "shown_name note diet rsvp party_size party_names wants_interpreter contact"),
    ("other", "table", "words say take give_back"),
    ("other", "passed", "name email crumbs"),
    ("other", "friend", "note rsvp"),
    ("other", "ask", "words"),
    ("own", "answer", "words"),
    ("own", "lay", "main side bread dessert drink other"),
    ("own", "dish", "kind feeds remark guest words"),
    ("other", "after", "sentence shown_as photo_alt"),
    ("own", "invite", "addresses personal"),
    ("own", "columns", "file encoding encoding_shown email name rest addresses personal"),
    ("other", "removal", "block words"),
    ("own", "takedown", "reason"),
    ("own", "debrief", "agree differ still_open next_time num_came"),
    ("own", "recap", "question text agree differ still_open"),
    ("own", "move", "date time town_name street"),
    ("own", "cancel", "word"),
    ("own", "add", "name email note rsvp party_size"),
]


def address_of(name: str, house: dict) -> str:
    guest, came = house["guests"][0], house["came"]
    below = {
        "lay": "table",
        "dish": "table/add",
        "invite": "invite",
        "columns": "invite/file",
        "move": "move",
        "cancel": "cancel",
        "add": "guests/add",
        "debrief": "debrief",
        "recap": "recap",
    }
    if name in below:
        row = house["held"] if name in ("debrief", "recap") else house["meetup"]
        return f"/host/{row.code}/{below[name]}/"
    recap = house["recap"]
    links = {
        "guest": f"/r/{make_guest_token(guest)}",
        "table": f"/r/{make_guest_token(guest)}/table",
        "passed": f"/f/{make_friend_token(guest)}",
        "friend": f"/r/{make_guest_token(house['friend'])}",
        "ask": f"/r/{make_guest_token(guest)}/ask",
        "answer": f"{guest.get_desk_url()}answer/",
        "after": f"/r/{make_guest_token(came)}/after",
        "removal": f"{recap.get_absolute_url()}removal/",
        "takedown": f"/c/{house['campaign'].slug}/recaps/{recap.slug}/",
    }
    return links.get(name) or (house["meetup"].get_absolute_url() if name == "meetup" else name)


@pytest.mark.parametrize(("who", "door", "fields"), FORMS, ids=[door for _who, door, _fields in FORMS])
def test_a_form_takes_no_hostile_word_for_more_than_text_and_never_breaks(house, who, door, fields):
    url = address_of(door, house)
    wrong = []
    for words in [*HOSTILE[::5], "m" * LONGEST, "\0", "\ud7ff\uffff", "‮" * 400, "👩‍👩‍👧‍👦" * 40]:
        response = house[who].post(url, dict.fromkeys(fields.split(), words), follow=True)
        page = Reader(response.content.decode())
        if response.status_code >= 500:
            wrong.append(f"{words[:40]!r} answers {response.status_code}")
        wrong += [f"{words[:40]!r} leads to {link}" for link in page.bad_links]
        wrong += [f"{words[:40]!r} makes {part}" for part in page.shape if " on" in part or part in NEVER]
        cache.clear()

    assert wrong == []


NOT_WEB = ["javascript:alert(1)", " java\tscript:alert(1)", "data:text/html,x", "//evil.example", "ftp://x.example"]


@pytest.mark.parametrize("link", NOT_WEB)
def test_a_link_to_a_book_is_a_web_address_or_refused(house, link):
    fields = {"title": "A new one", "book_title": "Book", "book_link": link, "duration": "180", "seats": "8", "max_party": "2"}
    refused = house["own"].post("/host/new/all/", fields | {"visibility": "private"})

    taken = house["own"].post("/host/new/all/", fields | {"visibility": "private", "book_link": "https://example.org/book"})

    links = set(Kit.objects.filter(meetup__title="A new one").values_list("book_link", flat=True))
    assert taken.status_code == 302
    assert refused.status_code == 200 or "https://evil.example" in links
    assert all(saved.startswith("https://") for saved in links)


def test_words_of_letters_hold_what_was_written(house):
    """The tests above can fail: plain words do reach the letters."""
    say_everywhere(PLAIN)

    letters = all_letters(house)

    # One page of links to an address: it names no evening and nobody.
    told = {key: letter for key, letter in letters.items() if key[1] != "my_meetups"}
    assert [key for key, letter in told.items() if PLAIN not in squeeze(words_of(letter))] == []
