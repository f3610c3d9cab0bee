from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("meetups", "0025_what_guests_eat")]

    operations = [
        migrations.AddField(
            model_name="guest",
            name="unseated_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="moved to the waiting list at"),
        ),
        migrations.AddField(
            model_name="meetup",
            name="seats_lowered_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="meetup",
            name="seats_before",
            field=models.PositiveSmallIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="guest",
            index=models.Index(fields=["unseated_at"], condition=Q(("unseated_at__isnull", False)), name="guest_unseated"),
        ),
    ]
