"""Messages of no case on their way through the jobs, with stand-ins at the doors."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from casebook.record import Notice
from casebook.store import Store
from notifier.channel import ChannelUnavailable
from notifier.channel import Notice as Told
from tests.fakes import MINUTE, NOON, HandClock
from tests.vaste.stand_ins import ToldChannel, make_jobs, open_store

BURST = Notice(
    "burst:1", "team:care", "burst", {"count": 42, "usual": 3, "since": (NOON - MINUTE).isoformat()}
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.engine.dispose()


def test_a_notice_reaches_the_teams_channel_once(store: Store) -> None:
    channel, clock = ToldChannel(), HandClock()
    jobs = make_jobs(store, channels=[channel], clock=clock)
    store.owe_notice(BURST, now=clock.now())
    assert (jobs.deliver(), jobs.deliver()) == (1, 0)
    (message,) = channel.tried
    assert (message.key, message.destination) == ("notice:burst:1", "#some-asiakaspalvelu")
    assert message.content == Told("burst", NOON, BURST.facts)
    assert store.deliveries() == {"sent": 1}


def test_what_one_channel_refuses_the_next_one_takes(store: Store) -> None:
    first = ToldChannel("first", ChannelUnavailable("no such channel", permanent=True))
    second, clock = ToldChannel("second"), HandClock()
    jobs = make_jobs(store, channels=[first, second], clock=clock, pace=timedelta(0))
    store.owe_notice(BURST, now=clock.now())
    assert jobs.deliver() == 1
    assert [message.key for message in second.tried] == ["notice:burst:1"]


def test_one_that_cannot_be_worded_waits_is_told_of_and_stops_no_other(store: Store) -> None:
    channel, clock = ToldChannel(), HandClock()
    jobs = make_jobs(store, channels=[channel], clock=clock, pace=timedelta(0))
    store.owe_notice(Notice("odd:1", "team:care", "of a later version"), now=clock.now())
    store.owe_notice(BURST, now=clock.now())
    assert jobs.deliver() == 1
    assert [problem.message for problem in store.problems()] == ["notice:odd:1 can't be worded: ValueError"]
    assert store.deliveries() == {"due": 1, "sent": 1}


def test_after_a_death_between_sending_and_marking_it_is_found_rather_than_repeated(store: Store) -> None:
    channel, clock = ToldChannel(), HandClock()
    jobs = make_jobs(store, channels=[channel], clock=clock)
    store.owe_notice(BURST, now=clock.now())
    jobs.crash = lambda point: (_ for _ in ()).throw(KeyboardInterrupt) if point == "sent" else None
    with pytest.raises(KeyboardInterrupt):
        jobs.deliver()
    clock.advance(5 * MINUTE)
    again = make_jobs(store, channels=[channel], clock=clock)
    assert again.deliver() == 1
    assert len(channel.standing["notice:burst:1"]) == 1
