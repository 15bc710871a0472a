"""Whom a network is asked about, and when."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.lookups import AT_LEAST, OFTEN, WHILE_YOUNG, YOUNG, due_at, whom_to_ask

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Kept:
    name: str
    posted_at: datetime
    asked_at: datetime
    is_open: bool = False


def kept(name: str, *, age: timedelta, asked: timedelta, is_open: bool = False) -> Kept:
    return Kept(name, NOW - age, NOW - asked, is_open)


@pytest.mark.parametrize(
    ("age", "asked", "is_open", "is_due"),
    [
        (HOUR, OFTEN, True, True),
        (HOUR, OFTEN - TICK, True, False),
        (40 * DAY, OFTEN, True, True),
        (HOUR, OFTEN, False, False),
        (4 * HOUR, WHILE_YOUNG, False, True),
        (4 * HOUR, WHILE_YOUNG - TICK, False, False),
        (YOUNG - TICK, WHILE_YOUNG, False, True),
        (YOUNG, WHILE_YOUNG, False, False),
        (20 * DAY, AT_LEAST, False, True),
        (20 * DAY, AT_LEAST - TICK, False, False),
    ],
)
def test_a_post_is_asked_about_when_its_time_has_come(
    age: timedelta, asked: timedelta, *, is_open: bool, is_due: bool
) -> None:
    post = kept("1", age=age, asked=asked, is_open=is_open)
    assert (whom_to_ask([post], NOW, 10) == [post]) is is_due


def test_open_cases_come_first_and_then_the_younger() -> None:
    posts = [
        kept("old", age=20 * DAY, asked=AT_LEAST),
        kept("young", age=4 * HOUR, asked=WHILE_YOUNG),
        kept("open", age=5 * DAY, asked=OFTEN, is_open=True),
    ]
    assert [post.name for post in whom_to_ask(posts, NOW, 10)] == ["open", "young", "old"]
    assert [post.name for post in whom_to_ask(posts, NOW, 1)] == ["open"]


def test_one_that_has_waited_twice_its_time_goes_before_all_others() -> None:
    posts = [kept(str(number), age=HOUR, asked=HOUR, is_open=True) for number in range(5)]
    forgotten = kept("forgotten", age=20 * DAY, asked=2 * AT_LEAST)
    assert whom_to_ask([*posts, forgotten], NOW, 1) == [forgotten]
    waiting = kept("waiting", age=20 * DAY, asked=2 * AT_LEAST - TICK)
    assert whom_to_ask([*posts, waiting], NOW, 5) == posts


@given(
    age=st.timedeltas(timedelta(0), 30 * DAY),
    asked=st.timedeltas(timedelta(0), 30 * DAY),
    is_open=st.booleans(),
    later=st.booleans(),
)
def test_no_post_waits_for_a_day(age: timedelta, asked: timedelta, *, is_open: bool, later: bool) -> None:
    post = kept("1", age=age, asked=min(asked, age), is_open=is_open)
    assert due_at(post, now=NOW + later * DAY) < post.asked_at + DAY
