"""Backing off after faults: pure but for what it remembers."""

from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

LONGEST_PAUSE = timedelta(minutes=5)
"""The longest pause of ours; a vendor's own reset may be longer."""


class Failing(Protocol):
    """What went wrong, as far as waiting hangs on it."""

    @property
    def retry_at(self) -> datetime | None:
        """The vendor's own reset, where it named one."""
        ...


Wrong = TypeVar("Wrong", bound=Failing)


class Patience(Generic[Wrong]):
    """Backs one lane off after faults and says, until then, what is wrong; the first success ends it."""

    def __init__(self, every: timedelta) -> None:
        self._every = every
        self._failures = 0
        self._from: datetime | None = None
        self._fault: Wrong | None = None

    def standing(self, now: datetime) -> Wrong | None:
        """Give the fault for whose end we still wait; None when the vendor may be asked."""
        return self._fault if self._from is not None and now < self._from else None

    def failed(self, fault: Wrong, now: datetime, *, pause: timedelta | None = None) -> None:
        """Wait for the vendor's own reset, for `pause`, or longer after each fault."""
        self._failures += 1
        self._fault = fault
        self._from = fault.retry_at or now + (pause or pause_after(self._failures, self._every))

    def succeeded(self) -> None:
        """Forget what was wrong."""
        self._failures, self._from, self._fault = 0, None, None


def pause_after(failures: int, every: timedelta) -> timedelta:
    """Give the pause after the nth failure in a row: doubling from `every`, at most five minutes.

    A tenth is left off, so that a look that comes a moment early is not put off by a whole turn.
    """
    return min(every * (1 << min(failures - 1, 16)), LONGEST_PAUSE) * 0.9
