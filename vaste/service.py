"""The service: starts everything, waits for a signal, stops everything within five seconds."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

import structlog

from casebook.store import Filed
from casebook.words import looked_up
from classifier.model import ModelUnavailable
from notifier.front import Attended
from vaste.clock import WallClock
from vaste.config import Config
from vaste.front import FrontDesk
from vaste.jobs import Jobs
from vaste.schedule import Schedule
from vaste.web.hooks import hook_routes
from vaste.web.ingest import ingest_route
from vaste.web.pages import make_pages
from vaste.web.server import PageUnavailable, Server
from vaste.wiring import is_dead, open_store, wire

HEED_SIGNALS_EVERY_SECONDS = 0.5
STOP_WITHIN_SECONDS = 3.0
"""What still runs then is left: whatever a job was doing, the next process does again."""
GIVE_BACK_WITHIN_SECONDS = 1.0


def run(config: Config) -> None:
    """Run until SIGTERM or SIGINT; raises DatabaseUnavailable when the record can't be opened."""
    log = structlog.get_logger()
    stop = threading.Event()
    _stop_on_signals(stop)
    clock = WallClock()
    store = open_store(config)
    store.release_leases(is_dead)
    store.owe_again(now=clock.now())  # a start is when tokens and channels have been mended
    jobs = wire(config, store=store, clock=clock)
    threading.Thread(target=_warm, args=(jobs,), name="warm", daemon=True).start()
    jobs.begin()  # before anybody can see that we are there
    schedule = Schedule(jobs)
    schedule.start()
    server = _serve(config, jobs, filed=schedule.filed)  # what is sent to it wakes the jobs
    jobs.hear(is_served=server is not None)
    for place, channel in enumerate(jobs.channels):
        if isinstance(channel, Attended):
            channel.attend(FrontDesk(jobs, channel=place))
        channel.listen(schedule.press)
    log.info(
        "vaste runs",
        brand=config.brand,
        sources=sorted(jobs.sources),
        channels=[channel.kind for channel in jobs.channels],
        page=server.address if server else None,
    )
    _wait_for(stop)
    log.info("vaste stops")
    _stop(jobs, schedule, server)
    log.info("vaste stopped")
    sys.stdout.flush()
    sys.stderr.flush()
    # a thread that waits for a hung vendor must not hold the process: every step it may be in can be repeated
    os._exit(0)


def _stop_on_signals(stop: threading.Event) -> None:
    def on_signal(_: int, __: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)


def _wait_for(stop: threading.Event) -> None:
    """Wait until a signal came.

    Never for ever at a time: a signal that the kernel gives to another thread does not wake this one, and
    only this one runs Python's handlers.
    """
    while not stop.wait(HEED_SIGNALS_EVERY_SECONDS):
        pass


def _warm(jobs: Jobs) -> None:
    """Load what takes seconds, so that neither the first post nor the first sender waits for it."""
    looked_up("sana")  # else the first post would load the dictionaries, maybe while it holds the record
    try:
        jobs.classifier.warm()
    except ModelUnavailable:
        return  # the first triage says so where people see it


def _serve(config: Config, jobs: Jobs, *, filed: Callable[[Filed], None]) -> Server | None:
    """Serve the page; where its address is taken, alerts go on without it."""
    if config.listen is None:
        return None
    pages = make_pages(
        jobs.store,
        clock=jobs.clock,
        zone=config.timezone,
        brand=config.brand,
        language=config.language,
        also=[ingest_route(jobs, filed=filed), *hook_routes(jobs.channels, jobs.clock)],
        sources=frozenset(jobs.sources),
        desk=jobs.desk,
    )
    try:
        server = Server(pages, config.listen)
    except PageUnavailable as error:
        structlog.get_logger().warning("no page", message=str(error))
        return None
    server.start()
    return server


def _stop(jobs: Jobs, schedule: Schedule, server: Server | None) -> None:
    """Stop all parts at the same time, and wait for none of them too long."""
    jobs.stopping.set()
    schedule.stop()
    closing = [channel.close for channel in jobs.channels]
    closing += [source.close for source, _ in jobs.sources.values()]
    closing += [jobs.standing.close] if jobs.standing else []
    if server is not None:
        closing.append(server.stop)
    _do_within(STOP_WITHIN_SECONDS, closing)
    store = jobs.store
    # another machine need not wait for leases to end
    _do_within(GIVE_BACK_WITHIN_SECONDS, [lambda: store.release_leases(lambda name: name == store.holder)])


def _do_within(seconds: float, works: Sequence[Callable[[], object]]) -> None:
    """Do all of it at the same time; what is not done by then is left."""
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=max(0.0, until - time.monotonic()))
