"""A tick that finds nothing to do asks for no write: on SQLite there is one writer, and others wait for it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from notifier.channel import ChannelUnavailable
from tests.fakes import MINUTE, HandClock
from tests.vaste.stand_ins import ToldChannel, ToldSource, batch, make_jobs, mention, open_store
from vaste.jobs import Jobs

TICKS: dict[str, Callable[[Jobs], object]] = {
    "triage": Jobs.triage,
    "match": Jobs.match,
    "watch": Jobs.watch,
    "tend": Jobs.tend,
    "deliver": Jobs.deliver,
    "next_delivery_at": Jobs.next_delivery_at,
    "tell": Jobs.tell,
    "heed": Jobs.heed,
}


@pytest.fixture
def channel() -> ToldChannel:
    return ToldChannel()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def jobs(tmp_path: Path, channel: ToldChannel, clock: HandClock) -> Iterator[Jobs]:
    """A case whose card stands, and nothing due now."""
    store = open_store(tmp_path)
    source = ToldSource("feed", batch(mention("1", 1)))
    jobs = make_jobs(store, source, channels=[channel], clock=clock)
    jobs.begin()
    clock.advance(2 * MINUTE)
    jobs.poll("feed")
    for tick in TICKS.values():
        tick(jobs)
    assert len(channel.standing) == 1
    yield jobs
    store.engine.dispose()


@pytest.fixture
def written(jobs: Jobs) -> list[str]:
    """The write transactions that are begun from now on."""
    begun: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith("BEGIN IMMEDIATE"):
            begun.append(statement)

    event.listen(jobs.store.engine, "before_cursor_execute", note)
    return begun


@pytest.mark.parametrize("tick", TICKS)
def test_an_idle_tick_begins_no_write(jobs: Jobs, written: list[str], tick: str) -> None:
    TICKS[tick](jobs)
    assert written == []


def test_a_tick_that_has_something_to_do_is_seen_to_write(
    jobs: Jobs, written: list[str], clock: HandClock
) -> None:
    clock.advance(16 * MINUTE)
    assert jobs.watch() == 1
    assert len(written) == 1
    assert jobs.deliver() >= 1
    assert len(written) > 1


def test_a_message_that_waits_for_its_time_is_looked_at_and_not_claimed(
    jobs: Jobs, written: list[str], channel: ToldChannel, clock: HandClock
) -> None:
    channel.faults.append(ChannelUnavailable("busy", retry_after=timedelta(seconds=30)))
    clock.advance(16 * MINUTE)
    jobs.watch()
    jobs.deliver()
    written.clear()
    clock.advance(timedelta(seconds=1))
    for _ in range(10):
        jobs.deliver()
    assert written == []
    assert jobs.next_delivery_at() is not None


def test_a_look_that_brings_nothing_claims_its_source_and_gives_it_back(
    jobs: Jobs, written: list[str], clock: HandClock
) -> None:
    clock.advance(MINUTE)
    jobs.poll("feed")
    assert len(written) <= 3, "the claim, what was filed, and the ledger of when it was looked at"
