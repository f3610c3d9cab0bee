"""manage.py rederive_times: after an update of tzdata, derive the instants of future meetups from their wall times."""

from django.core.management.base import BaseCommand

from meetups.exceptions import MeetupError
from meetups.planning.services.zone_changes import meetups_to_come, rederive_meetup


class Command(BaseCommand):
    help = "Derive the instants of all meetups to come from their wall times, plan their letters anew, and list what changed."

    def handle(self, *args, **options) -> None:
        num_changed = 0
        for meetup in meetups_to_come().iterator(500):
            try:
                change = rederive_meetup(meetup)
            except MeetupError:
                self.stderr.write(f"{meetup.code} {meetup.zone} {meetup.date} {meetup.time:%H:%M}: this time no longer exists.")
                continue
            if change is not None:
                num_changed += 1
                self.stdout.write(
                    f"{meetup.code} {meetup.zone} {meetup.date} {meetup.time:%H:%M}: "
                    f"{change.old_starts_at:%Y-%m-%dT%H:%MZ} is now {change.meetup.starts_at:%Y-%m-%dT%H:%MZ}"
                )
        self.stdout.write(f"{num_changed} changed.")
