"""The period that a report tells of, and the one before it. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from casebook.wall import instant_of

_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` until before `until`, and the same length of time before it to compare with."""

    kind: str
    """`week`, `month`, `quarter` or `days`."""
    since: datetime
    until: datetime
    before: datetime
    """When the period to compare with began; it ended at `since`."""

    @property
    def name(self) -> str:
        """By which it is known to machines: two instants."""
        return f"{self.since:%Y-%m-%dT%H:%MZ}/{self.until:%Y-%m-%dT%H:%MZ}"


def last_week(zone: ZoneInfo, *, now: datetime) -> Period:
    """Give the last full week, Monday to Sunday on the zone's calendar."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    week = timedelta(days=7)
    return _dates("week", monday - 2 * week, monday - week, monday, zone)


def last_month(zone: ZoneInfo, *, now: datetime) -> Period:
    """Give the last full month of the zone's calendar."""
    return _months("month", now.astimezone(zone).date(), 1, zone)


def last_quarter(zone: ZoneInfo, *, now: datetime) -> Period:
    """Give the last full quarter of the zone's calendar."""
    return _months("quarter", now.astimezone(zone).date(), 3, zone)


def between(since: datetime, until: datetime) -> Period:
    """Give any period; it is compared with as much time before it. Raises ValueError for one without a length."""
    if since >= until:
        raise ValueError("it does not begin before it ends")
    return Period("days", since, until, since - (until - since))


def _months(kind: str, today: date, length: int, zone: ZoneInfo) -> Period:
    until = date(today.year, today.month - (today.month - 1) % length, 1)
    return _dates(kind, _back(until, 2 * length), _back(until, length), until, zone)


def _back(day: date, months: int) -> date:
    year, month = divmod(day.year * _MONTHS + day.month - 1 - months, _MONTHS)
    return date(year, month + 1, 1)


def _dates(kind: str, before: date, since: date, until: date, zone: ZoneInfo) -> Period:
    begins, ends, earlier = (instant_of(day, time.min, zone) for day in (since, until, before))
    return Period(kind, begins, ends, earlier)
