"""The hours of the week: when cases begin, when promises break, and when somebody is on call. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from classifier.scoring import Estimate, wilson
from playbooks.roster import Shift
from vaste.report.rows import Numbers, Told

HOURS: Final = 24
DAYS: Final = 7
LONGEST: Final = 12
"""Of a window, in hours of each of its days."""
GROUPS: Final[tuple[tuple[int, ...], ...]] = (
    (0,), (1,), (2,), (3,), (4,), (5,), (6,), (5, 6), (0, 1, 2, 3, 4), (0, 1, 2, 3, 4, 5, 6),
)  # fmt: skip
"""The days that a window may span: one, the weekend, the working days, all."""
STAFFED: Final = 0.5
"""A window is staffed when somebody is on call in so much of it."""
_HOUR: Final = timedelta(hours=1)
_EQUAL: Final = 1e-9
_DEALS: Final = 399
_DOUBT: Final = 0.05
_SEED: Final = 20_260_101


@dataclass(frozen=True, slots=True)
class HourOfWeek:
    """One hour of the week on the wall clock."""

    weekday: int
    hour: int
    cases: Numbers
    """Posted in it, and an answer counts."""
    late: Numbers
    """Of these, answered too late or never."""
    staffed: float | None
    """Share 0..1 of its time in which somebody was on call; None where there is no rota."""


@dataclass(frozen=True, slots=True)
class Window:
    """Some hours of some days."""

    days: tuple[int, ...]
    """0 for Monday; of the dates on which it begins."""
    begins: int
    ends: int
    """Left out; beyond 24 it is of the next day."""
    cases: Numbers
    late: Numbers
    of_all: float
    """Share 0..1 of all broken promises."""
    staffed: float | None

    @property
    def is_staffed(self) -> bool:
        """Somebody was on call in most of it."""
        return self.staffed is None or self.staffed >= STAFFED

    @property
    def broken(self) -> Estimate | None:
        """Share of its cases whose promise was broken."""
        return wilson(len(self.late), len(self.cases))


def hours_of_week(
    cases: Iterable[Told], staffing: Mapping[tuple[int, int], float] | None, zone: ZoneInfo
) -> list[HourOfWeek]:
    """Sort the cases that count by the hour of the week in which they were posted, Monday midnight first."""
    by: dict[tuple[int, int], tuple[list[int], list[int]]] = {}
    for case in cases:
        if not (case.is_late or case.is_in_time):
            continue
        local = case.posted_at.astimezone(zone)
        every, late = by.setdefault((local.weekday(), local.hour), ([], []))
        every.append(case.number)
        if case.is_late:
            late.append(case.number)
    found = []
    for day in range(DAYS):
        for hour in range(HOURS):
            every, late = by.get((day, hour), ([], []))
            staffed = staffing.get((day, hour), 0.0) if staffing is not None else None
            found.append(HourOfWeek(day, hour, tuple(every), tuple(late), staffed))
    return found


def together(teams: Sequence[Sequence[HourOfWeek]]) -> list[HourOfWeek]:
    """Add the hours of several teams up; an hour counts as staffed as its least staffed team that has a rota."""
    return [
        HourOfWeek(
            hours[0].weekday,
            hours[0].hour,
            tuple(number for one in hours for number in one.cases),
            tuple(number for one in hours for number in one.late),
            min((one.staffed for one in hours if one.staffed is not None), default=None),
        )
        for hours in zip(*teams, strict=True)
    ]


def staffing_of(
    shifts: Iterable[Shift], since: datetime, until: datetime, zone: ZoneInfo
) -> dict[tuple[int, int], float]:
    """Say of each hour of the week in which share of its time somebody was on call in the period.

    `shifts` are of one team or of several; two on call at once count once.
    """
    manned = sorted((one.begins_at, one.ends_at) for one in shifts if one.person is not None)
    whole: dict[tuple[int, int], timedelta] = {}
    there: dict[tuple[int, int], timedelta] = {}
    joined = _joined(manned)
    at, place = since, 0
    while at < until:
        local = at.astimezone(zone)
        into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        end = min(at + _HOUR - into, until)
        key = (local.weekday(), local.hour)
        while place < len(joined) and joined[place][1] <= at:
            place += 1
        covered, near = timedelta(0), place
        while near < len(joined) and joined[near][0] < end:
            covered += min(end, joined[near][1]) - max(at, joined[near][0])
            near += 1
        whole[key] = whole.get(key, timedelta(0)) + (end - at)
        there[key] = there.get(key, timedelta(0)) + covered
        at = end
    return {key: there[key] / length for key, length in whole.items()}


def _joined(manned: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    joined: list[tuple[datetime, datetime]] = []
    for begin, end in manned:
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return joined


def worst_window(hours: Sequence[HourOfWeek], *, least: int, share: float) -> Window | None:
    """Find the window in which promises break most beyond the other hours; None where chance explains the worst one.

    It holds at least `least` broken promises and this `share` of all of them. Some window is always the worst one,
    so it is not enough that it looks bad by itself: this is a scan statistic (M. Kulldorff, 1997, Bernoulli model).
    The broken promises are dealt anew among the cases, again and again, and less than one deal in twenty may have
    a window as bad as this one. The dice are always the same, so equal cases give equal windows.
    """
    every = np.array([len(one.cases) for one in hours])
    late = np.array([len(one.late) for one in hours])
    if not late.sum() or late.sum() == every.sum():
        return None
    inside = _MATRIX @ every
    found = _badness(_MATRIX @ late, inside, late.sum(), every.sum())
    found[(_MATRIX @ late) < max(least, share * late.sum())] = 0.0
    # hours without a case change nothing: the shortest of those that are equally bad
    worst = np.flatnonzero(found >= found.max() - _EQUAL)
    best = int(worst[_MATRIX[worst].sum(axis=1).argmin()])
    if not found[best] > 0.0:
        return None
    dealt = np.random.default_rng(_SEED).multivariate_hypergeometric(every, int(late.sum()), size=_DEALS)
    by_chance = _badness(dealt @ _MATRIX.T, inside, late.sum(), every.sum()).max(axis=1)
    if (1 + (by_chance >= found[best]).sum()) / (1 + _DEALS) > _DOUBT:
        return None
    days, begins, ends = WINDOWS[best]
    return _window({(one.weekday, one.hour): one for one in hours}, days, begins, ends, int(late.sum()))


def _badness(late: Any, cases: Any, all_late: int, all_cases: int) -> Any:
    """Give the logarithm of how much likelier a higher share in the window makes what was found; else 0."""
    outside, late_outside = all_cases - cases, all_late - late
    higher = late * outside > late_outside * cases
    gain = (
        _likelihood(late, cases)
        + _likelihood(late_outside, outside)
        - _likelihood(np.asarray(all_late), np.asarray(all_cases))
    )
    return np.where(higher, gain, 0.0)


def _likelihood(late: Any, cases: Any) -> Any:
    kept = cases - late
    whole = np.maximum(cases, 1)
    return late * np.log(np.maximum(late, 1) / whole) + kept * np.log(np.maximum(kept, 1) / whole)


def _slot(day: int, hour: int) -> tuple[int, int]:
    return (day + hour // HOURS) % DAYS, hour % HOURS


WINDOWS: Final = tuple(
    (days, begins, begins + length)
    for days in GROUPS
    for begins in range(HOURS)
    for length in range(1, LONGEST + 1)
)
"""All that are tried: days, the hour at which they begin, and the one at which they end."""


def _matrix() -> Any:
    """Give a line for every window, with a 1 for each hour of the week that it holds."""
    # counts as floats: exact up to 2 to the 53rd, and products of whole numbers take twenty times as long
    matrix = np.zeros((len(WINDOWS), DAYS * HOURS))
    for line, (days, begins, ends) in enumerate(WINDOWS):
        for day in days:
            for hour in range(begins, ends):
                weekday, of_day = _slot(day, hour)
                matrix[line, weekday * HOURS + of_day] = 1
    return matrix


_MATRIX: Final = _matrix()


def _window(
    by: Mapping[tuple[int, int], HourOfWeek], days: tuple[int, ...], begins: int, ends: int, all_late: int
) -> Window:
    slots = [by[_slot(day, hour)] for day in days for hour in range(begins, ends)]
    late = tuple(sorted(number for one in slots for number in one.late))
    staffed = [one.staffed for one in slots if one.staffed is not None]
    return Window(
        days=days,
        begins=begins,
        ends=ends,
        cases=tuple(sorted(number for one in slots for number in one.cases)),
        late=late,
        of_all=len(late) / all_late,
        staffed=sum(staffed) / len(staffed) if staffed else None,
    )
