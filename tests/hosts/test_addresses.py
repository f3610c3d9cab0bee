"""One form of each email address, made where it enters (R124)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hosts.forms import SignInForm
from hosts.mail.addresses import canonical_address, mailbox_of


@pytest.mark.parametrize(
    "spelling",
    [
        "Ana@Example.org", " ana@example.org ", "a\u00adna@example.org", "ana\u200b@example.org", "ana@exam\u2060ple.org",
        "ＡＮＡ＠ｅｘａｍｐｌｅ．ｏｒｇ", "\ufeffana@example.org", "ana@example.org\u200e", "a\ufe0fna@example.org",
    ],
)  # fmt: skip
def test_nine_spellings_of_an_address_are_one(spelling):
    assert canonical_address(spelling) == "ana@example.org"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("ana@straße.example", "ana@xn--strae-oqa.example"),
        ("ana@STRASSE.example", "ana@strasse.example"),
        ("ana@MÜNCHEN.example", "ana@xn--mnchen-3ya.example"),
        ("ana@例え。example", "ana@xn--r8jz45g.example"),
    ],
)
def test_a_domain_in_other_letters_is_what_is_sent_and_no_other_domain(typed, sent):
    assert canonical_address(typed) == sent


def test_a_text_that_is_no_address_is_refused_and_kept():
    form = SignInForm({"email": "ana at example"})

    assert "email" in form.errors
    assert form["email"].value() == "ana at example"


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_form_of_the_form_is_the_form(name, domain):
    once = canonical_address(f"{name}@{domain}")

    assert canonical_address(once) == once


def test_a_mailbox_is_never_empty():
    assert mailbox_of("+tag@example.org") == "+tag@example.org"
    assert mailbox_of("...@gmail.com") == "...@gmail.com"
