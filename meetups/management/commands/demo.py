"""manage.py demo: load the small demo, a true story with invented guests; or, with --meetups, a generated site of any size."""

from django.core.management.base import BaseCommand, CommandError

from meetups.exceptions import MeetupError
from meetups.operations.bulk_demo import Size, load_bulk
from meetups.operations.demo import load_demo
from meetups.towns import load_towns


class Command(BaseCommand):
    help = (
        "Load the small demo: one held meetup with its recap, and two more that came from it. Does nothing where people are. "
        "With --meetups: write an invented site of that size beside what is there, for benchmarks and trials."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--meetups", type=int, help="how many meetups to invent")
        parser.add_argument("--guests", type=int, help="how many guests, of all meetups together (default: ten for each)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed invents the same site (default: 1)")
        parser.add_argument("--due", type=int, default=0, help="how many letters are due at once (default: none)")

    def handle(self, *args, meetups: int | None, guests: int | None, seed: int, due: int, **options) -> None:
        load_towns()
        if meetups is not None:
            self.load_bulk(Size(meetups=meetups, guests=meetups * 10 if guests is None else guests, due=due, seed=seed))
        elif load_demo():
            self.stdout.write("The demo is loaded. Sign in as ana@example.org; the code is in /mailbox/.")
        else:
            self.stdout.write("There are people here already, so the demo was not loaded.")

    def load_bulk(self, size: Size) -> None:
        try:
            num_due = load_bulk(size)
        except MeetupError as no:
            raise CommandError(str(no)) from no
        self.stdout.write(f"{size.meetups:,d} meetups with {size.guests:,d} guests are invented; {num_due:,d} letters are due.")
