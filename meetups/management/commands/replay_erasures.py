"""After a restore: erase again what people erased since the backup was made."""

from django.core.management.base import BaseCommand

from meetups.privacy.erasure import replay_erasures


class Command(BaseCommand):
    help = "Erase again, after a restore, what the files in VAR_DIR/erasures and the database say was erased."

    def handle(self, *args, **options) -> None:
        count = replay_erasures()
        self.stdout.write(f"{count} guests were erased again." if count else "There was nothing to erase again.")
