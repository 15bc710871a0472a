"""The jobs in one process, with stand-ins at their doors: what goes wrong, who is told, and what goes on."""

import itertools
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from casebook.allowance import Allowance
from casebook.event import EventKind
from casebook.likeness import gist_of
from casebook.mention import Batch, Bill, Trouble, Verdict
from casebook.store import Spending, Spent, Store
from classifier.language import Hint
from listener.source import SourceSettings, SourceUnavailable
from notifier.channel import ChannelUnavailable, Notice, Press, Sending, Sent
from tests.crowd import crisis_rule
from tests.fakes import HOUR, LATE_DELIVERY, MINUTE, NOON, RECALL, HandClock, at, desk
from tests.vaste.stand_ins import (
    RunningClock,
    ToldChannel,
    ToldClassifier,
    ToldSource,
    batch,
    make_jobs,
    mention,
    open_store,
    reply,
)
from vaste.jobs import ORDERED_AT_ONCE, Jobs

SECOND = timedelta(seconds=1)
CARD = "case:1:card:team:care"
LOUD = replace(LATE_DELIVERY, severity=RECALL.severity)
DOWN = SourceUnavailable("the network is down; look after it")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.engine.dispose()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def walk(jobs: Jobs) -> None:
    """One tick of every job."""
    for name in jobs.sources:
        jobs.poll(name)
    jobs.triage()
    jobs.match()
    jobs.watch()
    jobs.deliver()


def with_a_card(store: Store, clock: HandClock, *channels: ToldChannel, **changes: Any) -> Jobs:
    """Jobs at the moment when Maija's case is open and its card is owed."""
    jobs = make_jobs(
        store, ToldSource("feed", batch(mention("1", 1))), channels=channels, clock=clock, **changes
    )
    jobs.begin()
    clock.advance(MINUTE)
    jobs.poll("feed")
    jobs.triage()
    return jobs


def problems(store: Store) -> list[str]:
    return [problem.message for problem in store.problems()]


def told(logs: list[Any]) -> list[tuple[str, str]]:
    return [(line["event"], line["about"]) for line in logs if line["event"] in {"trouble", "recovered"}]


class TestTheFirstStart:
    def test_post_of_the_very_second_of_the_start_is_judged_and_an_older_one_is_context(
        self, store: Store, clock: HandClock
    ) -> None:
        clock.advance(0.7 * SECOND)
        posts = [replace(mention("1", 0), posted_at=NOON), replace(mention("2", 0), posted_at=NOON - SECOND)]
        jobs = make_jobs(store, ToldSource("feed", batch(*posts)), clock=clock)
        filed = jobs.poll("feed")
        assert (filed.mentions, filed.context) == (1, 1)

    def test_it_is_the_start_of_the_service_and_not_its_first_look(
        self, store: Store, clock: HandClock
    ) -> None:
        jobs = make_jobs(store, ToldSource("feed", batch(mention("1", 1))), clock=clock)
        jobs.begin()
        clock.advance(5 * MINUTE)
        assert jobs.poll("feed").mentions == 1

    def test_it_is_kept_over_further_starts(self, store: Store, clock: HandClock) -> None:
        make_jobs(store, ToldSource("feed"), clock=clock).begin()
        clock.advance(HOUR)
        again = make_jobs(store, ToldSource("feed", batch(mention("1", 1))), clock=clock)
        again.begin()
        assert again.poll("feed").mentions == 1


class BilledSource(ToldSource):
    """A source whose reads are billed."""

    def __init__(self, name: str, *turns: Batch | Exception) -> None:
        super().__init__(name, *turns)
        self.rations: list[Spending] = []

    def ration(self, spending: Spending) -> None:
        self.rations.append(spending)


class BilledSettings(SourceSettings):
    @property
    def tariff(self) -> Mapping[str, int]:
        return {"post": 5_000}


def with_a_budget(store: Store, source: ToldSource, clock: HandClock, budget: str = "1 USD/month") -> Jobs:
    jobs = make_jobs(store, source, clock=clock)
    settings = BilledSettings(name=source.name, kind="told", every="1s", budget=budget)
    jobs.sources = {source.name: (source, settings)}
    return jobs


def reads(posts: int) -> Bill:
    ids = frozenset(map(str, range(posts)))
    return Bill("mentions", "post", 5_000, NOON, ids=ids)


class TestTheBudget:
    def test_each_look_is_told_what_those_before_it_cost(self, store: Store, clock: HandClock) -> None:
        first = replace(batch(mention("1", 0)), bills=(reads(3),), more=True)
        source = BilledSource("feed", first, Batch())
        with_a_budget(store, source, clock).poll("feed")
        assert [spending.month for spending in source.rations] == [
            (),
            (Spent("mentions", "post", 3, 15_000),),
        ]

    def test_what_a_failed_look_cost_is_counted(self, store: Store, clock: HandClock) -> None:
        source = BilledSource("feed", SourceUnavailable("down", bills=(reads(2),)))
        jobs = with_a_budget(store, source, clock)
        jobs.stopping.set()  # even one that we broke off ourselves
        jobs.poll("feed")
        assert store.spent("feed", since=NOON) == (Spent("mentions", "post", 2, 10_000),)

    def test_what_another_machine_took_over_meanwhile_is_counted(
        self, store: Store, clock: HandClock
    ) -> None:
        source = BilledSource("feed", replace(batch(mention("1", 0)), bills=(reads(2),)))
        jobs = with_a_budget(store, source, clock)
        jobs.crash = lambda point: _take_over(store, clock) if point == "fetched" else None
        assert jobs.poll("feed").mentions == 0
        assert store.spent("feed", since=NOON) == (Spent("mentions", "post", 2, 10_000),)

    def test_people_are_told_once_a_month_at_four_fifths_and_at_the_end(
        self, store: Store, clock: HandClock
    ) -> None:
        turns = [Batch(bills=(reads(posts),)) for posts in (159, 160, 160, 199, 200)]
        jobs = with_a_budget(store, BilledSource("feed", *turns), clock)
        told_after = []
        with capture_logs() as logs:
            for _ in range(6):
                jobs.poll("feed")
                clock.advance(MINUTE)
                told_after.append(len(told(logs)))
        # the bill of a look is known to the next one
        assert told_after == [0, 0, 1, 1, 2, 2]
        assert [about for _, about in told(logs)] == ["budget:feed:2026-11:80", "budget:feed:2026-11:100"]
        assert "raise budget" in problems(store)[-1]
        clock.advance(8 * 24 * HOUR)
        jobs.poll("feed")
        assert problems(store) == []

    def test_a_source_without_a_budget_is_not_rationed(self, store: Store, clock: HandClock) -> None:
        source = BilledSource("feed", Batch(bills=(reads(2),)))
        make_jobs(store, source, clock=clock).poll("feed")
        assert source.rations == []
        assert store.spent("feed", since=NOON) == (Spent("mentions", "post", 2, 10_000),)


def _take_over(store: Store, clock: HandClock) -> None:
    clock.advance(HOUR)
    assert store.claim_source("feed", now=clock.now(), lease=HOUR) is not None


class TestThePace:
    def test_many_new_posts_shorten_the_pause_and_silence_restores_it(
        self, store: Store, clock: HandClock
    ) -> None:
        many = batch(*(mention(str(number), 0, author=f"joku{number}") for number in range(30)))
        jobs = make_jobs(store, ToldSource("feed", many, many), clock=clock)
        source, settings = jobs.sources["feed"]
        jobs.sources = {"feed": (source, settings.model_copy(update={"every": MINUTE}))}
        assert jobs.pause_of("feed") == MINUTE
        jobs.poll("feed")
        assert jobs.pause_of("feed") == 15 * SECOND
        clock.advance(MINUTE)
        jobs.poll("feed")  # what is known is no news
        assert jobs.pause_of("feed") == 15 * SECOND
        clock.advance(MINUTE)
        jobs.poll("feed")
        assert jobs.pause_of("feed") == MINUTE


class TestPolling:
    def test_a_source_that_is_down_is_told_once_backs_off_and_recovers(
        self, store: Store, clock: HandClock
    ) -> None:
        source = ToldSource("feed", *[DOWN] * 11, batch(mention("1", 1)))
        jobs = make_jobs(store, source, clock=clock)
        looked_at = []
        with capture_logs() as logs:
            while source.turns:
                before = source.looks
                jobs.poll("feed")
                looked_at += [clock.now()] if source.looks > before else []
                clock.advance(SECOND)
        waits = [int((late - early).total_seconds()) for early, late in itertools.pairwise(looked_at)]
        assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
        assert told(logs) == [("trouble", "source:feed"), ("recovered", "source:feed")]
        assert store.problems() == []

    def test_a_vendors_own_reset_is_waited_for(self, store: Store, clock: HandClock) -> None:
        source = ToldSource("feed", SourceUnavailable("used up", retry_at=at(10)))
        jobs = make_jobs(store, source, clock=clock)
        jobs.poll("feed")
        clock.advance(10 * MINUTE - SECOND)
        jobs.poll("feed")
        assert source.looks == 1
        clock.advance(SECOND)
        jobs.poll("feed")
        assert source.looks == 2

    @pytest.mark.parametrize("fault", [DOWN, ValueError("maija's own words")])
    def test_one_source_in_trouble_stops_no_other(
        self, store: Store, clock: HandClock, fault: Exception
    ) -> None:
        jobs = make_jobs(
            store, ToldSource("bad", fault), ToldSource("good", batch(mention("1", 1))), clock=clock
        )
        walk(jobs)
        assert [len(row["url"] or "1") for row in store.log(now=clock.now())] == [1]
        assert len(problems(store)) == 1
        assert "maija" not in problems(store)[0]

    def test_a_blind_lane_is_named_while_the_others_are_filed_and_is_over_with_the_next_look(
        self, store: Store, clock: HandClock
    ) -> None:
        half = replace(batch(mention("1", 1)), troubles=(Trouble("search", "the search is refused"),))
        jobs = make_jobs(store, ToldSource("feed", half, half), clock=clock)
        with capture_logs() as logs:
            assert jobs.poll("feed").mentions == 1
            jobs.poll("feed")
            assert problems(store) == ["source feed, search: the search is refused"]
            jobs.poll("feed")
        assert told(logs) == [("trouble", "source:feed:search"), ("recovered", "source:feed:search")]

    def test_what_could_not_be_understood_is_told(self, store: Store, clock: HandClock) -> None:
        jobs = make_jobs(store, ToldSource("feed", Batch(rejected=("feed.jsonl:3: no time",))), clock=clock)
        jobs.poll("feed")
        assert problems(store) == ["source feed: 1 could not be understood; feed.jsonl:3: no time"]

    def test_a_post_from_the_future_is_dated_by_when_it_came_and_told(
        self, store: Store, clock: HandClock
    ) -> None:
        """Its deadline would never come, and our answer would come before it."""
        ahead = replace(mention("1", 1), posted_at=clock.now() + timedelta(days=1_500))
        jobs = make_jobs(store, ToldSource("feed", batch(ahead)), clock=clock)
        jobs.poll("feed")
        [problem] = problems(store)
        assert problem.startswith(
            "source feed: 1 dated in the future, counted from when they came; post 1: 20"
        )
        jobs.triage()
        opened = store.view(1)
        assert opened is not None
        assert opened.case.posted_at == clock.now()

    def test_of_several_that_could_not_be_understood_ten_are_named(
        self, store: Store, clock: HandClock
    ) -> None:
        lines = tuple(f"feed.jsonl:{number}: no time" for number in range(3, 16))
        jobs = make_jobs(store, ToldSource("feed", Batch(rejected=lines)), clock=clock)
        jobs.poll("feed")
        others = ", ".join(f"feed.jsonl:{number}" for number in range(4, 13))
        assert problems(store) == [
            f"source feed: 13 could not be understood; feed.jsonl:3: no time (and {others}, and 3 more)"
        ]

    def test_every_batch_that_could_not_be_understood_is_logged(self, store: Store, clock: HandClock) -> None:
        lines = [Batch(rejected=(f"feed.jsonl:{number}: no time",)) for number in (3, 8)]
        jobs = make_jobs(store, ToldSource("feed", *lines), clock=clock)
        with capture_logs() as logs:
            jobs.poll("feed")
            jobs.poll("feed")
        assert [line["named"] for line in logs if line["event"] == "not understood"] == [
            "feed.jsonl:3: no time",
            "feed.jsonl:8: no time",
        ]

    def test_a_source_that_another_machine_looks_at_is_left_to_it(
        self, store: Store, clock: HandClock
    ) -> None:
        source = ToldSource("feed")
        jobs = make_jobs(store, source, clock=clock)
        jobs.begin()
        assert store.claim_source("feed", now=clock.now(), lease=MINUTE) is not None
        jobs.poll("feed")
        assert source.looks == 0

    def test_a_look_that_we_break_off_ourselves_is_no_trouble_of_the_source(
        self, store: Store, clock: HandClock
    ) -> None:
        jobs = make_jobs(store, ToldSource("feed", DOWN), clock=clock)
        jobs.stopping.set()
        jobs.poll("feed")
        assert store.problems() == []
        assert store.sources()["feed"]["failures"] == 0


class TestTriage:
    def test_without_a_model_mentions_wait_and_somebody_is_told_once(
        self, store: Store, clock: HandClock
    ) -> None:
        jobs = make_jobs(
            store, ToldSource("feed", batch(mention("1", 1), mention("2", 1, author="otto"))), clock=clock
        )
        assert isinstance(jobs.classifier, ToldClassifier)
        jobs.classifier.missing = True
        jobs.poll("feed")
        with capture_logs() as logs:
            assert (jobs.triage(), jobs.triage()) == (0, 0)
            clock.advance(30 * SECOND)
            assert jobs.triage() == 0
            jobs.classifier.missing = False
            clock.advance(30 * SECOND)
            assert jobs.triage() == 2
        assert told(logs) == [("trouble", "classifier"), ("recovered", "classifier")]

    def test_one_text_that_breaks_the_classifier_holds_the_others_up_once(
        self, store: Store, clock: HandClock
    ) -> None:
        posts = batch(mention("1", 1), mention("2", 1, author="otto"), mention("3", 1, author="liisa"))
        jobs = make_jobs(store, ToldSource("feed", posts), clock=clock)
        judge = Brittle()
        jobs.classifier = judge
        jobs.poll("feed")
        with capture_logs() as logs:
            ruled = []
            for _ in range(6):
                ruled.append(jobs.triage())
                judge.breaks_on = 1  # from the second time on, one text alone is enough to know
                clock.advance(30 * SECOND)
        assert sum(ruled) == 3
        assert told(logs)[0] == ("trouble", "classifier")

    def test_in_a_flood_those_who_wrote_to_us_are_ruled_upon_first(
        self, store: Store, clock: HandClock
    ) -> None:
        flood = [mention(str(number), 1, author=f"a{number}") for number in range(2 * ORDERED_AT_ONCE)]
        ours, answer = reply("ours", 1, to="far"), mention("last", 2, author="liisa")
        source = ToldSource("feed", batch(ours, *flood, replace(answer, in_reply_to="ours")))
        jobs = make_jobs(store, source, clock=clock)
        jobs.poll("feed")
        assert jobs.triage() == len(flood) + 1
        with store.engine.connect() as connection:
            opened = "SELECT post_id FROM cases JOIN post ON post.id = cases.opening_post ORDER BY number"
            assert connection.execute(text(opened)).scalars().first() == "last"

    def test_what_a_post_is_about_is_made_while_the_record_is_free(
        self, store: Store, clock: HandClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made: list[str] = []

        def watched(text: str, *about: Any, **names: Any) -> bytes:
            # where a decision held the record, this would wait five seconds and fail
            store.tell_problem("nobody writes now", "nobody writes now", now=clock.now())
            made.append(text)
            return gist_of(text, *about, **names)

        monkeypatch.setattr("vaste.folding.gist_of", watched)
        source = ToldSource("feed", batch(mention("1", 1), mention("2", 1, author="otto")))
        jobs = make_jobs(store, source, clock=clock, at_desk=replace(desk(), crisis=crisis_rule()))
        jobs.poll("feed")
        assert jobs.triage() == 2
        assert len(made) == 2  # once each, and not again inside
        with store.engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM trace")).scalar() == 2

    def test_a_case_that_cannot_be_read_keeps_no_other_mention_waiting(
        self, store: Store, clock: HandClock
    ) -> None:
        jobs = with_a_card(store, clock)
        spoil(store, 1)
        source = jobs.sources["feed"][0]
        assert isinstance(source, ToldSource)
        source.turns += [batch(replace(mention("2", 1), conversation="1"), mention("3", 1, author="otto"))]
        jobs.poll("feed")
        with capture_logs():
            assert jobs.triage() == 1
        assert any("can't be ruled upon" in problem for problem in problems(store))


class Brittle(ToldClassifier):
    """Breaks when it is given more texts at once than it bears."""

    def __init__(self) -> None:
        super().__init__()
        self.breaks_on = 0

    def judge(self, texts: Sequence[str], hints: Sequence[Hint] | None = None) -> list[Verdict]:
        if len(texts) > self.breaks_on:
            raise MemoryError
        return super().judge(texts, hints)


def spoil(store: Store, case: int) -> None:
    """Break a case's history, as a fault of ours or a hand in the database might."""
    with store.engine.begin() as connection:
        connection.execute(
            text(f"UPDATE {events_of(store)} SET facts = '{{}}' WHERE \"case\" = {case} AND line = 1")
        )


def events_of(store: Store) -> str:
    from casebook.tables import EventRow  # noqa: PLC0415 - only here

    return str(EventRow.__tablename__)


class TestCasesThatCannotBeRead:
    def test_they_are_told_of_and_no_other_case_waits_for_them(self, store: Store, clock: HandClock) -> None:
        posts = batch(mention("1", 1), mention("2", 1, author="otto"))
        answers = batch(reply("8", 2, to="1"), reply("9", 2, to="2"))
        source = ToldSource("feed", posts)
        channel = ToldChannel()
        jobs = make_jobs(store, source, channels=[channel], clock=clock, pace=timedelta(0))
        jobs.begin()
        clock.advance(MINUTE)
        jobs.poll("feed")
        jobs.triage()
        spoil(store, 1)
        with capture_logs() as logs:
            clock.advance(15 * MINUTE)
            jobs.watch()
            jobs.watch()
            jobs.deliver()
            source.turns.append(answers)
            jobs.poll("feed")
            jobs.match()
        assert told(logs) == [("trouble", "case:1")]
        assert problems(store) == ["case 1 can't be looked at: KeyError"]
        kinds = [event.kind for event in store.events(2)]
        assert {EventKind.ESCALATED, EventKind.ALERTED, EventKind.ANSWERED} <= set(kinds)
        assert {key.split(":")[1] for key in channel.standing} == {"2"}


class CappedChannel(ToldChannel):
    """Takes as many messages as you like, and two cards a minute."""

    @property
    def counts(self) -> list[object]:
        """What the messages that count said, one after another."""
        notices = [message.content for message in self.tried if isinstance(message.content, Notice)]
        return [notice.facts["waiting"] for notice in notices]

    def costs(self, sending: Sending) -> tuple[Allowance, ...]:
        free = Allowance("told", 1, timedelta(0), burst=1)
        return (free, Allowance("cards", 2, MINUTE, holds="cards")) if sending.may_wait else (free,)


class TestDelivering:
    def test_a_message_refused_for_good_goes_to_the_next_channel_and_the_case_says_so(
        self, store: Store, clock: HandClock
    ) -> None:
        first, second = (
            ToldChannel("first", ChannelUnavailable("archived", permanent=True)),
            ToldChannel("second"),
        )
        jobs = with_a_card(store, clock, first, second)
        assert jobs.deliver() == 1, "the next channel is another vendor's: nobody waits"
        assert list(second.standing) == [CARD]
        assert [event.kind for event in store.events(1)].count(EventKind.FELL_BACK) == 1
        assert problems(store) == ["first, team:care: archived"]

    def test_a_message_that_no_channel_takes_is_recorded_as_refused_told_once_and_tried_again(
        self, store: Store, clock: HandClock
    ) -> None:
        revoked = [ChannelUnavailable("token revoked", permanent=True) for _ in range(2)]
        channel = ToldChannel("slack", *revoked)
        jobs = with_a_card(store, clock, channel)
        with capture_logs() as logs:
            jobs.deliver()
            assert store.deliveries() == {"refused": 1}
            clock.advance(14 * SECOND)
            assert len(channel.tried) == 1
            clock.advance(MINUTE)
            jobs.deliver()
            assert store.deliveries() == {"refused": 1}
            assert [event.kind for event in store.events(1)].count(EventKind.REFUSED) == 1
            clock.advance(MINUTE)
            jobs.deliver()  # somebody mended the token, and told us nothing
        assert store.deliveries() == {"sent": 1}
        assert told(logs) == [
            ("trouble", "channel:slack:team:care"),
            ("recovered", "channel:slack:team:care"),
        ]

    def test_what_was_refused_is_sent_once_its_addressee_takes_messages_again(
        self, store: Store, clock: HandClock
    ) -> None:
        channel = ToldChannel("slack", ChannelUnavailable("token revoked", permanent=True))
        jobs = with_a_card(store, clock, channel)
        jobs.deliver()
        source = jobs.sources["feed"][0]
        assert isinstance(source, ToldSource)
        source.turns.append(batch(mention("2", 1, author="otto")))
        jobs.poll("feed")
        jobs.triage()
        for _ in range(3):
            clock.advance(SECOND)
            jobs.deliver()
        assert sorted(channel.standing) == [CARD, CARD.replace(":1:", ":2:")]

    @pytest.mark.parametrize("is_final", [True, False])
    def test_a_card_that_could_not_be_brought_up_to_date_is_once_the_cause_is_mended(
        self, store: Store, clock: HandClock, *, is_final: bool
    ) -> None:
        channel = ToldChannel("slack")
        jobs = with_a_card(store, clock, channel)
        jobs.deliver()
        channel.faults.append(ChannelUnavailable("token revoked", permanent=True, is_final=is_final))
        jobs.press(Press(1, "acknowledge", "U0123"))
        clock.advance(MINUTE)
        jobs.deliver()
        tried = len(channel.tried)
        clock.advance(5 * MINUTE)
        jobs.deliver()
        assert len(channel.tried) - tried == (0 if is_final else 1)
        assert problems(store) == (["slack, team:care: token revoked"] if is_final else [])

    def test_what_was_refused_is_owed_again_at_a_start(self, store: Store, clock: HandClock) -> None:
        channel = ToldChannel("slack", ChannelUnavailable("token revoked", permanent=True))
        jobs = with_a_card(store, clock, channel)
        jobs.deliver()
        clock.advance(MINUTE)
        assert store.owe_again(now=clock.now()) == 1
        jobs.deliver()
        assert store.deliveries() == {"sent": 1}

    @pytest.mark.parametrize("ambiguous", [True, False])
    def test_a_lost_answer_is_looked_up_at_the_next_try_and_a_clear_no_is_not(
        self, store: Store, clock: HandClock, *, ambiguous: bool
    ) -> None:
        channel = ToldChannel("slack", ChannelUnavailable("reset", ambiguous=ambiguous))
        jobs = with_a_card(store, clock, channel)
        tried_at = clock.now()
        jobs.deliver()
        clock.advance(2 * SECOND)
        assert jobs.deliver() == 1
        assert [message.attempted_at for message in channel.tried] == [None, tried_at if ambiguous else None]

    def test_a_fault_of_our_own_in_a_channel_is_looked_up_too(self, store: Store, clock: HandClock) -> None:
        channel = ToldChannel("slack", RuntimeError("maija's own words"))
        jobs = with_a_card(store, clock, channel)
        with capture_logs():
            jobs.deliver()
        clock.advance(2 * SECOND)
        assert jobs.deliver() == 1
        assert channel.tried[-1].attempted_at is not None

    def test_a_channel_that_is_down_for_two_minutes_gives_its_messages_to_the_next(
        self, store: Store, clock: HandClock
    ) -> None:
        first, second = ToldChannel("first", *[ChannelUnavailable("down")] * 100), ToldChannel("second")
        jobs = with_a_card(store, clock, first, second)
        begun = clock.now()
        while not second.standing:
            jobs.deliver()
            clock.advance(SECOND)
        assert 2 * MINUTE <= clock.now() - begun <= 3 * MINUTE

    def test_a_vendors_pause_holds_for_the_whole_destination(self, store: Store, clock: HandClock) -> None:
        channel = ToldChannel("slack", ChannelUnavailable("slowly", retry_after=10 * SECOND))
        posts = batch(mention("1", 1), mention("2", 1, author="otto"))
        jobs = make_jobs(store, ToldSource("feed", posts), channels=[channel], clock=clock)
        clock.advance(MINUTE)
        jobs.poll("feed")
        jobs.triage()
        jobs.deliver()
        clock.advance(9 * SECOND)
        assert (jobs.deliver(), len(channel.tried)) == (0, 1)
        assert jobs.next_delivery_at() == clock.now() + SECOND
        clock.advance(SECOND)
        assert jobs.deliver() == 1

    def test_one_destination_gets_one_message_a_second_and_others_need_not_wait(
        self, store: Store, clock: HandClock
    ) -> None:
        channel = ToldChannel()
        posts = batch(mention("1", 1), mention("2", 1, author="otto"))
        jobs = make_jobs(
            store, ToldSource("feed", posts), channels=[channel], clock=clock, at_desk=desk(playbooks=[LOUD])
        )
        jobs.poll("feed")
        jobs.triage()
        counts = []
        for _ in range(3):
            counts.append(jobs.deliver())
            clock.advance(SECOND)
        assert counts == [2, 2, 0]  # the channel and Aino herself, each second

    def test_a_storm_is_counted_in_one_message_and_ends_with_every_card(
        self, store: Store, clock: HandClock
    ) -> None:
        channel = CappedChannel()
        posts = batch(*(mention(str(number), 1, author=f"maija{number}") for number in range(7)))
        jobs = make_jobs(store, ToldSource("feed", posts), channels=[channel], clock=clock)
        jobs.poll("feed")
        jobs.triage()
        waiting = []
        for _ in range(4):
            jobs.deliver()
            waiting.append(channel.counts[-1])
            clock.advance(MINUTE)
        assert waiting == [{"normal": 5}, {"normal": 3}, {"normal": 1}, {}]
        assert [key for key in channel.standing if key.startswith("notice:held_back:")] == list(
            channel.standing
        )[2:3]
        assert sorted(map(len, channel.standing.values())) == [1] * 8
        assert channel.tried[2].update is None
        assert all(message.update for message in channel.tried[5:] if message.key.startswith("notice"))

    def test_a_count_that_a_dead_process_left_is_ended_by_the_next(
        self, store: Store, clock: HandClock
    ) -> None:
        channel = CappedChannel()
        posts = batch(*(mention(str(number), 1, author=f"maija{number}") for number in range(3)))
        jobs = make_jobs(store, ToldSource("feed", posts), channels=[channel], clock=clock)
        jobs.poll("feed")
        jobs.triage()
        jobs.deliver()
        clock.advance(MINUTE)
        another = make_jobs(store, channels=[channel], clock=clock)
        another.deliver()
        assert channel.counts == [{"normal": 1}, {}]

    def test_a_page_that_somebody_overtook_is_withdrawn(self, store: Store, clock: HandClock) -> None:
        channel = ToldChannel()
        jobs = with_a_card(store, clock, channel)
        jobs.deliver()
        clock.advance(15 * MINUTE)
        jobs.watch()
        jobs.press(Press(1, "acknowledge", "U0123"))
        clock.advance(SECOND)
        for _ in range(3):
            jobs.deliver()
            clock.advance(SECOND)
        assert list(channel.standing) == [CARD]
        assert store.deliveries() == {"sent": 1, "withdrawn": 1}

    def test_a_page_that_the_customer_waits_again_is_withdrawn_once_they_have_their_answer(
        self, store: Store, clock: HandClock
    ) -> None:
        channel = ToldChannel()
        jobs = with_a_card(store, clock, channel)
        jobs.press(Press(1, "acknowledge", "U0123"))
        source = jobs.sources["feed"][0]
        assert isinstance(source, ToldSource)
        again = replace(mention("2", 4), conversation="1", in_reply_to="1")
        source.turns += [batch(reply("r1", 2, to="1"), again), batch(reply("r2", 6, to="2"))]
        for _ in range(2):  # both answers are there before anything could be sent
            jobs.poll("feed")
            jobs.triage()
            jobs.match()
        for _ in range(4):
            jobs.deliver()
            clock.advance(SECOND)
        assert list(channel.standing) == [CARD]
        assert store.deliveries()["withdrawn"] >= 1

    def test_a_pressed_card_is_edited_in_its_place(self, store: Store, clock: HandClock) -> None:
        channel = ToldChannel()
        jobs = with_a_card(store, clock, channel)
        jobs.deliver()
        jobs.press(Press(1, "acknowledge", "U0123"))
        clock.advance(SECOND)
        assert jobs.deliver() == 1
        assert channel.tried[-1].update == Sent("C1", CARD)
        assert (store.deliveries(), len(channel.standing[CARD])) == ({"sent": 1}, 1)

    def test_all_that_may_be_sent_now_is_sent_and_what_waits_for_a_vendor_is_not_waited_for(
        self, store: Store, clock: HandClock
    ) -> None:
        posts = batch(mention("1", 1), mention("2", 1, author="otto"))
        channel = ToldChannel()
        jobs = make_jobs(store, ToldSource("feed", posts), channels=[channel], clock=clock, pace=SECOND / 50)
        walk(jobs)
        jobs.clock = RunningClock(clock.now())
        assert jobs.deliver_all() == 1
        assert len(channel.standing) == 2

    @pytest.mark.timeout(20)
    def test_a_page_behind_a_card_that_waits_is_not_waited_for(self, store: Store, clock: HandClock) -> None:
        channel = ToldChannel("slack", *[ChannelUnavailable("down")] * 5)
        jobs = with_a_card(store, clock, channel, pace=SECOND / 50)
        for _ in range(5):
            jobs.deliver()
            clock.advance(16 * SECOND)
        clock.advance(15 * MINUTE)
        jobs.watch()  # the backup's page, behind the card
        channel.faults = [ChannelUnavailable("down", retry_after=HOUR)]
        jobs.deliver()
        assert jobs.next_delivery_at() == clock.now() + HOUR
        assert jobs.deliver_all() == 0

    def test_a_message_that_another_process_is_sending_is_not_waited_for(
        self, store: Store, clock: HandClock
    ) -> None:
        jobs = with_a_card(store, clock)
        assert store.claim_delivery(now=clock.now(), lease=2 * MINUTE) is not None
        assert jobs.next_delivery_at() == clock.now() + 2 * MINUTE
        assert jobs.deliver_all() == 0


class TestPressing:
    def test_a_press_that_comes_three_times_is_one_event(self, store: Store, clock: HandClock) -> None:
        jobs = with_a_card(store, clock)
        answers = [jobs.press(Press(1, "acknowledge", "U0123")) for _ in range(3)]
        assert [event.kind for event in store.events(1)].count(EventKind.ACKNOWLEDGED) == 1
        assert [answer.text for answer in answers] == [None, None, None]

    def test_who_presses_too_late_is_told_who_has_it(self, store: Store, clock: HandClock) -> None:
        jobs = with_a_card(store, clock)
        jobs.press(Press(1, "acknowledge", "U0123"))
        told_ben = jobs.press(Press(1, "acknowledge", "U0124")).text
        assert told_ben is not None
        assert "Aino Virtanen" in told_ben

    @pytest.mark.parametrize("verb", ["acknowledge", "replied", "close", "dismiss", "reopen"])
    def test_a_case_that_is_not_there_is_said_not_to_be(
        self, store: Store, clock: HandClock, verb: str
    ) -> None:
        assert "99" in str(make_jobs(store, clock=clock).press(Press(99, verb, "U0123")).text)

    def test_a_button_nobody_drew_does_nothing(self, store: Store, clock: HandClock) -> None:
        jobs = with_a_card(store, clock)
        before = store.events(1)
        assert jobs.press(Press(1, "explode", "U0123")).text is None
        assert store.events(1) == before


class Death(BaseException):
    """The process dies here."""


POINTS = (
    "fetched",
    "filed",
    "claimed mentions",
    "judged",
    "ruled",
    "matched",
    "watched",
    "claimed delivery",
    "sent",
    "marked",
)


DAY = ((1, ("feed",)), (21, ("feed", "later")), (61, ("feed", "later")))
"""Which sources are looked at how many minutes after noon."""


def live(store: Store, channel: ToldChannel, clock: HandClock, *, die_at: str = "", nth: int = 0) -> bool:
    """Live on through Maija's day, or die on the way; says whether the day was over."""
    passed = 0

    def crash(point: str) -> None:
        nonlocal passed
        passed += point == die_at
        if point == die_at and passed == nth:
            raise Death

    store.release_leases(lambda name: name == store.holder)
    first = batch(mention("1", 0))
    then = batch(reply("8", 3, to="1"), replace(mention("3", 4), in_reply_to="1", conversation="1"))
    sources = ToldSource("feed", first), ToldSource("later", then)
    loud = desk(playbooks=[LOUD])
    jobs = make_jobs(store, *sources, channels=[channel], clock=clock, at_desk=loud, pace=timedelta(0))
    jobs.crash = crash
    jobs.begin()
    try:
        for minutes, names in DAY:
            tick(jobs, clock, minutes, names)
    except Death:
        return False
    return True


def tick(jobs: Jobs, clock: HandClock, minutes: float, names: tuple[str, ...]) -> None:
    if clock.now() > at(minutes):  # that was in a former life
        return
    clock.advance(at(minutes) - clock.now())
    for name in names:
        jobs.poll(name)
    jobs.triage()
    jobs.match()
    jobs.watch()
    jobs.deliver()


@pytest.mark.parametrize("point", POINTS)
def test_dying_at_any_passing_of_a_point_loses_nothing_and_repeats_nothing(
    tmp_path: Path, point: str
) -> None:
    template, undisturbed = tmp_path / "empty.db", ToldChannel()
    open_store(tmp_path, name=template.name).engine.dispose()
    whole = copied(template, "whole")
    assert live(whole, undisturbed, HandClock())
    times = 0
    while True:
        store, channel, clock = copied(template, str(times)), ToldChannel(), HandClock()
        died = not live(store, channel, clock, die_at=point, nth=times + 1)
        assert not died or live(store, channel, clock)
        assert all(len(messages) == 1 for messages in channel.standing.values())
        assert set(channel.standing) == set(undisturbed.standing)
        assert statuses(store) == statuses(whole)
        store.engine.dispose()
        if not died:
            break
        times += 1
    assert times >= 1
    whole.engine.dispose()


def copied(template: Path, name: str) -> Store:
    folder = template.parent / name
    folder.mkdir()
    shutil.copy(template, folder / "vaste.db")
    return open_store(folder, is_new=False)


def statuses(store: Store) -> list[tuple[object, ...]]:
    return [(row["author"], row["status"], row["mentions"], row["breaches"]) for row in store.log(now=at(61))]
