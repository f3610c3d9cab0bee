"""Consent as a table: which consent, at which stage, at a table of how many, and what of it is public in every channel."""

import json
import re
from dataclasses import dataclass

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from meetups.access.public_url import full_url
from meetups.exceptions import MeetupError
from meetups.letters import build_message
from meetups.models import Consent, Contribution, Guest, Meetup, Photo, Recap, RemovalRequest
from meetups.recaps.public_view import make_broadside
from meetups.recaps.services.attendance import confirm_attendance, record_attendance
from meetups.recaps.services.contribution import contribute, withdraw_contribution
from meetups.recaps.services.debrief import record_came
from meetups.recaps.services.excerpt import answer_cut, propose_cut
from meetups.recaps.services.moderation import review_contribution, version_of
from meetups.recaps.services.preview import publish_due, start_preview, stop_recap
from meetups.recaps.services.recap import arrange_contributions, open_recap, publish_recap, take_down_recap
from meetups.recaps.services.removal_request import blocks_of, request_removal, settle_removal
from meetups.recaps.services.takedown import take_down_for_reason
from meetups.sharing.share_cards import make_card
from meetups.times import clock
from tests.browser.page_states import add_photo
from tests.factories import make_contribution, make_delivery, make_guest, make_held_meetup, make_others_speak, make_recap

pytestmark = pytest.mark.django_db
SENTENCE = "I left, to my surprise, less alone than I came."
CUT = "I left, […] less alone than I came."
NAME = "Maria, Toronto"
ALT = "Six bowls on a long table"


# Every way in which something of a recap becomes public: from the recap to all that is said there. A new one is one line here.


def answer(url: str) -> str:
    return Client().get(url).content.decode()


def page(recap: Recap) -> str:
    return answer(recap.get_absolute_url())


def linked_data(recap: Recap) -> str:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page(recap))
    return json.dumps(json.loads(found[1]), ensure_ascii=False) if found else ""


def picture(recap: Recap) -> str:
    is_there = Client().get(f"{recap.get_absolute_url()}card.png").status_code == 200
    return repr(make_card(recap)) if is_there else ""


def mail(recap: Recap) -> str:
    """Return the letter to somebody who missed the evening."""
    try:
        return str(build_message(make_delivery("recap_missed", guest=make_guest(recap.meetup, rsvp="yes", attended=False))).body)
    except MeetupError:
        return ""


CHANNELS = {
    "page": page,
    "JSON-LD": linked_data,
    "picture": picture,
    "mail": mail,
    "Atom": lambda recap: answer("/feed.atom"),
    "JSON Feed": lambda recap: answer("/feed.json"),
    "feed of the book": lambda recap: answer(f"{recap.meetup.kit.book.get_absolute_url()}feed.atom"),
    "embed": lambda recap: answer(f"{recap.get_absolute_url()}embed/"),
    "oEmbed": lambda recap: answer(f"/oembed/?url={full_url(recap.get_absolute_url())}"),
    "book": lambda recap: answer(recap.meetup.kit.book.get_absolute_url()),
    "hold": lambda recap: answer(f"{recap.get_absolute_url()}hold/"),
    "form for removal": lambda recap: answer(f"{recap.get_absolute_url()}removal/"),
}
# Where the name beside a sentence, and the photo, may stand as well.
WITH_NAME = {"page", "mail", "Atom", "JSON Feed", "feed of the book", "embed"}
# What never repeats a guest's words.
QUIET = {"oEmbed", "book", "hold"}


@dataclass(frozen=True)
class Stage:
    """Where a sentence for everyone, at a table of three or more, has come to; and the words that are public there, or none."""

    name: str
    words: str


def bring_to(stage: str, recap: Recap, left: Contribution) -> None:
    """Bring a sentence, published with its recap, to a stage."""
    if stage in ("draft", "shown"):
        Recap.objects.filter(pk=recap.pk).update(state="draft", public_at=clock.now() if stage == "shown" else None)
    elif stage == "hidden by the host":
        Contribution.objects.filter(pk=left.pk).update(is_hidden=True)
    elif stage.startswith("cut") and left.sentence_consent == "everyone":
        propose_cut(left, cut=CUT)
        if stage != "cut proposed":
            answer_cut(left, cut=CUT, agrees=stage == "cut agreed")
    elif stage.startswith("written again"):
        withdraw_contribution(left)
        contribute(left.guest, sentence=left.sentence, sentence_consent=left.sentence_consent, shown_as=left.shown_as)
        if stage == "written again and shown":
            show_pending(left)
    elif stage == "withdrawn":
        withdraw_contribution(left)
    elif stage.startswith("removal"):
        block = next((block.name for block in blocks_of(recap) if block.contribution == left), None)
        if block:
            removal = request_removal(recap, block=block)
            if stage != "removal asked":
                settle_removal(removal, is_put_back=stage == "removal put back", by="host")
    elif stage == "taken down by the host":
        take_down_recap(recap)
    elif stage == "taken down by others":
        take_down_for_reason(recap, by=recap.meetup.host, reason="A neighbor is named.")


def show_pending(left: Contribution) -> None:
    """Show what is pending review, as the host does who has just read it."""
    words = Contribution.objects.get(pk=left.pk)
    review_contribution(words, is_photo=False, seen=version_of(words), is_shown=True)


STAGES = [
    Stage("published", SENTENCE),
    Stage("draft", ""),
    Stage("shown", ""),
    Stage("hidden by the host", ""),
    Stage("cut proposed", SENTENCE),
    Stage("cut agreed", CUT),
    Stage("cut refused", SENTENCE),
    Stage("withdrawn", ""),
    Stage("written again", ""),
    Stage("written again and shown", SENTENCE),
    Stage("removal asked", ""),
    Stage("removal left out", ""),
    Stage("removal put back", SENTENCE),
    Stage("taken down by the host", ""),
    Stage("taken down by others", ""),
]
# Who else speaks, and what this guest agreed to. All stages matter where three speak and this one speaks to everyone.
TABLES = [(consent, others) for consent in ("everyone", "table", "nobody") for others in (2, 1)]
TELLING = {"published", "cut proposed", "removal asked"}
CASES = [
    pytest.param(stage, consent, others, id=f"{stage.name}-for {consent}-{others} others")
    for stage in STAGES
    for consent, others in TABLES
    if (consent, others) == ("everyone", 2) or stage.name in TELLING
]


@pytest.mark.parametrize(("stage", "consent", "others"), CASES)
def test_a_sentence_is_public_where_its_guest_said_yes_to_exactly_that(stage, consent, others):
    meetup = make_held_meetup()
    recap = make_recap(meetup)
    left = make_contribution(make_guest(meetup, rsvp="yes"), SENTENCE, sentence_consent=consent, shown_as=NAME, position=1)
    make_others_speak(meetup, others)
    bring_to(stage.name, recap, left)

    recap = Recap.objects.with_meetup().get()
    said = {name: channel(recap) for name, channel in CHANNELS.items()}

    words = stage.words if consent == "everyone" and others == 2 else ""
    expected = {name for name in CHANNELS if words and name not in QUIET}
    assert {name for name, text in said.items() if words and words in plain(text)} >= expected
    for never in {SENTENCE, CUT} - {words}:
        assert [name for name, text in said.items() if never in plain(text)] == []
    assert {name for name, text in said.items() if words and words in plain(text)} & QUIET == set()
    assert {name for name, text in said.items() if NAME in text} <= (WITH_NAME if words else set())


def plain(text: str) -> str:
    """Return a text on one line, whatever was wrapped or escaped in it."""
    return " ".join(text.replace("&#x27;", "'").split())


PHOTO_STAGES = ["draft", "hidden by the host", "withdrawn", "removal asked"]


@pytest.mark.parametrize(
    ("stage", "consent", "others"),
    [("published", consent, others) for consent, others in TABLES] + [(stage, "everyone", 2) for stage in PHOTO_STAGES],
)
def test_a_photo_is_public_where_its_guest_said_yes_to_it(stage, consent, others):
    meetup = make_held_meetup()
    recap = make_recap(meetup)
    left = make_contribution(make_guest(meetup, rsvp="yes"), "", sentence_consent="nobody")
    photo = add_photo(left, consent=consent, alt=ALT)
    make_others_speak(meetup, others)
    if stage == "hidden by the host":
        Photo.objects.update(is_hidden=True)
    else:
        bring_to(stage, recap, left)

    recap = Recap.objects.with_meetup().get()
    shown = {name for name, channel in CHANNELS.items() if ALT in channel(recap) or photo.name in channel(recap)}

    is_public = consent == "everyone" and others == 2 and stage == "published"
    assert ("page" in shown) is is_public
    assert is_public or shown == set()
    assert Client().get(photo.get_absolute_url()).status_code == (200 if is_public else 404)


# In any order --------------------------------------------------------------------------------------------------------

SENTENCES = ["One, two and three of us stayed.", "Nobody left before the end came.", "We began with the street and stayed."]
CUTS = ["One, […] of us stayed.", "Nobody left […] the end came.", "[…] the street and stayed."]
ACTS = some.one_of(
    some.tuples(some.just("say"), some.integers(0, 4), some.sampled_from(SENTENCES), some.sampled_from(Consent.values)),
    some.tuples(some.just("cut"), some.integers(0, 2), some.booleans()),
    some.tuples(some.just("answer"), some.integers(0, 2), some.booleans()),
    some.tuples(some.just("hide"), some.integers(0, 4), some.booleans()),
    some.tuples(some.just("withdraw"), some.integers(0, 4)),
    some.tuples(some.sampled_from(["say there", "tick", "confirm"]), some.integers(0, 4), some.booleans()),
    some.tuples(some.just("show pending"), some.integers(0, 4)),
    some.tuples(some.just("ask"), some.integers(0, 3)),
    some.tuples(some.just("settle"), some.booleans()),
    some.tuples(some.sampled_from(["publish", "show", "stop", "take down", "day comes", "others take down"])),
)


class Table:
    """Four guests who were there and one who had said no, their host, and what each guest has said yes to so far: the words,
    as nobody but the guest said them."""

    def __init__(self) -> None:
        self.meetup: Meetup = make_held_meetup()
        self.guests: list[Guest] = [make_guest(self.meetup, rsvp="yes", attended=True) for _n in range(4)]
        self.guests.append(make_guest(self.meetup, rsvp="no"))
        self.agreed: list[set[str]] = [set() for _guest in self.guests]
        # What the host has read of each guest: what stood there when the recap became public, and what was shown since.
        self.seen: list[set[str]] = [set() for _guest in self.guests]
        self.recap: Recap = open_recap(self.meetup)

    def act(self, name: str, *words) -> None:
        """Do one thing; a rule that says no is an answer like any other."""
        was_public = Recap.objects.get().is_published
        try:
            with transaction.atomic():
                getattr(self, f"do_{name.replace(' ', '_')}")(*words)
        except MeetupError:
            pass
        if not was_public and Recap.objects.get().is_published:
            self.see_all()

    def see_all(self) -> None:
        """Note what the host reads before the recap becomes public: all that those at the table left for everyone."""
        for row in Contribution.objects.standing().of_table().filter(sentence_consent="everyone"):
            self.seen[self.guests.index(row.guest)] |= {row.sentence}

    def left(self, who: int) -> Contribution | None:
        return Contribution.objects.filter(guest=self.guests[who]).first()

    def do_say(self, who: int, sentence: str, consent: str) -> None:
        before = self.left(who)
        contribute(self.guests[who], sentence=sentence, sentence_consent=consent)
        is_same = before is not None and before.sentence == sentence and consent == "everyone"
        kept = {words for words in self.agreed[who] if "[…]" in words} if is_same else set()
        self.agreed[who] = ({sentence} if consent == "everyone" else set()) | kept

    def do_cut(self, who: int, is_cut: bool) -> None:
        """Ask for the cut of what the guest says now, or take it back."""
        left = self.left(who)
        if left and left.sentence:
            propose_cut(left, cut=CUTS[SENTENCES.index(left.sentence)] if is_cut else "")

    def do_answer(self, who: int, agrees: bool) -> None:
        left = self.left(who)
        if left and left.cut:
            cut = answer_cut(left, cut=left.cut, agrees=agrees).cut
            self.agreed[who] = {words for words in self.agreed[who] if "[…]" not in words} | ({cut} if agrees else set())

    def do_hide(self, who: int, is_hidden: bool) -> None:
        if left := self.left(who):
            arrange_contributions(self.meetup, {left.pk: {"is_hidden": is_hidden}})

    def do_withdraw(self, who: int) -> None:
        if left := self.left(who):
            withdraw_contribution(left)
            self.agreed[who] = set()

    def do_say_there(self, who: int, was_there: bool) -> None:
        record_attendance(Guest.objects.get(pk=self.guests[who].pk), attended=was_there)

    def do_tick(self, who: int, is_ticked: bool) -> None:
        came = set(Guest.objects.filter(meetup=self.meetup, attended=True).values_list("pk", flat=True))
        record_came(self.meetup, list(came | {self.guests[who].pk} if is_ticked else came - {self.guests[who].pk}))

    def do_confirm(self, who: int, was_there: bool) -> None:
        confirm_attendance(self.guests[who], attended=was_there)

    def do_show_pending(self, who: int) -> None:
        if left := self.left(who):
            show_pending(left)
            self.seen[who] |= {left.sentence}

    def do_ask(self, which: int) -> None:
        blocks = blocks_of(self.recap)
        if blocks:
            request_removal(self.recap, block=blocks[which % len(blocks)].name)

    def do_settle(self, is_put_back: bool) -> None:
        removal = RemovalRequest.objects.open().first()
        if removal:
            settle_removal(removal, is_put_back=is_put_back, by="host")

    def do_publish(self) -> None:
        publish_recap(self.recap)

    def do_show(self) -> None:
        start_preview(self.recap)

    def do_stop(self) -> None:
        stop_recap(self.recap)

    def do_take_down(self) -> None:
        take_down_recap(self.recap)

    def do_others_take_down(self) -> None:
        take_down_for_reason(self.recap, by=self.meetup.host, reason="Because.")

    def do_day_comes(self) -> None:
        Recap.objects.filter(public_at__isnull=False).update(public_at=clock.now())
        self.meetup.mailings.update(is_off=True)
        publish_due()

    def check(self) -> None:
        """Nothing is public without a standing yes of its guest, who was at the table, to exactly those words; nothing at all of
        fewer than three."""
        said = make_broadside(Recap.objects.with_meetup().get()).sentences
        were_there = [Guest.objects.get(pk=guest.pk).was_at_table for guest in self.guests]
        agreed = [words for words, was_there in zip(self.agreed, were_there, strict=True) if was_there]
        assert set(said) <= set().union(*agreed), (said, self.agreed)
        assert len(said) <= sum(map(bool, agreed))
        assert not said or sum(map(bool, agreed)) >= 3
        for row in Contribution.objects.public() if Recap.objects.get().is_published else []:
            assert row.sentence in self.seen[self.guests.index(row.guest)]
        hidden = Contribution.objects.filter(is_hidden=True) | Contribution.objects.filter(removal_asked_at__isnull=False)
        assert len(said) <= len(self.guests) - hidden.count()

    def check_page(self) -> None:
        """The page says what the rule says, and nothing while the recap is not published."""
        recap = Recap.objects.with_meetup().get()
        text = plain(page(recap))
        found = {words for words in SENTENCES + CUTS if words in text}
        allowed = set(make_broadside(recap).sentences) if recap.is_published else set()
        assert found == allowed


# Three orders that must always be among those tried: other words after a yes to a cut, a yes taken back, all of it published.
AGREED = [("publish",), ("cut", 0, True), ("answer", 0, True)]


@example(acts=[*AGREED, ("say", 0, SENTENCES[1], "everyone")])
@example(acts=[*AGREED, ("say", 0, SENTENCES[0], "table"), ("say", 0, SENTENCES[0], "everyone")])
@example(acts=[*AGREED, ("withdraw", 1), ("say", 1, SENTENCES[1], "everyone"), ("ask", 0), ("settle", True)])
@example(acts=[("publish",), ("say there", 4, True), ("say", 4, SENTENCES[0], "everyone"), ("say there", 2, False)])
@example(acts=[("say", 3, SENTENCES[0], "table"), ("publish",), ("say", 3, SENTENCES[1], "everyone"), ("show pending", 3)])
@example(acts=[("say there", 4, True), ("say", 4, SENTENCES[1], "everyone"), ("publish",), ("confirm", 4, True)])
@given(acts=some.lists(ACTS, min_size=3, max_size=25))
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_in_any_order_nothing_is_public_without_a_standing_yes_to_exactly_those_words(acts):
    with transaction.atomic():
        table = Table()
        for guest, sentence in zip(range(3), SENTENCES, strict=True):
            table.act("say", guest, sentence, "everyone")
        for name, *words in acts:
            table.act(name, *words)
            table.check()
        table.check_page()
        transaction.set_rollback(True)
