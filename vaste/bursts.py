"""Whether the last hour has more negative mentions than its hour of the week usually has. Pure.

`playbooks.burst` says what a burst is; here are the hours that it learns from, and the message. It folds nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from casebook.record import Notice
from playbooks.burst import Usual, burst, learn_usual

HOUR = timedelta(hours=1)
REMEMBERED = timedelta(weeks=8)
"""What is usual is learnt from so long before."""
HELD = timedelta(hours=3)
"""While a burst lasts it is told again after so long at the earliest."""
_MOST_UNWATCHED = HOUR / 2
"""An hour of which more was not watched says nothing of what is usual."""


def hour_of_week(at: datetime, zone: ZoneInfo) -> int:
    """Give the hour of the week on the zone's clocks, 0 for Monday's first."""
    local = at.astimezone(zone)
    return local.weekday() * 24 + local.hour


def usual_of(
    times: Iterable[datetime],
    unwatched: Sequence[tuple[datetime, datetime]],
    *,
    since: datetime,
    until: datetime,
    zone: ZoneInfo,
) -> Usual:
    """Learn what is usual from the whole hours in [since, until), hours without any mention included.

    `times` are those of the negative mentions, `unwatched` the parts in which nobody looked.
    """
    counts = Counter(_hour(at) for at in times)
    history: dict[int, list[int]] = defaultdict(list)
    hour = _hour(since + HOUR - timedelta.resolution)
    while hour + HOUR <= until:
        blind = sum((max(_shared(hour, part), timedelta(0)) for part in unwatched), start=timedelta(0))
        if blind <= _MOST_UNWATCHED:
            history[hour_of_week(hour, zone)].append(counts[hour])
        hour += HOUR
    return learn_usual(history)


def burst_notice(
    last: Sequence[datetime], usual: Usual, *, team: str, zone: ZoneInfo, now: datetime
) -> Notice | None:
    """Tell a team of the negative mentions of the last hour, where they are a burst."""
    found = burst(len(last), hour_of_week(now, zone), usual)
    if found is None:
        return None
    facts = {"count": found.count, "usual": round(found.usual, 1), "since": min(last).isoformat()}
    return Notice(f"burst:{now:%Y-%m-%dT%H}", f"team:{team}", "burst", facts)


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _shared(hour: datetime, part: tuple[datetime, datetime]) -> timedelta:
    return min(hour + HOUR, part[1]) - max(hour, part[0])
