"""Inbound mail is set up for every test in this folder."""

import pytest

from tests import smtpsink


@pytest.fixture(autouse=True)
def inbound(settings):
    settings.INBOUND_IS_SET_UP, settings.INBOUND_DOMAIN = True, "in.longtable.example"


@pytest.fixture
def sink(settings):
    with smtpsink.Sink() as sink:
        settings.MAIL_IS_FILES = False
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 1
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield sink
