"""Who looked at figures of single people: written down each time, and never changed."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import col

from casebook.record import View
from casebook.store.session import Connected
from casebook.tables import ViewRow


class Views(Connected):
    """The part of the store that keeps who looked at whom."""

    def note_view(self, *, by: str, what: str, purpose: str | None, now: datetime) -> None:
        """Write down that somebody looks at figures of single people, before they see any."""
        with self.writing() as session:
            session.add(ViewRow(at=now, by=by, what=what, purpose=purpose))

    def views(self) -> list[View]:
        """Give every such look, the oldest first."""
        with self.reading() as session:
            rows = session.execute(select(ViewRow).order_by(col(ViewRow.id))).scalars()
            return [View(row.at, row.by, row.what, row.purpose) for row in rows]
