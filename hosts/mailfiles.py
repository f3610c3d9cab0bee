"""Mail of the embedded size: each message a file in VAR_DIR/mail, where /mailbox/ shows it."""

import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


def write_message(data: bytes) -> Path:
    """Write one message and return its path. It is complete or not there: written beside, then renamed.

    Names sort by time. Raises OSError when the disk is full; the caller keeps the message.
    """
    folder = Path(settings.MAIL_DIR)
    folder.mkdir(parents=True, exist_ok=True)
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
    """Django's door to the same files, used for the sign-in codes."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            write_message(message.message().as_bytes(linesep="\r\n"))
        return len(email_messages)
