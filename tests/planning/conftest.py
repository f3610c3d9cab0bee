"""A host who is signed in, and a town."""

import pytest

from meetups.models import Town
from tests.factories import make_host


@pytest.fixture
def host():
    return make_host("ana@example.org")


@pytest.fixture
def door(client, host):
    client.force_login(host)
    return client


@pytest.fixture
def toronto():
    return Town.objects.create(
        geonames_id=1, name="Toronto", search_name="toronto", region="ON", country="CA",
        latitude=43.7, longitude=-79.4, zone="America/Toronto", population=2_600_000,
    )  # fmt: skip
