"""When a source is looked at next: a pure rule over what its last looks brought.

`every` is the slowest pace. A look that brings nothing costs nothing at any vendor we know, so quiet hours
keep it; in a burst a source is looked at more often. A vendor's rate limit and a budget hold all the same:
the source itself skips a lane for which it is too early, and says until when it must be left alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

POSTS_A_LOOK = 2
"""In a burst a look comes when so many new posts are to be expected."""
LEAST_PAUSE = timedelta(seconds=10)
MOST_OFTEN = 4
"""Looks in one `every`, at most."""
_SHORTEST_MEMORY = timedelta(minutes=2)


class Tempo(StrEnum):
    """Why the next look comes when it does."""

    STEADY = "steady"
    """Nothing, or little, is being said."""
    BURST = "burst"
    """More is being said than `every` was meant for."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """How many new posts one look brought."""

    at: datetime
    posts: int


@dataclass(frozen=True, slots=True)
class Pause:
    """The time from the beginning of one look to the beginning of the next, and why."""

    length: timedelta
    tempo: Tempo


def next_look(*, every: timedelta, arrivals: Sequence[Arrival], now: datetime) -> Pause:
    """Say how long after the last look the next one comes: at most `every`, in a burst less.

    New posts of the last two `every` (two minutes at least) tell how fast they come; the pause is the time
    in which two more are to be expected, at least a quarter of `every` and ten seconds, unless `every` is
    shorter than that.
    """
    memory = memory_of(every)
    posts = sum(arrival.posts for arrival in arrivals if now - memory < arrival.at <= now)
    if posts == 0:
        return Pause(every, Tempo.STEADY)
    expected = memory * POSTS_A_LOOK / posts
    length = min(every, max(expected, shortest_pause(every)))
    return Pause(length, Tempo.BURST if length < every else Tempo.STEADY)


def shortest_pause(every: timedelta) -> timedelta:
    """Give the pause of the greatest burst."""
    return min(every, max(every / MOST_OFTEN, LEAST_PAUSE))


def memory_of(every: timedelta) -> timedelta:
    """Give how far back arrivals tell of the pace at which posts come."""
    return max(2 * every, _SHORTEST_MEMORY)
