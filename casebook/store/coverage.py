"""The coverage ledger: one row a stretch, so that a quiet year is a few rows."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from casebook.mention import Blindness, Sight, Watch
from casebook.record import Growth, LaneRecord, Latest, Stretch
from casebook.store.session import Connected
from casebook.tables import CoverageRow

Grow = Callable[[Mapping[str, Latest]], Mapping[str, Growth]]
"""Where the ledgers of a source's lanes end → what a look adds to some of them, or to new ones."""
_SIGHTS: dict[str, Sight] = {sight.value: sight for sight in (*Watch, *Blindness)}


class Coverage(Connected):
    """The part of the store that keeps when each lane of a source was watched."""

    def coverage(
        self, *, since: datetime | None = None, until: datetime | None = None, source: str | None = None
    ) -> list[LaneRecord]:
        """Give the ledger of every lane, by source and lane; of stretches only those that touch the period.

        A stretch that only touches it is given whole. The last stretch is given in any case.
        """
        wanted = select(CoverageRow).order_by(
            col(CoverageRow.source), col(CoverageRow.lane), col(CoverageRow.begins_at)
        )
        if source is not None:
            wanted = wanted.where(col(CoverageRow.source) == source)
        if since is not None:
            wanted = wanted.where(or_(col(CoverageRow.ends_at) >= since, col(CoverageRow.is_last)))
        if until is not None:
            wanted = wanted.where(or_(col(CoverageRow.begins_at) < until, col(CoverageRow.is_last)))
        lanes: dict[tuple[str, str], list[CoverageRow]] = {}
        with self.reading() as session:
            for row in session.execute(wanted).scalars():
                lanes.setdefault((row.source, row.lane), []).append(row)
        return [
            LaneRecord(name, lane, tuple(map(_stretch, rows)), _latest(rows[-1]))
            for (name, lane), rows in lanes.items()
        ]

    def _grow(self, session: Session, source: str, grow: Grow) -> None:
        """Add a look to the ledgers of a source that this transaction holds."""
        last = select(CoverageRow).where(col(CoverageRow.source) == source, col(CoverageRow.is_last))
        rows = {row.lane: row for row in session.execute(last).scalars()}
        for lane, growth in grow({lane: _latest(row) for lane, row in rows.items()}).items():
            self._write(session, source, lane, rows.get(lane), growth)

    def _write(
        self, session: Session, source: str, lane: str, row: CoverageRow | None, growth: Growth
    ) -> None:
        for stretch in growth.stretches:
            values: dict[str, Any] = {
                "ends_at": stretch.ends_at,
                "sight": stretch.sight.value,
                "outcome": growth.outcome.value,
                "due_within_s": growth.due_within.total_seconds(),
            }
            if row is not None and row.begins_at == stretch.begins_at:
                row.sqlmodel_update(values)
                continue
            if row is not None:
                row.is_last = False
            row = CoverageRow(source=source, lane=lane, begins_at=stretch.begins_at, is_last=True, **values)
            session.add(row)


def _latest(row: CoverageRow) -> Latest:
    return Latest(_stretch(row), _sight(row.outcome), timedelta(seconds=row.due_within_s))


def _stretch(row: CoverageRow) -> Stretch:
    return Stretch(row.begins_at, row.ends_at, _sight(row.sight))


def _sight(written: str) -> Sight:
    return _SIGHTS[written]
