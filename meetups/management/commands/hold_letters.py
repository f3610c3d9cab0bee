"""After a backup was restored, and before a worker starts: let no letter leave that may have left already."""

from django.core.management.base import BaseCommand

from meetups.services.restoring import hold_letters, withdraw_held


class Command(BaseCommand):
    help = "Stop the outbox and mark what is overdue; with --withdraw take back what was marked. The outbox page lets it go on."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--withdraw", action="store_true", help="take back the letters that were marked")

    def handle(self, *args, withdraw: bool, **options) -> None:
        if withdraw:
            self.stdout.write(f"{withdraw_held()} letters were taken back.")
        else:
            self.stdout.write(f"The outbox is stopped. {hold_letters()} letters are overdue and may have left before.")
