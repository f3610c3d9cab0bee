"""Hold a conversation on: asked on the recap's page, through the sign-in without losing a word, to a draft and a hello."""

import re
from datetime import UTC, datetime, time
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client

from hosts.models import User
from meetups.letters import build_message
from meetups.models import Delivery, Meetup, Recap
from meetups.planning.services.fork import fork_conversation
from meetups.planning.services.meetup import delete_draft
from meetups.privacy.account_deletion import remove_before_deletion
from meetups.recaps.services.recap import take_down_recap
from meetups.sharing.forms import evening_in, month_choices, read_signed_input, sign_input
from meetups.times import clock
from meetups.times.wall_time import to_utc
from tests.factories import STREET, make_held_meetup, make_kit, make_recap, make_user
from tests.letters.letters import make_town
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
SLUG = "transforming-power-k3x9"
PAGE = f"/recaps/{SLUG}/hold/"
DRAFT = f"{PAGE}draft/"


@pytest.fixture(autouse=True)
def clean_cache():
    cache.clear()


@pytest.fixture
def recap() -> Recap:
    meetup = make_held_meetup(make_user("ana.rebelo@example.org", shown_name="Ana"), kit=make_kit(), word="Come hungry.")
    return make_recap(meetup, slug=SLUG, hello="Cook less than you think.")


def next_month() -> str:
    return month_choices()[2][0]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def code_in(mailoutbox, email: str) -> str:
    letters = [letter for letter in mailoutbox if letter.to == [email]]
    [code] = re.findall(r"^(\d{6})$", letters[-1].body, re.MULTILINE)
    return code


def test_the_page_asks_for_town_month_and_address_without_a_cookie(client, recap):
    response = client.get(PAGE)

    page = response.content.decode()
    assert response.status_code == 200 and not response.cookies
    assert all(f'name="{name}"' in page for name in ("town", "month", "email"))
    assert "csrfmiddlewaretoken" not in page
    assert recap.question in page and STREET not in page


def test_the_recap_leads_to_it(client, recap):
    assert f'href="{PAGE}"' in client.get(recap.get_absolute_url()).content.decode()


def test_a_new_host_comes_through_the_sign_in_with_everything_typed_and_has_a_draft_with_this_kit(client, recap, mailoutbox):
    town, month = make_town(), next_month()
    asked = client.post(PAGE, {"town": "Leeds", "month": month, "email": "Bea@Example.org "})
    code_page = asked["Location"]
    typed = client.post(code_page, {"code": code_in(mailoutbox, "bea@example.org")} | next_of(code_page))
    name_page = typed["Location"]
    named = client.post(name_page, {"shown_name": "Bea"} | next_of(name_page))
    form = client.get(named["Location"])

    page = form.content.decode()
    assert asked.status_code == 303 and urlsplit(code_page).path == "/accounts/login/code/confirm/"
    assert urlsplit(named["Location"]).path == DRAFT
    assert 'value="Leeds"' in page and f'value="{month}" selected' in page
    assert "Cook less than you think." in page
    assert Meetup.objects.filter(parent=recap.meetup).count() == 0

    press = re.search(r'name="press" value="([^"]+)"', page)[1]
    made = client.post(DRAFT, {"town": "Leeds", "month": month, "press": press})
    draft = Meetup.objects.get(parent=recap.meetup)

    assert made["Location"] == f"{draft.get_desk_url()}edit/when/"
    assert (draft.status, draft.host.email, draft.town, draft.zone) == ("draft", "bea@example.org", town, "Europe/London")
    assert (draft.street, draft.word, draft.seats, draft.visibility) == ("", "", None, "private")
    assert draft.kit.copied_from == recap.meetup.kit
    assert [getattr(draft.kit, name) for name in draft.kit.COPIED_FIELDS] == [
        getattr(recap.meetup.kit, name) for name in draft.kit.COPIED_FIELDS
    ]
    assert f"{draft.date:%Y-%m}" == month and draft.date.weekday() == 5
    assert draft.starts_at == to_utc(draft.date, time(19), "Europe/London")
    assert draft.guests.count() == 0
    desk = client.get(draft.get_desk_url()).content.decode()
    assert "Cook less than you think." in desk and "Ana, who held this conversation before you" in desk
    assert "ana.rebelo" not in desk and STREET not in desk


def next_of(url: str) -> dict:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_whoever_is_signed_in_goes_straight_to_the_draft(recap):
    client = signed_in(make_user(shown_name="Bea"))

    looked = client.get(PAGE)
    pressed = client.post(PAGE, {"town": "Leeds", "month": next_month()})

    assert looked["Location"] == DRAFT
    assert pressed.status_code == 303 and pressed["Location"].startswith(f"{DRAFT}?kept=")
    assert 'value="Leeds"' in client.get(pressed["Location"]).content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"town": ""}, "This field is required."),
        ({"email": "not an address"}, "Enter a valid email address."),
        ({"month": "1999-01"}, "is not one of the available choices"),
        ({"town": "www.example.com"}, "A web address cannot stand here."),
    ],
)
def test_what_was_typed_stays_beside_the_error(client, recap, mailoutbox, typed, said):
    fields = {"town": "Leeds", "month": next_month(), "email": "bea@example.org"} | typed

    response = client.post(PAGE, fields)

    page = response.content.decode()
    assert response.status_code == 200 and said in page and "<title>Error:" in page
    assert all(f'value="{value}"' in page for name, value in fields.items() if value and name != "month")
    assert mailoutbox == [] and Meetup.objects.drafts().count() == 0


def test_many_asked_for_codes_are_too_many(client, recap, mailoutbox):
    fields = {"town": "Leeds", "month": next_month()}

    pages = [client.post(PAGE, fields | {"email": "bea@example.org"}) for _ in range(6)]

    assert "Those were many tries" in pages[-1].content.decode()
    assert len(mailoutbox) <= 3


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_what_is_not_public_is_not_held_on(client, recap, state):
    Recap.objects.update(state=state)
    before = all_rows()

    assert client.get(PAGE).status_code == client.post(PAGE, {"town": "Leeds"}).status_code == 404
    host = signed_in(make_user(shown_name="Bea"))
    assert host.get(DRAFT).status_code == host.post(DRAFT, {"town": "Leeds", "month": next_month()}).status_code == 404
    assert before["meetups.Meetup"] == all_rows()["meetups.Meetup"]


def test_a_stranger_signs_in_first_and_a_nameless_one_is_asked_for_a_name(client, recap):
    nameless = signed_in(make_user(shown_name=""))

    assert client.post(DRAFT, {"town": "Leeds", "month": next_month()})["Location"].startswith("/accounts/login/?next=")
    assert nameless.get(f"{DRAFT}?kept=x")["Location"].startswith("/accounts/name/?next=")


def test_looking_makes_nothing_and_pressing_twice_makes_one_draft(recap):
    client = signed_in(make_user(shown_name="Bea"))
    page = client.get(DRAFT).content.decode()
    assert Meetup.objects.drafts().count() == 0
    fields = {"town": "Nowhere at all", "month": next_month(), "press": re.search(r'name="press" value="([^"]+)"', page)[1]}

    first, second = client.post(DRAFT, fields), client.post(DRAFT, fields)

    assert first["Location"] == second["Location"]
    assert Meetup.objects.drafts().count() == 1
    assert sorted(Delivery.objects.values_list("kind", flat=True)) == ["held_on", "hold_started"]


def test_what_was_kept_is_ours_or_nothing():
    for text in ["", "x", sign_input("Leeds", "2027-03")[:-2], "a:b:c", "\x00"]:
        assert read_signed_input(text) == {}
    assert read_signed_input(sign_input("Leeds", "2027-03")) == {"town": "Leeds", "month": "2027-03"}


def test_the_evening_to_begin_with_is_a_saturday_that_leaves_time_to_invite(moved_clock):
    moved_clock(to=datetime(2027, 3, 1, 12, tzinfo=UTC))
    assert (str(evening_in("2027-03")), str(evening_in("2027-04"))) == ("2027-03-13", "2027-04-03")

    moved_clock(to=datetime(2027, 3, 20, 12, tzinfo=UTC))
    assert str(evening_in("2027-03")) == "2027-03-27"

    moved_clock(to=datetime(2027, 3, 30, 12, tzinfo=UTC))
    assert evening_in("2027-03") is None
    assert month_choices()[0][0] == "2027-04"


# Between the two hosts -----------------------------------------------------------------------------------------------


def letters(kind: str) -> list[Delivery]:
    return list(Delivery.objects.filter(kind=kind))


def test_both_hosts_are_told_and_neither_reads_an_address(recap):
    bea = make_user("bea.private@example.net", shown_name="Bea")
    draft = fork_conversation(bea, recap, town_name="Leeds", town=make_town(), zone="Europe/London")

    [to_new], [to_old] = letters("hold_started"), letters("held_on")
    new, old = build_message(to_new), build_message(to_old)

    assert new.to == ["bea.private@example.net"] and old.to == ["ana.rebelo@example.org"]
    assert "Cook less than you think." in new.body and draft.get_desk_url() in new.body
    assert "in Leeds" in old.subject
    assert "ana.rebelo" not in str(new.message()) and "bea.private" not in str(old.message()) and "Bea" not in old.body


def test_a_typed_town_that_is_on_no_list_is_not_repeated(recap):
    fork_conversation(make_user(shown_name="Bea"), recap, town_name="Buy my watches")

    assert "watches" not in build_message(letters("held_on")[0]).body


def test_the_host_is_told_once_of_each_person_and_three_times_a_day(recap, moved_clock):
    for number in range(5):
        host = make_user(shown_name=f"Host {number}")
        for _ in range(2):
            fork_conversation(host, recap)
    first_day = len(letters("held_on"))
    Delivery.objects.update(created_at=clock.now().replace(year=2020))
    fork_conversation(make_user(shown_name="Later"), recap)

    assert (first_day, len(letters("held_on")), len(letters("hold_started"))) == (3, 4, 11)


def test_nobody_is_told_of_their_own_copy(recap):
    fork_conversation(recap.meetup.host, recap)

    assert Delivery.objects.count() == 0


def test_the_long_form_tells_them_too(recap):
    client = signed_in(make_user(shown_name="Bea"))

    client.post("/host/new/", {"from": SLUG, "title": "At mine", "duration": "180", "max_party": "2", "visibility": "private"})

    assert Meetup.objects.get(title="At mine").parent == recap.meetup
    assert len(letters("held_on")) == len(letters("hold_started")) == 1


def test_a_deleted_draft_and_a_recap_taken_down_leave_nothing_to_tell(recap):
    draft = fork_conversation(make_user(shown_name="Bea"), recap)
    take_down_recap(recap)
    words = build_message(letters("hold_started")[0]).body
    delete_draft(draft)

    assert "Cook less" not in words
    for kind in ("hold_started", "held_on"):
        with pytest.raises(Exception, match="does not exist any more"):
            build_message(letters(kind)[0])


# The host who told it ------------------------------------------------------------------------------------------------


def test_the_host_leaves_a_word_and_sees_the_numbers(recap):
    client, url = signed_in(recap.meetup.host), f"/host/{recap.meetup.code}/recap/reach/"
    fork_conversation(make_user(shown_name="Bea"), recap)

    saved = client.post(url, {"hello": "Two pots are enough."})
    page = client.get(url).content.decode()

    recap.refresh_from_db()
    assert saved["Location"] == url and recap.hello == "Two pots are enough."
    assert re.search(r"Drafts made from it</dt><dd>1</dd>", page)
    assert "Bea" not in page


@pytest.mark.parametrize("words", [f"Come to {STREET}", "Call +1 416 555 0142", "me@example.org", "see www.example.com"])
def test_a_word_with_an_address_is_refused_and_stays_in_the_field(recap, words):
    client, url = signed_in(recap.meetup.host), f"/host/{recap.meetup.code}/recap/reach/"

    page = client.post(url, {"hello": words}).content.decode()

    recap.refresh_from_db()
    assert recap.hello == "Cook less than you think."
    assert "<title>Error:" in page and words in page.replace("&#x27;", "'")


def test_nobody_else_writes_a_word(client, recap):
    url = f"/host/{recap.meetup.code}/recap/reach/"

    answers = [client.post(url, {"hello": "x"}).status_code, signed_in(make_user()).post(url, {"hello": "x"}).status_code]

    recap.refresh_from_db()
    assert answers == [302, 404] and recap.hello == "Cook less than you think."


def test_without_a_recap_there_is_nothing_to_lead_to(recap):
    other = make_held_meetup(recap.meetup.host)

    answer = signed_in(other.host).get(f"/host/{other.code}/recap/reach/")

    assert answer["Location"] == f"/host/{other.code}/recap/"


def test_the_word_is_never_public_and_goes_with_its_host(client, recap):
    pages = [recap.get_absolute_url(), PAGE, f"{recap.get_absolute_url()}embed/", "/feed.atom", "/feed.json"]

    assert [page for page in pages if "Cook less" in client.get(page).content.decode()] == []
    remove_before_deletion(recap.meetup.host)
    recap.refresh_from_db()
    assert recap.hello == ""
