"""What a case's clock lets happen: nobody is called while it stands still, or in quiet hours. Pure.

Theory of operation:
1. What would call people while the clock stands still says `opens_at` instead, the instant at which it runs again.
   The card stands in the channel and mentions nobody; that is not "nobody on call".
2. At that opening whoever must hear of the case is told, and from there the chain counts.
3. The steps of the chain are due by the clock. One that is noticed only when the clock stands still again (Vaste
   was down, or it fell due at closing time) rests until the next opening.
4. The quiet hours of a playbook are treated as closed, for the calling of people alone: deadlines run on in them.
"""

from datetime import datetime, timedelta

from casebook.case import Case
from casebook.event import Event, EventKind, TimeSource
from casebook.policy import Policy


def until_opening(policy: Policy, *, now: datetime) -> dict[str, str]:
    """Give the facts of an event that calls nobody yet; empty where the clock runs and people are told now."""
    return {} if policy.may_call(now) else {"opens_at": policy.calls_from(now).isoformat()}


def rests(case: Case, *, now: datetime) -> Event:
    """Give the event of something due that has to wait for the next opening."""
    return Event(EventKind.RESTS, now, TimeSource.OURS, facts=until_opening(case.policy, now=now))


def owes_telling(case: Case) -> bool:
    """Say whether somebody must hear of a case at the opening of its clock."""
    if case.untold is None or case.ended_at is not None or case.merged_into is not None:
        return False
    return case.untold != "waits_again" or case.waiting is not None


def told_first(case: Case) -> str | None:
    """Give who hears of a case at the opening: its owner, where it goes to them; None: whoever is on call."""
    return case.owner if case.untold in {"reopened", "waits_again"} else None


def not_before(case: Case, due: datetime) -> datetime:
    """Give when something due may happen: at once where the clock runs then, else at the next opening."""
    runs_from = case.policy.calls_from(due)
    return runs_from if case.rests_until is None else max(runs_from, case.rests_until)


def on_the_wall(policy: Policy, begun: datetime, after: timedelta) -> timedelta:
    """Give how long it is until `after` has passed by the clock: the nights and weekends included."""
    return policy.calls_after(begun, after) - begun
