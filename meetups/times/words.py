"""Moments in words, in the active language: weekday, date, time and time zone (R31, R117)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, get_format
from django.utils.translation import get_language, gettext, ngettext

from meetups.times import wall_time

# Names of places that are written differently from their zone.
PLACES = {"St_Johns": "St. John's", "Port_of_Spain": "Port of Spain", "Dar_es_Salaam": "Dar es Salaam", "Sao_Paulo": "São Paulo"}


def place_of_zone(zone: str) -> str:
    """Return the place that a zone is named after: "Vancouver" of America/Vancouver. Not translated.

    Abbreviations like MST are avoided: those in tzdata mislead where a country changed its rules.
    """
    last = zone.rpartition("/")[2]
    return PLACES.get(last, last.replace("_", " "))


def _is_english() -> bool:
    return (get_language() or "en").startswith("en")


def _local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone))


def _date_words(local: datetime | date, with_year: bool) -> str:
    """Return weekday and date in the order of the language; "15 December" in English."""
    format_of_day = "j F Y" if _is_english() else get_format("DATE_FORMAT")
    if not with_year:
        format_of_day = "j F" if _is_english() else get_format("MONTH_DAY_FORMAT")
    return f"{date_format(local, 'l')} {date_format(local, format_of_day)}"


def day_words(moment: datetime, zone: str) -> str:
    """Return "Tuesday 15 December", the local date in that zone."""
    return _date_words(_local(moment, zone), with_year=False)


def full_day(moment: datetime, zone: str) -> str:
    """Return "Tuesday 15 December 2026", the local date in that zone."""
    return _date_words(_local(moment, zone), with_year=True)


def clock_words(moment: datetime, zone: str) -> str:
    """Return "7:00 p.m." (19:00 in languages that say so), the local time in that zone."""
    return date_format(_local(moment, zone), "g:i a" if _is_english() else get_format("TIME_FORMAT"))


def zone_words(moment: datetime, zone: str) -> str:
    """Return "Vancouver time"; in the repeated hour of autumn with the offset: "Vancouver time (UTC-04:00)"."""
    if zone in {"UTC", "Etc/UTC"}:
        return "UTC"
    local = _local(moment, zone)
    words = gettext("%(place)s time") % {"place": place_of_zone(zone)}
    if wall_time.is_ambiguous(local.date(), local.time(), zone):
        offset = local.strftime("%z")
        words = f"{words} (UTC{offset[:3]}:{offset[3:5]})"
    return words


def full_moment(moment: datetime, zone: str) -> str:
    """Return "Tuesday 15 December 2026, 7:00 p.m., Vancouver time" for an aware moment."""
    return f"{full_day(moment, zone)}, {clock_words(moment, zone)}, {zone_words(moment, zone)}"


def relative_day(moment: datetime, zone: str, now: datetime) -> str:
    """Return "today", "tomorrow", "in 3 days", "yesterday" or "3 days ago", counted in local dates of that zone."""
    days = (wall_time.local_date(moment, zone) - wall_time.local_date(now, zone)).days
    if days == 0:
        return gettext("today")
    if days == 1:
        return gettext("tomorrow")
    if days == -1:
        return gettext("yesterday")
    if days > 0:
        return ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days}
    return ngettext("%(days)d day ago", "%(days)d days ago", -days) % {"days": -days}
