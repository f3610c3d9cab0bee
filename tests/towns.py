"""The towns as they are shipped, for tests of what depends on their shape: regions in codes, names in many languages."""

from collections.abc import Iterator

import pytest

from meetups.models import Meetup, Town, TownFile, TownName
from meetups.towns import load_towns


@pytest.fixture(scope="module")
def shipped_towns(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Load the shipped file once for all tests of a module; they stay while each test's own rows are rolled back."""
    with django_db_blocker.unblock():
        load_towns()
    yield
    with django_db_blocker.unblock():
        assert not Meetup.objects.exists()
        for model in (TownName, TownFile, Town):
            model.objects.all().delete()


def town_of(name: str, region: str, country: str) -> Town:
    """Return the largest shipped town of that name there."""
    return Town.objects.filter(name=name, region=region, country=country).order_by("-population").first()
