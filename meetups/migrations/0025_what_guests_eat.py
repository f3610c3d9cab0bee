from django.db import migrations, models


class Migration(migrations.Migration):
    """What guests do not eat, as ticks beside the free words. Nobody has ticked anything yet."""

    dependencies = [("meetups", "0024_several_hosts")]

    operations = [
        migrations.AddField(
            model_name="guest",
            name="diets",
            field=models.CharField(blank=True, db_default="", default="", max_length=120, verbose_name="kinds of food"),
        ),
    ]
