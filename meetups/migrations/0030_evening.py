import django.db.models.deletion
import django.utils.timezone
import hosts.models
import meetups.models.evening.door
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("meetups", "0029_look_first"),
    ]

    operations = [
        migrations.AddField(
            model_name="guest",
            name="attended_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
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
                    ("friend_no", "not this time, to a friend of a guest"),
                    ("removed", "removed"),
                    ("moved", "moved"),
                    ("canceled", "canceled"),
                    ("new_link", "a new link"),
                    ("my_meetups", "the links of an address"),
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
                    ("recap_preview", "the recap, before it is public"),
                    ("cut_asked", "may your words be cut?"),
                    ("words_wait", "something waits for the host's word"),
                    ("removal_asked", "somebody asks for removal"),
                    ("recap_taken_down", "the recap is taken down, to the host"),
                    ("table_taken_down", "the recap is taken down, to the table"),
                    ("how_did_it_go", "how did it go?"),
                    ("host_letter", "a letter of the host's own"),
                    ("host_answers", "what guests answered"),
                    ("host_full", "the table is full"),
                    ("cohost_added", "you host together"),
                    ("organizer_added", "you are an organizer"),
                    ("host_bounced", "letters that do not arrive"),
                    ("guest_words", "a guest's reply, to the host"),
                    ("host_words", "the host's reply, to a guest"),
                    ("hold_started", "a conversation, held on: the draft"),
                    ("held_on", "somebody holds your conversation"),
                    ("led_to", "what your table led to"),
                    ("could_host", "a draft, to who could host"),
                    ("room_ask", "a draft, to who said so in the room"),
                ],
                max_length=20,
                verbose_name="letter",
            ),
        ),
        migrations.CreateModel(
            name="DoorLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("selector", models.CharField(default=hosts.models.make_selector, editable=False, max_length=32, unique=True)),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="made at")),
                ("ended_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="ended at")),
                (
                    "ask_code",
                    models.CharField(
                        default=meetups.models.evening.door.make_ask_code,
                        editable=False,
                        max_length=8,
                        unique=True,
                        verbose_name="code of the ask",
                    ),
                ),
                (
                    "meetup",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="door_link",
                        to="meetups.meetup",
                        verbose_name="meetup",
                    ),
                ),
            ],
            options={
                "verbose_name": "door link",
                "verbose_name_plural": "door links",
            },
        ),
        migrations.CreateModel(
            name="DoorAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(editable=False, verbose_name="key")),
                (
                    "kind",
                    models.CharField(
                        choices=[("here", "is here"), ("not_here", "is not here"), ("walk_in", "came without being on the list")],
                        max_length=10,
                        verbose_name="what was tapped",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "guest",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="door_acts",
                        to="meetups.guest",
                        verbose_name="guest",
                    ),
                ),
                (
                    "meetup",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="door_acts",
                        to="meetups.meetup",
                        verbose_name="meetup",
                    ),
                ),
            ],
            options={
                "verbose_name": "tap at the door",
                "verbose_name_plural": "taps at the door",
                "constraints": [models.UniqueConstraint(fields=("meetup", "key"), name="door_act_once_for_each_key")],
            },
        ),
        migrations.CreateModel(
            name="RoomAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(editable=False, verbose_name="key")),
                (
                    "want",
                    models.CharField(
                        choices=[("host", "I'd host"), ("cohost", "I'd co-host"), ("not_now", "Not now")],
                        max_length=10,
                        verbose_name="answer",
                    ),
                ),
                (
                    "meetup",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="room_answers",
                        to="meetups.meetup",
                        verbose_name="meetup",
                    ),
                ),
            ],
            options={
                "verbose_name": "answer in the room",
                "verbose_name_plural": "answers in the room",
                "constraints": [models.UniqueConstraint(fields=("meetup", "key"), name="room_answer_once_for_each_key")],
            },
        ),
    ]
