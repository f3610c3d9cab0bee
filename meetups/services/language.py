"""The language a guest reads in: kept with the guest, because letters are written long after the page was closed (R116)."""

from meetups.models import Guest


def keep_language(guest: Guest, *, language: str) -> None:
    """Speak to the guest in this language from now on, on pages and in letters. A second call changes nothing."""
    if guest.language != language:
        Guest.objects.filter(pk=guest.pk).update(language=language)
        guest.language = language
