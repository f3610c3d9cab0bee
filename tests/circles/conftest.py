"""A host who is signed in, and limits that no test before has used up."""

import pytest
from django.core.cache import cache

from tests.planning.conftest import door, host

__all__ = ["door", "host"]


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()
