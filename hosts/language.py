"""The language of a page: the one in its URL, else the one the browser accepts (R116)."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, get_language_info, get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

# ?lang=fr shows a page in French, without a cookie.
IN_ADDRESS = "lang"


def spoken(code: str) -> str:
    """Return the supported language of a code ("fr" for "fr-CA"), or an empty string."""
    try:
        return get_supported_language_variant(code)
    except LookupError:
        return ""


def chosen_language(request: HttpRequest) -> str:
    """Return the language that the URL names, or an empty string."""
    return spoken(request.GET.get(IN_ADDRESS, ""))


def accepted_language(request: HttpRequest) -> str:
    """Return the first supported language that the browser accepts, or an empty string."""
    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "").lower()):
        if code == "*":
            break
        if language := spoken(code):
            return language
    return ""


def language_names() -> list[tuple[str, str]]:
    """Return each supported language with its own name: ("fr", "Français")."""
    return [(code, own_name(code)) for code, _name in settings.LANGUAGES]


def own_name(code: str) -> str:
    """Return the name of a language in that language, capitalized."""
    name = get_language_info(code)["name_local"]
    return name[:1].upper() + name[1:]


def language_links(request: HttpRequest) -> list[dict]:
    """Return each language with the URL of this page in it; other parameters stay."""
    asked, links = request.GET.copy(), []
    for code, name in language_names():
        asked[IN_ADDRESS] = code
        links.append({"code": code, "name": name, "is_now": code == get_language(), "href": f"?{asked.urlencode()}"})
    return links
