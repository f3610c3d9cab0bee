from django.apps import AppConfig


class HostsConfig(AppConfig):
    """Who: people and the campaigns they belong to. This app has never heard of a meetup."""

    name = "hosts"
