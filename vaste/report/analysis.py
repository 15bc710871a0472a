"""All figures of a report, worked out once from what was gathered. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from playbooks.roster import Shift
from vaste.report import figures
from vaste.report.experience import Experience, OfPlaybook, by_playbook, experience
from vaste.report.figures import Alarms, Answers, Feelings, Promise, Spread, Stage, Taken, Target, Waits
from vaste.report.gathered import Gathered
from vaste.report.hours import HourOfWeek, hours_of_week, staffing_of, together
from vaste.report.proposals import Evidence, Proposal, proposals
from vaste.report.rows import Became, Told
from vaste.report.whatif import OtherRota, OtherTargets, other_rota, other_targets

_SHORT = timedelta(days=15)
"""A period up to so long is told day by day, a longer one week by week."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the configuration says of promises."""

    targets: tuple[Target, ...]
    promised: Mapping[str, float]
    """Seconds in which each playbook promises an answer."""
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Day:
    """What became of the cases of one day, or of the week that begins on it."""

    begins: date
    in_time: tuple[int, ...]
    late: tuple[int, ...]
    never: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """The headline figures of one period."""

    answers: Answers
    waits: Waits
    promises: Sequence[Promise]
    spread: Sequence[Spread]
    is_known: bool
    """There is at least one case."""

    @property
    def in_time(self) -> tuple[int, ...]:
        """The cases answered in time."""
        return tuple(chain.from_iterable(one.in_time for one in self.promises))

    @property
    def late(self) -> tuple[int, ...]:
        """The cases answered too late, or never."""
        return tuple(chain.from_iterable((*one.late, *one.never) for one in self.promises))


@dataclass(frozen=True, slots=True)
class Analysis:
    """The figures of a period, and the headline of the one before."""

    now: Whole
    before: Whole
    by_hand: Waits
    on_network: Waits
    business: Waits
    team: Waits
    days: Sequence[Day]
    are_weeks: bool
    """What `days` tells is whole weeks, those at the ends of the period cut by it."""
    stages: Sequence[Stage]
    taken: Taken
    feelings: Feelings
    experience: Experience
    experience_before: Experience
    experience_of: Sequence[OfPlaybook]
    alarms: Sequence[Alarms]
    hours: Sequence[HourOfWeek]
    """Of all teams; an hour counts as staffed as its least staffed team."""
    proposals: Sequence[Proposal]
    other_targets: Sequence[OtherTargets]
    other_rotas: Sequence[OtherRota]


def analyse(found: Gathered, rules: Rules) -> Analysis:
    """Work everything out."""
    period, zone = found.scope.period, rules.zone
    last_date = (period.until - timedelta(microseconds=1)).astimezone(zone).date()
    now = _whole(found.cases, rules, last_date)
    got = figures.answered(found.cases)
    alarms = figures.alarms(found.cases)
    by_team = dict(_hours_by_team(found, zone))
    made = proposals(Evidence(found.cases, now.promises, alarms, by_team, rules.promised))
    hours = together(list(by_team.values()))
    by_day = found.scope.period.until - period.since <= _SHORT
    return Analysis(
        now=now,
        before=_whole(found.before, rules, period.since.astimezone(zone).date() - timedelta(days=1)),
        by_hand=figures.waits([case for case in got if case.response_found == "manual"]),
        on_network=figures.waits([case for case in got if case.response_found != "manual"]),
        business=figures.waits(got, lambda case: case.frt_business_s),
        team=figures.waits(got, _team_wait),
        days=_days(found.cases, by_day, period.since, zone),
        are_weeks=not by_day,
        stages=figures.stages(found.cases),
        taken=figures.taken(found.cases),
        feelings=figures.feelings(found.cases),
        experience=experience(found.cases),
        experience_before=experience(found.before),
        experience_of=by_playbook(found.cases),
        alarms=alarms,
        hours=hours,
        proposals=made,
        other_targets=other_targets(found.cases, rules.promised),
        other_rotas=[other_rota(by_team[one.about], one.window) for one in made if one.window is not None],
    )


def _whole(cases: Sequence[Told], rules: Rules, on: date) -> Whole:
    return Whole(
        answers=figures.answers(cases),
        waits=figures.waits(figures.answered(cases)),
        promises=figures.promises(cases, rules.targets, on=on),
        spread=figures.spread(cases),
        is_known=bool(cases),
    )


def _team_wait(case: Told) -> int | None:
    if case.responded_at is None or case.responded_at < case.opened_at:
        return None
    return int((case.responded_at - case.opened_at).total_seconds())


def _days(cases: Sequence[Told], by_day: bool, since: datetime, zone: ZoneInfo) -> list[Day]:  # noqa: FBT001 - private
    first = since.astimezone(zone).date()
    by: dict[date, tuple[list[int], list[int], list[int]]] = {}
    for case in cases:
        kind = (
            0 if case.is_in_time else 2 if case.became is Became.UNANSWERED else 1 if case.is_late else None
        )
        day = case.posted_at.astimezone(zone).date()
        begins = day if by_day else max(first, day - timedelta(days=day.weekday()))
        parts = by.setdefault(begins, ([], [], []))
        if kind is not None:
            parts[kind].append(case.number)
    return [Day(begins, *map(tuple, by[begins])) for begins in sorted(by)]


def _hours_by_team(found: Gathered, zone: ZoneInfo) -> Iterator[tuple[str, list[HourOfWeek]]]:
    for team in sorted({case.team for case in found.cases}):
        of_team = [case for case in found.cases if case.team == team]
        yield team, hours_of_week(of_team, _staffing(found, found.shifts.get(team), zone), zone)


def _staffing(
    found: Gathered, shifts: Sequence[Shift] | None, zone: ZoneInfo
) -> dict[tuple[int, int], float] | None:
    period = found.scope.period
    return None if shifts is None else staffing_of(shifts, period.since, period.until, zone)
