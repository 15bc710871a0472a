"""How much somebody has on their hands, and which night was the last one. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from casebook.wall import instant_of

NIGHT_BEGINS: Final = time(22)
NIGHT_ENDS: Final = time(7)
"""Of the next date."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Load:
    """What the record knows of one person."""

    open_cases: int = 0
    """Those they have and did not answer or end, and those they were first called to that nobody has taken."""
    night_pages: int = 0
    """How often they were called in the last night."""
    paged_at: datetime | None = None
    """When they were last called; None: not within living memory."""


NOTHING: Final = Load()


def last_night(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Give the bounds of the night that began last, the end left out; it may still last.

    From 22 to 7 on the zone's clocks: an hour shorter or longer when they change.
    """
    today = now.astimezone(zone).date()
    begun = instant_of(today, NIGHT_BEGINS, zone)
    evening = today if begun <= now else today - _DAY
    return instant_of(evening, NIGHT_BEGINS, zone), instant_of(evening + _DAY, NIGHT_ENDS, zone)
