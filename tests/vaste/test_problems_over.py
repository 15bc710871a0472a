"""Problems that are over are not told for ever."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from casebook.mention import Batch, Blindness, Trouble
from casebook.store import Store
from listener.source import SourceUnavailable
from tests.fakes import MINUTE, HandClock
from tests.vaste.stand_ins import ToldSource, batch, make_jobs, mention, open_store
from vaste.jobs import triage
from vaste.jobs.polling import REJECTED_STANDS


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.engine.dispose()


def told(store: Store) -> list[str]:
    return [problem.key for problem in store.problems()]


def test_a_mention_that_was_ruled_upon_after_all_is_no_problem_any_more(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HandClock()
    jobs = make_jobs(
        store, ToldSource("feed", batch(mention("1", 0), mention("2", 0, author="otto"))), clock=clock
    )
    jobs.poll("feed")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(triage, "rule", broken)
        jobs.triage()
    assert told(store) == ["mention:1", "mention:2"]
    clock.advance(MINUTE)
    assert jobs.triage() == 2
    assert told(store) == []


def test_a_source_that_is_configured_no_longer_is_no_problem_any_more(store: Store) -> None:
    clock = HandClock()
    blind = Trouble("all", "gone", reason=Blindness.VENDOR)
    partly = Batch(troubles=(Trouble("search", "refused"),), rejected=("line 3: no author",), lanes=())
    sources = [
        ToldSource("big", SourceUnavailable("it is not there (404)", troubles=(blind,))),
        ToldSource("bigger", SourceUnavailable("it is not there (404)")),
        ToldSource("old", partly),
    ]
    jobs = make_jobs(store, *sources, clock=clock)
    for source in sources:
        jobs.poll(source.name)
    for about in ("clock", "lookup", "sweep", "budget"):
        jobs.trouble(f"{about}:old", "something")
    jobs.trouble("channel:told:team:care", "refused")
    jobs.trouble("channel:fax:team:care", "refused")
    jobs.trouble("people:fax", "nobody is found")
    assert {"source:big", "source:bigger", "source:old:search", "source:old:rejected"} < set(told(store))
    make_jobs(store, sources[1], clock=clock).begin()
    assert told(store) == ["source:bigger", "channel:told:team:care"]


def test_what_could_not_be_understood_is_told_for_a_day_after_the_last_of_it(store: Store) -> None:
    clock = HandClock()
    source = ToldSource("feed", *[Batch(rejected=("line 3: no author",))] * 2)
    jobs = make_jobs(store, source, clock=clock)
    for _ in range(2):
        jobs.poll("feed")
        clock.advance(timedelta(hours=1))
    clock.advance(REJECTED_STANDS - timedelta(hours=1, seconds=1))
    jobs.poll("feed")
    assert told(store) == ["source:feed:rejected"], "the last of it is a second less than a day ago"
    clock.advance(timedelta(seconds=1))
    jobs.poll("feed")
    assert told(store) == []
    source.turns.append(Batch(rejected=("line 9: no author",)))
    jobs.poll("feed")
    assert told(store) == ["source:feed:rejected"]
    clock.advance(REJECTED_STANDS)
    jobs.poll("feed")
    assert told(store) == [], "it ends a second time, too"
