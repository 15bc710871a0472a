"""Messages of no case on their way through the jobs, with stand-ins at the doors."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from casebook.calendar import Calendar, Span
from casebook.mention import Bill, Blindness, Verdict
from casebook.record import Notice
from casebook.store import Store
from classifier.language import Hint
from classifier.model import Classifier
from listener.source import SourceUnavailable
from notifier.channel import ChannelUnavailable
from notifier.channel import Notice as Told
from tests.fakes import ANGRY, HOUR, MINUTE, NOON, THANKS, TICK, HandClock, at
from tests.vaste.stand_ins import ToldChannel, ToldSource, batch, make_jobs, mention, open_store
from tests.vaste.test_jobs import with_a_budget
from vaste.bulletin import Bulletin
from vaste.digests import Hot, Telling
from vaste.jobs import Jobs
from vaste.lessons import Judges

NINE_TOMORROW = datetime(2026, 11, 25, 7, tzinfo=UTC)
MONDAY = datetime(2026, 11, 30, 7, tzinfo=UTC)
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


CARE = Telling("care", ZoneInfo("Europe/Helsinki"), morning=time(9))


def told(
    store: Store, clock: HandClock, *sources: ToldSource, telling: Telling = CARE
) -> tuple[Jobs, ToldChannel]:
    channel = ToldChannel()
    jobs = make_jobs(store, *sources, channels=[channel], clock=clock, pace=timedelta(0))
    jobs.telling = telling
    return jobs, channel


def judges(verdict: Verdict) -> Judges:
    """Whoever judges every post alike."""

    def judge(_: Classifier, texts: Sequence[str], __: Sequence[Hint] | None = None, /) -> list[Verdict]:
        return [verdict for _ in texts]

    return judge


def notices(channel: ToldChannel) -> list[tuple[str, dict[str, object]]]:
    contents = [message.content for message in channel.tried]
    return [(one.kind, dict(one.facts)) for one in contents if isinstance(one, Told)]


class TestBlindSources:
    def test_the_team_hears_that_a_source_is_blind_that_it_is_over_and_what_came_late(
        self, store: Store
    ) -> None:
        clock = HandClock()
        source = ToldSource("feed")
        jobs, channel = told(store, clock, source)
        jobs.begin()
        jobs.poll("feed")
        blind_from = clock.now()
        for _ in range(31):
            clock.advance(MINUTE)
            source.turns = [SourceUnavailable("refused", reason=Blindness.AUTHORISATION)]
            jobs.poll("feed")
            jobs.tell()
            jobs.deliver()
        since = blind_from.isoformat()
        assert notices(channel) == [("blind", {"source": "feed", "since": since, "reason": "authorisation"})]
        clock.advance(6 * MINUTE)
        source.turns = [batch(mention("1", 10), mention("2", 20, author="pekka"))]
        jobs.poll("feed")
        over_at = clock.now()
        assert jobs.tell() == 0, "what was posted meanwhile is being read"
        for _ in range(14):
            clock.advance(MINUTE / 2)
            jobs.poll("feed")
        assert (jobs.tell(), jobs.tell()) == (1, 0)
        jobs.deliver()
        kind, facts = notices(channel)[-1]
        assert (kind, facts["since"], facts["found"]) == ("sighted", since, 2)
        assert datetime.fromisoformat(str(facts["until"])) <= over_at

    def test_our_own_downtime_is_told_once_it_is_over(self, store: Store) -> None:
        clock = HandClock()
        jobs, _ = told(store, clock, ToldSource("feed"))
        jobs.begin()
        jobs.poll("feed")
        clock.advance(8 * HOUR)
        again, channel = told(store, clock, ToldSource("feed"))
        assert again.tell() == 0, "before the first look nobody knows what it brings"
        for _ in range(14):
            again.poll("feed")
            clock.advance(MINUTE / 2)
        assert again.tell() == 1
        again.deliver()
        assert [kind for kind, _ in notices(channel)] == ["sighted"]

    def test_two_machines_tell_it_once(self, store: Store) -> None:
        clock = HandClock()
        source = ToldSource("feed", *[SourceUnavailable("down")] * 40)
        jobs, _ = told(store, clock, source)
        other, _ = told(store, clock, source)
        for _ in range(40):
            clock.advance(MINUTE)
            jobs.poll("feed")
        assert (jobs.tell(), other.tell()) == (1, 0)

    def test_where_nobody_is_told_nothing_is_owed(self, store: Store) -> None:
        clock = HandClock()
        jobs, _ = told(store, clock, ToldSource("feed", *[SourceUnavailable("down")] * 40), telling=Telling())
        for _ in range(40):
            clock.advance(MINUTE)
            jobs.poll("feed")
        assert jobs.tell() == 0


class TestMornings:
    def test_the_night_is_told_at_the_time_once_and_with_who_is_on_call(self, store: Store) -> None:
        clock = HandClock()
        jobs, channel = told(store, clock, ToldSource("feed", batch(mention("1", 1))))
        jobs.begin()
        clock.advance(MINUTE)
        jobs.poll("feed")
        jobs.triage()
        clock.advance(NINE_TOMORROW - clock.now() - TICK)
        assert jobs.tell() == 0
        clock.advance(TICK)
        assert (jobs.tell(), jobs.tell()) == (1, 0)
        again, _ = told(store, clock)
        assert again.tell() == 0
        jobs.deliver()
        ((kind, facts),) = notices(channel)
        assert kind == "morning"
        assert (facts["opened"], facts["answered"], facts["waiting"]) == (1, 0, 1)
        assert facts["on_call"] == ["Aino Virtanen"]
        assert "review" not in facts

    def test_the_review_lane_is_told_with_its_size_and_its_oldest(self, store: Store) -> None:
        clock = HandClock()
        jobs, channel = told(
            store, clock, ToldSource("feed", batch(mention("1", 1), mention("2", 2, author="b")))
        )
        jobs.as_taught = judges(replace(THANKS, abstained=True))
        jobs.begin()
        clock.advance(3 * MINUTE)
        jobs.poll("feed")
        jobs.triage()
        clock.advance(NINE_TOMORROW - clock.now())
        assert jobs.tell() == 1
        jobs.deliver()
        ((_, facts),) = notices(channel)
        assert (facts["review"], facts["oldest"]) == (2, at(1).isoformat())

    def test_a_quiet_night_and_an_old_morning_are_not_told(self, store: Store) -> None:
        clock = HandClock()
        jobs, _ = told(store, clock, ToldSource("feed"))
        jobs.begin()
        clock.advance(NINE_TOMORROW - clock.now())
        assert jobs.tell() == 0

    def test_a_teams_own_opening_takes_the_place_of_the_time(self, store: Store) -> None:
        clock = HandClock()
        jobs, _ = told(store, clock, ToldSource("feed", batch(mention("1", 1))))
        jobs.begin()
        clock.advance(MINUTE)
        jobs.poll("feed")
        jobs.triage()
        eight = Calendar("office", ZoneInfo("Europe/Helsinki"), ((Span(480, 720), Span(750, 960)),) * 7)
        playbooks = tuple(replace(playbook, clock="office") for playbook in jobs.desk.playbooks)
        open_at_eight = replace(jobs.desk, playbooks=playbooks, calendars={"office": eight})
        bulletin = Bulletin(store, open_at_eight, CARE, frozenset({"feed"}))
        assert bulletin.tell(now=NINE_TOMORROW - HOUR - TICK) == 0
        assert bulletin.tell(now=NINE_TOMORROW - HOUR) == 1
        assert bulletin.tell(now=NINE_TOMORROW) == 0


class TestTheWeek:
    HOT = replace(CARE, morning=None, hot=Hot("care", 0, time(9), quotes=1))

    def test_the_week_is_told_with_quotes_and_worded_anew_when_one_is_erased(self, store: Store) -> None:
        clock = HandClock()
        source = ToldSource("feed", batch(mention("1", 1), mention("2", 2, author="pekka")))
        jobs, channel = told(store, clock, source, telling=self.HOT)
        dream = replace(THANKS, topics={"dream": 0.9}, topics_held=("dream",))
        jobs.as_taught = judges(dream)
        jobs.begin()
        clock.advance(3 * MINUTE)
        jobs.poll("feed")
        jobs.triage()
        clock.advance(MONDAY - clock.now())
        assert (jobs.tell(), jobs.tell(), jobs.deliver()) == (1, 0, 1)
        ((kind, facts),) = notices(channel)
        assert kind == "hot"
        topics = [
            {"topic": "dream", "count": 2, "before": 0, "posts": [1]},
            {"topic": "problem", "count": 0, "before": 0, "posts": []},
            {"topic": "need", "count": 0, "before": 0, "posts": []},
        ]
        assert (facts["topics"], facts["collected"], facts["authors"]) == (topics, [], 2)
        first = channel.tried[0].content
        assert isinstance(first, Told)
        assert first.quotes[1].text == "Missä pakettini on?"
        assert store.expire_texts("feed", now=clock.now(), keep=HOUR) == 2
        assert jobs.deliver() == 1
        again = channel.tried[-1]
        assert again.update is not None
        assert isinstance(again.content, Told)
        assert (again.content.quotes[1].text, again.content.must_not_quote) == ("", True)


class TestBursts:
    POSTS = tuple(mention(str(n), n, author=f"author{n}") for n in range(1, 16))

    def test_an_hour_of_anger_is_told_once_and_again_after_three_hours(self, store: Store) -> None:
        clock = HandClock()
        later = tuple(mention(f"late{n}", 200 + n, author=f"other{n}") for n in range(15))
        jobs, channel = told(store, clock, ToldSource("feed", batch(*self.POSTS), batch(*later)))
        jobs.as_taught = judges(ANGRY)
        jobs.begin()
        assert jobs.tell() == 0
        clock.advance(20 * MINUTE)
        jobs.poll("feed")
        jobs.triage()
        assert [jobs.tell(), jobs.tell()] == [1, 0]
        jobs.deliver_all()
        ((facts),) = [facts for kind, facts in notices(channel) if kind == "burst"]
        assert (facts["count"], facts["since"]) == (15, at(1).isoformat())
        clock.advance(200 * MINUTE)
        jobs.poll("feed")
        jobs.triage()
        assert jobs.tell() == 1

    def test_another_machine_does_not_tell_it_again(self, store: Store) -> None:
        clock = HandClock()
        jobs, _ = told(store, clock, ToldSource("feed", batch(*self.POSTS)))
        jobs.as_taught = judges(ANGRY)
        jobs.begin()
        clock.advance(20 * MINUTE)
        jobs.poll("feed")
        jobs.triage()
        assert jobs.tell() == 1
        clock.advance(45 * MINUTE)  # in the next hour, in which fifteen are still of the last one
        bulletin = Bulletin(store, jobs.desk, CARE, frozenset({"feed"}))
        assert bulletin.tell(now=clock.now()) == 0

    @pytest.mark.parametrize("verdict", [THANKS, replace(ANGRY, abstained=True)])
    def test_only_anger_counts(self, store: Store, verdict: Verdict) -> None:
        clock = HandClock()
        jobs, _ = told(store, clock, ToldSource("feed", batch(*self.POSTS)))
        jobs.as_taught = judges(verdict)
        jobs.begin()
        clock.advance(20 * MINUTE)
        jobs.poll("feed")
        jobs.triage()
        assert jobs.tell() == 0


class TestBudgets:
    def test_the_team_hears_of_each_share_once_a_month(self, store: Store) -> None:
        clock = HandClock(datetime(2026, 11, 28, 12, tzinfo=UTC))
        jobs = with_a_budget(store, ToldSource("feed"), clock, "1 USD/month")
        channel = ToldChannel()
        jobs.channels, jobs.telling, jobs.pace = [channel], CARE, timedelta(0)
        jobs.sources["feed"][0].ration = lambda _: None  # type: ignore[attr-defined]  # what makes it a billed one
        for posts in (150, 10, 20, 30):
            bill = Bill(
                "mentions", "post", 5_000, clock.now(), ids=frozenset(f"{posts}-{n}" for n in range(posts))
            )
            store.keep_bills("feed", [bill])
            jobs.poll("feed")
            jobs.deliver()
        assert [(kind, facts["share"]) for kind, facts in notices(channel)] == [
            ("budget", 80),
            ("budget", 100),
        ]
