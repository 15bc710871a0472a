"""Deadlines, breaches and durations of a case, from its instants. Pure.

The definitions are those of docs/clocks.md. A deadline is kept when its instant is reached exactly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from casebook.act import may_end_by_itself
from casebook.case import Case, Stage, Status
from casebook.event import Event, EventKind, TimeSource
from casebook.promise import GRACE, next_promise
from casebook.quiet_hours import not_before

CLOCKS = ("acknowledge", "respond", "resolve")


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise: due by an instant, met at an instant."""

    name: str
    due_by: datetime
    met_at: datetime | None
    stopped_at: datetime | None = None
    """It no longer runs since then (the case was dismissed, or raised to other promises, or the post is gone)."""

    def is_breached(self, now: datetime) -> bool:
        """Say whether the promise was broken, as known at `now`."""
        end = min((at for at in (self.met_at, self.stopped_at) if at is not None), default=now)
        return end > self.due_by


def deadlines(case: Case) -> dict[str, datetime]:
    """Give the instants by which the case is to be acknowledged, responded to and resolved.

    `acknowledge` runs from the opening (or raising) of the case, or from the end of quiet hours, the others from
    the customer's post, all by the playbook's clock as it was then: what passes while its calendar is closed does
    not count. A
    clock the playbook does not name is absent, and so is `acknowledge` of a case opened without an alert.
    """
    return _deadlines_of(case.stage, case)


def _deadlines_of(stage: Stage, case: Case) -> dict[str, datetime]:
    policy = stage.policy
    customer_from = stage.post_at or case.posted_at
    due: dict[str, datetime] = {}
    if policy.acknowledge_within is not None and not stage.quiet:
        # in quiet hours nobody is asked to take it
        asked_at = not_before(policy.quiet_hours, stage.begun_at)
        due["acknowledge"] = policy.after(asked_at, policy.acknowledge_within)
    if policy.respond_within is not None:
        due["respond"] = policy.after(customer_from, policy.respond_within)
    if policy.resolve_within is not None:
        due["resolve"] = policy.after(customer_from, policy.resolve_within)
    return due


def clocks(case: Case) -> tuple[Clock, ...]:
    """Give the case's clocks as they stand."""
    return _clocks_of(case.stage, case)


def _clocks_of(stage: Stage, case: Case) -> tuple[Clock, ...]:
    # what was answered before the case was raised keeps no promise of now
    response = case.response if stage.post_at is None else case.response_since(stage.post_at)
    responded_at = response.at if response else None
    acknowledged = [at for at in (stage.acknowledged_at, responded_at) if at is not None]
    met = {
        # a response satisfies the acknowledge clock
        "acknowledge": min(acknowledged, default=None),
        "respond": responded_at,
        "resolve": stage.closed_at,
    }
    # a customer who took the post back waits for nothing; what was answered before has kept or broken its promise
    gone_at = case.gone_at if responded_at is None else None
    ended = [at for at in (stage.until, case.ended_at if case.dismissed else None, gone_at) if at is not None]
    stopped = min(ended, default=None)
    return tuple(Clock(name, due, met[name], stopped) for name, due in _deadlines_of(stage, case).items())


def missed(case: Case) -> tuple[str, ...]:
    """Name the clocks that were breached when the case was raised, as its instants are known now."""
    if not case.earlier:
        return ()
    broken = {
        clock.name
        for stage in case.earlier
        for clock in _clocks_of(stage, case)
        if clock.is_breached(clock.due_by)
    }
    return tuple(name for name in CLOCKS if name in broken)


def breaches(case: Case, *, now: datetime) -> tuple[str, ...]:
    """Name the clocks that are breached as known at `now`, those missed before a raise included."""
    broken = {clock.name for clock in clocks(case) if clock.is_breached(now)} | set(missed(case))
    return tuple(name for name in CLOCKS if name in broken)


def broken(case: Case) -> tuple[str, ...]:
    """Name the clocks that are breached at any time: met or stopped too late, or missed before a raise."""
    late = {
        clock.name for clock in clocks(case) if not _runs(clock) and clock.is_breached(clock.due_by)
    } | set(missed(case))
    return tuple(name for name in CLOCKS if name in late)


def running(case: Case) -> tuple[str, ...]:
    """Name the clocks that were neither met nor stopped: each is breached once its deadline has passed."""
    return tuple(clock.name for clock in clocks(case) if _runs(clock))


def _runs(clock: Clock) -> bool:
    return clock.met_at is None and clock.stopped_at is None


def answer_state(
    case: Case, *, now: datetime
) -> Literal["answered", "unanswered", "pending", "deleted"] | None:
    """Say how a case counts in the response rate; None where it does not, for it deserves no answer.

    `pending` and `deleted` (taken back before the deadline, unanswered) stand outside the rate and are
    counted apart.
    """
    respond_by = deadlines(case).get("respond")
    if respond_by is None or case.dismissed or case.merged_into is not None:
        return None
    if case.response is not None:
        return "answered"
    if case.gone_at is not None and case.gone_at <= respond_by:
        return "deleted"
    return "pending" if now <= respond_by and case.ended_at is None else "unanswered"


def breach_events(case: Case, *, now: datetime) -> tuple[Event, ...]:
    """Give the events owed about breaches: new ones dated by their deadline, and those taken back."""
    owed = []
    for name in case.missed:
        if name not in missed(case):
            facts: dict[str, object] = {"clock": name, "before_raise": True}
            owed.append(Event(EventKind.BREACH_WITHDRAWN, now, TimeSource.OURS, facts=facts))
    for clock in clocks(case):
        told = clock.name in case.told_breaches
        if clock.is_breached(now) and not told:
            facts = {"clock": clock.name}
            owed.append(Event(EventKind.BREACHED, clock.due_by, TimeSource.OURS, facts=facts))
        elif told and not clock.is_breached(now):
            facts = {"clock": clock.name}
            owed.append(Event(EventKind.BREACH_WITHDRAWN, now, TimeSource.OURS, facts=facts))
    return tuple(owed)


def waits_events(case: Case, *, now: datetime) -> tuple[Event, ...]:
    """Give the event owed when the customer waits again and nobody was told of it."""
    waiting = case.waiting
    if waiting is None or case.ended_at is not None or case.waits_told == waiting.post:
        return ()
    told = case.waits_told
    if told is not None and any(post.post == told and post.at >= waiting.at for post in case.posts):
        return ()  # told already of a later post of the same wait
    facts = {"noticed_at": now.isoformat()}
    return (Event(EventKind.WAITS, waiting.at, TimeSource.PLATFORM, post=waiting.post, facts=facts),)


def close_event(case: Case, *, now: datetime) -> tuple[Event, ...]:
    """Give the automatic close that is owed: dated by the last reply, `close_after` later."""
    closes_at, last = closes_by_itself_at(case), case.last_reply_at
    if closes_at is None or last is None or now < closes_at:
        return ()
    return (Event(EventKind.CLOSED, last, TimeSource.OURS, facts={"automatic": True}),)


def next_look(case: Case) -> datetime | None:
    """Give the next instant at which a deadline passes or an automatic close falls due; None for never."""
    times = [
        # breached is what is later than the deadline: look just after it
        clock.due_by + timedelta(microseconds=1)
        for clock in clocks(case)
        if _runs(clock) and clock.name not in case.told_breaches
    ]
    others = (closes_by_itself_at(case), next_promise(case.promises))
    return min([*times, *(at for at in others if at is not None)], default=None)


def promise_events(case: Case, *, now: datetime) -> tuple[Event, ...]:
    """Give the events owed about promises: those that are due are reminded of, and broken after the grace."""
    owed = []
    for promise in case.promises:
        facts = {"number": promise.number}
        if promise.state != "open" or promise.due_at > now or case.merged_into is not None:
            continue
        if promise.reminded_at is None:
            owed.append(Event(EventKind.PROMISE_DUE, now, TimeSource.OURS, facts=facts))
        if now > promise.due_at + GRACE:
            owed.append(Event(EventKind.PROMISE_BROKEN, promise.due_at, TimeSource.OURS, facts=facts))
    return tuple(owed)


def closes_by_itself_at(case: Case) -> datetime | None:
    """Give when an answered case closes by itself; None where it does not."""
    last, after = case.last_reply_at, case.policy.close_after
    if case.status is not Status.RESPONDED or last is None or after is None:
        return None
    # what is still owed keeps it open, that it is not forgotten
    is_owing = any(promise.state == "open" for promise in case.promises)
    return last + after if may_end_by_itself(case) and not is_owing else None


def business_figures(case: Case) -> dict[str, int | None]:
    """Give the case's durations by its clock, in whole seconds; where that always runs, they are the raw ones.

    A case that was raised is counted by the clock of the playbook it is in now.
    """

    def counted(end: datetime | None) -> int | None:
        return None if end is None else int(case.policy.between(case.posted_at, end).total_seconds())

    response = case.response
    return {
        "frt_business_s": counted(response.at if response else None),
        "ttr_business_s": counted(case.closed_at),
    }


def figures(
    instants: Mapping[str, datetime | None], *, clock_offset: timedelta = timedelta(0)
) -> dict[str, int | None]:
    """Give the log's durations in whole seconds from its instants; absent is None, none is negative.

    `instants` holds posted_at, seen_at, opened_at, alerted_at, acknowledged_at, responded_at, closed_at.
    Those by business hours are the raw ones here; `business_figures` counts them by a calendar. `clock_offset` is how much the network's clock, by which the post is
    dated, was ahead of ours, by which it was seen.
    """

    def between(start: str, end: str, correction: timedelta = timedelta(0)) -> int | None:
        begun, ended = instants.get(start), instants.get(end)
        if begun is None or ended is None:
            return None
        return max(0, int((ended - begun + correction).total_seconds()))

    opened, responded = instants.get("opened_at"), instants.get("responded_at")
    answered_first = opened is not None and responded is not None and responded < opened
    frt, ttr = between("posted_at", "responded_at"), between("posted_at", "closed_at")
    return {
        "detection_lag_s": between("posted_at", "seen_at", clock_offset),
        "triage_lag_s": between("seen_at", "opened_at"),
        "alert_lag_s": between("opened_at", "alerted_at"),
        "tta_s": between("opened_at", "acknowledged_at"),
        "frt_s": frt,
        "frt_business_s": frt,
        "team_frt_s": None if answered_first else between("opened_at", "responded_at"),
        "ttr_s": ttr,
        "ttr_business_s": ttr,
    }
