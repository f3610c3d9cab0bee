"""Generate a site of any size for benchmarks and trials. The same seed gives the same rows on the same day.

All addresses are at example.org. Letters are sent only as they fall due, or at once where that was asked for.
"""

import random
import string
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Max, Model
from django.utils.translation import gettext as _

from hosts.models import Campaign, Organizer, User
from meetups.access.address_hash import hash_address
from meetups.exceptions import MeetupError
from meetups.models import Book, Contribution, Debrief, Delivery, Guest, Kit, Mailing, Meetup, Recap, Town
from meetups.models.meetup import CODE_ALPHABET
from meetups.operations.bulk_rows import write_rows
from meetups.outbox.letter_kinds import REMINDING, URGENT
from meetups.outbox.plan import PLAN
from meetups.times import clock, wall_time

NAMES = ["Amara", "Ben", "Chloé", "Dov", "Esther", "Farid", "Grace", "Hugo", "Ines", "Joëlle", "Kofi", "Luz", "Mei", "Nils"]
TITLES = ["Soup and one question", "A long table", "What would we change?", "Bread, cheese and a book", "Neighbors"]
QUESTION = "Where have you seen people change something together?"
SENTENCES = ["I came for the soup and stayed for the talk.", "We disagreed, and nobody left.", "I will knock next door."]
WORD_CHARACTERS = string.ascii_letters + string.digits
TABLES_OF_A_HOST = 4
TABLES_OF_A_CAMPAIGN = 100
TABLES_AT_ONCE = 1000
DAYS_BACK, DAYS_AHEAD = 60, 60
INVITED_BEFORE = timedelta(days=21)
ANSWERED_BEFORE = timedelta(days=12)
MODELS: list[type[Model]] = [User, Campaign, Organizer, Kit, Meetup, Guest, Mailing, Delivery, Debrief, Recap, Contribution]
Rsvp, State = Guest.Rsvp, Delivery.State


@dataclass(frozen=True)
class Size:
    """How much to generate: meetups, guests of all meetups together, and letters that are due at once."""

    meetups: int
    guests: int
    due: int = 0
    seed: int = 1


class _Maker:
    """Generates the rows of some meetups at a time, and writes them."""

    def __init__(self, size: Size):
        self.size = size
        self.random = random.Random(size.seed)  # noqa: S311 (invented people, the same for a seed)
        self.now = clock.now().replace(second=0, microsecond=0)
        self.towns = list(
            Town.objects.order_by("-population", "pk").values_list("pk", "name", "region", "country", "zone")[:2000]
        )
        self.book = Book.objects.get_or_create(slug="transforming-power-demo", defaults={"title": "Transforming Power"})[0]
        self.password = make_password(None)
        self.ids = {model: (model._default_manager.aggregate(last=Max("pk"))["last"] or 0) for model in MODELS}
        self.rows: dict[type[Model], list[dict[str, Any]]] = {model: [] for model in MODELS}
        self.host = self.campaign = 0
        self.num_due = 0

    def add(self, model: type[Model], **fields: Any) -> int:
        """Add a row to the next write and return its primary key."""
        self.ids[model] += 1
        self.rows[model].append({"id": self.ids[model], **fields})
        return self.ids[model]

    def write(self) -> None:
        """Write the rows, and set the database's sequences behind them."""
        with transaction.atomic():
            for model in MODELS:
                write_rows(model, self.rows[model])
                self.rows[model] = []
            with connection.cursor() as cursor:
                for statement in connection.ops.sequence_reset_sql(no_style(), MODELS):
                    cursor.execute(statement)

    def word(self, length: int, alphabet: str = WORD_CHARACTERS) -> str:
        return "".join(self.random.choices(alphabet, k=length))

    def make_table(self, number: int) -> None:
        """Generate one meetup with everything that belongs to it."""
        if number % TABLES_OF_A_HOST == 0:
            email, name = f"host{number}.s{self.size.seed}@example.org", self.random.choice(NAMES)
            known = {"proven_at": self.now - timedelta(days=200), "password": self.password, "selector": self.word(22)}
            self.host = self.add(User, email=email, shown_name=name, **known)
        if number % TABLES_OF_A_CAMPAIGN == 0:
            self.campaign = self.make_campaign(number)
        meetup = self.make_meetup(number)
        share, left = divmod(self.size.guests, self.size.meetups)
        num_guests = share + (number < left)
        guests = [self.make_guest(meetup, place, number) for place in range(num_guests)]
        if meetup.is_published:
            self.make_mailings(meetup)
            self.make_letters(meetup, guests)
        if meetup.is_held:
            self.make_recap(meetup, guests)

    def make_campaign(self, number: int) -> int:
        """Generate a campaign with its kit and the present host as its organizer."""
        words = {
            "name": f"Table by table, {number // TABLES_OF_A_CAMPAIGN + 1}",
            "call": "One book, one meal, a dozen people at a time.",
        }
        campaign = self.add(Campaign, slug=f"demo-{self.size.seed}-{number}", **words)
        self.add(Kit, campaign_id=campaign, book_id=self.book.pk, questions=QUESTION, way_in="Read any one page.", meal="Soup.")
        self.add(Organizer, campaign_id=campaign, user_id=self.host, role=Organizer.Role.OWNER)
        return campaign

    def make_meetup(self, number: int) -> Meetup:
        """Generate the meetup itself and return it, unsaved."""
        pick = self.random
        kit = {"questions": QUESTION, "way_in": "Read any one page.", "meal": "Soup and bread."}
        kit_id = self.add(Kit, campaign_id=None, book_id=self.book.pk, **kit)
        town, name, region, country, zone = pick.choice(self.towns)
        # The first twenty are held in the next days, so that some letters are always due.
        days = 2 + number % 5 if number < 20 else pick.randint(-DAYS_BACK, DAYS_AHEAD)
        date, at = (self.now + timedelta(days=days)).date(), time(pick.choice([18, 19, 20]))
        starts_at = wall_time.to_utc(date, at, zone)
        is_off = number >= 20 and pick.random() < 0.03
        fields = {
            "code": self.word(10, CODE_ALPHABET),
            "host_id": self.host,
            "campaign_id": self.campaign if pick.random() < 0.5 else None,
            "kit_id": kit_id,
            "status": Meetup.Status.CANCELED if is_off else Meetup.Status.PUBLISHED,
            "visibility": pick.choices(Meetup.Visibility.values, weights=[25, 25, 50])[0],
            "title": pick.choice(TITLES),
            "word": "Come hungry.",
            "date": date,
            "time": at,
            "zone": zone,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=180),
            "street": f"{pick.randint(1, 300)} Long Street",
            "town_name": name,
            "region": region,
            "country": country,
            "town_id": town,
            "seats": pick.choice([8, 10, 12]),
            "revision": 1,
            "published_at": starts_at - INVITED_BEFORE,
            "canceled_at": self.now if is_off else None,
            "created_at": starts_at - INVITED_BEFORE,
        }
        return Meetup(pk=self.add(Meetup, **fields), duration=180, **fields)

    def make_guest(self, meetup: Meetup, place: int, number: int) -> dict[str, Any]:
        """Generate one guest and return the row: a yes while there is a seat, later a place on the waiting list."""
        pick = self.random
        rsvp = pick.choices(Rsvp.values[:4], weights=[25, 50, 10, 15])[0]
        if rsvp == Rsvp.YES and place >= (meetup.seats or 0):
            rsvp = Rsvp.WAITING
        is_answer = rsvp != Rsvp.INVITED
        starts_at = meetup.starts_at or self.now
        answered_at = min(starts_at - ANSWERED_BEFORE, self.now - timedelta(hours=20)) if is_answer else None
        email, is_seated = f"guest{place}.{number}.s{self.size.seed}@example.org", rsvp == Rsvp.YES
        self.add(
            Guest,
            meetup_id=meetup.pk,
            email=email,
            email_hash=hash_address(email),
            name=pick.choice(NAMES),
            rsvp=rsvp,
            shows_name=is_seated and pick.random() < 0.5,
            invited_by_id=meetup.host_id,
            invited_at=min(starts_at - INVITED_BEFORE, self.now - timedelta(days=1)),
            answered_at=answered_at,
            address_proven_at=answered_at,
            attended=pick.random() < 0.8 if is_seated and meetup.is_held else None,
            waiting_since=answered_at if rsvp == Rsvp.WAITING else None,
            num_answers=int(is_answer),
            selector=self.word(22),
        )
        return self.rows[Guest][-1]

    def make_mailings(self, meetup: Meetup) -> None:
        """Plan the letters; those whose hour is past are marked as fanned out."""
        for rule in PLAN:
            due_at = rule.due(meetup)
            fanned_out_at = due_at if due_at <= self.now else None
            words = {"kind": rule.kind, "segment": rule.segment, "due_at": due_at, "not_after": rule.not_after(meetup)}
            self.add(Mailing, meetup_id=meetup.pk, fanned_out_at=fanned_out_at, num_owed=0, **words)

    def make_letters(self, meetup: Meetup, guests: list[dict[str, Any]]) -> None:
        """Generate the invitations of the last thirty days as sent, and as many due letters as were asked for."""
        for guest in guests:
            if guest["invited_at"] > self.now - timedelta(days=settings.RETAIN_OUTBOX_DAYS):
                self.make_letter(meetup, guest, Delivery.Kind.INVITATION, guest["invited_at"], is_sent=True)
        if meetup.starts_at is None or meetup.starts_at < self.now + timedelta(days=1):
            return
        for guest in guests:
            if self.num_due < self.size.due and guest["rsvp"] in (Rsvp.YES, Rsvp.MAYBE):
                self.make_letter(meetup, guest, Delivery.Kind.THREE_DAYS, self.now, is_sent=False)
                self.num_due += 1

    def make_letter(self, meetup: Meetup, guest: dict[str, Any], kind: str, due_at: datetime, *, is_sent: bool) -> None:
        """Generate one row of the outbox."""
        self.add(
            Delivery,
            kind=kind,
            dedupe_key=f"{kind}:{guest['id']}:demo",
            guest_id=guest["id"],
            meetup_id=meetup.pk,
            revision=1,
            priority=URGENT + 1 if is_sent else REMINDING,
            state=State.SENT if is_sent else State.QUEUED,
            due_at=due_at,
            next_try_at=due_at,
            not_after=meetup.starts_at,
            attempts=int(is_sent),
            last_code=250 if is_sent else None,
            message_id=f"<{self.word(32)}@{settings.MAIL_DOMAIN}>",
            finished_at=due_at if is_sent else None,
        )

    def make_recap(self, meetup: Meetup, guests: list[dict[str, Any]]) -> None:
        """Generate for a held meetup mostly a debrief, and often a recap with what two or three guests said."""
        pick, told_at = self.random, (meetup.ends_at or self.now) + timedelta(days=1)
        came = [guest for guest in guests if guest["attended"]]
        if pick.random() < 0.7:
            words = {"agree": "We meet again.", "differ": "Whether to begin with the street.", "still_open": "Who cooks."}
            self.add(Debrief, meetup_id=meetup.pk, did_happen=True, num_came=len(came), updated_at=told_at, **words)
        if pick.random() < 0.5 and told_at < self.now:
            state = {"state": Recap.State.PUBLISHED, "published_at": told_at, "letters_sent_at": told_at, "updated_at": told_at}
            words = {"question": QUESTION, "text": "We went once around the table.", "agree": "We meet again."}
            self.add(Recap, meetup_id=meetup.pk, slug=f"demo-{meetup.code}", **state, **words)
            for guest in came[:3]:
                said = {"sentence": pick.choice(SENTENCES), "sentence_consent": "everyone", "shown_as": guest["name"]}
                selector = {"selector": self.word(22), "updated_at": told_at}
                self.add(Contribution, meetup_id=meetup.pk, guest_id=guest["id"], **said, **selector)


def load_bulk(size: Size) -> int:
    """Write a site of this size beside the existing rows, and return how many letters are due.

    Towns must be loaded. Raises MeetupError for a seed that was used here before and for an impossible size.
    """
    if size.meetups < 1 or size.guests < 0 or size.due < 0:
        raise MeetupError(_("There must be at least one meetup, and nothing can be less than none."))
    if User.objects.filter(email=f"host0.s{size.seed}@example.org").exists():
        raise MeetupError(_("This seed was used here before; take another."))
    maker = _Maker(size)
    for number in range(size.meetups):
        maker.make_table(number)
        if number % TABLES_AT_ONCE == TABLES_AT_ONCE - 1:
            maker.write()
    maker.write()
    with connection.cursor() as cursor:
        # Else the planner would still use the statistics of empty tables.
        cursor.execute("ANALYZE")
    return maker.num_due
