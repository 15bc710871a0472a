"""A day of a source in the coverage ledger: what befell it is told, to within one poll."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from casebook.mention import Batch, Blindness, Json, Sight, Trouble, Watch
from casebook.record import Stretch
from casebook.store import Store
from listener.coverage import answers_watched, as_of, cut, seconds_watched
from listener.source import SourceSettings, SourceUnavailable
from tests.fakes import HOUR, MINUTE, HandClock, at
from tests.vaste.stand_ins import ToldSource, batch, make_jobs, mention, open_store
from vaste.jobs import Jobs

OK, DOWN = Watch.WATCHED, Blindness.DOWNTIME
LIMIT, BUDGET, NETWORK = Blindness.RATE_LIMIT, Blindness.BUDGET, Blindness.NETWORK
EVERY = MINUTE


@dataclass
class Harbour:
    """A source with two lanes, over which the weather changes at told times."""

    name: str = "harbour"
    kind: str = "told"
    network: str = "net"
    weather: list[tuple[float, float, str, Blindness]] = field(default_factory=list)
    """From minute to minute: which lane (or all) fails, and why."""
    resets: dict[Blindness, float] = field(default_factory=dict)
    """The minute at which the vendor says that it may be asked again."""

    def fetch(self, cursor: Json, *, since: datetime, now: datetime) -> Batch:
        blind = [
            Trouble(lane, f"{lane} can't be read", reason=reason)
            for begin, end, lane, reason in self.weather
            if at(begin) <= now < at(end)
        ]
        for trouble in blind:
            if trouble.lane == "all":
                reset = self.resets.get(trouble.reason)
                raise SourceUnavailable(
                    trouble.message, reason=trouble.reason, retry_at=None if reset is None else at(reset)
                )
        names = {trouble.lane for trouble in blind}
        return Batch(troubles=tuple(blind), lanes=tuple(x for x in ("timeline", "search") if x not in names))

    def check(self) -> list[str]:
        return []

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.engine.dispose()


def jobs_of(store: Store, source: Harbour, clock: HandClock) -> Jobs:
    jobs = make_jobs(store, ToldSource("harbour"), clock=clock)
    told = SourceSettings(name="harbour", kind="told", every=EVERY)
    jobs.sources = {"harbour": (source, told)}
    return jobs


def poll_until(jobs: Jobs, clock: HandClock, minute: float) -> None:
    """Tick as the schedule does, every pace, whatever the source says."""
    while clock.now() < at(minute):
        jobs.poll("harbour")
        clock.advance(EVERY)


def ledger(store: Store, now: datetime) -> dict[str, tuple[Stretch, ...]]:
    return {record.lane: as_of(record, now) for record in store.coverage(source="harbour")}


def told(stretches: tuple[Stretch, ...]) -> list[tuple[int, int, Sight]]:
    minutes = [(round((edge - at(0)) / MINUTE) for edge in (s.begins_at, s.ends_at)) for s in stretches]
    return [(begin, end, s.sight) for (begin, end), s in zip(minutes, stretches, strict=True)]


def test_an_outage_a_used_up_limit_a_spent_budget_and_downtime_are_told_apart(store: Store) -> None:
    clock = HandClock()
    source = Harbour(
        weather=[
            (4.5, 12.2, "all", NETWORK),
            (22.5, 30.0, "all", LIMIT),
            (34.5, 38.5, "search", BUDGET),
        ],
        resets={LIMIT: 30},
    )
    jobs = jobs_of(store, source, clock)
    poll_until(jobs, clock, 45)
    clock.advance(50 * MINUTE)  # the machine was off
    poll_until(jobs_of(store, source, clock), clock, 100)
    injected: dict[str, list[tuple[float, float, Sight]]] = {
        "timeline": [(4.5, 12.2, NETWORK), (22.5, 30, LIMIT), (45, 95, DOWN)],
        "search": [(4.5, 12.2, NETWORK), (22.5, 30, LIMIT), (34.5, 38.5, BUDGET), (45, 95, DOWN)],
    }
    # backing off, a source is polled up to five minutes apart; the vendor's reset is waited for
    poll = {NETWORK: 5 + 1, LIMIT: 1, BUDGET: 1, DOWN: 1}
    found = ledger(store, clock.now())
    assert set(found) == set(injected)
    for lane, wanted in injected.items():
        blind = [stretch for stretch in told(found[lane]) if stretch[2] is not OK]
        assert [sight for *_, sight in blind] == [sight for *_, sight in wanted]
        for (begin, end, sight), (real_begin, real_end, _) in zip(blind, wanted, strict=True):
            assert abs(begin - real_begin) <= 1, (lane, sight)
            assert abs(end - real_end) <= poll[Blindness(sight)], (lane, sight)


def test_a_quiet_week_is_one_stretch_and_hardly_a_row(store: Store) -> None:
    clock = HandClock()
    poll_until(jobs_of(store, Harbour(), clock), clock, 15)
    found = ledger(store, clock.now())
    assert {lane: told(stretches) for lane, stretches in found.items()} == {
        "timeline": [(0, 15, OK)],
        "search": [(0, 15, OK)],
    }


def test_a_source_that_was_removed_and_added_again_was_not_watched_meanwhile(store: Store) -> None:
    clock = HandClock()
    poll_until(jobs_of(store, Harbour(), clock), clock, 10)
    clock.advance(24 * HOUR)
    poll_until(jobs_of(store, Harbour(), clock), clock, 10 + 24 * 60 + 5)
    found = ledger(store, clock.now())["search"]
    assert told(found) == [(0, 9, OK), (9, 1450, DOWN), (1450, 1455, OK)]


def test_a_lane_that_fails_from_the_first_look_on_is_blind_from_then(store: Store) -> None:
    clock = HandClock()
    refused = Harbour(weather=[(0, 9.5, "all", Blindness.AUTHORISATION)])
    poll_until(jobs_of(store, refused, clock), clock, 20)
    timeline = ledger(store, clock.now())["timeline"]
    [begin, _, sight] = told(timeline)[0]
    assert (begin, sight) == (0, Blindness.AUTHORISATION)
    assert told(timeline)[1][2] is OK


def test_a_look_that_we_break_off_ourselves_says_nothing(store: Store) -> None:
    clock = HandClock()
    source = Harbour(weather=[(5, 6, "all", NETWORK)])
    jobs = jobs_of(store, source, clock)
    poll_until(jobs, clock, 5)
    jobs.stopping.set()
    jobs.poll("harbour")
    assert told(ledger(store, at(5))["search"]) == [(0, 5, OK)]


def test_a_look_that_takes_longer_than_the_pace_is_no_downtime(store: Store) -> None:
    clock = HandClock()

    class Slow(Harbour):
        def fetch(self, cursor: Json, *, since: datetime, now: datetime) -> Batch:
            clock.advance(4 * MINUTE)
            return super().fetch(cursor, since=since, now=now)

    poll_until(jobs_of(store, Slow(), clock), clock, 30)
    assert [sight for *_, sight in told(ledger(store, clock.now())["search"])] == [OK]


def test_a_burst_is_looked_at_no_later_than_it_was_promised_though_it_could_be_sooner(store: Store) -> None:
    """As cron and `vaste once` do it: a process a look, which forgets how much the last one brought."""
    clock, ten = HandClock(), 10 * MINUTE
    for look in range(6):
        storm = batch(*(mention(f"{look}-{number}", 10 * look) for number in range(8)))
        jobs = make_jobs(store, ToldSource("harbour", storm), clock=clock)
        jobs.sources = {
            "harbour": (jobs.sources["harbour"][0], SourceSettings(name="harbour", kind="told", every=ten))
        }
        jobs.poll("harbour")
        assert jobs.pause_of("harbour") < ten, "who could look again sooner would"
        clock.advance(ten + timedelta(seconds=17))
    assert [stretch.sight for stretch in ledger(store, clock.now())["all"]] == [OK]


def test_a_look_with_much_to_read_is_divided_before_it_seems_to_have_slept(store: Store) -> None:
    clock = HandClock()

    class Huge(Harbour):
        read = 0

        def fetch(self, cursor: Json, *, since: datetime, now: datetime) -> Batch:
            clock.advance(MINUTE)
            self.read += 1
            return replace(super().fetch(cursor, since=since, now=now), more=self.read < 23)

    source = Huge()
    jobs = jobs_of(store, source, clock)
    for looks in range(1, 6):
        jobs.poll("harbour")
        assert source.read == min(5 * looks, 23)
    assert [sight for *_, sight in told(ledger(store, clock.now())["search"])] == [OK]


def test_a_look_of_several_batches_is_one_and_a_lane_that_failed_in_one_of_them_was_blind(
    store: Store,
) -> None:
    clock = HandClock()
    lost = Trouble("search", "the search is refused", reason=Blindness.AUTHORISATION)
    parts = [Batch(lanes=("timeline", "search"), more=True), Batch(troubles=(lost,), lanes=("timeline",))]
    jobs = make_jobs(store, ToldSource("harbour", *parts, *parts), clock=clock)
    jobs.poll("harbour")
    clock.advance(timedelta(seconds=1))
    jobs.poll("harbour")
    found = ledger(store, clock.now())
    assert [stretch.sight for stretch in found["search"]] == [Blindness.AUTHORISATION]
    assert [stretch.sight for stretch in found["timeline"]] == [OK]


def test_a_fault_of_ours_is_blind_too(store: Store) -> None:
    clock = HandClock()
    jobs = make_jobs(store, ToldSource("harbour", Batch(), ValueError("maija's own words")), clock=clock)
    jobs.poll("harbour")
    clock.advance(timedelta(seconds=1))
    jobs.poll("harbour")
    clock.advance(timedelta(seconds=1))
    assert [stretch.sight for stretch in ledger(store, clock.now())["all"]] == [Blindness.VENDOR]


def test_reports_learn_whether_an_answer_would_have_been_seen(store: Store) -> None:
    clock = HandClock()
    source = Harbour(weather=[(3.5, 6.5, "timeline", LIMIT), (9.5, 12.5, "search", LIMIT)])
    poll_until(jobs_of(store, source, clock), clock, 15)
    told_ = {"harbour": ledger(store, clock.now())}
    assert answers_watched(told_, "harbour", at(0), at(3))
    assert not answers_watched(told_, "harbour", at(2), at(5))
    assert answers_watched(told_, "harbour", at(8), at(15))
    minutes = seconds_watched(cut(told_["harbour"]["timeline"], at(0), at(15))) / 60
    assert minutes == pytest.approx(12, abs=1)
