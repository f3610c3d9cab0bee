"""What the broker carries: "look now", and nothing of anybody (R16, R17, R18, R35)."""

import inspect

from config.celery import app
from meetups import tasks

POKES = [tasks.sweep, tasks.retire, tasks.fetch_mail]


def test_a_task_is_told_nothing():
    ours = {name for name in app.tasks if not name.startswith("celery.")}

    assert ours == {task.name for task in POKES}
    assert [name for task in POKES for name in inspect.signature(task.run).parameters] == []


def test_the_beat_goes_by_intervals_and_a_poke_that_is_late_is_dropped(settings):
    beats = settings.CELERY_BEAT_SCHEDULE.values()

    assert all(isinstance(beat["schedule"], int) and beat["options"]["expires"] <= beat["schedule"] for beat in beats)
    assert {beat["task"] for beat in beats} <= {task.name for task in POKES}


def test_the_worker_reads_json_keeps_no_result_and_ends_what_takes_too_long():
    conf = app.conf

    assert (conf.task_serializer, list(conf.accept_content), conf.task_ignore_result) == ("json", ["json"], True)
    assert 0 < conf.task_soft_time_limit < conf.task_time_limit
    assert conf.broker_connection_retry_on_startup
