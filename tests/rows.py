"""A snapshot of all rows, to show that a GET changes none."""

from django.apps import apps

OURS = {"hosts", "meetups", "sessions", "account"}


def all_rows() -> dict[str, list[tuple]]:
    """Return every row of every table of ours, in order."""
    models = [model for model in apps.get_models() if model._meta.app_label in OURS]
    return {model._meta.label: list(model._base_manager.order_by("pk").values_list()) for model in models}
