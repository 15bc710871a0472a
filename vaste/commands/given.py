"""What every command is given, and how it stops when that can't be used."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

import typer

from casebook.db import DatabaseUnavailable
from casebook.mention import as_utc
from casebook.store import Kept, Store
from notifier.hostile import clean_line
from vaste.config import Config, load_config
from vaste.faults import nearest
from vaste.lessons import Judges, by_itself, taught_by
from vaste.wiring import open_store

_SQLITE = "sqlite:///"
_SLACK_USER = re.compile("slack:[UW][A-Z0-9]+")
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


@contextmanager
def record_of(config: Config) -> Iterator[Store | None]:
    """Open the record for looking; None where there is none, for looking must not make one."""
    if not has_record(config):
        yield None
        return
    store = open_store(config)
    try:
        yield store
    finally:
        store.engine.dispose()


@contextmanager
def lesson_of(config: Config | None) -> Iterator[Judges]:
    """Give what judges by today's lesson, where a record has one.

    A record that can't be opened is told of, and changes no verdict: texts are judged without it.
    """
    with ExitStack() as opened:
        store = None
        try:
            store = opened.enter_context(record_of(config)) if config else None
        except DatabaseUnavailable as mistake:
            typer.echo(f"{mistake} (warning: what was learnt from corrections is not used)", err=True)
        yield taught_by(store, config) if store and config else by_itself


def find_one(store: Store | None, written: str) -> Kept:
    """Find the mention that goes by its id on the network, NETWORK/ID, or its link, or stop."""
    found = store.find(written.strip()) if store else []
    if not found:
        stop(f"no mention {written!r} is on record; give its id on the network, NETWORK/ID, or its link", 1)
    if len(found) > 1:
        names = ", ".join(clean_line(f"{kept.mention.network}/{kept.mention.post_id}") for kept in found)
        stop(f"several mentions go by {written!r}; write one of {names}", 1)
    return found[0]


def person_of(config: Config, by: str | None) -> str:
    """Give the person who says so, by key or as slack:U…, or stop."""
    if by is None:
        stop("say who you are: --by NAME, a key of people", 2)
    if by in config.people or _SLACK_USER.fullmatch(by):
        return by
    stop(f"--by {by!r}: nobody is called so; {nearest(by, config.people)} (people are named under people)", 2)


def instant(written: str, zone: ZoneInfo, option: str) -> datetime:
    """Read a date (its first instant in the zone) or an instant, or stop."""
    try:
        at = datetime.fromisoformat(written)
        if at.year in _YEARS:
            return as_utc(at if at.tzinfo else at.replace(tzinfo=zone))
    except ValueError:
        pass  # told below, in the same words
    stop(f"{option} {written!r} is no date; write 2026-11-01 or 2026-11-01T18:41:00Z", 2)
