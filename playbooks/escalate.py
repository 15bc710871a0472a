"""Whom a step reaches, and which step is due. Pure.

A chain is the steps of a playbook in their written order. Only the time since the chain began moves it;
a step that reached nobody hurries the next one, so that nobody on call is never a silence.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from playbooks.playbook import Step
from playbooks.rota import Turns, backup, on_call


@dataclass(frozen=True, slots=True)
class Team:
    """Who handles what: a channel, a rota and members besides the rota."""

    name: str
    channel: str | None = None
    """`#name` or id of the channel its cards stand in."""
    rota: Turns | None = None
    people: tuple[str, ...] = ()
    """Keys of members besides those in the rota."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Whom a page goes to, and why them."""

    people: tuple[str, ...]
    """Keys of people, each once."""
    channel: str | None
    """A channel to post in besides the one that the card stands in."""
    reason: str
    """One line for the case's history."""

    @property
    def is_nobody(self) -> bool:
        """There is neither a person nor a channel to tell: an event, and the next step at once."""
        return not self.people and self.channel is None


@dataclass(frozen=True, slots=True)
class DueStep:
    """A step of the chain whose time has come."""

    number: int
    """1 for the first step of the playbook."""
    step: Step
    due_at: datetime
    """When it was due, which may be before it is noticed."""


def everyone(team: Team) -> tuple[str, ...]:
    """Give the whole team, the rota first, each person once."""
    in_rota = team.rota.people if team.rota else ()
    return tuple(dict.fromkeys(in_rota + team.people))


def reach(
    to: str, *, team: Team, teams: Mapping[str, Team], people: Collection[str], at: datetime
) -> Reached:
    """Say whom a step's `to` means at an instant; whatever means nobody says why in its reason.

    `to` is `on_call` (the first page of every case), `backup`, `everyone`, `team:NAME`, `#channel` or a
    person's key. `team` is the case's own, `teams` all by name, `people` the keys of everybody known.
    """
    if to == "on_call":
        return _one(on_call(team.rota, at) if team.rota else None, f"on call in {team.name}")
    if to == "backup":
        return _one(backup(team.rota, at) if team.rota else None, f"backup in {team.name}")
    if to == "everyone":
        return _all_of(team)
    if to.startswith("team:"):
        return _other_team(to.removeprefix("team:").strip(), teams, at)
    if to.startswith("#"):
        return Reached((), to, f"channel {to}")
    known = (to,) if to in people else ()
    return Reached(known, None, "named in the step" if known else f"nobody is known as {to}")


def next_step(
    steps: Sequence[Step], *, taken: int, started_at: datetime, now: datetime, hurried: bool = False
) -> DueStep | None:
    """Give the first untaken step if its time has come; at exactly `started_at + after` it has.

    `taken` counts the steps already taken. `hurried`: the page before reached nobody, so the step is due
    at once. One step a call: after an outage the caller asks again until there is none.
    """
    if taken >= len(steps):
        return None
    planned_at = started_at + steps[taken].after
    due_at = min(planned_at, now) if hurried else planned_at
    return DueStep(taken + 1, steps[taken], due_at) if due_at <= now else None


def chain_ended(steps: Sequence[Step], taken: int) -> bool:
    """Say whether the last step was taken; a playbook without steps has no chain that could end."""
    return 0 < len(steps) <= taken


def _one(person: str | None, role: str) -> Reached:
    if person is None:
        return Reached((), None, f"nobody is {role}")
    return Reached((person,), None, role)


def _all_of(team: Team) -> Reached:
    members = everyone(team)
    return Reached(members, None, f"everyone in {team.name}" if members else f"nobody is in {team.name}")


def _other_team(name: str, teams: Mapping[str, Team], at: datetime) -> Reached:
    """Reach another team: whoever is on call there, and its channel, for they have not seen the card."""
    team = teams.get(name)
    if team is None:
        return Reached((), None, f"no team is called {name}")
    person = on_call(team.rota, at) if team.rota else None
    if person is None:
        return Reached((), team.channel, f"nobody is on call in {name}")
    return Reached((person,), team.channel, f"on call in {name}")
