"""Inserting letters that may be owed already: only a duplicate key is passed over, whatever else is wrong raises."""

import pytest
from django.db import IntegrityError, connection, transaction

from hosts.database.insert_new import insert_new
from meetups.models import Delivery
from meetups.outbox.fan_out import owe_to_all
from meetups.outbox.queue import make_delivery, owe_many
from tests.factories import make_guest, make_meetup

pytestmark = pytest.mark.django_db


def test_a_letter_to_nobody_raises_instead_of_being_lost():
    row = make_delivery("canceled", key="1", meetup=make_meetup())

    with pytest.raises(IntegrityError), transaction.atomic():
        owe_many([row])


def test_a_letter_with_an_empty_column_raises_instead_of_being_lost():
    row = make_delivery("canceled", key="1", guest=make_guest(make_meetup()))
    row.next_try_at = None

    with pytest.raises(IntegrityError), transaction.atomic():
        owe_many([row])


def test_a_second_letter_with_the_same_message_id_raises_instead_of_being_lost():
    guest = make_guest(make_meetup())
    first, second = (make_delivery("moved", key=key, guest=guest) for key in "12")
    second.message_id = first.message_id

    with pytest.raises(IntegrityError), transaction.atomic():
        owe_many([first, second])


def test_a_letter_to_all_that_breaks_a_constraint_raises_instead_of_being_lost():
    meetup = make_meetup()
    make_guest(meetup)
    example = make_delivery("seven_days", key="", meetup=meetup)
    # To a guest and to a user: no row may be both.
    example.user = meetup.host

    with pytest.raises(IntegrityError), transaction.atomic():
        owe_to_all(meetup.guests.all(), example, key=("", ""))


def test_a_duplicate_key_is_passed_over_and_writes_nothing():
    guest = make_guest(make_meetup())
    owe_many([make_delivery("moved", key="1", guest=guest, context={"old_area": "Here"})])
    again = make_delivery("moved", key="1", guest=guest, context={"old_area": "There"})

    num_new = insert_new([again, make_delivery("moved", key="2", guest=guest)], unique=["dedupe_key"])

    assert num_new == 1
    assert list(Delivery.objects.order_by("dedupe_key").values_list("dedupe_key", "context")) == [
        ("moved:1", {"old_area": "Here"}),
        ("moved:2", {}),
    ]


def test_more_rows_than_one_statement_holds_are_all_inserted():
    guest = make_guest(make_meetup())
    rows = [make_delivery("moved", key=str(number), guest=guest) for number in range(150)]

    num_new = insert_new(rows, unique=["dedupe_key"])

    most = connection.features.max_query_params
    assert most is None or most < 150 * len(Delivery._meta.concrete_fields)
    assert num_new == Delivery.objects.count() == 150


def test_no_rows_are_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert insert_new([], unique=["dedupe_key"]) == 0
