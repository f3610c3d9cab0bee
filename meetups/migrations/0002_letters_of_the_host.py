from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("meetups", "0001_meetups"),
    ]

    operations = [
        migrations.AddField(
            model_name="contribution",
            name="host_may_read",
            field=models.BooleanField(default=False, verbose_name="the host may read how it went"),
        ),
        migrations.AddField(
            model_name="contribution",
            name="how_it_went",
            field=models.CharField(blank=True, max_length=280, verbose_name="how it went"),
        ),
        migrations.AddField(
            model_name="contribution",
            name="promise",
            field=models.CharField(blank=True, max_length=200, verbose_name="I will"),
        ),
        migrations.AddField(
            model_name="mailing",
            name="moved_days",
            field=models.SmallIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="mailing",
            name="moved_time",
            field=models.TimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="mailing",
            name="press",
            field=models.CharField(blank=True, editable=False, max_length=32),
        ),
        migrations.AddField(
            model_name="mailing",
            name="subject",
            field=models.CharField(blank=True, max_length=150, verbose_name="subject"),
        ),
        migrations.AddField(
            model_name="mailing",
            name="words",
            field=models.TextField(blank=True, max_length=2000, verbose_name="your own words"),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="kind",
            field=models.CharField(
                choices=[
                    ("invitation", "invitation"),
                    ("invitation_again", "the invitation, once more"),
                    ("confirmation", "confirmation of an answer"),
                    ("waiting", "waiting list"),
                    ("seat_offered", "a seat is offered"),
                    ("prove_address", "please prove your address"),
                    ("removed", "removed"),
                    ("moved", "moved"),
                    ("canceled", "canceled"),
                    ("new_link", "a new link"),
                    ("seven_days", "can you come?"),
                    ("three_days", "the host's letter"),
                    ("please_confirm", "please confirm"),
                    ("places_to_lay", "places to lay"),
                    ("address_day", "the address"),
                    ("were_you_there", "were you there?"),
                    ("debrief", "six questions to the host"),
                    ("recap_came", "the recap, to those who came"),
                    ("recap_missed", "the recap, to those who missed it"),
                    ("recap_declined", "the recap, to those who said no"),
                    ("how_did_it_go", "how did it go?"),
                    ("host_letter", "a letter of the host's own"),
                    ("host_answers", "what guests answered"),
                    ("host_full", "the table is full"),
                    ("organizer_added", "you are an organizer"),
                ],
                max_length=20,
                verbose_name="letter",
            ),
        ),
        migrations.AlterField(
            model_name="mailing",
            name="kind",
            field=models.CharField(
                choices=[
                    ("seven_days", "Can you come?"),
                    ("three_days", "The host's letter"),
                    ("please_confirm", "Please confirm"),
                    ("places_to_lay", "Places to lay"),
                    ("address_day", "The address"),
                    ("were_you_there", "Were you there?"),
                    ("debrief", "Six questions to you"),
                    ("how_did_it_go", "How did it go?"),
                    ("recap_came", "The recap, to those who came"),
                    ("recap_missed", "The recap, to those who missed it"),
                    ("recap_declined", "The recap, to those who said no"),
                    ("invitation_again", "The invitation, once more"),
                    ("host_letter", "A letter of your own"),
                ],
                max_length=20,
                verbose_name="letter",
            ),
        ),
        migrations.AlterField(
            model_name="mailing",
            name="segment",
            field=models.CharField(
                choices=[
                    ("host", "you"),
                    ("yes", "everyone who said yes"),
                    ("yes_maybe", "everyone who said yes or maybe"),
                    ("undecided", "no answer yet, or maybe"),
                    ("came", "everyone who came"),
                    ("missed", "yes, but could not come"),
                    ("declined", "everyone who said no"),
                    ("maybe", "everyone who said maybe"),
                    ("no_answer", "everyone who has not answered"),
                    ("waiting", "everyone on the waiting list"),
                    ("confirmed", "yes, and confirmed"),
                    ("not_confirmed", "yes, but not confirmed yet"),
                    ("contributed", "everyone who left a sentence or a photo"),
                    ("promised", "everyone who promised something"),
                ],
                max_length=20,
                verbose_name="to",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailing",
            constraint=models.UniqueConstraint(
                condition=models.Q(("press", ""), _negated=True), fields=("meetup", "press"), name="mailing_pressed_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="mailing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("moved_days", None), ("moved_time", None)),
                    models.Q(("moved_days__isnull", False), ("moved_time__isnull", False)),
                    _connector="OR",
                ),
                name="mailing_moved_to_a_day_and_an_hour",
            ),
        ),
    ]
