"""The one app of meetups; its rooms are packages, not apps."""

from importlib import import_module

from django.apps import AppConfig


class MeetupsConfig(AppConfig):
    """What: meetups, from the first draft to the shared recap."""

    name = "meetups"

    def ready(self) -> None:
        # By name, because models can be imported only now.
        import_module("meetups.privacy.account_hooks")
