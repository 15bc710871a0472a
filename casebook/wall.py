"""From the wall clock to the instant, on the nights on which clocks change too. Pure.

A wall time in the hour that is skipped stands for the first instant after it; one in the hour that comes twice,
for its first coming. So later wall times never give earlier instants, and one wall time gives one instant:
what ends at it and what begins at it meet.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def instant_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Give the instant, in UTC, at which the zone's clocks show a time on a local date."""
    wall = datetime.combine(day, at.replace(tzinfo=None, fold=0))
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    # where the wall time comes twice, the first is earlier; where it never comes, the first is later
    return first if first <= second else _end_of_gap(zone, second, first)


def _end_of_gap(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Find the instant between the two at which the zone's offset changes, to the second."""
    old = before.astimezone(zone).utcoffset()
    apart = int((after - before).total_seconds())
    low, high = 0, apart  # the offset is the old one at `low`, the new one at `high`
    while high - low > 1:
        middle = (low + high) // 2
        is_old = (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == old
        low, high = (middle, high) if is_old else (low, middle)
    return before + timedelta(seconds=high)
