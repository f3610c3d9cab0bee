"""Which language a page is read in: what its address says, else what the reader's browser asks for (R116)."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, get_language_info, get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

# ?lang=fr shows a page in French, without a cookie.
IN_ADDRESS = "lang"


def spoken(code: str) -> str:
    """Return the language of ours that a code means ("fr" for "fr-CA"), or nothing for one that is not spoken here."""
    try:
        return get_supported_language_variant(code)
    except LookupError:
        return ""


def chosen_language(request: HttpRequest) -> str:
    """Return the language that the address of the page names, or nothing."""
    return spoken(request.GET.get(IN_ADDRESS, ""))


def accepted_language(request: HttpRequest) -> str:
    """Return the language of ours that the browser asks for first, or nothing."""
    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "").lower()):
        if code == "*":
            break
        if language := spoken(code):
            return language
    return ""


def language_names() -> list[tuple[str, str]]:
    """Return each language that is spoken here and what it calls itself: ("fr", "Français")."""
    return [(code, own_name(code)) for code, _name in settings.LANGUAGES]


def own_name(code: str) -> str:
    """Return what a language calls itself, with a capital letter, as in a list of names."""
    name = get_language_info(code)["name_local"]
    return name[:1].upper() + name[1:]


def language_links(request: HttpRequest) -> list[dict]:
    """Return each language with the address of this page in it; everything else that was asked for stays."""
    asked, links = request.GET.copy(), []
    for code, name in language_names():
        asked[IN_ADDRESS] = code
        links.append({"code": code, "name": name, "is_now": code == get_language(), "href": f"?{asked.urlencode()}"})
    return links
