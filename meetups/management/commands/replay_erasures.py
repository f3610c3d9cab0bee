"""After a backup was restored: forget again what people had erased since it was made."""

from django.core.management.base import BaseCommand

from meetups.services.erasing import replay_erasures


class Command(BaseCommand):
    help = "Erase again, after a restore, what the files in VAR_DIR/erasures and the database say was erased."

    def handle(self, *args, **options) -> None:
        count = replay_erasures()
        self.stdout.write(f"{count} guests were erased again." if count else "There was nothing to erase again.")
