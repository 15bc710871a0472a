"""The histories of all cases, read again to see whether anybody tampered with them, or with what the log says.

1. A case, its lines and the posts they speak of come in one statement, case after case.
2. The seals tell whether the lines are those that were recorded.
3. Where they are, what they add up to is compared with what stands on the case's row, from which the log is read, and
   the times they tell with those of the posts.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from casebook.adds_up import (
    CLOCKS_OF_A_ROW,
    INSTANTS,
    VALUES,
    Differs,
    differences,
    post_differences,
)
from casebook.event import Event, EventKind
from casebook.fold import fold
from casebook.measures import DEFINITIONS, Seen, seen_of
from casebook.seal import Flaw, Sealed, Sealing, compare, flaws
from casebook.store.cases import content_of, event_of
from casebook.store.log_rows import as_kept, read_instant
from casebook.store.session import Connected
from casebook.tables import CLOCK_BITS, CaseRow, EventRow, PostRow

_AT_ONCE = 2_000
_ReadAt = Callable[[Any], Any]
_LINE = (
    col(EventRow.case),
    col(EventRow.line),
    col(EventRow.kind),
    col(EventRow.happened_at),
    col(EventRow.time_source),
    col(EventRow.recorded_at),
    col(EventRow.actor),
    col(EventRow.post),
    col(EventRow.post_hash),
    col(EventRow.facts),
    col(EventRow.definitions),
    col(EventRow.seal),
)


@dataclass(frozen=True, slots=True)
class Checked:
    """One history, and what is wrong with it."""

    now: Sealing
    """Its lines, and the seal of the last one, as they stand."""
    flaws: tuple[Flaw, ...]
    differences: tuple[Differs, ...] = ()
    """What the log says otherwise than this history, where that is whole."""


class Seals(Connected):
    """The part of the store that vouches for histories."""

    def checked_histories(self, kept: Iterable[Sealing] = ()) -> Iterator[Checked]:
        """Check the history of every case, in the order of their numbers, and against what was kept elsewhere.

        `kept` comes in the order of case numbers too. Takes the memory of one history, however many there are.
        """
        elsewhere = _InOrder(kept)
        is_sqlite = self.engine.dialect.name == "sqlite"
        read_at = _read(read_instant(is_sqlite=is_sqlite))
        with self.reading() as session:
            for of, lines, rows in _histories(session, is_sqlite=is_sqlite):
                gone = [_gone(lost) for lost in elsewhere.before(of.case)]
                known = elsewhere.of(of.case)
                found = [*gone, *flaws(lines, of), *_compared(known, lines)]
                last = lines[-1].seal if lines else ""
                differ = () if found else tuple(_differences(of.case, rows, read_at))
                now = Sealing(of.case, len(lines), last)
                yield Checked(now, tuple(dict.fromkeys(found)), differ)
            for lost in elsewhere.before(None):
                yield Checked(Sealing(lost.case, 0, ""), (_gone(lost),))
            for case, line in _of_no_case(session):
                yield Checked(Sealing(case, 0, ""), (Flaw(case, line, "unknown"),))


class _InOrder:
    """Gives what was kept of each case while the cases are gone through."""

    def __init__(self, kept: Iterable[Sealing]) -> None:
        self._kept = iter(kept)
        self._next = next(self._kept, None)

    def before(self, case: int | None) -> Iterator[Sealing]:
        while self._next is not None and (case is None or self._next.case < case):
            yield self._next
            self._next = next(self._kept, None)

    def of(self, case: int) -> list[Sealing]:
        found = []
        while self._next is not None and self._next.case == case:
            found.append(self._next)
            self._next = next(self._kept, None)
        return found


def _gone(lost: Sealing) -> Flaw:
    return Flaw(lost.case, lost.lines, "missing")


def _compared(kept: list[Sealing], lines: list[Sealed]) -> list[Flaw]:
    return [flaw for each in kept if (flaw := compare(each, lines)) is not None]


def _histories(session: Session, *, is_sqlite: bool) -> Iterator[tuple[Sealing, list[Sealed], list[Any]]]:
    # one statement: on PostgreSQL two would see a case before and after somebody's press
    # as text where SQLite keeps text: of each row of a case but the first they are never read
    def at(column: Any, name: str) -> Any:
        return as_kept(column, is_sqlite=is_sqlite).label(name)

    said: tuple[Any, ...] = (
        col(CaseRow.number),
        col(CaseRow.lines),
        col(CaseRow.seal).label("last"),
        *(at(col(getattr(CaseRow, name)), f"row_{name}") for name in INSTANTS),
        *(col(getattr(CaseRow, name)).label(f"row_{name}") for name in (*CLOCKS_OF_A_ROW, *VALUES)),
        at(col(PostRow.posted_at), "of_post_posted_at"),
        at(col(PostRow.seen_at), "of_post_seen_at"),
        col(PostRow.clock_offset_s),
    )
    every = (
        select(*said, *_LINE)
        .outerjoin(EventRow, col(EventRow.case) == col(CaseRow.number))
        .outerjoin(PostRow, col(PostRow.id) == col(EventRow.post))
        .order_by(col(CaseRow.number), col(EventRow.line))
        .execution_options(yield_per=_AT_ONCE)
    )
    rows = session.execute(every)
    for (number, count, seal), of_case in groupby(rows, key=lambda row: (row[0], row[1], row[2])):
        told = [row for row in of_case if row.line is not None]
        # a case has the line that opened it: one that says it has none lost them all
        yield Sealing(int(number or 0), max(count, 1), seal), [_sealed(row) for row in told], told


def _differences(case: int, rows: list[Any], read_at: _ReadAt) -> Iterator[Differs]:
    """Say what the case's row and its posts say otherwise than its lines, which are those that were recorded."""
    if rows[-1].definitions != DEFINITIONS:
        return  # its row was written by other definitions; the next line brings it up to date
    events = [event_of(row) for row in rows]
    for event, row in zip(events, rows, strict=True):
        yield from _of_post(case, event, row, read_at)
    folded = fold(case, events)
    first = folded.first_post.post
    seen = seen_of(events, first) or next(
        (_seen(row, read_at) for row in rows if row.post == first and row.of_post_seen_at is not None), None
    )
    if seen is not None:
        yield from differences(folded, seen, _kept(rows[0], read_at))


def _kept(row: Any, read_at: _ReadAt) -> dict[str, Any]:
    """Give what a case's row says, by the names of what its events add up to."""
    fields = row._mapping  # noqa: SLF001 - SQLAlchemy's own name for it, and public
    kept = {name: fields[f"row_{name}"] for name in VALUES}
    kept |= {name: read_at(fields[f"row_{name}"]) for name in INSTANTS}
    bits = {name: fields[f"row_{name}"] for name in CLOCKS_OF_A_ROW}
    return kept | {
        name: tuple(clock for clock, bit in CLOCK_BITS.items() if held & bit) for name, held in bits.items()
    }


def _of_post(case: int, event: Event, row: Any, read_at: _ReadAt) -> Iterator[Differs]:
    """Say what a post says of its times otherwise than the line that tells of its being posted."""
    if event.kind not in _OF_POSTS or event.post is None or row.of_post_seen_at is None:
        return
    told = {"posted_at": event.happened_at}
    seen = seen_of((event,), event.post)
    if seen is not None:
        told |= {"seen_at": seen.at}
    kept = {"posted_at": read_at(row.of_post_posted_at), "seen_at": read_at(row.of_post_seen_at)}
    yield from post_differences(case, event.post, kept, told)


_OF_POSTS = frozenset({EventKind.JOINED, EventKind.ANSWERED})


def _seen(row: Any, read_at: _ReadAt) -> Seen:
    return Seen(read_at(row.of_post_seen_at), timedelta(seconds=row.clock_offset_s or 0.0))


def _read(read_at: _ReadAt) -> _ReadAt:
    """Read instants as `read_at` does, and leave what is none as it is: whoever wrote it there wrote no instant."""

    def read(written: Any) -> Any:
        try:
            return read_at(written)
        except ValueError:
            return written

    return read


def _sealed(row: Any) -> Sealed:
    return Sealed(row.line, content_of(row), row.seal)


def _of_no_case(session: Session) -> Iterator[tuple[int, int]]:
    lost = (
        select(col(EventRow.case), col(EventRow.line))
        .outerjoin(CaseRow, col(CaseRow.number) == col(EventRow.case))
        .where(col(CaseRow.number).is_(None))
        .order_by(col(EventRow.case), col(EventRow.line))
    )
    for case, line in session.execute(lost):
        yield int(case), int(line)
