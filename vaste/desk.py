"""What the rules need to know of the configuration: playbooks, teams, people. A value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Literal

from casebook.calendar import Calendar, frozen
from casebook.case import Case
from casebook.load import Load
from casebook.policy import Policy, PolicyStep
from casebook.reach import Marks
from notifier.channel import Person
from playbooks.crisis import CrisisRule
from playbooks.escalate import (
    PassedOver,
    Reached,
    Team,
    but_unreachable,
    first_call,
    present,
    reach,
    reach_step,
)
from playbooks.marks import marks_of
from playbooks.playbook import Playbook, Step
from playbooks.together import beside

_UNKNOWN_SLACK = "slack:"
YEARS_BEFORE, YEARS_AFTER = 1, 2
"""Whole years of holidays that a case keeps: before the post that opened it (an earlier one may turn up), and
after its opening."""
LOUD = frozenset({"critical", "high"})
"""Severities for which people get a direct message besides the card, unless the configuration says otherwise."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Who handles what, by which plan."""

    playbooks: tuple[Playbook, ...]
    teams: Mapping[str, Team]
    people: Mapping[str, Person]
    kinds: Mapping[str, str]
    """Kind of each source by its name."""
    fingerprint: str
    direct: bool
    """The first channel can reach one person alone."""
    zone: tzinfo = UTC
    """In which playbooks tell the time of day."""
    handles: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Keys of our people by kind of source and handle, casefolded and without @."""
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    """Business hours by name."""
    public_url: str | None = None
    """Where people can open the pages, without a slash at its end; None: nowhere that we know of."""
    loads: Mapping[str, Load] = field(default_factory=dict)
    """What each person has on their hands, as the record had it just now; only where `counts_loads`."""

    says_why: bool = True
    """Decisions are given their reasons in words; a replay reads none."""
    _policies: dict[tuple[str, int, int], Policy] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What each playbook promises, by the years that its calendar is kept for: the same for most cases."""

    def policy(self, playbook: Playbook, *, posted_at: datetime, now: datetime) -> Policy:
        """Give what a playbook promises from now on, with its calendar for the life of a case."""
        calendar = self.calendars.get(playbook.clock)
        years = (min(posted_at, now).year - YEARS_BEFORE, now.year + YEARS_AFTER) if calendar else (0, 0)
        policy = self._policies.get((playbook.name, *years))
        if policy is None:
            kept = frozen(calendar, since=years[0], until=years[1]) if calendar else None
            policy = policy_of(playbook, kept)
            self._policies[playbook.name, *years] = policy
        return policy

    def calendar_of(self, team: str) -> Calendar | None:
        """Give the business hours of a team: those that the first of its playbooks to name any runs on."""
        clocks = (self.calendars.get(playbook.clock) for playbook in self.playbooks if playbook.team == team)
        return next((calendar for calendar in clocks if calendar is not None), None)

    @property
    def marks(self) -> Marks:
        """Reaches at which a post is decided upon again."""
        return marks_of(self.playbooks)

    @property
    def counts_loads(self) -> bool:
        """Somebody's turn hangs on what everybody has on their hands."""
        steps = (step for playbook in self.playbooks for step in playbook.escalate)
        limited = any(
            team.max_open is not None or team.max_night_pages is not None for team in self.teams.values()
        )
        return limited or any("round_robin" in (step.to, *step.also) for step in steps)

    crisis: CrisisRule | None = None
    """When many posts become one case; None: never."""

    unreachable: Mapping[str, str] = field(default_factory=dict)
    """Keys of people whom the first channel can't reach, and its kind: nobody counts on them."""

    def reach(self, to: str, policy: Policy, *, at: datetime) -> Reached:
        """Say whom `to` means for a case of this policy."""
        return but_unreachable(self._reach(to, policy, at=at), self.unreachable)

    def _reach(self, to: str, policy: Policy, *, at: datetime) -> Reached:
        first = self._reach_one(to, policy, at=at)
        if to != "on_call" or not policy.together:
            return first
        backup, team = self._reach_one("backup", policy, at=at), self.teams.get(policy.team)
        return beside(first, (*backup.people, *(present(team, at) if team else ())))

    def _reach_one(self, to: str, policy: Policy, *, at: datetime) -> Reached:
        team = self.teams.get(policy.team, Team(policy.team))
        people, gone = self.people.keys(), self.unreachable.keys()
        return reach(to, team=team, teams=self.teams, people=people, at=at, unreachable=gone)

    def reach_step(self, step: Step, case: Case, *, at: datetime) -> Reached:
        """Say whom a step of a case's chain means."""
        reached = reach_step(
            step,
            team=self.teams.get(case.policy.team, Team(case.policy.team)),
            teams=self.teams,
            people=self.people.keys(),
            at=at,
            called=case.called,
            unreachable=self.unreachable.keys(),
            loads=self.loads,
        )
        return but_unreachable(reached, self.unreachable)

    def first_call(self, policy: Policy, *, at: datetime) -> tuple[Reached, PassedOver | None]:
        """Say who hears first of a new case; for what is critical, or takes two, nobody is passed over."""
        if policy.severity == "critical" or policy.together:
            return self.reach("on_call", policy, at=at), None
        reached, passed_over = first_call(
            self.teams.get(policy.team, Team(policy.team)), at=at, loads=self.loads
        )
        return but_unreachable(reached, self.unreachable), passed_over

    def person(self, key: str) -> Person:
        """Give a person by key; an unknown Slack user is known by the id alone."""
        if key.startswith(_UNKNOWN_SLACK):
            slack = key.removeprefix(_UNKNOWN_SLACK)
            return Person(key=key, name=slack, slack=slack)
        return self.people.get(key, Person(key=key, name=key))

    def destination(self, addressee: str, *, by: Literal["slack", "email"] = "slack") -> str | None:
        """Give the address of an addressee at a channel that can reach people; None when there is none.

        By e-mail whoever has no address of their own is reached as the channel's settings say: the addressee
        itself is given.
        """
        what, _, name = addressee.partition(":")
        if by == "email":
            return (self.person(name).email if what == "person" else None) or addressee
        if what == "team":
            team = self.teams.get(name)
            return team.channel if team else None
        return self.person(name).slack if what == "person" else name


def way_of(policy: Policy, own: str | None = None) -> str:
    """Say how people are called: `channel`, `direct` or `both`; a step may have its `own` way."""
    return own or policy.notify or ("both" if policy.severity in LOUD else "channel")


def policy_of(playbook: Playbook, calendar: Calendar | None = None) -> Policy:
    """Give what a playbook promises, to be frozen on a case."""
    return Policy(
        playbook=playbook.name,
        team=playbook.team,
        severity=playbook.severity.value,
        rank=playbook.severity.rank,
        acknowledge_within=playbook.acknowledge_within,
        respond_within=playbook.respond_within,
        resolve_within=playbook.resolve_within,
        update_within=playbook.update_within,
        clock=playbook.clock,
        calendar=calendar,
        steps=tuple(PolicyStep(step.after, step.to, step.also, step.notify) for step in playbook.escalate),
        notify=playbook.notify,
        repeat_every=playbook.repeat.every if playbook.repeat else None,
        repeat_times=playbook.repeat.times if playbook.repeat else 0,
        ask_after=playbook.ask_after,
        close_after=playbook.close_after,
        reopen_within=playbook.reopen_within,
        checklist=playbook.checklist,
        mandate=playbook.mandate,
        drafts=playbook.drafts,
        quiet_hours=playbook.quiet_hours,
        together=playbook.together,
        version=playbook.version,
    )
