"""Tags about the language of a page."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from hosts.language import IN_ADDRESS, chosen_language, language_links

register = template.Library()


@register.simple_tag(takes_context=True)
def page_languages(context) -> list[dict]:
    """Return the links to this page in each language; an empty list without a request."""
    request = context.get("request")
    return language_links(request) if request is not None else []


@register.simple_tag(takes_context=True)
def page_address(context) -> str:
    """Return the path and query of this page without a language, which would take precedence over the chosen one."""
    request = context["request"]
    asked = request.GET.copy()
    asked.pop(IN_ADDRESS, None)
    return f"{request.path}?{asked.urlencode()}" if asked else request.path


@register.simple_tag
def lang_of(code: str) -> SafeString:
    """Return ` lang="fr"` for text in another language than the page, or an empty string."""
    return format_html(' lang="{}"', code) if code and code != get_language() else mark_safe("")


@register.simple_tag(takes_context=True)
def lang_chosen(context) -> str:
    """Return the language that the URL names, or an empty string."""
    request = context.get("request")
    return chosen_language(request) if request is not None else ""


@register.simple_tag(takes_context=True)
def lang_query(context, sign: str = "?") -> str:
    """Return "?lang=fr" where the URL names a language, for links and forms that keep it; else an empty string."""
    language = lang_chosen(context)
    return f"{sign}{IN_ADDRESS}={language}" if language else ""
