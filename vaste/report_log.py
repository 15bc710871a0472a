"""Rows as CSV and as JSON, with nothing in them that a spreadsheet or a terminal would obey. Pure."""

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TextIO

from casebook.log import COLUMNS

FORMATS = ("table", "csv", "json")
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
    return harmless_json(written)


def harmless_json(written: str) -> str:
    """Write what moves a cursor or reorders a line by its number; inside strings only, so it is the same value."""
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
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat()[:-6] + "Z"
