"""How late posts become visible, and how far back a look must read for it: pure, for any source that polls.

A network shows a post some time after it was posted, and sometimes after later ones. A look therefore reads
again a stretch before the newest post seen. How long that stretch must be is learnt from what came late:

1. A look that was read whole vouches for its window: what it did not show and a later look shows, although it
   lay in that window, was late at least from when it was posted until the earlier look.
2. The stretch becomes twice the greatest lateness seen, at most an hour: what comes later than the stretch is
   never seen, so it must be longer than what was.
3. Without late posts it shrinks by half in six hours, down to what is configured.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST = timedelta(hours=1)
SPARE = 2
"""Times the greatest lateness seen."""
HALVED_WITHIN = timedelta(hours=6)
NOT_LATE = timedelta(minutes=1)
"""Vendors cut times to seconds, and some searches end half a minute ago on purpose."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What one look that was read whole showed."""

    ids: frozenset[str]
    start_at: datetime
    """From when on it read, by the posts' own times."""
    looked_at: datetime
    """When it began."""


def lateness(before: Shown | None, posts: Iterable[tuple[str, datetime]]) -> timedelta:
    """Give by how much the latest of these posts was late: zero where none is, or nothing is known of before.

    `posts` are (id, posted_at) of the look after `before`; those that are versions of others are left out.
    """
    if before is None:
        return timedelta(0)
    waits = (
        before.looked_at - posted_at
        for post_id, posted_at in posts
        if post_id not in before.ids and before.start_at <= posted_at < before.looked_at - NOT_LATE
    )
    return max(waits, default=timedelta(0))


def adapt(stretch: timedelta, *, least: timedelta, late_by: timedelta, since_last: timedelta) -> timedelta:
    """Give the stretch to read again from now on, `least` or more and an hour at most (or `least`, if longer).

    `late_by` is what this look found, `since_last` the time since the look before it.
    """
    longest = max(least, LONGEST)
    if late_by > timedelta(0):
        stretch = max(stretch, min(late_by, longest) * SPARE)
    else:
        halvings = max(since_last, timedelta(0)) / HALVED_WITHIN
        stretch = least + (stretch - least) * 0.5 ** min(halvings, 64)
    return min(max(stretch, least), longest)
