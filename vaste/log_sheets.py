"""The response-time log as a workbook of Excel, in constant memory.

Dates are dates and numbers are numbers; every text is written as a text, so nothing in it is a formula or a link, and
made harmless as in CSV besides, for sheets are saved as CSV. A row is let go as soon as it is written.
"""

from collections.abc import Iterable
from typing import Any, BinaryIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from casebook.log import COLUMNS, KINDS, MEANINGS
from vaste.report_log import cell

MOST_ROWS = 1_048_575
"""Of one sheet, its head line left out: what Excel can open. More go on another sheet."""
_MOST_SIGNS = 32_767
"""Of one cell."""
_WIDE = {"url": 40, "author": 20, "playbook": 18, "topics": 18, "breaches": 20}


def write_xlsx(rows: Iterable[tuple[Any, ...]], to: BinaryIO, *, most_rows: int = MOST_ROWS) -> None:
    """Write a sheet `log` with a head line and a row a case, and a sheet `columns` that says what each column is."""
    book = xlsxwriter.Workbook(
        to, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    bold = book.add_format({"bold": True})
    sheet, line, sheets = _sheet(book, "log", bold), 0, 1
    for row in rows:
        if line == most_rows:
            sheets += 1
            sheet, line = _sheet(book, f"log {sheets}", bold), 0
        line += 1
        for at, (value, name) in enumerate(zip(row, COLUMNS, strict=True)):
            if value is not None:
                _write(sheet, (line, at), value, KINDS[name], instant)
    _explain(book, bold)
    book.close()


def _sheet(book: Any, name: str, bold: Format) -> Worksheet:
    sheet: Worksheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 1)
    for at, column in enumerate(COLUMNS):
        sheet.set_column(at, at, _WIDE.get(column, 19 if KINDS[column] == "instant" else 12))
        sheet.write_string(0, at, column, bold)
    return sheet


def _write(sheet: Worksheet, place: tuple[int, int], value: Any, kind: str, instant: Format) -> None:
    if kind == "instant":
        # sheets know no zones: all instants are UTC, as the sheet `columns` says
        sheet.write_datetime(*place, value.replace(tzinfo=None), instant)
    elif kind == "text":
        sheet.write_string(*place, cell(value)[:_MOST_SIGNS])
    elif kind != "list":
        sheet.write_number(*place, value)
    elif value:
        sheet.write_string(*place, cell(";".join(value))[:_MOST_SIGNS])


def _explain(book: Any, bold: Format) -> None:
    sheet: Worksheet = book.add_worksheet("columns")
    sheet.set_column(0, 1, 18)
    sheet.set_column(2, 3, 80)
    for at, head in enumerate(("column", "holds", "meaning", "absent when")):
        sheet.write_string(0, at, head, bold)
    for line, name in enumerate(COLUMNS, start=1):
        meaning = MEANINGS[name]
        for at, text in enumerate((name, meaning.holds, meaning.says, meaning.absent_when)):
            sheet.write_string(line, at, text)
