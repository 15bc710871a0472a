"""`vaste oncall`: whose turn it is, where nobody is on call, who is twice at once, and how it is shared."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from notifier.channel import Person
from playbooks.escalate import Team, everyone
from playbooks.roster import Shift
from playbooks.shares import Carried, carried, gini
from vaste.clock import WallClock
from vaste.commands.given import instant, load, record_of, stop
from vaste.config import Config
from vaste.duty import Clash, InVain, TeamShift, clashes, cut, in_vain, shifts_of
from vaste.faults import nearest
from vaste.ical import write_shifts
from vaste.rotas import of_person
from vaste.span import span
from vaste.standing import teams_at

EXPORTED_DAYS = 90
_MOST_TOLD = 10
_SHARED_FROM = 2
"""Fewer people than this share nothing."""


@dataclass(frozen=True, slots=True)
class Told:
    """All that is told of a period."""

    begin: datetime
    end: datetime
    shifts: Mapping[str, list[TeamShift]]
    clashes: Sequence[Clash]
    in_vain: Sequence[InVain]
    carried: Mapping[str, list[Carried]]
    """Of each team; nothing where only an instant is asked for."""

    @property
    def gaps(self) -> list[str]:
        """The teams in which nobody is on call at some time."""
        return [name for name, some in self.shifts.items() if any(one.shift.person is None for one in some)]


def run(
    path: Path, *, at: str | None, days: int | None, team: str | None = None, as_json: bool = False
) -> int:
    """Write who is on call at an instant, or in the days from it; 1 where nobody is."""
    config = load(path)
    teams, begin = _teams(config, team), _begin(config, at)
    told = tell(teams, config, begin=begin, days=days)
    if as_json:
        typer.echo(json.dumps(_as_json(told, config), ensure_ascii=False, indent=2))
    else:
        _write(told, config, days=days)
    return 1 if told.gaps else 0


def export(path: Path, person: str, *, at: str | None, days: int | None) -> None:
    """Write a person's shifts as a calendar."""
    config = load(path)
    if person not in config.people:
        stop(f"--ical {person!r}: nobody is called so; {nearest(person, config.people)}", 2)
    begin = _begin(config, at)
    end = begin + timedelta(days=days or EXPORTED_DAYS)
    theirs = [
        (name, one.shift)
        for name, team in _teams(config, None).items()
        for one in shifts_of(team, begin, end)
        if one.shift.person == person
    ]
    name = config.people[person].name
    written = write_shifts(theirs, person=person, name=name, language=config.language, now=WallClock().now())
    sys.stdout.flush()
    sys.stdout.buffer.write(written)


def tell(teams: Mapping[str, Team], config: Config, *, begin: datetime, days: int | None) -> Told:
    """Gather what is told of an instant, or of the days from it."""
    end = begin + timedelta(days=days or 0, microseconds=0 if days else 1)
    shifts = {name: shifts_of(team, begin, end) for name, team in teams.items()}
    within = cut(shifts, begin, end)
    shared = {
        name: carried(
            within[name],
            people=everyone(team),
            zone=config.timezone,
            holidays_of=partial(
                of_person, team=name, people=config.people_holidays, teams=config.team_holidays
            ),
        )
        for name, team in teams.items()
    }
    return Told(
        begin,
        end,
        shifts,
        clashes(one for some in shifts.values() for one in some),
        [one for team in teams.values() for one in in_vain(team, begin, end)],
        shared if days else {},
    )


def _teams(config: Config, team: str | None) -> dict[str, Team]:
    """Give the teams as they stand, or one of them; what is wrong with rotas kept elsewhere is told on stderr."""
    if team is not None and team not in config.teams:
        stop(f"--team {team!r}: no team is called so; {nearest(team, config.teams)}", 2)
    with record_of(config) as store:
        teams, wrong = teams_at(config, store, now=WallClock().now())
    for line in wrong:
        typer.echo(line, err=True)
    return {name: one for name, one in teams.items() if team in {None, name}}


def _begin(config: Config, at: str | None) -> datetime:
    return instant(at, config.timezone, "--at") if at is not None else WallClock().now()


def _write(told: Told, config: Config, *, days: int | None) -> None:
    console = Console(width=None if sys.stdout.isatty() else 160)
    every = [one for some in told.shifts.values() for one in some]
    console.print(_table(every, config, whole=not days) if every else "No teams are configured.")
    for line in _remarks(told, config):
        console.print(line, markup=False, highlight=False)
    for team, some in told.carried.items():
        if some:
            console.print()
            console.print(_shares(team, some, config))
            if len(some) >= _SHARED_FROM and any(one.hours for one in some):
                console.print(_fairness(some), markup=False, highlight=False)


def _remarks(told: Told, config: Config) -> list[str]:
    """Say what a leader must not overlook: people in two places, stand-ins who are away, and gaps."""
    twice = [
        f"{_name(one.person, config.people)} is on call for {one.teams[0]} and {one.teams[1]} at once"
        f"{'' if one.is_begun_before else f', from {_local(one.begins_at, config.timezone)}'}."
        for one in told.clashes
    ]
    vain = [
        f"{_name(one.override.person, config.people)} stands in for {one.team} and is away, "
        f"from {_local(one.begins_at, config.timezone)}: the rota decides."
        for one in told.in_vain
    ]
    lines = [*_first(twice), *_first(vain)]
    if told.gaps:
        named = ", ".join(sorted(told.gaps))
        lines.append(f"Nobody is on call for {named}: alerts take the next step of the chain at once.")
    return lines


def _first(lines: list[str]) -> list[str]:
    more = len(lines) - _MOST_TOLD
    return lines if more <= 0 else [*lines[:_MOST_TOLD], f"… and so {more} times more."]


def _table(shifts: Sequence[TeamShift], config: Config, *, whole: bool) -> Table:
    table = _plain_table("team", "on call", "backup", "from", "to", "lasts", "")
    for one in shifts:
        shift = one.shift
        is_gap = shift.person is None
        times = ("", "", "") if is_gap and whole else _times(shift, config.timezone)
        stand_in = _name(shift.backup, config.people) if shift.backup else "–"
        why = "" if shift.why == "in turn" else shift.why
        told = (one.team, _name(shift.person, config.people), stand_in, *times, why)
        table.add_row(*(Text(cell) for cell in told), style="bold red" if is_gap else None)
    return table


def _shares(team: str, some: Sequence[Carried], config: Config) -> Table:
    table = _plain_table(team, "hours", "nights", "weekends", "holidays", "share")
    for one in some:
        hours = f"{one.hours.total_seconds() / 3600:.0f}"
        counts = (str(one.nights), str(one.weekends), str(one.holidays))
        table.add_row(Text(_name(one.person, config.people)), hours, *counts, f"{one.share:.2f}")
    return table


def _fairness(some: Sequence[Carried]) -> str:
    hours, nights = _ginis(some)
    return f"Fairness (Gini, 0 is equal): hours {hours:.2f}, nights {nights:.2f}."


def _ginis(some: Sequence[Carried]) -> tuple[float, float]:
    return gini([one.hours.total_seconds() for one in some]), gini([one.nights for one in some])


def _plain_table(*names: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in names:
        table.add_column(Text(name), overflow="fold")
    return table


def _times(shift: Shift, zone: ZoneInfo) -> tuple[str, str, str]:
    if shift.is_begun_before and shift.is_ended_after:
        return "always", "", ""
    # a time that was only looked as far as is no time of a shift
    if shift.is_begun_before:
        return "long since", _local(shift.ends_at, zone), ""
    if shift.is_ended_after:
        return _local(shift.begins_at, zone), "for good", ""
    lasts = shift.ends_at - shift.begins_at
    before, after = (at.astimezone(zone).utcoffset() for at in (shift.begins_at, shift.ends_at))
    note = " (the clocks change)" if before != after else ""
    return _local(shift.begins_at, zone), _local(shift.ends_at, zone), span(int(lasts.total_seconds())) + note


def _name(key: str | None, people: Mapping[str, Person]) -> str:
    if key is None:
        return "nobody"
    return people[key].name if key in people else key


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%a %Y-%m-%d %H:%M")


def _as_json(told: Told, config: Config) -> dict[str, object]:
    return {
        "from": _iso(told.begin),
        "until": _iso(told.end),
        "teams": [
            {
                "team": name,
                "shifts": [_shift_as_json(one.shift, config) for one in some],
                "carried": [_carried_as_json(one) for one in told.carried.get(name, [])],
                **_ginis_as_json(told.carried.get(name, [])),
            }
            for name, some in told.shifts.items()
        ],
        "clashes": [
            {
                "person": one.person,
                "teams": list(one.teams),
                "from": None if one.is_begun_before else _iso(one.begins_at),
                "until": None if one.is_ended_after else _iso(one.ends_at),
            }
            for one in told.clashes
        ],
        "stand_ins_away": [
            {
                "person": one.override.person,
                "team": one.team,
                "from": _iso(one.begins_at),
                "until": _iso(one.ends_at),
            }
            for one in told.in_vain
        ],
        "gaps": told.gaps,
    }


def _shift_as_json(shift: Shift, config: Config) -> dict[str, object]:
    return {
        "person": shift.person,
        "name": _name(shift.person, config.people) if shift.person else None,
        "backup": shift.backup,
        "from": None if shift.is_begun_before else _iso(shift.begins_at),
        "until": None if shift.is_ended_after else _iso(shift.ends_at),
        "why": shift.why,
    }


def _carried_as_json(one: Carried) -> dict[str, object]:
    return {
        "person": one.person,
        "hours": round(one.hours.total_seconds() / 3600, 2),
        "nights": one.nights,
        "weekends": one.weekends,
        "holidays": one.holidays,
        "share": round(one.share, 4),
    }


def _ginis_as_json(some: Sequence[Carried]) -> dict[str, object]:
    if not some:
        return {}
    hours, nights = _ginis(some)
    return {"gini_hours": round(hours, 4), "gini_nights": round(nights, 4)}


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
