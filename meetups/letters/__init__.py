"""Letters: a Delivery in, a Letter, a message or its bytes out. Sends nothing, writes nothing."""

from meetups.letters.context import sharing_facts
from meetups.letters.letter import Letter
from meetups.letters.message import build_letter, build_message, find_roots, sender_line, show_letter, thread_of
from meetups.letters.message_template import write_message

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
