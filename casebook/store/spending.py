"""What reading costs: bills as the vendor counts them, added up by the hour."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from casebook.db import is_sqlite
from casebook.mention import Bill
from casebook.record import Spending, Spent
from casebook.store.session import Connected, table_of
from casebook.tables import BilledRow, CaseRow, SourceRow, SpendingRow

_CHUNK = 200
"""Rows of three values written at once; older SQLites take 999 values."""


class Bills(Connected):
    """The part of the store that counts what reads cost."""

    def keep_bills(self, source: str, bills: Iterable[Bill]) -> None:
        """Count what was billed for a look that brought nothing to file."""
        with self.writing() as session:
            self._keep_bills(session, source, bills)

    def spent(self, source: str, *, since: datetime) -> tuple[Spent, ...]:
        """Add up what a source has cost since an instant (a full hour), by lane and kind of read."""
        counted = (
            select(
                col(SpendingRow.lane),
                col(SpendingRow.what),
                func.sum(col(SpendingRow.reads)),
                func.sum(col(SpendingRow.micros)),
            )
            .where(col(SpendingRow.source) == source, col(SpendingRow.hour) >= since)
            .group_by(col(SpendingRow.lane), col(SpendingRow.what))
            .order_by(col(SpendingRow.lane), col(SpendingRow.what))
        )
        with self.reading() as session:
            rows = session.execute(counted).all()
        return tuple(Spent(lane, what, int(reads), int(micros)) for lane, what, reads, micros in rows)

    def spending(self, source: str, *, month: datetime, week: datetime, day: datetime) -> Spending:
        """Add up what a source has cost since three instants (full hours); all of nothing before its start."""
        with self.reading() as session:
            row = session.get(SourceRow, source)
        return Spending(
            self.spent(source, since=month),
            self.spent(source, since=week),
            self.spent(source, since=day),
            since=row.first_started_at if row else day,
        )

    def cases_opened(self, source: str, *, since: datetime) -> int:
        """Count the cases that mentions of a source have opened since an instant."""
        theirs = and_(col(CaseRow.source) == source, col(CaseRow.opened_at) >= since)
        with self.reading() as session:
            return int(session.execute(select(func.count()).select_from(CaseRow).where(theirs)).scalar_one())

    def _keep_bills(self, session: Session, source: str, bills: Iterable[Bill]) -> None:
        for bill in bills:
            reads = bill.count + self._first_reads_today(session, source, bill)
            if reads == 0:
                continue
            hour = bill.at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
            key = {"source": source, "hour": hour, "lane": bill.lane, "what": bill.what}
            self.insert_new(session, SpendingRow, **key, reads=0, micros=0)
            of_key = and_(*(getattr(SpendingRow, name) == value for name, value in key.items()))
            more = {
                "reads": col(SpendingRow.reads) + reads,
                "micros": col(SpendingRow.micros) + reads * bill.price,
            }
            session.execute(update(SpendingRow).where(of_key).values(**more))

    def _first_reads_today(self, session: Session, source: str, bill: Bill) -> int:
        """Say how many of a bill's ids were not read before on its day, and keep them."""
        if not bill.ids:
            return 0
        day = bill.at.astimezone(UTC).date()
        is_past = and_(col(BilledRow.source) == source, col(BilledRow.day) < day)
        session.execute(delete(BilledRow).where(is_past))
        insert = sqlite.insert if is_sqlite(self.engine) else postgresql.insert
        table = table_of(BilledRow)
        rows = [{"source": source, "day": day, "read": read} for read in sorted(bill.ids)]
        fresh = 0
        for start in range(0, len(rows), _CHUNK):
            wanted = insert(table).values(rows[start : start + _CHUNK]).on_conflict_do_nothing()
            fresh += len(session.execute(wanted.returning(table.c.read)).all())
        return fresh
