"""A letter that waits on purpose is due when it may leave: lateness is counted from `due_at` now."""

from django.db import migrations
from django.db.models import F
from django.db.models.functions import Now

ON_PURPOSE = [
    "It is night at the meetup; this leaves in the morning.",
    "Another letter is today's; one a day is enough.",
    "The last three letters to this address came back; it rests for some days.",
    "The invitation is less than a day old; tomorrow this may leave.",
    "This address had its share of letters; tomorrow it may get another.",
]


def move_due_at(apps, schema_editor):
    Delivery = apps.get_model("meetups", "Delivery")
    delayed = Delivery.objects.filter(state="waiting", last_words__in=ON_PURPOSE, next_try_at__gt=Now())
    delayed.update(due_at=F("next_try_at"))


class Migration(migrations.Migration):
    dependencies = [("meetups", "0020_answers_of_hosts")]

    # The earlier due_at is not kept; the version before does not miss it.
    operations = [migrations.RunPython(move_due_at, migrations.RunPython.noop)]
