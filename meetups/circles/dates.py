"""Days of evenings: the next one to suggest, and those of a row. Functions without a database."""

from datetime import date, timedelta

from dateutil.rrule import FR, MO, MONTHLY, SA, SU, TH, TU, WE, WEEKLY, rrule

from meetups.models import Circle

WEEKDAYS = (MO, TU, WE, TH, FR, SA, SU)
FORTNIGHT = timedelta(days=14)
# A suggested day is at least so far ahead, so that guests hear in time.
SOONEST = timedelta(days=7)
MOST_EVENINGS = 12
# A month may have no fifth Tuesday, but it always has a last one.
LAST, FROM_LAST = -1, 29


def suggest_dates(before: date, today: date, *, number: int = 3) -> list[date]:
    """Return days on the weekday of an evening, two weeks after it, four, six, the first of them at least a week from today."""
    day = before + FORTNIGHT
    if day < today + SOONEST:
        day += FORTNIGHT * -(-(today + SOONEST - day).days // FORTNIGHT.days)
    return [day + FORTNIGHT * n for n in range(number)]


def days_of_row(rhythm: str, first: date, *, count: int = MOST_EVENINGS, until: date | None = None) -> list[date]:
    """Return the days of a row, `first` among them: that weekday each week or each second week, or for a month the same weekday
    of its week (the second Tuesday; from the 29th on, the last one). At most `count`, and none after `until`."""
    rules = {
        Circle.Rhythm.WEEKLY: {"freq": WEEKLY},
        Circle.Rhythm.FORTNIGHTLY: {"freq": WEEKLY, "interval": 2},
        Circle.Rhythm.MONTHLY: {"freq": MONTHLY, "byweekday": WEEKDAYS[first.weekday()](_week_of(first))},
    }
    rule = rules[Circle.Rhythm(rhythm)]
    days = [moment.date() for moment in rrule(dtstart=first, count=min(count, MOST_EVENINGS), **rule)]
    return [day for day in days if until is None or day <= until]


def _week_of(day: date) -> int:
    return LAST if day.day >= FROM_LAST else (day.day - 1) // 7 + 1
