"""`vaste coverage`: when each source was watched, and when nobody could look and why."""

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from casebook.mention import Blindness, Watch
from casebook.record import LaneRecord, Stretch
from listener.coverage import seconds_blind, seconds_watched
from notifier.hostile import clean_line
from vaste.clock import WallClock
from vaste.commands.given import instant, load, record_of, stop
from vaste.config import Config
from vaste.coverage import SHOWN, LaneTold, percent, told
from vaste.faults import nearest
from vaste.report_log import FORMATS, iso, write_csv, write_json
from vaste.span import span

COLUMNS = ("source", "lane", "begins_at", "ends_at", "seconds", "sight")
WHY = {
    Watch.WATCHED: "watched",
    Watch.NOT_DUE: "not due",
    Blindness.RATE_LIMIT: "rate limit",
    Blindness.BUDGET: "budget spent",
    Blindness.AUTHORISATION: "not authorised",
    Blindness.NETWORK: "network",
    Blindness.VENDOR: "vendor's fault",
    Blindness.DOWNTIME: "vaste was not running",
    Blindness.RECORD: "could not be recorded",
}
_PAPER = 160
"""Columns where nobody watches: a file or a pipe folds nothing."""


def run(path: Path, *, since: str | None, until: str | None, source: str | None, form: str) -> int:
    """Write a line for each source and lane in one of `FORMATS`; 1 when one of them is blind now."""
    if form not in FORMATS:
        stop(f"--format {form!r} is unknown; use {', '.join(FORMATS)}", 2)
    config = load(path)
    now = WallClock().now()
    end = instant(until, config.timezone, "--until") if until is not None else now
    begin = instant(since, config.timezone, "--since") if since is not None else min(end, now) - SHOWN
    if begin >= end:
        stop("--since is not before --until; the period has no length", 2)
    with record_of(config) as store:
        records = store.coverage(since=begin, source=source) if store else []
    names = {settings.name for settings in config.sources}
    _stop_where_unknown(source, names, records)
    lanes = list(told(records, sources=names, since=begin, until=end, now=now))
    unseen = sorted(name for name in names - {lane.source for lane in lanes} if source in {None, name})
    _write(lanes, unseen, config, form)
    return 1 if any(lane.is_blind_now for lane in lanes) else 0


def _stop_where_unknown(source: str | None, names: set[str], records: Sequence[LaneRecord]) -> None:
    if source is not None and source not in names and not records:
        stop(f"--source {source!r}: there is no such source; {nearest(source, names)}", 2)


def _write(lanes: Sequence[LaneTold], unseen: Sequence[str], config: Config, form: str) -> None:
    if form == "json":
        write_json(map(as_row, lanes), sys.stdout)
    elif form == "csv":
        write_csv(_stretch_rows(lanes), sys.stdout, COLUMNS)
    else:
        console = Console(width=None if sys.stdout.isatty() else _PAPER)
        console.print(_table(lanes, config.timezone) if lanes else "Nothing was looked at in this period.")
        for name in unseen if lanes else ():
            console.print(f"{name} was not looked at yet.", markup=False)


def as_row(lane: LaneTold) -> dict[str, Any]:
    """Give a lane as JSON has it, with all its stretches."""
    seconds = seconds_watched(lane.stretches), seconds_blind(lane.stretches)
    return {
        "source": lane.source,
        "lane": lane.lane,
        "since": lane.since,
        "until": lane.until,
        "share_watched": lane.share,
        "watched_s": round(seconds[0]),
        "blind_s": round(seconds[1]),
        "now": lane.now.value if lane.now else None,
        "stretches": [
            {"begins_at": iso(s.begins_at), "ends_at": iso(s.ends_at), "sight": s.sight.value}
            for s in lane.stretches
        ],
    }


def _stretch_rows(lanes: Sequence[LaneTold]) -> Iterator[dict[str, Any]]:
    for lane in lanes:
        for stretch in lane.stretches:
            yield {
                "source": lane.source,
                "lane": lane.lane,
                "begins_at": stretch.begins_at,
                "ends_at": stretch.ends_at,
                "seconds": round(_lasts(stretch)),
                "sight": stretch.sight.value,
            }


def _table(lanes: Sequence[LaneTold], zone: ZoneInfo) -> Table:
    """Give a line for each lane, and under it one for each stretch in which nobody could look."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("source", "lane", "watched", "now", "nobody could look from", "to", "for", "why"):
        table.add_column(name, overflow="fold", justify="right" if name == "watched" else "left")
    for lane in lanes:
        at_present = WHY[lane.now] if lane.now else "no longer asked for"
        head = (lane.source, lane.lane, percent(lane.share), at_present)
        lines = [_blind(stretch, zone) for stretch in lane.blind] or [("–", "", "", "")]
        for number, line in enumerate(lines):
            # as Text: what sources are called is never read as markup
            cells = (*(head if number == 0 else ("",) * len(head)), *line)
            table.add_row(
                *(Text(clean_line(cell)) for cell in cells),
                style="bold red" if lane.is_blind_now and number == 0 else None,
            )
    return table


def _blind(stretch: Stretch, zone: ZoneInfo) -> tuple[str, str, str, str]:
    return (
        _local(stretch.begins_at, zone),
        _local(stretch.ends_at, zone),
        span(int(_lasts(stretch))),
        WHY[stretch.sight],
    )


def _lasts(stretch: Stretch) -> float:
    return (stretch.ends_at - stretch.begins_at).total_seconds()


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%a %Y-%m-%d %H:%M:%S")
