"""What the rules need to know of the configuration: playbooks, teams, people. A value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from casebook.case import Case, Policy, PolicyStep
from casebook.load import Load
from notifier.channel import Person
from playbooks.escalate import PassedOver, Reached, Team, first_call, reach, reach_step
from playbooks.playbook import Playbook, Step

_UNKNOWN_SLACK = "slack:"
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
    loads: Mapping[str, Load] = field(default_factory=dict)
    """What each person has on their hands, as the record had it just now; only where `counts_loads`."""

    @property
    def counts_loads(self) -> bool:
        """Somebody's turn hangs on what everybody has on their hands."""
        steps = (step for playbook in self.playbooks for step in playbook.escalate)
        limited = any(
            team.max_open is not None or team.max_night_pages is not None for team in self.teams.values()
        )
        return limited or any("round_robin" in (step.to, *step.also) for step in steps)

    def reach(self, to: str, policy: Policy, *, at: datetime) -> Reached:
        """Say whom `to` means for a case of this policy."""
        team = self.teams.get(policy.team, Team(policy.team))
        return reach(to, team=team, teams=self.teams, people=self.people.keys(), at=at)

    def reach_step(self, step: Step, case: Case, *, at: datetime) -> Reached:
        """Say whom a step of a case's chain means."""
        return reach_step(
            step,
            team=self.teams.get(case.policy.team, Team(case.policy.team)),
            teams=self.teams,
            people=self.people.keys(),
            at=at,
            called=case.called,
            loads=self.loads,
        )

    def first_call(self, policy: Policy, *, at: datetime) -> tuple[Reached, PassedOver | None]:
        """Say who hears first of a new case; for what is critical nobody is passed over."""
        if policy.severity == "critical":
            return self.reach("on_call", policy, at=at), None
        return first_call(self.teams.get(policy.team, Team(policy.team)), at=at, loads=self.loads)

    def person(self, key: str) -> Person:
        """Give a person by key; an unknown Slack user is known by the id alone."""
        if key.startswith(_UNKNOWN_SLACK):
            slack = key.removeprefix(_UNKNOWN_SLACK)
            return Person(key=key, name=slack, slack=slack)
        return self.people.get(key, Person(key=key, name=key))

    def destination(self, addressee: str) -> str | None:
        """Give the address of an addressee at a channel that can reach people; None when there is none."""
        what, _, name = addressee.partition(":")
        if what == "team":
            team = self.teams.get(name)
            return team.channel if team else None
        return self.person(name).slack if what == "person" else name


def way_of(policy: Policy, own: str | None = None) -> str:
    """Say how people are called: `channel`, `direct` or `both`; a step may have its `own` way."""
    return own or policy.notify or ("both" if policy.severity in LOUD else "channel")


def policy_of(playbook: Playbook) -> Policy:
    """Give what a playbook promises, to be frozen on a case."""
    return Policy(
        playbook=playbook.name,
        team=playbook.team,
        severity=playbook.severity.value,
        rank=playbook.severity.rank,
        acknowledge_within=playbook.acknowledge_within,
        respond_within=playbook.respond_within,
        resolve_within=playbook.resolve_within,
        clock=playbook.clock,
        steps=tuple(PolicyStep(step.after, step.to, step.also, step.notify) for step in playbook.escalate),
        notify=playbook.notify,
        repeat_every=playbook.repeat.every if playbook.repeat else None,
        repeat_times=playbook.repeat.times if playbook.repeat else 0,
        ask_after=playbook.ask_after,
        close_after=playbook.close_after,
        reopen_within=playbook.reopen_within,
        checklist=playbook.checklist,
        mandate=playbook.mandate,
        drafts=tuple(playbook.drafts.items()),
    )
