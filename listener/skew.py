"""How far a network's clock is from ours, by the times its answers carry. Pure.

The Date of an HTTP answer is in whole seconds, so what is under a second is not known and counts as nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from statistics import median

RESOLUTION = timedelta(seconds=1)
TOLERATED = timedelta(seconds=30)
"""A clock further off than this is somebody's to set right."""
_BELIEVED = timedelta(days=30)
"""Further apart than this, the answer tells no time at all."""
_HALF_A_SECOND = timedelta(milliseconds=500)


def offset_of(headers: Mapping[str, str], *, asked_at: datetime, answered_at: datetime) -> timedelta | None:
    """Say how much the vendor's clock is ahead of ours, by one answer; None where the answer does not say.

    The vendor looked at its clock somewhere between the question and the answer. An answer out of a cache
    (it has an Age) tells the time of another question.
    """
    written = {name.lower(): value for name, value in headers.items()}
    if written.get("age", "0").strip() not in {"", "0"}:
        return None
    try:
        dated = parsedate_to_datetime(written.get("date", ""))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    dated = dated.replace(tzinfo=UTC) if dated.tzinfo is None else dated
    try:
        offset = dated + _HALF_A_SECOND - (asked_at + (answered_at - asked_at) / 2)
    except OverflowError:  # at the end of the calendar
        return None
    return offset if abs(offset) <= _BELIEVED else None


def settled(offsets: Sequence[timedelta]) -> timedelta | None:
    """Give the offset that several answers agree on: their median, nothing where it is under the resolution."""
    if not offsets:
        return None
    middle = timedelta(seconds=median(offset.total_seconds() for offset in offsets))
    return middle if abs(middle) > RESOLUTION else timedelta(0)


def complaint(offset: timedelta) -> str | None:
    """Say what is wrong with a clock that is too far off; None where it is not."""
    if abs(offset) <= TOLERATED:
        return None
    seconds = round(abs(offset).total_seconds())
    which = "behind" if offset > timedelta(0) else "ahead of"
    return (
        f"this machine's clock is {seconds} s {which} the network's; set it right (NTP), or deadlines are off"
    )
