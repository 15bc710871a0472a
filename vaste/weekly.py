"""A team's week in figures: how long customers waited, and how often we were in time. Pure.

Every figure is computed from rows of the response-time log, by the definitions of docs/clocks.md: a case deserves
an answer where its playbook has a deadline for one and nobody dismissed it. Those whose deadline has not come yet
are counted apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from casebook.calendar import Calendar, next_opening
from casebook.record import Notice
from casebook.wall import instant_of
from vaste.digests import Period

Row = Mapping[str, Any]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a period adds up to, of the cases whose customers wrote in it."""

    cases: int
    """Those that deserved an answer."""
    answered: int
    in_time: int
    late: int
    """Answered after their deadline."""
    unanswered: int
    """Past their deadline or closed without an answer."""
    waiting: int
    """Not answered, and not due yet."""
    median_s: int | None
    p90_s: int | None
    """Nine of ten waited no longer."""

    @property
    def share_in_time(self) -> float | None:
        """Share 0..1 of those that were answered or due; None where there is none."""
        decided = self.answered + self.unanswered
        return self.in_time / decided if decided else None


def figures_of(rows: Iterable[Row]) -> Figures:
    """Add up rows of the log."""
    states = [(row, state) for row in rows if (state := state_of(row)) is not None]
    counts = {name: sum(state == name for _, state in states) for name in _STATES}
    waits = sorted(int(row["frt_s"]) for row, _ in states if row["frt_s"] is not None)
    return Figures(
        cases=len(states),
        answered=counts["in_time"] + counts["late"],
        median_s=quantile(waits, 0.5),
        p90_s=quantile(waits, 0.9),
        **counts,
    )


_STATES = ("in_time", "late", "unanswered", "waiting")


def state_of(row: Row) -> str | None:
    """Say how a case counts: one of `in_time`, `late`, `unanswered`, `waiting`; None where it does not.

    A crisis is nobody's wait: each of its customers has a row of their own.
    """
    if row["respond_by"] is None or row["status"] == "dismissed" or row["source"] is None:
        return None
    is_late = "respond" in row["breaches"]
    if row["responded_at"] is not None:
        return "late" if is_late else "in_time"
    return "unanswered" if is_late or row["status"] == "closed" else "waiting"


def quantile(ordered: Sequence[int], share: float) -> int | None:
    """Give a quantile of ordered seconds, between two of them in proportion; None of nothing."""
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return round(ordered[low] + (ordered[high] - ordered[low]) * (place - low))


def days_of(rows: Iterable[Row], period: Period, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Count the cases of each local day of a period: the day, and how many are in each state."""
    first, last = period.since.astimezone(zone).date(), period.until.astimezone(zone).date()
    days = {first + n * _DAY: dict.fromkeys(_STATES, 0) for n in range((last - first).days)}
    for row in rows:
        day, state = row["posted_at"].astimezone(zone).date(), state_of(row)
        if state is not None and day in days:
            days[day][state] += 1
    return [{"day": day.isoformat(), **counts} for day, counts in days.items()]


def facts_of(rows: Sequence[Row], period: Period, zone: ZoneInfo) -> dict[str, Any]:
    """Give a period's figures as facts of a notice."""
    figures = figures_of(rows)
    return {
        "since": period.since.isoformat(),
        "until": period.until.isoformat(),
        **asdict(figures),
        "share": figures.share_in_time,
        "days": days_of(rows, period, zone),
    }


def told_from(week: Period, calendar: Calendar | None, at: time, zone: ZoneInfo) -> datetime:
    """Give when a week that has ended is told of: at the team's next opening, or at a time of day where it has none."""
    usual = instant_of(week.until.astimezone(zone).date(), at, zone)
    if calendar is None:
        return usual
    opening = next_opening(calendar, week.until)
    # what is open at midnight has no morning
    return usual if opening == week.until else opening


def weekly_notice(team: str, week: Period, facts: Mapping[str, Any]) -> Notice | None:
    """Tell a team of its week beside the one before; None where nobody deserved an answer in either.

    `facts` are `facts_of` both, by name.
    """
    if not any(facts[name]["cases"] for name in ("week", "before")):
        return None
    return Notice(
        f"weekly:{team}:{week.name}", f"team:{team}", "weekly", {"team": team, "name": week.name, **facts}
    )
