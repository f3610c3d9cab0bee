"""What the broker carries: "look now", and nothing of anybody (R16, R17, R18, R35)."""

import inspect

import pytest
from django.core.cache import cache

from config.celery import app
from meetups import tasks
from meetups.outbox import wake_worker

POKES = [tasks.sweep, tasks.retire, tasks.count_descents, tasks.learn, tasks.recount_boards, tasks.fetch_mail]
POKES += [tasks.send_webhooks, tasks.write_news]


def test_a_task_is_told_nothing():
    ours = {name for name in app.tasks if not name.startswith("celery.")}

    assert ours == {task.name for task in POKES}
    assert [name for task in POKES for name in inspect.signature(task.run).parameters] == []


def test_a_poke_carries_nothing_but_its_name(settings, monkeypatch):
    if not settings.BROKER_IS_EMBEDDED:
        pytest.skip("Others read from this Redis too.")
    monkeypatch.setattr(wake_worker._poker, "_rests_until", 0.0)
    cache.delete(wake_worker.REQUESTED)

    with app.connection_for_read() as connection, connection.SimpleQueue(app.conf.task_default_queue) as queue:
        queue.clear()
        wake_worker._send()
        carried = queue.get(block=False)
        carried.ack()

    args, kwargs, _callbacks = carried.payload
    assert (carried.headers["task"], args, kwargs) == ("meetups.tasks.sweep", [], {})
    assert (carried.headers["argsrepr"], carried.headers["kwargsrepr"]) == ("()", "{}")


def test_the_beat_goes_by_intervals_and_a_poke_that_is_late_is_dropped(settings):
    beats = settings.CELERY_BEAT_SCHEDULE.values()

    assert all(isinstance(beat["schedule"], int) and beat["options"]["expires"] <= beat["schedule"] for beat in beats)
    assert {beat["task"] for beat in beats} <= {task.name for task in POKES}


def test_the_worker_reads_json_keeps_no_result_and_ends_what_takes_too_long():
    conf = app.conf

    assert (conf.task_serializer, list(conf.accept_content), conf.task_ignore_result) == ("json", ["json"], True)
    assert 0 < conf.task_soft_time_limit < conf.task_time_limit
    assert conf.broker_connection_retry_on_startup
