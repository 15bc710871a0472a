"""A wide search within a budget: counted often, read when the count moves, sampled when it does not.

Pure. A count costs as much as one post and says how many there are, so a search whose posts would cost more
than it may is asked for counts. One that can be read whole is counted once a day, to know that it still can, and as
often as any other once it has cost half as much again as a day's part within a day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import sqrt
from statistics import median
from typing import Self

from listener.budget import COUNTS_SHARE, Plan
from listener.instants import read_instant

SURGE = 1.5
"""Of a day's part: what a search that could be read whole costs in a day when it no longer can. Busy days cost less."""
MOST_READ = 100
"""Posts of one rationed look: one page."""
_SELDOM = timedelta(days=1)
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_HOURS = 24
_FEWEST_DAYS = 3
_LONGEST = 2 * 168
_MOST = 10**9


class Step(StrEnum):
    """What a search may do now."""

    WHOLE = "whole"
    """Read all there is, as without a budget."""
    MOVED = "moved"
    """Read the newest: the count has moved."""
    SAMPLE = "sample"
    """Read a few of the newest: it is their turn again."""
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Tripwire:
    """What the last count said, and when posts were read last."""

    counted_at: datetime | None = None
    a_day: float | None = None
    """Posts, over as many of the last 7 days as were counted; None before the first count."""
    moved: bool = False
    """The last hours hold more than such hours do, and nothing was read since."""
    read_at: datetime | None = None

    @classmethod
    def read(cls, written: object) -> Self:
        """Read it as `write` wrote it; what is not one knows nothing."""
        if not isinstance(written, Mapping):
            return cls()
        a_day = written.get("a_day")
        return cls(
            counted_at=read_instant(written.get("counted_at")),
            a_day=float(a_day) if isinstance(a_day, int | float) else None,
            moved=written.get("moved") is True,
            read_at=read_instant(written.get("read_at")),
        )

    def write(self) -> dict[str, object]:
        """Give it as a JSON object."""
        return {
            "counted_at": self.counted_at.isoformat() if self.counted_at else None,
            "a_day": self.a_day,
            "moved": self.moved,
            "read_at": self.read_at.isoformat() if self.read_at else None,
        }

    def after_reading(self, now: datetime) -> Self:
        """Give it after the newest posts were read."""
        return replace(self, moved=False, read_at=now)

    def after_counting(self, counts: Sequence["Counted"], now: datetime) -> Self:
        """Give it after posts were counted by the hour, the oldest first."""
        hours = sum((one.ends_at - one.begins_at) / _HOUR for one in counts)
        a_day = sum(one.posts for one in counts) / max(hours, 1.0) * _HOURS
        return replace(self, counted_at=now, a_day=a_day, moved=has_moved(counts))


@dataclass(frozen=True, slots=True)
class Counted:
    """One bucket of a count, an hour or less."""

    begins_at: datetime
    ends_at: datetime
    posts: int


@dataclass(frozen=True, slots=True)
class Ration:
    """What a search may do now, and how many posts it may read; None for no bound but the purse."""

    step: Step
    posts: int | None = None


def is_count_due(
    tripwire: Tripwire, plan: Plan, *, price: int, post_price: int, every: timedelta, now: datetime
) -> bool:
    """Say whether it is time to count."""
    if price > plan.wide:
        return False
    if tripwire.counted_at is None or tripwire.counted_at > now:  # a clock was put back
        return True
    return now - tripwire.counted_at >= count_every(
        tripwire, plan, price=price, post_price=post_price, every=every
    )


def count_every(
    tripwire: Tripwire, plan: Plan, *, price: int, post_price: int, every: timedelta
) -> timedelta:
    """Give the pace of counts: what a fifth of the money buys, where the posts can't all be read."""
    if not is_too_wide(tripwire, plan, post_price=post_price) or plan.wide_a_day <= 0:
        return _SELDOM
    return min(max(price / (COUNTS_SHARE * plan.wide_a_day) * _DAY, every), _SELDOM)


def is_too_wide(tripwire: Tripwire, plan: Plan, *, post_price: int) -> bool:
    """Say whether a day's posts cost more than a day may; what was never counted is taken to.

    So is what has cost much more than that within a day, whatever the last count said: it is older than the storm.
    """
    if tripwire.a_day is None or plan.wide_today > SURGE * plan.wide_a_day:
        return True
    return tripwire.a_day * post_price > plan.wide_a_day


def ration(tripwire: Tripwire, plan: Plan, *, post_price: int, least: int, now: datetime) -> Ration:
    """Say what a search may do now; `least` posts are the smallest page."""
    if not is_too_wide(tripwire, plan, post_price=post_price):
        return Ration(Step.WHOLE)
    can = max(plan.wide - plan.kept_for_counts, 0) // max(post_price, 1)
    if tripwire.moved:
        may = min(can, MOST_READ)
        return Ration(Step.MOVED, may) if may >= least else Ration(Step.WAIT)
    earned = (
        (1 - COUNTS_SHARE) * plan.wide_a_day * ((now - tripwire.read_at) / _DAY if tripwire.read_at else 0)
    )
    is_first = tripwire.read_at is None or tripwire.read_at > now  # a clock was put back
    may = int(min(earned // max(post_price, 1), MOST_READ)) if not is_first else least
    may = min(may, can)
    return Ration(Step.SAMPLE, may) if may >= least else Ration(Step.WAIT)


def read_counts(body: object) -> list[Counted]:
    """Read what X's counts by the hour say, the oldest hour first; empty where it is no count."""
    rows = body.get("data") if isinstance(body, Mapping) else None
    found = [_counted(row) for row in rows] if isinstance(rows, list) and len(rows) <= _LONGEST else []
    return sorted((one for one in found if one is not None), key=lambda one: one.begins_at)


def has_moved(counts: Sequence[Counted]) -> bool:
    """Say whether the hour that runs and the one before hold more than they do on other days.

    Usual is the median of the same two hours (so much of them) over the days before; where fewer than three
    are known, the mean of all hours. More is over twice the usual and three times its square root.
    """
    if len(counts) < 3:  # noqa: PLR2004 - nothing to compare with
        return False
    whole, running = counts[-2], counts[-1]
    part = min((running.ends_at - running.begins_at) / _HOUR, 1.0)
    earlier = range(len(counts) - 1 - _HOURS, 0, -_HOURS)
    days = [counts[at - 1].posts + part * counts[at].posts for at in earlier]
    before = [one.posts for one in counts[:-2]]
    usual = median(days) if len(days) >= _FEWEST_DAYS else sum(before) / len(before) * (1 + part)
    return whole.posts + running.posts > 2 * usual + 3 * sqrt(max(usual, 1.0))


def _counted(row: object) -> Counted | None:
    if not isinstance(row, Mapping):
        return None
    posts = row.get("tweet_count", row.get("post_count"))
    begins_at, ends_at = read_instant(row.get("start")), read_instant(row.get("end"))
    if type(posts) is not int or not 0 <= posts <= _MOST or begins_at is None or ends_at is None:
        return None
    return Counted(begins_at, ends_at, posts) if begins_at < ends_at else None
