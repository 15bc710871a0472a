"""What each of our people has on their hands, from the record."""

from datetime import datetime, timedelta

from sqlalchemy import case as when
from sqlalchemy import func, select
from sqlmodel import Session, col

from casebook.load import NOTHING, Load
from casebook.store.cases import Cases
from casebook.tables import CallRow, CaseRow

REMEMBERED = timedelta(days=30)
"""Who was not called for so long was called longest ago; nobody keeps count of more."""


class Loads(Cases):
    """The part of the store that knows who has how much to do."""

    def loads(self, *, now: datetime, night: tuple[datetime, datetime]) -> dict[str, Load]:
        """Give the load of everybody who has any; `night` bounds the last one, its end left out."""
        with self.reading() as session:
            open_cases = self._open_cases(session)
            calls = self._calls(session, since=now - REMEMBERED, night=night)
        return {
            person: Load(open_cases.get(person, 0), *calls.get(person, (NOTHING.night_pages, None)))
            for person in sorted(open_cases.keys() | calls.keys())
        }

    def carried(self, person: str, *, since: datetime) -> tuple[list[datetime], list[datetime]]:
        """Give when somebody was called, and when they were the first to take a case."""
        calls = select(col(CallRow.called_at)).where(
            col(CallRow.person) == person, col(CallRow.called_at) >= since
        )
        taken = select(col(CaseRow.acknowledged_at)).where(
            col(CaseRow.acknowledged_by) == person,
            col(CaseRow.acknowledged_at) >= since,
            col(CaseRow.merged_into).is_(None),
        )
        with self.reading() as session:
            return (
                sorted(session.execute(calls).scalars()),
                sorted(at for at in session.execute(taken).scalars() if at is not None),
            )

    def _open_cases(self, session: Session) -> dict[str, int]:
        """Count the cases that somebody has, and those untaken to which they were called first."""
        alive = col(CaseRow.merged_into).is_(None)
        had = (
            select(col(CaseRow.owner), func.count())
            .where(alive, col(CaseRow.status) == "acknowledged", col(CaseRow.owner).is_not(None))
            .group_by(col(CaseRow.owner))
        )
        called = (
            select(col(CallRow.person), func.count(col(CallRow.case).distinct()))
            .join(CaseRow, col(CaseRow.number) == col(CallRow.case))
            .where(alive, col(CaseRow.status) == "open", col(CallRow.step) == 0)
            .group_by(col(CallRow.person))
        )
        counted: dict[str, int] = {}
        for query in (had, called):
            for person, count in session.execute(query):
                counted[person] = counted.get(person, 0) + int(count)
        return counted

    def _calls(
        self, session: Session, *, since: datetime, night: tuple[datetime, datetime]
    ) -> dict[str, tuple[int, datetime]]:
        """Give how often everybody was called in the night, and when last."""
        begins_at, ends_at = night
        at = col(CallRow.called_at)
        in_night = func.sum(when(((at >= begins_at) & (at < ends_at), 1), else_=0))
        calls = select(col(CallRow.person), in_night, func.max(at)).where(at >= since)
        return {
            person: (int(count), last)
            for person, count, last in session.execute(calls.group_by(col(CallRow.person)))
        }
