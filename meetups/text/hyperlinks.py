"""Web addresses in a host's words as links, for guests who have a seat. Letters and strangers' pages do without (R89)."""

from functools import cache, lru_cache

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from linkify_it import LinkifyIt
from linkify_it.main import Match

# The other site is not told where its visitor came from, search engines count nothing, and its page cannot reach back.
REL = "nofollow noopener noreferrer"
WEB = ("http:", "https:")


@cache
def _finder() -> LinkifyIt:
    """Return the finder of links; email addresses stay text."""
    return LinkifyIt(options={"fuzzy_email": False})


def _is_meant(found: Match) -> bool:
    """Tell whether a person meant a web address: not "mailto:", and not "soup.It", where only the space is missing."""
    if found.schema:
        return str(found.schema) in WEB
    domain: str = found.raw.partition("/")[0].partition(":")[0]
    return domain.rpartition(".")[2].islower()


@lru_cache(maxsize=512)
def link_addresses(text: str) -> SafeString:
    """Return the text, escaped, with each web address in it as a link that shows what was typed. Line breaks stay."""
    parts, at = [], 0
    for found in _finder().match(text) or []:
        if _is_meant(found):
            url = found.url if found.schema else f"https://{found.raw}"
            parts += [escape(text[at : found.index]), format_html('<a href="{}" rel="{}">{}</a>', url, REL, found.raw)]
            at = found.last_index
    return mark_safe("".join([*parts, escape(text[at:])]))  # noqa: S308 - every part is escaped
