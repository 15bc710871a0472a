"""The ticks of one machine: the only file that knows APScheduler."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from casebook.db import unavailable
from casebook.store import Filed
from notifier.channel import Answer, Press
from vaste.jobs import Jobs

TICK_SECONDS = 1
"""Triage, match, watch and deliver run at least this often; work wakes them at once."""
LOOK_UP_SECONDS = 180
EXPIRE_SECONDS = 3600
TELL_SECONDS = 60
POLL_AGAIN = timedelta(seconds=5)
PEOPLE_SECONDS = 900
"""Between two looks at who can be reached; it takes one question a person."""


class Schedule:
    """Runs the jobs until it is stopped. A job never overlaps itself; one asked for meanwhile runs again."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._wanted: dict[str, threading.Event] = {}
        self._failing: set[str] = set()
        self._stopping = threading.Event()
        logging.getLogger("apscheduler").setLevel(
            logging.ERROR
        )  # a tick that finds its job running is no news
        # a thread for every job there can be, so that none waits for a source that hangs; idle ones cost nothing
        feeds = jobs.standing.feeds if jobs.standing else {}
        workers = len(jobs.sources) + len(feeds) + 16
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(workers)},
            # the default drops a tick that is a second late
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """Begin to tick; returns at once."""
        for name, (_, settings) in self._jobs.sources.items():
            self._add(f"poll:{name}", partial(self._poll, name), settings.every.total_seconds())
        self._add("triage", self._triage, TICK_SECONDS)
        self._add("match", lambda: self._then_deliver(self._jobs.match()), TICK_SECONDS)
        self._add("watch", lambda: self._then_deliver(self._jobs.watch()), TICK_SECONDS)
        self._add("tend", lambda: self._then_deliver(self._jobs.tend()), TICK_SECONDS)
        self._add("deliver", self._deliver, TICK_SECONDS)
        self._add("look_up", self._look_up, LOOK_UP_SECONDS)
        self._add("expire", self._expire, EXPIRE_SECONDS)
        self._add("people", self._jobs.find_people, PEOPLE_SECONDS)
        self._add("tell", lambda: self._then_deliver(self._jobs.tell()), TELL_SECONDS)
        if self._jobs.standing is not None:
            self._add("heed", self._jobs.heed, TICK_SECONDS)
            for name, feed in self._jobs.standing.feeds.items():
                self._add(f"rota:{name}", partial(self._jobs.read_rota, name), feed.every.total_seconds())
        self._scheduler.start()

    def stop(self) -> None:
        """Start no further tick; those that run are left to end, or to be done again by the next process."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def press(self, press: Press) -> Answer:
        """File a press and let the card follow at once."""
        answer = self._jobs.press(press)
        self.wake("deliver")
        return answer

    def filed(self, filed: Filed) -> None:
        """Wake the jobs that newly filed posts call for."""
        if filed.mentions or filed.versions:
            self.wake("triage")
        if filed.replies or filed.mentions:
            self.wake("match")

    def wake(self, job: str, *, at: datetime | None = None) -> None:
        """Run a job now (or at an instant), or again when it runs at present."""
        if at is None:
            self._wanted[job].set()
        try:
            self._scheduler.modify_job(job, next_run_time=at or datetime.now(UTC))
        except JobLookupError:  # stopped meanwhile
            return

    def _add(self, job: str, run: Callable[[], object], every_seconds: float) -> None:
        self._wanted[job] = threading.Event()
        self._scheduler.add_job(
            self._tick,
            "interval",
            seconds=every_seconds,
            id=job,
            args=(job, run),
            next_run_time=datetime.now(UTC),
        )

    def _tick(self, job: str, run: Callable[[], object]) -> None:
        wanted = self._wanted[job]
        while not self._stopping.is_set():
            wanted.clear()
            try:
                run()
            except Exception as error:  # noqa: BLE001 - one job's fault must not end the service
                self._failed(job, error)
                return
            self._failing.discard(job)
            self._told(partial(self._jobs.over, f"job:{job}"))
            if not wanted.is_set():
                return

    def _failed(self, job: str, error: Exception) -> None:
        if job not in self._failing and not self._stopping.is_set():
            structlog.get_logger().error(
                "job failed; it is tried again", job=job, error=type(error).__name__, exc_info=error
            )
        self._failing.add(job)
        why = unavailable(error) or f"{type(error).__name__}; see the log"
        self._told(partial(self._jobs.keep_problem, f"job:{job}", f"{job} fails and is tried again: {why}"))
        if job.startswith(
            "poll:"
        ):  # only the record makes a poll fail: its source need not wait for its turn
            self.wake(job, at=datetime.now(UTC) + POLL_AGAIN)

    def _told(self, tell: Callable[[], object]) -> None:
        """Write down how a job fares; where the record itself is at fault, the log must do."""
        try:
            tell()
        except Exception as error:  # noqa: BLE001 - the jobs go on whatever is told of them
            structlog.get_logger().debug("a job's trouble can't be recorded", error=type(error).__name__)

    def _poll(self, name: str) -> None:
        began_at = datetime.now(UTC)
        filed = self._jobs.poll(name)
        pause = self._jobs.pause_of(name)
        if pause < self._jobs.sources[name][1].every:  # in a burst; else the interval's own turn comes
            self.wake(f"poll:{name}", at=max(began_at + pause, datetime.now(UTC)))
        self.filed(filed)

    def _triage(self) -> None:
        self._then_deliver(self._jobs.triage())

    def _look_up(self) -> None:
        if self._jobs.look_up():
            self.wake("triage")
            self.wake("match")
            self.wake("deliver")

    def _expire(self) -> None:
        self._then_deliver(self._jobs.expire())

    def _then_deliver(self, done: int) -> None:
        if done:
            self.wake("deliver")

    def _deliver(self) -> None:
        self._jobs.deliver()
        at = self._jobs.next_delivery_at()
        # a destination that rests becomes free before the next tick
        if at is not None and 0 < (at - datetime.now(UTC)).total_seconds() < TICK_SECONDS:
            self.wake("deliver", at=at)
