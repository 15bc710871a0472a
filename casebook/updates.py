"""Further public words while a case is open: every so long after the last reply, until it is closed. Pure.

The clock begins with the last reply (or with a reopening after it). Its owner is reminded when three quarters of the
time have passed, so that the word can still be kept. What is missed is told once a reply; it is no breach of the log.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from casebook.case import Case
from casebook.event import Event, EventKind, TimeSource

REMINDED_AT = Fraction(3, 4)
"""The part of the time after which its owner is reminded."""


@dataclass(frozen=True, slots=True)
class Update:
    """One further word that is owed."""

    since: datetime
    remind_at: datetime
    due_by: datetime


def update_owed(case: Case) -> Update | None:
    """Give the further word that is owed; None where none is: not answered yet, over, or nothing promised."""
    within, last = case.policy.update_within, case.last_reply_at
    is_over = case.ended_at is not None or case.merged_into is not None or case.gone_at is not None
    # what was answered before the case was raised answers nothing of what it is now
    begun = case.raised_post_at or case.posted_at
    if within is None or last is None or last < begun or is_over or case.quiet:
        return None
    since = max(last, case.reopened_at or last)
    return Update(since, since + within * REMINDED_AT.numerator / REMINDED_AT.denominator, since + within)


def update_events(case: Case, *, now: datetime) -> tuple[Event, ...]:
    """Give the events owed: a reminder, a miss dated when it was due, a miss taken back by a reply found late."""
    owed = list(updates_kept(case, now=now))
    update = update_owed(case)
    if update is None:
        return tuple(owed)
    facts = {"since": update.since.isoformat()}
    if now >= update.remind_at and case.update_reminded != update.since and _may_remind(case):
        owed.append(Event(EventKind.UPDATE_DUE, now, TimeSource.OURS, facts=facts))
    if now > update.due_by and update.since not in case.updates_missed:
        owed.append(Event(EventKind.UPDATE_MISSED, update.due_by, TimeSource.OURS, facts=facts))
    return tuple(owed)


def _may_remind(case: Case) -> bool:
    """Say whether anybody may be reminded now: not of what was put off, nor of a child that its crisis speaks for."""
    return case.snoozed_until is None and not case.is_folded


def updates_kept(case: Case, *, now: datetime) -> tuple[Event, ...]:
    """Give the events that take back misses: a reply was found that had come in time."""
    within = case.policy.update_within
    if within is None:
        return ()
    replies = [*(answer.at for answer in case.answers), *(press.at for press in case.presses)]
    kept = [since for since in case.updates_missed if any(since < at <= since + within for at in replies)]
    return tuple(
        Event(EventKind.UPDATE_WITHDRAWN, now, TimeSource.OURS, facts={"since": since.isoformat()})
        for since in kept
    )


def next_update_look(case: Case) -> datetime | None:
    """Give when the next of these is due."""
    update = update_owed(case)
    if update is None or update.since in case.updates_missed:
        return None
    if case.update_reminded != update.since and _may_remind(case):
        return update.remind_at
    return update.due_by + timedelta(microseconds=1)
