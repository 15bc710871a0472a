"""`vaste log verify`: whether anybody changed, removed, put in or moved a line of a case's history."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import typer

from casebook.seal import Sealing, read, written
from casebook.store import Store
from vaste.commands.given import load, record_of, stop

MOST_TOLD = 200
"""Flaws told one by one; whoever has more of them has read enough."""


def run(path: Path, *, keep: Path | None, against: Path | None) -> int:
    """Name every flaw with its case and line; gives 1 where there is one.

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
            cases, lines, found = _check(store, sealings, file)
    return _summed_up(cases, lines, found)


def _check(store: Store, kept: Iterator[Sealing], file: TextIO | None) -> tuple[int, int, int]:
    cases = lines = found = 0
    try:
        for checked in store.checked_histories(kept):
            cases, lines = cases + 1, lines + checked.now.lines
            for flaw in checked.flaws:
                found += 1
                if found <= MOST_TOLD:
                    typer.echo(str(flaw))
            if file is not None:
                file.write(written(checked.now) + "\n")
    except ValueError as mistake:
        stop(f"--against: {mistake}", 2)
    return cases, lines, found


def _summed_up(cases: int, lines: int, found: int) -> int:
    if found > MOST_TOLD:
        typer.echo(f"… and {found - MOST_TOLD} more")
    if found:
        typer.echo("The history was tampered with, or damaged; compare it with a backup.", err=True)
        return 1
    counted = f"{cases} case{'' if cases == 1 else 's'}, {lines} line{'' if lines == 1 else 's'}"
    typer.echo(f"{counted}: nothing was changed, removed, put in or moved.")
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
