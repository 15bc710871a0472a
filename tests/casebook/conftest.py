"""A migrated store on each database: copies of one that was migrated once."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from casebook.db import metadata, open_engine, upgrade
from tests.casebook.cast import Book

DATABASES = ("sqlite", "postgres")


def _migrate(url: str) -> str:
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
    return url


def _run_sql(url: str, sql: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(sql)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "vaste.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> str:
    """The address of a migrated PostgreSQL database, to be emptied after each test."""
    name = f"migrated_{os.getpid()}"
    _run_sql(postgres_url, f"CREATE DATABASE {name}")
    _run_sql(postgres_url, f"ALTER DATABASE {name} SET synchronous_commit = off")
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
        path = tmp_path / "vaste.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    url: str = request.getfixturevalue("migrated_postgres")
    yield url
    tables = ", ".join(f'"{name}"' for name in metadata().tables)
    # a test that failed may have left a transaction open, which must not fail the next one too
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    _run_sql(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
    _run_sql(url, f"SET lock_timeout = '10s'; TRUNCATE {tables} RESTART IDENTITY CASCADE")


@pytest.fixture
def book(migrated_url: str) -> Iterator[Book]:
    """An empty record on one database, with the shop that writes in it."""
    opened = Book.open(migrated_url)
    yield opened
    opened.close()
