from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class HostsConfig(AppConfig):
    """Who: people and the campaigns they belong to. This app has never heard of a meetup."""

    name = "hosts"
    # The file holds the staff site's AdminConfig too.
    default = True

    def ready(self) -> None:
        # Receivers are connected by being loaded.
        import_module("hosts.security")


class StaffAdminConfig(admin_apps.AdminConfig):
    """Django's admin with our own site in it."""

    default = False
    default_site = "hosts.staff.StaffSite"
