"""What a person wrote is told from what they quote, and in doubt is kept (R129)."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meetups.inbound.own_words import Sent, bare_words, own_words

LETTER = """\
Dear Maria,

will you come to my table on Tuesday, and which of the three questions would you like to hear?
Bring a friend, if one comes to mind who likes to talk about what people can change together.

Answer here:
https://longtable.example/r/secret

Ana
"""
NAMES = ("via Longtable", "meetups@longtable.example", "reply+")
SENT = Sent(names=NAMES, title="Soup and one question", letters=bare_words(LETTER))
MARKED = "".join(f"> {line}\n" for line in LETTER.splitlines())
WHO = "Ana via Longtable <meetups@longtable.example>"

INTRODUCTIONS = {
    "Gmail, folded before wrote": "On Mon, Nov 23, 2026 at 8:00 PM Ana via Longtable <meetups@longtable.example>\nwrote:\n",
    "Gmail, folded in the address": "On Mon, Nov 23, 2026 at 8:00 PM Ana via Longtable <\nmeetups@longtable.example> wrote:\n",
    "Gmail, French": "Le lun. 23 nov. 2026 à 20:00, Ana via Longtable <meetups@longtable.example> a\nécrit :\n",
    "French with a no-break space": "Le 23/11/2026 à 20:00, Ana via Longtable a écrit\u00a0:",
    "French with a narrow one": "Le 23 novembre 2026 à 20:00, Ana a écrit\u202f:",
    "Gmail, German": "Am Mo., 23. Nov. 2026 um 20:00 Uhr schrieb Ana via Longtable <\nmeetups@longtable.example>:\n",
    "Thunderbird, German": "Am 23.11.2026 um 20:00 schrieb Ana via Longtable:",
    "Gmail, Spanish": "El lun, 23 nov 2026 a las 20:00, Ana via Longtable (<\nmeetups@longtable.example>) escribió:\n",
    "Gmail, Italian": "Il giorno lun 23 nov 2026 alle ore 20:00 Ana via Longtable <\nmeetups@longtable.example> ha scritto:\n",
    "Gmail, Portuguese": "Em seg., 23 de nov. de 2026 às 20:00, Ana via Longtable <\nmeetups@longtable.example> escreveu:\n",
    "Gmail, Dutch": "Op ma 23 nov 2026 om 20:00 schreef Ana via Longtable <\nmeetups@longtable.example>:\n",
    "Gmail, Japanese": f"2026年11月23日(月) 20:00 {WHO}:\n",
    "Apple, Japanese": "2026/11/23 20:00、Ana via Longtable <meetups@longtable.example>のメール:\n",
    "Gmail, Chinese": f"{WHO} 于2026年11月23日周一 20:00写道：\n",
    "Gmail, Polish": f"pon., 23 lis 2026 o 20:00 {WHO} napisał(a):\n",
    "Gmail, Russian": f"пн, 23 нояб. 2026 г. в 20:00, {WHO}:\n",
    "Gmail, Turkish": f"{WHO}, 23 Kas 2026 Pzt, 20:00 tarihinde şunu yazdı:\n",
    "Swedish": f"Den mån 23 nov. 2026 kl 20:00 skrev {WHO}:\n",
    "mutt": "On Mon, Nov 23, 2026 at 08:00:00PM -0500, Ana via Longtable wrote:",
    "no day at all": "Ana via Longtable <meetups@longtable.example> writes:",
    "a renamed contact": "On 23/11/2026 20:00, Anna wrote:",
    "Tutanota": "23. Nov. 2026, 20:00 von meetups@longtable.example:\n",
}
SUBJECT = "Re: Soup and one question"
DAY = "23/11/2026 20:00"
BLOCKS = {
    "Outlook, English": f"From: {WHO}\nSent: Monday, November 23, 2026 8:00 PM\nTo: maria@example.org\nSubject: {SUBJECT}\n",
    "Outlook, mobile": f"{'_' * 32}\nFrom: {WHO}\nSent: Monday, November 23, 2026 8:00:00 PM\nTo: Maria\nSubject: {SUBJECT}\n",
    "Outlook, bold": f"*From:* {WHO}\n*Sent:* Monday, November 23, 2026\n*To:* Maria\n*Subject:* {SUBJECT}\n",
    "Outlook, French": f"De\u00a0: {WHO}\nEnvoyé\u00a0: lundi 23 novembre 2026 20:00\nÀ\u00a0: Maria\nObjet\u00a0: {SUBJECT}\n",
    "Outlook, German": f"Von: {WHO}\nGesendet: Montag, 23. November 2026 20:00\nAn: Maria\nBetreff: {SUBJECT}\n",
    "Outlook, Spanish": f"De: {WHO}\nEnviado: lunes, 23 de noviembre de 2026 20:00\nPara: Maria\nAsunto: {SUBJECT}\n",
    "Outlook, Italian": f"Da: {WHO}\nInviato: lunedì 23 novembre 2026 20:00\nA: Maria\nOggetto: {SUBJECT}\n",
    "Outlook, Portuguese": f"De: {WHO}\nEnviada: segunda-feira, 23 de novembro de 2026\nPara: Maria\nAssunto: {SUBJECT}\n",
    "Outlook, Dutch": f"Van: {WHO}\nVerzonden: maandag 23 november 2026 20:00\nAan: Maria\nOnderwerp: {SUBJECT}\n",
    "Outlook, Japanese": f"差出人: {WHO}\n送信日時: 2026年11月23日 20:00\n宛先: Maria\n件名: {SUBJECT}\n",
    "Outlook, Russian": f"От: {WHO}\nОтправлено: 23 ноября 2026 г. 20:00\nКому: Maria\nТема: {SUBJECT}\n",
    "Outlook, old": f"-----Original Message-----\nFrom: {WHO}\nSent: Monday, {DAY}\nTo: M\nSubject: {SUBJECT}\n",
    "Outlook, old, French": f"-----Message d'origine-----\nDe : {WHO}\nEnvoyé : {DAY}\nÀ : M\nObjet : {SUBJECT}\n",
    "Samsung": f"-------- Original message --------\nFrom: {WHO}\nDate: {DAY} (GMT+01:00)\nTo: M\nSubject: {SUBJECT}\n",
    "QQ": f"------------------ 原始邮件 ------------------\n发件人: {WHO}\n发送时间: {DAY}\n收件人: M\n主题: {SUBJECT}\n",
    "Yahoo": "On Monday, November 23, 2026, 08:00:00 PM EST, Ana via Longtable <meetups@longtable.example> wrote:\n",
}


@pytest.mark.parametrize("introduction", INTRODUCTIONS.values(), ids=INTRODUCTIONS.keys())
@pytest.mark.parametrize("sent", [Sent(), SENT], ids=["nothing known", "letter known"])
def test_words_above_and_below_a_marked_quotation_stay_and_its_introduction_goes(introduction, sent):
    assert own_words(f"Yes, gladly.\n\n{introduction}\n{MARKED}", sent) == "Yes, gladly."
    assert own_words(f"Yes, gladly.\n{introduction}\n{MARKED}\nMaria", sent) == "Yes, gladly.\n\nMaria"
    assert own_words(f"{introduction}\n{MARKED}\nYes, gladly.\n", sent) == "Yes, gladly."


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS.keys())
@pytest.mark.parametrize("sent", [Sent(), SENT], ids=["nothing known", "letter known"])
def test_words_above_a_quotation_without_marks_stay(block, sent):
    assert own_words(f"Yes, gladly.\n\n{block}\n{LETTER}", sent) == "Yes, gladly."


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS.keys())
def test_answers_inside_and_below_a_quotation_without_marks_stay_where_the_letter_is_known(block):
    inside = LETTER.replace("\nBring", "\nThe second question, please!\nBring") + "\nWe are two.\n"

    assert own_words(f"{block}\n{inside}", SENT) == "The second question, please!\n\nWe are two."
    assert own_words(f"See below.\n\n{block}\n{inside}", SENT) == "See below.\n\nThe second question, please!\n\nWe are two."


def test_a_letter_is_known_again_whatever_marks_a_program_sets_and_wherever_it_breaks_lines():
    words = " ".join(LETTER.split()).split()
    rewrapped = "\n".join("Ana| " + " ".join(words[start : start + 9]) for start in range(0, len(words), 9))

    assert own_words(f"Yes!\n\n{rewrapped}\n\nMaria", SENT) == "Yes!\n\nMaria"


def test_answers_between_quoted_lines_keep_what_they_answer():
    text = "On 23/11/2026 20:00, Ana wrote:\n> Dear Maria,\n>\n> Two of you?\nYes.\n> And bread?\nGladly.\n> Ana\n"

    assert own_words(text, SENT) == "> Two of you?\nYes.\n> And bread?\nGladly."


LINES = [
    "On the way I will buy bread.",
    "On Monday, Nov 23, 2026 we met Ana at 8:00 and she wrote a poem: a good one.",
    "Le pain, je l'apporte. Et Paul a écrit : il vient aussi.",
    "Am 15.12.2026 um 19:00 komme ich, und Paul schrieb: er auch.",
    "El pan lo llevo yo, y Paul escribió: yo también.",
    "Il pane lo porto io.",
    "Op tijd ben ik er.",
    "From: seven to nine I can come. To: be honest, it is not sure.",
    "Starter: soup\nMain: stew\nDessert: plums, since 2026",
    "Name: Maria Rossi\nPhone: 416 555 0142\nMail: maria@elsewhere.example",
    "- bread\n- wine\n- a chair",
    "Best regards, and I bring\na salad.",
    "PS: Paul wrote:\nI come too.",
    "--- and then? ---",
    "> sign in maths: 3 > 2",
    "Sent from my heart, and from Ana's mobile kitchen too, with all the best of wishes from everybody here at home",
    ">From here it is an hour by train.",
    "You said at 7:30? Fine with us.",
    "Where: at Longtable\nWhen: 15.12.2026\nWho: the two of us",
    "What: Soup and one question\nWhen: 15.12.2026\nWho: the two of us",
    "On 15.12.2026 at Longtable we bring this:",
    ">:( no bread\n>_< no wine",
]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("sent", [Sent(), SENT], ids=["nothing known", "letter known"])
def test_a_line_that_looks_like_an_introduction_is_a_persons_own(line, sent):
    below = "" if line.startswith(">") and not line.startswith(">From") else f"\n\nOn 23/11/2026 20:00, {WHO} wrote:\n{MARKED}"

    assert own_words(f"Hello Ana,\n{line}\nMaria{below}", sent) == f"Hello Ana,\n{line}\nMaria"


def test_what_somebody_else_wrote_and_a_person_passes_on_stays():
    recipe = "From: Paul <paul@kitchen.example>\nSent: Monday, November 2, 2026\nTo: Maria\nSubject: Plums\n\nTake two pounds."

    assert own_words(f"This is what I bring:\n\n{recipe}", SENT) == f"This is what I bring:\n\n{recipe}"


def test_in_doubt_all_is_kept_rather_than_nothing():
    below = "I will come, and I bring a friend who plays the accordion.\nMaria"

    assert own_words(f"{BLOCKS['Outlook, English']}\n{below}", SENT) == below


def test_a_header_block_in_which_everybody_has_another_name_is_known_by_its_subject():
    block = f"From: Anna\nSent: Monday, {DAY}\nTo: maria@example.org\nSubject: {SUBJECT}\n"

    assert own_words(f"Yes.\n\n{block}\n{LETTER}", SENT) == "Yes."


def test_a_persons_own_words_about_what_they_quote_stay():
    text = "Hello Ana,\nPaul (paul@kitchen.example) asked me this:\n> Is there a stair?\nIs there?"

    assert own_words(text, SENT) == text


def test_words_below_an_introduction_whose_letter_was_deleted_stay():
    assert own_words(f"Yes.\n\n{BLOCKS['Yahoo']}\nAnd bread.", SENT) == "Yes.\n\nAnd bread."


def test_one_line_of_the_letter_left_in_is_enough_to_tell_the_answers_below():
    text = f"Yes.\n\n{BLOCKS['Outlook, French']}\n{LETTER.splitlines()[2]}\n" + "\n".join(
        f"Line {number}." for number in range(9)
    )

    assert own_words(text, SENT) == "Yes.\n\n" + "\n".join(f"Line {number}." for number in range(9))


def test_only_a_quotation_leaves_nothing():
    assert own_words(f"On 23/11/2026 20:00, {WHO} wrote:\n{MARKED}", SENT) == ""
    assert own_words(f"{BLOCKS['Outlook, English']}\n{LETTER}", SENT) == ""


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nMaria Rossi\n12 Elm Street",
        "Sent from my iPhone",
        "Envoyé de mon iPhone",
        "Von meinem iPhone gesendet",
        "Enviado desde mi Samsung Galaxy",
        "Inviato da Outlook per Android",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "iPhoneから送信",
    ],
)
def test_signature_goes_and_what_stands_below_the_quotation_stays(signature):
    text = f"Yes.\n\n{signature}\n\nOn 23/11/2026 20:00, {WHO} wrote:\n{MARKED}\nAnd two chairs."

    assert own_words(text, SENT) == "Yes.\n\nAnd two chairs."


@pytest.mark.parametrize(
    "text", ["Yes.\n--\nPS: we are two.", "Yes.\n--\nMaria", "-- \n" + "A line of mine.\n" * 13 + "The end."]
)
def test_what_is_not_surely_a_signature_stays(text):
    assert own_words(text) == text.replace("-- \n", "--\n")


def test_the_end_of_a_very_long_mail_is_read():
    assert own_words("> quoted\n" * 60_000 + "Yes, at the bottom.") == "Yes, at the bottom."


@pytest.mark.parametrize(
    "hostile",
    [
        "From: x\n" * 30_000,
        "On abc\n" * 30_000,
        "a:\n> b\n" * 30_000,
        "2026 @ x:\n" * 20_000,
        "On " * 60_000,
        " \n" * 100_000,
        "> " * 90_000,
        "-" * 200_000,
        "--\n" * 60_000,
        "-- \n" * 60_000,
        ("x" * 39 + "\n") * 5_000,
        "On 2026 @\n" * 20_000 + "wrote:",
    ],
    ids=range(12),
)
def test_what_is_made_to_take_for_ever_does_not(hostile):
    began = time.monotonic()

    own_words(hostile, Sent(NAMES, SENT.title, SENT.letters * 50, SENT.letters))

    assert time.monotonic() - began < 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes.\n\nOn Mon, Nov 23, 2026 at 8:00 PM Ana via Longtable\n<meetups@x.org> wrote:\n\n> Dear", "Yes."),
        ("Yes.\n\n-----Original Message-----\nFrom: Ana", "Yes."),
        ("Yes.\n-- \nMaria\n12 Elm Street", "Yes."),
        ("Yes.\n> Dear Maria\n> come\n", "Yes."),
        ("> quoted\nYes, below.", "> quoted\nYes, below."),
        ("\u202eYes\x00\r\nno", "Yes\nno"),
        ("x" * 5_000, "x" * 3_999 + "…"),
        ("On the way I will buy bread.", "On the way I will buy bread."),
    ],
)
def test_words_are_what_stands_above_the_quoted_letter(text, expected):
    assert own_words(text) == expected


# What no letter holds, so that each is found again.
OWN = [
    "I bring the plums.",
    "On the way, at 8:00, I buy bread.",
    "Le pain: à moi.",
    "We are two:",
    "ご飯を持って行きます。",
    "- soup",
    "From me: yes.",
]
QUOTED = [
    "\n".join(LETTER.splitlines()[:4]),
    "\n".join(LETTER.splitlines()[2:7]),
    LETTER.strip(),
]
HEADS = [*INTRODUCTIONS.values(), *BLOCKS.values()]


def quoted(text: str, mark: str) -> str:
    return "".join(f"{mark}{line}\n" for line in text.splitlines())


@settings(max_examples=200, deadline=None)
@given(
    above=st.lists(st.sampled_from(OWN), max_size=2, unique=True),
    head=st.sampled_from(HEADS),
    parts=st.lists(st.tuples(st.sampled_from(QUOTED), st.sampled_from(OWN)), min_size=1, max_size=3),
    mark=st.sampled_from(["> ", ">", ">> ", "", "", "| ", "Ana> ", "::: ", "    "]),
)
def test_no_mixture_of_quoting_and_answers_loses_a_line_somebody_wrote(above, head, parts, mark):
    """Whatever stands above, between and below quoted lines, however they are marked, is handed on."""
    text = "\n".join([*above, "", head, *(f"{quoted(letter, mark)}\n{own}\n" for letter, own in parts)])

    found = own_words(text, SENT).splitlines()

    assert [line for line in [*above, *(own for _letter, own in parts)] if line not in found] == []
    assert not any("what people can change together" in line and not line.startswith(">") for line in found)
