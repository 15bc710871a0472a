"""Short transactions: read short, act outside, write short."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Table, and_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col

from casebook.case import Case
from casebook.db import is_sqlite, turn_to_write
from casebook.tables import DeliveryRow, PostRow, SourceRow
from casebook.timing import next_look

LookAt = Callable[[Case], datetime | None]


class Connected:
    """What every part of the store stands on."""

    def __init__(self, engine: Engine, *, look_at: LookAt = next_look, holder: str = "") -> None:
        """`look_at` says when the watch job must look at a case next; `holder` names this process in leases."""
        self.engine = engine
        self.holder = holder
        self._writer = engine.execution_options(writes=True)
        self._look_at = look_at

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open one consistent look; nothing is written."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open one write: all of it or nothing. On SQLite it waits for its turn at the start.

        Raises DatabaseUnavailable where the turn does not come in time.
        """
        with (
            turn_to_write(self.engine),
            Session(self._writer, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def insert_new(self, session: Session, table: type[SQLModel], **values: object) -> Any | None:
        """Insert a row unless its key is taken; gives its first primary key, or None when it was there."""
        insert = sqlite.insert if is_sqlite(self.engine) else postgresql.insert
        rows = table_of(table)
        wanted = (
            insert(rows).values(**values).on_conflict_do_nothing().returning(next(iter(rows.primary_key)))
        )
        return session.execute(wanted).scalar()

    def lock(self, session: Session, *names: object) -> None:
        """Hold others off the same thing until this transaction ends (SQLite has one writer anyway)."""
        if is_sqlite(self.engine):
            return
        digest = hashlib.sha256(repr(names).encode()).digest()
        key = int.from_bytes(digest[:8], "big", signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})

    def lock_network(self, session: Session, network: str) -> None:
        """Let one at a time file, rule or match the posts of a network: each may move or answer any other.

        Else two sources could file one post twice, or a reply be filed while its case opens and be missed.
        """
        self.lock(session, "network", network)

    def release_leases(self, is_dead: Callable[[str], bool]) -> int:
        """Give back what processes held that are dead, so that nobody waits for their leases to end.

        `is_dead` is asked of each holder's name. A message whose sending had begun stays ambiguous.
        """
        released = 0
        with self.writing() as session:
            for rows in (SourceRow, PostRow, DeliveryRow):
                held = select(col(rows.lease_by)).where(col(rows.lease_until).is_not(None)).distinct()
                dead = [
                    name for name in session.execute(held).scalars() if name is not None and is_dead(name)
                ]
                theirs = and_(col(rows.lease_by).in_(dead), col(rows.lease_until).is_not(None))
                freed = update(rows).where(theirs).values(lease_until=None, lease_by=None)
                released += len(session.execute(freed.returning(col(rows.fence))).all()) if dead else 0
        return released


def table_of(model: type[SQLModel]) -> Table:
    """Give the table behind a model (SQLModel does not type it)."""
    found: Table = model.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
    return found
