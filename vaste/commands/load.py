"""`vaste load`: what somebody has carried, for themself."""

from datetime import datetime, time, timedelta
from getpass import getuser
from pathlib import Path

import typer

from casebook.wall import instant_of
from vaste.carried import Week, weeks_of
from vaste.clock import WallClock
from vaste.commands.given import load, record_of, stop
from vaste.config import Config
from vaste.faults import nearest

_HEADS = ("week of", "called", "at night", "nights", "cases taken")


def run(path: Path, person: str, *, weeks: int) -> None:
    """Write a line a week: calls, those at night, and cases taken."""
    config = load(path)
    if person not in config.people:
        stop(
            f"{person!r}: nobody is called so; {nearest(person, config.people)} (people are named under people)",
            2,
        )
    now = WallClock().now()
    typer.echo(
        f"{config.people[person].name}, the last {weeks} weeks" if weeks > 1 else config.people[person].name
    )
    typer.echo(_line(_HEADS))
    for week in _weeks(config, person, weeks=weeks, now=now):
        typer.echo(_line((week.monday.isoformat(), week.called, week.at_night, week.nights, week.taken)))


def _weeks(config: Config, person: str, *, weeks: int, now: datetime) -> list[Week]:
    zone = config.timezone
    today = now.astimezone(zone).date()
    begins = today - timedelta(days=today.weekday() + 7 * (weeks - 1))
    since = instant_of(begins, time.min, zone)
    with record_of(config) as store:
        calls, taken = store.carried(person, since=since) if store else ((), ())
        if store and getuser() != person:
            purpose = config.people_figures.purpose if config.people_figures else None
            store.note_view(by=getuser(), what=f"load {person}", purpose=purpose, now=now)
    return weeks_of(calls, taken, zone=zone, now=now, weeks=weeks)


def _line(cells: tuple[object, ...]) -> str:
    return "  ".join(
        str(cell).ljust(len(_HEADS[0]) + 3) if at == 0 else str(cell).rjust(len(_HEADS[at]))
        for at, cell in enumerate(cells)
    )
