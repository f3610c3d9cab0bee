"""After a restore, and before a worker starts: keep letters back that may have been sent already."""

from django.core.management.base import BaseCommand

from meetups.operations.restore import mark_overdue, withdraw_marked


class Command(BaseCommand):
    help = "Stop the outbox and mark what is overdue; with --withdraw take back what was marked. The outbox page lets it go on."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--withdraw", action="store_true", help="take back the letters that were marked")

    def handle(self, *args, withdraw: bool, **options) -> None:
        if withdraw:
            self.stdout.write(f"{withdraw_marked()} letters were taken back.")
        else:
            self.stdout.write(f"The outbox is stopped. {mark_overdue()} letters are overdue and may have left before.")
