"""The ticks: work wakes the next job at once, and no job's fault or wait stops another."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from casebook.mention import Batch, Json, Mention
from casebook.store import Store
from listener import pace
from notifier.channel import Press
from tests.stories.service import wait_for
from tests.vaste.stand_ins import ToldChannel, ToldSource, batch, make_jobs, open_store
from tests.vaste.stand_ins import mention as noon_mention
from vaste import schedule as room
from vaste.clock import WallClock
from vaste.jobs import Jobs
from vaste.schedule import Schedule

CARD = "case:1:card:team:care"


def mention(post_id: str, author: str = "maija") -> Mention:
    """A post of just now."""
    return replace(noon_mention(post_id, 0, author=author), posted_at=datetime.now(UTC))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.engine.dispose()


@pytest.fixture
def rare_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing ticks by itself while the test lasts: what happens was woken."""
    monkeypatch.setattr(room, "TICK_SECONDS", 60)


@contextmanager
def running(jobs: Jobs) -> Iterator[Schedule]:
    """The schedule of jobs, stopped at the end, when no tick runs any more."""
    jobs.clock = WallClock()
    schedule = Schedule(jobs)
    schedule.start()
    try:
        yield schedule
    finally:
        schedule.stop()
        ticks = [thread for thread in threading.enumerate() if "ThreadPoolExecutor" in thread.name]
        for thread in ticks:
            thread.join(timeout=5)


class WaitingSource(ToldSource):
    """Answers a look when it is let go."""

    def __init__(self, name: str, *turns: Batch | Exception) -> None:
        super().__init__(name, *turns)
        self.let_go = threading.Event()

    def fetch(self, cursor: Json, *, since: datetime, now: datetime) -> Batch:
        self.let_go.wait(30)
        return super().fetch(cursor, since=since, now=now)


class OddSource(ToldSource):
    """Fails where no source may, as long as it is told so."""

    is_odd = False

    @property
    def network(self) -> str:  # type: ignore[override]  # a plain name elsewhere
        if self.is_odd:
            raise RuntimeError("odd")
        return "net"


@pytest.mark.usefixtures("rare_ticks")
def test_a_poll_wakes_triage_and_triage_wakes_delivery(store: Store) -> None:
    source, channel = WaitingSource("feed", batch(mention("1"))), ToldChannel()
    with running(make_jobs(store, source, channels=[channel])):
        time.sleep(0.3)  # the first ticks of all jobs are over
        source.let_go.set()
        wait_for("the card", lambda: CARD in channel.standing)


@pytest.mark.usefixtures("rare_ticks")
def test_a_press_wakes_delivery(store: Store) -> None:
    channel = ToldChannel()
    jobs = make_jobs(store, ToldSource("feed", batch(mention("1"))), channels=[channel], pace=timedelta(0))
    with running(jobs) as schedule:
        wait_for("the card", lambda: CARD in channel.standing)
        schedule.press(Press(1, "acknowledge", "U0123"))
        wait_for("the edited card", lambda: [one for one in channel.tried if one.update])


@pytest.mark.usefixtures("rare_ticks")
def test_a_rested_destination_is_written_to_as_soon_as_it_may_be(store: Store) -> None:
    channel = ToldChannel()
    posts = batch(*(mention(str(number), f"joku{number}") for number in range(3)))
    pace = timedelta(seconds=0.3)
    with running(make_jobs(store, ToldSource("feed", posts), channels=[channel], pace=pace)):
        wait_for("all cards", lambda: len(channel.standing) == 3)


def test_a_source_that_hangs_holds_up_nothing_else(store: Store) -> None:
    hanging, channel = WaitingSource("hanging"), ToldChannel()
    jobs = make_jobs(store, hanging, ToldSource("feed", batch(mention("1"))), channels=[channel])
    with running(jobs):
        wait_for("the card", lambda: CARD in channel.standing)
        assert hanging.looks == 0
        hanging.let_go.set()


def test_sources_that_hang_leave_a_thread_to_every_other_job(store: Store) -> None:
    hanging, channel = [WaitingSource(f"hanging-{number}") for number in range(8)], ToldChannel()
    jobs = make_jobs(store, *hanging, ToldSource("feed", batch(mention("1"))), channels=[channel])
    with running(jobs):
        wait_for("the card", lambda: CARD in channel.standing)
        assert sum(source.looks for source in hanging) == 0
        for source in hanging:
            source.let_go.set()


@pytest.mark.usefixtures("rare_ticks")
def test_a_burst_is_looked_at_again_before_its_turn(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "LEAST_PAUSE", timedelta(seconds=0.2))
    monkeypatch.setattr(pace, "MOST_OFTEN", 1_000)
    monkeypatch.setattr(pace, "POSTS_A_LOOK", 0.001)
    posts = batch(mention("1"), mention("2", "otto"))
    burst, calm = ToldSource("burst", posts), ToldSource("calm", Batch())
    jobs = make_jobs(store, burst, calm)
    jobs.sources = {
        name: (source, settings.model_copy(update={"every": timedelta(minutes=1)}))
        for name, (source, settings) in jobs.sources.items()
    }
    with running(jobs):
        wait_for("three looks", lambda: burst.looks >= 3)
        assert calm.looks == 1


def test_a_job_that_fails_is_told_once_is_tried_again_and_stops_no_other(store: Store) -> None:
    odd, channel = OddSource("odd", batch(mention("2", "otto"))), ToldChannel()
    jobs = make_jobs(
        store, ToldSource("feed", batch(mention("1"))), odd, channels=[channel], pace=timedelta(0)
    )
    jobs.clock = WallClock()
    jobs.begin()
    odd.is_odd = True
    with capture_logs() as logs, running(jobs):
        wait_for("the first card", lambda: CARD in channel.standing)
        time.sleep(2.5)
        (problem,) = store.problems()
        odd.is_odd = False
        wait_for("the other card", lambda: len(channel.standing) == 2)
        wait_for("the end of the problem", lambda: not store.problems())
    assert problem.message == "poll:odd fails and is tried again: RuntimeError; see the log"
    assert [(line["event"], line.get("job") or line["about"]) for line in logs] == [
        ("job failed; it is tried again", "poll:odd"),
        ("recovered", "job:poll:odd"),
    ]


def test_a_stopped_schedule_ticks_no_more(store: Store) -> None:
    source = ToldSource("feed")
    with running(make_jobs(store, source)) as schedule:
        wait_for("the first look", lambda: source.looks)
        schedule.stop()
        looked = source.looks
        schedule.wake("poll:feed")
        time.sleep(1.5)
        assert source.looks <= looked + 1
