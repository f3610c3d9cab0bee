"""A site's settings, with the tasks of each hour due each second: whether there is anything to do is decided by the clock."""

from config.settings import *  # noqa: F403

for name in ("count_descents", "write_news"):
    CELERY_BEAT_SCHEDULE[name] |= {"schedule": 1}  # noqa: F405
