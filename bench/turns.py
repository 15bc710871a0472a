"""How long a small write waits while a large feed is filed, in parts and a thousand posts at a time.

    python -m bench.turns [--entries 4000]

One thread files the feed, as a poll does, in batches of a thousand. Another writes a line ten times a second,
as a press or another source's poll does, and measures how long it waits. Both are done over SQLite on this
disk: once in the parts that the store files at a time, once with each batch in one transaction.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from casebook import parts
from casebook.db import open_engine, upgrade
from casebook.mention import Author, Batch, Mention
from casebook.store import Store

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
BATCH = 1_000
PAUSE_SECONDS = 0.1


@contextmanager
def filed_at_once(posts: int) -> Iterator[None]:
    """Let the store file so many posts in one transaction."""
    before, parts.FILED_AT_ONCE = parts.FILED_AT_ONCE, posts
    try:
        yield
    finally:
        parts.FILED_AT_ONCE = before


def file_feed(store: Store, entries: int) -> None:
    """File so many posts, a batch after the other, as fast as it goes."""
    store.source("feed", kind="rss", network="rss:feed", now=NOW)
    state = store.claim_source("feed", now=NOW, lease=timedelta(minutes=10))
    if state is None:
        raise RuntimeError("the source is taken")
    for start in range(0, entries, BATCH):
        posts = tuple(
            Mention("rss:feed", f"b{number}", Author(f"joku{number}"), f"Aino Kahvi {number}", NOW)
            for number in range(start, min(start + BATCH, entries))
        )
        store.file(state, Batch(mentions=posts), now=NOW, backfill=None)


def measured(entries: int) -> tuple[float, list[float]]:
    """Give the seconds that filing took, and each wait of whoever wrote beside it, the shortest first."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'vaste.db'}")
        upgrade(engine)
        store = Store(engine, holder="bench")
        began, waits = time.monotonic(), []
        filing = threading.Thread(target=file_feed, args=(store, entries))
        filing.start()
        while filing.is_alive():
            time.sleep(PAUSE_SECONDS)
            asked = time.monotonic()
            store.tell_problem("beside", "somebody else writes", now=NOW)
            waits.append(time.monotonic() - asked)
        seconds = time.monotonic() - began
        engine.dispose()
    return seconds, sorted(waits)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=4_000)
    entries = parser.parse_args().entries
    longest = {}
    for posts in (parts.FILED_AT_ONCE, BATCH):
        with filed_at_once(posts):
            seconds, waits = measured(entries)
        longest[posts] = waits[-1]
        print(
            f"{posts:5} posts at once: {entries / seconds:6.0f} posts/s; a write beside them waited"
            f" {waits[len(waits) // 2]:.3f} s (median), {waits[-1]:.3f} s at most, of {len(waits)}"
        )
    print(
        f"longest wait, in parts against whole batches: {longest[parts.FILED_AT_ONCE] / longest[BATCH]:.2f}"
    )


if __name__ == "__main__":
    main()
