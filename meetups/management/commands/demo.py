"""manage.py demo: load the small demo, a true story with invented guests."""

from django.core.management.base import BaseCommand

from meetups.demo import load_demo
from meetups.towns import load_towns


class Command(BaseCommand):
    help = "Load the small demo: one held meetup with its recap, and two more that came from it. Does nothing where people are."

    def handle(self, *args, **options) -> None:
        load_towns()
        if load_demo():
            self.stdout.write("The demo is loaded. Sign in as ana@example.org; the code is in /mailbox/.")
        else:
            self.stdout.write("There are people here already, so the demo was not loaded.")
