"""Settings come from the environment; a bad value stops the start with one sentence."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from config.envfile import read_env_file

ROOT = Path(__file__).resolve().parent.parent
READERS = [
    ROOT / "config" / "settings.py",
    ROOT / "config" / "environment.py",
    ROOT / "script" / "server",
    ROOT / "script" / "_setup.py",
]
READ = re.compile(r"""(?:env\.\w+|environ\.get|env\.get|whole_number|yes_or_no|secret|web_server)\(\s*"([A-Z][A-Z0-9_]+)\"""")
OFFERED = re.compile(r"^#?([A-Z][A-Z0-9_]+)=", re.MULTILINE)
A_KEY = "not-a-secret-but-long-enough-for-a-test-0123456789"
KEYS = dict.fromkeys(["SECRET_KEY", "LINK_KEYS", "FACTOR_KEYS"], A_KEY)
REACHABLE = "BIND or PUBLIC_URL can be reached from other machines, but EMAIL_URL is not set."


def check(**variables: str) -> subprocess.CompletedProcess:
    """Run `manage.py check` with nothing but these variables set."""
    env = (
        {
            "PATH": os.environ["PATH"],
            "ENV_FILE": os.devnull,
        }
        | KEYS
        | variables
    )
    return subprocess.run([sys.executable, "manage.py", "check"], cwd=ROOT, env=env, capture_output=True, text=True)


def test_env_example_has_every_variable_that_is_read_and_no_other():
    read = {name for path in READERS for name in READ.findall(path.read_text())} | KEYS.keys()

    offered = set(OFFERED.findall((ROOT / ".env.example").read_text()))

    assert offered == read


def test_env_example_is_understood_and_sets_nothing():
    assert read_env_file(ROOT / ".env.example") == {}


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PORT": "abc"}, "PORT must be a whole number from 1 to 65535, not 'abc'."),
        ({"PORT": "70000"}, "PORT must be a whole number from 1 to 65535, not '70000'."),
        ({"PUBLIC_URL": "foo"}, "PUBLIC_URL must look like https://example.org, without a path, not 'foo'."),
        ({"PUBLIC_URL": "https://example.org:x"}, "PUBLIC_URL is not a URL: its host or port cannot be read."),
        ({"REDIS_URL": "http://"}, "REDIS_URL must look like redis://host:6379/0."),
        (
            {"REDIS_URL": "rediss://r.example?ssl_cert_reqs=none"},
            "REDIS_URL begins with rediss://, so the",
        ),
        ({"REDIS_URL": "rediss://r.example?ssl_check_hostname=false"}, "REDIS_URL begins with rediss://, so the"),
        ({"REDIS_URL": "rediss://r.example?ssl_ca_certs=/no/ca.pem"}, "REDIS_URL: there is no file /no/ca.pem (ssl_ca_certs)."),
        (
            {"REDIS_URL": "redis://r.example?ssl_ca_certs=/no/ca.pem"},
            "REDIS_URL has ssl_ca_certs, but does not begin",
        ),
        ({"EHLO_NAME": "my tables"}, "EHLO_NAME must be the name of a host, like tables.example.org, not 'my tables'."),
        ({"DATABASE_URL": "mysql://ana@localhost/table"}, "DATABASE_URL must begin with postgres://"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL must"),
        ({"EMAIL_URL": "nonsense"}, "EMAIL_URL must look like smtp+tls://user:password@relay.example.org:587"),
        ({"EMAIL_URL": "smtp://localhost:mail"}, "EMAIL_URL is not a URL: its host or port cannot be read."),
        ({"EMAIL_TIMEOUT": "600"}, "EMAIL_TIMEOUT must be a whole number from 1 to 60, not '600'."),
        ({"BIND": "0.0.0.0"}, REACHABLE),
        ({"PUBLIC_URL": "https://example.org"}, REACHABLE),
        ({"PUBLIC_URL": "https://example.org", "EMAIL_URL": "smtp://localhost", "TEST_CLOCK_FILE": "x"}, "TEST_CLOCK_FILE moves"),
        ({"PUBLIC_URL": "https://example.org", "EMAIL_URL": "smtp://localhost"}, "PUBLIC_URL begins with https, but"),
        ({"MAIL_FROM": "two words"}, "MAIL_FROM must be one plain address of your own domain"),
        ({"RELAY_PER_MINUTE": "-1"}, "RELAY_PER_MINUTE must be a whole number from 0 to 100000"),
        ({"METRICS_TOKEN": "short"}, "METRICS_TOKEN is too short"),
        ({"INBOUND_SECRET": "short"}, "INBOUND_SECRET stands in the address /inbound/<secret>/: at least 32"),
        ({"INBOUND_SECRET": "with/slashes" * 5}, "INBOUND_SECRET stands in the address"),
        ({"INBOUND_IMAP_URL": "imap://ana:pw@mail.example.org/INBOX"}, "INBOUND_IMAP_URL must look like imaps://"),
        ({"INBOUND_IMAP_URL": "nonsense"}, "INBOUND_IMAP_URL must look like imaps://"),
        (
            {"PUBLIC_URL": "https://example.org", "EMAIL_URL": "smtp://localhost", "WEBHOOK_TEST_PORT": "9"},
            "WEBHOOK_TEST_PORT lets webhooks reach this machine",
        ),
        ({"BOOK_LOOKUP_URL": "http://books.example.org"}, "BOOK_LOOKUP_URL must look like https://openlibrary.org"),
        ({"BOOK_LOOKUP_URL": "file:///etc/passwd"}, "BOOK_LOOKUP_URL must look like https://openlibrary.org"),
        ({"MAIL_PROVIDER": "pigeons"}, "MAIL_PROVIDER must be brevo or mailgun, not 'pigeons'."),
        ({"MAIL_PROVIDER": "brevo"}, "MAIL_EVENTS_SECRET stands in the address /inbound/<secret>/events/"),
        ({"MAIL_PROVIDER": "mailgun", "MAIL_EVENTS_SECRET": "s" * 32}, "MAIL_EVENTS_KEY is not set"),
        ({"INBOUND_DOMAIN": "me@example.org"}, "INBOUND_DOMAIN must be the part after the @ alone"),
        ({"SITE_NAME": "Tables, Chairs"}, "SITE_NAME stands in the From line of letters"),
        ({"DEBUG": "perhaps"}, "DEBUG must be 1 or 0, not 'perhaps'."),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not 'LOUD'."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too short: it needs at least 32 random characters."),
        ({"LINK_KEYS": f"{A_KEY},{A_KEY}@2027-02-30"}, "A key in LINK_KEYS ends on '2027-02-30', which is no day"),
        ({"LINK_KEYS": f"{A_KEY}@2027-01-31"}, "The first key in LINK_KEYS signs new links, so it cannot have an end"),
        ({"LINK_KEYS": f"{A_KEY},short"}, "Every key in LINK_KEYS needs at least 32 random characters"),
        ({"FACTOR_KEYS": f"{A_KEY},short"}, "Every key in FACTOR_KEYS needs at least 32 random characters"),
        ({"FACTOR_KEYS": ""}, "FACTOR_KEYS is not set and "),
    ],
)
def test_bad_value_stops_the_start_with_a_sentence(tmp_path, variables, sentence):
    done = check(VAR_DIR=str(tmp_path), **variables)

    assert done.returncode == 2
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_missing_key_is_said_and_where_it_comes_from(tmp_path):
    done = check(VAR_DIR=str(tmp_path), SECRET_KEY="")

    assert done.returncode == 2
    assert done.stderr == (
        f"SECRET_KEY is not set and {tmp_path}/secret_key does not exist. "
        "Start with script/server, which makes it, or set SECRET_KEY.\n"
    )


def test_password_of_a_bad_url_is_not_shown(tmp_path):
    done = check(VAR_DIR=str(tmp_path), EMAIL_URL="smtq://ana:hunter2@relay.example.org", DATABASE_URL="mysql://ana:hunter2@db/x")

    assert done.returncode == 2
    assert "hunter2" not in done.stderr


def test_good_values_are_taken(tmp_path):
    variables = {"PUBLIC_URL": "https://example.org", "EMAIL_URL": "smtp://127.0.0.1:2525", "BIND": "0.0.0.0", "PORT": "9001"}
    variables["TRUSTED_PROXIES"] = "1"

    done = check(VAR_DIR=str(tmp_path), **variables)

    assert (done.returncode, done.stderr) == (0, "")


def test_env_file_fills_what_the_environment_leaves_out(tmp_path):
    file = tmp_path / "env"
    file.write_text("PORT=abc\n")

    from_file = check(VAR_DIR=str(tmp_path), ENV_FILE=str(file))
    from_environment = check(VAR_DIR=str(tmp_path), ENV_FILE=str(file), PORT="9001")

    assert from_file.stderr == "PORT must be a whole number from 1 to 65535, not 'abc'.\n"
    assert from_environment.returncode == 0


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("KEY=value", "value"),
        ("  KEY = value  ", "value"),
        ("export KEY=value", "value"),
        ("KEY=", ""),
        ("KEY=value # a comment", "value"),
        ("KEY=# a comment", ""),
        ("KEY=pass#word", "pass#word"),
        ("KEY='two words # and this'  # a comment", "two words # and this"),
        ('KEY="a \\"quoted\\" word"', 'a "quoted" word'),
        ("KEY=postgres://ana:a=b@db/x?sslmode=require", "postgres://ana:a=b@db/x?sslmode=require"),
    ],
)
def test_env_file_is_read_as_a_person_writes_it(tmp_path, line, value):
    file = tmp_path / "env"
    file.write_text(f"# first a comment\n\n{line}\n")

    assert read_env_file(file) == {"KEY": value}


@pytest.mark.parametrize("line", ["KEY", "two words=1", "KEY='not closed", 'KEY="not closed', "KEY='a' b"])
def test_env_file_names_the_line_it_cannot_read_and_not_its_text(tmp_path, line):
    file = tmp_path / "env"
    file.write_text(f"OTHER=1\n{line}\n")

    with pytest.raises(ValueError) as refusal:
        read_env_file(file)

    assert str(refusal.value) == f"Line 2 of {file} is not KEY=value."
