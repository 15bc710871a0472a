"""When something is due, as people say it: `fri 16:00`, `2026-12-04 16:00`, `2d`. Pure."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from casebook.duration import parse_duration
from casebook.wall import instant_of
from vaste.when import weekday_of

_DAY_AND_TIME = re.compile(r"(?:([a-z]+)|(\d{4}-\d{2}-\d{2}))[ T]+(\d{1,2}):(\d{2})")


def due_of(written: str, *, now: datetime, zone: ZoneInfo) -> datetime:
    """Give the instant that is meant: the next such weekday and time, a date and time, or so long from now.

    Raises ValueError with a sentence that says how to write it.
    """
    found = _DAY_AND_TIME.fullmatch(written.strip().lower())
    try:
        if found is not None:
            return _on(found[1], found[2], time(int(found[3]), int(found[4])), now=now, zone=zone)
        if ":" in written:
            at = datetime.fromisoformat(written.strip())
            return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
        return now + parse_duration(written)
    except (ValueError, OverflowError) as mistake:
        raise ValueError('write for example "fri 16:00", "2026-12-04 16:00" or 2d') from mistake


def _on(weekday: str | None, written: str | None, at: time, *, now: datetime, zone: ZoneInfo) -> datetime:
    if weekday is None:
        return instant_of(date.fromisoformat(written or ""), at, zone)
    today = now.astimezone(zone).date()
    first = today + timedelta(days=(weekday_of(weekday) - today.weekday()) % 7)
    due_at = instant_of(first, at, zone)
    # today at a time that has passed means the same day next week
    return due_at if due_at > now else instant_of(first + timedelta(days=7), at, zone)
