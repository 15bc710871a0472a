"""Short transactions: read short, act outside, write short."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from casebook.case import Case
from casebook.db import is_sqlite
from casebook.timing import next_look

LookAt = Callable[[Case], datetime | None]


class Connected:
    """What every part of the store stands on."""

    def __init__(self, engine: Engine, *, look_at: LookAt = next_look) -> None:
        """`look_at` says when the watch job must look at a case next."""
        self.engine = engine
        self._writer = engine.execution_options(writes=True)
        self._look_at = look_at

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open one consistent look; nothing is written."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open one write: all of it or nothing. On SQLite it waits for its turn at the start."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
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


def table_of(model: type[SQLModel]) -> Table:
    """Give the table behind a model (SQLModel does not type it)."""
    found: Table = model.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
    return found
