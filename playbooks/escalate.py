"""Whom a step reaches, and which step is due. Pure.

A chain is the steps of a playbook in their written order. Only the time since the chain began moves it;
a step that reached nobody hurries the next one, so that nobody on call is never a silence.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from casebook.grounds import Ground, ground
from casebook.load import NOTHING, Load
from playbooks.playbook import Step
from playbooks.rota import Turns, backup, on_call

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Team:
    """Who handles what: a channel, a rota and members besides the rota."""

    name: str
    channel: str | None = None
    """`#name` or id of the channel its cards stand in."""
    rota: Turns | None = None
    people: tuple[str, ...] = ()
    """Keys of members besides those in the rota."""
    max_open: int | None = None
    """Whoever has so many open cases is passed over for new ones; None: nobody is."""
    max_night_pages: int | None = None
    """Whoever was called more often than this in the last night is passed over; None: nobody is."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Whom a page goes to, and why them."""

    people: tuple[str, ...]
    """Keys of people, each once."""
    channel: str | None
    """A channel to post in besides the one that the card stands in."""
    reason: tuple[Ground, ...]
    """For the case's history, put into words where that is shown."""
    further: tuple[str, ...] = ()
    """Channels besides that one."""
    unreached: tuple[Ground, ...] = ()
    """Why some of those who were named are not among them."""

    @property
    def channels(self) -> tuple[str, ...]:
        """All channels to post in besides the one that the card stands in."""
        return () if self.channel is None else (self.channel, *self.further)

    @property
    def is_nobody(self) -> bool:
        """There is neither a person nor a channel to tell: an event, and the next step at once."""
        return not self.people and self.channel is None


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Somebody who was on call and had too much already."""

    person: str
    why: Ground
    """What they have and how much is allowed, in numbers."""


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


def present(team: Team, at: datetime) -> tuple[str, ...]:
    """Give those of the whole team who are not away at an instant, in the same order."""
    return tuple(person for person in everyone(team) if not _is_away(team, person, at))


def _is_away(team: Team, person: str, at: datetime) -> bool:
    return team.rota is not None and team.rota.is_away(person, at)


def reach(
    to: str,
    *,
    team: Team,
    teams: Mapping[str, Team],
    people: Collection[str],
    at: datetime,
    called: Collection[str] | None = None,
    unreachable: Collection[str] = (),
    loads: Mapping[str, Load] | None = None,
) -> Reached:
    """Say whom a step's `to` means at an instant; whatever means nobody says why in its reason.

    `to` is `on_call` (the first page of every case), `backup`, `everyone`, `round_robin`, `team:NAME`,
    `#channel` or a person's key. `team` is the case's own, `teams` all by name, `people` the keys of
    everybody known. `backup` and `round_robin` hang on who was `called` for this case already (None: whoever is
    on call just now), and look past the `unreachable` for somebody else; whose turn it is hangs on what everybody
    has on their hands, too.
    """
    if to == "on_call":
        return _one(on_call(team.rota, at) if team.rota else None, "on_call", team)
    if to == "backup":
        return _one(_next_after(called, team, at, unreachable=unreachable), "backup", team)
    if to == "everyone":
        return _all_of(team, at)
    if to == "round_robin":
        return _in_turn(team, at, called=called or (), unreachable=unreachable, loads=loads or {})
    if to.startswith("team:"):
        return _other_team(to.removeprefix("team:").strip(), teams, at)
    in_channel = Reached((), to, (ground("reached.channel", channel=to),))
    return in_channel if to.startswith("#") else _named(to, team, people, at)


def reach_step(
    step: Step,
    *,
    team: Team,
    teams: Mapping[str, Team],
    people: Collection[str],
    at: datetime,
    called: Collection[str] = (),
    unreachable: Collection[str] = (),
    loads: Mapping[str, Load] | None = None,
) -> Reached:
    """Say whom a whole step means: each it names, once; nobody only where none of them is anybody."""
    told: list[str] = []
    channels: list[str] = []
    each: list[Reached] = []
    for to in (step.to, *step.also):
        # whose turn it is must not be somebody whom this very step calls by another name
        known = (*called, *told)
        found = reach(
            to,
            team=team,
            teams=teams,
            people=people,
            at=at,
            called=known,
            unreachable=unreachable,
            loads=loads,
        )
        each.append(found)
        told += [person for person in each[-1].people if person not in told]
        channels += [channel for channel in each[-1].channels if channel not in channels]
    return Reached(
        people=tuple(told),
        channel=channels[0] if channels else None,
        reason=tuple(why for reached in each for why in reached.reason),
        further=tuple(channels[1:]),
        unreached=tuple(why for reached in each if reached.is_nobody for why in reached.reason),
    )


def turn_of(members: Sequence[str], *, called: Collection[str], loads: Mapping[str, Load]) -> str | None:
    """Say whose turn it is: of those not called yet the one with the fewest open cases, then called longest ago.

    The same on every machine: it hangs on the record and, where that knows no difference, on the team's order.
    """
    left = [member for member in members if member not in called] or list(members)

    def burden(member: str) -> tuple[int, datetime]:
        load = loads.get(member, NOTHING)
        return load.open_cases, load.paged_at or _LONG_AGO

    return min(left, key=burden, default=None)


def first_call(team: Team, *, at: datetime, loads: Mapping[str, Load]) -> tuple[Reached, PassedOver | None]:
    """Say who hears of a new case first: whoever is on call, or the next one where they have too much.

    Where the next one has too much as well, or there is none, it stays with the person on call.
    """
    person = on_call(team.rota, at) if team.rota else None
    too_much = None if person is None else _too_much(person, team, loads)
    stand_in = backup(team.rota, at) if team.rota and too_much else None
    if person is None or too_much is None or stand_in is None or _too_much(stand_in, team, loads):
        return _one(person, "on_call", team), None
    passed = PassedOver(person, too_much)
    return Reached((stand_in,), None, (ground("reached.next", team=team.name),)), passed


def _too_much(person: str, team: Team, loads: Mapping[str, Load]) -> Ground | None:
    load = loads.get(person, NOTHING)
    if team.max_open is not None and load.open_cases >= team.max_open:
        return ground("overloaded.open_cases", had=load.open_cases, most=team.max_open)
    if team.max_night_pages is not None and load.night_pages > team.max_night_pages:
        return ground("overloaded.night_pages", had=load.night_pages, most=team.max_night_pages)
    return None


def but(reached: Reached, person: str | None) -> Reached:
    """Give the same without one person, who was asked in vain."""
    return replace(reached, people=tuple(key for key in reached.people if key != person))


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


def _one(person: str | None, role: str, team: Team) -> Reached:
    if person is None:
        return _nobody(role, team=team.name)
    return Reached((person,), None, (ground(f"reached.{role}", team=team.name),))


def _nobody(why: str, **who: str) -> Reached:
    return Reached((), None, (ground(f"nobody.{why}", **who),))


def _named(person: str, team: Team, people: Collection[str], at: datetime) -> Reached:
    if person not in people:
        return _nobody("unknown", person=person)
    if _is_away(team, person, at):
        return _nobody("absent", person=person)
    return Reached((person,), None, (ground("reached.named"),))


def _all_of(team: Team, at: datetime) -> Reached:
    members = present(team, at)
    if members:
        return Reached(members, None, (ground("reached.everyone", team=team.name),))
    return _nobody("all_away" if everyone(team) else "no_members", team=team.name)


def _next_after(
    called: Collection[str] | None, team: Team, at: datetime, *, unreachable: Collection[str]
) -> str | None:
    """Give the first in the rota's order who was not called yet; the backup of the hour where everybody was.

    Whose turn it is may have changed since the first page: by the order of the hour alone the very person who said
    nothing would be called again, and whoever is on call by now would never hear of it.
    """
    order = team.rota.in_order(at) if team.rota else ()
    known = order[:1] if called is None else called
    left = [person for person in order if person not in known] or order[1:]
    return next((person for person in left if person not in unreachable), next(iter(left), None))


def _in_turn(
    team: Team,
    at: datetime,
    *,
    called: Collection[str],
    unreachable: Collection[str],
    loads: Mapping[str, Load],
) -> Reached:
    members = present(team, at)
    reachable = [person for person in members if person not in unreachable]
    turn = turn_of(reachable or members, called=called, loads=loads)
    if turn is None:
        return _all_of(team, at)
    return Reached((turn,), None, (ground("reached.in_turn", team=team.name),))


def _other_team(name: str, teams: Mapping[str, Team], at: datetime) -> Reached:
    """Reach another team: whoever is on call there, and its channel, for they have not seen the card."""
    team = teams.get(name)
    if team is None:
        return _nobody("no_team", team=name)
    person = on_call(team.rota, at) if team.rota else None
    return replace(_one(person, "on_call", team), channel=team.channel)


def but_unreachable(reached: Reached, unreachable: Mapping[str, str]) -> Reached:
    """Take out of those reached whom no message reaches, and say why; that may leave nobody.

    `unreachable` says of keys of people which kind of channel can't reach them.
    """
    gone = tuple(unreachable_now(person, unreachable) for person in reached.people if person in unreachable)
    if not gone:
        return reached
    left = tuple(person for person in reached.people if person not in unreachable)
    return replace(
        reached, people=left, unreached=(*reached.unreached, *gone), reason=(*reached.reason, *gone)
    )


def unreachable_now(person: str, unreachable: Mapping[str, str]) -> Ground:
    """Say that no message reaches somebody, and in which kind of channel."""
    return ground("unreachable", person=person, kind=unreachable[person])
