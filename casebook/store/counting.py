"""One message that counts the cards held back from a channel, kept true until none is."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import Session, col

from casebook.record import Notice
from casebook.store.allowances import Allowances, may_be_held
from casebook.tables import CaseRow, DeliveryRow

KIND = "held_back"
_PREFIX = f"notice:{KIND}:"


class Counting(Allowances):
    """The part of the store that says how many cards wait for their turn."""

    def count_held_back(
        self, channel: int, addressee: str, *, is_shut: bool, now: datetime, refresh: timedelta
    ) -> bool:
        """Owe the message that counts an addressee's waiting cards, or its update; True while it is owed more.

        `is_shut` says that cards wait for the cap: without it none is begun. One message counts from the first
        card held back to the last one posted, and is changed at most once a `refresh`, the end apart.
        """
        with self.reading() as session:  # a storm needs the writer, and most looks find that it stands right
            waiting = _waiting(session, channel, addressee)
            row = self._latest(session, channel, addressee)
            if row is None or _has_ended(row):
                if not (is_shut and waiting):
                    return bool(waiting)
            elif not _must_change(row, waiting, now=now, refresh=refresh):
                return True
        with self.writing() as session:
            self.lock(session, "counting", channel, addressee)
            waiting = _waiting(session, channel, addressee)
            row = self._latest(session, channel, addressee)
            if row is None or _has_ended(row):
                if is_shut and waiting:
                    self._begin_count(session, channel, addressee, waiting, now=now)
                return bool(waiting)
            if _must_change(row, waiting, now=now, refresh=refresh):
                self._count_on(row, waiting, now=now)
            return not _has_ended(row)

    def counting(self) -> list[tuple[int, str]]:
        """Give for whom a message counts waiting cards: (channel, addressee)."""
        begun = select(DeliveryRow).where(
            col(DeliveryRow.key) >= _PREFIX, col(DeliveryRow.key) < f"{_PREFIX}\x7f"
        )
        with self.reading() as session:
            rows = session.execute(begun).scalars().all()
            return sorted({(row.channel, row.addressee) for row in rows if row.content["facts"]["waiting"]})

    def _latest(self, session: Session, channel: int, addressee: str) -> DeliveryRow | None:
        begins = f"{_PREFIX}{channel}:{addressee}:"
        latest = (
            select(DeliveryRow)
            .where(col(DeliveryRow.key) > begins, col(DeliveryRow.key) < f"{begins}\x7f")
            .order_by(col(DeliveryRow.id).desc())
            .limit(1)
        )
        found: DeliveryRow | None = session.execute(latest).scalar()
        return found

    def _begin_count(
        self, session: Session, channel: int, addressee: str, waiting: dict[str, int], *, now: datetime
    ) -> None:
        facts = {"waiting": waiting, "counted_at": now.isoformat()}
        notice = Notice(f"{KIND}:{channel}:{addressee}:{now.isoformat()}", addressee, KIND, facts)
        self._owe_notice(session, notice, now=now)
        row = self._latest(session, channel, addressee)
        if row is not None:
            row.channel = channel

    def _count_on(self, row: DeliveryRow, waiting: dict[str, int], *, now: datetime) -> None:
        row.content = {**row.content, "facts": {"waiting": waiting, "counted_at": now.isoformat()}}
        flag_modified(row, "content")
        if row.state == "sent":  # one that was not sent yet will say what it says now
            row.state, row.due_at = "due", now


def _has_ended(row: DeliveryRow) -> bool:
    return bool(row.content["facts"]["waiting"] == {})


def _must_change(row: DeliveryRow, waiting: dict[str, int], *, now: datetime, refresh: timedelta) -> bool:
    facts = row.content["facts"]
    is_being_sent = row.lease_until is not None and row.lease_until > now
    is_fresh = waiting and datetime.fromisoformat(facts["counted_at"]) + refresh > now
    return not (is_being_sent or is_fresh or waiting == facts["waiting"])


def _waiting(session: Session, channel: int, addressee: str) -> dict[str, int]:
    counted = (
        select(col(CaseRow.severity), func.count())
        .select_from(DeliveryRow)
        .join(CaseRow, col(CaseRow.number) == col(DeliveryRow.case))
        .where(
            col(DeliveryRow.state) == "due",
            col(DeliveryRow.channel) == channel,
            col(DeliveryRow.addressee) == addressee,
            may_be_held(),
        )
        .group_by(col(CaseRow.severity))
    )
    found: Collection[Any] = session.execute(counted).all()
    return {str(severity): int(number) for severity, number in found}
