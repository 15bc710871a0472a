"""What was promised to a customer besides an answer, and whether it was kept. Pure values.

A promise holds no words: what it is about is one of a few kinds, so that the history stays free of personal text.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

KINDS = ("answer", "send", "refund", "call", "fix", "other")
"""What may be promised."""
GRACE = timedelta(hours=1)
"""Its owner is reminded when it is due; after as long without a word that it was kept, it is broken."""
LONGEST = timedelta(days=366)
"""What is promised for later than that is a slip of the finger."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise of a case."""

    number: int
    """1, 2, 3, … within the case."""
    what: str
    due_at: datetime
    by: str
    """Key of the person who made it."""
    made_at: datetime
    reminded_at: datetime | None = None
    kept_at: datetime | None = None
    broken_at: datetime | None = None
    """When it was broken; it stays so, also where it was kept afterwards."""

    @property
    def state(self) -> Literal["open", "kept", "broken"]:
        """How it stands."""
        if self.broken_at is not None:
            return "broken"
        return "open" if self.kept_at is None else "kept"

    @property
    def is_owed(self) -> bool:
        """Nobody has said that it was kept, in time or late."""
        return self.kept_at is None

    @property
    def looks_at(self) -> datetime | None:
        """When somebody must look at it next: at its due time, and just after the grace."""
        if self.state != "open":
            return None
        if self.reminded_at is None:
            return self.due_at
        return self.due_at + GRACE + timedelta(microseconds=1)


def next_promise(promises: Iterable[Promise]) -> datetime | None:
    """Give when the first of these promises must be looked at."""
    return min((at for promise in promises if (at := promise.looks_at) is not None), default=None)
