from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.db.backends.signals import connection_created


class HostsConfig(AppConfig):
    """People and the campaigns they belong to. This app does not import meetups."""

    name = "hosts"
    # This file has the AdminConfig of the staff site too.
    default = True

    def ready(self) -> None:
        # Loading them registers the system check and the signal receivers.
        import_module("hosts.hooks")
        import_module("hosts.signin.security_log")
        import_module("hosts.signin.session_factor")
        connection_created.connect(import_module("hosts.database.files").keep_sqlite_private, dispatch_uid="keep_sqlite_private")


class StaffAdminConfig(admin_apps.AdminConfig):
    """Django's admin with our own site in it."""

    default = False
    default_site = "hosts.signin.staff_site.StaffSite"
