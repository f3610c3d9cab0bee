"""A broker that refuses or says nothing: the page does not wait for it, and the letter is in the outbox."""

import os
import socket
import subprocess
import sys

import pytest
from django.db import transaction

from meetups import poke
from tests.serving import ROOT

CODE = """
import time
from django.db import transaction
from meetups.poke import poke_worker
for _ in range(2):
    began = time.monotonic()
    with transaction.atomic():
        poke_worker()
    print(time.monotonic() - began)
"""


def poke_through(port: int, folder) -> list[float]:
    """Return for how many seconds two pokes kept somebody waiting."""
    words = {"REDIS_URL": f"redis://127.0.0.1:{port}/0", "VAR_DIR": str(folder), "ENV_FILE": os.devnull}
    env = os.environ | words | {"SECRET_KEY": "s" * 50, "LINK_KEYS": "l" * 50, "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", CODE]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "poke lost" in done.stderr
    return [float(line) for line in done.stdout.split()]


def test_a_broker_that_refuses_keeps_nobody_waiting(tmp_path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))

        first, second = poke_through(nobody.getsockname()[1], tmp_path)

    assert first < 2
    assert second < 0.1


@pytest.fixture
def silent_port():
    """A port on which nobody takes the call: the queue of those who wait is full."""
    with socket.socket() as deaf, socket.socket() as filler:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        filler.connect(deaf.getsockname())
        second = socket.socket()
        second.setblocking(False)
        second.connect_ex(deaf.getsockname())
        yield deaf.getsockname()[1]
        second.close()


def test_a_broker_that_says_nothing_keeps_nobody_waiting_long(tmp_path, silent_port):
    first, second = poke_through(silent_port, tmp_path)

    assert first < 2.5
    assert second < 0.1


@pytest.mark.django_db
def test_one_transaction_pokes_once(settings):
    settings.BROKER_IS_EMBEDDED = False

    with transaction.atomic():
        poke.poke_worker()
        poke.poke_worker()

        callbacks = [callback for _sids, callback, _robust in transaction.get_connection().run_on_commit]
    assert callbacks.count(poke._send) == 1
