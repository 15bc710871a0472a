"""What the rules need to know of the configuration: playbooks, teams, people. A value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from casebook.calendar import Calendar, frozen
from casebook.case import Policy
from casebook.reach import Marks
from notifier.channel import Person
from playbooks.escalate import Reached, Team, everyone, reach
from playbooks.marks import marks_of
from playbooks.playbook import Playbook
from playbooks.together import beside

_UNKNOWN_SLACK = "slack:"
YEARS_BEFORE, YEARS_AFTER = 1, 2
"""Whole years of holidays that a case keeps: before the post that opened it (an earlier one may turn up), and
after its opening."""


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

    def policy(self, playbook: Playbook, *, posted_at: datetime, now: datetime) -> Policy:
        """Give what a playbook promises from now on, with its calendar for the life of a case."""
        calendar = self.calendars.get(playbook.clock)
        if calendar is None:
            return policy_of(playbook)
        kept = frozen(calendar, since=min(posted_at, now).year - YEARS_BEFORE, until=now.year + YEARS_AFTER)
        return policy_of(playbook, kept)

    @property
    def marks(self) -> Marks:
        """Reaches at which a post is decided upon again."""
        return marks_of(self.playbooks)

    def reach(self, to: str, policy: Policy, *, at: datetime) -> Reached:
        """Say whom `to` means for a case of this policy."""
        team = self.teams.get(policy.team, Team(policy.team))
        reached = reach(to, team=team, teams=self.teams, people=self.people.keys(), at=at)
        if to != "on_call" or not policy.together:
            return reached
        backup = reach("backup", team=team, teams=self.teams, people=self.people.keys(), at=at)
        return beside(reached, (*backup.people, *everyone(team)))

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
        steps=tuple((step.after, step.to) for step in playbook.escalate),
        close_after=playbook.close_after,
        reopen_within=playbook.reopen_within,
        checklist=playbook.checklist,
        mandate=playbook.mandate,
        drafts=playbook.drafts,
        quiet_hours=playbook.quiet_hours,
        together=playbook.together,
    )
