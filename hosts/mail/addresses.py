"""One form of each email address, made where it enters: stored, compared, limited, suppressed, signed in and mailed (R124)."""

import unicodedata

import idna
import regex

# Characters that nobody sees: soft hyphen, zero-width space, joiners, bidirectional controls, fillers, variation selectors.
INVISIBLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}]")
# All of these end in one mailbox at Google, which also ignores dots before the @.
GMAIL = {"gmail.com", "googlemail.com"}


def canonical_address(text: str | None) -> str:
    """Return the one form of an address: NFKC, without invisible characters, in lower case, the domain as it is sent.

    A domain in other letters becomes the ASCII form of IDNA 2008 (RFC 5891), in which "straße" and "strasse" are two domains.
    A text that is no address comes out cleaned as far as possible, for the validator to refuse. A second call changes nothing.
    """
    plain = unicodedata.normalize("NFKC", INVISIBLE.sub("", unicodedata.normalize("NFKC", text or ""))).strip()
    plain = unicodedata.normalize("NFKC", plain.lower())
    name, at, domain = plain.rpartition("@")
    if not at or domain.isascii():
        return plain
    try:
        return f"{name}@{idna.encode(domain, uts46=True).decode().lower()}"
    except idna.IDNAError:
        return plain


def mailbox_of(address: str) -> str:
    """Return what addresses that end in one mailbox have in common, for counting letters only and never for sending.

    Without the tag after a plus; at Gmail without dots too.
    """
    name, at, domain = canonical_address(address).rpartition("@")
    name = name.partition("+")[0] or name
    if domain in GMAIL:
        name, domain = name.replace(".", "") or name, "gmail.com"
    return f"{name}{at}{domain}"
