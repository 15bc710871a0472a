"""Engines and migrations: SQLite with WAL by default, PostgreSQL for several machines."""

import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Connection, Engine, MetaData, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from casebook import tables
from casebook.turns import TooLong, Turns

BUSY_SECONDS: float = 30
"""For how long a write waits for another process, or for its turn in this one, before it fails."""
_BUSY = f"the database is busy: others have been writing for {BUSY_SECONDS} s; try again"
_STEPS = Path(__file__).parent / "migrations" / "versions"
_WRITERS: WeakKeyDictionary[Engine, Turns] = WeakKeyDictionary()
_UPGRADE_LOCK = 7_283_019
"""Any number of our own: PostgreSQL's advisory lock while the schema is upgraded."""


class DatabaseUnavailable(Exception):
    """The database can't be opened; the message says why and what to do, without the password."""


def open_engine(url: str, *, is_kept: bool = True) -> Engine:
    """Open the database of `url` (`sqlite:///path` or `postgresql://…`); connects only when used.

    A SQLite file that is thrown away afterwards (not `is_kept`) is never waited for until it is on the disk.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "postgresql":
            return _open_postgres(parsed)
        if parsed.get_backend_name() == "sqlite":
            return _open_sqlite(url, is_kept=is_kept)
    except (ArgumentError, NoSuchModuleError) as mistake:
        raise DatabaseUnavailable("database: not a database address; write sqlite:///vaste.db") from mistake
    except ImportError as mistake:
        raise DatabaseUnavailable("PostgreSQL needs its driver: pip install 'vaste[postgres]'") from mistake
    raise DatabaseUnavailable("database: write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")


def _open_postgres(url: URL) -> Engine:
    engine = create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: object) -> None:
        # in the server's own zone an instant at the end of the calendar can't be read, and holds up all others
        connection.execute("SET TIME ZONE 'UTC'")
        connection.commit()

    return engine


def _open_sqlite(url: str, *, is_kept: bool) -> Engine:
    # hide_parameters: an error must not carry a customer's words into the log
    busy = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(url, connect_args=busy, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: object) -> None:
        # we say BEGIN ourselves: the driver's own deferred BEGIN upgrades a read lock and fails at once when busy
        connection.isolation_level = None
        _turn_on_wal(connection)
        # a promise made by a committed row survives a power cut
        connection.execute(f"PRAGMA synchronous={'FULL' if is_kept else 'OFF'}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def turn_to_write(engine: Engine) -> Iterator[None]:
    """Wait until it is this thread's turn to write; raises DatabaseUnavailable where that takes too long.

    SQLite has one writer at a time and lets whoever asks at the right moment in; within a process the turns
    are fair. PostgreSQL has many writers and needs none.
    """
    try:
        with _turn(engine):
            yield
    except TooLong as mistake:
        raise DatabaseUnavailable(_BUSY) from mistake


def _turn(engine: Engine) -> AbstractContextManager[None]:
    if not is_sqlite(engine):
        return nullcontext()
    turns = _WRITERS.setdefault(engine, Turns())
    return turns.taken(within_seconds=BUSY_SECONDS)


def _turn_on_wal(connection: sqlite3.Connection) -> None:
    # where several open a new file at once, SQLite refuses all but one of them this, and does not wait
    give_up_at = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as busy:
            if "locked" not in str(busy) or time.monotonic() > give_up_at:
                raise
            time.sleep(0.02)
        else:
            return


def is_sqlite(engine: Engine) -> bool:
    """Say whether this is the one-machine database."""
    return engine.dialect.name == "sqlite"


def upgrade(engine: Engine) -> None:
    """Bring the schema to this version; safe to run from several processes at once.

    Raises DatabaseUnavailable when the database can't be reached or is newer than this program.
    """
    try:
        with engine.connect() as connection:  # mostly all is well, and nobody need be waited for
            if version_of(connection) == known_versions()[-1]:
                return
        with _exclusive(engine) as connection:
            version, versions = version_of(connection), known_versions()
            if version == versions[-1]:
                return
            if version is not None and version not in versions:
                raise DatabaseUnavailable(
                    "the database was made by a newer Vaste; install that version or newer"
                )
            # Alembic takes longer to load than most commands take, and there is seldom anything for it to do
            import_module("casebook.migrations.upgrading").upgrade(connection)
    except DBAPIError as mistake:
        raise _unavailable(mistake) from mistake


def unavailable(error: Exception) -> DatabaseUnavailable | None:
    """Say what an error of the database means to a person; None when it is no such error."""
    if isinstance(error, DatabaseUnavailable):
        return error
    return _unavailable(error) if isinstance(error, DBAPIError) else None


def _unavailable(mistake: DBAPIError) -> DatabaseUnavailable:
    reason = (str(mistake.orig).strip().splitlines() or [type(mistake).__name__])[0]
    if "is locked" in reason:
        return DatabaseUnavailable(_BUSY)
    if "not a database" in reason or "malformed" in reason:
        return DatabaseUnavailable(
            f"the file of `database:` can't be read ({reason}); name another, or put a backup in its place"
        )
    return DatabaseUnavailable(f"the database can't be used ({reason}); check `database:`")


def copy_to(engine: Engine, file: Path) -> None:
    """Write a consistent copy of a SQLite database, whole or not at all; writers go on meanwhile.

    A copy that is there already is replaced. The copy can be read by its owner only: it holds what customers
    wrote. Raises DatabaseUnavailable when the database or the copy can't be read, OSError when the place
    can't be written.
    """
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    os.close(handle)
    try:
        with engine.connect() as connection, closing(sqlite3.connect(name)) as copy:
            source = connection.connection.driver_connection
            if not isinstance(source, sqlite3.Connection):
                raise DatabaseUnavailable("only a SQLite database is one file; copy PostgreSQL with pg_dump")
            source.backup(copy)
            if copy.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise DatabaseUnavailable(
                    "the copy can't be read, so the database is damaged; keep older copies"
                )
        Path(name).replace(file)
    except sqlite3.Error as mistake:
        raise DatabaseUnavailable(f"the copy can't be made ({mistake}); try again, or elsewhere") from mistake
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def _exclusive(engine: Engine) -> Iterator[Connection]:
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if not is_sqlite(engine):
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        yield connection


def version_of(connection: Connection) -> str | None:
    """Give the version of a database's tables; None where it has none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def known_versions() -> list[str]:
    """Give every version of the tables, the oldest first: each step's file is named by the version it leads to."""
    return sorted(step.name.partition("_")[0] for step in _STEPS.glob("[0-9]*.py"))


def metadata() -> MetaData:
    """Give the metadata of all tables, for migrations and their test."""
    return tables.SourceRow.metadata
