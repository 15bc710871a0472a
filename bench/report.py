"""How long the report of a quarter takes, in a record of two quarters with so many cases each.

    python -m bench.report [CASES]        (default: 30,000)

The same report is made in each format after one made first: what is loaded once (the painter, the templates) belongs
to the start. Beside it stands how long the log's rows of both quarters take alone, in the same minute: what is above it
is the report's own work. Seconds are of this process's own CPU; those of the clock stand in brackets.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from casebook.log import Wanted
from tests.quarter import BEGINS, CONFIG, DAYS, fill
from vaste.config import load_config
from vaste.report.gathered import Scope
from vaste.report.making import content_of, document_of
from vaste.report.period import between
from vaste.wiring import open_store


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Give the CPU's and the clock's seconds of some work."""
    cpu, clock = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - clock


def main(cases: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        file.write_text(CONFIG, "utf-8")
        config = load_config(file, {}).config
        assert config is not None
        store = open_store(config)
        fill(store, 2 * cases, begins=BEGINS - timedelta(days=DAYS), days=2 * DAYS)
        ends = BEGINS + timedelta(days=DAYS)
        scope = Scope(between(BEGINS, ends), ends + timedelta(days=1))
        wanted = Wanted(since=scope.period.before, until=ends)

        def report(form: str) -> bytes:
            return content_of(document_of(store, config, scope, "fi"), form)

        report("html")  # the start
        told = {form: seconds(partial(report, form)) for form in ("md", "html", "pdf")}
        rows = seconds(lambda: sum(1 for _ in store.log_values(wanted, now=scope.now)))
        print(f"{cases} cases in the quarter, as many in the one before it")
        for form, (cpu, clock) in told.items():
            print(
                f"  {form:<6}{cpu:6.2f} s ({clock:.2f})  {cpu / rows[0]:.1f} times the rows of the log alone"
            )
        print(f"  rows  {rows[0]:6.2f} s ({rows[1]:.2f})")
        store.engine.dispose()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30_000)
