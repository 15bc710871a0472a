"""When something that belongs to no case is told, and what: rules as tables."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.calendar import Calendar, Span
from casebook.mention import Blindness, Sight, Watch
from casebook.record import LaneRecord, Latest, Night, Stretch, TopicPost, WaitingCase
from listener.budget import Plan
from tests.fakes import HOUR, MINUTE, NOON, TICK, at
from vaste.digests import (
    Gap,
    Hot,
    Lane,
    Period,
    Telling,
    budget_notices,
    gap_notice,
    gaps,
    hot_notice,
    is_told_blind,
    is_told_sighted,
    last_day,
    last_opening,
    last_week,
    morning_notice,
)

HELSINKI = ZoneInfo("Europe/Helsinki")
NINE = time(9)
TELLING = Telling("care", HELSINKI, NINE)
DAY = timedelta(days=1)


def utc(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


def office(*spans: tuple[int, int], days: int = 5) -> Calendar:
    day = tuple(Span(begin * 60, end * 60) for begin, end in spans)
    return Calendar("office", HELSINKI, (day,) * days + ((),) * (7 - days))


class TestOpening:
    @pytest.mark.parametrize(
        ("calendar", "now", "since", "until", "why"),
        [
            (office((9, 17)), "2026-11-24T07:00", "2026-11-23T07:00", "2026-11-24T07:00", "the very instant"),
            (office((9, 17)), "2026-11-23T07:00", "2026-11-20T07:00", "2026-11-23T07:00", "the weekend"),
            (office((9, 12), (13, 17)), "2026-11-24T12:00", "2026-11-23T07:00", "2026-11-24T07:00", "lunch"),
            (office((22, 30), days=7), "2026-11-24T05:00", "2026-11-22T20:00", "2026-11-23T20:00", "night"),
        ],
    )
    def test_it_is_between_the_first_openings_of_two_days(
        self, calendar: Calendar, now: str, since: str, until: str, why: str
    ) -> None:
        period = last_opening(calendar, HELSINKI, now=utc(now))
        assert period is not None
        assert (period.since, period.until) == (utc(since), utc(until)), why
        assert period.name == utc(until).astimezone(HELSINKI).date().isoformat()

    def test_what_never_closes_never_opens(self) -> None:
        assert last_opening(office((0, 24), days=7), HELSINKI, now=NOON) is None
        assert last_opening(office(), HELSINKI, now=NOON) is None


class TestWhen:
    @pytest.mark.parametrize(
        ("now", "name", "since", "until"),
        [
            ("2026-11-24T07:00", "2026-11-24", "2026-11-23T07:00", "2026-11-24T07:00"),
            ("2026-11-24T06:59:59", "2026-11-23", "2026-11-22T07:00", "2026-11-23T07:00"),
            # just after the local midnight it is yesterday's morning
            ("2026-11-23T22:30", "2026-11-23", "2026-11-22T07:00", "2026-11-23T07:00"),
            # the nights in which the clocks change are an hour longer, or shorter
            ("2026-10-25T07:00", "2026-10-25", "2026-10-24T06:00", "2026-10-25T07:00"),
            ("2026-03-29T06:00", "2026-03-29", "2026-03-28T07:00", "2026-03-29T06:00"),
        ],
    )
    def test_a_day_ends_at_the_time_on_the_zones_clocks(
        self, now: str, name: str, since: str, until: str
    ) -> None:
        assert last_day(NINE, HELSINKI, now=utc(now)) == Period(name, utc(since), utc(until))

    @pytest.mark.parametrize(
        ("now", "name", "since", "until"),
        [
            ("2026-11-30T07:00", "2026-W48", "2026-11-23T07:00", "2026-11-30T07:00"),
            ("2026-11-30T06:59:59", "2026-W47", "2026-11-16T07:00", "2026-11-23T07:00"),
            ("2026-12-06T12:00", "2026-W48", "2026-11-23T07:00", "2026-11-30T07:00"),
            # the week that ends with a year is named by it
            ("2027-01-04T07:00", "2026-W53", "2026-12-28T07:00", "2027-01-04T07:00"),
        ],
    )
    def test_a_week_is_named_by_the_days_that_it_tells_of(
        self, now: str, name: str, since: str, until: str
    ) -> None:
        assert last_week(0, NINE, HELSINKI, now=utc(now)) == Period(name, utc(since), utc(until))

    @given(
        st.integers(0, 15 * 365 * 24 * 3600).map(
            lambda second: utc("2020-01-01") + timedelta(seconds=second)
        ),
        st.times(),
        st.integers(0, 6),
        st.sampled_from(["Europe/Helsinki", "Pacific/Kiritimati", "Australia/Lord_Howe", "America/New_York"]),
    )
    def test_whatever_the_zone_the_last_period_has_ended_and_no_later_one_has(
        self, now: datetime, told_at: time, weekday: int, zone: str
    ) -> None:
        day = last_day(told_at, ZoneInfo(zone), now=now)
        assert day.since < day.until <= now < day.until + timedelta(hours=25)
        week = last_week(weekday, told_at, ZoneInfo(zone), now=now)
        assert week.since < week.until <= now < week.until + timedelta(days=7, hours=1)
        assert week.until.astimezone(ZoneInfo(zone)).weekday() == weekday or told_at < time(4)

    @pytest.mark.parametrize(
        ("began", "now", "due"),
        [
            (-HOUR, timedelta(0), True),
            (-HOUR, HOUR - TICK, True),
            (-HOUR, HOUR, False),  # it comes too late
            (-HOUR, -TICK, False),
            (timedelta(0), TICK, False),  # there is nothing to tell of a time before the first start
            (-TICK, TICK, True),
        ],
    )
    def test_it_is_told_in_its_time_and_never_of_a_time_before_the_start(
        self, *, began: timedelta, now: timedelta, due: bool
    ) -> None:
        period = Period("p", NOON - DAY, NOON)
        assert period.is_due(began_at=NOON + began, within=HOUR, now=NOON + now) is due

    def test_without_a_source_there_is_nothing_to_tell(self) -> None:
        assert not Period("p", NOON - DAY, NOON).is_due(began_at=None, within=HOUR, now=NOON)


class TestBudgets:
    PLAN = Plan(budget=50, spent=41, left=9, first=1, wide=1, wide_a_day=1.0, forecast=49)

    @pytest.mark.parametrize(
        ("shares", "keys"),
        [
            ([], []),
            ([80], ["budget:x:2026-11:80"]),
            # both at once are one message: the graver
            ([80, 100], ["budget:x:2026-11:100"]),
        ],
    )
    def test_the_greatest_share_is_told_once_a_month(self, shares: list[int], keys: list[str]) -> None:
        told = list(budget_notices("x", self.PLAN, shares, TELLING, now=NOON))
        assert [notice.key for notice in told] == keys
        assert all(notice.addressee == "team:care" and notice.kind == "budget" for notice in told)

    def test_where_nobody_is_told_nothing_is_owed(self) -> None:
        assert list(budget_notices("x", self.PLAN, [80], Telling(), now=NOON)) == []


def lane(*stretches: tuple[float, float, Sight], source: str = "x", name: str = "all") -> LaneRecord:
    """A lane whose stretches are given in minutes; another look is due within a minute after the last."""
    told = tuple(Stretch(at(begin), at(end), sight) for begin, end, sight in stretches)
    return LaneRecord(source, name, told, Latest(told[-1], told[-1].sight, MINUTE))


DOWN, SEEN = Blindness.NETWORK, Watch.WATCHED


class TestBlindSources:
    @pytest.mark.parametrize(
        ("records", "found"),
        [
            # exactly half an hour, and it lasts
            ([lane((-60, -30, SEEN), (-30, 0, DOWN))], [(-30, None, DOWN)]),
            ([lane((-60, -29, SEEN), (-29, 0, DOWN))], []),
            # it is over
            ([lane((-60, -50, SEEN), (-50, -10, DOWN), (-10, 0, SEEN))], [(-50, -10, DOWN)]),
            # for two reasons, one after the other: the last one is said
            (
                [lane((-60, -40, SEEN), (-40, -20, Blindness.VENDOR), (-20, 0, DOWN))],
                [(-40, None, DOWN)],
            ),
            # what was not due is not blind, and parts it
            ([lane((-60, -40, DOWN), (-40, -20, Watch.NOT_DUE), (-20, 0, DOWN))], []),
            # two lanes that were blind in turn are one time in which not all could be seen
            (
                [
                    lane((-60, -40, SEEN), (-40, -20, DOWN), (-20, 0, SEEN), name="mentions"),
                    lane((-60, -20, SEEN), (-20, -5, DOWN), (-5, 0, SEEN), name="timeline"),
                ],
                [(-40, -5, DOWN)],
            ),
            # a source that the configuration names no more is nobody's trouble
            ([lane((-60, 0, DOWN), source="old")], []),
        ],
    )
    def test_a_blind_time_is_told_from_half_an_hour_on(
        self, records: list[LaneRecord], found: list[tuple[float, float | None, Blindness]]
    ) -> None:
        expected = [
            Gap("x", at(begin), None if end is None else at(end), reason) for begin, end, reason in found
        ]
        assert list(gaps(records, {"x"}, now=NOON)) == expected

    @pytest.mark.parametrize(
        ("reason", "is_told"),
        [
            (DOWN, True),
            (Blindness.AUTHORISATION, True),
            (Blindness.BUDGET, False),
            (Blindness.DOWNTIME, False),
        ],
    )
    def test_while_it_lasts_the_team_hears_what_it_does_not_hear_otherwise(
        self, *, reason: Blindness, is_told: bool
    ) -> None:
        assert is_told_blind(Gap("x", at(-60), None, reason)) is is_told
        assert not is_told_blind(Gap("x", at(-60), at(-10), reason))

    @pytest.mark.parametrize(
        ("now", "is_told"),
        [
            (5 * MINUTE - TICK, False),  # what was posted meanwhile is being read
            (5 * MINUTE, True),
            (DAY - TICK, True),
            (DAY, False),
        ],
    )
    def test_its_end_is_told_once_all_was_read(self, *, now: timedelta, is_told: bool) -> None:
        assert is_told_sighted(Gap("x", at(-60), NOON, DOWN), now=NOON + now) is is_told

    def test_beginning_and_end_are_two_messages_of_one_time(self) -> None:
        begun = gap_notice(Gap("x", at(-60), None, DOWN), TELLING)
        over = gap_notice(Gap("x", at(-60), NOON, DOWN), TELLING, found=3)
        since = at(-60).isoformat()
        assert (begun.key, over.key) == (f"blind:x:{since}", f"sighted:x:{since}")
        assert over.facts == {
            "source": "x",
            "since": since,
            "until": NOON.isoformat(),
            "reason": "network",
            "found": 3,
        }


class TestMornings:
    PERIOD = Period("2026-11-24", NOON - DAY, NOON)
    CASE = WaitingCase(12, "recall", "critical", at(30), "aino")

    @pytest.mark.parametrize(
        ("night", "review", "is_told"),
        [
            (Night(0, 0, ()), Lane(), False),
            (Night(1, 1, ()), Lane(), True),
            (Night(0, 0, (CASE,)), Lane(), True),
            (Night(0, 0, ()), Lane(1, NOON), True),
        ],
    )
    def test_a_night_without_anything_is_not_told(self, *, night: Night, review: Lane, is_told: bool) -> None:
        told = morning_notice("care", self.PERIOD, night, review, on_call=(), names={})
        assert (told is not None) is is_told

    def test_people_are_called_by_their_names_and_only_the_first_cases_are_listed(self) -> None:
        cases = tuple(replace(self.CASE, number=number) for number in range(8))
        names = {"aino": "Aino Virtanen"}
        told = morning_notice(
            "care", self.PERIOD, Night(9, 1, cases), Lane(), on_call=("aino", "x"), names=names
        )
        assert told is not None
        assert (told.key, told.addressee) == ("morning:care:2026-11-24", "team:care")
        assert told.facts["on_call"] == ["Aino Virtanen", "x"]
        assert told.facts["waiting"] == 8
        assert [(case["case"], case["owner"]) for case in told.facts["cases"]] == [
            (number, "Aino Virtanen") for number in range(5)
        ]


class TestHot:
    HOT = Hot("product", 0, NINE, quotes=2)
    PERIOD = Period("2026-W48", NOON - 7 * DAY, NOON)

    def test_each_topic_is_counted_and_its_clearest_posts_are_quoted_one_of_each_author(self) -> None:
        posts = [
            TopicPost(1, 10, "dream", 0.7, has_words=True),
            TopicPost(2, 10, "dream", 0.9, has_words=True),  # the same author, clearer
            TopicPost(3, 11, "dream", 0.8, has_words=True),
            TopicPost(4, 12, "dream", 0.6, has_words=True),  # the third
            TopicPost(5, 13, "dream", 0.99, has_words=False),  # erased
            TopicPost(2, 10, "need", 0.9, has_words=True),  # quoted already
            TopicPost(6, 14, "need", 0.5, has_words=True),
        ]
        told = hot_notice(self.HOT, self.PERIOD, posts)
        assert told is not None
        assert (told.key, told.addressee) == ("hot:product:2026-W48", "team:product")
        assert told.facts["topics"] == [
            {"topic": "dream", "count": 5, "before": 0, "posts": [2, 3]},
            {"topic": "problem", "count": 0, "before": 0, "posts": []},
            {"topic": "need", "count": 2, "before": 0, "posts": [6]},
        ]
        assert told.facts["posts"] == [2, 3, 6]
        assert told.facts["authors"] == 5

    def test_the_week_before_stands_beside_it(self) -> None:
        now = [TopicPost(1, 10, "dream", 0.7, has_words=True)]
        before = [TopicPost(n, n, "dream", 0.7, has_words=True) for n in range(2, 5)]
        told = hot_notice(self.HOT, self.PERIOD, now, before=before)
        assert told is not None
        assert [(one["count"], one["before"]) for one in told.facts["topics"]] == [(1, 3), (0, 0), (0, 0)]
        assert told.facts["posts"] == [1]

    def test_what_playbooks_collected_is_told_besides_and_nothing_twice(self) -> None:
        now = [TopicPost(1, 10, "dream", 0.7, has_words=True)]
        collected = [
            TopicPost(1, 10, "wishes", 0.2, has_words=True),  # a dream: told already
            TopicPost(2, 11, "wishes", 0.2, has_words=True),
        ]
        told = hot_notice(self.HOT, self.PERIOD, now, collected=collected)
        assert told is not None
        assert told.facts["collected"] == [{"topic": "wishes", "count": 1, "before": 0, "posts": [2]}]
        assert told.facts["posts"] == [1, 2]
        assert hot_notice(self.HOT, self.PERIOD, [], collected=collected[1:]) is not None

    def test_a_week_without_any_is_not_told(self) -> None:
        assert hot_notice(self.HOT, self.PERIOD, []) is None
