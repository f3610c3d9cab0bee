"""An evening that is frozen: no street but to its hosts, no letters, a reason to the host, and an end by itself (R111)."""

import html
import json
import re
from datetime import timedelta

import pytest
from django.core.cache import cache

from hosts.models import Organizer
from meetups.access.address_hash import hash_address
from meetups.access.tokens import make_guest_token
from meetups.dispatch.claim import claim_deliveries
from meetups.dispatch.send import deliver_due
from meetups.exceptions import MeetupError
from meetups.guests.services.question import answer_guest, ask_host
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.models import Delivery, Guest, Intervention, Mailing, Meetup
from meetups.outbox.fan_out import fan_out_due
from meetups.outbox.letter_kinds import FROZEN
from meetups.outbox.suppression import suppress
from meetups.oversight.acts import answer_freeze, freeze_meetup, unfreeze_meetup
from meetups.planning.services.change import cancel_meetup
from meetups.recaps.services.takedown import give_back_recap, take_down_for_reason
from meetups.times import clock
from tests import smtpsink
from tests.evening.tables import make_door, make_evening
from tests.factories import (
    DOOR,
    PARKING,
    PHONE,
    STREET,
    add_role,
    make_campaign,
    make_delivery,
    make_guest,
    make_held_meetup,
    make_host,
    make_meetup,
    make_recap,
    make_user,
)
from tests.flows.post import letters_to_guest, words_of

pytestmark = pytest.mark.django_db
WHY = "A neighbor wrote that the house is not hers."
SECRETS = [STREET, "Lindenblossom", DOOR, PARKING, PHONE, "14165550142", "M6G"]


@pytest.fixture(autouse=True)
def clean():
    cache.clear()


@pytest.fixture
def sink(settings):
    with smtpsink.Sink() as sink:
        settings.MAIL_IS_FILES = False
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 5
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield sink


@pytest.fixture
def olga():
    return make_user("olga@example.org", shown_name="Olga")


@pytest.fixture
def evening(olga, moved_clock):
    """A published evening of Ana's in Olga's campaign. It is noon there, so that no letter waits for the morning."""
    moved_clock(to=clock.now().replace(hour=12, minute=0) + timedelta(days=1))
    campaign = make_campaign(olga, slug="read", name="Read Together")
    begins = clock.now() + timedelta(days=3)
    return make_meetup(
        make_host("ana@example.org", shown_name="Ana"),
        campaign=campaign,
        date=begins.date(),
        time=begins.time(),
        zone="UTC",
        visibility="listed",
        plan=True,
    )


def page_words(response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def freeze(evening, olga, **fields) -> Intervention:
    return freeze_meetup(evening, by=olga, reason=WHY, **fields)


def hold_page(evening) -> str:
    return f"/c/read/hold/{evening.code}/"


# The act itself ------------------------------------------------------------------------------------------------------


def test_an_organizer_freezes_with_a_sentence_and_ends_it_with_another(client, evening, olga):
    client.force_login(olga)
    assert "Put it on hold" in page_words(client.get(hold_page(evening)))

    client.post(hold_page(evening), {"reason": WHY, "days": "7"})

    evening.refresh_from_db()
    assert timedelta(days=6, hours=23) < evening.frozen_until - clock.now() <= timedelta(days=7)
    shown = page_words(client.get(hold_page(evening)))
    assert "Olga, an organizer of Read Together, did this." in shown and WHY in shown
    client.post(hold_page(evening), {"end-reason": "She showed me the lease.", "then": "end"})
    evening.refresh_from_db()
    assert not evening.is_frozen
    assert [row.kind for row in evening.interventions.all()] == ["unfreeze", "freeze"]


@pytest.mark.parametrize("data", [{"reason": "  ", "days": "7"}, {"reason": WHY, "days": "8"}, {"then": "end", "end-reason": ""}])
def test_without_a_reason_or_for_too_long_nothing_happens_and_what_was_typed_stays(client, evening, olga, data):
    client.force_login(olga)

    answer = client.post(hold_page(evening), data)

    evening.refresh_from_db()
    assert (answer.status_code, evening.frozen_until) == (200, None)
    assert "Error:" in answer.content.decode()
    assert data.get("reason", "").strip() in page_words(answer)
    assert not Intervention.objects.exists()


def test_strangers_hosts_and_other_organizers_cannot_freeze(client, evening):
    other = make_user(shown_name="Oda")
    make_campaign(other, slug="another")
    answers = [client.post(hold_page(evening), {"reason": WHY, "days": "7"}).status_code]
    for user in (evening.host, other):
        client.force_login(user)
        answers.append(client.post(hold_page(evening), {"reason": WHY, "days": "7"}).status_code)
        answers.append(client.post(f"/c/another/hold/{evening.code}/", {"reason": WHY, "days": "7"}).status_code)

    evening.refresh_from_db()
    assert answers == [302, 404, 404, 404, 404]
    assert evening.frozen_until is None


def test_a_draft_cannot_be_frozen(olga):
    with pytest.raises(MeetupError, match="Only a published evening"):
        freeze_meetup(make_meetup(status="draft"), by=olga, reason=WHY)


def test_a_second_press_is_one_freeze_and_said_again_it_counts_from_now(evening, olga, moved_clock):
    first = freeze(evening, olga)
    assert freeze(evening, olga) == first
    assert Delivery.objects.filter(kind="intervened").count() == 1

    moved_clock(to=clock.now() + timedelta(days=5))
    again = freeze_meetup(evening, by=olga, reason="Still nobody answers.")

    evening.refresh_from_db()
    assert evening.frozen_until == again.until
    assert timedelta(days=7) - timedelta(seconds=5) < again.until - again.at <= timedelta(days=7)


def test_it_ends_by_itself(client, evening, olga, moved_clock):
    guest = make_guest(evening, rsvp="yes")
    freeze(evening, olga, days=1)
    page = f"/r/{make_guest_token(guest)}"
    assert STREET not in client.get(page).content.decode()

    moved_clock(to=clock.now() + timedelta(days=1, minutes=1))

    assert STREET in client.get(page).content.decode()
    assert "on hold" not in page_words(client.get(page))


# The street ----------------------------------------------------------------------------------------------------------

PAGES = ["", "?rsvp=no", "/meetup.ics", "/calendar", "/map", "/data", "/everything", "/confirm", "/ask", "/table", "/not-me"]


def told_by(client, pages: list[str]) -> dict[str, list[str]]:
    """Return which secrets each page tells."""
    found = {}
    for page in pages:
        answer = client.get(page)
        body = b"".join(answer) if answer.streaming else answer.content
        words = body.decode(errors="replace").replace("\r\n ", "").replace("\\,", ",").replace("%20", " ") + str(answer.headers)
        if told := [secret for secret in SECRETS if secret in words]:
            found[page] = told
    return found


def test_no_link_of_a_guest_with_a_seat_tells_the_street(client, evening, olga):
    guest = make_guest(evening, rsvp="yes", could_host=True)
    pages = [f"/r/{make_guest_token(guest)}{rest}" for rest in PAGES] + [evening.get_absolute_url()]
    before = told_by(client, pages)
    assert len(before) >= 5, "the pages that tell it while nothing is frozen"

    freeze(evening, olga)

    assert told_by(client, pages) == {}
    words = page_words(client.get(pages[0]))
    assert "This evening is on hold" in words and "Toronto" in words
    assert WHY not in words
    client.post(f"{pages[0]}/data")
    assert STREET not in json.dumps(client.post(f"{pages[0]}/data").content.decode())


def test_no_letter_that_is_written_while_it_is_frozen_tells_the_street(evening, olga):
    guest = make_guest(evening, rsvp="yes")
    assert any(STREET in words_of(message) for message in letters_to_guest(guest).values())

    freeze(evening, olga)

    written = letters_to_guest(guest)
    assert len(written) > 8
    assert {kind for kind, message in written.items() if any(secret in words_of(message) for secret in SECRETS)} == set()


def test_what_the_host_answered_a_guest_is_hidden_too(client, evening, olga):
    guest = make_guest(evening, rsvp="yes")
    ask_host(guest, words="Where is it?")
    answer_guest(guest, words=f"Come to {STREET}.")
    pages = [f"/r/{make_guest_token(guest)}{rest}" for rest in ("", "/ask")]
    assert [STREET in client.get(page).content.decode() for page in pages] == [True, True]

    freeze(evening, olga)

    assert told_by(client, pages) == {}
    assert "The answer is shown again when the hold ends." in page_words(client.get(pages[1]))
    assert STREET not in client.post(f"{pages[0]}/data").content.decode()


def test_invitations_on_paper_have_no_street_and_the_hosts_own_pages_keep_it(client, evening, olga):
    freeze(evening, olga)
    client.force_login(evening.host)

    assert "The street is on the invitations" not in page_words(client.get(f"/host/{evening.code}/paper/"))
    assert STREET in client.get(f"/host/{evening.code}/").content.decode()


def test_the_page_at_the_door_tells_neither_street_nor_phone(client, olga):
    evening = make_evening(make_host("ana@example.org"), begins_in=timedelta(hours=1), campaign=make_campaign(olga, slug="read"))
    make_guest(evening, rsvp="yes")
    _link, path = make_door(evening)
    assert PHONE in client.get(path).content.decode()
    freeze(evening, olga)

    assert client.get(path).status_code == 200
    assert told_by(client, [path, f"{path}sync"]) == {}


def test_strangers_cannot_ask_for_a_seat_meanwhile(client, evening, olga):
    page = evening.get_absolute_url()
    assert "Send me the link" in page_words(client.get(page))
    freeze(evening, olga)

    shown = page_words(client.get(page))
    client.post(page, {"name": "Sal", "email": "sal@example.org"})

    assert "This evening is on hold" in shown and "Send me the link" not in shown
    assert not Guest.objects.filter(email="sal@example.org").exists()


# Letters -------------------------------------------------------------------------------------------------------------


def states(**of) -> dict[str, str]:
    return dict(Delivery.objects.filter(**of).values_list("kind", "state"))


def test_letters_wait_and_go_on_when_it_is_ended(evening, olga, sink):
    guest = make_guest(evening, rsvp="yes")
    make_delivery("three_days", guest=guest)
    make_delivery("host_full", user=evening.host, meetup=evening)
    freeze(evening, olga)

    deliver_due()
    assert states() == {"three_days": "waiting", "host_full": "waiting", "intervened": "sent"}
    assert set(Delivery.objects.filter(state="waiting").values_list("last_words", flat=True)) == {FROZEN}
    unfreeze_meetup(evening, by=olga, reason="All is well.")
    deliver_due()

    assert states() == {"three_days": "sent", "host_full": "sent", "intervened": "sent"}


def test_what_is_too_late_by_the_end_lapses(evening, olga, moved_clock):
    row = make_delivery("three_days", guest=make_guest(evening, rsvp="yes"), not_after=clock.now() + timedelta(days=2))
    freeze(evening, olga)
    claim_deliveries()

    moved_clock(to=clock.now() + timedelta(days=7, minutes=1))
    claim_deliveries()

    row.refresh_from_db()
    assert row.state == "expired"


def test_a_letter_in_the_workers_hand_is_not_sent_once_it_is_frozen(evening, olga, sink):
    make_delivery("address_day", guest=make_guest(evening, "guest@example.org", rsvp="yes"))
    was_claimed = []

    def claim_and_freeze() -> list[Delivery]:
        rows = claim_deliveries()
        if not was_claimed:
            was_claimed.append([row.kind for row in rows])
            freeze(Meetup.objects.get(pk=evening.pk), olga)
        return rows

    deliver_due(claim=claim_and_freeze)

    assert was_claimed == [["address_day"]]
    assert sink.to("guest@example.org") == []
    assert states() == {"address_day": "waiting", "intervened": "sent"}


def test_no_mailing_is_fanned_out_until_it_ends(evening, olga, moved_clock):
    make_guest(evening, rsvp="yes")
    Mailing.objects.filter(meetup=evening, kind="please_confirm").update(
        due_at=clock.now(), not_after=clock.now() + timedelta(days=2)
    )
    freeze(evening, olga)
    assert fan_out_due() == 0

    unfreeze_meetup(evening, by=olga, reason="All is well.")

    assert fan_out_due() >= 1


def test_an_answer_is_taken_and_its_letter_waits(evening, olga):
    guest = make_guest(evening)
    freeze(evening, olga)

    record_rsvp(guest, Answer(rsvp="yes"))
    claim_deliveries()

    assert states(kind="confirmation") == {"confirmation": "waiting"}


def test_a_cancellation_leaves_without_the_hosts_words(evening, olga):
    evening.host.proven_at = clock.now() - timedelta(days=60)
    guest = make_guest(evening, rsvp="yes")
    freeze(evening, olga)
    cancel_meetup(evening, word="Call me at once.")

    written = letters_to_guest(guest, ["canceled"])["canceled"]
    Delivery.objects.filter(kind="canceled").update(due_at=clock.now(), next_try_at=clock.now())
    claim_deliveries()

    assert states(kind="canceled") == {"canceled": "sending"}
    assert "Call me at once." not in words_of(written)


# The host ------------------------------------------------------------------------------------------------------------


def test_the_host_is_told_by_name_why_and_until_when_though_they_want_no_letters(client, evening, olga, sink):
    suppress(hash_address("ana@example.org"), target="")
    freeze(evening, olga)

    deliver_due()

    [message] = sink.to("ana@example.org")
    assert message.subject.endswith("your evening is on hold")
    assert WHY in message.text and message.text.startswith("Dear Ana,")
    client.force_login(evening.host)
    desk = page_words(client.get(f"/host/{evening.code}/"))
    assert "This evening is on hold" in desk and WHY in desk and "Olga, an organizer of Read Together, did this." in desk


def test_the_host_answers_and_whoever_froze_it_reads_that(client, evening, olga):
    freeze(evening, olga)
    client.force_login(evening.host)
    page = f"/host/{evening.code}/hold/"

    answer = client.post(page, {"words": ""})
    assert "Error:" in answer.content.decode()
    client.post(page, {"words": "It is my mother's, and she knows."})
    client.post(page, {"words": "It is my mother's, and she knows."})

    assert Delivery.objects.filter(kind="freeze_answered", user=olga).count() == 1
    client.force_login(olga)
    assert "It is my mother's, and she knows." in page_words(client.get(hold_page(evening)))


def test_the_answer_reaches_nobody_who_only_helps_by_now(evening, olga, sink):
    petra = add_role(evening.campaign, make_user("petra@example.org"))
    freeze_meetup(evening, by=petra.user, reason=WHY)
    Organizer.objects.filter(pk=petra.pk).update(role="helper")
    answer_freeze(evening, words="It is my mother's.", by=evening.host)

    deliver_due()

    assert sink.to("petra@example.org") == []


def test_an_answer_comes_too_late_once_it_has_ended(evening, olga):
    freeze(evening, olga)
    unfreeze_meetup(evening, by=olga, reason="All is well.")

    with pytest.raises(MeetupError, match="not on hold any more"):
        answer_freeze(evening, words="Too late", by=evening.host)


def test_each_act_of_others_is_a_row_with_a_reason_and_a_letter_to_the_host(olga):
    meetup = make_held_meetup(make_host(), campaign=make_campaign(olga, slug="read"))
    recap = make_recap(meetup)

    take_down_for_reason(recap, by=olga, reason="A name stands in it.")
    with pytest.raises(MeetupError, match="say why"):
        give_back_recap(recap, by=olga, reason=" ")
    give_back_recap(recap, by=olga, reason="The name is out.")
    give_back_recap(recap, by=olga, reason="The name is out.")

    assert list(meetup.interventions.order_by("pk").values_list("kind", "reason")) == [
        ("take_down", "A name stands in it."),
        ("give_back", "The name is out."),
    ]
    assert sorted(states(user=meetup.host)) == ["intervened", "recap_taken_down"]


def test_each_page_says_a_hold_that_lasts_once_and_an_earlier_one_below(client, evening, olga):
    freeze(evening, olga)
    unfreeze_meetup(evening, by=olga, reason="It is hers.")
    freeze_meetup(evening, by=olga, reason="The neighbor wrote again.")

    for reader, path in ((evening.host, f"/host/{evening.code}/hold/"), (olga, f"/c/read/hold/{evening.code}/")):
        client.force_login(reader)
        page = page_words(client.get(path))
        assert [page.count(words) for words in ("The neighbor wrote again.", "It is hers.", WHY)] == [1, 1, 1]
        assert "Best done next" not in page
