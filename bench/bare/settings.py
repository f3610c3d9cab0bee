"""The settings of the site, with the ceilings as one app more: one server answers both, behind the same middleware."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

ROOT_URLCONF = "bench.bare.urls"
INSTALLED_APPS = [*INSTALLED_APPS, "bench.bare"]
