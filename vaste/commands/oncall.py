"""`vaste oncall`: whose turn it is, where nobody is on call, and who is on call twice at once."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from notifier.channel import Person
from playbooks.escalate import Team
from playbooks.rota import Rota, backup, on_call, shift_bounds
from vaste.clock import WallClock
from vaste.commands.given import instant, load
from vaste.config import Config
from vaste.span import span


@dataclass(frozen=True, slots=True)
class Shift:
    """One person's turn in one team, as far as it lies in the period asked for."""

    team: str
    begins_at: datetime
    ends_at: datetime
    person: str | None
    """None: nobody is on call."""
    backup: str | None
    is_shifted: bool = False
    """The clocks change in it, so it is an hour longer or shorter."""


def run(path: Path, *, at: str | None, days: int | None) -> int:
    """Write who is on call at an instant, or in the days from it; 1 where nobody is."""
    config = load(path)
    begin = instant(at, config.timezone, "--at") if at is not None else WallClock().now()
    end = begin + timedelta(days=days or 0, microseconds=0 if days else 1)
    shifts = [shift for team in config.teams.values() for shift in shifts_of(team, begin, end)]
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(_table(shifts, config, whole=not days) if shifts else "No teams are configured.")
    for first, second in clashes(shifts):
        name = _name(first.person, config.people)
        since = _local(max(first.begins_at, second.begins_at), config.timezone)
        console.print(
            f"{name} is on call for {first.team} and {second.team} at once, from {since}.", markup=False
        )
    gaps = sorted({shift.team for shift in shifts if shift.person is None})
    if gaps:
        console.print(
            f"Nobody is on call for {', '.join(gaps)}: alerts take the next step of the chain at once.",
            markup=False,
        )
    return 1 if gaps else 0


def shifts_of(team: Team, begin: datetime, end: datetime) -> Iterator[Shift]:
    """Give a team's shifts that touch the period [begin, end), uncut, in their order."""
    if team.rota is None or not team.rota.people:
        yield Shift(team.name, begin, end, None, None)
        return
    at = begin
    while at < end:
        begins_at, ends_at = shift_bounds(team.rota, at)
        person, stand_in = on_call(team.rota, at), backup(team.rota, at)
        yield Shift(
            team.name, begins_at, ends_at, person, stand_in, _is_shifted(team.rota, begins_at, ends_at)
        )
        at = ends_at


def clashes(shifts: Sequence[Shift]) -> Iterator[tuple[Shift, Shift]]:
    """Give pairs of shifts of two teams in which one person is on call at once."""
    for first, second in combinations(shifts, 2):
        overlap = first.begins_at < second.ends_at and second.begins_at < first.ends_at
        if (
            first.person is not None
            and first.person == second.person
            and first.team != second.team
            and overlap
        ):
            yield first, second


def _is_shifted(rota: Rota, begins_at: datetime, ends_at: datetime) -> bool:
    before, after = (at.astimezone(rota.zone).utcoffset() for at in (begins_at, ends_at))
    return before != after


def _table(shifts: Sequence[Shift], config: Config, *, whole: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("team", "on call", "backup", "from", "to", "lasts"):
        table.add_column(name, overflow="fold")
    for shift in shifts:
        is_gap = shift.person is None
        times = ("", "", "") if is_gap and whole else _times(shift, config.timezone)
        stand_in = _name(shift.backup, config.people) if shift.backup else "–"
        told = (shift.team, _name(shift.person, config.people), stand_in, *times)
        table.add_row(*(Text(cell) for cell in told), style="bold red" if is_gap else None)
    return table


def _times(shift: Shift, zone: ZoneInfo) -> tuple[str, str, str]:
    lasts = span(int((shift.ends_at - shift.begins_at).total_seconds()))
    note = " (the clocks change)" if shift.is_shifted else ""
    return _local(shift.begins_at, zone), _local(shift.ends_at, zone), lasts + note


def _name(key: str | None, people: Mapping[str, Person]) -> str:
    if key is None:
        return "nobody"
    return people[key].name if key in people else key


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%a %Y-%m-%d %H:%M")
