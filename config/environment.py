"""Functions that read values from the environment or `.env` for the settings; a bad one stops the start with a sentence."""

import ipaddress
import os
import re
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from config.envfile import read_env_file

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
try:
    # The environment wins over the file. ENV_FILE names another one, or none (/dev/null).
    for _name, _value in read_env_file(Path(os.environ.get("ENV_FILE") or BASE_DIR / ".env")).items():
        os.environ.setdefault(_name, _value)
except ValueError as _error:
    raise ImproperlyConfigured(str(_error)) from _error

LOOPBACK_NAMES = {"localhost", "localhost.localdomain"}


def is_loopback(host: str) -> bool:
    """Tell whether a host name or IP address stays on this machine."""
    if host in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def refuse(sentence: str) -> NoReturn:
    """Stop the start with a sentence that says what to do. Raises ImproperlyConfigured."""
    raise ImproperlyConfigured(sentence)


def whole_number(name: str, default: int, low: int, high: int) -> int:
    """Read a whole number between low and high."""
    raw = env.str(name, default="") or str(default)
    if not raw.isdecimal() or not low <= int(raw) <= high:
        refuse(f"{name} must be a whole number from {low} to {high}, not {raw!r}.")
    return int(raw)


def yes_or_no(name: str, default: bool) -> bool:
    """Read a switch written 1/0, true/false, yes/no or on/off."""
    raw = env.str(name, default="").strip().lower() or ("1" if default else "0")
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    refuse(f"{name} must be 1 or 0, not {raw!r}.")


def split_url(name: str, url: str) -> SplitResult:
    """Split a URL; an invalid one is refused without showing it, because it may contain a password."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        refuse(f"{name} is not a URL: its host or port cannot be read.")
    return parts


def secret(name: str, folder: Path, minimum: int = 32) -> str:
    """Read a secret from the environment, or from the file of that name in the folder, which script/server makes (mode 600)."""
    value = env.str(name, default="")
    file = folder / name.lower()
    if not value and file.exists():
        value = file.read_text().strip()
    if not value:
        refuse(f"{name} is not set and {file} does not exist. Start with script/server, which makes it, or set {name}.")
    if len(value) < minimum:
        refuse(f"{name} is too short: it needs at least {minimum} random characters.")
    return value


def key_list(name: str, raw: str) -> list[str]:
    """Return the keys of `key,key,…`, the newest first."""
    keys = [key for key in (part.strip() for part in raw.split(",")) if key]
    if any(len(key) < 32 for key in keys):
        refuse(f"Every key in {name} needs at least 32 random characters; separate them by commas, the newest first.")
    return keys


def link_keys(raw: str) -> tuple[list[str], dict[str, datetime]]:
    """Return the keys of emailed links in their order, and the moment (UTC) at which some of them end.

    `raw` is `key,key@2027-01-31,…`, the newest first; a key with a day opens links until the end of that day.
    """
    keys: list[str] = []
    until: dict[str, datetime] = {}
    for entry in filter(None, (part.strip() for part in raw.split(","))):
        key, _at, day = entry.rpartition("@") if re.search(r"@[0-9-]+$", entry) else (entry, "", "")
        keys.append(key)
        if day:
            try:
                until[key] = datetime.combine(date.fromisoformat(day), time.max, UTC)
            except ValueError:
                refuse(f"A key in LINK_KEYS ends on {day!r}, which is no day; write it like @2027-01-31.")
    if keys and keys[0] in until:
        refuse("The first key in LINK_KEYS signs new links, so it cannot have an end; put a new key before it.")
    if any(len(key) < 32 for key in keys):
        refuse("Every key in LINK_KEYS needs at least 32 random characters; separate them by commas, the newest first.")
    return keys, until


def ehlo_name(name: str, host: str) -> str:
    """Return how we call ourselves in EHLO: a host name in ASCII, or an address in brackets (RFC 5321 section 4.1.3)."""
    bare = host.strip("[]")
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        pass
    else:
        return f"[{bare}]" if address.version == 4 else f"[IPv6:{bare}]"
    try:
        ascii_name = host.encode("idna").decode()
    except UnicodeError:
        ascii_name = ""
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?", ascii_name):
        refuse(f"{name} must be the name of a host, like tables.example.org, not {host!r}.")
    return ascii_name


def redis_tls(name: str, url: str) -> tuple[str, dict[str, Any]]:
    """Return a Redis URL without its options for TLS, and these options for redis-py; none where it is not `rediss://`.

    `rediss://` means that certificate and host name are verified. `ssl_ca_certs`, `ssl_certfile` and `ssl_keyfile` name files;
    every other option for TLS would weaken that and is refused.
    """
    parts = split_url(name, url)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    tls = {option: value for option, value in given.items() if option.startswith("ssl")}
    if parts.scheme != "rediss":
        if tls:
            refuse(f"{name} has {next(iter(tls))}, but does not begin with rediss://, so nothing would be encrypted.")
        return url, {}
    for option, value in tls.items():
        if option not in {"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"}:
            refuse(
                f"{name} begins with rediss://, so the certificate is verified, for cache and broker alike, and {option} cannot "
                "change that. For a certificate of your own authority name its file: ?ssl_ca_certs=/path/ca.pem"
            )
        if not Path(value).is_file():
            refuse(f"{name}: there is no file {value} ({option}).")
    others = urlencode({option: value for option, value in given.items() if option not in tls})
    return urlunsplit(parts._replace(query=others)), tls | {"ssl_cert_reqs": "required", "ssl_check_hostname": True}


def mail_provider() -> tuple[str, str, str]:
    """Read the sending service that reports deliveries by webhook, the secret in the address of that, and Mailgun's key."""
    provider, secret_words = env.str("MAIL_PROVIDER", default=""), env.str("MAIL_EVENTS_SECRET", default="")
    key = env.str("MAIL_EVENTS_KEY", default="")
    if provider not in ("", "brevo", "mailgun"):
        refuse(f"MAIL_PROVIDER must be brevo or mailgun, not {provider!r}.")
    if provider and not re.fullmatch(r"[A-Za-z0-9_-]{32,}", secret_words):
        refuse("MAIL_EVENTS_SECRET stands in the address /inbound/<secret>/events/: at least 32 random letters, digits, - or _.")
    if provider == "mailgun" and not (key and key.isascii()):
        refuse("MAIL_EVENTS_KEY is not set: Mailgun signs its webhooks with a key that stands in its control panel.")
    return provider, secret_words, key


def test_port(name: str, *, is_local: bool) -> int:
    """Read the one port of this machine to which webhooks may post, for tests; 0: none. Refused where others reach the site."""
    port = whole_number(name, 0, 0, 65_535)
    if port and not is_local:
        refuse(f"{name} lets webhooks reach this machine for tests and is refused on a site that other machines can reach.")
    return port


def web_server(name: str) -> tuple[str, bool]:
    """Read the URL of another server that this one may ask, and whether it is this machine; ("", False) where there is none."""
    url = env.str(name, default="").rstrip("/")
    parts = split_url(name, url)
    host = parts.hostname or ""
    if url and not (host and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))):
        refuse(f"{name} must look like https://openlibrary.org, or be empty.")
    return url, is_loopback(host)
