"""What every command is given, and how it stops when that can't be used."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

import typer

from casebook.mention import as_utc
from vaste.config import Config, load_config

_SQLITE = "sqlite:///"
_YEARS = range(1971, 3000)
"""Of dates that can be counted with; others are slips of the finger."""


def stop(message: str, code: int) -> NoReturn:
    """End the process with one line on stderr that says what to do."""
    typer.echo(" ".join(message.split()), err=True)
    raise SystemExit(code)


def load(path: Path, *, warn: Callable[[str], object] | None = None) -> Config:
    """Load a configuration, or stop with every problem on a line of its own; `warn` is told of warnings."""
    loaded = load_config(path, os.environ)
    if loaded.config is None:
        for problem in loaded.problems:
            typer.echo(str(problem) if problem.fatal else f"{problem} (warning)", err=True)
        raise SystemExit(2)
    if warn is not None:
        for problem in loaded.problems:
            warn(str(problem))
    return loaded.config


def warn_plainly(problem: str) -> None:
    """Tell of a warning as a line on stderr."""
    typer.echo(f"{problem} (warning)", err=True)


def has_record(config: Config) -> bool:
    """Say whether there is a record to look at: looking must not make a database."""
    url = config.database.get_secret_value()
    return not url.startswith(_SQLITE) or Path(url.removeprefix(_SQLITE)).exists()


def instant(written: str, zone: ZoneInfo, option: str) -> datetime:
    """Read a date (its first instant in the zone) or an instant, or stop."""
    try:
        at = datetime.fromisoformat(written)
        if at.year in _YEARS:
            return as_utc(at if at.tzinfo else at.replace(tzinfo=zone))
    except ValueError:
        pass  # told below, in the same words
    stop(f"{option} {written!r} is no date; write 2026-11-01 or 2026-11-01T18:41:00Z", 2)
