"""How much of a team's on-call time each person carries, and how fairly it is shared. Pure.

A night is 22:00 to 07:00, a weekend Saturday 00:00 to Monday 00:00, a holiday a public holiday's date, each on the
wall clock that is asked for. They are counted as soon as a person is on call in any part of one: that is how often
the telephone may ring then. Hours are time that passed.

Fairness is told in two ways. A person's *share* is their hours against the mean of all who are counted: 1 is an
equal share, 2 twice as much. The *Gini coefficient* (C. Gini, 1912) sums it up in one figure,
G = Σᵢ Σⱼ |xᵢ − xⱼ| / (2 n² x̄): 0 where all carry the same, (n − 1)/n where one carries everything.
"""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from casebook.wall import instant_of
from playbooks.roster import Shift

NIGHT_BEGINS: Final = time(22)
NIGHT_ENDS: Final = time(7)
_SATURDAY: Final = 5
_ONE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Carried:
    """What one person carries in a period."""

    person: str
    hours: timedelta
    nights: int
    weekends: int
    holidays: int
    share: float
    """Their hours against the mean of all who are counted; 0 where nobody has any."""


def carried(
    shifts: Collection[Shift],
    *,
    people: Iterable[str],
    zone: ZoneInfo,
    holidays_of: Callable[[str], Container[date]],
) -> list[Carried]:
    """Give what each person carries of some shifts: `people` and everybody in them, who carries most first."""
    theirs: dict[str, list[Shift]] = {person: [] for person in people}
    for shift in shifts:
        if shift.person is not None:
            theirs.setdefault(shift.person, []).append(shift)
    hours = {person: _length(some) for person, some in theirs.items()}
    mean = sum(hours.values(), timedelta()) / max(len(hours), 1)
    found = [
        Carried(
            person=person,
            hours=hours[person],
            nights=len({day for shift in some for day in _nights(shift, zone)}),
            weekends=len({day for shift in some for day in _weekends(shift, zone)}),
            holidays=len({day for shift in some for day in _holidays(shift, zone, holidays_of(person))}),
            share=hours[person] / mean if mean else 0.0,
        )
        for person, some in theirs.items()
    ]
    return sorted(found, key=lambda one: (-one.hours, one.person))


def gini(amounts: Sequence[float]) -> float:
    """Give the Gini coefficient of amounts that are not negative: 0 is equal; 0 where there is nothing."""
    whole = sum(amounts)
    if not whole:
        return 0.0
    # over sorted amounts the double sum of differences is a single one
    ranked = sum((2 * rank - len(amounts) - 1) * amount for rank, amount in enumerate(sorted(amounts), 1))
    return ranked / (len(amounts) * whole)


def _length(shifts: Iterable[Shift]) -> timedelta:
    return sum((shift.ends_at - shift.begins_at for shift in shifts), timedelta())


def _nights(shift: Shift, zone: ZoneInfo) -> Iterator[date]:
    """Give the dates on which nights began that a shift touches."""
    for day in _dates(shift, zone):
        if _touches(shift, _at(day, NIGHT_BEGINS, zone), _at(day + _ONE, NIGHT_ENDS, zone)):
            yield day


def _weekends(shift: Shift, zone: ZoneInfo) -> Iterator[date]:
    """Give the Saturdays of the weekends that a shift touches."""
    for day in _dates(shift, zone):
        if day.weekday() >= _SATURDAY and _touches_date(shift, day, zone):
            yield day - (day.weekday() - _SATURDAY) * _ONE


def _holidays(shift: Shift, zone: ZoneInfo, holidays: Container[date]) -> Iterator[date]:
    for day in _dates(shift, zone):
        if day in holidays and _touches_date(shift, day, zone):
            yield day


def _dates(shift: Shift, zone: ZoneInfo) -> Iterator[date]:
    day = shift.begins_at.astimezone(zone).date() - _ONE
    last = shift.ends_at.astimezone(zone).date()
    while day <= last:
        yield day
        day += _ONE


def _touches_date(shift: Shift, day: date, zone: ZoneInfo) -> bool:
    return _touches(shift, _at(day, time.min, zone), _at(day + _ONE, time.min, zone))


def _touches(shift: Shift, begin: datetime, end: datetime) -> bool:
    return max(shift.begins_at, begin) < min(shift.ends_at, end)


@lru_cache(maxsize=8_192)
def _at(day: date, at: time, zone: ZoneInfo) -> datetime:
    return instant_of(day, at, zone)
