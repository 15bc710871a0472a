"""What is told of turns: every team's shifts, where nobody is on call, and who can't be where they should. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from playbooks.escalate import Team
from playbooks.playbook import Playbook, Severity
from playbooks.roster import Kept, Override, Shift, roster_of, shifts, whole_shifts

ALWAYS = "always"
_SOON = frozenset({Severity.CRITICAL, Severity.HIGH})


@dataclass(frozen=True, slots=True)
class TeamShift:
    """A shift, and in which team it is."""

    team: str
    shift: Shift


@dataclass(frozen=True, slots=True)
class Clash:
    """One person is on call in two teams at once."""

    person: str
    teams: tuple[str, str]
    begins_at: datetime
    ends_at: datetime
    is_begun_before: bool = False
    """It began longer ago than anybody looked."""
    is_ended_after: bool = False
    """It ends later than anybody looked."""


@dataclass(frozen=True, slots=True)
class InVain:
    """Somebody stands in, and is away at that time."""

    team: str
    override: Override
    begins_at: datetime
    ends_at: datetime


def shifts_of(team: Team, begin: datetime, end: datetime) -> list[TeamShift]:
    """Give a team's shifts that touch the period [begin, end), uncut, in their order."""
    roster = roster_of(team.rota)
    if not roster.people and not roster.overrides:
        return [TeamShift(team.name, shift) for shift in shifts(roster, begin, end)]
    return [TeamShift(team.name, shift) for shift in whole_shifts(roster, begin, end)]


def clashes(found: Iterable[TeamShift]) -> list[Clash]:
    """Give the times in which one person is on call in two teams, in order; times that touch are none."""
    theirs: dict[str, list[TeamShift]] = {}
    for one in found:
        if one.shift.person is not None:
            theirs.setdefault(one.shift.person, []).append(one)
    every = [clash for person, some in theirs.items() for clash in _clashes(person, some)]
    return sorted(every, key=lambda clash: (clash.begins_at, clash.person, clash.teams))


def in_vain(team: Team, begin: datetime, end: datetime) -> Iterator[InVain]:
    """Give the stand-ins that count for nothing in a period, because who stands in is away."""
    roster = roster_of(team.rota)
    for override in roster.overrides:
        for away in roster.away.get(override.person, ()):
            first = max(override.begins_at, away.begins_at, begin)
            last = min(override.ends_at, away.ends_at, end)
            if first < last:
                yield InVain(team.name, override, first, last)


def first_gap(team: Team, begin: datetime, *, within: timedelta) -> Shift | None:
    """Give the first time within so long in which nobody is on call."""
    found = shifts(team.rota, begin, begin + within)
    return next((shift for shift in found if shift.person is None), None)


def promised(playbooks: Collection[Playbook]) -> dict[str, str]:
    """Give the teams that promise to be there at any time, each with the first playbook that says so."""
    found: dict[str, str] = {}
    for playbook in playbooks:
        if playbook.clock == ALWAYS and _counts_on_somebody(playbook):
            found.setdefault(playbook.team, playbook.name)
    return found


def _counts_on_somebody(playbook: Playbook) -> bool:
    """Say whether its cases want somebody soon: by a deadline, by steps that call people, or by their severity."""
    if playbook.continues or playbook.digest is not None:  # opens no cases
        return False
    times = (
        playbook.acknowledge_within,
        playbook.respond_within,
        playbook.resolve_within,
        playbook.update_within,
    )
    return any(times) or bool(playbook.escalate) or playbook.severity in _SOON


def has_turns(team: Team) -> bool:
    """Say whether anybody could be on call; of a team without a rota, or of nobody's, it is told elsewhere."""
    roster = roster_of(team.rota)
    return bool(roster.people or roster.overrides or any(isinstance(layer, Kept) for layer in roster.layers))


def cut(found: Mapping[str, list[TeamShift]], begin: datetime, end: datetime) -> dict[str, list[Shift]]:
    """Give each team's shifts as far as they lie in a period."""
    return {
        team: [
            Shift(max(one.begins_at, begin), min(one.ends_at, end), one.person, one.why, one.backup)
            for one in (of_team.shift for of_team in some)
            if one.begins_at < end and begin < one.ends_at
        ]
        for team, some in found.items()
    }


def _clashes(person: str, some: list[TeamShift]) -> Iterator[Clash]:
    some.sort(key=lambda one: one.shift.begins_at)
    for place, first in enumerate(some):
        for second in some[place + 1 :]:
            if second.shift.begins_at >= first.shift.ends_at:
                break
            if first.team != second.team:
                ends_at = min(first.shift.ends_at, second.shift.ends_at)
                one, other = sorted((first.team, second.team))
                yield Clash(
                    person,
                    (one, other),
                    second.shift.begins_at,
                    ends_at,
                    is_begun_before=second.shift.is_begun_before,
                    is_ended_after=first.shift.is_ended_after and second.shift.is_ended_after,
                )
