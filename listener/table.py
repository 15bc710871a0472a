"""The records of a CSV file that somebody may still be writing, each with the byte at which it ends. Pure over a file.

Python's own reader takes a record apart and asks for as many lines as its quotes need; here each line is fed to
it with its bytes counted, so that a look can stop after any record and the next one go on at that byte.
"""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

LONGEST_LINE = 4_000_000
"""Bytes of a line; a longer one is passed over."""
TOO_LONG = f"the line is longer than {LONGEST_LINE} bytes; split or cut it"
_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Record:
    """One record, or why there is none."""

    number: int
    """Of its first line, from 1."""
    cells: tuple[str, ...]
    ends_at: int
    """Byte behind its last line."""
    lines: int
    """Lines up to there."""
    fault: str | None = None
    """A sentence, without the record's words; its first line is passed over."""


class Unfinished(Exception):
    """The file ends inside a record: somebody is still writing it, or a quote was never closed."""

    def __init__(self, number: int) -> None:
        super().__init__(f"the record of line {number} is not ended")
        self.number = number
        """Of its first line, from 1."""


def encoding_of(lines: IO[bytes], wanted: str) -> tuple[str, int]:
    """Give the encoding of a file and the bytes of its byte order mark, which overrules what is wanted.

    Raises ValueError for UTF-16 without a mark.
    """
    lines.seek(0)
    start = lines.read(3)
    if start == codecs.BOM_UTF8:
        return "utf-8", len(start)
    if start[:2] in _UTF_16:
        return _UTF_16[start[:2]], 2
    if wanted == "utf-16" and start:
        raise ValueError("does not begin with a byte order mark, as UTF-16 must; check its encoding")
    return wanted, 0


def records(lines: IO[bytes], *, offset: int, number: int, encoding: str, delimiter: str) -> Iterator[Record]:
    """Give the records from a byte on, `number` lines being before it; empty lines have no cells.

    Raises Unfinished at a record that is not ended; nothing of it is given.
    """
    while True:
        feed = _Feed(lines, offset, encoding)
        try:
            cells = tuple(next(csv.reader(feed, delimiter=delimiter)))
        except StopIteration:
            return
        except _TooLong as fault:
            if feed.ended_short:
                raise Unfinished(number + 1) from fault
            record = Record(number + 1, (), feed.offset, number + feed.count, str(fault))
        except (csv.Error, UnicodeDecodeError) as mistake:
            if feed.ended_short and (feed.count == 1 or isinstance(mistake, UnicodeDecodeError)):
                raise Unfinished(number + 1) from mistake  # half a letter, or half a line
            record = Record(number + 1, (), feed.first_ends_at, number + 1, _said(mistake, encoding))
        else:
            if feed.ended_short:
                raise Unfinished(number + 1)
            record = Record(number + 1, cells, feed.offset, number + feed.count)
        offset, number = record.ends_at, record.lines
        yield record


class _TooLong(Exception):
    """A line is too long to be read."""


class _Feed:
    """Gives the lines of one record to the reader, and counts them."""

    def __init__(self, lines: IO[bytes], offset: int, encoding: str) -> None:
        lines.seek(offset)
        self._lines, self._encoding = lines, encoding
        self.offset = self.first_ends_at = offset
        self.count = 0
        self.ended_short = False
        """The file ended where the record did not."""

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        raw = bytearray()
        length = 0
        while piece := self._lines.readline(LONGEST_LINE):
            if self._encoding == "utf-16-le" and piece.endswith(b"\n"):
                piece += self._lines.read(1)  # the newline's other half
            raw = (
                raw if length <= LONGEST_LINE else raw[-2:]
            ) + piece  # of what is too long, its end is enough
            length += len(piece)
            if self._ends(raw, length):
                break
        return self._counted(bytes(raw), length)

    def _counted(self, raw: bytes, length: int) -> str:
        if not length:
            self.ended_short = self.count > 0
            raise StopIteration
        self.offset += length
        self.count += 1
        if self.count == 1:
            self.first_ends_at = self.offset
        self.ended_short = not self._ends(raw, length)
        if length > LONGEST_LINE:
            raise _TooLong(TOO_LONG)
        return raw.decode(self._encoding)

    def _ends(self, raw: bytes | bytearray, length: int) -> bool:
        if self._encoding == "utf-16-le":
            return length % 2 == 0 and raw.endswith(b"\n\0")
        if self._encoding == "utf-16-be":
            return length % 2 == 0 and raw.endswith(b"\0\n")
        return raw.endswith(b"\n")


def _said(mistake: csv.Error | UnicodeDecodeError, encoding: str) -> str:
    if isinstance(mistake, UnicodeDecodeError):
        return f"not {encoding}; save the file so, or write its encoding in the configuration"
    if "field limit" in str(mistake):
        return f'longer than {csv.field_size_limit()} characters; is a quote (") not closed?'
    return "not CSV; put texts that hold quotes, commas or line ends in quotes"
