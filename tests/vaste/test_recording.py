"""A record that can't be written for a while: nothing is blind for longer, nothing done twice, all of it told."""

import sqlite3
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from casebook import db
from casebook.db import unavailable
from casebook.mention import Batch, Bill, Blindness, Json, Watch
from casebook.store import Store
from listener.coverage import as_of
from tests.fakes import MINUTE, NOON, HandClock, at
from tests.vaste.stand_ins import ToldChannel, ToldSource, batch, make_jobs, mention, open_store
from vaste.jobs import Jobs, means

SECOND = timedelta(seconds=1)
CARD = "case:1:card:team:care"


class Other:
    """Another process that writes to the same file, for as long as it likes."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)

    def begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def end(self) -> None:
        self._connection.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close()


class Constant(ToldSource):
    """Shows the same posts at every look, as sources do."""

    def fetch(self, cursor: Json, *, since: object, now: object) -> Batch:
        self.looks += 1
        return Batch(mentions=batch(mention("1", 0)).mentions, bills=(Bill("all", "post", 5, NOON, count=1),))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.05)
    store = open_store(tmp_path)
    yield store
    store.engine.dispose()


@pytest.fixture
def other(tmp_path: Path, store: Store) -> Iterator[Other]:
    other = Other(tmp_path / "vaste.db")
    yield other
    other.close()


def fails(jobs: Jobs) -> bool:
    try:
        jobs.poll("feed")
    except Exception as error:
        if unavailable(error) is None:
            raise
        return True
    return False


def sights(store: Store, clock: HandClock) -> list[Watch | Blindness]:
    (lane,) = store.coverage(source="feed")
    return [stretch.sight for stretch in as_of(lane, clock.now())]


def test_a_source_that_could_not_be_given_back_is_looked_at_by_the_next_tick(
    store: Store, other: Other
) -> None:
    clock, source = HandClock(), Constant("feed")
    jobs = make_jobs(store, source, clock=clock)
    jobs.poll("feed")
    jobs.crash = lambda point: other.begin() if point == "filed" else None
    clock.advance(SECOND)
    assert fails(jobs)
    jobs.crash = lambda _: None
    for _ in range(5):
        clock.advance(MINUTE)
        assert fails(jobs), "the other still writes"
    other.end()
    clock.advance(SECOND)
    assert not fails(jobs)
    assert source.looks == 3, "its lease is ours: nobody waits for its end"
    clock.advance(SECOND)
    assert not fails(jobs)
    assert sights(store, clock) == [Watch.WATCHED, Blindness.RECORD, Watch.WATCHED]


def test_what_could_not_be_filed_is_no_fault_of_the_source_and_is_read_again(
    store: Store, other: Other
) -> None:
    clock, source = HandClock(), Constant("feed")
    jobs = make_jobs(store, source, clock=clock)
    jobs.crash = lambda point: other.begin() if point == "fetched" else None
    assert fails(jobs), "neither what it showed nor that it was looked at"
    jobs.crash = lambda _: None
    other.end()
    clock.advance(SECOND)
    assert jobs.poll("feed").mentions == 1
    assert [spent.reads for spent in store.spent("feed", since=at(-60))] == [2], "both looks were billed"
    clock.advance(SECOND)
    jobs.poll("feed")
    assert sights(store, clock) == [Blindness.RECORD, Watch.WATCHED]
    assert store.problems() == []


def test_time_in_which_we_were_not_running_stays_downtime(store: Store) -> None:
    clock, source = HandClock(), Constant("feed")
    for pause in (SECOND, 5 * MINUTE, SECOND, SECOND):
        make_jobs(store, source, clock=clock).poll("feed")
        clock.advance(pause)
    assert sights(store, clock) == [Watch.WATCHED, Blindness.DOWNTIME, Watch.WATCHED]


def test_a_message_that_was_sent_is_marked_though_the_record_is_busy_just_then(
    store: Store, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(means, "PERSIST_AGAIN", (timedelta(seconds=0.2),) * 20)
    clock, channel = HandClock(), ToldChannel()
    jobs = make_jobs(store, Constant("feed"), channels=[channel], clock=clock)
    jobs.begin()
    clock.advance(MINUTE)
    jobs.poll("feed")
    jobs.triage()
    later = threading.Timer(0.5, other.end)

    def crash(point: str) -> None:
        if point == "sent":
            other.begin()
            later.start()

    jobs.crash = crash
    assert jobs.deliver() == 1
    later.join()
    jobs.crash = lambda _: None
    clock.advance(10 * MINUTE)
    jobs.deliver()
    assert [len(messages) for messages in channel.standing.values()] == [1]
    assert [message.key for message in channel.tried] == [CARD]


def test_a_write_that_fails_for_another_reason_is_not_tried_again(store: Store) -> None:
    jobs = make_jobs(store, Constant("feed"))
    tries = []

    def write() -> None:
        tries.append(1)
        raise KeyError

    with pytest.raises(KeyError):
        jobs.persist(write)
    assert len(tries) == 1
