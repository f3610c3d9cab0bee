"""Co-hosts: added by email, leaving, taken off, handing the evening over; who may press which button."""

import pytest
from django.urls import reverse

from hosts.models import User
from meetups.dispatch.recheck import why_not
from meetups.letters.message import build_message
from meetups.models import Cohost, Delivery, Guest, Meetup
from meetups.planning.services import cohosts
from tests.factories import make_delivery, make_draft, make_guest, make_host, make_meetup, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def meetup() -> Meetup:
    return make_meetup(make_host("ana@example.org", shown_name="Ana"), title="Soup and one question")


@pytest.fixture
def samir(meetup) -> Cohost:
    return Cohost.objects.create(meetup=meetup, user=make_host("samir@example.org", shown_name="Samir"))


def page_of(meetup: Meetup) -> str:
    return reverse("host_cohosts", args=[meetup.code])


def press(client, meetup: Meetup, **typed) -> str:
    """Press a button of the page, and return what the next page says."""
    return client.post(page_of(meetup), typed, follow=True).content.decode()


def test_a_cohost_is_added_once_hears_it_once_and_gets_in(client, meetup):
    client.force_login(meetup.host)

    assert "An email tells them how to come in" in press(client, meetup, email="Samir@Example.org ")
    assert "This person is a co-host already" in press(client, meetup, email="samir@example.org")

    [letter] = Delivery.objects.filter(kind="cohost_added")
    message = build_message(letter)
    assert message.to == ["samir@example.org"] and message.from_email.startswith("Ana via")
    assert "Ana has made you a co-host of this evening." in message.body
    assert f"/host/{meetup.code}/" in message.body
    client.force_login(User.objects.get(email="samir@example.org"))
    assert client.get(meetup.get_desk_url()).status_code == 200


@pytest.mark.parametrize(
    ("typed", "why"),
    [("", "This field is required"), ("samir", "valid email"), ("ana@example.org", "This is the host&#x27;s own address.")],
)
def test_an_address_that_is_none_stays_in_the_field_with_why(client, meetup, typed, why):
    client.force_login(meetup.host)

    page = press(client, meetup, email=typed)

    assert why in page and (not typed or f'value="{typed}"' in page)
    assert not Cohost.objects.exists() and not Delivery.objects.exists()


def test_nine_hosts_are_enough(client, meetup):
    client.force_login(meetup.host)
    Cohost.objects.bulk_create([Cohost(meetup=meetup, user=make_user()) for _ in range(cohosts.MAX_COHOSTS)])

    assert "Take somebody off first" in press(client, meetup, email="samir@example.org")
    assert meetup.cohosts.count() == cohosts.MAX_COHOSTS


def test_adding_strangers_all_day_long_is_slowed_down(client, meetup):
    client.force_login(meetup.host)
    for number in range(20):
        press(client, meetup, email=f"somebody{number}@example.org")
        Cohost.objects.all().delete()

    assert "enough for one day" in press(client, meetup, email="samir@example.org")


def test_whoever_is_taken_off_has_no_page_and_no_letter(client, meetup, samir):
    letter = make_delivery("cohost_added", user=samir.user, meetup=meetup)
    client.force_login(meetup.host)

    assert "Samir is no longer a co-host" in press(client, meetup, remove=samir.pk)

    letter.refresh_from_db()
    assert letter.state == "withdrawn"
    client.force_login(samir.user)
    assert client.get(meetup.get_desk_url()).status_code == 404


def test_a_cohost_leaves_with_one_press(client, meetup, samir):
    client.force_login(samir.user)

    assert "You are no longer a co-host of “Soup and one question”." in press(client, meetup, leave="1")

    assert not meetup.cohosts.exists()


@pytest.mark.parametrize("button", ["remove", "offer"])
def test_a_cohost_neither_takes_others_off_nor_hands_over(client, meetup, samir, button):
    other = Cohost.objects.create(meetup=meetup, user=make_user("bea@example.org"))
    client.force_login(samir.user)

    press(client, meetup, **{button: other.pk})
    press(client, meetup, email="third@example.org")

    assert sorted(meetup.cohosts.values_list("user__email", "offered_at")) == [
        ("bea@example.org", None),
        ("samir@example.org", None),
    ]


@pytest.mark.parametrize("button", ["remove", "offer"])
@pytest.mark.parametrize("number", ["theirs", "x", "9" * 30, "-1"])
def test_a_cohost_of_another_evening_is_not_found(client, meetup, button, number):
    theirs = Cohost.objects.create(meetup=make_meetup(), user=make_user())
    client.force_login(meetup.host)

    answer = client.post(page_of(meetup), {button: theirs.pk if number == "theirs" else number})

    assert answer.status_code == 404
    assert Cohost.objects.filter(pk=theirs.pk, offered_at=None).exists()


def test_the_evening_is_handed_over_only_by_both(client, meetup, samir):
    make_guest(meetup, "maria@example.org", rsvp="yes")
    client.force_login(samir.user)
    assert "Nobody asks you to take this evening over any more" in press(client, meetup, accept="1")
    assert Meetup.objects.get().host == meetup.host

    client.force_login(meetup.host)
    assert "Until they say yes, you are the host" in press(client, meetup, offer=samir.pk)
    press(client, meetup, offer=samir.pk)
    assert "Ana asks whether you will take this evening over." in build_message(Delivery.objects.get(kind="cohost_added")).body

    client.force_login(samir.user)
    assert "Ana asks whether you will take this evening over" in client.get(meetup.get_desk_url()).content.decode()
    assert "You are the host now" in press(client, meetup, accept="1")

    assert Meetup.objects.get().host == samir.user
    assert list(meetup.cohosts.values_list("user__email", "offered_at")) == [("ana@example.org", None)]
    # What waits for guests is signed with the new name.
    confirmation = make_delivery("confirmation", guest=Guest.objects.get(), context={"rsvp": "yes"})
    assert build_message(confirmation).from_email.startswith("Samir via")


def test_a_question_that_was_taken_back_or_declined_changes_nothing(client, meetup, samir):
    client.force_login(meetup.host)
    press(client, meetup, offer=samir.pk)
    assert "You stay the host" in press(client, meetup, take_back="1")
    [letter] = Delivery.objects.filter(kind="cohost_added")
    assert letter.state == "withdrawn"
    press(client, meetup, offer=samir.pk)
    assert Delivery.objects.filter(kind="cohost_added", state="queued").count() == 1

    client.force_login(samir.user)
    assert "You stay a co-host" in press(client, meetup, decline="1")
    assert "Nobody asks you" in press(client, meetup, accept="1")

    assert Meetup.objects.get().host == meetup.host


def test_one_cohost_is_asked_at_a_time(meetup, samir):
    bea = Cohost.objects.create(meetup=meetup, user=make_user("bea@example.org"))

    cohosts.offer_evening(samir)
    cohosts.offer_evening(bea)

    assert list(meetup.cohosts.filter(offered_at__isnull=False)) == [bea]
    states = dict(Delivery.objects.filter(kind="cohost_added").values_list("user__email", "state"))
    assert states == {"samir@example.org": "withdrawn", "bea@example.org": "queued"}


def test_who_never_signed_in_is_not_asked_to_take_it_over(client, meetup):
    nobody = Cohost.objects.create(meetup=meetup, user=make_user("nobody@example.org", proven_at=None))
    client.force_login(meetup.host)

    assert "They have not signed in yet" in press(client, meetup, offer=nobody.pk)

    nobody.refresh_from_db()
    assert nobody.offered_at is None


def test_only_the_host_deletes_a_draft(client, meetup):
    draft = make_draft(meetup.host)
    friend = make_user()
    Cohost.objects.create(meetup=draft, user=friend)
    client.force_login(friend)

    answer = client.post(reverse("host_delete", args=[draft.code]), follow=True)

    assert "Only the host can delete this draft" in answer.content.decode()
    assert Meetup.objects.filter(pk=draft.pk).exists()
    assert reverse("host_delete", args=[draft.code]) not in client.get(draft.get_desk_url()).content.decode()


def test_a_letter_to_somebody_who_left_is_not_sent(meetup, samir):
    cohosts.offer_evening(samir)
    letter = Delivery.objects.get(kind="cohost_added")
    assert why_not(letter, set()) is None

    Cohost.objects.all().delete()

    assert why_not(letter, set()) is not None


def test_the_page_asks_no_more_of_the_database_for_more_hosts(client, meetup, django_assert_max_num_queries):
    client.force_login(meetup.host)
    counts = []
    for _ in range(2):
        Cohost.objects.create(meetup=meetup, user=make_user())
        Cohost.objects.create(meetup=meetup, user=make_user())
        with django_assert_max_num_queries(12) as queries:
            client.get(page_of(meetup))
        counts.append(len(queries))

    assert counts[0] == counts[1]
