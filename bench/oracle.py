"""First response times of real conversations: by all of Vaste, and by SQL over the same file.

    python -m bench.oracle [FILE]

FILE is a CSV of the columns of "Customer Support on Twitter" (tweet_id, author_id, inbound, created_at, text,
response_tweet_id, in_response_to_tweet_id); the published sample, where it lies, unless said otherwise. It is read by
the file source, judged by the bundled classifier, and ruled upon by one playbook that matches everything: the real
jobs over a real database. DuckDB counts the same by SQL over the file. Exits with 1 where the two differ.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

import structlog

from tests.stories.oracle import SAMPLE, Waits, counted, imported, measured


def main() -> int:
    """Print both counts."""
    parser = argparse.ArgumentParser(description="First response times by Vaste and by SQL")
    parser.add_argument("file", nargs="?", type=Path, default=SAMPLE)
    file = parser.parse_args().file
    if not file.is_file():
        print(f"{file.name} is not here: nothing to count")
        return 0
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        with imported(file.resolve(), Path(folder)) as jobs:
            by_vaste = measured(jobs)
        took = time.perf_counter() - begun
    by_sql = counted(file)
    print(f"{'':8}{'cases':>8}{'answered':>10}{'unanswered':>12}{'median':>10}{'p90':>10}{'sum':>12}")
    _tell("vaste", by_vaste)
    _tell("sql", by_sql)
    differ = {key for key in by_vaste.keys() | by_sql.keys() if by_vaste.get(key, -1) != by_sql.get(key, -1)}
    print(f"cases that differ: {len(differ)}; imported, judged and ruled upon in {took:.1f} s")
    return 1 if differ else 0


def _tell(name: str, waits: Waits) -> None:
    unanswered = list(waits.values()).count(None)
    waited = sorted(seconds for seconds in waits.values() if seconds is not None)
    waited = waited or [0]
    p90 = waited[-1] if len(waited) < 2 else quantiles(waited, n=10, method="inclusive")[-1]
    print(
        f"{name:8}{len(waits):>8}{len(waits) - unanswered:>10}{unanswered:>12}"
        f"{median(waited):>9.0f}s{p90:>9.0f}s{sum(waited):>11}s"
    )


if __name__ == "__main__":
    sys.exit(main())
