"""The HTML of a letter in an iframe: its styles stay inside, and nothing in it can run or load anything."""

import re

from csp.constants import NONE, SELF, UNSAFE_INLINE

BODY_POLICY = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:"],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-top-navigation-by-user-activation"],
}
# For a preview: its links lead nowhere.
STILL_POLICY = BODY_POLICY | {"sandbox": []}


def for_frame(page: str) -> str:
    """Return a letter's HTML with links that open in the window and not in the frame."""
    target = '<base target="_top">'
    framed, was_put = re.subn(r"(?i)<head[^>]*>", lambda head: head.group() + target, page, count=1)
    return framed if was_put else target + page
