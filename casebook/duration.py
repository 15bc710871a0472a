"""Durations as people write them in a configuration: 30s, 5m, 24h, 7d, 1w."""

import re
from datetime import timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_WRITTEN = re.compile(r"\s*(\d{1,10}(?:\.\d{1,6})?)\s*([smhdw])\s*")
_LONGEST = timedelta(days=36_500)


def parse_duration(written: object) -> timedelta:
    """Read one duration; raises ValueError that says how to write it.

    A timedelta passes through. Durations are positive and at most a hundred years.
    """
    if isinstance(written, timedelta):
        return written
    found = _WRITTEN.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise ValueError(f"{written!r} is not a duration; write for example 30s, 5m, 24h, 7d or 1w")
    try:
        duration = timedelta(**{_UNITS[found[2]]: float(found[1])})
    except OverflowError:
        duration = _LONGEST * 2
    if not timedelta(0) < duration <= _LONGEST:
        raise ValueError(f"{written!r} must be longer than nothing and at most a hundred years")
    return duration


def write_duration(duration: timedelta) -> str:
    """Write a duration in its largest whole unit; `parse_duration` reads it back."""
    seconds = int(duration.total_seconds())
    for unit, length in (("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"
