"""The last filter: however a text is quoted, no address of either side and no link or token of ours is handed on (R129)."""

import base64
import time
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from meetups.inbound.own_words import Sent, own_words
from meetups.inbound.redact import CUT, Secrets, redact

ADDRESS, OTHER_ADDRESS, SHORT_ADDRESS = "maria.private@example.org", "Ana.Login@host.example", "me@home.it"
SELECTOR = base64.urlsafe_b64encode(b"the guest's row ").decode().rstrip("=")
TOKEN = base64.urlsafe_b64encode(b"the guest's row " + bytes(range(240, 256))).decode().rstrip("=")
ANOTHER_TOKEN = base64.urlsafe_b64encode(bytes(range(7, 231, 7))).decode().rstrip("=")
TAG = base64.b32encode(b"the guest's row " + bytes(range(200, 216))).decode().rstrip("=").lower()
LINK = f"https://longtable.example/r/{TOKEN}"
SECRETS = Secrets(
    addresses=frozenset({ADDRESS, OTHER_ADDRESS, SHORT_ADDRESS, "first.last+list@gmail.com"}),
    hosts=frozenset({"longtable.example"}),
    mail_domains=frozenset({"longtable.example", "in.longtable.example"}),
    selectors=frozenset({SELECTOR}),
)


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


HIDDEN = {
    "as it is": ADDRESS,
    "in capitals": ADDRESS.upper(),
    "the other side's": OTHER_ADDRESS.lower(),
    "named by itself": f"maria.private <{ADDRESS}>",
    "a link to write to": f"mailto:{ADDRESS}",
    "percent-encoded": quote(ADDRESS, safe=""),
    "percent-encoded twice": quote(quote(ADDRESS, safe=""), safe=""),
    "quoted-printable": ADDRESS.replace("@", "=40"),
    "quoted-printable, its line broken": "maria.priv=\nate@example.org",
    "an HTML code": ADDRESS.replace("@", "&#64;"),
    "a named HTML code": ADDRESS.replace("@", "&commat;").replace(".", "&period;"),
    "full-width": "maria．private＠example．org",
    "with signs nobody sees": "ma\u200bria.private\u2060@exam\u00adple.org",
    "spaced out": " ".join(ADDRESS),
    "broken before the @": "maria.private\n> @example.org",
    "broken twice within a quotation": "maria.\n> > private@exam\n> > ple.org",
    "spelled in English": "maria.private at example dot org",
    "spelled in brackets": "maria.private [at] example [dot] org",
    "spelled in French": "maria point private arobase example point org",
    "spelled in Spanish": "maria.private (arroba) example punto org",
    "spelled in German": "maria.private (at) example Punkt org",
    "with hyphens": "maria-private-at-example-dot-org",
    "with a part behind a plus": "maria.private+dinner@example.org",
    "escaped": r"maria.private\@example.org",
    "starred": "*maria.private*@*example.org*",
    "beside Chinese": f"地址{ADDRESS}谢谢",
    "in base64": in_base64(f"From: Maria <{ADDRESS}>"),
    "in base64 of two lines": "\n".join([in_base64(f"From: Maria <{ADDRESS}>")[:24], in_base64(f"From: Maria <{ADDRESS}>")[24:]]),
    "Gmail's, without its dots": "firstlast@gmail.com",
    "Gmail's, by its other name": "F.irst.Last@googlemail.com",
    "a short one": SHORT_ADDRESS,
    "a short one, spelled": "me (at) home dot it",
    "a link": LINK,
    "a link in angle brackets": f"<{LINK}>",
    "a link without scheme": LINK.removeprefix("https://"),
    "a link in capitals": LINK.upper(),
    "a link broken in the token": f"{LINK[:50]}\n{LINK[50:]}",
    "a link broken before the token": f"{LINK[:28]}\n> {LINK[28:]}",
    "a link broken in the name": f"{LINK[:15]}\n{LINK[15:]}",
    "a link broken three times": f"{LINK[:12]}\n> {LINK[12:35]}\n> {LINK[35:50]}\n> {LINK[50:]}",
    "a link quoted-printable": f"{LINK[:40]}=\n{LINK[40:]}".replace("/r/", "=2Fr=2F"),
    "a link percent-encoded": quote(LINK, safe=""),
    "a link to a page of the site": "https://longtable.example/m/abc123/",
    "a link at a name below ours": f"http://www.longtable.example:8443/r/{TOKEN}/data?x=1",
    "a link of Outlook's filter": f"https://eur01.safelinks.outlook.com/?url={quote(LINK, safe='')}&data=05%7C{quote(ADDRESS)}",
    "a link of Proofpoint's": "https://urldefense.proofpoint.com/v2/url?u="
    + LINK.replace(":", "-3A").replace("/", "_")
    + "&d=DwMFaQ",
    "a link of Proofpoint's later": f"https://urldefense.com/v3/__{LINK}__;!!AbC123$",
    "a link that names us in base64": "https://filter.example/?u=" + in_base64(LINK),
    "a link that only names our site": "https://protect.example/s/Xy7?domain=longtable.example",
    "a token of these two": TOKEN,
    "a token of somebody else's": ANOTHER_TOKEN,
    "a token in capitals": ANOTHER_TOKEN.upper(),
    "a token in small letters": TOKEN.lower(),
    "a token on two lines": f"{ANOTHER_TOKEN[:20]}\n{ANOTHER_TOKEN[20:]}",
    "a token in brackets": f"({TOKEN})",
    "an address to reply to": f"reply+{TAG}@in.longtable.example",
    "an address to reply to, in capitals": f"REPLY+{TAG}@IN.LONGTABLE.EXAMPLE".upper(),
    "an address to reply to, broken": f"reply+{TAG[:30]}\n> {TAG[30:]}@in.longtable.example",
    "a tag alone": TAG,
    "a Message-ID of ours": "<0123456789abcdef0123456789abcdef@longtable.example>",
}


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN.keys())
def test_what_must_not_be_passed_on_is_cut_and_the_words_around_it_stay(hidden):
    text = f"I come with two friends. {hidden} See you then.\nMaria"

    cut = redact(text, SECRETS)

    shown = cut.replace("地址", "").replace("谢谢", "")
    assert shown == f"I come with two friends. {CUT} See you then.\nMaria"


def test_a_line_of_which_nothing_else_is_left_is_gone():
    text = f"I come.\n\n> <{LINK}>\n> ({ADDRESS})\n\nMaria"

    assert redact(text, SECRETS) == "I come.\n\nMaria"


@pytest.mark.parametrize(
    "text",
    [
        "Find me at home. It is warm there.",
        "Ask my friend: maria@example.org, or maria.private@example.com",
        "Our notes: https://docs.google.com/document/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit",
        "https://kitchen.example/the-10-best-recipes-for-a-dinner-with-many-friends-2026",
        "https://notlongtable.example/r/x and https://longtable.example.evil.example/x",
        "#TheLongestHashtagThatAnybodyEverWroteAboutDinner",
        "-" * 60 + "\nStarter\n" + "_" * 50,
        "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz",
        "the-house-with-the-green-door-behind-the-old-bakery",
        "Longtable is lovely, longtable.example too.",
        "I paid 3 @ 5 each, 100% sure; a=40, b=2E, R&D;",
        "行きます。よろしくお願いします。",
        "👍",
        "",
    ],
)
def test_what_somebody_wrote_stays_as_it_is(text):
    assert redact(text, SECRETS) == text


@pytest.mark.parametrize("before", ["me", "To:", "x.", "x_", "x-", "日本", "é", "_", "1"])
def test_an_address_is_cut_though_words_ran_together_before_and_behind_it(before):
    assert redact(f"See {before}{ADDRESS}Sent on Monday", SECRETS) == f"See {before}{CUT}Sent on Monday"


def test_the_next_line_after_a_link_stays():
    assert redact(f"See {LINK}\nThanks for all the soup", SECRETS) == f"See {CUT}\nThanks for all the soup"
    assert redact(f"{LINK[:60]}\n{LINK[60:]}\nThanks", SECRETS) == "Thanks"


@pytest.mark.parametrize(
    "hostile",
    [
        "f.i.r.s.t.l.a.s." * 1_000,
        "longtable.exampl" * 1_000,
        ("a." * 30 + "longtable.exampl ") * 200,
        "https://" + "%25" * 5_000,
        "http://" * 2_000,
        "maria.privat" * 1_300,
        "> > " * 4_000,
        "ab\n" * 5_000,
        "-\n" * 7_000,
        "abcd" * 4_000,
        "m " * 8_000,
        "&#64;" * 3_000,
    ],
    ids=range(12),
)
def test_what_is_made_to_take_for_ever_does_not(hostile):
    began = time.monotonic()

    redact(hostile, SECRETS)

    assert time.monotonic() - began < 4


MARKS = ["", "> ", ">> ", "| ", "    ", "* ", "<", "(", "[", "From: ", "Von: *", "mailto:", "=3D", "%3D", "\u200b", "«"]
NEWLINES = ["\n", "\n> ", "\n>> ", "=\n", " \n", "\n| ", "\n\t"]


@st.composite
def broken(draw, secret: str) -> str:
    """Return a secret as a program may write it: in other letters, encoded, with line ends in it."""
    secret = draw(st.sampled_from([str, str.upper, str.lower, lambda text: quote(text, safe="")]))(secret)
    places = sorted(draw(st.lists(st.integers(1, len(secret) - 1), max_size=2, unique=True)))
    newline = draw(st.sampled_from(NEWLINES))
    pieces = [secret[start:end] for start, end in zip([0, *places], [*places, len(secret)], strict=True)]
    return newline.join(pieces)


def everything_read(text: str) -> str:
    """Return the text as somebody reads it who looks for secrets: without the marks, the line ends and the case."""
    bare = "".join(char for char in text if char.isalnum())
    return bare.casefold()


@settings(max_examples=150, deadline=None)
@given(
    secret=st.sampled_from([ADDRESS, OTHER_ADDRESS, LINK, f"reply+{TAG}@in.longtable.example", TOKEN]).flatmap(broken),
    mark=st.sampled_from(MARKS),
    before=st.text(alphabet="abc é日.,:;!\n", max_size=30),
    after=st.sampled_from(["", " ", "\n", ">", ")", " wrote:", "\n\nbye", "。"]),
)
@example(secret=f"{TOKEN[:20]}\n> {TOKEN[20:]}", mark="> ", before="", after="")
def test_no_mixture_of_marks_breaks_and_encodings_lets_a_secret_pass(secret, mark, before, after):
    cut = everything_read(redact(f"{before} {mark}{secret}{after}", SECRETS))

    assert everything_read(ADDRESS) not in cut
    assert everything_read(OTHER_ADDRESS) not in cut
    assert everything_read(TOKEN) not in cut
    assert everything_read(TAG) not in cut


@settings(max_examples=150, deadline=None)
@given(
    lines=st.lists(
        st.tuples(
            st.sampled_from(["", "> ", ">> ", "| ", "Ana> ", "On 23/11/2026 20:00, ", "From: ", "To: Maria ", "  "]),
            st.sampled_from(sorted(HIDDEN)),
            st.sampled_from(["", " wrote:", "> wrote:", ",", " a écrit\u00a0:", ")", "\n\n"]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_no_mixture_of_quoted_lines_lets_a_secret_pass(lines):
    text = "I come.\n" + "\n".join(f"{mark}{HIDDEN[name]}{after}" for mark, name, after in lines) + "\n\nSee you then."

    cut = redact(own_words(text, Sent(names=("Longtable",), letters=" a letter of ours ")), SECRETS)

    assert cut.startswith("I come.") and cut.endswith("See you then.")
    assert [name for _mark, name, _after in lines if HIDDEN[name].strip("<>()*") in cut] == []
    secrets = [ADDRESS, OTHER_ADDRESS, TOKEN, TAG, ANOTHER_TOKEN, "longtable.example/"]
    assert [secret for secret in secrets if everything_read(secret) in everything_read(cut)] == []
