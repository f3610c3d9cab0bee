"""The one exception of a rule that says no."""


class MeetupError(Exception):
    """A rule said no. The message is in plain words and may be shown to the person who asked."""
