"""Mentions filed and messages claimed a second on SQLite, against bare inserts in the same minute.

    python bench/store.py

The yardstick is the same number of rows with the same texts put into one bare table by sqlite3, in
transactions of the same size, with the same care for a power cut: machines and their disks differ, ratios
hardly do. One filed mention is six statements: known by its id, its author, its conversation, the post, its
ids, and the source that showed it.
"""

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from casebook.db import open_engine, upgrade
from casebook.event import Event, EventKind, TimeSource
from casebook.mention import Author, Batch, Mention, Verdict
from casebook.policy import Policy
from casebook.store import Change, Owed, Ruling, Store, Surroundings

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LEASE = timedelta(minutes=1)
BATCH = 100
MENTIONS = 2_000
CASES = 300
TEXT = "Tilasin kahvia kaksi viikkoa sitten eikä pakettia näy, missä se on? " * 3
VERDICT = Verdict(
    0.9, 0.07, 0.03, 0.9, {"delivery": 0.8}, ("delivery",), "fi", abstained=False, model="bench"
)
POLICY = Policy("late", "care", "normal", 1, timedelta(minutes=15), timedelta(hours=1))


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        bare = _per_second(lambda: _insert_bare(Path(folder) / "bare.db"), MENTIONS)
        print(f"yardstick (bare inserts, {BATCH} a transaction): {bare:,.0f} a second")
        store = _store(Path(folder) / "vaste.db")
        _tell("mentions filed", _per_second(lambda: _file(store, 0), MENTIONS), bare)
        _tell("mentions filed that were known", _per_second(lambda: _file(store, 0), MENTIONS), bare)
        _tell("mentions claimed", _per_second(lambda: _claim_mentions(store), MENTIONS), bare)
        _file(store, MENTIONS)
        _tell("mentions ruled upon, a case each", _per_second(lambda: _rule(store), CASES), bare)
        _tell("messages claimed", _per_second(lambda: _claim_messages(store), CASES), bare)
        store.engine.dispose()


def _tell(name: str, pace: float, bare: float) -> None:
    print(f"{name}: {pace:,.0f} a second, {pace / bare:.3f} of the yardstick")


def _per_second(act: Callable[[], object], count: int) -> float:
    begun = time.perf_counter()
    act()
    return count / (time.perf_counter() - begun)


def _insert_bare(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as bare:
        bare.execute("PRAGMA journal_mode=WAL")
        bare.execute("PRAGMA synchronous=FULL")
        bare.execute(
            "CREATE TABLE post (id INTEGER PRIMARY KEY, post_id TEXT UNIQUE, author TEXT, text TEXT)"
        )
        for start in range(0, MENTIONS, BATCH):
            bare.execute("BEGIN IMMEDIATE")
            for number in range(start, start + BATCH):
                row = (str(number), f"author{number}", TEXT)
                bare.execute("INSERT INTO post (post_id, author, text) VALUES (?, ?, ?)", row)
            bare.execute("COMMIT")


def _store(path: Path) -> Store:
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    store = Store(engine, holder="bench")
    store.source("feed", kind="file", network="file:feed", now=NOW)
    return store


def _file(store: Store, first: int) -> None:
    for start in range(first, first + MENTIONS, BATCH):
        state = store.claim_source("feed", now=NOW, lease=LEASE)
        if state is None:
            raise RuntimeError("the source is taken")
        mentions = tuple(_mention(number) for number in range(start, start + BATCH))
        store.file(state, Batch(mentions, cursor={"offset": start}), now=NOW, backfill=None)
        store.finish_look(state, now=NOW, failures=0, retry_at=None)


def _mention(number: int) -> Mention:
    return Mention("file:feed", str(number), Author(f"author{number}"), TEXT, NOW + timedelta(seconds=number))


def _claim_mentions(store: Store) -> None:
    for _ in _claimed(store, 32):
        pass


def _claimed(store: Store, limit: int) -> Iterator[object]:
    while mentions := store.claim_unjudged(now=NOW, lease=LEASE, limit=limit):
        yield from mentions


def _rule(store: Store) -> None:
    for mention in store.claim_unjudged(now=NOW, lease=LEASE, limit=CASES):
        store.rule(mention, VERDICT, _open, configuration="bench", now=NOW)


def _open(around: Surroundings) -> Ruling:
    post = around.mention.post
    facts = {"policy": POLICY.as_facts(), "quiet": False, "people": []}
    opened = Event(EventKind.OPENED, NOW, TimeSource.OURS, post=post, facts=facts)
    joined = Event(EventKind.JOINED, NOW, TimeSource.PLATFORM, post=post, facts={"deserving": True})
    return Ruling("late", (), opens=Change((opened, joined), (Owed("card", "team:care"),)))


def _claim_messages(store: Store) -> None:
    claimed = 0
    while store.claim_delivery(now=NOW, lease=LEASE) is not None:
        claimed += 1
    if claimed != CASES:
        raise RuntimeError(f"{claimed} messages of {CASES} were claimed")


if __name__ == "__main__":
    main()
