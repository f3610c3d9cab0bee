from django.apps import AppConfig


class MeetupsConfig(AppConfig):
    """What: meetups, from the first draft to the shared recap."""

    name = "meetups"
