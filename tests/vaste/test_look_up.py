"""Networks are asked about the posts we hold, and what is gone leaves the record and Slack."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from casebook.store import Store
from listener.lookups import AT_LEAST, SWEEP_EVERY, SWEEP_WITHIN, SWEPT_AFTER
from listener.source import LookedUp, NotYet, SourceSettings, SourceUnavailable
from notifier.channel import Card, ChannelUnavailable, Page, Press
from tests.fakes import LATE_DELIVERY, MINUTE, RECALL, TICK, HandClock, at, desk
from tests.vaste.stand_ins import ToldChannel, ToldSource, batch, make_jobs, mention, open_store
from vaste.jobs import LOOK_UP_AGAIN, LOOK_UP_LEASE, Jobs

LOUD = replace(LATE_DELIVERY, severity=RECALL.severity)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class KnowingSource(ToldSource):
    """A source that says which posts are gone, or that it can't."""

    LOOKED_UP_AT_ONCE = 2

    def __init__(self, *posts: str) -> None:
        super().__init__("feed", batch(*(mention(post, 1) for post in posts)))
        self.gone: frozenset[str] = frozenset()
        self.fault: BaseException | None = None
        self.asked: list[list[str]] = []

    def look_up(self, ids: Sequence[str], *, now: datetime) -> LookedUp:
        self.asked.append(list(ids))
        if self.fault is not None:
            raise self.fault
        return LookedUp(gone=self.gone & frozenset(ids))


class SweepingSource(KnowingSource):
    """One that also answers for many posts at once, when it is told to."""

    LOOKED_UP_AT_ONCE = 100

    def __init__(self, *posts: str) -> None:
        super().__init__(*posts)
        self.has_sweeps = True
        self.sweeps: list[list[str]] = []
        self.is_ready = False
        self.sweep_fault: BaseException | None = None

    def begin_sweep(self, ids: Sequence[str], *, now: datetime) -> Mapping[str, object] | None:
        self.sweeps.append(list(ids))
        if self.sweep_fault is not None:
            raise self.sweep_fault
        return {"id": str(len(self.sweeps))} if self.has_sweeps else None

    def end_sweep(self, begun: Mapping[str, object], *, now: datetime) -> frozenset[str]:
        if self.sweep_fault is not None:
            raise self.sweep_fault
        if not self.is_ready:
            raise NotYet
        return self.gone


def closed_two_days_ago(store: Store, *posts: str) -> tuple[Jobs, HandClock, SweepingSource]:
    """Posts of two days ago whose cases have ended, asked about half a day ago."""
    source = SweepingSource(*posts)
    jobs, clock = begin(store, source)
    for number in range(1, len(posts) + 1):
        jobs.press(Press(number, "close", "U0123"))
    clock.advance(DAY + DAY / 2)
    jobs.look_up()
    source.asked.clear()
    source.sweeps.clear()
    clock.advance(SWEPT_AFTER)
    return jobs, clock, source


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.engine.dispose()


def begin(store: Store, source: ToldSource, *channels: ToldChannel) -> tuple[Jobs, HandClock]:
    """Jobs that have shown the card of each post, and called Aino."""
    clock = HandClock()
    jobs = make_jobs(
        store,
        source,
        channels=channels,
        clock=clock,
        at_desk=desk(playbooks=(LOUD,)),
        pace=timedelta(0),
    )
    jobs.begin()
    clock.advance(MINUTE)
    jobs.poll("feed")
    jobs.triage()
    jobs.deliver()
    return jobs, clock


def test_a_deletion_leaves_no_words_in_any_message_and_calls_nobody_any_more(store: Store) -> None:
    source, channel = KnowingSource("1"), ToldChannel()
    jobs, clock = begin(store, source, channel)
    first = list(channel.tried)
    assert {type(message.content) for message in first} == {Card, Page}
    clock.advance(14 * MINUTE)
    assert jobs.look_up() == 0, "asked about a quarter of an hour after it was seen"
    source.gone = frozenset({"1"})
    clock.advance(MINUTE)
    assert jobs.look_up() == 1
    assert (jobs.match(), jobs.deliver()) == (1, len(first))
    again = channel.tried[len(first) :]
    assert {message.key for message in again} == {message.key for message in first}
    for message in again:
        assert message.update is not None
        card = message.content.card if isinstance(message.content, Page) else message.content
        assert isinstance(card, Card)
        assert (card.text, card.url, card.missing) == ("", None, "deleted")
        assert card.deleted_at == clock.now()
    clock.advance(DAY)
    jobs.watch()
    assert jobs.deliver() == 0, "no step of the chain, no breach"
    assert [event.kind.value for event in store.events(1)][-1] == "deleted"


def test_a_page_that_was_not_sent_yet_is_withdrawn(store: Store) -> None:
    source = KnowingSource("1")
    channel = ToldChannel("told", *[ChannelUnavailable("busy")] * 2)
    jobs, clock = begin(store, source, channel)
    source.gone = frozenset({"1"})
    clock.advance(15 * MINUTE)
    jobs.look_up()
    jobs.match()
    jobs.deliver()
    assert [type(message.content) for message in channel.tried[2:]] == [Card]


def test_a_sent_page_whose_words_can_not_be_taken_out_pages_nobody_through_the_next_channel(
    store: Store,
) -> None:
    source, first, second = KnowingSource("1"), ToldChannel("first"), ToldChannel("second")
    jobs, clock = begin(store, source, first, second)
    source.gone = frozenset({"1"})
    clock.advance(15 * MINUTE)
    jobs.look_up()
    jobs.match()
    first.faults = [ChannelUnavailable("not to be edited", permanent=True)] * 3
    jobs.deliver()
    assert [type(message.content) for message in second.tried] == [Card]
    assert any("not to be edited" in problem.message for problem in store.problems())


def test_a_network_that_can_not_be_asked_is_told_once_left_alone_for_a_while_and_recovers(
    store: Store,
) -> None:
    source = KnowingSource("1", "2", "3")
    jobs, clock = begin(store, source)
    clock.advance(15 * MINUTE)
    source.fault = SourceUnavailable("it is down; look after it")
    assert (jobs.look_up(), jobs.look_up()) == (0, 0)
    assert len(source.asked) == 1
    assert [problem.message for problem in store.problems()] == [
        "source feed: deletions can't be found out: it is down; look after it"
    ]
    source.fault = None
    clock.advance(LOOK_UP_AGAIN)
    assert jobs.look_up() == 3
    assert [len(ids) for ids in source.asked[1:]] == [2, 1]
    assert store.problems() == []


def test_a_vendors_own_reset_is_waited_for(store: Store) -> None:
    source = KnowingSource("1")
    jobs, clock = begin(store, source)
    clock.advance(15 * MINUTE)
    source.fault = SourceUnavailable("used up", retry_at=at(40))
    jobs.look_up()
    source.fault = None
    clock.advance(23 * MINUTE)
    assert jobs.look_up() == 0
    clock.advance(MINUTE)
    assert jobs.look_up() == 1


def test_a_source_that_fails_oddly_is_a_trouble_without_its_words(store: Store) -> None:
    source = KnowingSource("1")
    jobs, clock = begin(store, source)
    clock.advance(15 * MINUTE)
    source.fault = ValueError("maija's own words")
    assert jobs.look_up() == 0
    assert [problem.message for problem in store.problems()] == [
        "source feed: deletions can't be found out: ValueError; see the log"
    ]


def test_sources_that_can_not_say_it_or_are_told_not_to_ask_are_not_asked(store: Store) -> None:
    source = KnowingSource("1")
    jobs, clock = begin(store, source)
    clock.advance(15 * MINUTE)
    settings = SourceSettings(name="feed", kind="told", recheck="off")
    jobs.sources = {"feed": (source, settings), "plain": (ToldSource("plain"), settings)}
    assert jobs.look_up() == 0
    assert source.asked == []


def test_while_one_machine_asks_another_does_not(store: Store) -> None:
    source, other = KnowingSource("1"), KnowingSource("1")
    jobs, clock = begin(store, source)
    beside = make_jobs(Store(store.engine, holder="two"), other, clock=clock)
    clock.advance(15 * MINUTE)
    meanwhile: list[int] = []
    jobs.crash = lambda where: meanwhile.append(beside.look_up()) if where == "looked up" else None
    assert jobs.look_up() == 1
    assert (meanwhile, other.asked) == ([0], [])
    clock.advance(15 * MINUTE)
    assert beside.look_up() == 1, "and has its turn when the first is done"


def test_a_source_that_rests_rests_for_every_machine(store: Store) -> None:
    source, other = KnowingSource("1"), KnowingSource("1")
    jobs, clock = begin(store, source)
    beside = make_jobs(Store(store.engine, holder="two"), other, clock=clock)
    clock.advance(15 * MINUTE)
    source.fault = SourceUnavailable("used up")
    jobs.look_up()
    clock.advance(LOOK_UP_AGAIN - TICK)
    assert (beside.look_up(), jobs.look_up()) == (0, 0)
    clock.advance(TICK)
    assert beside.look_up() == 1


def test_posts_that_can_wait_are_asked_about_at_once_and_what_is_gone_is_erased(store: Store) -> None:
    jobs, clock, source = closed_two_days_ago(store, "1", "2")
    assert jobs.look_up() == 0
    assert (source.sweeps, source.asked) == ([["1", "2"]], [])
    jobs.look_up()
    assert len(source.sweeps) == 1, "it is under way"
    source.is_ready, source.gone = True, frozenset({"2"})
    clock.advance(2 * HOUR)
    assert jobs.look_up() == 2
    assert [kept.mention.text == "" for kept in (*store.find("1"), *store.find("2"))] == [False, True]
    clock.advance(AT_LEAST - 2 * HOUR - TICK)
    jobs.look_up()
    assert source.asked == [], "they count as asked about when the sweep began"


def test_posts_of_open_cases_and_young_ones_do_not_wait_for_a_sweep(store: Store) -> None:
    source = SweepingSource("1")
    jobs, clock = begin(store, source)
    clock.advance(2 * DAY)
    jobs.look_up()
    assert (source.sweeps, source.asked) == ([], [["1"]])


def test_a_network_without_sweeps_is_asked_for_one_once_a_day(store: Store) -> None:
    jobs, clock, source = closed_two_days_ago(store, "1")
    source.has_sweeps = False
    for _ in range(3):
        jobs.look_up()
        clock.advance(HOUR)
    assert len(source.sweeps) == 1
    assert store.problems() == []
    clock.advance(7 * HOUR)
    jobs.look_up()
    assert source.asked == [["1"]], "one by one, then, and in good time"


def test_a_sweep_that_fails_is_told_and_over_when_one_works(store: Store) -> None:
    jobs, clock, source = closed_two_days_ago(store, "1")
    source.sweep_fault = SourceUnavailable("X ended it")
    jobs.look_up()
    jobs.look_up()
    assert len(source.sweeps) == 1
    assert [problem.message for problem in store.problems()] == [
        "source feed: deletions are asked for one by one: X ended it"
    ]
    source.sweep_fault, source.is_ready = None, True
    clock.advance(SWEEP_EVERY)
    jobs.look_up()
    assert jobs.look_up() == 1
    assert store.problems() == []


def test_a_sweep_without_an_answer_is_given_up_before_the_posts_are_due(store: Store) -> None:
    jobs, clock, source = closed_two_days_ago(store, "1")
    jobs.look_up()
    clock.advance(SWEEP_WITHIN)
    jobs.look_up()
    clock.advance(4 * HOUR)
    jobs.look_up()
    assert source.asked == [["1"]]


@pytest.mark.parametrize("where", ["sweep begun", "sweep answered"])
def test_who_dies_in_a_sweep_is_followed_by_one_who_ends_it(store: Store, where: str) -> None:
    jobs, clock, source = closed_two_days_ago(store, "1")
    source.is_ready, source.gone = True, frozenset({"1"})

    def die(at: str) -> None:
        if at == where:
            raise KeyboardInterrupt

    jobs.crash = die
    if where == "sweep answered":
        jobs.look_up()
    with pytest.raises(KeyboardInterrupt):
        jobs.look_up()
    after = make_jobs(Store(store.engine, holder="two"), source, clock=clock)
    clock.advance(LOOK_UP_LEASE)
    after.look_up()
    after.look_up()
    assert [kept.mention.text for kept in store.find("1")] == [""]


def test_what_a_dead_machine_had_taken_is_asked_about_when_its_lease_ends(store: Store) -> None:
    source, other = KnowingSource("1"), KnowingSource("1")
    jobs, clock = begin(store, source)
    beside = make_jobs(Store(store.engine, holder="two"), other, clock=clock)
    clock.advance(15 * MINUTE)
    source.fault = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        jobs.look_up()
    clock.advance(LOOK_UP_LEASE - TICK)
    assert beside.look_up() == 0
    clock.advance(TICK)
    assert beside.look_up() == 1


def test_words_are_erased_when_their_time_is_over_only_where_the_source_says_so(store: Store) -> None:
    source = KnowingSource("1")
    jobs, clock = begin(store, source)
    clock.advance(40 * DAY)
    assert jobs.expire() == 0
    jobs.sources = {"feed": (source, SourceSettings(name="feed", kind="told", keep_text="30d"))}
    assert jobs.expire() == 1
    assert [kept.mention.text for kept in store.find("1")] == [""]


@pytest.mark.parametrize("point", ["looked up", "erased"])
def test_who_dies_while_a_deletion_is_taken_in_is_followed_by_one_who_takes_it_in(
    store: Store, point: str
) -> None:
    source, channel = KnowingSource("1"), ToldChannel()
    jobs, clock = begin(store, source, channel)
    source.gone = frozenset({"1"})
    clock.advance(15 * MINUTE)

    def die(where: str) -> None:
        if where == point:
            raise KeyboardInterrupt

    jobs.crash = die
    with pytest.raises(KeyboardInterrupt):
        jobs.look_up()
    jobs.crash = lambda _: None
    for _ in range(2):
        jobs.look_up()
        jobs.match()
        jobs.deliver()
    assert [event.kind.value for event in store.events(1)].count("deleted") == 1
    assert [kept.mention.text for kept in store.find("1")] == [""]


def test_a_clock_that_is_off_is_told_until_it_is_right_and_corrects_the_detection_lag(store: Store) -> None:
    seen = replace(batch(mention("1", 2)), clock_offset=timedelta(seconds=90))
    jobs, clock = begin(store, ToldSource("feed", seen, replace(batch(), clock_offset=timedelta(0))))
    assert [problem.key for problem in store.problems()] == ["clock:feed"]
    # posted at 12:02:00 by the network's clock, seen at 12:01:00 by ours, which is 90 s behind
    assert [row["detection_lag_s"] for row in store.log(now=clock.now())] == [30]
    jobs.poll("feed")
    assert store.problems() == []
