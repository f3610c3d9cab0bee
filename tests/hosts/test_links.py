"""What reads as a web address, and what only looks a little like one (R89, R125)."""

import pytest

from hosts.links import find_link, replace_links


@pytest.mark.parametrize(
    "text",
    [
        "bit.ly/x", "evil.app/win", "t.me/prize", "evil.de/x", "EVIL.DE", "Come to evil。de tonight", "evil[.]de",
        "evil (dot) de", "http:x", "hxxps://a",
        "www.anything", "пример.рф", "192.168.1.1/login", "ev\u00adil.com", "e\u200bvil.com", "evil.com.",
        "data:text/html,x", "ｅｖｉｌ．ａｐｐ", "me@evil.app",
    ],
)  # fmt: skip
def test_a_web_address_is_found(text):
    assert find_link(text)


@pytest.mark.parametrize(
    "text",
    [
        "7.30 p.m.", "U.S.A.", "e.g. soup", "Dr. Who", "St. John's", "1.5 l of wine", "No. 5", "soup. It is good.", "Ph.D.",
        "J.R.R. Tolkien", "20.12.2026", "19.30", "a.k.a.", "…", "2nd ed.", "v1.2.3", "Ana & Li", "Nr.5", "",
    ],
)  # fmt: skip
def test_what_people_write_is_none(text):
    assert find_link(text) == ""


def test_only_the_word_with_the_link_is_replaced():
    assert replace_links("Soup at seven\nand see evil.app/win for more") == "Soup at seven\nand see […] for more"


def test_a_link_spread_over_words_takes_its_line():
    assert replace_links("Soup at seven\ngo to evil (dot) de") == "Soup at seven\n[…]"
