"""The response-time log as CSV and as JSON, written as its rows come. Pure.

Every column has a kind (`casebook.log`), and every kind one way to be written, so a row is thirty-nine short calls
and a join: a log of a million cases is a file in half a minute. What people may have written is made harmless once
for each different word, or let through where nothing in it could do harm.
"""

import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, TextIO

from casebook.log import COLUMNS, KINDS
from vaste.report_log import cell, harmless_json, iso

Values = tuple[Any, ...]
"""A row in the order of `COLUMNS`; an instant may be the text that is written of it."""
AT_ONCE = 500
"""Lines that are written together."""

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/?&%#~ -]*").fullmatch
"""What is the same in a cell, in a spreadsheet and on a terminal."""
_PLAIN_JSON = re.compile(r"[A-Za-z0-9_.:/?&%#~ +=@-]*").fullmatch
_FEW = frozenset(COLUMNS) - {"url", "author"}
"""Columns whose words come again and again."""


def write_csv(rows: Iterable[Values], to: TextIO) -> None:
    """Write a head line and a line a row; lists are joined by ";", absent is empty, no cell is a formula."""
    to.write(",".join(COLUMNS) + "\n")
    write = [_csv_writer(name) for name in COLUMNS]
    _write_lines(
        (",".join([each(value) for each, value in zip(write, row, strict=True)]) + "\n" for row in rows), to
    )


def write_json(rows: Iterable[Values], to: TextIO) -> None:
    """Write one array; instants are ISO 8601 in UTC, absent is null."""
    keys = [f'"{name}": ' for name in COLUMNS]
    write = [_json_writer(name) for name in COLUMNS]
    separator = "["
    lines = []
    for row in rows:
        told = [key + each(value) for key, each, value in zip(keys, write, row, strict=True)]
        lines.append(f"{separator}\n{{{', '.join(told)}}}")
        separator = ","
        if len(lines) >= AT_ONCE:
            to.write("".join(lines))
            lines.clear()
    to.write("".join(lines))
    to.write("\n]\n" if separator == "," else "[]\n")


def _write_lines(lines: Iterable[str], to: TextIO) -> None:
    waiting = []
    for line in lines:
        waiting.append(line)
        if len(waiting) >= AT_ONCE:
            to.write("".join(waiting))
            waiting.clear()
    to.write("".join(waiting))


def _csv_writer(name: str) -> Callable[[Any], str]:
    kind = KINDS[name]
    if kind == "text":
        return lru_cache(4096)(_csv_text) if name in _FEW else _csv_text
    if kind == "list":
        remembered = lru_cache(4096)(_csv_text)
        return lambda words: remembered(";".join(words)) if words else ""
    return _csv_instant if kind == "instant" else _csv_number


def _csv_number(value: float | None) -> str:
    return "" if value is None else str(value)


def _csv_instant(at: datetime | str | None) -> str:
    if at is None:
        return ""
    return at if at.__class__ is str else iso(at)  # type: ignore[arg-type]  # the quickest question


def _csv_text(text: str | None) -> str:
    if text is None or _PLAIN(text):
        return text or ""
    harmless: str = cell(text)
    if any(sign in harmless for sign in ',"\n\r'):
        return '"' + harmless.replace('"', '""') + '"'
    return harmless


def _json_writer(name: str) -> Callable[[Any], str]:
    kind = KINDS[name]
    if kind == "text":
        return lru_cache(4096)(_json_text) if name in _FEW else _json_text
    if kind == "list":
        remembered = lru_cache(4096)(_json_list)
        return lambda words: remembered(tuple(words))
    return _json_instant if kind == "instant" else _json_number


def _json_number(value: float | None) -> str:
    return "null" if value is None else repr(value)


def _json_instant(at: datetime | str | None) -> str:
    return "null" if at is None else f'"{_csv_instant(at)}"'


def _json_text(text: str | None) -> str:
    if text is None:
        return "null"
    if _PLAIN_JSON(text):
        return f'"{text}"'
    return harmless_json(json.dumps(text, ensure_ascii=False))


def _json_list(words: tuple[str, ...]) -> str:
    return "[" + ", ".join(map(_json_text, words)) + "]"
