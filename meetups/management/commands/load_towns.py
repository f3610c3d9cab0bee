"""manage.py load_towns: put the towns into the table, once."""

from django.core.management.base import BaseCommand

from meetups.towns import load_towns


class Command(BaseCommand):
    """Load the towns; when they are there, say so and change nothing."""

    help = "Load the towns (GeoNames, CC BY 4.0) into the table, once."

    def handle(self, *args, **options) -> None:
        number = load_towns()
        self.stdout.write(f"{number:,d} towns loaded." if number else "The towns are already there.")
