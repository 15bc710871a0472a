"""Quiet hours of a playbook: when nobody is called for it. Pure.

They are turned round into a calendar of the hours in which people may be called, so that the nights on which
clocks change are counted as `casebook.calendar` counts them. Deadlines towards the customer run on; only the
calling of people waits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from casebook.calendar import DAY, Calendar, Span, add, next_opening


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one minute of the day to another, past midnight where the end is not later; the same every day.

    Raises ValueError for minutes outside the day, and where they would last all day.
    """

    begin: int
    end: int
    """The first minute in which people may be called again; 0 for midnight."""
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if not (0 <= self.begin < DAY and 0 <= self.end < DAY):
            raise ValueError("quiet hours begin and end within a day")
        if self.begin == self.end:
            raise ValueError("quiet hours that last all day would never call anybody")

    def as_facts(self) -> dict[str, Any]:
        """Write them as JSON values; `quiet_hours_of` reads them back."""
        return {"begin": self.begin, "end": self.end, "zone": self.zone.key}


def quiet_hours_of(facts: Mapping[str, Any] | None) -> QuietHours | None:
    """Read quiet hours from facts; None where there are none."""
    return None if facts is None else QuietHours(facts["begin"], facts["end"], ZoneInfo(facts["zone"]))


def not_before(quiet: QuietHours | None, at: datetime) -> datetime:
    """Give the first instant from `at` on at which people may be called: `at` itself outside quiet hours."""
    return at if quiet is None else max(at, next_opening(_awake(quiet), at))


def awake_after(quiet: QuietHours | None, start: datetime, duration: timedelta) -> datetime:
    """Give the instant at which `duration` has passed since `start`, quiet hours not counted."""
    if quiet is None:
        return start + duration
    return add(_awake(quiet), not_before(quiet, start), duration)


@lru_cache(maxsize=256)
def _awake(quiet: QuietHours) -> Calendar:
    """The hours between one end and the next begin, as one span: it may run past midnight."""
    end = quiet.begin if quiet.begin > quiet.end else quiet.begin + DAY
    return Calendar("awake", quiet.zone, ((Span(quiet.end, end),),) * 7)
