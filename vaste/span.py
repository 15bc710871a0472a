"""A duration for a narrow column. Pure."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def span(seconds: int | None) -> str:
    """Write a duration in its two largest units: 45 s, 12 min, 3 h 18 min, 2 d 4 h; – for none."""
    if seconds is None:
        return "–"
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    whole, rest, large, small = (_HOUR, _MINUTE, "h", "min") if seconds < _DAY else (_DAY, _HOUR, "d", "h")
    left = seconds % whole // rest
    return f"{seconds // whole} {large}" + (f" {left} {small}" if left else "")
