"""Allowances: what vendors let us send, taken in the transaction that claims the message."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, not_, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from casebook.allowance import Allowance, Door, Spent, free_at, rested, take
from casebook.store.notices import Notices
from casebook.tables import AllowanceRow, CaseRow, DeliveryRow


class Allowances(Notices):
    """The part of the store that keeps the pace of all processes together."""

    def rest(self, name: str, *, until: datetime) -> None:
        """Let an allowance rest, because the vendor said so; a longer rest stands."""
        with self.writing() as session:
            self.lock(session, "allowance")
            row = session.get(AllowanceRow, name)
            self._write_spent(session, row, name, rested(_spent(row), until=until))

    def _take(
        self, session: Session, wanted: Sequence[Allowance], *, now: datetime
    ) -> tuple[Allowance, datetime] | None:
        """Take all that a message takes; or nothing, and say which allowance is the last to be free, and when."""
        if not wanted:
            return None
        self.lock(
            session, "allowance"
        )  # one order for all: two that take the same two never wait for each other
        rows = {one.name: session.get(AllowanceRow, one.name) for one in wanted}
        free = [(one, free_at(one, _spent(rows[one.name]), now=now)) for one in wanted]
        last = max(free, key=lambda one: one[1])
        if last[1] > now:
            return last
        for one in wanted:
            self._write_spent(session, rows[one.name], one.name, take(one, _spent(rows[one.name]), now=now))
        return None

    def _write_spent(self, session: Session, row: AllowanceRow | None, name: str, spent: Spent) -> None:
        kept = row or AllowanceRow(name=name, at=spent.at)
        kept.at, kept.count, kept.rests_until = spent.at, spent.count, spent.rests_until
        session.add(kept)
        session.flush()


def behind(doors: Iterable[Door]) -> Any:
    """Give the condition that a message stands behind one of these doors."""
    return or_(*(_behind(door) for door in doors))


def _behind(door: Door) -> Any:
    here = [col(DeliveryRow.channel) == door.channel]
    if door.addressee is not None:
        here.append(col(DeliveryRow.addressee) == door.addressee)
    is_new = col(DeliveryRow.ref).is_(None)
    match door.holds:
        case "posts":
            here.append(is_new)
        case "updates":
            here.append(not_(is_new))
        case "look_ups":
            here += [is_new, col(DeliveryRow.attempted_at).is_not(None)]
        case "cards":
            here.append(may_be_held())
        case "all":
            pass
    return and_(*here)


def may_be_held() -> Any:
    """Give the condition that a new card may wait when too many come at once.

    Not one of a critical case, and none below which somebody is called already: a step of its chain was due.
    """
    below = aliased(DeliveryRow)
    is_called = exists().where(
        col(below.case) == col(DeliveryRow.case),
        col(below.addressee) == col(DeliveryRow.addressee),
        col(below.kind) == "page",
        col(below.state) == "due",
    )
    of_case = aliased(CaseRow)
    severity = select(col(of_case.severity)).where(col(of_case.number) == col(DeliveryRow.case))
    is_critical = func.coalesce(severity.scalar_subquery(), "critical") == "critical"
    return and_(
        col(DeliveryRow.kind) == "card", col(DeliveryRow.ref).is_(None), not_(is_critical), not_(is_called)
    )


def is_free(doors: Collection[Door]) -> Any:
    """Give the condition that a message stands behind none of these doors."""
    return not_(behind(doors))


def _spent(row: AllowanceRow | None) -> Spent | None:
    return None if row is None else Spent(row.at, row.count, row.rests_until)
