"""Parsing a message: broken, hostile and oversized ones, and the text of its parts."""

import time

import pytest

from meetups.inbound.body import html_to_text
from meetups.inbound.handle import take_in
from meetups.inbound.message import read_mail
from meetups.models import Delivery
from meetups.outbox.return_addresses import reply_addresses
from tests import returned
from tests.factories import make_guest, make_meetup

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=X\n\n--X\nContent-Type: message/delivery-status",
        b"Content-Type: message/delivery-status\n\nAction: failed\nStatus: 5.1.1\n",
        b"Content-Type: text/plain; charset=no-such-charset\nTo: =?no-such?q?x?=\n\n\xff\xfe",
        b"From: " + b"(" * 100_000 + b"\n\nhello",
        b"Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nATTENDEE:\nEND:VEVENT\n",
        returned.bounce("x@y").replace(b"Status: 5.1.1", b"Status: \xff\xff").replace(b"Action: failed", b"Action failed"),
    ],
)
def test_what_makes_no_sense_makes_nothing_happen(raw):
    assert take_in(raw, "bounce+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@in.longtable.example") == "nothing"


def test_parts_in_parts_in_parts_are_not_followed_for_ever():
    raw = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5_000))

    assert take_in(raw) == "nothing"


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/plain; " + b"a*0=b; " * 120_000 + b"\n\nhi",
        b"Content-Type: multipart/mixed" + b'; x="\\\\' * 100_000 + b"\n\nhi",
        b"Content-Type: text/plain\n" + b" ;a=b\n" * 120_000 + b"\nhi",
        b"Subject: x\rContent-Type: text/plain; " + b"a*0=b; " * 120_000 + b"\n\nhi",
        b"Content-Type: text/plain\r" + b" ;a*0=b\r" * 120_000 + b"\nhi",
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(300)) + b"\n" * 900_000,
        b"Content-Type: text/html\n\n" + b"<div " * 200_000,
        b"Content-Type: text/html\n\n" + b"<style>" * 140_000,
        b"Subject: x\n\n" + b"On abc\n" * 140_000,
    ],
    ids=range(9),
)
def test_what_is_made_to_take_for_ever_does_not(raw):
    began = time.process_time()

    read_mail(raw)

    assert time.process_time() - began < 3


def test_ten_megabytes_are_read_to_the_first():
    guest = make_guest(make_meetup(), rsvp="yes")
    [to] = reply_addresses(guest)
    raw = returned.words(to).replace(b"> Dear Maria,", b"> " + b"x" * 10_000_000)

    assert take_in(raw, to) == "words"
    assert Delivery.objects.get(kind="guest_words").context["words"] == "I will be late."


def test_what_stands_after_the_first_megabyte_is_not_read():
    guest = make_guest(make_meetup(), rsvp="yes")
    [to] = reply_addresses(guest)
    raw = returned.words(to).replace(b"Message-ID", b"X-Long: " + b"x" * 1_000_000 + b"\nMessage-ID")

    assert take_in(raw, to) == "nothing"


def test_html_alone_is_read_as_words_and_an_attachment_never():
    raw = b"""Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html; charset=utf-8

<html><head><style>p{}</style></head><body><p>I come &amp; bring bread.<br>Maria</p>
<blockquote>Dear Maria</blockquote></body></html>
--b
Content-Type: text/plain
Content-Disposition: attachment; filename=secrets.txt

secrets
--b--
"""

    assert read_mail(raw).words == "I come & bring bread.\nMaria"


def mail(subject: str, body: str = "", more: str = "") -> bytes:
    return f"From: Maria <maria@example.org>\nSubject: {subject}\n{more}Content-Type: text/plain\n\n{body}".encode()


@pytest.mark.parametrize("subject", ["Late by half an hour", "=?utf-8?q?J=E2=80=99arrive?=", "Sorry: ill"])
def test_a_subject_without_text_is_what_somebody_wrote(subject):
    assert read_mail(mail(subject)).words in {"Late by half an hour", "J’arrive", "Sorry: ill"}


@pytest.mark.parametrize(
    "raw",
    [mail("Re: Soup"), mail("AW: Suppe"), mail("Soup", more="In-Reply-To: <x@y>\n"), mail("Soup", "> quoted"), mail("")],
)
def test_the_subject_of_an_answer_or_beside_a_text_is_not(raw):
    assert read_mail(raw).words == ""


def test_parts_beside_each_other_belong_together_and_a_mail_within_the_mail_does_not():
    raw = b"""Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

Above.
--b
Content-Type: message/rfc822

Subject: somebody else's
Content-Type: text/plain

Not mine.
--b
Content-Type: text/plain

Below.
--b--
"""

    assert read_mail(raw).words == "Above.\nBelow."


def test_the_plain_form_is_read_unless_it_is_empty():
    page = "--b\nContent-Type: text/html\n\n<p>In HTML</p>\n--b--\n"
    head = "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n"

    assert read_mail(f"{head}In plain\n{page}".encode()).words == "In plain"
    assert read_mail(f"{head}\n{page}".encode()).words == "In HTML"
    assert read_mail(f"{head}> only quoted\n{page}".encode()).words == "In HTML"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>One<p>Two<div>Three</div>Four<br><br>Five", "One\nTwo\nThree\nFour\n\nFive"),
        ('See <a href="https://kitchen.example/plums">this recipe</a>.', "See this recipe <https://kitchen.example/plums>."),
        ('See <a href="https://kitchen.example/">kitchen.example</a>.', "See kitchen.example."),
        ('<a href="mailto:x@y.example">write</a>', "write"),
        ("a<blockquote>b<blockquote>c</blockquote></blockquote>d", "a\n> b\n> > c\nd"),
        ('a<blockquote style="margin:0 0 0 40px;border:none;padding:0px">b</blockquote>', "a\nb"),
        ('a<div name="quote" style="x">b</div>', "a\n> b"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<title>x</title><style>y</style><script>z</script>a&amp;b&nbsp;c", "a&b\xa0c"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
        ("", ""),
        ("<", "<"),
        ("plain", "plain"),
        ("\x00a<!-- b -->c", "\ufffdac"),
    ],
)
def test_html_becomes_the_text_that_is_seen(page, text):
    assert html_to_text(page) == text


@pytest.mark.parametrize("depth", [100, 300, 20_000])
def test_what_stands_deep_in_html_is_read(depth):
    page = "<div><blockquote>" * depth + "quoted" + "</blockquote></div>" * depth + "<p>own</p>"

    assert html_to_text(page).endswith("\nown")


def test_a_mail_of_five_megabytes_is_read_in_a_moment():
    page = "<table>" + "<tr><td><p class=MsoNormal>quoted&nbsp;<b>words</b></td></tr>" * 90_000 + "</table>"
    raw = f"Content-Type: text/html; charset=utf-8\n\n<p>Own words.</p><blockquote>{page}</blockquote>".encode()
    began = time.process_time()

    assert len(raw) > 5_000_000
    assert read_mail(raw).words == "Own words."
    assert time.process_time() - began < 3
