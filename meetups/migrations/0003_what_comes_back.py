"""What comes back: letters returned, addresses that do not exist, complaints; and the letters about it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("meetups", "0002_letters_of_the_host"),
    ]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="bounced_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="came back at"),
        ),
        migrations.AddField(
            model_name="delivery",
            name="complained_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="complained about at"),
        ),
        migrations.AddField(
            model_name="guest",
            name="mail_paused_until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="letters wait until"),
        ),
        migrations.AddField(
            model_name="guest",
            name="undeliverable_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="letters do not arrive since"),
        ),
        migrations.AddField(
            model_name="guest",
            name="undeliverable_words",
            field=models.CharField(blank=True, editable=False, max_length=200),
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
                    ("host_bounced", "letters that do not arrive"),
                    ("guest_words", "a guest's reply, to the host"),
                    ("host_words", "the host's reply, to a guest"),
                ],
                max_length=20,
                verbose_name="letter",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(condition=models.Q(("bounced_at__isnull", False)), fields=["bounced_at"], name="delivery_bounced"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("complained_at__isnull", False)), fields=["complained_at"], name="delivery_complained"
            ),
        ),
    ]
