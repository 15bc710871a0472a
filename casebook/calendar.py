"""Business hours: when a team is there, and how much of that time lies between two instants. Pure.

A calendar is a week of spans on the wall clock, and dates whose spans are others (holidays: none; half days: a
shorter one). A span may run past midnight, and belongs to the date on which it begins; spans that meet or overlap
count once. Wall times become instants as `casebook.wall` says, so a span across a change of daylight saving time
is as much longer or shorter as the night is: what counts is time that passed.

Half-open: at the instant of closing it is closed. `add` gives the earliest instant at which enough business time
has passed, so work for exactly the rest of Friday is due on Friday at closing time, and one second more on Monday.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from casebook.wall import instant_of

DAY: Final = 1_440
"""Minutes of a date on the wall clock, whatever the zone does in its night."""
LONGEST_CLOSED: Final = 400
"""Dates in a row without an opening after which a calendar is held to be closed for good."""
_ONE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From one minute of a date to another, `end` left out; beyond 1,440 it is of the next date.

    Raises ValueError for one that is empty, runs backwards, or lasts more than a day.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not (0 <= self.start < DAY and self.start < self.end <= self.start + DAY):
            raise ValueError("a span begins within a day, ends after that, and lasts a day at most")


class NeverOpen(Exception):
    """No opening within `LONGEST_CLOSED` dates: the calendar can't say when work would be due."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """A team's business hours. Raises ValueError unless the week has seven days."""

    name: str
    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    """Spans of Monday to Sunday."""
    dates: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    """Dates that differ from their weekday; without spans: closed."""

    def __post_init__(self) -> None:
        if len(self.week) != 7:  # noqa: PLR2004 - days
            raise ValueError("a week has seven days")

    def __hash__(self) -> int:
        return hash((self.name, self.zone.key, self.week, len(self.dates)))

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits that change with everything that changes an answer."""
        written = [
            self.zone.key,
            [_pairs(day) for day in self.week],
            [[day.isoformat(), _pairs(spans)] for day, spans in sorted(self.dates.items())],
        ]
        return hashlib.sha256(json.dumps(written).encode()).hexdigest()[:12]

    def spans(self, day: date) -> tuple[Span, ...]:
        """Give the spans that begin on a local date."""
        return self.dates.get(day, self.week[day.weekday()])

    def as_facts(self) -> dict[str, Any]:
        """Write the calendar as JSON values; `from_facts` reads them back."""
        return {
            "name": self.name,
            "version": self.version,
            "zone": self.zone.key,
            "week": [_pairs(spans) for spans in self.week],
            "closed": [day.isoformat() for day, spans in sorted(self.dates.items()) if not spans],
            "dates": {day.isoformat(): _pairs(spans) for day, spans in sorted(self.dates.items()) if spans},
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> "Calendar":
        """Read a calendar from an event's facts."""
        closed: dict[date, tuple[Span, ...]] = {date.fromisoformat(day): () for day in facts["closed"]}
        others = {date.fromisoformat(day): _spans(pairs) for day, pairs in facts["dates"].items()}
        week = tuple(_spans(pairs) for pairs in facts["week"])
        return cls(facts["name"], ZoneInfo(facts["zone"]), week, {**closed, **others})


def _pairs(spans: Iterable[Span]) -> list[list[int]]:
    return [[span.start, span.end] for span in sorted(spans)]


def _spans(pairs: Iterable[Iterable[int]]) -> tuple[Span, ...]:
    return tuple(Span(*pair) for pair in pairs)


@lru_cache(maxsize=256)
def frozen(calendar: Calendar, *, since: int, until: int) -> Calendar:
    """Give the calendar with only those dates of some years that differ from their weekday, to be kept for good.

    `since` and `until` are the first and the last year; in others it knows of no holidays.
    """
    dates = {
        day: tuple(sorted(spans))
        for day, spans in calendar.dates.items()
        if since <= day.year <= until and sorted(spans) != sorted(calendar.week[day.weekday()])
    }
    return Calendar(calendar.name, calendar.zone, calendar.week, dates)


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Say whether the team is there at an instant."""
    return any(start <= at < end for start, end in _around(calendar, at))


def next_opening(calendar: Calendar, at: datetime) -> datetime:
    """Give the first instant from `at` on at which it is open: `at` itself, if it is open then.

    Raises NeverOpen.
    """
    start, _ = next(_stretches(calendar, at))
    return max(start, at.astimezone(UTC))


def last_openings(calendar: Calendar, at: datetime) -> Iterator[datetime]:
    """Give the first opening of each local date, from `at` backwards; a date that was open before has none.

    Ends with the first stretch of `LONGEST_CLOSED` dates without one.
    """
    day, without = at.astimezone(calendar.zone).date(), 0
    while without <= LONGEST_CLOSED and day > date.min + _ONE:
        starts = [start for start, _ in _day(calendar, day) if start <= at]
        is_opening = bool(starts) and not is_open(calendar, starts[0] - timedelta.resolution)
        if is_opening:
            yield starts[0].astimezone(UTC)
        without = 0 if is_opening else without + 1
        day -= _ONE


def between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Give the business time from one instant to another; 0 where `end` is not later."""
    # two times of one zone differ by what its wall clock shows, which is wrong across a change of the clocks
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    total = timedelta()
    if end <= start:
        return total
    day = start.astimezone(calendar.zone).date() - _ONE
    last = end.astimezone(calendar.zone).date()
    while day <= last:
        for opening, closing in _day(calendar, day):
            total += max(min(closing, end) - max(opening, start), timedelta())
        day += _ONE
    return total


def add(calendar: Calendar, start: datetime, duration: timedelta) -> datetime:
    """Give the earliest instant, in UTC, until which `duration` of business time has passed since `start`.

    Raises ValueError for a negative duration, NeverOpen.
    """
    if duration < timedelta():
        raise ValueError("business time is counted forwards; give a duration of 0 or more")
    left, start = duration, start.astimezone(UTC)
    if not left:
        return start
    for opening, closing in _stretches(calendar, start):
        begins = max(opening, start)
        if closing - begins >= left:
            return begins + left
        left -= closing - begins
    raise AssertionError("stretches end by NeverOpen alone")


def _around(calendar: Calendar, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Stretches that may hold an instant: those that began on its local date or on the one before."""
    day = at.astimezone(calendar.zone).date()
    yield from _day(calendar, day - _ONE)
    yield from _day(calendar, day)


def _stretches(calendar: Calendar, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Give every stretch that ends after an instant, in order, without end. Raises NeverOpen."""
    day = at.astimezone(calendar.zone).date() - _ONE
    closed = 0
    while closed <= LONGEST_CLOSED:
        found = [stretch for stretch in _day(calendar, day) if stretch[1] > at]
        yield from found
        closed = 0 if found else closed + 1
        try:
            day += _ONE
        except OverflowError:
            break
    raise NeverOpen(f"calendar {calendar.name} does not open within {LONGEST_CLOSED} days of {at:%Y-%m-%d}")


@lru_cache(maxsize=16_384)
def _day(calendar: Calendar, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """Stretches that begin on a local date, in order; what an earlier date's last one covers is left out."""
    stretches = _raw(calendar, day)
    reach = max((end for _, end in _raw(calendar, day - _ONE)), default=None)
    if reach is None:
        return stretches
    return tuple((max(start, reach), end) for start, end in stretches if end > reach)


def _raw(calendar: Calendar, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """Spans of one date as instants, joined where they meet; a span that a clock change swallowed is gone."""
    joined: list[tuple[datetime, datetime]] = []
    for span in sorted(calendar.spans(day)):
        start, end = (_instant(calendar, day, minute) for minute in (span.start, span.end))
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif start < end:
            joined.append((start, end))
    return tuple(joined)


def _instant(calendar: Calendar, day: date, minute: int) -> datetime:
    whole, rest = divmod(minute, DAY)
    return instant_of(day + whole * _ONE, time(*divmod(rest, 60)), calendar.zone)
