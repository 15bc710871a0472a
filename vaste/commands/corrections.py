"""`vaste corrections`: what people corrected, who and when; taking one back; all of it in a file."""

import os
import sys
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from casebook.correction import Correction
from notifier.hostile import clean_line
from vaste.clock import WallClock
from vaste.commands.given import load, person_of, record_of, stop
from vaste.config import Config
from vaste.lessons import label_shown, teaches, wishes_of
from vaste.report_log import json_line, write_csv, write_json

FORMATS = ("table", "json", "csv")
COLUMNS = (
    "number",
    "network",
    "post_id",
    "label",
    "value",
    "by",
    "at",
    "cause",
    "case",
    "undone_by",
    "undone_at",
    "stands",
    "may_teach",
)
_PAPER = 200
"""Columns where nobody watches: a file or a pipe folds nothing."""


def run(path: Path, *, form: str, undo: int | None, by: str | None, export: Path | None) -> None:
    """List the corrections, take one back, or write them with the posts' words to a file."""
    if form not in FORMATS:
        stop(f"--format {form!r} is unknown; use {', '.join(FORMATS)}", 2)
    if undo is not None and export is not None:
        stop("--undo and --export are two things; do one after the other", 2)
    config = load(path)
    if undo is not None:
        _undo(config, undo, by)
        return
    corrections = _corrections(config)
    if export is not None:
        _export(corrections, config, export)
        typer.echo(f"{export}: {len(corrections)} corrections")
        return
    _list(corrections, config, form)


def _corrections(config: Config) -> list[Correction]:
    with record_of(config) as store:
        return store.corrections() if store else []


def _undo(config: Config, number: int, by: str | None) -> None:
    who = person_of(config, by)
    with record_of(config) as store:
        if store is None or not store.undo_correction(number, by=who, at=WallClock().now()):
            stop(f"no correction {number} stands; vaste corrections lists them", 1)
    typer.echo(f"correction {number} is taken back by {who}; what was learnt from it holds no longer")
    typer.echo("vaste learn learns from those that stand")


def _list(corrections: list[Correction], config: Config, form: str) -> None:
    rows = [as_row(correction, config) for correction in corrections]
    if form == "json":
        write_json(rows, sys.stdout)
    elif form == "csv":
        write_csv(rows, sys.stdout, COLUMNS)
    else:
        console = Console(width=None if sys.stdout.isatty() else _PAPER)
        console.print(_table(corrections, config) if corrections else "No corrections yet.")


def as_row(correction: Correction, config: Config) -> dict[str, Any]:
    """Give a correction as the columns write it; no words of the post."""
    said = correction.said
    return {
        "number": correction.number,
        "network": correction.network,
        "post_id": correction.post_id,
        "label": said.label,
        "value": said.value,
        "by": said.by,
        "at": said.at,
        "cause": said.cause,
        "case": said.case,
        "undone_by": correction.undone_by,
        "undone_at": correction.undone_at,
        "stands": correction.stands,
        "may_teach": teaches(correction, wishes_of(config)),
    }


def _table(corrections: list[Correction], config: Config) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("no.", "mention", "says", "by", "when", "from", "taken back"):
        table.add_column(name, overflow="fold")
    for one in corrections:
        when = one.said.at.astimezone(config.timezone).strftime("%Y-%m-%d %H:%M")
        cause = f"{one.said.cause}, case {one.said.case}" if one.said.case else one.said.cause
        erased = "its post has no words" if not one.text.strip() else ""
        cells = (
            str(one.number),
            f"{one.network}/{one.post_id}",
            label_shown(one),
            one.said.by,
            when,
            cause,
            f"by {one.undone_by}" if one.undone_by else erased,
        )
        # as Text: what people are called is never read as markup
        table.add_row(*(Text(clean_line(cell)) for cell in cells), style=None if one.stands else "dim")
    return table


def _export(corrections: list[Correction], config: Config, file: Path) -> None:
    if file.suffix not in {".jsonl", ".csv"}:
        stop(f"--export {file}: write a name that ends in .jsonl or .csv", 2)
    rows = [{**as_row(one, config), "text": one.text or None} for one in corrections]
    try:
        # it holds what customers wrote: for its owner's eyes only, and over no other file
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        stop(f"{file} is there already; name another file", 2)
    except OSError as error:
        stop(f"{file}: can't be written ({error.strerror}); name a file in a folder that can be", 2)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as opened:
        if file.suffix == ".csv":
            write_csv(rows, opened, (*COLUMNS, "text"))
        else:
            opened.writelines(json_line(row) for row in rows)
