"""How many messages a vendor takes, and which must wait when it takes no more: shared by all processes. Pure.

An allowance is renewed evenly (a token bucket: so many at once, then one every so often), or all at once when a
stretch ends that its first message began (a cap: so many a minute). A vendor's own wait rests it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from casebook.record import Claimed

Holds = Literal["all", "posts", "updates", "look_ups", "cards"]
"""What must wait while nothing of an allowance is left: everything, messages that are not posted yet, those to be
edited, those to be looked up first, or the cards that may be held back."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one message takes of something that there is only so much of."""

    name: str
    """The same in every process."""
    most: int
    within: timedelta
    burst: int | None = None
    """How many at once, where it is renewed evenly; None: it is renewed at the end of each stretch `within`."""
    holds: Holds = "all"
    is_wide: bool = False
    """It is the same for every addressee of the channel."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What was taken of an allowance so far."""

    at: datetime
    """When a bucket is full again; when a capped stretch began."""
    count: int = 0
    """Taken in that stretch."""
    rests_until: datetime | None = None
    """The vendor wants nothing before."""


@dataclass(frozen=True, slots=True)
class Door:
    """Messages that must wait together."""

    channel: int
    addressee: str | None
    """None: of every addressee."""
    holds: Holds


def free_at(allowance: Allowance, spent: Spent | None, *, now: datetime) -> datetime:
    """Give when an allowance may next be taken; `now` when at once."""
    if spent is None:
        return now
    free = spent.at + allowance.within
    if allowance.burst is not None:
        free = spent.at - _each(allowance) * (allowance.burst - 1)
    elif spent.count < allowance.most:
        free = now
    return max(now, free, spent.rests_until or now)


def take(allowance: Allowance, spent: Spent | None, *, now: datetime) -> Spent:
    """Give what is spent once one more is taken at `now`; only to be asked when it is free."""
    rests_until = spent.rests_until if spent else None
    if allowance.burst is not None:
        full_at = max(spent.at, now) if spent else now
        return Spent(full_at + _each(allowance), rests_until=rests_until)
    if spent is None or spent.at + allowance.within <= now:
        return Spent(now, 1, rests_until)
    return replace(spent, count=spent.count + 1)


def rested(spent: Spent | None, *, until: datetime) -> Spent:
    """Give what is spent when the vendor wants nothing before `until`; a longer rest stands."""
    if spent is None:
        return Spent(until, rests_until=until)
    return replace(spent, rests_until=max(until, spent.rests_until or until))


def _each(allowance: Allowance) -> timedelta:
    return allowance.within / allowance.most


class Gate:
    """Knows what each message takes, and remembers in this process which doors are shut until when.

    What it remembers only saves asking: whether an allowance is free is decided in the record.
    """

    def __init__(self, costs: Callable[[Claimed], Sequence[Allowance]]) -> None:
        self.costs = costs
        self._shut: dict[Door, datetime] = {}

    def shut(self, now: datetime) -> dict[Door, datetime]:
        """Give the doors that are still shut, and until when."""
        self._shut = {door: until for door, until in self._shut.items() if until > now}
        return dict(self._shut)

    def shut_for(self, claimed: Claimed, allowance: Allowance, until: datetime) -> None:
        """Shut the door behind which a message stands, for want of an allowance."""
        addressee = None if allowance.is_wide else claimed.addressee
        self.shut_until(Door(claimed.channel, addressee, allowance.holds), until)

    def shut_until(self, door: Door, until: datetime) -> None:
        """Shut a door for a while."""
        self._shut[door] = until
