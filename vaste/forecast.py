"""What would come of a post if it were shown now: who is told, by when what is due, who comes after. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from casebook.case import with_values
from casebook.fold import fold
from casebook.grounds import Ground
from casebook.mention import Verdict
from casebook.record import Surroundings
from casebook.timing import deadlines
from playbooks.playbook import Severity
from vaste.desk import Desk, way_of
from vaste.ruling import rule


@dataclass(frozen=True, slots=True)
class ForecastStep:
    """A step of the chain, if nobody takes the case before."""

    after: timedelta
    at: datetime
    to: str
    people: tuple[str, ...]
    channel: str | None
    reason: tuple[Ground, ...]
    """Why them, or why nobody."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """A case that would open."""

    playbook: str
    team: str
    severity: Severity
    channel: str | None
    """Where its card would stand."""
    people: tuple[str, ...]
    """Who would be told first."""
    called_at: datetime
    """When they would be told: at once, or when its clock runs again."""
    reason: tuple[Ground, ...]
    """Why them, or why nobody."""
    is_direct: bool
    """They would be told by a direct message too, where they can be reached so."""
    deadlines: Mapping[str, datetime]
    steps: tuple[ForecastStep, ...]


def forecast(surroundings: Surroundings, verdict: Verdict, desk: Desk, *, now: datetime) -> Forecast | None:
    """Say what would come of a post that opens a case; None where no playbook takes it.

    It is taken as posted now, and as the first of its customer in the conversation.
    """
    mention = replace(surroundings.mention, posted_at=now, seen_at=now, backfilled=False)
    alone = replace(surroundings, mention=mention, posts=(), answers=(), case=None)
    ruling = rule(alone, verdict, desk, now=now)
    playbook = next((known for known in desk.playbooks if known.name == ruling.playbook), None)
    if ruling.opens is None or playbook is None:
        return None
    case = fold(0, ruling.opens.events)
    team = desk.teams.get(playbook.team)
    called_at = case.policy.calls_from(now)
    first = desk.reach("on_call", case.policy, at=called_at)
    if called_at > now:
        case = with_values(case, paged=first.people, called=first.people)
    steps = []
    for step in playbook.escalate:
        at = case.policy.calls_after(called_at, step.after)
        reached = desk.reach_step(step, case, at=at)
        case = with_values(case, called=tuple(dict.fromkeys((*case.called, *reached.people))))
        to = ", ".join((step.to, *step.also))
        steps.append(ForecastStep(step.after, at, to, reached.people, reached.channel, reached.reason))
    return Forecast(
        playbook=playbook.name,
        team=playbook.team,
        severity=playbook.severity,
        channel=team.channel if team else None,
        people=case.paged,
        called_at=called_at,
        reason=first.reason,
        is_direct=desk.direct and way_of(case.policy) != "channel",
        deadlines=deadlines(case),
        steps=tuple(steps),
    )
