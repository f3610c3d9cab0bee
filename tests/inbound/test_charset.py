"""Charset labels as browsers read them: what programs write over a label is more than the label says."""

import codecs

import pytest

from meetups.inbound.charset import decode

ZOE = "Zoë’s “naïve” café – 5 €"


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        (ZOE, "cp1252", "iso-8859-1"),
        (ZOE, "cp1252", "ISO-8859-1"),
        (ZOE, "cp1252", "latin1"),
        ("Şule’nin “ğ”", "cp1254", "iso-8859-9"),
        ("朱镕基", "gbk", "gb2312"),
        ("朱镕基 𠮷", "gb18030", "gbk"),
        ("①髙﨑さん", "cp932", "Shift_JIS"),
        ("①髙﨑さん", "cp932", "x-sjis"),
        ("日本語", "iso2022_jp", "iso-2022-jp"),
        ("ﾃｽﾄ", "iso2022_jp_ext", "iso-2022-jp"),
        ("日本語", "euc_jp", "euc-jp"),
        ("똠방", "cp949", "ks_c_5601-1987"),
        ("똠방", "cp949", "euc-kr"),
        ("안녕", "iso2022_kr", "iso-2022-kr"),
        ("漢字", "big5", "big5"),
        ("你好", "hz", "hz-gb-2312"),
        ("שלום", "iso8859-8", "iso-8859-8-i"),
        ("Привет", "koi8-r", "koi8-r"),
        ("Привет", "cp1251", "windows-1251"),
        ("สวัสดี", "cp874", "tis-620"),
        ("Zoë", "utf-7", "utf-7"),
        ("Zoë", "cp850", "cp850"),
        ("Zoë", "utf-8", "us-ascii"),
        ("Zoë", "cp1252", "us-ascii"),
        ("Zoë", "utf-8", None),
        ("Zoë", "utf-8", "no-such-charset"),
        ("Zoë", "utf-8", ' "UTF-8" '),
    ],
)
def test_a_text_is_read_by_what_its_label_means(text, codec, label):
    assert decode(text.encode(codec), label) == text


def test_signs_that_the_japanese_standard_lacks_are_read_all_the_same():
    in_jis = b"\x1b$B\x2d\x21\x7c\x62\x1b(B ok \x1b(I\x31\x1b(B"
    in_euc = b"\xad\xa1\xc6\xfc ok \x8e\xb1"

    assert decode(in_jis, "iso-2022-jp") == "①髙 ok ｱ"
    assert decode(in_euc, "euc-jp") == "①日 ok ｱ"


def test_a_byte_order_mark_outranks_the_label():
    assert decode("Zoë".encode("utf-8-sig"), "iso-8859-1") == "Zoë"
    assert decode(codecs.BOM_UTF16_BE + "Zoë".encode("utf-16-be"), "utf-8") == "Zoë"


def test_a_text_cut_within_a_letter_is_still_utf_8():
    assert decode("Zoë’".encode()[:-1], None) == "Zoë"
    assert decode(b"Zo\xeb", None) == "Zoë"


@pytest.mark.parametrize(
    "label", ["idna", "punycode", "unicode_escape", "rot13", "base64", "undefined", "utf-8\0", "a" * 9_999, "ß"]
)
def test_a_label_that_is_no_charset_is_not_obeyed(label):
    assert decode(b"\\u0041 xn--a \xff", label) == "\\u0041 xn--a ÿ"


@pytest.mark.parametrize(
    "label", ["iso-2022-jp", "euc-jp", "gbk", "utf-7", "shift_jis", "big5", "utf-16", "iso-2022-kr", "utf-32"]
)
def test_broken_bytes_raise_nothing(label):
    for data in [b"\x1b$B\xff\xfe\x21", b"\x8f", b"\xff" * 7, bytes(range(256)) * 3, b"\x1b" * 9, b"+////-", b"+2AA-"]:
        assert "\ud800" not in decode(data, label).encode().decode()
