"""The response-time log as a table that a person reads, written as its rows come.

1. The first rows are waited for and say how wide the columns are; the rest of the log is written by the same widths.
2. Where the terminal is too narrow, words that may be broken give way first, the widest one most.
3. A cell that is wider than its column is broken over several lines.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import chain, islice
from typing import Final, Literal
from zoneinfo import ZoneInfo

from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.text import Text

from notifier.hostile import clean_line
from vaste.report_log import Row
from vaste.span import span

MEASURED = 1000
"""Rows that say how wide the columns are."""
NONE_YET: Final = "No cases yet."
NONE_FITS: Final = "No case fits these filters."
_GAP = "  "
_NARROWEST = 4
_MISSED = ("missed taking", "missed answer", "missed end")
_clean = lru_cache(4096)(clean_line)


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    show: Callable[[Row, ZoneInfo], str]
    from_width: int = 0
    """Shown in terminals of this many columns or more."""
    justify: Literal["left", "right"] = "left"
    is_whole: bool = True
    """Never broken over two lines while there is room for it."""


def write_table(rows: Iterable[Row], console: Console, zone: ZoneInfo, *, none: str = NONE_YET) -> None:
    """Write the columns a person reads first, fewer of them where the terminal is narrow; `none` where no row is."""
    shown = [column for column in _SHOWN if console.width >= column.from_width]
    lines = ([column.show(row, zone) for column in shown] for row in rows)
    first = list(islice(lines, MEASURED))
    if not first:
        console.print(none)
        return
    widths = _widths(shown, first, room=console.width)
    names = [column.name for column in shown]
    for line in _laid(names, shown, widths):
        console.print(Text(line, style="bold"), soft_wrap=True)
    for cells in chain(first, lines):
        # not printed by rich: what people are called is never read as markup, and ten thousand rows are quick
        console.file.writelines(f"{line}\n" for line in _laid(cells, shown, widths))


def write_groups(counted: Sequence[Row], group: str, console: Console, *, none: str = NONE_YET) -> None:
    """Write a line for each group: how many cases, how long they waited, what was missed."""
    if not counted:
        console.print(none)
        return
    heads = (group, "cases", "answered", "median wait", "90 % within", "median taken", *_MISSED)
    lines = [heads, *(tuple(_figures(row, group)) for row in counted)]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    for number, cells in enumerate(lines):
        padded = [
            _padded(cell, width, right=at > 0)
            for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        line = _GAP.join(padded).rstrip()
        console.print(Text(line, style="" if number else "bold"), soft_wrap=True)


def _figures(row: Row, group: str) -> Iterator[str]:
    yield _clean(row[group] or "–")
    for name in ("cases", "answered"):
        yield _counted(row[name])
    for name in ("frt_median_s", "frt_p90_s", "tta_median_s"):
        yield span(row[name])
    for clock in ("acknowledge", "respond", "resolve"):
        yield _counted(row[f"missed_{clock}"])


def _counted(number: int | None) -> str:
    return "–" if number is None else str(number)


def _width(cell: str) -> int:
    return len(cell) if cell.isascii() else cell_len(cell)


def _padded(cell: str, width: int, *, right: bool) -> str:
    space = " " * (width - _width(cell))
    return space + cell if right else cell + space


def _widths(shown: Sequence[_Column], first: Sequence[Sequence[str]], *, room: int) -> list[int]:
    widths = [
        max(_width(column.name), *(_width(cells[at]) for cells in first)) for at, column in enumerate(shown)
    ]
    left = room - len(_GAP) * (len(shown) - 1)
    for breaks_whole in (False, True):
        giving = [at for at, column in enumerate(shown) if breaks_whole or not column.is_whole]
        while sum(widths) > left and (wide := [at for at in giving if widths[at] > _NARROWEST]):
            widths[max(wide, key=widths.__getitem__)] -= 1
    return widths


def _laid(cells: Sequence[str], shown: Sequence[_Column], widths: Sequence[int]) -> Iterator[str]:
    """Give the lines of one row."""
    lengths = map(_width, cells)
    if all(length <= width for length, width in zip(lengths, widths, strict=True)):
        yield _line(cells, shown, widths)
        return
    parts = [_broken(cell, width) for cell, width in zip(cells, widths, strict=True)]
    for number in range(max(map(len, parts))):
        yield _line([part[number] if number < len(part) else "" for part in parts], shown, widths)


def _line(cells: Sequence[str], shown: Sequence[_Column], widths: Sequence[int]) -> str:
    padded = [
        _padded(cell, width, right=column.justify == "right")
        for cell, column, width in zip(cells, shown, widths, strict=True)
    ]
    return _GAP.join(padded).rstrip()


def _broken(cell: str, width: int) -> list[str]:
    """Break a cell between words where that is possible."""
    lines: list[str] = []
    for word in cell.split(" "):
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines += chop_cells(word, width) or [""]
    return lines


def _posted(row: Row, zone: ZoneInfo) -> str:
    posted_at: datetime = row["posted_at"]
    return posted_at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _answered(row: Row, zone: ZoneInfo) -> str:
    del zone
    pressed = " (pressed)" if row["response_found"] == "manual" else ""
    return _clean(row["responded_by"] or "–") + pressed


_SHOWN = (
    _Column("case", lambda row, _: str(row["case"]), justify="right"),
    _Column("posted", _posted, from_width=50),
    _Column("author", lambda row, _: clean_line(row["author"] or "–"), from_width=70, is_whole=False),
    _Column("playbook", lambda row, _: _clean(row["playbook"]), from_width=90, is_whole=False),
    _Column("severity", lambda row, _: str(row["severity"]), from_width=110),
    _Column("status", lambda row, _: str(row["status"])),
    _Column("taken by", lambda row, _: _clean(row["acknowledged_by"] or "–"), from_width=120, is_whole=False),
    _Column("taken after", lambda row, _: span(row["tta_s"]), from_width=130, justify="right"),
    _Column("answered by", _answered, from_width=140, is_whole=False),
    _Column("waited", lambda row, _: span(row["frt_s"]), justify="right"),
    _Column("missed", lambda row, _: ", ".join(row["breaches"]), is_whole=False),
)
