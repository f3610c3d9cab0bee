"""Letters: a Delivery in, a Letter, a message or its bytes out. Sends nothing, writes nothing."""

from meetups.emails.facts import sharing_facts
from meetups.emails.letter import Letter
from meetups.emails.message import build_letter, build_message, find_roots, sender_line, show_letter, thread_of
from meetups.emails.splicing import write_message

__all__ = [
    "Letter",
    "build_letter",
    "build_message",
    "find_roots",
    "sender_line",
    "sharing_facts",
    "show_letter",
    "thread_of",
    "write_message",
]
