"""The upkeep of a crisis: reminders, standing down, its summary, and what all that means for its children. Pure."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from casebook.case import Case
from casebook.event import Event, EventKind, TimeSource
from casebook.record import CaseView, Change, Crowd, Owed
from playbooks.crisis import CrisisRule, stands_down
from vaste.chain import first_page, follow, once, page_again
from vaste.desk import Desk
from vaste.opening import until_opening

NO_CROWD = Crowd((), 0, (), ())


def tend(view: CaseView, rule: CrisisRule, desk: Desk, *, now: datetime) -> Change:
    """Say what is due on a crisis: a reminder to its owner, standing down, the summary afterwards."""
    case, crowd = view.case, view.crowd or NO_CROWD
    if case.summed_up:
        return Change()
    if case.ended_at is not None:
        return _sum_up(case, crowd, ended_at=case.ended_at, now=now)
    if stands_down(crowd.times, rule, opened_at=case.opened_at, now=now):
        last = max(crowd.times, default=now)
        closed = Event(
            EventKind.CLOSED, now, TimeSource.OURS, facts={"automatic": True, "calm_since": _iso(last)}
        )
        return Change((closed,)).then(_sum_up(case, crowd, ended_at=now, now=now))
    return _ask_for_update(case, desk, now=now)


def _ask_for_update(case: Case, desk: Desk, *, now: datetime) -> Change:
    within = case.policy.update_within
    if case.owner is None or case.must_take:  # who is to take it is called by the chain
        return Change()
    if within is None or case.snoozed_until is not None:
        return Change()
    told = (case.update_asked_at, case.announced_at, case.acknowledged_at)
    last = max((at for at in told if at is not None), default=case.opened_at)
    if now < case.policy.calls_after(last, within):
        return Change()
    asked = Event(EventKind.UPDATE_ASKED, now, TimeSource.OURS, facts={"people": [case.owner]})
    return Change(
        (asked,), page_again(case, (case.owner,), desk, about=0, why="update_due", notify=once(case))
    )


def _sum_up(case: Case, crowd: Crowd, *, ended_at: datetime, now: datetime) -> Change:
    """Leave the summary: as an event, and as a message below the card."""
    facts = summary(case, crowd, ended_at=ended_at)
    content = {"why": "summed_up", "people": []}
    summed = Event(EventKind.SUMMED_UP, now, TimeSource.OURS, facts=facts)
    return Change((summed,), (Owed("page", f"team:{case.policy.team}", 0, content),))


def summary(case: Case, crowd: Crowd, *, ended_at: datetime) -> dict[str, Any]:
    """Give the figures of a crisis as JSON values."""
    at, most = peak(crowd.times)
    taken = case.acknowledged_at
    return {
        "began_at": _iso(min(crowd.times, default=case.opened_at)),
        "opened_at": _iso(case.opened_at),
        "last_at": _iso(max(crowd.times, default=case.opened_at)),
        "ended_at": _iso(ended_at),
        "mentions": crowd.mentions,
        "authors": crowd.authors,
        "peak_per_minute": most,
        "peak_at": _iso(at) if at else None,
        "deserving": crowd.deserving,
        "answered": crowd.answered,
        "covered": crowd.covered,
        "median_frt_s": crowd.median_frt_s,
        "tta_s": int((taken - case.opened_at).total_seconds()) if taken else None,
    }


def peak(times: Sequence[datetime]) -> tuple[datetime | None, int]:
    """Give the first of the minutes in which most mentions were posted, and how many."""
    minutes = Counter(at.replace(second=0, microsecond=0) for at in times)
    best = min(minutes, key=lambda at: (-minutes[at], at), default=None)
    return best, minutes[best] if best is not None else 0


BARS = 24


def curve(times: Sequence[datetime], *, now: datetime) -> tuple[timedelta, tuple[int, ...]]:
    """Give the mentions per step from the first one until now, in at most 24 steps of whole minutes."""
    if not times:
        return timedelta(minutes=1), ()
    begun = min(times).replace(second=0, microsecond=0)
    minutes = max(1, int((max(now, *times) - begun) / timedelta(minutes=1)) + 1)
    step = timedelta(minutes=-(-minutes // BARS))
    counts = Counter(int((at - begun) / step) for at in times)
    return step, tuple(counts[at] for at in range(-(-minutes * timedelta(minutes=1) // step)))


def take_with(child: Case, crisis: Case, desk: Desk, *, now: datetime) -> Change:
    """Acknowledge a child with its crisis: by the same person, and not before it was there."""
    if not child.must_take or child.ended_at is not None or crisis.owner is None:
        return Change()
    at = max(crisis.acknowledged_at or now, child.stage.begun_at)
    facts = {"by": "crisis", "crisis": crisis.number}
    taken = Event(EventKind.ACKNOWLEDGED, at, TimeSource.OURS, crisis.owner, facts=facts)
    return follow(child, Change((taken,)), desk, now=now)


def release(child: Case, crisis: Case, desk: Desk, *, now: datetime) -> Change:
    """Let a child stand by itself again; where the crisis was a false alarm, whoever is on call hears of it now."""
    return stand_again(child, crisis.number, desk, false_alarm=crisis.dismissed, now=now)


def stand_again(child: Case, crisis: int, desk: Desk, *, false_alarm: bool, now: datetime) -> Change:
    """Let a child of a crisis, by its number, stand by itself again; nothing where it is none."""
    if not child.is_folded:
        return Change()
    waits = child.must_take and child.ended_at is None and child.response is None and child.gone_at is None
    facts: dict[str, Any] = {"crisis": crisis, "alert": false_alarm and waits}
    if not facts["alert"]:
        return Change((Event(EventKind.RELEASED, now, TimeSource.OURS, facts=facts),))
    if later := until_opening(child.policy, now=now):
        held = Event(EventKind.RELEASED, now, TimeSource.OURS, facts={**facts, **later})
        return Change((held,), (Owed("card", f"team:{child.policy.team}"),))
    reached = desk.reach("on_call", child.policy, at=now)
    released = Event(
        EventKind.RELEASED, now, TimeSource.OURS, facts={**facts, "people": list(reached.people)}
    )
    return Change((released,), first_page(child.policy, reached.people, desk, about=0, why="opened"))


def _iso(at: datetime) -> str:
    return at.isoformat()
