"""Texts to share by: within each network's limit whatever was said, a guest's sentence whole or not at all."""

import grapheme
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some
from twitter_text import parse_tweet

from meetups.sharing.share_texts import bluesky_length, make_share_texts, mastodon_length, shorten_by, x_length

LINK = "https://tables.example.org/recaps/transforming-power-november-2026-0123abcd/"
SAID = "A table in Toronto, Ontario, November 2026"
PIECES = [
    *["word ", "Łódź ", "кто ", "Ποιος ", "من ", "מי ", "誰が", "谁", "누가 ", "कौन ", "ใคร", "e\u0301", "é", "ﬁ", "ß", "İ"],
    *["\U0001f372", "👩‍👩‍👧‍👦", "🇨🇦", "🇦🇦", "👍🏽", "1️⃣", "☎️", "👩‍💻‍👩", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\u200d", "\ufe0f", "\U0001f3fd", "Z̸̡̢̛̘͔͕"],
    *[
        "example.org ",
        "a.co",
        "http://a.co ",
        "https://example.org/a?b=c ",
        "@ana@example.org ",
        "#one ",
        "3.5",
        "…",
        "“",
        "\n",
        "\t",
    ],
]
words = some.one_of(some.lists(some.sampled_from(PIECES), max_size=120).map("".join), some.text(max_size=300))
QUICK = settings(max_examples=150, deadline=None)


def texts_of(question: str, sentences: list[str], said_of: str = SAID) -> dict:
    made = make_share_texts(question=question, sentences=sentences, said_of=said_of, link=LINK)
    return {text.key: text for text in made}


@QUICK
@given(words, some.lists(words, max_size=4), some.sampled_from([SAID, "東京の食卓、2026年11月", "مائدة في بيروت"]))
def test_no_text_is_longer_than_its_network_takes_and_each_ends_with_the_link(question, sentences, said_of):
    texts = texts_of(question, sentences, said_of)

    for text in texts.values():
        assert text.text.endswith(LINK)
        assert text.length <= text.limit or text.key == "email"
    assert grapheme.length(texts["bluesky"].text) <= 300
    assert len(texts["bluesky"].text.encode()) <= 3000
    assert grapheme.length(texts["mastodon"].text) - len(LINK) + 23 <= 500
    assert parse_tweet(texts["x"].text).weightedLength <= 280
    assert len(texts["email"].subject) <= 78
    assert "\n" not in texts["email"].subject


@QUICK
@given(words)
@example("İhttps://example.org/a?b=c ")
def test_we_count_for_x_what_x_counts_or_more(text):
    assert x_length(text) >= parse_tweet(text).weightedLength


@pytest.mark.parametrize(
    "text",
    [
        "Who decides here?",
        "Кто решает?",
        "誰が決めるのか",
        f"“One sentence.”\n\n{LINK}",
        "naïve — “façade”…",
        "Soup \U0001f372",
        "من يقرر؟",
    ],
)
def test_for_ordinary_words_we_count_exactly_as_x(text):
    assert x_length(text) == parse_tweet(text).weightedLength


def test_lengths_are_those_of_the_networks():
    family = "👩‍👩‍👧‍👦"

    assert mastodon_length(f"{family} {LINK}") == 1 + 1 + 23
    assert bluesky_length(f"{family} {LINK}") == 1 + 1 + len(LINK)
    assert x_length(f"誰 {LINK}") == 2 + 1 + 23


def test_sentence_of_a_guest_stands_whole_or_not_at_all():
    sentence = "This is what I will tell my sister. " * 7
    texts = texts_of("Who decides here?", [sentence])

    quoted = {key for key, text in texts.items() if "my sister" in text.text}

    assert quoted == {"mastodon", "facebook", "linkedin", "whatsapp", "email", "x"} - {"x"}
    assert all(f"“{sentence.strip()}”" in texts[key].text for key in quoted)


def test_long_question_is_cut_between_words_with_three_dots():
    texts = texts_of("wonder " * 42, [])

    first = texts["x"].text.partition("\n")[0]
    assert first.endswith("wonder…")
    assert 240 < texts["x"].length <= 280


def test_short_recap_says_question_sentence_place_and_link():
    assert texts_of("Who decides?", ["We do."])["bluesky"].text == f"Who decides?\n\n“We do.”\n\n{SAID}\n\n{LINK}"


def test_long_texts_take_three_sentences_at_most_and_end_with_a_question():
    text = texts_of("Who decides?", [f"Word {number}." for number in range(9)])["linkedin"].text

    assert text.count("“Word") == 3
    assert text.endswith(f"What would your table say?\n\n{LINK}")


def test_letter_opens_with_subject_and_text():
    email = texts_of("Who & what? 100 %", ["We do."])["email"]

    assert email.mailto.startswith("mailto:?subject=Who%20%26%20what%3F%20100%20%25&body=Who%20%26")
    assert len(email.mailto) < 2000


def test_nothing_fits_leaves_nothing():
    assert shorten_by(lambda text: False, "Who decides?") == ""
