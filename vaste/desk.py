"""What the rules need to know of the configuration: playbooks, teams, people. A value."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from casebook.case import Policy
from notifier.channel import Person
from playbooks.crisis import CrisisRule
from playbooks.escalate import Reached, Team, reach
from playbooks.playbook import Playbook

_UNKNOWN_SLACK = "slack:"


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
    crisis: CrisisRule | None = None
    """When many posts become one case; None: never."""

    def reach(self, to: str, policy: Policy, *, at: datetime) -> Reached:
        """Say whom `to` means for a case of this policy."""
        team = self.teams.get(policy.team, Team(policy.team))
        return reach(to, team=team, teams=self.teams, people=self.people.keys(), at=at)

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
        steps=tuple((step.after, step.to) for step in playbook.escalate),
        close_after=playbook.close_after,
        reopen_within=playbook.reopen_within,
        checklist=playbook.checklist,
        mandate=playbook.mandate,
        drafts=tuple(playbook.drafts.items()),
    )
