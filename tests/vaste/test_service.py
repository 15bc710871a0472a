"""Starting and stopping of the parts; the whole process is met in tests/stories."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from casebook.store import Store
from tests.vaste.stand_ins import ToldChannel, ToldClassifier, ToldSource, make_jobs, open_store
from vaste.config import Config, load_config
from vaste.jobs import Jobs
from vaste.schedule import Schedule
from vaste.service import STOP_WITHIN_SECONDS, _serve, _stop, _warm
from vaste.wiring import holder, is_dead


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.engine.dispose()


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """Comes only when the test is over."""
    event = threading.Event()
    yield event
    event.set()


TAKEN_BY_ANOTHER_THREAD = """
import os, signal, threading, time
from vaste.service import _stop_on_signals, _wait_for

def take():
    time.sleep(0.5)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
    time.sleep(60)

stop = threading.Event()
_stop_on_signals(stop)
threading.Thread(target=take, daemon=True).start()
_wait_for(stop)
os._exit(0)
"""


def test_a_signal_is_heeded_whichever_thread_the_kernel_gives_it_to() -> None:
    done = subprocess.run([sys.executable, "-c", TAKEN_BY_ANOTHER_THREAD], timeout=30, check=False)
    assert done.returncode == 0


def hang_on(jobs: Jobs, never: threading.Event) -> None:
    for channel in jobs.channels:
        assert isinstance(channel, ToldChannel)
        channel.closes = never.wait


def test_parts_that_hang_are_waited_for_together_and_not_one_after_the_other(
    store: Store, never: threading.Event
) -> None:
    jobs = make_jobs(store, ToldSource("feed"), channels=[ToldChannel() for _ in range(4)])
    hang_on(jobs, never)
    begun = time.monotonic()
    _stop(jobs, Schedule(jobs), None)
    assert STOP_WITHIN_SECONDS <= time.monotonic() - begun < STOP_WITHIN_SECONDS + 10


def test_what_this_process_held_is_given_back_when_it_stops(store: Store) -> None:
    jobs = make_jobs(store, ToldSource("feed"))
    jobs.begin()
    now, lease = jobs.clock.now(), timedelta(minutes=10)
    assert store.claim_source("feed", now=now, lease=lease) is not None
    assert store.claim_source("feed", now=now, lease=lease) is None
    _stop(jobs, Schedule(jobs), None)
    assert jobs.stopping.is_set()
    assert store.claim_source("feed", now=now, lease=lease) is not None


def test_a_taken_address_costs_the_page_and_nothing_else(store: Store, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, capture_logs() as logs:
        config = configured(tmp_path, f"listen: 127.0.0.1:{taken.getsockname()[1]}")
        assert _serve(config, make_jobs(store), filed=lambda _: None) is None
    assert [line["event"] for line in logs] == ["no page"]
    assert "choose another" in logs[0]["message"]


def test_without_an_address_there_is_no_page(store: Store, tmp_path: Path) -> None:
    assert _serve(configured(tmp_path, "off"), make_jobs(store), filed=lambda _: None) is None


def configured(folder: Path, web: str) -> Config:
    written = folder / "config.yaml"
    written.write_text(f"web: {web if web == 'off' else '{' + web + '}'}\n", encoding="utf-8")
    config = load_config(written, {}).config
    assert config is not None
    assert config.timezone == ZoneInfo("Europe/Helsinki")
    return config


def test_a_missing_model_does_not_keep_the_service_from_starting(store: Store) -> None:
    jobs = make_jobs(store)
    assert isinstance(jobs.classifier, ToldClassifier)
    jobs.classifier.missing = True
    _warm(jobs)
    assert store.problems() == []


def test_only_processes_of_this_machine_that_are_gone_are_taken_for_dead() -> None:
    ours = holder()
    machine, pid, _ = ours.split("/")
    assert not is_dead(ours)
    assert is_dead(f"{machine}/{pid}/another-start")  # the same number again, as in a container
    assert is_dead(f"{machine}/{2**22 + 1}/x")  # no process has such a number
    assert not is_dead(f"{machine}/1/x")
    assert not is_dead(f"elsewhere/{pid}/x")
    assert not is_dead("")
