"""The file source: JSON Lines or CSV as they are appended, so that any other tool can speak to Vaste."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, PlainValidator

from casebook.mention import Batch, Json, Mention, Reply, Trouble
from listener.columns import Columns, Times, fields_of
from listener.lines import line_of, object_of, post_of
from listener.source import SourceSettings, SourceUnavailable
from listener.table import LONGEST_LINE, TOO_LONG, Record, Unfinished, encoding_of, records

LINES_A_BATCH = 5_000
_MARK_BYTES = 256
_TABLES = {".csv": ",", ".tsv": "\t"}
"""Suffix → delimiter of files that are tables unless `format` says otherwise."""


def _zone(written: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(written))
    except (ValueError, OSError, LookupError) as mistake:
        raise ValueError("not a time zone; write for example Europe/Helsinki or UTC") from mistake


def _as_delimiter(written: object) -> object:
    return "\t" if written in {"tab", "\\t"} else written


def _delimiter(written: str) -> str:
    if len(written) != 1 or written in '"\r\n' or written.isalnum():
        raise ValueError("one sign that parts the columns; write for example ';' or tab")
    return written


class FileSettings(SourceSettings):
    """`{name: feed, kind: file, path: posts.jsonl}`."""

    kind: Literal["file"] = "file"
    path: Path
    network: str | None = None
    """First half of the key of its posts; `file:NAME` unless given."""
    format: Literal["jsonl", "csv"] | None = None
    """Unless given, by the file's name: `.csv` and `.tsv` are tables, all others JSON Lines."""
    columns: Columns = Columns()
    """Our keys → the file's own names of them."""
    delimiter: Annotated[str, BeforeValidator(_as_delimiter), AfterValidator(_delimiter)] | None = None
    """Of a table; a comma (a tab in `.tsv`) unless given."""
    encoding: Literal["utf-8", "utf-16", "cp1252"] = "utf-8"
    """Of a table; a byte order mark overrules it."""
    time_format: str | None = None
    """Of strptime, or `unix`; ISO 8601 unless given."""
    timezone: Annotated[ZoneInfo, PlainValidator(_zone), PlainSerializer(str)] | None = None
    """Of times that name no zone."""

    @property
    def separator(self) -> str | None:
        """The sign that parts a table's columns; None where the file is none."""
        by_name = _TABLES.get(self.path.suffix.lower())
        if self.format == "jsonl" or (self.format is None and by_name is None):
            return None
        return self.delimiter or by_name or ","


class FileSource:
    """Reads a file from where it last stopped; a file that was replaced is read from its beginning."""

    kind = "file"

    def __init__(self, settings: FileSettings) -> None:
        self.name = settings.name
        self.network = settings.network or f"file:{settings.name}"
        self._path = settings.path
        self._settings = settings
        self._times = Times(form=settings.time_format, zone=settings.timezone)
        self._is_plain = settings.columns == Columns() and self._times == Times()

    def fetch(self, cursor: Json, *, since: datetime, now: datetime) -> Batch:
        """Read on from the cursor, at most `LINES_A_BATCH` lines; `more` says that there are others."""
        del since, now  # the file is read whole; the store knows what is older than the first start
        try:
            with self._path.open("rb") as lines:
                return (
                    self._read(lines, cursor)
                    if self._settings.separator is None
                    else self._rows(lines, cursor)
                )
        except FileNotFoundError:
            return Batch(cursor=cursor)  # not written yet: nothing was said
        except OSError as mistake:
            reason = mistake.strerror or type(mistake).__name__
            raise SourceUnavailable(
                f"{self._path} can't be read ({reason}); check its path and rights"
            ) from mistake

    def check(self) -> list[str]:
        """Say whether the file can be read; a file that does not exist yet is no problem."""
        try:
            with self._path.open("rb") as lines:
                return [] if self._settings.separator is None else self._missing(lines)
        except FileNotFoundError:
            return []
        except OSError as mistake:
            return [f"{self._path} can't be read ({mistake.strerror}); check its path and rights"]

    def close(self) -> None:
        """Nothing is held open between looks."""

    def _read(self, lines: IO[bytes], cursor: Json) -> Batch:
        offset, number = _place(lines, cursor)
        posts: list[Mention | Reply] = []
        rejected: list[str] = []
        taken = 0
        lines.seek(offset)
        skipping = offset > 0 and cursor.get("skipping") is True
        while taken < LINES_A_BATCH and (raw := lines.readline(LONGEST_LINE)):
            is_ended = raw.endswith(b"\n")
            if skipping or (len(raw) == LONGEST_LINE and not is_ended):
                if not skipping:
                    rejected.append(f"{self._path.name}:{number + 1}: {TOO_LONG}")
                skipping = not is_ended
            elif not is_ended and not _is_whole(raw):
                break  # somebody is still writing this line
            else:
                self._take(raw, number + 1, posts, rejected)
            number += is_ended  # a last line without its end may get it later
            taken += is_ended
            offset = lines.tell()
        return Batch(
            mentions=tuple(post for post in posts if isinstance(post, Mention)),
            replies=tuple(post for post in posts if isinstance(post, Reply)),
            cursor={"offset": offset, "line": number, "mark": _mark(lines, offset), "skipping": skipping},
            rejected=tuple(rejected),
            more=taken == LINES_A_BATCH,
        )

    def _take(self, raw: bytes, number: int, posts: list[Mention | Reply], rejected: list[str]) -> None:
        if raw.strip():
            self._judge(lambda: object_of(raw), number, posts, rejected)

    def _judge(
        self,
        row: Callable[[], dict[str, Any]],
        number: int,
        posts: list[Mention | Reply],
        rejected: list[str],
    ) -> None:
        """Take one post, or say what is wrong with it and on which line."""
        try:
            posts.append(self._post(row()))
        except ValueError as mistake:
            rejected.append(f"{self._path.name}:{number}: {mistake}")

    def _post(self, row: dict[str, Any]) -> Mention | Reply:
        fields = row if self._is_plain else fields_of(row, self._settings.columns, self._times)
        is_automated = self._settings.is_automated
        return post_of(line_of(fields), network=self.network, is_automated=is_automated)

    # ---- tables --------------------------------------------------------------------------------------

    def _rows(self, lines: IO[bytes], cursor: Json) -> Batch:
        """Read a table on from the cursor; its header is read again each time."""
        offset, number = _place(lines, cursor)
        size = lines.seek(0, 2)
        if size == 0:
            return Batch(cursor={})
        posts: list[Mention | Reply] = []
        rejected: list[str] = []
        unfinished: Unfinished | None = None
        taken = 0
        try:
            encoding, header = self._header(lines)
            missing = self._settings.columns.missing_in(frozenset(header.cells))
            if missing:
                raise SourceUnavailable(self._lacks(missing), permanent=True)
            offset, number = max((offset, number), (header.ends_at, header.lines))
            for record in self._records(lines, offset, number, encoding):
                if record.fault is not None:
                    rejected.append(f"{self._path.name}:{record.number}: {record.fault}")
                elif record.cells:
                    self._judge(lambda: _named(header, record), record.number, posts, rejected)  # noqa: B023 - called at once
                offset, number, taken = record.ends_at, record.lines, taken + 1
                if taken == LINES_A_BATCH:
                    break
        except Unfinished as here:
            unfinished = here
        # a writer pauses in the middle of a record; one that has not moved between two looks may never end it
        stuck = unfinished is not None and cursor.get("waits") == size
        return Batch(
            mentions=tuple(post for post in posts if isinstance(post, Mention)),
            replies=tuple(post for post in posts if isinstance(post, Reply)),
            cursor={
                "offset": offset,
                "line": number,
                "mark": _mark(lines, offset),
                **({"waits": size} if unfinished else {}),
            },
            troubles=(Trouble("rows", self._waits(unfinished)),) if unfinished and stuck else (),
            rejected=tuple(rejected),
            more=taken == LINES_A_BATCH,
        )

    def _header(self, lines: IO[bytes]) -> tuple[str, Record]:
        """Give the encoding and the names of the columns; raises Unfinished while there are none."""
        try:
            encoding, begins_at = encoding_of(lines, self._settings.encoding)
        except ValueError as mistake:
            raise SourceUnavailable(f"{self._path} {mistake}", permanent=True) from mistake
        for record in self._records(lines, begins_at, 0, encoding):
            if record.fault is not None:
                raise SourceUnavailable(f"{self._path}:{record.number}: {record.fault}", permanent=True)
            if record.cells:
                return encoding, replace(record, cells=tuple(cell.strip() for cell in record.cells))
        raise Unfinished(1)

    def _records(self, lines: IO[bytes], offset: int, number: int, encoding: str) -> Iterator[Record]:
        separator = self._settings.separator or ","
        return records(lines, offset=offset, number=number, encoding=encoding, delimiter=separator)

    def _missing(self, lines: IO[bytes]) -> list[str]:
        try:
            _, header = self._header(lines)
        except SourceUnavailable as trouble:
            return [str(trouble)]
        except Unfinished:
            return []
        missing = self._settings.columns.missing_in(frozenset(header.cells))
        return [self._lacks(missing)] if missing else []

    def _lacks(self, missing: list[str]) -> str:
        named = ", ".join(f"{self._settings.columns.column_of(key)!r} ({key})" for key in missing)
        return (
            f"{self._path} has no column {named}; name the file's own under columns, and check its delimiter"
        )

    def _waits(self, unfinished: Unfinished) -> str:
        return (
            f"{self._path.name}:{unfinished.number}: this record is not ended, and nothing was added since the last "
            "look; end it with a newline, or close its quote"
        )


def _named(header: Record, record: Record) -> dict[str, Any]:
    """Give a row by its columns' names; raises ValueError for one with more cells than there are names."""
    if any(record.cells[len(header.cells) :]):
        raise ValueError("more cells than the header has; put texts that hold the delimiter in quotes")
    return dict(zip(header.cells, record.cells, strict=False))


def _is_whole(raw: bytes) -> bool:
    """Say whether a line without its newline is complete: no beginning of an object is itself one."""
    try:
        object_of(raw)
    except ValueError:
        return False
    return True


def _place(lines: IO[bytes], cursor: Json) -> tuple[int, int]:
    """Give the byte to read on from and the number of lines before it."""
    offset, number = cursor.get("offset", 0), cursor.get("line", 0)
    if not (isinstance(offset, int) and isinstance(number, int)):
        return 0, 0
    if lines.seek(0, 2) < offset or _mark(lines, offset) != cursor.get("mark", _mark(lines, 0)):
        return 0, 0  # replaced or cut: read it all, the store drops what it knows by id
    return offset, number


def _mark(lines: IO[bytes], offset: int) -> str:
    """Hash both ends of what has been read, so that another file, or another middle of it, is noticed."""
    lines.seek(0)
    head = lines.read(min(offset, _MARK_BYTES))
    lines.seek(max(0, offset - _MARK_BYTES))
    return hashlib.sha256(head + lines.read(min(offset, _MARK_BYTES))).hexdigest()[:16]
