"""A site's settings, with one language more: from right to left, for those whose browser asks for it."""

from config.settings import *  # noqa: F403

LANGUAGES = [*LANGUAGES, ("ar", "Arabic")]  # noqa: F405
