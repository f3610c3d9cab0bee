from django.db import migrations, models


class Migration(migrations.Migration):
    """Whether the host wrote the present answer down. Nobody knows it of the answers so far, which stay the guests' own."""

    dependencies = [("meetups", "0019_towns_and_moves")]

    operations = [
        migrations.AddField(
            model_name="guest",
            name="said_by_host",
            field=models.BooleanField(
                db_default=False, default=False, editable=False, verbose_name="the host wrote the answer down"
            ),
        ),
    ]
