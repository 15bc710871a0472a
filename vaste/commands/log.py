"""`vaste log`: the response-time log on paper."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from vaste.clock import WallClock
from vaste.commands.given import has_record, instant, load, stop
from vaste.config import Config
from vaste.report_log import FORMATS, PLANNED, Row, write_csv, write_json, write_table
from vaste.wiring import open_store

_PAPER = 200
"""Columns where nobody watches: a file or a pipe folds nothing."""


def run(
    path: Path, *, since: str | None, until: str | None, team: str | None, playbook: str | None, form: str
) -> None:
    """Write the cases of a period, oldest post first, in one of `FORMATS`."""
    if form in PLANNED:
        stop(f"--format {form} is not built yet; use csv or json", 2)
    if form not in FORMATS:
        stop(f"--format {form!r} is unknown; use {', '.join(FORMATS)}", 2)
    config = load(path)
    start = instant(since, config.timezone, "--since") if since is not None else None
    end = instant(until, config.timezone, "--until") if until is not None else None
    with _rows(config, since=start, until=end, team=team, playbook=playbook) as rows:
        if form == "json":
            write_json(rows, sys.stdout)
        elif form == "csv":
            write_csv(rows, sys.stdout)
        else:
            width = None if sys.stdout.isatty() else _PAPER
            write_table(rows, Console(width=width), config.timezone)


@contextmanager
def _rows(config: Config, **wanted: Any) -> Iterator[Iterator[Row]]:
    if not has_record(config):
        yield iter(())
        return
    store = open_store(config)
    try:
        yield store.log(now=WallClock().now(), **wanted)
    finally:
        store.engine.dispose()
