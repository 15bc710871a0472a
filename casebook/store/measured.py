"""Cases read again from their events and measured, as they stand now or as they stood at any instant."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from casebook.event import Event
from casebook.measures import Measured, Seen, measured
from casebook.store.cases import event_of
from casebook.store.session import Connected, table_of
from casebook.tables import CaseRow, EventRow, PostRow

AT_ONCE = 500
"""Cases read together; older SQLite takes 999 parameters."""


class Measuring(Connected):
    """The part of the store that gives every figure of a case."""

    def measured(self, number: int, *, now: datetime, as_of: datetime | None = None) -> Measured | None:
        """Measure a case; with `as_of`, from what had been recorded by then. None when there was no such case."""
        with self.reading() as session:
            return next(iter(self._measured(session, [number], now=now, as_of=as_of)), None)

    def measured_cases(
        self,
        *,
        now: datetime,
        since: datetime | None = None,
        until: datetime | None = None,
        as_of: datetime | None = None,
    ) -> Iterator[Measured]:
        """Measure the cases whose customer posted in [since, until), in the order of their numbers.

        Those that went into another are left out. Takes the memory of `AT_ONCE` cases.
        """
        after = 0
        while True:
            with self.reading() as session:
                numbers = self._numbers(session, after)
                found = self._measured(session, numbers, now=now, as_of=as_of)
            yield from (
                one
                for one in found
                if one.case.merged_into is None and _is_between(one.case.posted_at, since, until)
            )
            if len(numbers) < AT_ONCE:
                return
            after = numbers[-1]

    def _numbers(self, session: Session, after: int) -> list[int]:
        numbers = select(col(CaseRow.number)).where(col(CaseRow.number) > after)
        rows = session.execute(numbers.order_by(col(CaseRow.number)).limit(AT_ONCE))
        return [int(number or 0) for number in rows.scalars()]

    def _measured(
        self, session: Session, numbers: Sequence[int], *, now: datetime, as_of: datetime | None
    ) -> list[Measured]:
        """Measure some cases, `AT_ONCE` at most, in the order of their numbers; those there were none of aside."""
        told = dict(histories(session, numbers, as_of=as_of))
        seen = seen_posts(session, [event.post for events in told.values() for event in events])
        at = now if as_of is None else as_of
        return [measured(number, events, now=at, seen=seen) for number, events in told.items()]


def histories(
    session: Session, numbers: Sequence[int], *, as_of: datetime | None
) -> Iterator[tuple[int, list[Event]]]:
    """Give the history of each of some cases, as far as it had been recorded by then; `AT_ONCE` at most."""
    # plain rows: objects of the mapper cost as long as all the rest
    lines = select(table_of(EventRow)).where(col(EventRow.case).in_(numbers))
    if as_of is not None:
        lines = lines.where(col(EventRow.recorded_at) <= as_of)
    rows: Any = session.execute(lines.order_by(col(EventRow.case), col(EventRow.line)))
    for number, of_case in groupby(rows, key=lambda row: row.case):
        yield int(number), [event_of(row) for row in of_case]


def seen_posts(session: Session, posts: Sequence[int | None]) -> dict[int, Seen]:
    """Say when posts were seen, for events from before they said so themselves."""
    wanted = sorted({post for post in posts if post is not None})
    found: dict[int, Seen] = {}
    for start in range(0, len(wanted), AT_ONCE):
        chunk = wanted[start : start + AT_ONCE]
        rows = select(col(PostRow.id), col(PostRow.seen_at), col(PostRow.clock_offset_s))
        for post, at, ahead in session.execute(rows.where(col(PostRow.id).in_(chunk))):
            found[int(post or 0)] = Seen(at, timedelta(seconds=ahead or 0.0))
    return found


def _is_between(at: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or at >= since) and (until is None or at < until)
