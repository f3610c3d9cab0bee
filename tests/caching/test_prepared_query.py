"""A statement that is composed once says what the queryset itself would."""

from contextlib import nullcontext

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from meetups.caching.prepared_query import Prepared
from meetups.models import Dish, Guest, Needs
from meetups.times import clock
from tests.factories import make_campaign, make_dish, make_guest, make_kit, make_meetup

pytestmark = pytest.mark.django_db
JOINED = ("meetup__host", "meetup__kit__book", "meetup__campaign", "needs")


def by_selector(selector):
    return Guest.objects.select_related(*JOINED).filter(removed_at=None, selector=selector)


def columns(row) -> dict:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.fixture
def guests():
    full = make_guest(make_meetup(campaign=make_campaign()), rsvp="yes", answered_at=clock.now(), attended=True)
    Needs.objects.create(guest=full, wants_ride=True)
    bare = make_guest(make_meetup(kit=make_kit(book=None)), email=None)
    return full, bare


def test_a_prepared_query_returns_each_model_as_the_queryset_does(guests, django_assert_num_queries):
    prepared = Prepared(by_selector, sample="-")
    for guest in guests:
        plain = by_selector(guest.selector).get()

        with django_assert_num_queries(1):
            found = prepared.first(guest.selector)
            joined = [found.meetup, found.meetup.host, found.meetup.kit, found.meetup.kit.book, found.meetup.campaign]

        expected = [plain.meetup, plain.meetup.host, plain.meetup.kit, plain.meetup.kit.book, plain.meetup.campaign]
        assert columns(found) == columns(plain)
        assert [row and columns(row) for row in joined] == [row and columns(row) for row in expected]
        assert found.own_needs.wants_ride == plain.own_needs.wants_ride
        assert found._state.db == plain._state.db
        assert not found._state.adding
    assert prepared.first("nobody's") is None


def test_a_prepared_query_defers_what_its_queryset_does(guests):
    make_dish(guests[0].meetup, guest=guests[0], words="Rye")
    prepared = Prepared(lambda meetup: Dish.objects.filter(meetup=meetup).with_bringers(), sample=-1)

    (dish,) = prepared.all(guests[0].meetup_id)

    assert dish.words == "Rye"
    assert dish.guest.shown_name == guests[0].shown_name
    assert {"email", "note"} <= dish.guest.get_deferred_fields()


def test_a_prepared_query_returns_values(guests):
    facts = ("pk", "answered_at", "attended")
    prepared = Prepared(lambda meetup: Guest.objects.filter(meetup=meetup).values_list(*facts), sample=-1)

    assert prepared.rows(guests[0].meetup_id) == [[guests[0].pk, guests[0].answered_at, True]]
    assert prepared.rows(-1) == []


@pytest.mark.parametrize("make", [lambda _n: Guest.objects.filter(pk=1), lambda n: Guest.objects.filter(pk=n, meetup=n)])
def test_a_query_is_not_prepared_where_its_value_does_not_stand_once(make):
    with pytest.raises(ValueError, match="must stand once"):
        Prepared(make, sample=-1).all(2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_atomic", [True, False])
def test_a_prepared_query_leaves_the_connection_as_it_was(guests, is_atomic):
    def limit():
        with connection.cursor() as cursor:
            cursor.execute("SHOW join_collapse_limit" if connection.vendor == "postgresql" else "SELECT 8")
            return int(cursor.fetchone()[0])

    prepared = Prepared(by_selector, sample="-")
    with transaction.atomic() if is_atomic else nullcontext():
        found = [prepared.first(guest.selector) for guest in guests]
        limits = [limit()]

    assert found == list(guests)
    assert [*limits, limit()] == [8, 8]


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite weighs orders of joins in no time")
@pytest.mark.django_db(transaction=True)
def test_many_joins_are_made_in_the_order_in_which_they_stand_and_few_are_left_alone(guests):
    few = Prepared(lambda selector: Guest.objects.select_related("meetup").filter(selector=selector), sample="-")
    with CaptureQueriesContext(connection) as queries:
        Prepared(by_selector, sample="-").first(guests[0].selector)
        few.first(guests[0].selector)

    assert ["join_collapse_limit = 1" in query["sql"] for query in queries] == [True, False]
