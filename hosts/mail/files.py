"""Mail without a relay: each message is a file in VAR_DIR/mail, which /mailbox/ shows."""

import os
import re
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

# The names that write_message gives; no other file is opened.
NAME = re.compile(r"\d{20}-[0-9a-f]{8}", re.ASCII)


def message_names() -> list[str]:
    """Return the names of all messages, the newest first."""
    folder = Path(settings.MAIL_DIR)
    if not folder.is_dir():
        return []
    return sorted((path.stem for path in folder.glob("*.eml") if NAME.fullmatch(path.stem)), reverse=True)


def read_message(name: str) -> bytes | None:
    """Return a message as it was written, or None when the name is not one of ours or the message is gone."""
    if not NAME.fullmatch(name):
        return None
    try:
        return (Path(settings.MAIL_DIR) / f"{name}.eml").read_bytes()
    except FileNotFoundError:
        return None


def delete_messages(before: float) -> int:
    """Delete the messages written before that moment (seconds since 1970); return how many. A second call finds none."""
    old = [name for name in message_names() if int(name[:20]) < before * 1e9]
    for name in old:
        (Path(settings.MAIL_DIR) / f"{name}.eml").unlink(missing_ok=True)
    return len(old)


def delete_messages_to(address: str) -> int:
    """Delete the messages to this address; return how many. A second call finds none."""
    return _delete_where(lambda head: address.lower() in _recipients(head))


def delete_messages_with(message_ids: Collection[str]) -> int:
    """Delete the messages with these Message-IDs; return how many. A second call finds none."""
    return _delete_where(lambda head: str(head["Message-ID"] or "").strip() in message_ids) if message_ids else 0


def _delete_where(is_meant: Callable[[Message], bool]) -> int:
    found = [name for name in message_names() if is_meant(BytesHeaderParser().parsebytes(read_message(name) or b""))]
    for name in found:
        (Path(settings.MAIL_DIR) / f"{name}.eml").unlink(missing_ok=True)
    return len(found)


def _recipients(head: Message) -> list[str]:
    return [found.lower() for _name, found in getaddresses(head.get_all("To", []))]


def write_message(data: bytes) -> Path:
    """Write one message and return its path. It is written to a temporary name and renamed, so it is complete or missing.

    Names sort by time. Raises OSError when the disk is full; the caller keeps the message.
    """
    folder = Path(settings.MAIL_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
    draft = folder / f".{name}.part"
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    path = folder / f"{name}.eml"
    draft.rename(path)
    return path


class EmailBackend(BaseEmailBackend):
    """Django's mail backend that writes the same files; sign-in codes use it."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            # Django's own message class takes linesep; the stubs know only the standard library's.
            write_message(message.message().as_bytes(linesep="\r\n"))  # type: ignore[call-arg]
        return len(email_messages)
