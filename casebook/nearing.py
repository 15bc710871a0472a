"""Warnings before a promise is broken: at half of its time and at four fifths. Pure.

Only the owner of a case is warned, and only of what they can still keep: nothing is said of a time that had passed
before they had the case (or took it up again), of a case that is put off, and once the customer has an answer.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from casebook.case import Case, Status
from casebook.event import Event, EventKind, TimeSource
from casebook.timing import clocks

SHARES: Final = (50, 80)
"""Per cent of the time."""


class Nearing(NamedTuple):
    """A warning that is owed at an instant."""

    at: datetime
    clock: str
    share: int
    due_by: datetime


def next_warning(case: Case) -> datetime | None:
    """Give when the next warning is owed; None for never."""
    return min((one.at for one in _owed(case)), default=None)


def warning_events(case: Case, *, now: datetime) -> tuple[Event, ...]:
    """Give the events of the warnings that are due; where several are, they are told as one."""
    due = [one for one in _owed(case) if one.at <= now]
    latest = {one.clock: one for one in sorted(due)}
    return tuple(
        Event(
            EventKind.WARNED,
            now,
            TimeSource.OURS,
            facts={"clock": one.clock, "share": one.share, "due_by": one.due_by.isoformat()},
        )
        for one in latest.values()
    )


def still_owes(case: Case, clock: str) -> bool:
    """Say whether a promise of which its owner was to be warned is still to be kept."""
    return _is_in_hand(case) and any(one.name == clock and one.met_at is None for one in clocks(case))


def _owed(case: Case) -> list[Nearing]:
    since = case.progress_at
    if since is None or not _is_in_hand(case):
        return []
    told = _told(case)
    return [
        one
        for one in _all(case)
        # a promise of which 80 % were told needs no word of 50 %
        if one.at > since and one.share > told.get((one.clock, one.due_by), 0)
    ]


def _told(case: Case) -> dict[tuple[str, datetime], int]:
    told: dict[tuple[str, datetime], int] = {}
    for name in case.warned:
        clock, share, due_by = name.split(":", 2)
        key = (clock, datetime.fromisoformat(due_by))
        told[key] = max(told.get(key, 0), int(share))
    return told


def _all(case: Case) -> list[Nearing]:
    policy = case.policy
    begun = case.raised_post_at or case.posted_at
    within = {"respond": policy.respond_within, "resolve": policy.resolve_within}
    return [
        Nearing(_part(case, begun, whole, share), clock.name, share, clock.due_by)
        for clock in clocks(case)
        if clock.met_at is None and clock.stopped_at is None
        if (whole := within.get(clock.name)) is not None
        for share in SHARES
    ]


def _part(case: Case, begun: datetime, whole: timedelta, share: int) -> datetime:
    return case.policy.after(begun, whole * share / 100)


def _is_in_hand(case: Case) -> bool:
    return (
        case.owner is not None
        and not case.must_take
        and case.status in {Status.ACKNOWLEDGED, Status.RESPONDED}
        and case.snoozed_until is None
        and case.gone_at is None
        and case.merged_into is None
        and not case.is_folded  # its crisis calls people
    )
