"""The record of who stands in and who is away: lines are added, never changed. And copies of rotas kept elsewhere."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from casebook.agreed import Agreed, Agreement, KeptRota
from casebook.store.session import Connected
from casebook.tables import AgreedCancelledRow, AgreedRow, KeptRotaRow


class Agreements(Connected):
    """The part of the store that keeps what people agreed about turns."""

    def file_agreements(self, agreements: Sequence[Agreement], *, at: datetime) -> list[int]:
        """File statements, all or none; gives their numbers, of those that stand already the earlier ones."""
        with self.writing() as session:
            self.lock(session, "agreed")
            return [self._file(session, one, at) for one in agreements]

    def cancel_agreement(self, number: int, *, by: str, at: datetime) -> bool:
        """Cancel one statement; False when there is none that stands under this number."""
        with self.writing() as session:
            if session.get(AgreedRow, number) is None:
                return False
            return self.insert_new(session, AgreedCancelledRow, agreed=number, by=by, at=at) is not None

    def agreements(self, *, since: datetime | None = None) -> list[Agreed]:
        """Give the statements that end after an instant, or all, by number, those that were cancelled included."""
        with self.reading() as session:
            return _read(session, since)

    def keep_rota(self, name: str, kept: KeptRota) -> None:
        """Keep the last good copy of a rota; the one before is replaced."""
        turns = [[person, begin.isoformat(), end.isoformat()] for person, begin, end in kept.turns]
        values = {"ground": kept.ground, "read_at": kept.read_at, "turns": turns}
        with self.writing() as session:
            if self.insert_new(session, KeptRotaRow, name=name, **values) is None:
                row = session.get_one(KeptRotaRow, name)
                row.ground, row.read_at, row.turns = kept.ground, kept.read_at, turns

    def kept_rotas(self) -> dict[str, KeptRota]:
        """Give the last good copies by name."""
        with self.reading() as session:
            rows = session.execute(select(KeptRotaRow)).scalars()
            return {row.name: KeptRota(row.ground, row.read_at, tuple(_turns(row.turns))) for row in rows}

    def kept_rotas_read_at(self) -> dict[str, datetime]:
        """Give when each copy was read, for whoever wants to know whether there is a newer one."""
        with self.reading() as session:
            rows = session.execute(select(col(KeptRotaRow.name), col(KeptRotaRow.read_at)))
            return {str(name): read_at for name, read_at in rows}

    def _file(self, session: Session, one: Agreement, at: datetime) -> int:
        for known in _read(session, one.begins_at):
            if known.stands and known.says(one):
                return known.number
        row = AgreedRow(
            team=one.team,
            person=one.person,
            begins_at=one.begins_at,
            ends_at=one.ends_at,
            by=one.by,
            why=one.why,
            at=at,
        )
        session.add(row)
        session.flush()
        return int(row.id or 0)


def _read(session: Session, since: datetime | None) -> list[Agreed]:
    wanted = (
        select(AgreedRow, AgreedCancelledRow)
        .outerjoin(AgreedCancelledRow, col(AgreedCancelledRow.agreed) == col(AgreedRow.id))
        .order_by(col(AgreedRow.id))
    )
    if since is not None:
        wanted = wanted.where(col(AgreedRow.ends_at) > since)
    return [
        Agreed(
            number=int(row.id or 0),
            team=row.team,
            person=row.person,
            begins_at=row.begins_at,
            ends_at=row.ends_at,
            by=row.by,
            why=row.why,
            at=row.at,
            cancelled_by=cancelled.by if cancelled else None,
            cancelled_at=cancelled.at if cancelled else None,
        )
        for row, cancelled in session.execute(wanted)
    ]


def _turns(written: Iterable[Sequence[str]]) -> Iterable[tuple[str, datetime, datetime]]:
    for person, begin, end in written:
        yield person, datetime.fromisoformat(begin), datetime.fromisoformat(end)
