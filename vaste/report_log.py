"""The response-time log as a table, as CSV and as JSON."""

import csv
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from casebook.store import COLUMNS
from notifier.wording import clean_line
from vaste.web.pages import span

FORMATS = ("table", "csv", "json")
PLANNED = ("xlsx", "parquet")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection)."""


def write_json(rows: Iterable[Mapping[str, Any]], to: TextIO) -> None:
    """Write one array; instants are ISO 8601 in UTC, absent is null. Rows are written as they come."""
    to.write("[")
    separator = "\n"
    for row in rows:
        to.write(separator)
        to.write(json.dumps({name: _json_value(value) for name, value in row.items()}, ensure_ascii=False))
        separator = ",\n"
    to.write("\n]\n" if separator != "\n" else "]\n")


def write_csv(rows: Iterable[Mapping[str, Any]], to: TextIO) -> None:
    """Write the same columns with a head line; lists are joined by ";", and no cell is a formula."""
    lines = csv.writer(to, lineterminator="\n")
    lines.writerow(COLUMNS)
    for row in rows:
        lines.writerow([_cell(row[name]) for name in COLUMNS])


def write_table(rows: Iterable[Mapping[str, Any]], console: Console, zone: ZoneInfo) -> None:
    """Write the columns a person reads first."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in (
        "case",
        "posted",
        "author",
        "playbook",
        "status",
        "taken by",
        "taken after",
        "answered by",
        "customer waited",
        "breaches",
    ):
        table.add_column(
            name,
            overflow="fold",
            justify="right" if name in {"case", "taken after", "customer waited"} else "left",
        )
    for row in rows:
        table.add_row(*(escape(clean_line(cell)) for cell in _seen(row, zone)))
    console.print(table if table.row_count else "No cases yet.")


def _seen(row: Mapping[str, Any], zone: ZoneInfo) -> tuple[str, ...]:
    posted_at: datetime = row["posted_at"]
    return (
        str(row["case"]),
        posted_at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
        str(row["author"]),
        f"{row['playbook']} ({row['severity']})",
        str(row["status"]),
        row["acknowledged_by"] or "–",
        span(row["tta_s"]),
        row["responded_by"] or "–",
        span(row["frt_s"]),
        ", ".join(row["breaches"]),
    )


def _json_value(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else value


def iso(at: datetime) -> str:
    """Write an instant in UTC, with a Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, list):
        value = ";".join(str(part) for part in value)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
