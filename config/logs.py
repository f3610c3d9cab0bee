"""One line for each log record, with tokens cut to six characters and without email addresses (R71, R99)."""

import logging
import re
import time

# /r/<token>, /inbound/<secret>/ and the like, and everything else that is as long as a token.
TOKEN = re.compile(r"(/(?:r|u|w|f|e|mine|inbound)/[\w%-]{6})[\w%-]+|(?<=[/=])([\w-]{6})[\w-]{36,37}(?![\w-])")
ADDRESS = re.compile(r"[\w.+%'-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


def clean(text: str) -> str:
    """Return the text on one line, its tokens cut and its email addresses replaced by `<address>`."""
    text = TOKEN.sub(lambda found: f"{found[1] or found[2]}…", text)
    text = ADDRESS.sub("<address>", text)
    return CONTROL.sub(" | ", text)


class OneLineFormatter(logging.Formatter):
    """Format a record as `time level logger message`, in UTC, on one line whatever the message holds."""

    converter = staticmethod(time.gmtime)

    def __init__(self):
        super().__init__("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return clean(super().format(record))
