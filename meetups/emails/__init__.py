"""Letters: a Delivery in, a Letter or a message out. Sends nothing, writes nothing."""

from meetups.emails.letter import Letter
from meetups.emails.message import build_letter, build_message, sender_line, show_letter

__all__ = ["Letter", "build_letter", "build_message", "sender_line", "show_letter"]
