"""`vaste oncall take`, `swap`, `away`, `list` and `cancel`: what people agree about turns, who says so and why."""

import json
from datetime import datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from casebook.agreed import Agreed, Agreement
from casebook.store import Store
from notifier.hostile import clean_line
from playbooks.escalate import Team
from vaste.agreeing import flaw_of, flaws_after, had_by, swapped, why_of
from vaste.clock import WallClock
from vaste.commands.given import instant, load, person_of, record_of, stop
from vaste.config import Config
from vaste.faults import nearest
from vaste.standing import teams_at
from vaste.wiring import open_store


def take(
    path: Path,
    person: str,
    *,
    team: str | None,
    begin: str | None,
    until: str,
    by: str | None,
    why: str | None,
) -> None:
    """Let a person stand in for whoever has the turn."""
    config = load(path)
    whose, name = _person(config, person), _team(config, team)
    begins_at, ends_at = _times(config, begin, until)
    said = Agreement(name, whose, begins_at, ends_at, person_of(config, by or whose), why_of(why))
    _file(config, [said])


def swap(
    path: Path,
    one: str,
    other: str,
    *,
    team: str | None,
    begin: str | None,
    until: str,
    by: str | None,
    why: str | None,
) -> None:
    """Let two people have each other's turns for a time, as the rota stands today."""
    config = load(path)
    first, second, name = _person(config, one), _person(config, other), _team(config, team)
    if first == second:
        stop("a swap needs two people; name another one", 2)
    begins_at, ends_at = _times(config, begin, until)
    who, because = person_of(config, by or first), why_of(why)
    with record_of(config) as store:
        standing = _standing(config, store)[name]
    said = swapped(standing, (first, second), begins_at, ends_at, by=who, why=because)
    if not said:
        stop(f"neither of them is on call in {name} then; see vaste oncall --days 14", 1)
    _file(config, said)


def away(path: Path, person: str, *, begin: str | None, until: str, by: str | None, why: str | None) -> None:
    """Say that a person is away: their turns pass to the next in each rota."""
    config = load(path)
    whose = _person(config, person)
    begins_at, ends_at = _times(config, begin, until)
    _file(config, [Agreement(None, whose, begins_at, ends_at, person_of(config, by or whose), why_of(why))])


def cancel(path: Path, number: int, *, by: str | None) -> None:
    """Cancel what was agreed under a number."""
    config = load(path)
    who = person_of(config, by)
    with record_of(config) as store:
        if store is None or not store.cancel_agreement(number, by=who, at=WallClock().now()):
            stop(f"nothing stands under number {number}; see vaste oncall list", 1)
    typer.echo(f"{number} is cancelled")


def show(path: Path, *, team: str | None, everything: bool, as_json: bool) -> None:
    """List what was agreed and has not ended; with `everything`, all there ever was."""
    config = load(path)
    only = _team(config, team) if team is not None else None
    with record_of(config) as store:
        since = None if everything else WallClock().now()
        found = store.agreements(since=since) if store else []
    wanted = [
        one for one in found if (everything or one.stands) and (only is None or one.team in {None, only})
    ]
    if as_json:
        typer.echo(json.dumps([_as_json(one) for one in wanted], ensure_ascii=False, indent=2))
    elif not wanted:
        typer.echo("nothing is agreed but what the configuration says")
    else:
        Console(width=None if Console().is_terminal else 160).print(_table(wanted, config))


def _file(config: Config, said: list[Agreement]) -> None:
    """File statements and say what they mean; the record is made where there is none yet."""
    store = open_store(config)
    try:
        before = _standing(config, store)
        numbers = store.file_agreements(said, at=WallClock().now())
        after = _standing(config, store)
    finally:
        store.engine.dispose()
    for number, one in zip(numbers, said, strict=True):
        typer.echo(f"{number}: {_told(one, config, before)}")
    for one in said:
        _warn(one, config, after)


def _standing(config: Config, store: Store | None) -> dict[str, Team]:
    return teams_at(config, store, now=WallClock().now())[0]


def _told(one: Agreement, config: Config, before: dict[str, Team]) -> str:
    times = f"from {_local(one.begins_at, config)} until {_local(one.ends_at, config)}"
    if one.team is None:
        return f"{_name(one.person, config)} is away {times}"
    instead = " and ".join(_name(key, config) for key in had_by(one, before))
    return f"{_name(one.person, config)} is on call in {one.team} {times}" + (
        f", instead of {instead}" if instead else ""
    )


def _warn(one: Agreement, config: Config, after: dict[str, Team]) -> None:
    """Tell on stderr of what was agreed in vain, and of what it leaves open."""
    for flaw in flaws_after(one, after):
        since = _local(flaw.since, config)
        if flaw.why is not None:
            typer.echo(f"nobody is on call in {flaw.team} from {since}: {flaw.why}", err=True)
        else:
            name = _name(one.person, config)
            typer.echo(f"{name} is away from {since}, so it counts for nothing then", err=True)


def _table(wanted: list[Agreed], config: Config) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("number", "who", "what", "from", "until", "by", "why", ""):
        table.add_column(name, overflow="fold")
    for one in wanted:
        what = "is away" if one.team is None else f"is on call in {one.team}"
        ended = f"cancelled by {_name(one.cancelled_by or '', config)}" if not one.stands else ""
        times = (_local(one.begins_at, config), _local(one.ends_at, config))
        cells = (
            str(one.number),
            _name(one.person, config),
            what,
            *times,
            _name(one.by, config),
            one.why,
            ended,
        )
        table.add_row(*(Text(clean_line(cell)) for cell in cells))
    return table


def _as_json(one: Agreed) -> dict[str, object]:
    return {
        "number": one.number,
        "team": one.team,
        "person": one.person,
        "away": one.team is None,
        "from": _iso(one.begins_at),
        "until": _iso(one.ends_at),
        "by": one.by,
        "why": one.why,
        "at": _iso(one.at),
        "cancelled_by": one.cancelled_by,
        "cancelled_at": _iso(one.cancelled_at) if one.cancelled_at else None,
    }


def _person(config: Config, written: str) -> str:
    """Give a person's key, in whatever letters it was typed, or stop."""
    key = next((one for one in (written, written.casefold()) if one in config.people), None)
    if key is None:
        near = nearest(written, config.people)
        stop(f"{written!r}: nobody is called so; {near} (people are named under people)", 2)
    return key


def _team(config: Config, written: str | None) -> str:
    if written is None:
        if len(config.teams) == 1:
            return next(iter(config.teams))
        stop(f"say in which team: --team NAME; {nearest('', config.teams)}", 2)
    if written not in config.teams:
        stop(f"--team {written!r}: no team is called so; {nearest(written, config.teams)}", 2)
    return written


def _times(config: Config, begin: str | None, until: str) -> tuple[datetime, datetime]:
    begins_at = WallClock().now() if begin is None else instant(begin, config.timezone, "--from")
    ends_at = instant(until, config.timezone, "--until")
    flaw = flaw_of(begins_at, ends_at)
    if flaw == "backwards":
        stop("--until is not after --from; write a later time (it is left out itself)", 2)
    if flaw is not None:
        stop("this lasts longer than a year; check the year", 2)
    return begins_at.replace(microsecond=0), ends_at


def _name(key: str | None, config: Config) -> str:
    if key is None:
        return "nobody"
    return config.people[key].name if key in config.people else key


def _local(at: datetime, config: Config) -> str:
    return at.astimezone(config.timezone).strftime("%a %Y-%m-%d %H:%M")


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
