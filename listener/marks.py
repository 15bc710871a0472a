"""What is remembered of a feed, or of reviews, between looks, so that each entry is given once: pure.

An entry is remembered by a mark: 8 letters of a hash of its id, 4 of a hash of its words, and for one
without a date the second in which it was first seen. No word and no address of it can be read from that.
"""

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

from listener.instants import read_instant

MOST_MARKS = 5_000
"""Marks of one feed in the cursor, at most 150 kB; feeds show 10 to 100 entries."""
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
"""No feed is older; what is dated earlier has no date (many write 1970)."""

_ID, _WORDS = 8, 4
_MARK = re.compile(r"[A-Za-z0-9_-]{12}\d{0,11}")
_LONGEST_TOLD = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """A feed's part of the cursor."""

    etag: str | None = None
    modified: str | None = None
    marks: tuple[str, ...] | None = None
    """Marks of the entries that were given, those seen last first; None before the first whole look."""
    floor: datetime | None = None
    """Entries dated earlier were given, though they are not remembered: the feed is longer than we remember."""
    rest: tuple[str, int] | None = None
    """Of a look that is being handed out: its token, and how many batches were given."""

    @classmethod
    def read(cls, written: object) -> Self:
        """Read the place as `write` wrote it; what is not one is a first look."""
        if not isinstance(written, Mapping):
            return cls()
        marks = written.get("marks")
        rest = written.get("rest")
        return cls(
            etag=_told(written.get("etag")),
            modified=_told(written.get("modified")),
            marks=tuple(mark for mark in marks if isinstance(mark, str) and _MARK.fullmatch(mark))
            if isinstance(marks, list)
            else None,
            floor=read_instant(written.get("floor")),
            rest=(str(rest.get("of")), given)
            if isinstance(rest, Mapping) and isinstance(given := rest.get("given"), int)
            else None,
        )

    def write(self) -> dict[str, object]:
        """Give the place as a JSON object."""
        written: dict[str, object] = {}
        if self.marks is not None:
            written["marks"] = list(self.marks)
        if self.floor is not None:
            written["floor"] = self.floor.isoformat()
        if self.rest is not None:
            written["rest"] = {"of": self.rest[0], "given": self.rest[1]}
        told = {"etag": _told(self.etag), "modified": _told(self.modified)}
        return written | {name: value for name, value in told.items() if value is not None}


@dataclass(slots=True)
class Memory:
    """What is known of a feed's entries while it is read, and what will be of it afterwards."""

    place: Place
    since: datetime
    now: datetime
    _known: dict[str, tuple[str, datetime | None]] = field(default_factory=dict)
    _met: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for mark in self.place.marks or ():
            first_seen = datetime.fromtimestamp(int(mark[12:]), tz=UTC) if mark[12:] else None
            self._known[mark[:_ID]] = (mark[_ID:12], first_seen)

    def date(self, post_id: str, claimed: datetime | None) -> tuple[datetime, bool]:
        """Say when an entry was posted, and whether that is its own claim.

        Without a date, or with one that can't be, it is dated by when it was first seen. What a first look
        finds undated was there before us: it is dated before `since`, or all of it would be taken for new.
        """
        _, first_seen = self._known.get(short_hash(post_id, _ID), ("", None))
        if first_seen is not None:
            return first_seen, False
        if claimed is not None and EARLIEST <= claimed <= self.now:
            return claimed, True
        if self.place.marks is None:
            return self.since.replace(microsecond=0) - timedelta(seconds=1), False
        return self.now.replace(microsecond=0), False

    def meet(self, post_id: str, words: str, posted_at: datetime, *, is_dated: bool) -> bool:
        """Remember an entry; say whether it must be given: it is new, or says something else now."""
        key, said = short_hash(post_id, _ID), short_hash(words, _WORDS)
        if key in self._met:  # the same again, further down
            return False
        stamp = "" if is_dated else str(int(posted_at.timestamp()))
        self._met[key] = (posted_at, key + said + stamp)
        if key in self._known:
            return self._known[key][0] != said
        return self.place.floor is None or not is_dated or posted_at >= self.place.floor

    def leave(self, *, etag: str | None, modified: str | None, is_whole: bool) -> Place:
        """Give the place after the feed was read; `is_whole`: to its end, not only to what was known."""
        met = list(self._met.values())
        floor = self.place.floor
        if len(met) > MOST_MARKS:
            met = sorted(met, key=lambda entry: entry[0], reverse=True)[:MOST_MARKS]
            floor = met[-1][0]
        elif is_whole:
            floor = None
        # what left the feed is remembered for a while: feeds come back after showing less, or nothing
        gone = (mark for mark in self.place.marks or () if mark[:_ID] not in self._met)
        marks = _first((*(mark for _, mark in met), *gone))
        return Place(etag=etag, modified=modified, marks=marks, floor=floor)


def _first(marks: Iterable[str]) -> tuple[str, ...]:
    return tuple(mark for mark, _ in zip(marks, range(MOST_MARKS), strict=False))


def short_hash(words: str, letters: int) -> str:
    """Give the first letters (URL-safe base64) of a hash of the words."""
    digest = hashlib.sha256(words.encode("utf-8", "surrogatepass")).digest()
    return urlsafe_b64encode(digest).decode("ascii")[:letters]


def _told(written: object) -> str | None:
    return written if isinstance(written, str) and 0 < len(written) <= _LONGEST_TOLD else None
