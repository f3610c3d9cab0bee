"""A broker that refuses or does not answer keeps no page waiting: the letter is in the outbox."""

import os
import socket
import subprocess
import sys

import pytest
from celery import current_app
from django.core.cache import cache
from django.db import transaction

from meetups import tasks
from meetups.outbox import wake_worker
from tests.serving import ROOT

CODE = """
import time
from django.db import transaction
from meetups.outbox.wake_worker import poke_worker
for _ in range(2):
    began = time.monotonic()
    with transaction.atomic():
        poke_worker()
    print(time.monotonic() - began)
"""


# Several requests of one process poke in the same moment; prints how long each waited.
AT_ONCE = """
import threading, time
from django.db import transaction
from meetups.outbox.wake_worker import poke_worker
waits, start = [], threading.Barrier(6)
def poke():
    start.wait()
    began = time.monotonic()
    with transaction.atomic():
        poke_worker()
    waits.append(time.monotonic() - began)
people = [threading.Thread(target=poke) for _ in range(6)]
[person.start() for person in people]
[person.join() for person in people]
print(*sorted(waits))
"""


def poke_through(port: int, folder, code: str = CODE) -> list[float]:
    """Return for how many seconds each of some pokes kept somebody waiting."""
    words = {"REDIS_URL": f"redis://127.0.0.1:{port}/0", "VAR_DIR": str(folder), "ENV_FILE": os.devnull}
    keys = {"SECRET_KEY": "s" * 50, "LINK_KEYS": "l" * 50, "FACTOR_KEYS": "f" * 50}
    env = os.environ | words | keys | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", code]
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
    """A port that does not answer: its backlog of connections is full."""
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

    assert first < 1.5
    assert second < 0.1


@pytest.fixture
def mute_port():
    """A port that takes every connection and never answers."""
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen(50)
        yield mute.getsockname()[1]


def test_a_broker_that_connects_and_never_answers_keeps_nobody_waiting_long(tmp_path, mute_port):
    first, second = poke_through(mute_port, tmp_path)

    assert first < 1.8
    assert second < 0.1


def test_of_several_who_poke_at_once_only_one_waits_for_a_mute_broker(tmp_path, mute_port):
    *others, longest = poke_through(mute_port, tmp_path, AT_ONCE)

    assert longest < 1.8
    assert max(others) < longest / 2


@pytest.mark.django_db
def test_one_transaction_pokes_once(settings):
    settings.BROKER_IS_EMBEDDED = False

    with transaction.atomic():
        wake_worker.poke_worker()
        wake_worker.poke_worker()

        callbacks = [callback for _sids, callback, _robust in transaction.get_connection().run_on_commit]
    assert callbacks.count(wake_worker._send) == 1


def num_requested() -> int:
    """Return how many tasks wait in the broker's queue."""
    with current_app.connection_for_read() as connection:
        return connection.default_channel.queue_declare("celery", passive=True).message_count


@pytest.mark.django_db(transaction=True)
def test_many_transactions_request_one_sweep_until_it_begins(settings):
    settings.BROKER_IS_EMBEDDED = False
    cache.delete(wake_worker.REQUESTED)
    wake_worker.poke_worker()
    current_app.control.purge()
    wake_worker.note_that_sweep_begins()

    for _ in range(5):
        with transaction.atomic():
            wake_worker.poke_worker()
    requested = num_requested()
    wake_worker.note_that_sweep_begins()
    wake_worker.poke_worker()

    assert (requested, num_requested()) == (1, 2)
    current_app.control.purge()


def test_a_sweep_lets_the_next_letter_request_another(settings, monkeypatch):
    settings.BROKER_IS_EMBEDDED = False
    cache.add(wake_worker.REQUESTED, 1)
    was_requested = []
    monkeypatch.setattr(tasks, "run_sweep", lambda **_words: was_requested.append(cache.get(wake_worker.REQUESTED)))

    tasks.sweep()

    assert was_requested == [None]
