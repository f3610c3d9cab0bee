"""Mails as programs write them, in tests/inbound/mail: who each is from, what it is, and which words are handed on.

All were written for these tests, in the shapes of the programs that name them. Selectors, key and clock are fixed here, so
that the addresses, links and tokens in the files are good ones: nothing that a test finds cut would have been dead anyway.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from meetups.access.mail_tags import read_bounce_tag, read_calendar_tag, read_host_reply_tag, read_reply_tag
from meetups.access.tokens import make_guest_token, make_unsubscribe_token
from meetups.inbound.handle import take_in
from meetups.inbound.message import read_mail
from meetups.models import Delivery, Guest
from meetups.outbox.return_addresses import find_tagged
from meetups.times import clock
from tests.factories import make_delivery, make_guest, make_host, make_meetup

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).parent / "mail"
MARIA, ANA = "maria.rossi@mail.example", "ana.private@host.example"
LINES = [
    "Will you come on Tuesday 15 December at seven? We read one chapter and talk about one question.",
    "Which of the three questions would you like to begin with, and will somebody come with you?",
]
# What the files quote.
LETTER = "\n".join(["Dear Maria,", "", *LINES, "", "Your answer and the address:", "No more letters:", "", "Ana"])
WORDS, ANSWER, BOUNCE, NOTHING = "words", "answer", "bounce", "nothing"


@dataclass(frozen=True)
class Mail:
    """What a file is: the words handed on, or the words of a bounce; who wrote it; what was done with it."""

    words: str = ""
    sender: str = MARIA
    done: str = WORDS


MAILS = {
    # Gmail
    "gmail-en": Mail("On the way I can buy bread.\nI come with one friend."),
    "gmail-fr": Mail("Le pain, je l'apporte.\nÀ mardi !"),
    "gmail-de": Mail("Am Abend komme ich gern.\nGrüße, Maria"),
    "gmail-es": Mail("El pan lo llevo yo.\n¿Puedo traer a mi madre?"),
    "gmail-it": Mail("Il pane lo porto io.\nA martedì!"),
    "gmail-pt": Mail("Em casa tenho pão.\nAté terça!"),
    "gmail-nl": Mail("Op dinsdag kom ik graag.\nTot dan!"),
    "gmail-ja": Mail("行きます。\nパンを持って行きます。"),
    "gmail-zh": Mail("我来。"),
    "gmail-inline-html": Mail(f"> {LINES[0]}\nYes, I come.\n> {LINES[1]}\nThe second one; and my mother comes along."),
    # Apple
    "apple-mail-en": Mail("Yes, gladly!\n\nMaria"),
    "apple-mail-fr": Mail("Avec plaisir."),
    "apple-mail-picture-between": Mail("This is the cake:\nIt is for eight."),
    "iphone-fr-no-break-space": Mail("Le dessert, c'est moi."),
    # Thunderbird
    "thunderbird-bottom-en": Mail("Yes, I come, and I bring soup.\n\nMaria"),
    "thunderbird-inline-de": Mail(f"> {LINES[0]}\n\nJa, gern.\n\n> {LINES[1]}\n\nMit der zweiten. Meine Mutter käme mit."),
    "thunderbird-fr": Mail("Volontiers ! J’apporte du fromage."),
    "thunderbird-signature": Mail("Yes.\n\nOne more thing: we are two."),
    "thunderbird-html-it": Mail("Vengo volentieri!\n\nE porto il vino."),
    # Outlook
    "outlook-en": Mail("I come, thank you.\n\nMaria"),
    "outlook-mobile-en": Mail("I come."),
    "outlook-old-en": Mail("I come."),
    "outlook-inside-en": Mail("Please see below.\n\nThe second one. My mother comes with me."),
    "outlook-below-en": Mail("Sorry, I read this late: yes!"),
    "outlook-fr-cp1252": Mail("Je viens – et j’apporte du fromage à 5 €."),
    "outlook-pt": Mail("Vou, sim. Levo pão."),
    "outlook-nl": Mail("Ik kom, en ik neem brood mee."),
    "outlook-ja-cp932": Mail("①番の質問がいいです。髙橋さんも来ます。"),
    "outlook-html-only-de": Mail("Ich komme – und bringe Käse mit."),
    "outlook-safelinks": Mail("The link does not open here:\nCould you look?"),
    # Other programs, languages and charsets
    "yahoo-en": Mail("Count me in."),
    "gmx-html-de": Mail("Gern! Bis Dienstag."),
    "proton-en": Mail("Yes!"),
    "tutanota-de": Mail("Ich komme."),
    "k9-de": Mail("Ja, gern. Was darf ich mitbringen?"),
    "roundcube-en": Mail("Fine with me."),
    "mutt-en": Mail("The second."),
    "samsung-en": Mail("Yes see you"),
    "qq-zh-gbk": Mail("我会来，和镕一起。"),
    "jis-ja": Mail("①の質問にします。"),
    "hebrew-visual-label": Mail("אני בא עם חברה."),
    "mailru-ru": Mail("Приду с подругой."),
    "korean-euc": Mail("네, 갈게요. 똠얌도 가져갈게요."),
    "polish-latin2": Mail("Przyjdę, dziękuję."),
    "turkish": Mail("Geliyorum “kesin”."),
    "no-charset-utf-8": Mail("Ça me va, à mardi."),
    # Quoting that no program knows, and words that look like quoting
    "unknown-quoting": Mail("I come.\n\nMaria"),
    "unknown-quoting-broken": Mail("I come.\n\n| you? Your answer and the address: […] No more\n| letters: […]\n| Ana\n\nMaria"),
    "address-spelled-out": Mail("I come.\n\nMessage of Ana to […]:"),
    "token-in-capitals": Mail("My link says no:\nWhat now?"),
    "own-address-typed": Mail("Write to me at […] or call 416 555 0142."),
    "lines-that-look-quoted": Mail(
        "On Tuesday I come at 8:00.\nFrom: seven on I am free. To: be sure, call.\n"
        "Starter: soup\nMain: stew\nDessert: plums\nPaul wrote:\nhe comes too."
    ),
    "forwards-a-recipe": Mail(
        "This is what I bring:\n\nFrom: Paul <paul@kitchen.example>\nSent: Monday, November 2, 2026 9:00 AM\n"
        "To: Maria Rossi\nSubject: Plums\n\nTake two pounds of plums."
    ),
    "only-a-quotation": Mail(done=NOTHING),
    "subject-alone": Mail("Late by half an hour, sorry"),
    "html-deep": Mail("Deep in the mail."),
    # The host
    "host-outlook-en": Mail("Bring her, the stair is short.", sender=ANA),
    "host-gmail-de": Mail("Am Eingang ist eine Stufe.", sender=ANA),
    # Programs, and people who look like programs
    "absence-outlook-en": Mail(done=NOTHING),
    "absence-outlook-fr": Mail(done=NOTHING),
    "absence-outlook-de": Mail(done=NOTHING),
    "absence-vacation": Mail(done=NOTHING),
    "absence-autoresponder": Mail(done=NOTHING),
    "absence-rfc-3834": Mail(done=NOTHING),
    "mailing-list": Mail(done=NOTHING),
    "person-exchange": Mail("I come, from the office."),
    "person-postmaster": Mail("I run my own mail, and I come.", sender="postmaster@rossi.example"),
    "person-elsewhere": Mail("It is me, from the phone of a friend.", sender="paul@kitchen.example"),
    # Calendars
    "calendar-outlook-declined": Mail("Je suis malade – désolée.\nUne autre fois, j’espère !", done=ANSWER),
    "calendar-google-declined": Mail("On that day I work, sorry", sender="calendar-notification@google.example", done=ANSWER),
    "calendar-apple-accepted": Mail(done=ANSWER),
    "calendar-outlook-other-time": Mail("Could we begin at eight?"),
    "calendar-words": Mail("Is there a place for a wheelchair?"),
    # Bounces
    "bounce-qmail": Mail("Sorry, no mailbox here by that name. (#5.1.1)", "MAILER-DAEMON@mx.example.net", BOUNCE),
    "bounce-exim": Mail("Unrouteable address", "Mailer-Daemon@relay.example.net", BOUNCE),
    "bounce-gmx-de": Mail(
        "5.1.1 reason: 550 Requested action not taken: mailbox unavailable; user unknown", "mailer-daemon@gmx.example", BOUNCE
    ),
    "bounce-base64-status": Mail("5.2.2 552 5.2.2 : Mailbox full", "postmaster@mx.example.net", BOUNCE),
    "bounce-rfc-3464": Mail("5.1.1 550 5.1.1 : no such user", "MAILER-DAEMON@mx.example.net", BOUNCE),
    "bounce-unknown-sv": Mail("Brevet kunde inte levereras.", "daemon@mx.example.net", BOUNCE),
    "bounce-delay": Mail(sender="Mailer-Daemon@relay.example.net", done=NOTHING),
    "bounce-absence": Mail(done=NOTHING),
}
GONE = {"bounce-qmail", "bounce-gmx-de", "bounce-rfc-3464"}
ELSEWHERE = {"person-postmaster", "person-elsewhere"}


def selector(row: bytes) -> str:
    return base64.urlsafe_b64encode(row).decode().rstrip("=")


@pytest.fixture
def letter(settings, late_november) -> Delivery:
    """Return a letter to Maria, who has a seat at Ana's table; all links and addresses in the files are hers."""
    settings.LINK_KEYS = ["a key of the mails in this folder, and of nothing else at all"]
    settings.PUBLIC_URL, settings.MAIL_FROM = "https://longtable.example", "meetups@longtable.example"
    settings.MAIL_DOMAIN, settings.INBOUND_DOMAIN = "longtable.example", "in.longtable.example"
    meetup = make_meetup(make_host(ANA, shown_name="Ana"), code="abcdefgh23", date=date(2026, 12, 15))
    answered_at = datetime(2026, 11, 20, tzinfo=UTC)
    rsvp = {"rsvp": "maybe", "answered_at": answered_at}
    maria = make_guest(meetup, MARIA, name="Maria", selector=selector(b"Maria's own row."), **rsvp)
    sent = {"state": "sent", "finished_at": clock.now()}
    said = {"words": "Is there a stair?", "guest": maria.pk}
    make_delivery("guest_words", user=meetup.host, meetup=meetup, context=said, **sent)
    context = {"words": LETTER, "guest": maria.pk}
    return make_delivery(
        "host_words", guest=maria, context=context, message_id=f"<{b'a letter to her.'.hex()}@longtable.example>", **sent
    )


def test_every_file_has_its_line_and_every_line_its_file():
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(MAILS)


def test_the_addresses_and_links_in_the_files_are_good_ones(letter):
    text = "".join(path.read_bytes().decode("utf-8", "replace") for path in FOLDER.iterdir())

    assert make_guest_token(letter.guest) in text
    assert make_unsubscribe_token(letter.guest) in text
    tags = {(tagged.purpose, tagged.tag) for tagged in find_tagged(text)}
    read = {"reply": [read_reply_tag, read_host_reply_tag], "rsvp": [read_calendar_tag], "bounce": [read_bounce_tag]}
    assert len(tags) == 4
    assert all(any(reader(tag) for reader in read[purpose]) for purpose, tag in tags)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("name", MAILS)
def test_mail_is_from_whom_it_says_is_what_it_is_and_says_what_was_written(name, line_end, letter):
    mail = MAILS[name]
    raw = (FOLDER / f"{name}.eml").read_bytes().replace(b"\n", line_end)

    assert read_mail(raw).senders == (mail.sender,)
    assert take_in(raw) == mail.done
    assert take_in(raw) == NOTHING

    letter.refresh_from_db()
    handed_on = Delivery.objects.filter(kind__in=["guest_words", "host_words"], state="queued")
    guest = Guest.objects.get()
    if mail.done == BOUNCE:
        assert (letter.state, letter.last_words) == ("failed", mail.words)
        assert (guest.undeliverable_at is not None) == (name in GONE)
    elif not mail.words:
        assert not handed_on.exists()
    else:
        [row] = handed_on
        assert row.context["words"] == mail.words
        assert (row.kind, row.user_id is None) == (("host_words", True) if mail.sender == ANA else ("guest_words", False))
        assert row.context.get("from_elsewhere", False) == (name in ELSEWHERE)
        said = "".join(filter(str.isalnum, mail.words)).casefold()
        secrets = [MARIA, ANA, make_guest_token(guest), make_unsubscribe_token(guest), "longtable.example"]
        assert [secret for secret in secrets if "".join(filter(str.isalnum, secret)).casefold() in said] == []
    assert guest.rsvp == {"calendar-apple-accepted": "yes"}.get(name, "no" if mail.done == ANSWER else "maybe")
