"""What a report asks of the record besides the cases: what was spent, called and corrected."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlmodel import col

from casebook.counted import Called, Corrected, Judged
from casebook.store.log_rows import as_kept, read_instant
from casebook.store.session import Connected
from casebook.tables import CallRow, CaseRow, CorrectionRow, PostRow, SpendingRow, UndoneRow, VerdictRow


class Reporting(Connected):
    """The part of the store that adds up periods."""

    def spent_between(self, *, since: datetime, until: datetime) -> dict[str, int]:
        """Add up what each source has cost in the full hours of [since, until), in millionths of a dollar."""
        spent = (
            select(col(SpendingRow.source), func.sum(col(SpendingRow.micros)))
            .where(col(SpendingRow.hour) >= since, col(SpendingRow.hour) < until)
            .group_by(col(SpendingRow.source))
            .order_by(col(SpendingRow.source))
        )
        with self.reading() as session:
            return {source: int(micros) for source, micros in session.execute(spent)}

    def calls_between(self, *, since: datetime, until: datetime) -> list[Called]:
        """Give every call of a person in [since, until), oldest first."""
        is_sqlite = self.engine.dialect.name == "sqlite"
        columns: tuple[Any, ...] = (
            col(CallRow.person),
            col(CallRow.case),
            col(CaseRow.team),
            as_kept(CallRow.called_at, is_sqlite=is_sqlite),
            col(CallRow.step),
        )
        calls = (
            select(*columns)
            .join(CaseRow, col(CaseRow.number) == col(CallRow.case))
            .where(col(CallRow.called_at) >= since, col(CallRow.called_at) < until)
            .order_by(col(CallRow.called_at), col(CallRow.id))
        )
        read_at: Any = read_instant(is_sqlite=is_sqlite)  # a call has always an instant
        with self.reading() as session:  # plain rows: there are tens of thousands in a quarter
            found: Any = session.connection().execute(calls).all()
        return [Called(person, case, team, read_at(at), step) for person, case, team, at, step in found]

    def corrected_between(self, *, since: datetime, until: datetime) -> list[Corrected]:
        """Count the standing corrections of [since, until) by what they say and where they came from."""
        stands = and_(
            col(UndoneRow.correction).is_(None),
            col(CorrectionRow.at) >= since,
            col(CorrectionRow.at) < until,
        )
        grouped = (col(CorrectionRow.label), col(CorrectionRow.value), col(CorrectionRow.cause))
        counted = (
            select(*grouped, func.count())
            .outerjoin(UndoneRow, col(UndoneRow.correction) == col(CorrectionRow.id))
            .where(stands)
            .group_by(*grouped)
            .order_by(*grouped)
        )
        with self.reading() as session:
            return [
                Corrected(label, value, cause, int(count))
                for label, value, cause, count in session.execute(counted)
            ]

    def judged_between(self, *, since: datetime, until: datetime) -> Judged:
        """Count the mentions posted in [since, until): seen, judged, and left to review."""
        mentions = and_(
            col(PostRow.posted_at) >= since,
            col(PostRow.posted_at) < until,
            col(PostRow.own).is_(False),
            col(PostRow.context).is_(False),
        )
        unsure = and_(col(VerdictRow.abstained).is_(True), col(VerdictRow.playbook).is_(None))
        counted = (
            select(
                func.count(),
                func.count(col(VerdictRow.post)),
                func.count().filter(unsure),
            )
            .select_from(PostRow)
            .outerjoin(VerdictRow, col(VerdictRow.post) == col(PostRow.id))
            .where(mentions)
        )
        with self.reading() as session:
            seen, judged, review = session.execute(counted).one()
        return Judged(int(seen), int(judged), int(review))
