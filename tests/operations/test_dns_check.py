"""What `checkmail` says of a domain, asked of a name server and a relay on loopback."""

import pytest
from django.core.management import CommandError, call_command

from meetups.operations.dns_check import Names, NoAnswer, dkim, dmarc, mx, ptr, spf
from tests import smtpsink
from tests.nameserver import NameServer
from tests.smtpsink import free_port

KEY = "A" * 392
GOOD = {
    ("example.org", "TXT"): ['"some-verification=1"', '"v=spf1 include:relay.example.net " "-all"'],
    ("s1._domainkey.example.org", "TXT"): [f'"v=DKIM1; k=rsa; p={KEY[:200]}" "{KEY[200:]}"'],
    ("_dmarc.example.org", "TXT"): ['"v=DMARC1; p=quarantine"'],
    ("relay.example.net", "A"): ["8.8.8.8"],
    ("8.8.8.8.in-addr.arpa", "PTR"): ["relay.example.net."],
    ("in.example.org", "MX"): ["10 mx.example.org."],
}


@pytest.fixture
def server():
    with NameServer(dict(GOOD)) as server:
        yield server


@pytest.fixture
def names(server):
    return Names(server.address)


@pytest.fixture(autouse=True)
def domain(settings):
    settings.MAIL_FROM, settings.MAIL_DOMAIN, settings.DKIM_SELECTOR = "meetups@example.org", "example.org", ""
    settings.INBOUND_IS_SET_UP = False


def set_txt(server, name: str, *records: str) -> None:
    server.zone[(name, "TXT")] = [f'"{record}"' for record in records]


def test_a_domain_that_is_set_up_is_well(names):
    assert [spf(names, "example.org").verdict, dmarc(names, "example.org").verdict] == ["good", "good"]
    assert dkim(names, "example.org", "s1").verdict == "good"
    assert ptr(names, "relay.example.net").verdict == "good"
    assert mx(names, "in.example.org").verdict == "good"


@pytest.mark.parametrize(
    ("records", "words"),
    [
        (["nothing to see"], "no TXT record that begins with v=spf1"),
        (["v=spf1 -all", "v=spf1 a -all"], "has 2 SPF records"),
        (["v=spf1 +all"], "lets the whole world send"),
        (["v=spf1 a ?all"], "says nothing about others"),
        (["v=spf10 -all"], "no TXT record that begins with v=spf1"),
    ],
)
def test_spf_that_does_not_hold_is_said(server, names, records, words):
    set_txt(server, "example.org", *records)

    finding = spf(names, "example.org")

    assert (finding.verdict, words in finding.words) == ("bad", True)


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("v=DKIM1; p=", "was taken back"),
        ("v=DKIM1; p=AAAA", "too short"),
        ("v=DKIM1; p=!!!", "cannot be read"),
        (f"v=DKIM1; t=y; p={KEY[:200]}{'A' * 20}", "marked as a test"),
        ("something else", "no key at"),
    ],
)
def test_a_dkim_key_that_does_not_hold_is_said(server, names, record, words):
    set_txt(server, "s1._domainkey.example.org", record)

    finding = dkim(names, "example.org", "s1")

    assert (finding.verdict, words in finding.words) == ("bad", True)


def test_without_a_selector_dkim_is_not_guessed(names):
    assert dkim(names, "example.org", "").verdict == "unknown"


def test_a_parents_dmarc_counts_for_its_children(names):
    assert dmarc(names, "tables.example.org").verdict == "good"
    assert dmarc(names, "example.net").verdict == "bad"


def test_dmarc_without_a_policy_is_said(server, names):
    set_txt(server, "_dmarc.example.org", "v=DMARC1; rua=mailto:a@example.org")

    assert dmarc(names, "example.org").verdict == "bad"


def test_a_relay_whose_address_leads_elsewhere_is_said(server, names):
    server.zone[("8.8.8.8.in-addr.arpa", "PTR")] = ["other.example.net."]

    assert "does not lead to 8.8.8.8" in ptr(names, "relay.example.net").words
    assert ptr(names, "nowhere.example.net").verdict == "bad"
    assert ptr(names, "127.0.0.1").verdict == "unknown"


def test_a_name_server_that_does_not_answer_is_no_verdict(monkeypatch):
    monkeypatch.setattr("meetups.operations.dns_check.SECONDS", 0.3)

    with pytest.raises(NoAnswer):
        Names(f"127.0.0.1:{free_port()}").ask("example.org", "TXT")


def test_checkmail_says_plainly_that_the_dns_cannot_be_reached(settings, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("meetups.operations.dns_check.SECONDS", 0.3)
    settings.MAIL_IS_FILES, settings.MAIL_DIR = True, tmp_path

    call_command("checkmail", "--selector", "s1", "--dns", f"127.0.0.1:{free_port()}")

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Letters come from meetups@example.org."
    assert [line.split(".")[0] for line in lines[1:]] == [
        "SPF: unknown",
        "DKIM: unknown",
        "DMARC: unknown",
        "PTR: unknown",
        "TLS: unknown",
    ]
    assert "No name server answered" in lines[1]


def test_checkmail_sends_a_test_letter_and_fails_when_something_is_not_well(settings, server, capsys):
    set_txt(server, "_dmarc.example.org", "nothing")
    with smtpsink.Sink() as sink:
        settings.MAIL_IS_FILES = False
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 2
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""

        with pytest.raises(CommandError, match="1 of these need your hand"):
            call_command("checkmail", "you@example.net", "--selector", "s1", "--dns", server.address)

        [received] = sink.to("you@example.net")
    assert received.mail_from == "meetups@example.org"
    said = capsys.readouterr().out
    assert "SPF: well. v=spf1 include:relay.example.net -all" in said
    assert "DMARC: not well." in said
    assert "TLS: well. The relay is on this machine" in said


def test_checkmail_says_what_the_relay_said(settings, server, capsys):
    with smtpsink.Sink(smtpsink.REFUSE_RECIPIENT) as sink:
        settings.MAIL_IS_FILES = False
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 2
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""

        with pytest.raises(CommandError, match="RCPT 550 5.1.1 No such person here"):
            call_command("checkmail", "you@example.net", "--selector", "s1", "--dns", server.address)


def test_checkmail_looks_at_the_domain_that_bounces_come_back_to(settings, server, capsys, tmp_path):
    settings.MAIL_IS_FILES, settings.MAIL_DIR = True, tmp_path
    settings.INBOUND_IS_SET_UP, settings.INBOUND_DOMAIN = True, "in.example.org"

    with pytest.raises(CommandError):
        call_command("checkmail", "--selector", "s1", "--dns", server.address)

    said = capsys.readouterr().out
    assert "MX: well. in.example.org is received by 10 mx.example.org." in said
    assert "SPF of bounces: not well." in said


def test_checkmail_refuses_what_is_no_address():
    with pytest.raises(CommandError, match="is not an email address"):
        call_command("checkmail", "you")
