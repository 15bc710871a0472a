"""`vaste log`: the response-time log on paper and in files."""

import os
import sys
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from getpass import getuser
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from rich.console import Console

from casebook.log import COLUMNS, Wanted
from casebook.store import Store
from listener.registry import KINDS
from notifier.hostile import clean_line
from vaste.clock import WallClock
from vaste.commands.given import load, record_of, stop
from vaste.config import Config
from vaste.faults import nearest
from vaste.log_asked import Asked, NotUnderstood, as_of, unknown_names, wanted_of
from vaste.log_figures import FIGURES, GROUPS, grouped
from vaste.log_text import write_csv, write_json
from vaste.people_figures import Values, asked_of, by_team
from vaste.report_log import write_csv as write_rows_csv
from vaste.report_log import write_json as write_rows_json

FORMATS = ("table", "csv", "json", "xlsx", "parquet")
BINARY = frozenset({"xlsx", "parquet"})
_PAPER = 200
"""Columns where nobody watches: a file or a pipe folds nothing."""


@dataclass(frozen=True, slots=True)
class Paper:
    """How it is written down."""

    group: str | None = None
    form: str | None = None
    out: Path | None = None
    as_of: str | None = None
    """As it stood then."""


def run(path: Path, asked: Asked, paper: Paper) -> None:
    """Write the cases that are asked for, or what they come to, in one of `FORMATS`."""
    form = _form(paper)
    config = load(path)
    now = WallClock().now()
    wanted = _wanted(asked, config, now)
    stood = _as_of(paper, config, now)
    about_people = asked_of(wanted, group=paper.group, form=form)
    if about_people and not config.people_figures and (wanted.names_people or paper.group == "person"):
        stop(f"{about_people}: figures by person are off; see people_figures in docs/people.md", 2)
    with record_of(config) as store, _opened(paper.out, form) as to:
        _stop_where_unknown(asked, config, store, stood)
        is_chosen = store is not None and not (asked.is_everything and stood is None)
        as_text = form in {"csv", "json"} and paper.group is None
        rows = _rows(store, wanted, stood, now=now, as_text=as_text)
        if about_people and config.people_figures and store:
            purpose = config.people_figures.purpose
            store.note_view(by=getuser(), what=about_people, purpose=purpose, now=now)
        if paper.group is not None:
            # rows of one person are figures of one person, whatever they are counted by
            is_of_people = paper.group == "person" or bool(wanted.people)
            at_least = config.people_figures.at_least if config.people_figures and is_of_people else 0
            counted = grouped(rows, paper.group, at_least=at_least)
            _write_groups(counted, paper.group, form, to, is_chosen=is_chosen)
            return
        if form not in {"table", "json"} and not config.people_figures:
            rows = by_team(rows, [handle for handles in config.handles.values() for handle in handles])
        _write(rows, form, to, config, is_chosen=is_chosen)


def run_views(path: Path) -> None:
    """List who looked at figures of single people, when and at what, the newest last."""
    with record_of(load(path)) as store:
        views = store.views() if store else []
    for view in views:
        at = view.at.isoformat(timespec="seconds").replace("+00:00", "Z")
        print(f"{at}  {view.by}  {view.what}  ({view.purpose or 'no purpose noted'})")  # noqa: T201 - its answer
    if not views:
        print("Nobody looked at figures of single people.")  # noqa: T201 - its answer


def _form(paper: Paper) -> str:
    """Give the format that is asked for, by name or by the file's ending."""
    ending = paper.out.suffix.removeprefix(".") if paper.out is not None else ""
    form = paper.form or (ending if ending in FORMATS else "table")
    if form not in FORMATS:
        stop(f"--format {form!r} is unknown; use {', '.join(FORMATS)}", 2)
    if paper.group is not None and paper.group not in GROUPS:
        stop(f"--group {paper.group!r}: rows can't be counted by it; use {', '.join(GROUPS)}", 2)
    if form in BINARY and paper.group is not None:
        stop(f"--group gives a few figures: use table, csv or json, not {form}", 2)
    if form in BINARY and paper.out is None and sys.stdout.isatty():
        stop(f"{form} is no text for a terminal; write it to a file with --out log.{form}", 2)
    return form


def _rows(
    store: Store | None, wanted: Wanted, stood: datetime | None, *, now: datetime, as_text: bool
) -> Iterator[Values]:
    if store is None:
        return iter(())
    if stood is not None:
        return store.log_values_as_of(wanted, as_of=stood)
    return store.log_values(wanted, now=now, as_text=as_text)


def _stop_where_unknown(asked: Asked, config: Config, store: Store | None, stood: datetime | None) -> None:
    """Stop at a name that is neither configured nor of any case: a playbook that was taken out stays askable."""
    known: dict[str, Collection[str]] = {
        "team": config.teams.keys(),
        "person": config.people.keys(),
        "playbook": [playbook.name for playbook in config.playbooks],
        "source": [*(source.name for source in config.sources), *KINDS],
        "topic": [topic.name for topic in config.topics],
    }
    for option, name in unknown_names(asked, known):
        # as of then a case may have had another team or playbook than any has now
        if store is None or (stood is None and not store.is_on_record(option, name)):
            names = [source.name for source in config.sources] if option == "source" else known[option]
            nobody = "nobody" if option == "person" else f"no {option}"
            stop(f"--{option} {clean_line(name)!r}: {nobody} is called so; {nearest(name, names)}", 2)


def _as_of(paper: Paper, config: Config, now: datetime) -> datetime | None:
    try:
        return as_of(paper.as_of, now=now, zone=config.timezone)
    except NotUnderstood as mistake:
        stop(f"--{mistake}", 2)


def _wanted(asked: Asked, config: Config, now: datetime) -> Wanted:
    kinds: dict[str, list[str]] = {}
    for source in config.sources:
        kinds.setdefault(source.kind, []).append(source.name)
    try:
        return wanted_of(asked, now=now, zone=config.timezone, kinds=kinds)
    except NotUnderstood as mistake:
        stop(f"--{mistake}", 2)


@contextmanager
def _opened(out: Path | None, form: str) -> Iterator[Any]:
    """Open what is written to; a file is there whole or not at all, for its owner's eyes only."""
    if out is None:
        yield sys.stdout.buffer if form in BINARY else sys.stdout
        return
    try:
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    except OSError as error:
        stop(f"{out}: can't be written ({error.strerror}); name a file in a folder that can be", 2)
    try:
        binary = form in BINARY
        with os.fdopen(handle, "wb" if binary else "w", **({} if binary else _AS_TEXT)) as file:
            yield file
        Path(name).replace(out)
    finally:
        Path(name).unlink(missing_ok=True)


_AS_TEXT: dict[str, Any] = {"encoding": "utf-8", "newline": ""}


def _write(rows: Iterable[Values], form: str, to: Any, config: Config, *, is_chosen: bool) -> None:
    if form == "csv":
        write_csv(rows, to)
    elif form == "json":
        write_json(rows, to)
    elif form in BINARY:
        _write_binary(rows, form, to)
    else:
        # rich is slow to import, and a file needs none
        from vaste.log_table import NONE_FITS, NONE_YET, write_table  # noqa: PLC0415

        told = (dict(zip(COLUMNS, row, strict=True)) for row in rows)
        none = NONE_FITS if is_chosen else NONE_YET
        write_table(told, _console(to), config.timezone, none=none)


def _console(to: TextIO) -> Console:
    return Console(file=to, width=None if to.isatty() else _PAPER)


def _write_binary(rows: Iterable[Values], form: str, to: BinaryIO) -> None:
    if form == "xlsx":
        from vaste.log_sheets import write_xlsx  # noqa: PLC0415 - only who wants it waits for it

        write_xlsx(rows, to)
        return
    from vaste.log_parquet import ParquetUnavailable, write_parquet  # noqa: PLC0415 - the same

    try:
        write_parquet(rows, to)
    except ParquetUnavailable as missing:
        stop(str(missing), 2)


def _write_groups(
    counted: Sequence[dict[str, Any]], group: str, form: str, to: TextIO, *, is_chosen: bool
) -> None:
    if form == "json":
        write_rows_json(counted, to)
    elif form == "csv":
        write_rows_csv(counted, to, (group, *FIGURES))
    else:
        from vaste.log_table import NONE_FITS, NONE_YET, write_groups  # noqa: PLC0415 - as above

        write_groups(counted, group, _console(to), none=NONE_FITS if is_chosen else NONE_YET)
