"""An organizer who is signed in, and their campaign."""

import pytest

from tests.factories import make_campaign, make_user


@pytest.fixture
def organizer(client):
    person = make_user("olga@example.org", shown_name="Olga")
    client.force_login(person)
    return person


@pytest.fixture
def campaign(organizer):
    return make_campaign(organizer, name="Read Together", slug="read")
