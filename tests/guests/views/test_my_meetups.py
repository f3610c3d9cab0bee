"""Send me my link: the same for every address, and one page of all meetups of it (R77)."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache

from meetups.access.address_hash import hash_address
from meetups.access.tokens import make_guest_token, make_mine_token, make_unsubscribe_token
from meetups.dispatch.recheck import suppressed_pairs, why_not
from meetups.guests.services.access_link import renew_link
from meetups.guests.services.link_recovery import answer_link_requests, ask_for_links
from meetups.letters import build_message
from meetups.models import Delivery, Guest, LinkRequest, Meetup
from meetups.operations.sweep import sweep
from meetups.outbox.suppression import suppress
from meetups.privacy.retention import retire
from meetups.times import clock
from tests.circles.polls import make_polled
from tests.factories import STREET, make_draft, make_guest, make_held_meetup, make_host, make_meetup
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
MARIA = "maria@example.org"


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def guest() -> Guest:
    return make_guest(make_meetup(title="Soup"), MARIA, name="Maria", rsvp="yes", address_proven_at=clock.now())


def owed() -> list[Delivery]:
    return list(Delivery.objects.filter(kind="my_meetups").order_by("pk"))


def page_of(guest: Guest) -> str:
    ask_for_links(guest.email)
    answer_link_requests()
    return f"/mine/{make_mine_token(owed()[-1])}"


def words_of(response) -> str:
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode().partition("<main")[2]).split())


def test_every_address_gets_the_same_answer_and_costs_the_same_work(client, guest, django_assert_num_queries):
    suppress(hash_address("no-more@example.org"))
    make_guest(guest.meetup, "no-more@example.org", rsvp="yes")
    answers = set()
    for address in (MARIA, " Maria@Example.org ", "nobody@example.net", "no-more@example.org"):
        with django_assert_num_queries(1):
            response = client.post("/mine/", {"email": address})
        answers.add((response.status_code, response["Location"], response.content))

    assert answers == {(303, "/mine/?sent=1", b"")}
    assert LinkRequest.objects.count() == 4
    assert owed() == []
    said = words_of(client.get("/mine/?sent=1"))
    assert "Look in your inbox" in said
    assert MARIA not in said


def test_the_sweep_writes_to_a_known_address_alone_and_ends_no_link(client, guest):
    version = guest.link_version
    for address in (MARIA, "nobody@example.net"):
        client.post("/mine/", {"email": address})

    sweep()

    [letter] = owed()
    assert letter.guest == guest
    assert not LinkRequest.objects.exists()
    guest.refresh_from_db()
    assert guest.link_version == version
    assert client.get(f"/r/{make_guest_token(guest)}").status_code == 200


def test_one_letter_in_ten_minutes_and_three_a_day(guest, moved_clock):
    nums = []
    for minutes in (0, 5, 11, 22, 33, 24 * 60 + 40):
        moved_clock(minutes=minutes)
        ask_for_links(MARIA)
        ask_for_links(MARIA)
        answer_link_requests()
        nums.append(len(owed()))

    assert nums == [1, 1, 2, 3, 3, 4]


def test_two_sweeps_at_once_owe_one_letter(guest):
    ask_for_links(MARIA)
    request = LinkRequest.objects.get()
    answer_link_requests()
    # The second sweep reads the request and the limits before the first has committed.
    LinkRequest.objects.create(pk=request.pk, address_hash=request.address_hash)
    Delivery.objects.update(due_at=clock.now() - timedelta(minutes=11))
    answer_link_requests()

    assert len(owed()) == 1


def test_nothing_goes_to_who_wants_no_letters_is_removed_or_not_proven(guest):
    meetup = guest.meetup
    suppress(guest.email_hash)
    removed = make_guest(meetup, "removed@example.org", removed_at=clock.now())
    stranger = make_guest(meetup, "stranger@example.org", origin="self")
    for row in (guest, removed, stranger):
        ask_for_links(row.email)

    assert answer_link_requests() == 0


def test_an_evening_whose_day_is_not_chosen_yet_stands_there_and_leads_to_its_days(client, guest):
    polled = make_polled(None, "Maria", title="Some evening soon")
    make_guest(make_draft(title="Nobody was asked"), MARIA)
    Guest.objects.filter(meetup=polled).update(address_proven_at=clock.now())

    page = page_of(guest)
    shown = client.get(page)

    said = words_of(shown)
    assert "Looking for a day Some evening soon Say which days you could come." in said
    assert "To come Soup" in said and "Nobody was asked" not in said
    [link] = [one for one in re.findall(r'href="(/r/[^"]+)"', shown.content.decode()) if client.get(one).status_code != 200]
    assert client.get(link)["Location"].endswith("/dates")


def test_somebody_who_was_only_asked_for_a_day_finds_it_too(client, moved_clock):
    make_polled(None, "Maria", title="Some evening soon")
    # Beyond the limit for an address that never said anything.
    moved_clock(days=3)

    assert "Some evening soon" in words_of(client.get(page_of(Guest.objects.get())))


def test_whose_evenings_are_long_over_finds_no_link_and_a_way_to_what_is_kept(client):
    page = page_of(make_guest(make_held_meetup(title="Too long ago", in_days=-20), "old@example.org", rsvp="yes"))

    html = client.get(page).content.decode()

    assert why_not(owed()[0], set()) is None
    assert "None of them opens any more." in html and "Too long ago" not in html and "/r/" not in html
    assert f'href="{page}/data"' in html and f'href="{page}/leave"' in html


def test_nothing_goes_to_an_address_that_is_not_kept_any_more(moved_clock):
    guest = make_guest(make_meetup(), MARIA, rsvp="yes")
    moved_clock(to=guest.meetup.ends_at + timedelta(days=90))
    retire()

    ask_for_links(MARIA)

    assert answer_link_requests() == 0


def test_somebody_who_never_answered_is_written_to_once_a_day_at_most(moved_clock):
    make_guest(make_meetup(), "new@example.org")
    nums = []
    for minutes in (0, 20, 25 * 60):
        moved_clock(minutes=minutes)
        ask_for_links("new@example.org")
        answer_link_requests()
        nums.append(len(owed()))

    assert nums == [1, 1, 2]


def test_a_host_whose_letters_are_not_wanted_does_not_keep_the_links_back(guest):
    suppress(guest.email_hash, target=f"host:{guest.meetup.host_id}")
    ask_for_links(MARIA)
    answer_link_requests()

    [letter] = owed()
    assert why_not(letter, suppressed_pairs([letter])) is None


def test_the_letter_names_no_evening_and_holds_one_link(guest, settings):
    token = make_mine_token((page_of(guest), owed()[-1])[1])
    message = build_message(owed()[-1])

    assert f"{settings.PUBLIC_URL}/mine/{token}" in message.body
    assert message.to == [MARIA]
    words = message.message().as_string() + message.body
    assert "Soup" not in words
    assert make_guest_token(guest) not in words
    assert guest.selector not in token
    assert "Reply-To" not in message.extra_headers


def test_the_page_lists_all_evenings_with_answers_and_links_and_never_the_street(client, guest):
    past = make_guest(make_meetup(title="Bread", in_days=-3), MARIA, rsvp="no")
    later = make_guest(make_meetup(make_host(shown_name="Bea"), title="Cheese", in_days=30), MARIA)
    make_guest(make_meetup(title="Not hers"), "other@example.org")
    make_guest(make_meetup(title="Too long ago", in_days=-20), MARIA)

    response = client.get(page_of(guest))

    said, source = words_of(response), response.content.decode()
    assert re.findall(r"Soup|Cheese|Bread|Not hers|Too long", said) == ["Soup", "Cheese", "Bread"]
    assert all(f"/r/{make_guest_token(row)}" in source for row in (guest, past, later))
    assert "no answer yet" in said
    assert "m…@example.org" in said
    assert MARIA not in source
    assert STREET not in source
    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert not response.cookies


def test_the_page_takes_as_many_queries_for_three_as_for_one(client, guest, django_assert_num_queries):
    page = page_of(guest)
    with django_assert_num_queries(2):
        client.get(page)
    for _ in range(2):
        make_guest(make_meetup(), MARIA)
    with django_assert_num_queries(2):
        client.get(page)


def test_the_link_ends_after_seven_days_and_with_it_nothing_else(client, guest, moved_clock):
    page = page_of(guest)
    moved_clock(days=6, hours=23)
    assert client.get(page).status_code == 200

    moved_clock(days=7, minutes=1)

    response = client.get(page)
    assert response.status_code == 404
    assert 'href="/mine/"' in response.content.decode()
    assert client.get(f"/r/{make_guest_token(guest)}").status_code == 200


def test_a_new_link_ends_the_pages_it_would_stand_on(client, guest):
    page, other = page_of(guest), page_of(make_guest(make_meetup(), "kim@example.org", rsvp="yes"))
    Delivery.objects.update(state="sent")

    renew_link(guest)

    assert [client.get(path).status_code for path in (page, other)] == [404, 200]


def test_no_other_token_opens_the_page_and_it_opens_nothing_else(client, guest):
    token = page_of(guest).removeprefix("/mine/")
    wrong = [make_guest_token(guest), make_unsubscribe_token(guest), "A" * 43, "%00", "x" * 3000]

    assert [client.get(f"/mine/{other}").status_code for other in wrong] == [404] * len(wrong)
    assert [client.get(f"/{door}/{token}").status_code for door in ("r", "w")] == [404, 404]


def test_a_guest_whose_address_was_changed_is_not_shown_to_the_old_one(client, guest):
    page = page_of(guest)
    Guest.objects.filter(pk=guest.pk).update(email="new@example.org", email_hash=hash_address("new@example.org"))

    assert "No evening knows this address any more." in words_of(client.get(page))


def test_a_get_asks_for_nothing_and_a_press_on_the_page_changes_nothing(client, guest):
    page = page_of(guest)
    before = all_rows()

    client.get("/mine/", {"email": MARIA})
    client.post(page, {"rsvp": "no"})

    assert all_rows() == before


@pytest.mark.usefixtures("full_window")
def test_many_addresses_from_one_place_are_slowed_down(client):
    codes = [client.post("/mine/", {"email": f"a{number}@example.net"}).status_code for number in range(12)]

    assert codes == [303] * 10 + [429] * 2
    assert LinkRequest.objects.count() == 10


def test_what_is_no_address_is_told_so(client):
    response = client.post("/mine/", {"email": "maria"})

    assert "<title>Error:" in response.content.decode()
    assert not LinkRequest.objects.exists()


def test_the_front_page_and_the_404_lead_here(client):
    for page in ("/", "/r/wrong", "/nothing/here/"):
        assert 'href="/mine/"' in client.get(page).content.decode()


def test_a_canceled_evening_stays_on_the_page_and_says_so(client, guest):
    Meetup.objects.update(status="canceled")

    assert "canceled" in words_of(client.get(page_of(guest)))
