"""What somebody has carried, week by week: how often they were called, and how many nights it cost them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from vaste.comparison import NIGHT, is_at_night


@dataclass(frozen=True, slots=True)
class Week:
    """One week, from Monday on the zone's calendar."""

    monday: date
    called: int
    at_night: int
    nights: int
    """In how many nights they were called at all."""
    taken: int
    """Cases that they took first."""


def weeks_of(
    calls: Iterable[datetime], taken: Iterable[datetime], *, zone: ZoneInfo, now: datetime, weeks: int
) -> list[Week]:
    """Give the weeks up to this one, the oldest first; an hour after midnight belongs to the night before it."""
    this = _monday(now.astimezone(zone).date())
    mondays = [this - timedelta(days=7 * back) for back in range(weeks - 1, -1, -1)]
    by_week: dict[date, list[datetime]] = {}
    for at in calls:
        by_week.setdefault(_monday(at.astimezone(zone).date()), []).append(at)
    took: dict[date, int] = {}
    for at in taken:
        monday = _monday(at.astimezone(zone).date())
        took[monday] = took.get(monday, 0) + 1
    found = []
    for monday in mondays:
        called = by_week.get(monday, [])
        waking = [at for at in called if is_at_night(at, zone)]
        nights = {_evening(at.astimezone(zone)) for at in waking}
        found.append(Week(monday, len(called), len(waking), len(nights), took.get(monday, 0)))
    return found


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _evening(local: datetime) -> date:
    return local.date() - timedelta(days=1) if local.time() < NIGHT[1] else local.date()
