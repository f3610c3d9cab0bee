"""manage.py load_towns: put the towns into the table, or bring them up to date."""

from django.core.management.base import BaseCommand

from meetups.towns import are_loaded, load_towns


class Command(BaseCommand):
    """Load the towns; when those of the file are there, say so and change nothing."""

    help = "Load the towns (GeoNames, CC BY 4.0) into the table; after an update, those of the new file."

    def handle(self, *args, **options) -> None:
        if are_loaded():
            if options["verbosity"]:
                self.stdout.write("The towns are already there.")
            return
        self.stdout.write("Loading the towns …")
        number = load_towns()
        if options["verbosity"]:
            self.stdout.write(f"{number:,d} towns loaded.")
