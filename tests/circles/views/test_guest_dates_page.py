"""A guest's page on which they say which evenings they could come: no account, no cookie, and nothing of the others."""

import pytest

from meetups.access.tokens import make_friend_token, make_guest_token, make_unsubscribe_token
from meetups.circles.services.date_poll import choose_date, stop_asking
from meetups.models import DateAnswer, Guest
from tests.circles.polls import guest_called, make_polled, options_of, say
from tests.factories import DOOR, PHONE, STREET, make_draft, make_guest, make_meetup
from tests.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def meetup(host):
    return make_polled(host, "Maria", "Benedikt")


def path_of(guest: Guest, page: str = "/dates") -> str:
    return f"/r/{make_guest_token(guest)}{page}"


def sent(meetup, *said: str) -> dict:
    return {f"date_{option.pk}": says for option, says in zip(options_of(meetup), said, strict=False)}


def test_the_page_shows_the_days_and_neither_the_street_nor_the_others(client, meetup):
    say("Benedikt", "yes")
    before = all_rows()

    answer = client.get(path_of(guest_called("Maria")))

    page = answer.content.decode()
    assert page.count('type="radio"') == 9
    assert [secret for secret in (STREET, DOOR, PHONE, "Benedikt", "maria@example.org") if secret in page] == []
    assert answer.cookies == {}
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")
    # Robots follow the links of letters.
    assert all_rows() == before


def test_answers_are_kept_shown_again_and_changed(client, meetup):
    guest = guest_called("Maria")

    first = client.post(path_of(guest), sent(meetup, "yes", "if_needed"))
    shown = client.get(first.url).content.decode()
    client.post(path_of(guest), sent(meetup, "no", "if_needed", "yes"))

    assert (first.status_code, first.url) == (303, f"{path_of(guest)}?said=1")
    assert "Thank you. Ana sees it" in shown
    assert shown.count("checked") == 2
    assert list(DateAnswer.objects.order_by("option__date").values_list("says", flat=True)) == ["no", "if_needed", "yes"]


@pytest.mark.parametrize("wrong", ["", "always"])
def test_nothing_or_nonsense_is_refused_in_words(client, meetup, wrong):
    answer = client.post(path_of(guest_called("Maria")), sent(meetup, wrong))

    assert "Please look at this again" in answer.content.decode()
    assert DateAnswer.objects.count() == 0


def test_the_language_can_be_switched_with_what_was_ticked(client, meetup):
    page = client.post(path_of(guest_called("Maria")), sent(meetup, "if_needed") | {"speak": "fr"}).content.decode()

    assert page.count("checked") == 1
    assert guest_called("Maria").language == "fr"
    assert DateAnswer.objects.count() == 0


@pytest.mark.parametrize("page", ["", "/table", "/ask"])
def test_the_usual_pages_lead_there_until_the_day_is_chosen(client, meetup, page):
    guest = guest_called("Maria")

    answers = [client.get(path_of(guest, page)), client.post(path_of(guest, page), {"rsvp": "yes"})]

    assert [(answer.status_code, answer.url) for answer in answers] == [(303, path_of(guest))] * 2
    assert guest_called("Maria").rsvp == "invited"


def test_a_copy_of_the_data_and_leaving_work_before_the_day_is_chosen(client, meetup):
    guest = say("Maria", "yes")
    option = options_of(meetup)[0]

    data = client.post(path_of(guest, "/data")).json()
    client.post(path_of(guest, "/leave"), {"sure": "on"})
    client.post(path_of(guest, "/leave"), {"sure": "on", "really": "on"})

    assert [(row["says"], row["date"], row["time"][:5]) for row in data["date_answers"]] == [
        ("yes", option.date.isoformat(), "20:00")
    ]
    assert not Guest.objects.filter(name="Maria").exists()
    assert DateAnswer.objects.count() == 0


def test_once_the_day_is_chosen_the_link_leads_to_the_usual_page(client, meetup):
    guest, option = say("Maria", "yes"), options_of(meetup)[0]
    choose_date(meetup, day=option.date, hour=option.time, by=meetup.host)

    answers = [client.get(path_of(guest)), client.post(path_of(guest), sent(meetup, "no"))]

    assert [(answer.status_code, answer.url) for answer in answers] == [(303, path_of(guest, ""))] * 2
    assert STREET in client.get(path_of(guest, "")).content.decode()
    assert guest_called("Maria").rsvp == "yes"


def test_when_the_host_asks_no_more_the_page_says_so_and_takes_nothing(client, meetup):
    guest = guest_called("Maria")
    stop_asking(meetup)

    answers = [client.get(path_of(guest)), client.post(path_of(guest), sent(meetup, "yes"))]

    assert ["does not ask for a day any more" in answer.content.decode() for answer in answers] == [True, True]
    assert DateAnswer.objects.count() == 0


def test_wrong_links_open_nothing(client, host, meetup):
    guest = guest_called("Maria")
    Guest.objects.filter(name="Benedikt").update(removed_at="2026-01-01T00:00Z")
    wrong = [make_unsubscribe_token(guest), make_friend_token(guest), make_guest_token(guest_called("Benedikt")), "A" * 43, "x"]
    wrong.append(make_guest_token(make_guest(make_draft(host))))

    answers = [client.post(f"/r/{token}/dates", sent(meetup, "yes")) for token in wrong]

    assert [answer.status_code for answer in answers] == [404] * 6
    assert DateAnswer.objects.count() == 0


def test_the_page_of_a_published_evening_that_never_asked_leads_to_the_usual_one(client, host):
    guest = make_guest(make_meetup(host))

    assert client.get(path_of(guest)).url == path_of(guest, "")
