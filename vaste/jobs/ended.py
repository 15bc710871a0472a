"""How a look at a source ended, until that is in the record."""

from dataclasses import KW_ONLY, dataclass
from datetime import datetime, timedelta
from functools import partial

from casebook.db import unavailable
from casebook.mention import Bill, Blindness, Trouble
from casebook.store import Grow, SourceState
from listener.coverage import grown
from listener.source import SourceUnavailable


@dataclass(frozen=True, slots=True)
class Saw:
    """What a look adds to the coverage ledger, once it is known where that ends."""

    lanes: tuple[str, ...]
    troubles: tuple[Trouble, ...]
    _: KW_ONLY
    began_at: datetime
    at: datetime
    due_within: timedelta

    def grow(self, *, unrecorded_since: datetime | None) -> Grow:
        """Give what the store asks for; `unrecorded_since` is since when nothing could be recorded before it."""
        return partial(
            grown,
            lanes=self.lanes,
            troubles=self.troubles,
            began_at=self.began_at,
            at=self.at,
            due_within=self.due_within,
            unrecorded_since=unrecorded_since,
        )


@dataclass(frozen=True, slots=True)
class Ending:
    """How a look ended; kept until its source is given back."""

    state: SourceState
    saw: Saw
    bills: tuple[Bill, ...] = ()
    """What it cost, as far as that is not in the record."""
    failures: int = 0
    retry_at: datetime | None = None


def fault_of(error: Exception, bills: tuple[Bill, ...] = ()) -> SourceUnavailable:
    """Say what made a look fail that should not have: our own record, or anything else."""
    ours = unavailable(error)
    if ours is None:
        return SourceUnavailable(f"{type(error).__name__}; see the log", bills=bills)
    return SourceUnavailable(f"what it shows can't be recorded: {ours}", reason=Blindness.RECORD, bills=bills)
