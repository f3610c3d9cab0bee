"""Display only: the languages of a page, at its foot."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from hosts.language import IN_ADDRESS, chosen_language, language_links

register = template.Library()


@register.simple_tag(takes_context=True)
def page_languages(context) -> list[dict]:
    """Return the languages this page can be read in; nothing where there is no request, as in a test of one template."""
    request = context.get("request")
    return language_links(request) if request is not None else []


@register.simple_tag
def lang_of(code: str) -> SafeString:
    """Return ` lang="fr"` for words written in another language than the page, nothing where theirs is the same or not known."""
    return format_html(' lang="{}"', code) if code and code != get_language() else mark_safe("")


@register.simple_tag(takes_context=True)
def lang_chosen(context) -> str:
    """Return the language that the address of this page names, or nothing."""
    request = context.get("request")
    return chosen_language(request) if request is not None else ""


@register.simple_tag(takes_context=True)
def lang_query(context, sign: str = "?") -> str:
    """Return "?lang=fr" where the reader chose a language by the address, for links and forms that keep it; else nothing."""
    language = lang_chosen(context)
    return f"{sign}{IN_ADDRESS}={language}" if language else ""
