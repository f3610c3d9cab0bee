"""Bytes to text by the charset a message names, read as browsers read it (https://encoding.spec.whatwg.org). Pure functions.

Mail programs write labels of small character sets over text of larger ones: iso-8859-1 over windows-1252, gb2312 over GBK,
Shift_JIS over Microsoft's. The standard library takes them at their word and loses quotation marks, the euro sign and names.
"""

import codecs
import re

import webencodings

# Without a label, or with one that programs write when they do not know: UTF-8 where the bytes are that.
NOT_KNOWN = {"", "us-ascii", "ascii", "ansi_x3.4-1968", "unknown-8bit", "x-unknown", "unknown", "default", "8bit", "binary"}
# What browsers refuse and mail still comes in. No other codec of the standard library: some can be made to take minutes.
ONLY_IN_MAIL = {"utf-7", "unicode-1-1-utf-7", "utf-32", "iso-2022-kr", "hz-gb-2312", "johab", "cp437", "cp850", "cp852", "cp858"}
PYTHON_NAMES = {"unicode-1-1-utf-7": "utf-7", "hz-gb-2312": "hz", "gbk": "gb18030"}
EUC_SIGN = re.compile(rb"[\xa1-\xfe]{2}|\x8f[\xa1-\xfe]{2}|\x8e[\xa1-\xdf]|[\x00-\x7f]+|.", re.DOTALL)
# UTF-7 can hold half a letter, which nothing can write again.
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
JIS_RUN = re.compile(rb"\x1b(\([BJI]|\$[@B])([^\x1b]*)")
ROWS_BEFORE_HALFWIDTH, CELLS_BEFORE_DELETE = 62, 63


def decode(data: bytes, label: str | None) -> str:
    """Return the bytes as text. What cannot be read becomes U+FFFD; nothing raises."""
    name = (label or "").strip("\t\n\f\r \"'").lower()
    if name in NOT_KNOWN or data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _guess(data)
    encoding = webencodings.lookup(name)
    if encoding is not None and encoding.name == "iso-2022-jp":
        return _decode_jis(data)
    if encoding is not None and encoding.name == "euc-jp":
        return _decode_euc_jp(data)
    if encoding is not None and encoding.name != "replacement":
        python_name = PYTHON_NAMES.get(encoding.name)
        return data.decode(python_name, "replace") if python_name else encoding.codec_info.decode(data, "replace")[0]
    name = name.replace("_", "-")
    if name not in ONLY_IN_MAIL:
        return _guess(data)
    return LONE_SURROGATE.sub("\ufffd", data.decode(PYTHON_NAMES.get(name, name), "replace"))


def _guess(data: bytes) -> str:
    """Return UTF-8 where the bytes are that, also when they were cut within a letter; else windows-1252."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        was_cut = error.reason == "unexpected end of data" and not data[: error.start].isascii()
        return data[: error.start].decode("utf-8-sig") if was_cut else data.decode("cp1252", "replace")


def _decode_jis(data: bytes) -> str:
    """Return ISO-2022-JP as text, with the signs of NEC and IBM that its standard lacks and every mail program writes."""
    try:
        return data.decode("iso2022_jp_ext")
    except UnicodeDecodeError:
        pass
    head, _escape, _rest = data.partition(b"\x1b")
    text = [head.decode("ascii", "replace")]
    for escape, run in JIS_RUN.findall(data):
        if escape.startswith(b"$"):
            text.append(_jis_to_shift_jis(run).decode("cp932", "replace"))
        elif escape == b"(I":
            text.append(bytes(byte | 0x80 for byte in run).decode("cp932", "replace"))
        else:
            text.append(run.decode("ascii", "replace"))
    return "".join(text)


def _decode_euc_jp(data: bytes) -> str:
    """Return EUC-JP as text, with the same signs."""
    try:
        return data.decode("euc_jp")
    except UnicodeDecodeError:
        return "".join(map(_decode_euc_sign, EUC_SIGN.findall(data)))


def _decode_euc_sign(sign: bytes) -> str:
    if len(sign) == 2 and sign[0] >= 0xA1:
        return _jis_to_shift_jis(bytes(byte & 0x7F for byte in sign)).decode("cp932", "replace")
    return sign.decode("euc_jp", "replace")


def _jis_to_shift_jis(run: bytes) -> bytes:
    """Return two-byte JIS as Shift_JIS: the same rows and cells, packed two rows to a lead byte. Line ends stay."""
    packed = bytearray()
    place = 0
    while place < len(run):
        pair = run[place : place + 2]
        if len(pair) < 2 or not all(0x21 <= byte <= 0x7E for byte in pair):
            packed.append(run[place])
            place += 1
            continue
        row, cell = pair[0] - 0x21, pair[1] - 0x21
        packed.append((row >> 1) + (0x81 if row < ROWS_BEFORE_HALFWIDTH else 0xC1))
        packed.append(cell + (0x9F if row % 2 else 0x40 if cell < CELLS_BEFORE_DELETE else 0x41))
        place += 2
    return bytes(packed)
