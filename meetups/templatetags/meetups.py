"""Display only: the table, the cover, pictures, the thin bar, and a meetup's moment in words."""

from functools import lru_cache
from zoneinfo import ZoneInfo

from django import template
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from meetups.drawing.book_cover import draw_cover
from meetups.drawing.table import PLATE_RADIUS, draw_table
from meetups.shelf.kits import look_of
from meetups.text.clean import clean_line, shorten
from meetups.text.hyperlinks import link_addresses
from meetups.times import clock
from meetups.times import words as when
from meetups.times.wall_time import local_date

register = template.Library()

# Pixels for each unit of the drawing, so that a chair is as large at a small table as at a long one.
TABLE_SCALE = 1.6
MOST_DRAWN = 500


def _number(value: float) -> str:
    """Return a number as short as it can be written in a path."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _boxes_path(boxes) -> str:
    """Return rectangles as one SVG path: a page with a hundred tables stays small."""
    return "".join(
        f"M{_number(x)} {_number(y)}h{_number(width)}v{_number(height)}h-{_number(width)}z" for x, y, width, height in boxes
    )


def _plates_path(middles) -> str:
    """Return circles as one SVG path."""
    radius, across = _number(PLATE_RADIUS), _number(2 * PLATE_RADIUS)
    arcs = f"a{radius} {radius} 0 1 0 {across} 0a{radius} {radius} 0 1 0 -{across} 0z"
    return "".join(f"M{_number(x - PLATE_RADIUS)} {_number(y)}{arcs}" for x, y in middles)


def seats_words(seats: int | None, taken: int, waiting: int) -> str:
    """Return "7 of 10 seats taken, 2 waiting", or "7 are coming" where seats are not counted."""
    if seats is None:
        said = ngettext("%(count)d is coming", "%(count)d are coming", taken) % {"count": taken}
    else:
        words = ngettext("%(taken)d of %(count)d seat taken", "%(taken)d of %(count)d seats taken", seats)
        said = words % {"taken": taken, "count": seats}
    if not waiting:
        return said
    # Not inside the f-string, where the program that collects words for translation does not look.
    in_line = ngettext("%(count)d waiting", "%(count)d waiting", waiting) % {"count": waiting}
    return f"{said}, {in_line}"


@register.simple_tag
def free_seats(meetup) -> str:
    """Return "3 of 10 seats free" or "full, 2 waiting" of a meetup that carries its guest counts."""
    free = max(0, (meetup.seats or 0) - meetup.num_taken)
    if free:
        return ngettext("%(free)d of %(count)d seat free", "%(free)d of %(count)d seats free", meetup.seats) % {
            "free": free,
            "count": meetup.seats,
        }
    waiting = meetup.num_waiting - (meetup.num_taken - meetup.num_yes)
    return ngettext("full, %(count)d waiting", "full, %(count)d waiting", waiting) % {"count": waiting} if waiting else _("full")


@register.simple_tag
def table(seats: int | None = None, taken: int = 0, waiting: int = 0) -> SafeString:
    """Draw the long table, with the same in words beside it. Seats may be None where they are not counted."""
    return _drawn_table(seats, int(taken or 0), int(waiting or 0), get_language())


# Drawn once for each number of seats; covers below once for each title.
@lru_cache(maxsize=MOST_DRAWN)
def _drawn_table(seats: int | None, taken: int, waiting: int, _language: str) -> SafeString:
    drawing = draw_table(seats, taken, waiting)
    seated = [chair for chair in drawing.chairs if chair.is_taken]
    free = [chair for chair in drawing.chairs if not chair.is_taken]
    x, y, width, height = drawing.board
    facts = {
        "view_box": f"0 0 {_number(drawing.width)} {_number(drawing.height)}",
        "width": round(drawing.width * TABLE_SCALE),
        "height": round(drawing.height * TABLE_SCALE),
        "board": {"x": _number(x), "y": _number(y), "width": _number(width), "height": _number(height)},
        "taken_path": _boxes_path(box for chair in seated for box in (chair.seat, chair.back)),
        "free_path": _boxes_path(box for chair in free for box in (chair.seat, chair.back)),
        "plates_path": _plates_path(chair.plate for chair in seated),
        "waiting_path": _boxes_path(drawing.waiting),
        "words": seats_words(seats, taken, waiting),
    }
    return render_to_string("drawing/_table.html", facts)


@register.simple_tag
def cover(book, title: str = "", uploaded=None, sizes: str = "15rem") -> SafeString:
    """Show the cover that was uploaded, else draw one from a book's title and author, else from the title given."""
    name, author = (book.title, book.author) if book else (title, "")
    label = _("Cover: %(title)s, by %(author)s") if author else _("Cover: %(title)s")
    label %= {"title": name, "author": author}
    if not uploaded:
        return _drawn_cover(name, author, label)
    return render_to_string("drawing/_cover.html", {"label": label, "uploaded": uploaded, "sizes": sizes})


@lru_cache(maxsize=MOST_DRAWN)
def _drawn_cover(name: str, author: str, label: str) -> SafeString:
    cloth, emblem = look_of(name, author)
    return render_to_string(
        "drawing/_cover.html", {"label": label, "drawing": draw_cover(name, author, cloth=cloth, emblem=emblem)}
    )


@register.inclusion_tag("pictures/_picture.html")
def picture(photo, url: str, alt: str, sizes: str = "100vw", *, is_lazy: bool = True, css: str = "") -> dict:
    """Show a picture in the size that fits; before the worker has made sizes, the JPEG at `url` alone.

    `sizes` is the attribute of that name: how wide the picture is on the page. Width and height are always written, so that the
    layout does not shift when it loads.
    """
    joint = "&" if "?" in url else "?"
    sources = [
        (kind, ", ".join(f"{url}{joint}size={suffix} {width}w" for suffix, width in made)) for kind, made in photo.sources.items()
    ]
    by_kind = dict(sources)
    jpegs = f"{by_kind.pop('jpg')}, {url} {photo.width}w" if "jpg" in by_kind else ""
    return {
        "photo": photo,
        "url": url,
        "alt": alt,
        "sizes": sizes,
        "is_lazy": is_lazy,
        "css": css,
        "modern": by_kind,
        "jpegs": jpegs,
    }


@register.simple_tag(takes_context=True)
def host_words(context, text: str) -> str:
    """Return what a host wrote, its web addresses as links where the context has `links_words`: on the page of a guest with a
    seat. Elsewhere they stay text, so that a page for strangers is no place to put links to."""
    return link_addresses(text) if context.get("links_words") else conditional_escape(text)


@register.simple_tag
def bar(number: int, total: int) -> SafeString:
    """Draw a thin bar, `number` of `total`, hidden from screen readers: the template writes the number beside it."""
    share = max(0, min(100, round(100 * number / total))) if total else 0
    return format_html(
        '<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="bar-rail" width="100" height="4"/><rect class="bar-fill" width="{}" height="4"/></svg>',
        share,
    )


def _time_element(meetup, words: str) -> SafeString:
    """Return `<time>` with the instant for machines and the words for people."""
    local = meetup.starts_at.astimezone(ZoneInfo(meetup.zone))
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), words)


@register.filter
def shortened(text: str, width: int) -> str:
    """Return a text on one line of at most `width` characters; unlike Django's truncatechars never with half an emoji."""
    return shorten(clean_line(text), width)


@register.filter
def moment(meetup) -> str:
    """Return "Tuesday 15 December 2026, 7:00 p.m., Vancouver time" in a time element; nothing where no time is set yet."""
    if not meetup.starts_at:
        return ""
    return _time_element(meetup, when.full_moment(meetup.starts_at, meetup.zone))


@register.filter
def day_large(meetup) -> str:
    """Return "Tuesday 15 December" in a time element, with the year when it is not the present one there."""
    if not meetup.starts_at:
        return ""
    is_this_year = local_date(meetup.starts_at, meetup.zone).year == local_date(clock.now(), meetup.zone).year
    say = when.day_words if is_this_year else when.full_day
    return _time_element(meetup, say(meetup.starts_at, meetup.zone))


@register.filter
def in_words(meetup) -> str:
    """Return "today", "tomorrow" or "in 3 days", by the calendar on the meetup's wall."""
    if not meetup.starts_at:
        return ""
    return when.relative_day(meetup.starts_at, meetup.zone, clock.now())


@register.filter
def until_words(act, meetup) -> str:
    """Return until when a freeze lasts, in full, on the clock of the meetup's place."""
    return when.full_moment(act.until, meetup.zone) if act.until else ""
