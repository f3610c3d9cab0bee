"""A Letter: templates rendered, with placeholders for the name and the links of each reader. It names no address."""

import json
import re
from dataclasses import dataclass, replace
from functools import lru_cache

from django.template import Context, Engine
from django.utils.html import escape
from django.utils.translation import get_language, get_language_bidi

from hosts.links import replace_links
from meetups.outbox.free_text import without_links
from meetups.text.clean import clean_line, shorten, wrap_lines

WIDTH = 76
LONGEST_SUBJECT = 150
# Placeholders in a rendered letter. No text of a person can hold one: clean_line and clean_words remove control characters.
NAME = "\x02name\x03"
LINK = "\x02link\x03"
STOP = "\x02stop\x03"
WORDS = "\x02words\x03"


@dataclass(frozen=True)
class Letter:
    """A letter to any number of readers: rendered once, then filled in for each."""

    kind: str
    subject: str
    text: str
    html: str
    # The name before "via Longtable"; empty when the site itself writes.
    sender: str = ""
    # METHOD of the calendar part, or empty for none.
    calendar_method: str = ""

    def filled(self, inserts: dict[str, str]) -> "Letter":
        """Return the letter with its placeholders replaced: NAME, LINK, STOP and WORDS by the values given."""
        text, html = self.text, self.html
        for placeholder, value in inserts.items():
            text, html = text.replace(placeholder, value), html.replace(placeholder, escape(value))
        return replace(self, text=text, html=html)


def _render(kind: str, file: str, facts: dict, *, autoescape: bool) -> str:
    template = Engine.get_default().get_template(f"emails/{kind}/{file}")
    return template.render(Context(facts, autoescape=autoescape))


def _tidy_text(text: str) -> str:
    """Return rendered text wrapped, without stray blank lines, its signature mark as mail programs know it."""
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    wrapped = wrap_lines(re.sub(r"\n{3,}", "\n\n", lines).strip("\n"), WIDTH)
    return wrapped.replace("\n--\n", "\n-- \n") + "\n"


def write_letter(kind: str, facts: dict, *, sender: str = "", calendar_method: str = "") -> Letter:
    """Render the three files of a kind in the active language. `facts` are clean already and are all that templates see.

    The rendering is cached, and the facts are the cache key: guests with equal facts share it, and a changed row is a miss.
    """
    if facts.get("host_is_new"):
        facts = without_links(kind, facts)
        sender = replace_links(sender)
    facts = facts | {"lang": get_language(), "dir": "rtl" if get_language_bidi() else "ltr"}
    return _written(kind, json.dumps(facts, sort_keys=True), sender, calendar_method)


@lru_cache(maxsize=32)
def _written(kind: str, facts_as_text: str, sender: str, calendar_method: str) -> Letter:
    facts = json.loads(facts_as_text)
    subject = facts.get("own_subject") or clean_line(_render(kind, "subject.txt", facts, autoescape=False))
    # The HTML shows the subject as its title.
    facts["subject"] = shorten(subject, LONGEST_SUBJECT)
    return Letter(
        kind=kind,
        subject=facts["subject"],
        text=_tidy_text(_render(kind, "body.txt", facts, autoescape=False)),
        html=_render(kind, "body.html", facts, autoescape=True),
        sender=sender,
        calendar_method=calendar_method,
    )
