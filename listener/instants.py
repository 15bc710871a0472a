"""Instants as cursors keep them and networks write them. Pure."""

from datetime import UTC, datetime


def read_instant(written: object) -> datetime | None:
    """Read an ISO 8601 instant, in UTC; None for whatever is none, a time without a zone included."""
    try:
        instant = datetime.fromisoformat(written) if isinstance(written, str) else None
        return instant.astimezone(UTC) if instant is not None and instant.tzinfo is not None else None
    except (ValueError, OverflowError):  # the second: a year that no other zone has
        return None


def write_instant(instant: datetime | None) -> str | None:
    """Write an instant so that `read_instant` reads it; None stays None."""
    return None if instant is None else instant.isoformat()
