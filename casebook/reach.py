"""How many people a post has reached, and how quickly that grows. Pure.

Networks count different things. A post's reach is the larger of its views, where the network tells them, and of
all that was done with it (likes, reposts, answers, quotes): whoever did something has seen it. Followers are not
in it, for most of them never see a post.

Each time a source shows the post again, its reach is read again. A few readings are kept, enough to say what it
gained in the last hour:

1. Growth is what the reach gained since the newest reading that is at least an hour old; before any such, since
   the post was posted, with nothing.
2. It is told per hour. Less than an hour counts as a whole one: two likes in the first second are no 7,200 an hour.
3. A reach that was not read again has not grown, as far as we know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

HOUR: Final = timedelta(hours=1)
APART: Final = timedelta(minutes=10)
"""Readings that are kept lie at least so far apart; of nearer ones the latest is kept."""

_MOST: Final = 2**53
"""What a JSON number holds exactly; no post has reached as many."""
Reading = tuple[datetime, int]
"""When it was read, and the reach it had then."""


def reach_of(*done: int | None, views: int | None = None) -> int | None:
    """Give the reach of a post: `done` are counts of what was done with it; None where nothing is told.

    Counts below zero, as networks show for a moment after something was taken back, are none.
    """
    counts = [max(count, 0) for count in done if count is not None]
    if views is None and not counts:
        return None
    return max(views or 0, sum(counts))


def count_of(written: object) -> int | None:
    """Read one count of a network's answer; None for what is none."""
    return min(written, _MOST) if type(written) is int else None


def read_again(readings: Sequence[Reading], at: datetime, reach: int) -> tuple[Reading, ...]:
    """Add a reading to those that are kept, oldest first; what no growth can hang on any more is left out."""
    kept = list(readings)
    if kept and kept[-1][0] >= at:
        return tuple(kept)  # another machine has read it meanwhile
    if len(kept) > 1 and at - kept[-2][0] < APART:
        kept.pop()
    kept.append((at, reach))
    first = max((place for place, (read_at, _) in enumerate(kept) if read_at <= at - HOUR), default=0)
    return tuple(kept[first:])


def growth(readings: Sequence[Reading], *, posted_at: datetime, at: datetime) -> float | None:
    """Give what the reach gained per hour until an instant; None where it was never read by then."""
    read = [reading for reading in readings if reading[0] <= at]
    if not read:
        return None
    _, reach = read[-1]
    since, before = next(
        (reading for reading in reversed(read) if reading[0] <= at - HOUR), (min(posted_at, at), 0)
    )
    return (reach - before) * (HOUR / max(at - since, HOUR))


@dataclass(frozen=True, slots=True)
class Marks:
    """Reaches, and growths per hour, at which a post is looked at anew."""

    at_least: frozenset[int] = frozenset()
    growing: frozenset[int] = frozenset()


NO_MARKS: Final = Marks()


def passes(
    marks: Marks, before: Sequence[Reading], after: Sequence[Reading], *, posted_at: datetime, at: datetime
) -> bool:
    """Say whether a new reading, of `at`, brings a post to a mark, or over it, where the one before it was under.

    A growth is held against what was decided at the reading before, not at this instant.
    """
    reach, grown = _figures(after, posted_at=posted_at, at=at)
    was, had_grown = _figures(before, posted_at=posted_at, at=before[-1][0] if before else at)
    return any(was < mark <= reach for mark in marks.at_least) or any(
        had_grown < mark <= grown for mark in marks.growing
    )


def _figures(readings: Sequence[Reading], *, posted_at: datetime, at: datetime) -> tuple[int, float]:
    if not readings:
        return -1, -1.0
    return readings[-1][1], growth(readings, posted_at=posted_at, at=at) or 0.0
