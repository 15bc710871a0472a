"""Posts whose labels are known, read from a file that somebody wrote by hand or exported.

Three forms: JSON Lines (`.jsonl`), CSV with a head line (`.csv`, `,` or `;` between cells), and TSV (`.tsv`)
with a head line or in the form of the care corpus, which has none. Every mistake is found before anything is
said, each with its line; blank lines are skipped.
"""

import csv
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from casebook.mention import Sentiment
from notifier.hostile import clean_line, cut

SUFFIXES: Final = (".jsonl", ".csv", ".tsv")
STANDARD_INPUT: Final = Path("-")
"""Read as JSON Lines."""
_CORPUS: Final = ("sentiment", "attention", "kind", "hot", "urgency", "hard", "pair", "text")
_LETTERS: Final = {"n": "negative", "o": "neutral", "p": "positive"}
_OF_LANGUAGE: Final = re.compile(r"(fi|sv|en)-\w+-\d+")
"""The corpus names its files LANGUAGE-WRITER-NN."""
_TRUE: Final = frozenset({"1", "true"})
_FALSE: Final = frozenset({"0", "false"})
_ABSENT: Final = frozenset({"", "-"})
_DAYS: Final = ("posted_at", "date")
_SHOWN: Final = 40

Cells = Mapping[str, str]


class NotLabelled(Exception):
    """A file of labelled posts cannot be used; `mistakes` has a line for each thing to mend."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(self.mistakes))


@dataclass(frozen=True, slots=True)
class LabelledPost:
    """A post as a person labelled it."""

    where: str
    """`posts.csv:12`."""
    text: str
    sentiment: Sentiment
    attention: bool | None
    """Whether a person should look; None where it is not known."""
    language: str | None
    day: date | None
    """When it was posted, in the zone in which that was written."""
    columns: Cells
    """Every other column that is filled, cleaned of what is no text."""


@dataclass(frozen=True, slots=True)
class _Line:
    where: str
    cells: Cells
    """What is filled."""


class _Mistake(Exception):
    """One line cannot be read; the message goes on after its place."""


def read_labelled(paths: Iterable[Path]) -> list[LabelledPost]:
    """Read the posts of files, in their order.

    Raises NotLabelled with every mistake of all files, or where no post is in them.
    """
    named = [str(path) for path in paths]
    mistakes: list[str] = []
    posts: list[LabelledPost] = []
    for name in named:
        for line in _lines(Path(name)):
            if isinstance(line, str):
                mistakes.append(line)
                continue
            told, post = _read_post(line)
            mistakes += told
            posts += [post] if post else []
    if not mistakes and not posts:
        mistakes = [f"{', '.join(named)}: no post in it; write one labelled post a line"]
    if mistakes:
        raise NotLabelled(mistakes)
    return posts


def _lines(path: Path) -> Iterator[_Line | str]:
    """Give each line that is not blank, or what is wrong with it."""
    try:
        text = (sys.stdin.buffer.read() if path == STANDARD_INPUT else path.read_bytes()).decode("utf-8-sig")
    except OSError as error:
        yield f"{path}: cannot be read ({error.strerror}); name a file that is there"
        return
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        yield f"{path}:{line}: is not UTF-8; save the file as UTF-8 (in Excel: CSV UTF-8)"
        return
    if path.suffix == ".jsonl" or path == STANDARD_INPUT:
        yield from _json_lines(path, text)
    elif path.suffix == ".csv":
        yield from _headed(path, text, _delimiter(text))
    elif path.suffix == ".tsv":
        yield from _tab_separated(path, text)
    else:
        yield f"{path}: its form is not known by its name; name it {', '.join(f'*{one}' for one in SUFFIXES)}"


def _json_lines(path: Path, text: str) -> Iterator[_Line | str]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield _Line(f"{path}:{number}", _cells_of(line))
            except (ValueError, RecursionError):  # also of numbers that are too long to read
                yield f"{path}:{number}: is no JSON object; write one object a line"


def _cells_of(line: str) -> Cells:
    """Give the filled keys of an object as texts; what is nested is left out."""
    read = json.loads(line)
    if not isinstance(read, dict):
        raise ValueError("no object")  # noqa: TRY004 - the same mistake as a line that is no JSON
    plain = {key: value for key, value in read.items() if isinstance(value, str | int | float)}
    return {key: str(value) for key, value in plain.items() if str(value).strip()}


def _delimiter(text: str) -> str:
    """A Finnish or Swedish Excel separates by semicolons."""
    head = text.partition("\n")[0]
    return ";" if head.count(";") > head.count(",") else ","


def _headed(path: Path, text: str, delimiter: str) -> Iterator[_Line | str]:
    # not splitlines: a U+2028 belongs to its text
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    head: list[str] | None = None
    begins = 1
    try:
        for row in rows:
            where, begins = f"{path}:{begins}", rows.line_num + 1
            if not any(cell.strip() for cell in row):
                continue
            if head is None:
                head = [cell.strip().lower() for cell in row]
            elif len(row) != len(head):
                yield f"{where}: has {len(row)} cells and the head line has {len(head)}; put quotes around texts"
            else:
                yield _Line(where, {name: cell for name, cell in zip(head, row, strict=True) if cell.strip()})
    except csv.Error as error:
        yield f"{path}:{begins}: is no CSV ({error}); put quotes around texts"


def _tab_separated(path: Path, text: str) -> Iterator[_Line | str]:
    named = {cell.strip().lower() for cell in text.lstrip("\r\n").partition("\n")[0].split("\t")}
    if {"text", "sentiment"} <= named:
        yield from _headed(path, text, "\t")
        return
    language = _OF_LANGUAGE.match(path.name)
    for number, line in enumerate(text.split("\n"), 1):
        cells = line.removesuffix("\r").split("\t")
        if not line.strip():
            continue
        if len(cells) != len(_CORPUS):
            yield f"{path}:{number}: has {len(cells)} cells; write {', '.join(_CORPUS)}, a tab between two"
            continue
        filled = {name: cell for name, cell in zip(_CORPUS, cells, strict=True) if cell not in _ABSENT}
        feeling = filled.get("sentiment", "")
        spoken = {"sentiment": _LETTERS.get(feeling, feeling)} | (
            {"language": language[1]} if language else {}
        )
        yield _Line(f"{path}:{number}", filled | spoken)


def _read_post(line: _Line) -> tuple[list[str], LabelledPost | None]:
    """Give all mistakes of a line, or its post."""
    mistakes = [f"{line.where}: {told}" for told in _mistakes(line.cells)]
    if mistakes:
        return mistakes, None
    cells = line.cells
    known = {"text", "sentiment", "attention", "lang", "language", *_DAYS}
    attention = cells.get("attention", "").strip().lower()
    return [], LabelledPost(
        where=line.where,
        text=cells["text"],
        sentiment=Sentiment(cells["sentiment"].strip().lower()),
        attention=attention in _TRUE if attention not in _ABSENT else None,
        language=clean_line(cells.get("language", cells.get("lang", ""))) or None,
        day=_day(cells),
        columns={
            clean_line(name): shown
            for name, value in cells.items()
            if name not in known and (shown := cut(clean_line(value), _SHOWN))
        },
    )


def _mistakes(cells: Cells) -> Iterator[str]:
    if "text" not in cells:
        yield "text is missing; write the post, or take the line away"
    sentiment = cells.get("sentiment", "")
    if sentiment.strip().lower() not in set(Sentiment):
        yield f"{_is('sentiment', sentiment)}; write negative, neutral or positive"
    attention = cells.get("attention", "")
    if attention.strip().lower() not in _TRUE | _FALSE | _ABSENT:
        yield f"{_is('attention', attention)}; write 1, 0, true or false, or nothing where it is not known"
    try:
        _day(cells)
    except ValueError:
        name = next(name for name in _DAYS if name in cells)
        yield f"{_is(name, cells[name])}; write 2026-11-01 or 2026-11-01T18:41:00Z"


def _is(name: str, value: str) -> str:
    shown = cut(clean_line(value), _SHOWN)
    return f"{name} is {shown!r}" if shown else f"{name} is missing"


def _day(cells: Cells) -> date | None:
    written = next((cells[name].strip() for name in _DAYS if name in cells), None)
    return datetime.fromisoformat(written).date() if written else None
