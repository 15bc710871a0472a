"""The response-time log as a table, as CSV and as JSON."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TextIO
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from casebook.store import COLUMNS
from notifier.hostile import clean_line
from vaste.span import span

FORMATS = ("table", "csv", "json")
PLANNED = ("xlsx", "parquet")
Row = Mapping[str, Any]

_TREACHEROUS = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
"""What moves a terminal's cursor or reorders a line, and JSON does not escape by itself."""
_NO_TEXT = re.compile(r"[^\S\n ]|[\x00-\x09\x0b-\x1f]|" + _TREACHEROUS.pattern)
_FORMULA = re.compile(r"(^|[;,\n])(\s*)([=+\-@\uff1d\uff0b\uff0d\uff20])")
"""A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection). Where the list separator
is a semicolon, as in Finland, it also makes cells out of what stands between semicolons."""


def write_json(rows: Iterable[Row], to: TextIO) -> None:
    """Write one array; instants are ISO 8601 in UTC, absent is null. Rows are written as they come."""
    to.write("[")
    separator = "\n"
    for row in rows:
        to.write(separator + _json_object(row))
        separator = ",\n"
    to.write("\n]\n" if separator != "\n" else "]\n")


def _json_object(row: Row) -> str:
    values = {name: iso(value) if isinstance(value, datetime) else value for name, value in row.items()}
    written = json.dumps(values, ensure_ascii=False)
    # inside strings only, so this is the same value
    return _TREACHEROUS.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def write_csv(rows: Iterable[Row], to: TextIO, columns: Sequence[str] = COLUMNS) -> None:
    """Write the same columns with a head line; lists are joined by ";", absent is empty, no cell is a formula."""
    lines = csv.writer(to, lineterminator="\n")
    lines.writerow(columns)
    for row in rows:
        lines.writerow([cell(row[name]) for name in columns])


def json_line(row: Row) -> str:
    """Give one row as a line of JSON Lines, with nothing in it that moves a cursor."""
    return _json_object(row) + "\n"


def cell(value: Any) -> Any:
    """Give a value as a cell of CSV: an instant in UTC, a list joined by ";", and never a formula."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, list):
        value = ";".join(str(part) for part in value)
    return _FORMULA.sub(r"\1\2'\3", _NO_TEXT.sub(" ", value)) if isinstance(value, str) else value


def iso(at: datetime) -> str:
    """Write an instant in UTC, with a Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    show: Callable[[Row, ZoneInfo], str]
    from_width: int = 0
    """Shown in terminals of this many columns or more."""
    justify: Literal["left", "right"] = "left"
    is_whole: bool = True
    """Never broken over two lines while there is room for it."""


def write_table(rows: Iterable[Row], console: Console, zone: ZoneInfo) -> None:
    """Write the columns a person reads first, fewer of them where the terminal is narrow."""
    shown = [column for column in _SHOWN if console.width >= column.from_width]
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in shown:
        table.add_column(column.name, overflow="fold", justify=column.justify, no_wrap=column.is_whole)
    for row in rows:
        # as Text: what people are called is never read as markup
        table.add_row(*(Text(clean_line(column.show(row, zone))) for column in shown))
    console.print(table if table.row_count else "No cases yet.")


def _posted(row: Row, zone: ZoneInfo) -> str:
    posted_at: datetime = row["posted_at"]
    return posted_at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _answered(row: Row, zone: ZoneInfo) -> str:
    del zone
    pressed = " (pressed)" if row["response_found"] == "manual" else ""
    return f"{row['responded_by'] or '–'}{pressed}"


_SHOWN = (
    _Column("case", lambda row, _: str(row["case"]), justify="right"),
    _Column("posted", _posted, from_width=50),
    _Column("author", lambda row, _: str(row["author"]), from_width=70, is_whole=False),
    _Column("playbook", lambda row, _: str(row["playbook"]), from_width=90, is_whole=False),
    _Column("severity", lambda row, _: str(row["severity"]), from_width=110),
    _Column("status", lambda row, _: str(row["status"])),
    _Column("taken by", lambda row, _: row["acknowledged_by"] or "–", from_width=120, is_whole=False),
    _Column("taken after", lambda row, _: span(row["tta_s"]), from_width=130, justify="right"),
    _Column("answered by", _answered, from_width=140, is_whole=False),
    _Column("waited", lambda row, _: span(row["frt_s"]), justify="right"),
    _Column("missed", lambda row, _: ", ".join(row["breaches"]), is_whole=False),
)
