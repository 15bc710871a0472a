"""A migrated store on each database: copies of one that was migrated once."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from casebook.db import open_engine, upgrade
from tests.casebook.cast import Book
from tests.record import put_record

DATABASES = ("sqlite", "postgres")
_EMPTY = """
DO $$
DECLARE written text;
BEGIN
    -- only what a test has written to: each table that is emptied is some files made anew
    SELECT string_agg(oid::regclass::text, ', ') INTO written FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0;
    IF written IS NOT NULL THEN
        EXECUTE 'TRUNCATE ' || written || ' CASCADE';
    END IF;
    -- a row that was refused has taken its number, too
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE last_value IS NOT NULL;
END $$
"""


def _migrate(url: str) -> str:
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
    return url


def _run_sql(url: str, *statements: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> str:
    """The address of a migrated PostgreSQL database, to be emptied after each test."""
    name = f"migrated_{os.getpid()}"
    _run_sql(postgres_url, f"CREATE DATABASE {name}")
    # a server whose zone is not ours: instants come back in UTC all the same
    _run_sql(postgres_url, f"ALTER DATABASE {name} SET timezone = 'Europe/Helsinki'")
    return _migrate(postgres_url.replace("/postgres?", f"/{name}?", 1))


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'vaste.db'}"
    url: str = request.getfixturevalue("postgres")
    return url


@pytest.fixture(params=DATABASES)
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database that only this test sees."""
    if request.param == "sqlite":
        yield f"sqlite:///{put_record(tmp_path / 'vaste.db')}"
        return
    url: str = request.getfixturevalue("migrated_postgres")
    yield url
    # a test that failed may have left a transaction open, which must not fail the next one too
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    _run_sql(
        url,
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}",
        "SET lock_timeout = '10s'",
        _EMPTY,
    )


@pytest.fixture
def book(migrated_url: str) -> Iterator[Book]:
    """An empty record on one database, with the shop that writes in it."""
    opened = Book.open(migrated_url)
    yield opened
    opened.close()
