"""The histories of all cases, read again to see whether anybody tampered with them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from casebook.seal import Flaw, Sealed, Sealing, compare, flaws
from casebook.store.cases import content_of
from casebook.store.session import Connected
from casebook.tables import CaseRow, EventRow

_AT_ONCE = 2_000
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


class Seals(Connected):
    """The part of the store that vouches for histories."""

    def checked_histories(self, kept: Iterable[Sealing] = ()) -> Iterator[Checked]:
        """Check the history of every case, in the order of their numbers, and against what was kept elsewhere.

        `kept` comes in the order of case numbers too. Takes the memory of one history, however many there are.
        """
        elsewhere = _InOrder(kept)
        with self.reading() as session:
            for of, lines in _histories(session):
                gone = [_gone(lost) for lost in elsewhere.before(of.case)]
                known = elsewhere.of(of.case)
                found = [*gone, *flaws(lines, of), *_compared(known, lines)]
                last = lines[-1].seal if lines else ""
                yield Checked(Sealing(of.case, len(lines), last), tuple(dict.fromkeys(found)))
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


def _histories(session: Session) -> Iterator[tuple[Sealing, list[Sealed]]]:
    # one statement: on PostgreSQL two would see a case before and after somebody's press
    said: tuple[Any, ...] = (col(CaseRow.number), col(CaseRow.lines), col(CaseRow.seal).label("last"))
    every = (
        select(*said, *_LINE)
        .outerjoin(EventRow, col(EventRow.case) == col(CaseRow.number))
        .order_by(col(CaseRow.number), col(EventRow.line))
        .execution_options(yield_per=_AT_ONCE)
    )
    rows = session.execute(every)
    for (number, count, seal), of_case in groupby(rows, key=lambda row: (row[0], row[1], row[2])):
        lines = [_sealed(row) for row in of_case if row.line is not None]
        yield Sealing(int(number or 0), count, seal), lines


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
