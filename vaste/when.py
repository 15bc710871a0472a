"""Stretches of time as people name them: `monday`, `2026-11`, `last week`, `7d`. Pure.

Days, weeks (from Monday), months, quarters and years are those of a zone's wall clock, so each is as long as it is
there: the Sunday on which the clocks go back has 25 hours.
"""

import re
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from casebook.duration import parse_duration
from casebook.mention import as_utc
from casebook.wall import instant_of
from vaste.written import WEEKDAYS

HOW: Final = 'write for example 2026-11-03, 2026-11, 2026-Q4, 2026-W45, monday, "last week" or 7d'
Stretch = tuple[datetime, datetime]
"""From its first instant until before its last."""

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_YEARS: Final = range(1971, 3000)
"""Of dates that can be counted with; others are slips of the finger."""
_CALENDAR = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?|-?q([1-4])|-?w(\d{2}))?")
_RELATIVE = re.compile(r"(this|last)[ -](week|month|quarter|year)")


def stretch_of(written: str, *, now: datetime, zone: ZoneInfo) -> Stretch:
    """Give what is meant; an instant is a stretch without length, and so long ago lasts until now.

    Raises ValueError with a sentence that says how to write it.
    """
    words = " ".join(written.split()).lower()
    today = now.astimezone(zone).date()
    try:
        days = _named(words, today) or _relative(words, today) or _calendar(words)
        if days is not None:
            return instant_of(days[0], time.min, zone), instant_of(days[1], time.min, zone)
        if ":" in words:
            at = datetime.fromisoformat(written.strip())
            exact = as_utc(at if at.tzinfo else at.replace(tzinfo=zone))
            if exact.year in _YEARS:
                return exact, exact
        else:
            return now - parse_duration(words), now
    except (ValueError, OverflowError):
        pass  # told below, in the same words
    raise ValueError(HOW)


def weekday_of(word: str) -> int:
    """Give the number of a weekday by its short or its full name in small letters, 0 for Monday.

    Raises ValueError for any other word, one that only begins like a day included.
    """
    short = word[:3]
    if short not in _FULL or word not in {short, _FULL[short]}:
        raise ValueError(HOW)
    return WEEKDAYS.index(short)


def _named(words: str, today: date) -> tuple[date, date] | None:
    """Read today, yesterday, tomorrow, or a weekday: the last such day that has begun."""
    days = {"yesterday": -1, "today": 0, "tomorrow": 1}
    if words in days:
        day = today + days[words] * _DAY
    else:
        try:
            weekday = weekday_of(words)
        except ValueError:
            return None
        day = today - timedelta(days=(today.weekday() - weekday) % 7)
    return day, day + _DAY


_FULL: Final = {
    "mon": "monday",
    "tue": "tuesday",
    "wed": "wednesday",
    "thu": "thursday",
    "fri": "friday",
    "sat": "saturday",
    "sun": "sunday",
}


def _relative(words: str, today: date) -> tuple[date, date] | None:
    found = _RELATIVE.fullmatch(words)
    if found is None:
        return None
    back = 1 if found[1] == "last" else 0
    if found[2] == "week":
        monday = today - timedelta(days=today.weekday()) - back * _WEEK
        return monday, monday + _WEEK
    length = _MONTHS[found[2]]
    first = today.month - 1 - (today.month - 1) % length - back * length
    return _month(today.year, first), _month(today.year, first + length)


def _calendar(words: str) -> tuple[date, date] | None:
    found = _CALENDAR.fullmatch(words)
    if found is None:
        return None
    year = int(found[1])
    month, day, quarter, week = (int(part) if part else None for part in found.groups()[1:])
    if year not in _YEARS:
        raise ValueError(HOW)
    if day is not None and month is not None:
        return date(year, month, day), date(year, month, day) + _DAY
    if week is not None:
        monday = date.fromisocalendar(year, week, 1)
        return monday, monday + _WEEK
    if quarter is not None:
        return _month(year, 3 * quarter - 3), _month(year, 3 * quarter)
    if month is not None:
        date(year, month, 1)  # refuses a thirteenth
        return _month(year, month - 1), _month(year, month)
    return date(year, 1, 1), date(year + 1, 1, 1)


def _month(year: int, index: int) -> date:
    """Give the first day of a month, counted from January of a year as 0."""
    return date(year + index // 12, index % 12 + 1, 1)
