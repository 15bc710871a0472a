"""`vaste log verify`: whether anybody touched a case's history, or what the log says of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import typer

from casebook.adds_up import Differs
from casebook.seal import Sealing, read, written
from casebook.store import Store
from notifier.hostile import clean_line
from vaste.commands.given import load, record_of, stop
from vaste.report_log import iso
from vaste.span import span

MOST_TOLD = 200
"""Flaws told one by one; whoever has more of them has read enough."""


def run(path: Path, *, keep: Path | None, against: Path | None) -> int:
    """Name every flaw of a history, and every value that the log says otherwise; gives 1 where there is one.

    `keep` takes the last seals of all cases, to be kept elsewhere; `against` is such a file of an earlier time.
    """
    config = load(path)
    if against is not None and not against.is_file():
        stop(f"--against {against}: no such file; vaste log verify --keep FILE writes one", 2)
    with record_of(config) as store:
        if store is None:
            typer.echo("No cases yet.")
            return 0
        with _to_keep(keep) as file, _kept(against) as sealings:
            count = _check(store, sealings, file)
    return _summed_up(count)


@dataclass(slots=True)
class _Count:
    cases: int = 0
    lines: int = 0
    flaws: int = 0
    differences: int = 0

    @property
    def found(self) -> int:
        return self.flaws + self.differences


def _check(store: Store, kept: Iterator[Sealing], file: TextIO | None) -> _Count:
    count = _Count()
    try:
        for checked in store.checked_histories(kept):
            count.cases, count.lines = count.cases + 1, count.lines + checked.now.lines
            for told in (*checked.flaws, *map(differs, checked.differences)):
                if count.found < MOST_TOLD:
                    typer.echo(str(told))
                count.flaws += not isinstance(told, str)
                count.differences += isinstance(told, str)
            if file is not None:
                file.write(written(checked.now) + "\n")
    except ValueError as mistake:
        stop(f"--against: {mistake}", 2)
    return count


def differs(difference: Differs) -> str:
    """Say in one line what the log says otherwise than the history."""
    kept, told = (_shown(difference.what, value) for value in (difference.kept, difference.told))
    return f"case {difference.case}, {difference.what}: the log says {kept}, its history {told}"


def _shown(what: str, value: Any) -> str:
    if value is None or value == ():
        return "nothing"
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return span(value) if what.endswith("_s") and isinstance(value, int) else clean_line(str(value))


def _summed_up(count: _Count) -> int:
    if count.found > MOST_TOLD:
        typer.echo(f"… and {count.found - MOST_TOLD} more")
    if count.flaws:
        typer.echo("The history was tampered with, or damaged; compare it with a backup.", err=True)
        return 1
    if count.differences:
        typer.echo(
            "The histories are whole, but what the log is read from was tampered with, or damaged; "
            "compare it with a backup.",
            err=True,
        )
        return 1
    cases, lines = count.cases, count.lines
    counted = f"{cases} case{'' if cases == 1 else 's'}, {lines} line{'' if lines == 1 else 's'}"
    typer.echo(
        f"{counted}: nothing was changed, removed, put in or moved, and the log says what they add up to."
    )
    return 0


@contextmanager
def _kept(against: Path | None) -> Iterator[Iterator[Sealing]]:
    if against is None:
        yield iter(())
        return
    with against.open(encoding="utf-8") as lines:
        yield read(lines)


@contextmanager
def _to_keep(keep: Path | None) -> Iterator[TextIO | None]:
    """Open what is kept; it takes its place when it is whole."""
    if keep is None:
        yield None
        return
    unfinished = keep.with_name(f".{keep.name}.part")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            yield file
        unfinished.replace(keep)
    except OSError as mistake:
        stop(f"--keep {keep}: {mistake.strerror}; name a file that can be written", 2)
    finally:
        unfinished.unlink(missing_ok=True)
