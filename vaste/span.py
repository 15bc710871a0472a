"""A duration for a narrow column. Pure."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
UNITS = ("s", "min", "h", "d")


def span(seconds: int | None, units: tuple[str, str, str, str] = UNITS) -> str:
    """Write a duration in its two largest units: 45 s, 12 min, 3 h 18 min, 2 d 4 h; – for none.

    `units` are the words for a second, a minute, an hour and a day. What is smaller is cut off, not rounded.
    """
    second, minute, hour, day = units
    if seconds is None:
        return "–"
    if seconds < _MINUTE:
        return f"{seconds} {second}"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} {minute}"
    if seconds < _DAY:
        return _two(seconds // _HOUR, hour, seconds % _HOUR // _MINUTE, minute)
    return _two(seconds // _DAY, day, seconds % _DAY // _HOUR, hour)


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit}" + (f" {small} {small_unit}" if small else "")
