"""The file source: JSON Lines as they are appended, so that any other tool can speak to Vaste."""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from casebook.mention import Author, Batch, Json, Mention, Reply, as_utc
from listener.source import SourceSettings, SourceUnavailable

LONGEST_LINE = 4_000_000
"""Bytes; a longer line is rejected rather than read into memory."""
LINES_A_BATCH = 5_000
_MARK_BYTES = 256
_TOO_LONG = f"the line is longer than {LONGEST_LINE} bytes; split or cut it"


class FileSettings(SourceSettings):
    """`{name: feed, kind: file, path: posts.jsonl}`."""

    kind: Literal["file"] = "file"
    path: Path
    network: str | None = None
    """First half of the key of its posts; `file:NAME` unless given."""


def _as_id(written: object) -> object:
    return str(written) if isinstance(written, int) and not isinstance(written, bool) else written


def _as_instant(written: object) -> datetime:
    if not isinstance(written, str):
        raise ValueError("write the time as text, for example 2026-11-02T18:41:00Z")  # noqa: TRY004 - pydantic turns only ValueError into a sentence
    try:
        return as_utc(datetime.fromisoformat(written))
    except (ValueError, OverflowError) as mistake:
        raise ValueError("not a time with its zone; write for example 2026-11-02T18:41:00Z") from mistake


Id = Annotated[str, BeforeValidator(_as_id), Field(min_length=1, max_length=400)]


class Line(BaseModel):
    """One line of the file; keys it does not know are left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    id: Id
    author: Annotated[str, BeforeValidator(_as_id), Field(min_length=1, max_length=400)]
    text: str
    posted_at: Annotated[datetime, BeforeValidator(_as_instant)]
    own: bool = False
    automated: bool = False
    in_reply_to: Id | None = None
    quotes: Id | None = None
    conversation: Id | None = None
    url: str | None = None
    followers: int | None = Field(default=None, ge=0, lt=2**53)
    lang: str | None = None
    rating: float | None = Field(default=None, allow_inf_nan=False)


class FileSource:
    """Reads a file from where it last stopped; a file that was replaced is read from its beginning."""

    kind = "file"

    def __init__(self, settings: FileSettings) -> None:
        self.name = settings.name
        self.network = settings.network or f"file:{settings.name}"
        self._path = settings.path
        self._is_automated = settings.is_automated

    def fetch(self, cursor: Json, *, since: datetime, now: datetime) -> Batch:
        """Read on from the cursor, at most `LINES_A_BATCH` lines; `more` says that there are others."""
        del since, now  # the file is read whole; the store knows what is older than the first start
        try:
            with self._path.open("rb") as lines:
                return self._read(lines, cursor)
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
            with self._path.open("rb"):
                return []
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
                    rejected.append(f"{self._path.name}:{number + 1}: {_TOO_LONG}")
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
        if not raw.strip():
            return
        try:
            posts.append(self._post(Line.model_validate(_object(raw))))
        except ValidationError as mistake:
            first = mistake.errors(include_input=False, include_url=False)[0]
            key = ".".join(str(part) for part in first["loc"])
            rejected.append(
                f"{self._path.name}:{number}: {key}: {first['msg'].removeprefix('Value error, ')}"
            )
        except ValueError as mistake:
            rejected.append(f"{self._path.name}:{number}: {mistake}")

    def _post(self, line: Line) -> Mention | Reply:
        place: dict[str, Any] = {
            "network": self.network,
            "id": line.id,
            "text": line.text,
            "posted_at": line.posted_at,
            "url": line.url,
            "conversation": line.conversation,
            "in_reply_to": line.in_reply_to,
            "quotes": line.quotes,
        }
        handle = line.author.removeprefix("@") or line.author
        if line.own:
            return Reply(account=handle, automated=line.automated or self._is_automated(line.text), **place)
        author = Author(handle=handle, followers=line.followers)
        return Mention(author=author, language=line.lang, rating=line.rating, **place)


_NO_OBJECT = "not a JSON object on one line; write one object a line, in UTF-8"


def _object(raw: bytes) -> object:
    try:
        read = json.loads(raw)
    except (ValueError, RecursionError) as mistake:
        raise ValueError(_NO_OBJECT) from mistake
    if not isinstance(read, dict):
        raise ValueError(_NO_OBJECT)  # noqa: TRY004 - one sentence for all that is no object
    return read


def _is_whole(raw: bytes) -> bool:
    """Say whether a line without its newline is complete: no beginning of an object is itself one."""
    try:
        return isinstance(json.loads(raw), dict)
    except (ValueError, RecursionError):
        return False


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
